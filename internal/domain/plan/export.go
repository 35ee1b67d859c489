package plan

import (
	"io"
	"strconv"
	"time"

	"beffroi/internal/domain/plan/convert"
	"beffroi/internal/domain/plan/gantt"
	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
)

// Format is a kind of file that a plan is given as.
type Format string

// The formats.
const (
	ECompte  Format = "ecomptes"
	Workbook Format = "xlsx"
	CSV      Format = "csv"
	JSON     Format = "json"
	IATI     Format = "iati"
	ICal     Format = "ics"
	Gantt    Format = "gantt-svg"
)

// Formats lists the formats.
func Formats() []Format { return []Format{ECompte, Workbook, CSV, JSON, IATI, ICal, Gantt} }

// file is the ending and the media type of a format.
func (f Format) file() (ending, media string) {
	switch f {
	case ECompte:
		return "ecomptes.xml", "application/xml"
	case Workbook:
		return "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case CSV:
		return "csv", "text/csv"
	case JSON:
		return "json", "application/json"
	case IATI:
		return "iati.xml", "application/xml"
	case ICal:
		return "ics", "text/calendar"
	}
	return "svg", "image/svg+xml"
}

// Issuer is what some formats ask of who gives a file away.
type Issuer struct {
	Admin string // AC or CPAS, of eComptes, which knows no province
	INS   string // the province's when empty
	IATI  string // identifier of the organisation, "XI-BEFFROI-" and the INS code when empty
	Name  string
}

// Export writes a plan of a day as a file, with the nodes that the actor may see.
// Words are those of the printer.
func (s *Service) Export(tx *db.Tx, actor auth.Actor, p *i18n.Printer, key string, day calendar.Date, f Format, who Issuer, w io.Writer) error {
	v, err := s.Open(tx, actor, key, day)
	if err != nil {
		return err
	}
	v = v.discreet(actor)
	if who, err = s.issuer(tx, who); err != nil {
		return err
	}
	stamp := moment(tx, day)
	switch f {
	case ECompte:
		return convert.WriteECompte(w, v.Figures, v.Visible, convert.Sender{Admin: who.Admin, INS: who.INS, Year: day.Year()})
	case Workbook:
		return convert.WriteXLSX(w, v.nodes())
	case CSV:
		return convert.WriteCSV(w, v.nodes())
	case JSON:
		return v.writeJSON(w)
	case IATI:
		return convert.WriteIATI(w, v.Tree, v.Visible, convert.Reporter{Ref: who.IATI, Name: who.Name}, stamp)
	case ICal:
		return convert.WriteICal(w, v.Tree.Plan, v.deadlines(p), stamp)
	case Gantt:
		o := v.gantt(p, filter{})
		o.Standalone = true
		_, err := gantt.Draw(w, o)
		return err
	}
	return fault.New(fault.Invalid, "param.enum", fault.Args{"name": "format", "value": string(f), "values": "ecomptes, xlsx, csv, json, iati, ics, gantt-svg"})
}

// moment is the stamp of a file about a day: its beginning in Brussels, so that
// the same state gives the same bytes; never in the future.
func moment(tx *db.Tx, day calendar.Date) time.Time {
	if now := today(tx); day.After(now) {
		day = now
	}
	return day.Time(clock.Brussels()).UTC()
}

// issuer completes who gives the file away by what the house knows.
func (s *Service) issuer(tx *db.Tx, who Issuer) (Issuer, error) {
	atlas, err := s.areas.AtlasTx(tx)
	if err != nil {
		return who, err
	}
	if who.Admin == "" {
		who.Admin = "AC"
	}
	if province := atlas.Province(); province != nil {
		if who.INS == "" {
			who.INS = codeOf(atlas, province)
		}
		if who.Name == "" {
			who.Name = province.NameFR
		}
	}
	if _, err := strconv.Atoi(who.INS); err != nil {
		who.INS = "0"
	}
	if who.IATI == "" {
		who.IATI = "XI-BEFFROI-" + who.INS
	}
	return who, nil
}

func codeOf(atlas *territory.Atlas, a *territory.Area) string {
	for _, c := range atlas.Codes(a.ID) {
		if _, err := strconv.Atoi(c.Code); err == nil {
			return c.Code
		}
	}
	return ""
}

// nodes are those that the actor may see, in the order of reading.
func (v View) nodes() []*outline.Node {
	var list []*outline.Node
	for i, n := range v.Tree.Nodes {
		if v.Visible[i] {
			list = append(list, n)
		}
	}
	return list
}

func (v View) writeJSON(w io.Writer) error {
	doc := v.Tree.Document(v.Day)
	doc.Nodes = v.nodes()
	text, _, err := doc.JSON()
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// discreet is the view with what is not for everybody taken out of its nodes: how
// to reach people, and links to nodes that are hidden.
func (v View) discreet(actor auth.Actor) View {
	if ruleStaff.Gate(actor) == nil {
		return v
	}
	list := make([]*outline.Node, len(v.Tree.Nodes))
	for i, n := range v.Tree.Nodes {
		list[i] = v.discreetNode(n)
	}
	f := *v.Figures
	f.Tree = v.Tree.With(v.Tree.Plan, list)
	v.Figures = &f
	return v
}

func (v View) discreetNode(n *outline.Node) *outline.Node {
	c := *n
	c.Actors = nil
	for _, a := range n.Actors {
		a.Phone, a.Email = "", ""
		c.Actors = append(c.Actors, a)
	}
	c.After, c.Contributions = nil, nil
	for _, tie := range n.After {
		if _, err := v.Find(tie.On); err == nil {
			c.After = append(c.After, tie)
		}
	}
	for _, l := range n.Contributions {
		if _, err := v.Find(l.To); err == nil {
			c.Contributions = append(c.Contributions, l)
		}
	}
	return &c
}

func (v View) deadlines(p *i18n.Printer) []convert.Deadline {
	return convert.Deadlines(v.Tree, v.Visible,
		func(n *outline.Node) string { return p.T("plan.ics.end", "code", n.Code, "title", n.Title) },
		func(n *outline.Node, s outline.Step) string {
			return p.T("plan.ics.step", "code", n.Code, "title", s.Title)
		})
}

// Compare gives what became of a plan between two days, of what the actor may see
// on either of them.
func (s *Service) Compare(tx *db.Tx, actor auth.Actor, key string, from, to calendar.Date) (before, after View, changes []outline.Change, err error) {
	if before, err = s.Open(tx, actor, key, from); err != nil {
		return before, after, nil, err
	}
	if after, err = s.Open(tx, actor, key, to); err != nil {
		return before, after, nil, err
	}
	b, a := before.discreet(actor), after.discreet(actor)
	all, err := outline.Diff(b.Tree, a.Tree)
	for _, c := range all {
		_, was := before.Find(c.Code)
		_, is := after.Find(c.Code)
		if (c.Kind == outline.Removed || is == nil) && (c.Kind == outline.Added || was == nil) {
			changes = append(changes, c)
		}
	}
	return before, after, changes, err
}
