package plan

import (
	"iter"
	"strings"

	"beffroi/internal/domain/plan/gantt"
	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// ganttView is the page of a plan over time.
type ganttView struct {
	View
	x    *web.Exchange
	p    *i18n.Printer
	asOf ui.AsOf
	f    filter
}

func (s *Service) pageGantt(x *web.Exchange) error {
	v, err := s.open(x)
	if err != nil {
		return err
	}
	w := ganttView{View: v, x: x, p: x.P, f: filterOf(x), asOf: asOf(x, ui.Link{Label: "SVG", Href: x.Keep(v.Tree.Plan.Address() + "/files/svg")}, ui.Link{Label: "iCalendar", Href: x.Keep(v.Tree.Plan.Address() + "/files/ics")})}
	plan := v.Tree.Plan
	return x.Page(ui.Page{Title: x.P.T("plan.gantt.title", "plan", plan.Title), Lede: x.P.T("plan.gantt.lede"),
		Crumbs: crumbs(x, ui.Link{Label: plan.Title, Href: x.Keep(plan.Address())}, ui.Link{Label: x.P.T("plan.tab.gantt")})}, ganttBody(w))
}

func (w ganttView) picture() ui.Picture {
	return ui.Picture{ID: "gantt", Title: w.p.T("plan.gantt.question"), Sub: w.p.T("plan.gantt.sub"), SVG: ui.Drawn(gantt.Draw, w.gantt(w.p, w.f)), Table: w.table(), TableLabel: w.p.T("plan.gantt.table")}
}

// table says what the picture shows.
func (w ganttView) table() *ui.DataTable {
	p := w.p
	t := ui.NewTable(p.T("plan.gantt.caption"), ui.Column{Label: p.T("plan.col.node"), RowHeader: true}, ui.Column{Label: p.T("plan.col.from")}, ui.Column{Label: p.T("plan.col.to")}, ui.Column{Label: p.T("plan.col.after")}, ui.Column{Label: p.T("plan.col.progress"), Numeric: true}).Empty(p.T("plan.empty"))
	for i, n := range w.Tree.Nodes {
		if !w.shows(i, w.f) {
			continue
		}
		b := w.bar(i)
		t.Row(ui.LinkTo(n.Code+" "+n.Title, w.x.Keep(n.Address())), ui.Text(p.DateShort(b.From)), ui.Text(p.DateShort(b.To)), ui.Text(w.after(n)), ui.Text(w.progressText(p, w.Of[i].Progress)))
	}
	return t
}

func (w ganttView) after(n *outline.Node) string {
	var list []string
	for _, tie := range n.After {
		if _, err := w.Find(tie.On); err == nil {
			list = append(list, tie.On)
		}
	}
	return strings.Join(list, ", ")
}

func (w ganttView) belowOptions() []ui.Option {
	list := []ui.Option{{Label: w.p.T("plan.any")}}
	for i, n := range w.Tree.Nodes {
		if w.Visible[i] && !w.Tree.Level(i).Action {
			list = append(list, ui.Option{Value: n.Code, Label: n.Code + " " + n.Title})
		}
	}
	return list
}

// compareView is the page of two states of a plan.
type compareView struct {
	before, after View
	x             *web.Exchange
	p             *i18n.Printer
	from, to      calendar.Date
	changes       []outline.Change
}

func (s *Service) pageCompare(x *web.Exchange) error {
	w, err := s.compared(x)
	if err != nil {
		return err
	}
	if x.Exporting() {
		return x.Sheet("compare", []sheet.Column{{Title: x.P.T("plan.col.change")}, {Title: x.P.T("plan.col.code")}, {Title: x.P.T("plan.col.title"), Width: 60}, {Title: x.P.T("plan.col.field")}, {Title: x.P.T("plan.col.before"), Width: 40}, {Title: x.P.T("plan.col.afterwards"), Width: 40}}, w.rows())
	}
	plan := w.after.Tree.Plan
	return x.Page(ui.Page{Title: x.P.T("plan.compare.title"), Lede: x.P.T("plan.compare.lede", "from", w.from, "to", w.to), Crumbs: crumbs(x, ui.Link{Label: plan.Title, Href: plan.Address()}, ui.Link{Label: x.P.T("plan.tab.compare")})}, compareBody(w))
}

// compared reads the two states: the days of the address, else a year ago and
// today. A plan younger than a year is compared with its first day.
func (s *Service) compared(x *web.Exchange) (compareView, error) {
	w := compareView{x: x, p: x.P, from: dayOf(x, "from", x.Today.AddMonths(-12)), to: dayOf(x, "to", x.Today)}
	err := s.read(x, func(tx *tx) (err error) {
		if x.Query("from") == "" {
			if first, ok, err := firstDay(tx, x.Path("key")); err != nil {
				return err
			} else if ok && first.After(w.from) {
				w.from = first
			}
		}
		w.before, w.after, w.changes, err = s.Compare(tx, x.Actor, x.Path("key"), w.from, w.to)
		return err
	})
	return w, err
}

func dayOf(x *web.Exchange, name string, otherwise calendar.Date) calendar.Date {
	if d, err := calendar.Parse(x.Query(name)); err == nil {
		return d
	}
	return otherwise
}

func (w compareView) rows() iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, c := range w.changes {
			kind := w.p.T("plan.changed." + string(c.Kind))
			if len(c.Fields) == 0 && !yield([]any{kind, c.Code, c.Title, "", "", ""}, nil) {
				return
			}
			for _, f := range c.Fields {
				if !yield([]any{kind, c.Code, c.Title, f.Field, string(f.Before), string(f.After)}, nil) {
					return
				}
			}
		}
	}
}

