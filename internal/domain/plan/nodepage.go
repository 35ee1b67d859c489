package plan

import (
	"net/url"
	"slices"
	"strconv"

	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/domain/plan/rollup"
	"beffroi/internal/ground/party/register"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

type tx = db.Tx

func (s *Service) read(x *web.Exchange, f func(*tx) error) error { return s.db.Read(x.Context(), f) }

// nodeView is the page of a node, with what was typed into its forms.
type nodeView struct {
	View
	x         *web.Exchange
	p         *i18n.Printer
	asOf      ui.AsOf
	at        int
	node      *outline.Node
	history   []Revision
	mayReport bool
	moves     []outline.Move
	typed     url.Values
	errors    []ui.FieldError
}

func (s *Service) pageNode(x *web.Exchange) error { return s.showNode(x, 200, nil, nil) }

// showNode shows a node; typed is what was sent with a form that was refused.
func (s *Service) showNode(x *web.Exchange, status int, typed url.Values, refused error) error {
	w := nodeView{x: x, p: x.P, typed: typed}
	err := s.read(x, func(tx *tx) (err error) {
		if w.View, err = s.Open(tx, x.Actor, x.Path("key"), x.AsOf); err != nil {
			return err
		}
		if w.at, err = w.Find(x.Path("code")); err != nil {
			return err
		}
		w.history, err = revisions(tx, x.Path("key"), x.Path("code"), 20)
		return err
	})
	if err != nil {
		return err
	}
	w.View = w.discreet(x.Actor)
	w.node = w.Tree.Nodes[w.at]
	w.allow()
	w.refusals(refused)
	w.asOf = asOf(x, ui.Link{Label: "JSON", Href: x.Keep("/api/v1/plans/" + w.Tree.Plan.Key + "/nodes/" + w.node.Code)})
	links := []ui.Link{{Label: w.Tree.Plan.Title, Href: x.Keep(w.Tree.Plan.Address())}}
	for _, n := range w.Tree.Path(w.at) {
		links = append(links, ui.Link{Label: n.Code, Href: x.Keep(n.Address())})
	}
	return x.PageStatus(status, ui.Page{Title: w.node.Title, Lede: w.lede(), Crumbs: crumbs(x, append(links, ui.Link{Label: w.node.Code})...), Chips: w.chips()}, nodeBody(w))
}

// allow finds what the reader may do with the node: nothing on a past day.
func (w *nodeView) allow() {
	if w.x.AsOf.Before(w.x.Today) || writable(w.Tree.Plan) != nil {
		return
	}
	t := target(w.node, w.Day)
	w.mayReport = ruleReport.Check(w.x.Actor, t) == nil && w.Tree.Scope(w.node) == outline.ForAction
	for _, m := range w.Tree.Plan.Frame.From(w.Tree.Scope(w.node), w.node.State) {
		if mayMove(w.x.Actor, m, t) == nil {
			w.moves = append(w.moves, m)
		}
	}
}

func (w *nodeView) refusals(err error) {
	if err == nil {
		return
	}
	e := fault.From(err)
	for _, f := range e.Fields {
		w.errors = append(w.errors, ui.FieldError{Field: f.Name, Text: web.Message(w.p, f.Code, f.Args)})
	}
	if len(e.Fields) == 0 {
		w.errors = append(w.errors, ui.FieldError{Field: "remark", Text: web.Message(w.p, e.Code, e.Args)})
	}
}

func (w nodeView) lede() string {
	return w.p.T("plan.node.lede", "level", w.Tree.Level(w.at).Names.In(w.p.Lang()), "code", w.node.Code, "plan", w.Tree.Plan.Title)
}

func (w nodeView) chips() []ui.Link {
	list := []ui.Link{{Label: w.state(w.p, w.node)}}
	for k, on := range raised(w.Of[w.at].Flags) {
		if on {
			list = append(list, ui.Link{Label: w.p.T("plan.flag." + flags()[k])})
		}
	}
	return list
}

func raised(f rollup.Flags) []bool {
	return []bool{f.Late, f.StartLate, f.AtRisk, f.Stale, f.Orphan, f.Incomplete}
}

func (w nodeView) kpis() []ui.KPI {
	g := w.Of[w.at]
	list := []ui.KPI{{Value: w.progressText(w.p, g.Progress), Text: w.p.T("plan.kpi.progress", "n", g.Progress.Reported, "of", g.Progress.Leaves), Explain: ui.Link{Label: w.p.T("plan.explain"), Href: "#how"}}}
	if g.Expected != rollup.Unreported {
		list = append(list, ui.KPI{Value: percent(w.p, g.Expected), Text: w.p.T("plan.kpi.expected"), Explain: ui.Link{Label: w.p.T("plan.explain"), Href: "#how"}})
	}
	return append(list, ui.KPI{Value: w.p.MoneyShort(g.Money.Booked), Text: w.p.T("plan.kpi.money", "planned", w.p.MoneyShort(g.Money.Planned)), Explain: ui.Link{Label: w.p.T("plan.explain"), Href: "#money"}})
}

// facts are what the node says of itself.
func (w nodeView) facts() []ui.Fact {
	n, p := w.node, w.p
	var list []ui.Fact
	add := func(key, value string) {
		if value != "" {
			list = append(list, ui.Fact{Term: p.T(key), Value: value})
		}
	}
	add("plan.fact.planned", period(p, n.Planned))
	add("plan.fact.actual", period(p, n.Actual))
	add("plan.fact.forecast", p.Date(n.Forecast))
	add("plan.fact.reported", p.Date(n.Reported))
	if n.Health != "" {
		add("plan.fact.health", p.T("plan.health."+string(n.Health)))
	}
	add("plan.fact.remark", n.Remark)
	for _, role := range outline.Roles() {
		var names []string
		for _, a := range n.Actors {
			if a.Role == role && a.Period.Contains(w.Day) {
				names = append(names, a.Name)
			}
		}
		add("plan.role."+string(role), p.List(names))
	}
	return list
}

// period writes a period, open ends left out.
func period(p *i18n.Printer, d calendar.Period) string {
	switch {
	case d.From.IsZero() && d.To.IsZero():
		return ""
	case d.To.IsZero():
		return p.T("plan.since", "day", d.From)
	case d.From.IsZero():
		return p.T("plan.until", "day", d.To)
	}
	return p.T("plan.term", "from", d.From, "to", d.To)
}

// terms explain the progress: each leaf that it is made of. What the reader may
// not see is summed up in one line.
func (w nodeView) terms() *ui.DataTable {
	p := w.p
	t := ui.NewTable(p.T("plan.terms.caption"), ui.Column{Label: p.T("plan.col.node"), RowHeader: true}, ui.Column{Label: p.T("plan.col.weight"), Numeric: true}, ui.Column{Label: p.T("plan.col.progress"), Numeric: true}).HideCaption()
	hidden := int64(0)
	for _, term := range w.Of[w.at].Progress.Terms {
		if !w.Visible[term.Node] {
			hidden++
			continue
		}
		n, said := w.Tree.Nodes[term.Node], p.T("plan.unknown")
		if term.Progress != rollup.Unreported {
			said = percent(p, term.Progress)
		}
		t.Row(ui.LinkTo(n.Code+" "+n.Title, w.x.Keep(n.Address())), ui.Text(p.Int(term.Weight)), ui.Text(said))
	}
	if hidden > 0 {
		t.Row(ui.Text(p.N("plan.terms.hidden", hidden)), ui.Text(""), ui.Text(""))
	}
	return t
}

// lines are the amounts of the node itself.
func (w nodeView) lines() *ui.DataTable {
	p := w.p
	t := ui.NewTable(p.T("plan.lines.caption"), ui.Column{Label: p.T("plan.col.year"), RowHeader: true}, ui.Column{Label: p.T("plan.col.stage")}, ui.Column{Label: p.T("plan.col.kind")}, ui.Column{Label: p.T("plan.col.article")},
		ui.Column{Label: p.T("plan.col.amount"), Unit: "€", Numeric: true}).HideCaption()
	for _, l := range w.node.Lines {
		t.Row(ui.Text(strconv.Itoa(l.Year)), ui.Text(p.T("plan.stage."+string(l.Stage))), ui.Text(p.T("plan.type."+l.Type)), ui.Text(l.Article+" "+l.Label), ui.Text(euros(p, l.Amount)))
	}
	return t
}

// below are the nodes below, with their part in a few words.
func (w nodeView) below() (list []ui.Item) {
	for _, c := range w.Tree.Children(w.at) {
		if n := w.Tree.Nodes[c]; w.Visible[c] {
			list = append(list, ui.Item{Title: n.Code + " " + n.Title, Href: w.x.Keep(n.Address()), Meta: flagWords(w.p, w.Of[c].Flags), State: tint(w.Tree.Phase(n)), Word: w.state(w.p, n), Amount: w.progressText(w.p, w.Of[c].Progress)})
		}
	}
	return list
}

// timeline is what became of the node.
func (w nodeView) timeline() (list []ui.Entry) {
	for i, r := range w.history {
		e := ui.Entry{Day: w.p.Instant(r.Since), ISO: r.Since.Format("2006-01-02"), Text: w.p.T("plan.change." + r.Cause)}
		if ruleStaff.Gate(w.x.Actor) == nil {
			e.By = r.Actor
		}
		if i+1 < len(w.history) {
			e.Text += w.changed(w.history[i+1].Node, r.Node)
		}
		list = append(list, e)
	}
	return list
}

// changed tells state and progress when they are other than before.
func (w nodeView) changed(before, after *outline.Node) string {
	text := ""
	if before.State != after.State {
		text += " · " + w.state(w.p, after)
	}
	if after.Progress != nil && (before.Progress == nil || *before.Progress != *after.Progress) {
		text += " · " + percent(w.p, *after.Progress)
	}
	return text
}

// field is a control of a form with what was typed, else what is stored.
func (w nodeView) field(name, stored string) ui.Field {
	f := ui.Field{Name: name, Label: w.p.T("plan.field." + name), Value: stored}
	if w.typed.Has(name) {
		f.Value = w.typed.Get(name)
	}
	for _, e := range w.errors {
		if e.Field == name {
			f.Error = e.Text
		}
	}
	return f
}

func (w nodeView) progressField() ui.Field {
	stored := ""
	if w.node.Progress != nil {
		stored = strconv.FormatInt(*w.node.Progress/100, 10)
	}
	f := w.field("progress", stored)
	f.Hint, f.Width, f.InputMode = w.p.T("plan.field.progress.hint"), "xs", "numeric"
	return f
}

// reportsProgress tells whether progress is typed in here: on leaves, by hand.
func (w nodeView) reportsProgress() bool {
	return len(w.Tree.Children(w.at)) == 0 && w.node.Method == outline.Manual
}

func (w nodeView) healths() []ui.Option {
	list := []ui.Option{{Label: w.p.T("plan.health.unknown")}}
	for _, h := range outline.Healths() {
		list = append(list, ui.Option{Value: string(h), Label: w.p.T("plan.health." + string(h))})
	}
	return list
}

func (w nodeView) moveOptions() (list []ui.Option) {
	for _, m := range w.moves {
		s, _ := w.Tree.Plan.Frame.State(m.Scope, m.To)
		list = append(list, ui.Option{Value: m.To, Label: s.Names.In(w.p.Lang())})
	}
	return list
}

func (w nodeView) update() outline.Update {
	if w.node.Update == nil {
		return outline.Update{}
	}
	return *w.node.Update
}

func (s *Service) formReport(x *web.Exchange) error {
	form, err := x.Form("version", "progress", "health", "remark", "forecast", "done", "next", "difficulty")
	if err != nil {
		return err
	}
	get := register.NewValues(0, form.Get)
	r := Report{Version: get.Whole("version"), Health: outline.Health(form.Get("health")), Remark: form.Get("remark"), Forecast: get.Date("forecast"),
		Update: outline.Update{Done: form.Get("done"), Next: form.Get("next"), Difficulty: form.Get("difficulty")}}
	if form.Get("progress") != "" {
		points := get.Whole("progress") * 100
		r.Progress = &points
	}
	if err = get.Err(); err == nil {
		err = s.Report(x.Context(), x.Actor, x.Path("key"), x.Path("code"), r)
	}
	return s.answer(x, form, err, "plan.flash.reported")
}

func (s *Service) formMove(x *web.Exchange) error {
	form, err := x.Form("version", "to", "reason", "on")
	if err != nil {
		return err
	}
	get := register.NewValues(0, form.Get)
	m := Transition{Version: get.Whole("version"), To: form.Get("to"), Reason: form.Get("reason"), On: get.Date("on")}
	if err = get.Err(); err == nil {
		err = s.Move(x.Context(), x.Actor, x.Path("key"), x.Path("code"), m)
	}
	return s.answer(x, form, err, "plan.flash.moved")
}

// answer leads back to the node, or shows its forms with what was typed.
func (s *Service) answer(x *web.Exchange, form url.Values, err error, flash string) error {
	if err == nil {
		x.Flash(flash)
		return x.Redirect("/plans/" + x.Path("key") + "/nodes/" + x.Path("code"))
	}
	if kind := fault.KindOf(err); slices.Contains([]fault.Kind{fault.Invalid, fault.Conflict}, kind) {
		return s.showNode(x, fault.From(err).Status(), form, err)
	}
	return err
}
