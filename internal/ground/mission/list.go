package mission

import (
	"context"
	"iter"
	"strings"

	"beffroi/internal/ground/party"
	"beffroi/internal/ground/party/register"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// Filter narrows a list of missions; zero fields do not narrow.
type Filter struct {
	Query   string
	Domain  party.Domain
	Part    Part
	Commune int64  // area id of a commune served
	Holder  string // ref of a body
	Ended   bool   // those not in force on the day, instead of those in force
}

// Select are the missions that a filter lets through on a day, by domain and title.
func (c *Catalogue) Select(f Filter, day calendar.Date) []*Mission {
	var list []*Mission
	for _, m := range c.list {
		if m.Period.Contains(day) != f.Ended && (f.Domain == "" || m.Domain == f.Domain) && (f.Part == "" || m.Part == f.Part) &&
			(f.Commune == 0 || m.Serves(f.Commune)) && (f.Holder == "" || m.Holder == f.Holder) && register.Match(m.fold, f.Query) {
			list = append(list, m)
		}
	}
	return list
}

func plain[E ~string](list []E) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

func listParams() []web.Param {
	return append(web.Paging(), web.AsOf(), web.Query("q", "string", "words of the title or code"), web.Query("domain", "enum", "domain", plain(party.Domains())...),
		web.Query("part", "enum", "part of territorial development", plain(Parts())...), web.Query("commune", "nis", "NIS code of a commune served"),
		web.Query("holder", "string", "ref of the body that holds it"), web.Query("state", "enum", "those not in force on the day", "ended"))
}

// whole is all that the pages of this room read.
type whole struct {
	missions  *Catalogue
	bodies    *party.Tree
	atlas     *territory.Atlas
	scenarios []*Scenario
}

func (s *Service) whole(ctx context.Context) (w whole, err error) {
	if w.missions, err = s.Catalogue(ctx); err != nil {
		return w, err
	}
	if w.bodies, err = s.bodies.Tree(ctx); err != nil {
		return w, err
	}
	if w.scenarios, err = s.Scenarios(ctx); err != nil {
		return w, err
	}
	w.atlas, err = s.places.Atlas(ctx)
	return w, err
}

func (w whole) selection(x *web.Exchange) ([]*Mission, error) {
	f := Filter{Query: x.Query("q"), Domain: party.Domain(x.Query("domain")), Part: Part(x.Query("part")), Holder: x.Query("holder"), Ended: x.Query("state") == "ended"}
	if nis := x.Query("commune"); nis != "" {
		area, _, ok := w.atlas.Commune(nis)
		if !ok {
			return nil, fault.Bad("commune", nis, "register.nis", fault.Args{"nis": nis, "value": nis})
		}
		f.Commune = area.ID
	}
	return w.missions.Select(f, x.AsOf), nil
}

func cut(x *web.Exchange, list []*Mission) (web.Rows[*Mission], error) {
	last, key := "", func(m *Mission) string { return m.Code }
	if err := x.Cursor(&last); err != nil {
		return web.Rows[*Mission]{}, err
	}
	rows, err := register.After(list, last, x.Limit()+1, key)
	if err != nil {
		return web.Rows[*Mission]{}, err
	}
	return web.CutPage(x, rows, x.Limit(), func(m *Mission) any { return key(m) })
}

func (s *Service) pageList(x *web.Exchange) error {
	if x.Query("view") == "labels" {
		return s.pageLabels(x)
	}
	w, err := s.whole(x.Context())
	if err != nil {
		return err
	}
	list, err := w.selection(x)
	if err != nil {
		return err
	}
	if x.Exporting() {
		return x.Sheet("missions", missionHeads(), w.rows(list))
	}
	page, err := cut(x, list)
	if err != nil {
		return err
	}
	p := x.P
	v := register.NewList(x, "/api/v1/missions")
	v.Choose(x, "domain", register.Options(p, "party.domain.", p.T("register.any"), party.Domains()))
	v.Choose(x, "part", register.Options(p, "mission.part.", p.T("register.any"), Parts()))
	communes := []ui.Option{{Label: p.T("register.any")}}
	for _, a := range w.atlas.Communes(x.AsOf) {
		communes = append(communes, ui.Option{Value: a.Key, Label: a.Name(p.Lang())})
	}
	v.Choose(x, "commune", communes)
	v.Choose(x, "state", []ui.Option{{Label: p.T("register.state.in_force")}, {Value: "ended", Label: p.T("register.state.other")}})
	v.None = p.T("mission.none")
	if EditMissions.Gate(x.Actor) == nil {
		v.Add = ui.Link{Label: p.T("mission.add"), Href: "/missions/new"}
	}
	v.Paged(x, len(list), page.Next)
	if len(page.Items) > 0 {
		v.Table = w.table(x, page.Items)
	}
	return x.Page(ui.Page{Title: p.T("mission.title"), Lede: p.T("mission.lede"), Crumbs: []ui.Link{{Label: p.T("mission.title")}},
		Chips: []ui.Link{{Label: p.T("mission.scenarios"), Href: x.Keep("/scenarios")}, {Label: p.T("mission.labels"), Href: "/missions?view=labels"}}}, register.List(v))
}

func (w whole) table(x *web.Exchange, list []*Mission) *ui.DataTable {
	p := x.P
	t := ui.NewTable(p.T("mission.title"), ui.Column{Label: p.T("register.field.domain")}, ui.Column{Label: p.T("register.field.title"), RowHeader: true}, ui.Column{Label: p.T("register.field.holder")},
		ui.Column{Label: p.T("mission.measure.cost_cents"), Unit: "€", Numeric: true}, ui.Column{Label: p.T("mission.measure.staff_fte"), Numeric: true}, ui.Column{Label: p.T("register.field.scope"), Numeric: true}).HideCaption()
	for _, m := range list {
		title, other := m.Title.In(p.Lang())
		cost, staff := "", ""
		if f, ok := w.missions.Latest(m.Code, Cost, x.AsOf); ok {
			cost = p.MoneyShort(f.Money()) + " (" + p.Year(f.Year) + ")"
		}
		if f, ok := w.missions.Latest(m.Code, Staff, x.AsOf); ok {
			staff = amount(p, f)
		}
		t.Row(ui.Text(p.T("party.domain."+string(m.Domain))), register.Named(title, other, x.Keep(m.Address())), w.holder(x, m.Holder), ui.Text(cost), ui.Text(staff),
			ui.Text(p.Int(int64(len(w.served(m, x.AsOf))))))
	}
	return t
}

// served are the communes that a mission serves on a day.
func (w whole) served(m *Mission, day calendar.Date) []*territory.Area {
	var list []*territory.Area
	for _, a := range w.atlas.Communes(day) {
		if m.Serves(a.ID) {
			list = append(list, a)
		}
	}
	return list
}

func (w whole) holder(x *web.Exchange, ref string) ui.Cell {
	b := w.bodies.Body(ref)
	if b == nil {
		return ui.Text(ref)
	}
	name, other := b.Name(x.P.Lang())
	return register.Named(name, other, x.Keep(b.Address()))
}

// amount writes a figure in its unit.
func amount(p *i18n.Printer, f Figure) string {
	switch f.Measure {
	case Cost:
		return p.Money(f.Money())
	case Staff:
		if f.Value%100 == 0 {
			return p.Int(f.Value / 100)
		}
		return p.Fixed(f.Value, 2)
	}
	return p.Int(f.Value)
}

// exported are the columns of the file: those that the import takes back.
func exported() []string {
	return []string{"code", "title_fr", "title_nl", "title_en", "description_fr", "description_nl", "description_en", "domain", "part", "parent", "legal_basis", "holder", "valid_from", "valid_to", "scope", "communes", "source"}
}

func missionHeads() []sheet.Column {
	var list []sheet.Column
	for _, name := range exported() {
		list = append(list, sheet.Column{Title: name})
	}
	return list
}

func (w whole) rows(list []*Mission) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, m := range list {
			get := m.fields(w.atlas)
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

func (s *Service) pageLabels(x *web.Exchange) error {
	labels, err := s.Labels(x.Context())
	if err != nil {
		return err
	}
	p := x.P
	v := register.NewList(x, "/api/v1/missions")
	t := ui.NewTable(p.T("mission.labels"), ui.Column{Label: p.T("register.field.code")}, ui.Column{Label: p.T("mission.level")}, ui.Column{Label: p.T("register.field.parent")},
		ui.Column{Label: p.T("register.field.title")}, ui.Column{Label: p.T("register.field.source")}).HideCaption()
	n := 0
	for _, l := range labels {
		if register.Match(register.Fold(l.Code, l.TitleFR), v.Query) {
			t.Row(ui.Text(l.Code), ui.Text(p.T("mission.level."+l.Level)), ui.Text(l.Parent), ui.Cell{Text: l.TitleFR, Lang: foreign(p)}, ui.Text(l.Source))
			n++
		}
	}
	v.AsOf.Links = nil
	v.None = p.T("mission.labels.none")
	v.Count = p.N("register.count", int64(n))
	if n > 0 {
		v.Table = t
	}
	return x.Page(ui.Page{Title: p.T("mission.labels"), Lede: p.T("mission.labels.lede"), Crumbs: []ui.Link{{Label: p.T("mission.title"), Href: "/missions"}, {Label: p.T("mission.labels")}}}, labelsPage(v))
}

// foreign marks French data on pages of another language.
func foreign(p *i18n.Printer) string {
	if strings.HasPrefix(p.Lang(), "fr") {
		return ""
	}
	return "fr"
}
