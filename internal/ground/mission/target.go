package mission

import (
	"reflect"
	"regexp"
	"strings"

	"beffroi/internal/ground/party"
	"beffroi/internal/ground/party/register"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/search"
)

// Targets are the imports of this room.
func (s *Service) Targets() []intake.Target { return []intake.Target{target{s}} }

// target is the import of missions. Two layouts are known by their header: that
// of missions.csv of a pack (with scope and communes as two more columns), and a
// plan (code,level,parent_code,title_fr,source), whose themes, domains and axes
// become missions of the domain that their title names; all its other headings
// are kept as labels.
type target struct{ s *Service }

// Key names the target.
func (target) Key() string { return "missions" }

// Rule says who may import.
func (target) Rule() auth.Rule { return LoadMissions }

// Options: none.
func (target) Options() []intake.Option { return nil }

// Columns of both layouts.
func (target) Columns() []intake.Column {
	text := func(name string, aliases ...string) intake.Column {
		return intake.Column{Name: name, Kind: "text", Aliases: aliases}
	}
	return []intake.Column{
		{Name: "code", Kind: "text", Required: true}, text("level", "niveau"), text("parent", "parent code"),
		{Name: "title_fr", Kind: "text", Required: true, Aliases: []string{"title", "titre", "intitule"}}, text("title_nl", "titel"), text("title_en"),
		text("description_fr", "description"), text("description_nl"), text("description_en"), text("domain", "domaine", "domein"), text("part"),
		text("legal_basis", "base legale", "rechtsgrond"), text("holder", "titulaire", "houder"),
		{Name: "valid_from", Kind: "date"}, {Name: "valid_to", Kind: "date"}, text("scope"), {Name: "communes", Kind: "list"}, text("source"),
	}
}

// Apply merges the file into the register.
func (t target) Apply(tx *db.Tx, actor auth.Actor, batch int64, in intake.Input) (out intake.Outcome, err error) {
	st, err := t.s.state(tx)
	if err != nil {
		return out, err
	}
	if in.Has("level") {
		return applyPlan(st, actor, batch, in)
	}
	lines, err := register.Lines(in, func(m Mission) string { return m.Code }, func(row intake.Row) (register.Line[Mission], bool) {
		old := st.missions.Mission(row.Values["code"])
		v := register.NewValues(row.Line, register.Over(in, row, old.fields(st.atlas)))
		m := parse(v, st)
		if old != nil {
			m.Title, m.Description = register.KeepText(old.Title, m.Title), register.KeepText(old.Description, m.Description)
			m.LegalBasis = register.Keep(old.LegalBasis, m.LegalBasis)
		}
		return register.Line[Mission]{Values: v, Record: m}, true
	})
	if err != nil {
		return out, err
	}
	err = merge(st, actor, batch, lines, &out)
	return out, err
}

// merge checks the lines against each other and writes them.
func merge(st state, actor auth.Actor, batch int64, lines []register.Line[Mission], out *intake.Outcome) error {
	after := make([]*Mission, len(lines))
	for i := range lines {
		after[i] = &lines[i].Record
	}
	whole := st.missions.with(after...)
	for i := range lines {
		place(lines[i].Values, whole, after[i])
	}
	records, notes := register.Records(lines)
	out.Notes = append(out.Notes, notes...)
	if out.Errors() > 0 {
		return nil
	}
	return book().Merge(st.tx, actor, batch, have(st.missions), records, out)
}

// domainWords tell a domain by the words of a heading, the longest first: a
// heading that names two domains belongs to the first here.
var domainWords = []struct {
	word   string
	domain party.Domain
	part   Part
}{
	{"promotion de la sante", party.Territory, HealthPromotion},
	{"action sociale", party.Social, ""},
	{"affaires sociales", party.Social, ""},
	{"developpement territorial", party.Territory, ""},
	{"enseignement", party.Education, ""},
	{"formation", party.Training, ""},
	{"culture", party.Culture, ""},
	{"tourisme", party.Tourism, ""},
	{"supracommun", party.Supracommunal, ""},
	{"sport", party.Culture, ""},
}

func inferDomain(title string) (party.Domain, Part, bool) {
	fold := search.Fold(title)
	for _, w := range domainWords {
		if strings.Contains(fold, w.word) {
			return w.domain, w.part, true
		}
	}
	return "", "", false
}

var years = regexp.MustCompile(`\b((?:19|20)\d\d)\s*[-–]\s*((?:19|20)\d\d)\b`)

// yearsOf is the period that the title of a plan names, "… 2024-2030".
func yearsOf(title string) calendar.Period {
	m := years.FindStringSubmatch(title)
	if m == nil {
		return calendar.Period{}
	}
	from, err1 := calendar.Parse(m[1] + "-01-01")
	to, err2 := calendar.Parse(m[2] + "-12-31")
	p := calendar.Period{From: from, To: to}
	if err1 != nil || err2 != nil || !p.Valid() {
		return calendar.Period{}
	}
	return p
}

// planLevels are the levels of a plan's headings.
var planLevels = []string{"plan", "value", "axis", "pillar", "domain", "theme", "general_objective", "strategic_objective", "operational_objective", "action", "project"}

