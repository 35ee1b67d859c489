package plan

import (
	"bytes"
	"iter"
	"mime"
	"strings"

	"beffroi/internal/domain/plan/convert"
	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/domain/plan/rollup"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// planView is the page of one plan.
type planView struct {
	View
	x     *web.Exchange
	p     *i18n.Printer
	asOf  ui.AsOf
	f     filter
	found int
	rows  web.Rows[int] // places in the tree
	pager ui.PageLinks
}

func (s *Service) pagePlan(x *web.Exchange) error {
	v, err := s.open(x)
	if err != nil {
		return err
	}
	w := planView{View: v, x: x, p: x.P, f: filterOf(x)}
	places := v.places(w.f)
	if x.Exporting() {
		return x.Sheet(v.Tree.Plan.Key, convert.TableColumns(), v.discreet(x.Actor).exported(places))
	}
	w.found = len(places)
	if w.rows, err = cut(x, v, places); err != nil {
		return err
	}
	w.asOf = asOf(x, w.files()...)
	w.pager = ui.PageLinks{Label: x.P.T("register.pages"), Count: x.P.N("plan.found", int64(w.found))}
	if w.rows.Next != "" {
		w.pager.Next = ui.Link{Label: x.P.T("register.next"), Href: x.Here("cursor", w.rows.Next)}
	}
	if x.Query("cursor") != "" {
		w.pager.First = ui.Link{Label: x.P.T("register.first"), Href: x.Here("cursor", "")}
	}
	plan := v.Tree.Plan
	return x.Page(ui.Page{Title: plan.Title, Lede: plan.Lede, LedeLang: "fr", Crumbs: crumbs(x, ui.Link{Label: plan.Title}), Chips: w.chips()}, planBody(w))
}

// places are the nodes that a filter takes.
func (v View) places(f filter) (list []int) {
	for i := range v.Tree.Nodes {
		if v.takes(i, f) {
			list = append(list, i)
		}
	}
	return list
}

// cut takes the page that the address asks for: what follows the code of the last
// node shown.
func cut(x *web.Exchange, v View, places []int) (web.Rows[int], error) {
	last := ""
	if err := x.Cursor(&last); err != nil {
		return web.Rows[int]{}, err
	}
	if at, ok := v.Tree.Find(last); ok {
		for len(places) > 0 && places[0] <= at {
			places = places[1:]
		}
	}
	return web.CutPage(x, places[:min(len(places), x.Limit()+1)], x.Limit(), func(i int) any { return v.Tree.Nodes[i].Code })
}

func (v View) exported(places []int) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, i := range places {
			if !yield(convert.TableRow(v.Tree.Nodes[i]), nil) {
				return
			}
		}
	}
}

func (w planView) chips() []ui.Link {
	plan := w.Tree.Plan
	list := []ui.Link{{Label: planState(w.p, plan)}, {Label: w.p.T("plan.term", "from", plan.Term.From, "to", plan.Term.To)}}
	if plan.Fictitious {
		list = append(list, ui.Link{Label: w.p.T("plan.fictitious")})
	}
	return list
}

// files are the forms in which one can take the plan away.
func (w planView) files() []ui.Link {
	list := []ui.Link{{Label: "CSV", Href: w.x.Here("format", "csv")}, {Label: "XLSX", Href: w.x.Here("format", "xlsx")}}
	for _, f := range Formats() {
		if f == Workbook || f == CSV {
			continue
		}
		ending, _ := f.file()
		list = append(list, ui.Link{Label: map[Format]string{ECompte: "eComptes", JSON: "JSON", IATI: "IATI", ICal: "iCalendar", Gantt: "SVG"}[f], Href: w.x.Keep(w.Tree.Plan.Address() + "/files/" + ending)})
	}
	return list
}

func (w planView) tabs() []ui.Tab { return tabs(w.x, w.Tree.Plan, 0) }

func tabs(x *web.Exchange, p outline.Plan, current int) []ui.Tab {
	list := []ui.Tab{{Label: x.P.T("plan.tab.tree"), Href: x.Keep(p.Address())}, {Label: x.P.T("plan.tab.gantt"), Href: x.Keep(p.Address() + "/gantt")}, {Label: x.P.T("plan.tab.compare"), Href: p.Address() + "/compare"}}
	list[current].Current = true
	return list
}

