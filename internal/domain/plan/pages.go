package plan

import (
	"iter"
	"slices"

	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/domain/plan/rollup"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/money"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// i18n: plan.flag.* plan.flash.* plan.fact.* plan.role.* fault.plan.*

// flags are the names of what is derived of a node, in the order of showing.
func flags() []string {
	return []string{"late", "start_late", "at_risk", "stale", "orphan", "incomplete"}
}

// Routes registers the pages, the forms and the API.
func (s *Service) Routes(r *web.Routes) {
	plan := map[string]string{"key": "adhesion-4"}
	node := map[string]string{"key": "adhesion-4", "code": "A.1"}
	page := func(pattern, summary string, h web.Handler, sample map[string]string, params ...web.Param) {
		r.Add(web.Route{Pattern: pattern, Kind: web.PageRoute, Rule: ruleView, Handle: h, Summary: summary, Sample: sample, Params: params})
	}
	page("/plans", "The strategic plans and how far they have come", s.pageList, nil, web.AsOf(), web.Format())
	page("/plans/{key}", "One plan: its objectives and actions, with progress, money and what needs attention", s.pagePlan, plan, slices.Concat(web.Paging(), filterParams(), []web.Param{web.AsOf(), web.Format()})...)
	page("/plans/{key}/nodes/{code}", "One objective or action: its progress explained, its money, who answers for it, its history", s.pageNode, node, web.AsOf())
	page("/plans/{key}/gantt", "The actions of a plan over time", s.pageGantt, plan, append(filterParams(), web.AsOf())...)
	page("/plans/{key}/compare", "What became of a plan between two days", s.pageCompare, plan, web.Query("from", "date", "earlier day, a year ago when absent"), web.Query("to", "date", "later day, today when absent"), web.Format())
	for _, f := range Formats() {
		ending, media := f.file()
		var returns any
		if f == JSON {
			returns, media = outline.Document{}, ""
		}
		r.Add(web.Route{Pattern: "/plans/{key}/files/" + ending, Kind: web.DataRoute, Rule: ruleView, Handle: s.file(f), Summary: "The plan as a file: " + string(f), Sample: plan, Params: []web.Param{web.AsOf()}, Media: media, Returns: returns})
	}
	r.Add(web.Route{Method: "POST", Pattern: "/plans/{key}/nodes/{code}/report", Kind: web.FormRoute, Rule: ruleReport, Handle: s.formReport, Summary: "Report on an action", Sample: node})
	r.Add(web.Route{Method: "POST", Pattern: "/plans/{key}/nodes/{code}/move", Kind: web.FormRoute, Rule: ruleReport, Handle: s.formMove, Summary: "Bring a node to another state", Sample: node})
	s.apiRoutes(r, plan, node)
}

func filterParams() []web.Param {
	return []web.Param{web.Query("q", "string", "words of the title, or a code"), web.Query("state", "string", "key of a state"), web.Query("flag", "enum", "what needs attention", flags()...),
		web.Query("below", "string", "code of a node: what is below it"), web.Query("service", "string", "name or reference of the service that answers"),
		web.Query("show", "enum", "objectives only, or everything", "objectives", "all")}
}

// filterOf is the filter that an address asks for: objectives only when it asks for
// nothing at all.
func filterOf(x *web.Exchange) filter {
	f := filter{query: x.Query("q"), state: x.Query("state"), flag: x.Query("flag"), below: x.Query("below"), service: x.Query("service")}
	f.objectives = x.Query("show") == "objectives" || x.Query("show") == "" && f == filter{}
	return f
}

// open reads the plan of the address for the reader of the page.
func (s *Service) open(x *web.Exchange) (v View, err error) {
	err = s.db.Read(x.Context(), func(tx *db.Tx) (err error) {
		v, err = s.Open(tx, x.Actor, x.Path("key"), x.AsOf)
		return err
	})
	return v, err
}

func asOf(x *web.Exchange, links ...ui.Link) ui.AsOf {
	return ui.AsOf{Label: x.P.T("plan.asof"), Day: x.P.Date(x.AsOf), ISO: x.AsOf.String(), Print: x.P.T("plan.print"), Links: links}
}

func crumbs(x *web.Exchange, links ...ui.Link) []ui.Link {
	list := append([]ui.Link{{Label: x.P.T("plan.title"), Href: "/plans"}}, links...)
	list[len(list)-1].Current, list[len(list)-1].Href = true, ""
	return list
}

// listed is a plan in the list.
type listed struct {
	View
	actions, late int
}

type listView struct {
	p     *i18n.Printer
	asOf  ui.AsOf
	plans []listed
	keep  func(string) string
}

func (s *Service) pageList(x *web.Exchange) error {
	v := listView{p: x.P, keep: x.Keep, asOf: asOf(x, ui.Link{Label: "CSV", Href: x.Here("format", "csv")}, ui.Link{Label: "XLSX", Href: x.Here("format", "xlsx")}, ui.Link{Label: "JSON", Href: x.Keep("/api/v1/plans")})}
	var err error
	if v.plans, err = s.listed(x); err != nil {
		return err
	}
	if x.Exporting() {
		return x.Sheet("plans", []sheet.Column{{Title: x.P.T("plan.col.key")}, {Title: x.P.T("plan.col.title"), Width: 60}, {Title: x.P.T("plan.col.state")}, {Title: x.P.T("plan.col.from")}, {Title: x.P.T("plan.col.to")},
			{Title: x.P.T("plan.col.progress")}, {Title: x.P.T("plan.col.actions")}}, v.rows())
	}
	return x.Page(ui.Page{Title: x.P.T("plan.title"), Lede: x.P.T("plan.lede"), Crumbs: crumbs(x)}, listBody(v))
}

// listed reads every plan that the reader may see. A plan that did not exist on a
// past day is left out.
func (s *Service) listed(x *web.Exchange) (list []listed, err error) {
	err = s.db.Read(x.Context(), func(tx *db.Tx) error {
		plans, err := s.Plans(tx, x.Actor)
		if err != nil {
			return err
		}
		for _, p := range plans {
			v, err := s.Open(tx, x.Actor, p.Key, x.AsOf)
			if fault.KindOf(err) == fault.NotFound && err != nil {
				continue
			}
			if err != nil {
				return err
			}
			list = append(list, count(v))
		}
		return nil
	})
	return list, err
}

// count counts the leaves of a plan, and those that are late.
func count(v View) listed {
	l := listed{View: v}
	for i := range v.Tree.Nodes {
		if v.leaf(i) {
			l.actions++
			if v.Of[i].Flags.Late {
				l.late++
			}
		}
	}
	return l
}

// leaf tells whether a node is an action that counts in progress: as package
// rollup counts.
func (v View) leaf(i int) bool {
	n := v.Tree.Nodes[i]
	phase := v.Tree.Phase(n)
	if v.Tree.Plan.SkipPermanent && n.Permanent {
		return false
	}
	return v.Tree.Level(i).Action && len(v.Tree.Children(i)) == 0 && phase != outline.Draft && phase != outline.Abandoned
}

func (v listView) rows() iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, l := range v.plans {
			p := l.Tree.Plan
			if !yield([]any{p.Key, p.Title, planState(v.p, p), p.Term.From.String(), p.Term.To.String(), l.progressText(v.p, l.Total.Progress), l.actions}, nil) {
				return
			}
		}
	}
}