func applyPlan(st state, actor auth.Actor, batch int64, in intake.Input) (out intake.Outcome, err error) {
	periods := map[string]calendar.Period{}
	var missions []register.Line[Mission]
	labels, err := register.Lines(in, func(l Label) string { return l.Code }, func(row intake.Row) (register.Line[Label], bool) {
		v := register.NewValues(row.Line, register.Get(row))
		l := Label{Code: v.Key("code"), Level: register.Enum(v, "level", planLevels), Parent: v.Text("parent", 80), TitleFR: register.Keep("", v.Required("title_fr", 300)), Source: v.Text("source", 200)}
		if l.Level == "plan" {
			periods[l.Code] = yearsOf(l.TitleFR)
		}
		domain, part, known := inferDomain(l.TitleFR)
		isMission := l.Level == "theme" || l.Level == "domain" || l.Level == "axis"
		if isMission && known {
			m := Mission{Code: l.Code, Title: register.Text{FR: l.TitleFR}, Domain: domain, Part: part, Period: periods[l.Parent], Scope: All, Source: l.Source}
			if old := st.missions.Mission(l.Code); old != nil {
				m.Description, m.LegalBasis, m.Holder, m.Scope, m.Communes, m.Parent = old.Description, old.LegalBasis, old.Holder, old.Scope, old.Communes, old.Parent
				m.Title = register.KeepText(old.Title, register.Text{FR: l.TitleFR, NL: old.Title.NL, EN: old.Title.EN})
			}
			missions = append(missions, register.Line[Mission]{Values: v, Record: m})
		}
		return register.Line[Label]{Values: v, Record: l}, true
	})
	if err != nil {
		return out, err
	}
	codes := map[string]bool{}
	for _, l := range labels {
		codes[l.Record.Code] = true
	}
	isMission := map[string]bool{}
	for _, m := range missions {
		isMission[m.Record.Code] = true
	}
	var kept []Label
	for _, l := range labels {
		if l.Record.Parent != "" && !codes[l.Record.Parent] {
			l.Values.Refuse("parent", "register.unknown", nil)
		}
		if !isMission[l.Record.Code] {
			out.Notes = append(out.Notes, l.Values.Notes()...) // those of missions come with the missions
			kept = append(kept, l.Record)
		}
	}
	if err := merge(st, actor, batch, missions, &out); err != nil || out.Errors() > 0 {
		return out, err
	}
	old, err := readLabels(st.tx)
	if err != nil {
		return out, err
	}
	err = labelBook().Merge(st.tx, actor, batch, haveLabels(old), kept, &out)
	return out, err
}

// fields gives a mission by the names of a form's fields; of none, nothing.
func (m *Mission) fields(atlas *territory.Atlas) func(string) string {
	if m == nil {
		return nil
	}
	var communes []string
	for _, id := range m.Communes {
		if a := atlas.ByID(id); a != nil {
			communes = append(communes, a.Key)
		}
	}
	values := map[string]string{"code": m.Code, "title_fr": m.Title.FR, "title_nl": m.Title.NL, "title_en": m.Title.EN, "description_fr": m.Description.FR,
		"description_nl": m.Description.NL, "description_en": m.Description.EN, "domain": string(m.Domain), "part": string(m.Part), "parent": m.Parent,
		"legal_basis": m.LegalBasis, "holder": m.Holder, "valid_from": m.Period.From.String(), "valid_to": m.Period.To.String(), "scope": string(m.Scope),
		"communes": strings.Join(communes, ";"), "source": m.Source, "version": itoa(m.Version)}
	return func(name string) string { return values[name] }
}

func have(c *Catalogue) map[string]Mission {
	m := make(map[string]Mission, len(c.list))
	for _, x := range c.list {
		m[x.Code] = *x
	}
	return m
}

func haveLabels(list []Label) map[string]Label {
	m := make(map[string]Label, len(list))
	for _, l := range list {
		m[l.Code] = l
	}
	return m
}

func book() register.Book[Mission] {
	return register.Book[Mission]{Kind: "mission", Key: func(m Mission) string { return m.Code }, At: func(m *Mission) *int64 { return &m.Version },
		Same: func(a, b Mission) bool {
			a.Version, a.fold, a.sort = b.Version, b.fold, b.sort
			return reflect.DeepEqual(a, b)
		},
		Insert: insertMissions, Update: updateMission, Delete: deleteMission, News: told}
}

func labelBook() register.Book[Label] {
	return register.Book[Label]{Kind: "label", Key: func(l Label) string { return l.Code }, At: func(l *Label) *int64 { return &l.Version },
		Same: func(a, b Label) bool {
			a.Version = b.Version
			return a == b
		},
		Insert: insertLabels, Update: updateLabel, Delete: deleteLabel}
}

// Undo puts back what an import replaced.
func (t target) Undo(tx *db.Tx, actor auth.Actor, batch int64) error {
	c, err := readCatalogue(tx)
	if err != nil {
		return err
	}
	labels, err := readLabels(tx)
	if err != nil {
		return err
	}
	if err := book().Undo(tx, actor, batch, have(c)); err != nil {
		return err
	}
	if err := labelBook().Undo(tx, actor, batch, haveLabels(labels)); err != nil {
		return err
	}
	lost, found, err := orphan(tx)
	if err == nil && found {
		err = fault.New(fault.Conflict, "register.in_use", fault.Args{"ref": lost})
	}
	return err
}