// kpis are the numbers of both days beside each other.
func (w compareView) kpis() []ui.KPI {
	counts := map[outline.ChangeKind]int64{}
	for _, c := range w.changes {
		counts[c.Kind]++
	}
	a, b := w.before, w.after
	return []ui.KPI{
		{Value: b.progressText(w.p, b.Total.Progress), Text: w.p.T("plan.compare.progress", "before", a.progressText(w.p, a.Total.Progress))},
		{Value: w.p.MoneyShort(b.Total.Money.Booked), Text: w.p.T("plan.compare.money", "before", w.p.MoneyShort(a.Total.Money.Booked))},
		{Value: w.p.Int(counts[outline.Added]), Text: w.p.N("plan.compare.added", counts[outline.Added])},
		{Value: w.p.Int(counts[outline.Removed]), Text: w.p.N("plan.compare.removed", counts[outline.Removed])},
	}
}

// shown is how many changes the page lists; the file has all of them.
const shown = 60

// table lists what changed, with state and progress told in full.
func (w compareView) table() *ui.DataTable {
	p := w.p
	t := ui.NewTable(p.T("plan.compare.caption"), ui.Column{Label: p.T("plan.col.node"), RowHeader: true}, ui.Column{Label: p.T("plan.col.change")}, ui.Column{Label: p.T("plan.col.fields")}, ui.Column{Label: p.T("plan.col.before")}, ui.Column{Label: p.T("plan.col.afterwards")}).HideCaption().Empty(p.T("plan.compare.none"))
	for _, c := range w.changes[:min(len(w.changes), shown)] {
		cell := ui.Text(c.Code + " " + c.Title)
		if n := w.after.Tree.Node(c.Code); n != nil {
			cell.Href = n.Address()
		}
		var fields []string
		for _, f := range c.Fields {
			fields = append(fields, p.T("plan.part."+f.Field))
		}
		t.Row(cell, ui.Text(p.T("plan.changed."+string(c.Kind))), ui.Text(p.List(fields)), ui.Text(w.summary(w.before, c.Code)), ui.Text(w.summary(w.after, c.Code)))
	}
	return t
}

// summary is a node's state and progress on one of the days.
func (w compareView) summary(v View, code string) string {
	i, err := v.Find(code)
	if err != nil {
		return "–"
	}
	return v.state(w.p, v.Tree.Nodes[i]) + " · " + v.progressText(w.p, v.Of[i].Progress)
}