// kpis are what matters of the whole plan, each with the list behind it.
func (w planView) kpis() []ui.KPI {
	g, m := w.Total.Progress, w.Total.Money
	l := count(w.View)
	list := []ui.KPI{
		{Value: w.progressText(w.p, g), Text: w.p.T("plan.kpi.progress", "n", g.Reported, "of", g.Leaves), Explain: ui.Link{Label: w.p.T("plan.explain"), Href: "#how"}},
		{Value: w.p.MoneyShort(m.Booked), Text: w.p.T("plan.kpi.money", "planned", w.p.MoneyShort(m.Planned)), Explain: ui.Link{Label: w.p.T("plan.explain"), Href: "#how"}},
		{Value: w.p.Int(int64(l.actions)), Text: w.p.N("plan.kpi.actions", int64(l.actions)), Explain: ui.Link{Label: w.p.T("plan.see.actions"), Href: w.x.Keep(w.Tree.Plan.Address() + "?show=all")}},
		{Value: w.p.Int(int64(l.late)), Text: w.p.N("plan.kpi.late", int64(l.late)), Explain: ui.Link{Label: w.p.T("plan.see.late"), Href: w.x.Keep(w.Tree.Plan.Address() + "?flag=late")}},
	}
	return list
}

func (w planView) options() (states, raised []ui.Option) {
	states = []ui.Option{{Label: w.p.T("plan.any")}}
	seen := map[string]bool{}
	for _, s := range w.Tree.Plan.Frame.States {
		if s.Scope != outline.ForPlan && !seen[s.Key] {
			seen[s.Key] = true
			states = append(states, ui.Option{Value: s.Key, Label: s.Names.In(w.p.Lang())})
		}
	}
	raised = []ui.Option{{Label: w.p.T("plan.any")}}
	for _, f := range flags() {
		raised = append(raised, ui.Option{Value: f, Label: w.p.T("plan.flag." + f)})
	}
	return states, raised
}

// table is the tree: depth is told by the level's name before the code, so that it
// is heard, too.
func (w planView) table() *ui.DataTable {
	p := w.p
	t := ui.NewTable(p.T("plan.tree.caption"), ui.Column{Label: p.T("plan.col.node"), RowHeader: true}, ui.Column{Label: p.T("plan.col.state")}, ui.Column{Label: p.T("plan.col.progress"), Numeric: true},
		ui.Column{Label: p.T("plan.col.planned"), Unit: "€", Numeric: true}, ui.Column{Label: p.T("plan.col.booked"), Unit: "€", Numeric: true}, ui.Column{Label: p.T("plan.col.attention")}).HideCaption().Empty(p.T("plan.empty"))
	for _, i := range w.rows.Items {
		n, g := w.Tree.Nodes[i], w.Of[i]
		t.Row(ui.Body(nodeLink(w.Tree.Depth(i), n, w.x.Keep(n.Address()), w.Tree.Level(i).Names.In(p.Lang()))), ui.Body(ui.Tag(tint(w.Tree.Phase(n)), w.state(p, n))), ui.Text(w.progressText(p, g.Progress)),
			ui.Text(euros(p, g.Money.Planned)), ui.Text(euros(p, g.Money.Booked)), ui.Text(flagWords(p, g.Flags)))
	}
	return t
}

// flagWords are the flags that are raised, in words.
func flagWords(p *i18n.Printer, f rollup.Flags) string {
	var list []string
	for k, on := range []bool{f.Late, f.StartLate, f.AtRisk, f.Stale, f.Orphan, f.Incomplete} {
		if on {
			list = append(list, p.T("plan.flag."+flags()[k]))
		}
	}
	return strings.Join(list, ", ")
}

// file gives the plan away in a format, whole, so that it is sent once only.
func (s *Service) file(f Format) web.Handler {
	return func(x *web.Exchange) error {
		var b bytes.Buffer
		if err := s.read(x, func(tx *tx) error { return s.Export(tx, x.Actor, x.P, x.Path("key"), x.AsOf, f, Issuer{}, &b) }); err != nil {
			return err
		}
		ending, media := f.file()
		name := x.Path("key") + "-" + x.AsOf.String() + "." + ending
		x.W.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
		return x.Text(media, b.Bytes())
	}
}
