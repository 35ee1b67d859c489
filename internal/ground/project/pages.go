package project

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"beffroi/internal/ground/party/register"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/svg"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// Routes registers the pages, the forms and the API.
func (s *Service) Routes(r *web.Routes) {
	ref := map[string]string{"ref": "SUPRA-2017-03"}
	page := func(pattern, summary string, h web.Handler, sample map[string]string, params ...web.Param) {
		r.Add(web.Route{Pattern: pattern, Kind: web.PageRoute, Rule: ReadProjects, Handle: h, Summary: summary, Sample: sample, Params: params})
	}
	page("/projects", "Projects: what is done together, with whom and for how much", s.pageList, nil, append(listParams(), web.Format())...)
	page("/projects/{ref}", "One project: its communes, its amount, and what is not known", s.pageProject, ref, web.AsOf())
	s.formRoutes(r)
	s.apiRoutes(r)
}

func plain[E ~string](list []E) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

func listParams() []web.Param {
	return append(web.Paging(), web.AsOf(), web.Query("q", "string", "words of the title, carrier or reference"), web.Query("cycle", "string", "years of the call, 2017-2018"),
		web.Query("territory", "string", "key of the territory"), web.Query("commune", "nis", "NIS code of a commune that takes part"),
		web.Query("state", "enum", "where the project stands", plain(States())...), web.Query("sort", "enum", "order", "title", "-title", "amount", "-amount", "cycle", "-cycle"))
}

// Filter narrows a list of projects; zero fields do not narrow.
type Filter struct {
	Query, Cycle string
	Territory    int64 // area ids
	Commune      int64
	State        State
}

// Select are the projects that a filter lets through on a day.
func Select(list []*Project, f Filter, day calendar.Date) []*Project {
	return slices.DeleteFunc(slices.Clone(list), func(p *Project) bool {
		return !p.Period.Contains(day) || f.Cycle != "" && p.Cycle != f.Cycle || f.Territory != 0 && p.Territory != f.Territory ||
			f.Commune != 0 && !p.With(f.Commune) || f.State != "" && p.State != f.State || !register.Match(p.fold, f.Query)
	})
}

// whole is all that the pages of this room read.
type whole struct {
	projects []*Project
	atlas    *territory.Atlas
}

func (s *Service) whole(ctx context.Context) (w whole, err error) {
	if w.projects, err = s.Projects(ctx); err != nil {
		return w, err
	}
	w.atlas, err = s.places.Atlas(ctx)
	return w, err
}

func (w whole) selection(x *web.Exchange) ([]*Project, error) {
	f := Filter{Query: x.Query("q"), Cycle: x.Query("cycle"), State: State(x.Query("state"))}
	if nis := x.Query("commune"); nis != "" {
		area, _, ok := w.atlas.Commune(nis)
		if !ok {
			return nil, fault.Bad("commune", nis, "register.nis", fault.Args{"nis": nis, "value": nis})
		}
		f.Commune = area.ID
	}
	if key := x.Query("territory"); key != "" {
		area := w.atlas.Area(territory.ProjectTerritory, key)
		if area == nil {
			return nil, fault.Bad("territory", key, "register.unknown", fault.Args{"value": key})
		}
		f.Territory = area.ID
	}
	list := Select(w.projects, f, x.AsOf)
	at, desc := order(x)
	register.Sort(list, desc, at)
	return list, nil
}

// order is where a project stands under the order that an address asks for.
// Amounts that are not known come last when the largest come first.
func order(x *web.Exchange) (func(*Project) register.Position, bool) {
	by, desc := strings.CutPrefix(x.Query("sort"), "-")
	return func(p *Project) register.Position {
		at := register.Position{Value: p.sort, Key: p.Ref}
		switch by {
		case "amount":
			at.Value = ""
			if p.Amount != nil {
				at.Value = fmt.Sprintf("%020d", int64(*p.Amount))
			}
		case "cycle":
			at.Value = p.Cycle + " " + p.sort
		}
		return at
	}, desc
}

func cut(x *web.Exchange, list []*Project) (web.Rows[*Project], error) {
	last, key := "", func(p *Project) string { return p.Ref }
	if err := x.Cursor(&last); err != nil {
		return web.Rows[*Project]{}, err
	}
	rows, err := register.After(list, last, x.Limit()+1, key)
	if err != nil {
		return web.Rows[*Project]{}, err
	}
	return web.CutPage(x, rows, x.Limit(), func(p *Project) any { return key(p) })
}