// state is the word of a node's state in the reader's language.
func (v View) state(p *i18n.Printer, n *outline.Node) string {
	s, _ := v.Tree.Plan.Frame.State(v.Tree.Scope(n), n.State)
	return s.Names.In(p.Lang())
}

func planState(p *i18n.Printer, plan outline.Plan) string {
	s, _ := plan.Frame.State(outline.ForPlan, plan.State)
	return s.Names.In(p.Lang())
}

// tint is the colour of a phase; the word beside it says what it means.
func tint(phase outline.Phase) ui.State {
	switch phase {
	case outline.Running:
		return ui.Info
	case outline.Done:
		return ui.OnTime
	case outline.Suspended:
		return ui.Late
	case outline.Abandoned:
		return ui.Stopped
	}
	return ui.Neutral
}

// percent writes basis points: 6050 is "60,5 %".
func percent(p *i18n.Printer, points int64) string {
	return p.T("plan.percent", "n", p.Fixed((points+5)/10, 1))
}

// progressText is a progress in words: "62,0 %", or that it is not known.
func (v View) progressText(p *i18n.Printer, g rollup.Progress) string {
	points, known := g.Points(v.Tree.Plan.Threshold)
	if !known {
		return p.T("plan.unknown")
	}
	return percent(p, points)
}

// euros writes an amount for a column whose header has the unit.
func euros(p *i18n.Printer, c money.Cents) string {
	if c == 0 {
		return "–"
	}
	return p.Fixed(int64(c), 2)
}

func (v listView) table() *ui.DataTable {
	p := v.p
	t := ui.NewTable(p.T("plan.list.caption"), ui.Column{Label: p.T("plan.col.title"), RowHeader: true}, ui.Column{Label: p.T("plan.col.state")}, ui.Column{Label: p.T("plan.col.term")}, ui.Column{Label: p.T("plan.col.progress"), Numeric: true},
		ui.Column{Label: p.T("plan.col.actions"), Numeric: true}, ui.Column{Label: p.T("plan.flag.late"), Numeric: true}).HideCaption()
	for _, l := range v.plans {
		plan := l.Tree.Plan
		t.Row(ui.LinkTo(plan.Title, v.keep(plan.Address())), ui.Text(planState(p, plan)), ui.Text(period(p, plan.Term)), ui.Text(l.progressText(p, l.Total.Progress)), ui.Text(p.Int(int64(l.actions))), ui.Text(p.Int(int64(l.late))))
	}
	return t
}