func (s *Service) pageList(x *web.Exchange) error {
	w, err := s.whole(x.Context())
	if err != nil {
		return err
	}
	list, err := w.selection(x)
	if err != nil {
		return err
	}
	if x.Exporting() {
		return x.Sheet("projects", heads(), w.rows(list))
	}
	page, err := cut(x, list)
	if err != nil {
		return err
	}
	p := x.P
	v := register.NewList(x, "/api/v1/projects")
	w.choices(x, &v)
	v.None = p.T("project.none")
	if EditProjects.Gate(x.Actor) == nil {
		v.Add = ui.Link{Label: p.T("project.add"), Href: "/projects/new"}
	}
	v.Paged(x, len(list), page.Next)
	if len(page.Items) > 0 {
		v.Table = w.table(x, page.Items)
	}
	return x.Page(ui.Page{Title: p.T("project.title"), Lede: p.T("project.lede"), Crumbs: []ui.Link{{Label: p.T("project.title")}}}, register.List(v))
}

func (w whole) choices(x *web.Exchange, v *register.ListView) {
	p, any := x.P, ui.Option{Label: x.P.T("register.any")}
	cycles, territories, communes := []ui.Option{any}, []ui.Option{any}, []ui.Option{any}
	var seen []string
	for _, pr := range w.projects {
		if pr.Cycle != "" && !slices.Contains(seen, pr.Cycle) {
			seen = append(seen, pr.Cycle)
		}
	}
	slices.Sort(seen)
	for _, c := range seen {
		cycles = append(cycles, ui.Option{Value: c, Label: c})
	}
	for _, a := range w.atlas.OfKind(territory.ProjectTerritory, x.AsOf) {
		territories = append(territories, ui.Option{Value: a.Key, Label: a.Name(p.Lang())})
	}
	for _, a := range w.atlas.Communes(x.AsOf) {
		communes = append(communes, ui.Option{Value: a.Key, Label: a.Name(p.Lang())})
	}
	v.Choose(x, "cycle", cycles)
	v.Choose(x, "territory", territories)
	v.Choose(x, "commune", communes)
	v.Choose(x, "state", register.Options(p, "project.state.", any.Label, States()))
}

func (w whole) table(x *web.Exchange, list []*Project) *ui.DataTable {
	p, sort := x.P, x.Query("sort")
	if sort == "" {
		sort = "title"
	}
	amount := register.Heading(x, p.T("project.amount"), "amount", sort)
	amount.Numeric = true
	t := ui.NewTable(p.T("project.title"), register.Heading(x, p.T("register.field.title"), "title", sort), register.Heading(x, p.T("register.field.cycle"), "cycle", sort),
		ui.Column{Label: p.T("register.field.territory")}, ui.Column{Label: p.T("register.field.communes"), Numeric: true}, amount, ui.Column{Label: p.T("register.field.state")}).HideCaption()
	for _, pr := range list {
		title, other := pr.Title.In(p.Lang())
		place, n, money := ui.Text(""), p.T("project.unknown"), p.T("project.unknown")
		if a := w.atlas.ByID(pr.Territory); a != nil {
			place = ui.LinkTo(a.Name(p.Lang()), x.Keep(a.Address()))
		}
		if len(pr.Communes) > 0 {
			n = p.Int(int64(len(pr.Communes)))
		}
		if pr.Amount != nil {
			money = p.Money(*pr.Amount)
		}
		t.Row(register.Named(title, other, x.Keep(pr.Address())), ui.Text(pr.Cycle), place, ui.Text(n), ui.Text(money), ui.Text(p.T("project.state."+string(pr.State))))
	}
	return t
}

// exported are the columns of the file: those that the import takes back.
func exported() []string {
	return []string{"ref", "cycle", "territory", "title_fr", "title_nl", "title_en", "carrier", "communes", "amount_cents", "completeness", "state", "mission", "valid_from", "valid_to", "source"}
}

func heads() []sheet.Column {
	var list []sheet.Column
	for _, name := range exported() {
		list = append(list, sheet.Column{Title: name})
	}
	return list
}

func (w whole) rows(list []*Project) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, p := range list {
			get := p.fields(w.atlas)
			var row []any
			for _, name := range exported() {
				row = append(row, get(name))
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// view is what the page of a project shows.
type view struct {
	whole
	p       *i18n.Printer
	x       *web.Exchange
	asOf    ui.AsOf
	project *Project
	panels  []web.Panel
	edit    bool
}

func (w whole) find(ref string) *Project {
	for _, p := range w.projects {
		if p.Ref == ref {
			return p
		}
	}
	return nil
}

func (s *Service) pageProject(x *web.Exchange) error {
	w, err := s.whole(x.Context())
	if err != nil {
		return err
	}
	v := view{whole: w, p: x.P, x: x, project: w.find(x.Path("ref")), edit: EditProjects.Gate(x.Actor) == nil}
	if v.project == nil {
		return fault.Missing("project")
	}
	feeds, links := register.Follow(x, v.project.Address(), false)
	v.asOf = register.AsOf(x, append(links, ui.Link{Label: "JSON", Href: x.Keep("/api/v1/projects/" + v.project.Ref)})...)
	if v.panels, err = x.Panels(v.project.Object()); err != nil {
		return err
	}
	title, _ := v.project.Title.In(x.P.Lang())
	return x.Page(ui.Page{Title: title, Lede: x.P.T("project.one.lede"), Feeds: feeds, Chips: []ui.Link{{Label: x.P.T("project.state." + string(v.project.State))}},
		Crumbs: []ui.Link{{Label: x.P.T("project.title"), Href: "/projects"}, {Label: title}}}, projectPage(v))
}

func (v view) facts() []ui.Fact {
	p, pr := v.p, v.project
	list := []ui.Fact{{Term: p.T("register.field.ref"), Value: pr.Ref}}
	amount := p.T("project.gap.amount")
	if pr.Amount != nil {
		amount = p.Money(*pr.Amount)
	}
	list = append(list, ui.Fact{Term: p.T("project.amount"), Value: amount})
	for _, f := range []ui.Fact{{Term: p.T("register.field.cycle"), Value: pr.Cycle}, {Term: p.T("register.field.carrier"), Value: pr.Carrier}} {
		if f.Value != "" {
			list = append(list, f)
		}
	}
	if a := v.atlas.ByID(pr.Territory); a != nil {
		list = append(list, ui.Fact{Term: p.T("register.field.territory"), Value: a.Name(p.Lang()), Href: v.x.Keep(a.Address())})
	}
	if pr.Mission != "" {
		list = append(list, ui.Fact{Term: p.T("register.field.mission"), Value: pr.Mission, Href: v.x.Keep("/missions/" + pr.Mission)})
	}
	list = append(list, ui.Fact{Term: p.T("register.field.period"), Value: register.PeriodText(p, pr.Period)}, ui.Fact{Term: p.T("register.field.source"), Value: v.x.Source(pr.Source)})
	return append(list, ui.Fact{Term: p.T("project.ledger"), Value: p.T("project.ledger.see"), Href: pr.Ledger()})
}

func (v view) gaps() []string {
	var list []string
	for _, g := range v.project.Missing() {
		list = append(list, v.p.T("project.gap."+string(g)))
	}
	return list
}

func (v view) communeMap() templ.Component {
	return v.atlas.Map(territory.MapOptions{ID: "communes", Title: v.p.T("project.map"), Lang: v.p.Lang(), Day: v.x.AsOf,
		Class: func(a *territory.Area) string {
			if v.project.With(a.ID) {
				return string(svg.Sel)
			}
			return string(svg.Other)
		},
		Value: func(a *territory.Area) string {
			if v.project.With(a.ID) {
				return v.p.T("project.with")
			}
			return v.p.T("project.without")
		},
		Legend: []svg.LegendItem{{Class: svg.Sel, Label: v.p.T("project.with")}, {Class: svg.Other, Label: v.p.T("project.without")}}})
}

func (v view) communeTable() *ui.DataTable {
	t := ui.NewTable(v.p.T("project.map"), ui.Column{Label: v.p.T("register.field.commune")}).HideCaption()
	for _, id := range v.project.Communes {
		if a := v.atlas.ByID(id); a != nil {
			t.Row(ui.LinkTo(a.Name(v.p.Lang()), v.x.Keep(a.Address())))
		}
	}
	return t
}
