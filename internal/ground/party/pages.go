package party

import (
	"context"

	"beffroi/internal/ground/party/register"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// Routes registers the pages, the forms and the API.
func (s *Service) Routes(r *web.Routes) {
	ipfh, council := map[string]string{"ref": "organ-conseil"}, map[string]string{"key": "council"}
	page := func(pattern, summary string, h web.Handler, sample map[string]string, params ...web.Param) {
		r.Add(web.Route{Pattern: pattern, Kind: web.PageRoute, Rule: ReadBodies, Handle: h, Summary: summary, Sample: sample, Params: params})
	}
	page("/bodies", "Bodies: services, organs, partners, with search and filters", s.pageList, nil, append(listParams(), web.Format())...)
	page("/bodies/{ref}", "One body: who it is, from when to when, under whom, and what it does", s.pageBody, ipfh, web.AsOf(), web.PDF())
	page("/organs", "Organs that decide, their rules, and who is competent on a day", s.pageOrgans, nil, web.AsOf())
	page("/organs/{key}", "One organ: its voting rules and a vote to try", s.pageOrgan, council, voteParams()...)
	s.formRoutes(r)
	s.apiRoutes(r)
}

// readBoth reads the register and the territory of one moment.
func (s *Service) readBoth(ctx context.Context) (tree *Tree, atlas *territory.Atlas, err error) {
	if tree, err = s.Tree(ctx); err != nil {
		return nil, nil, err
	}
	atlas, err = s.places.Atlas(ctx)
	return tree, atlas, err
}

// bodyView is what the page of a body shows.
type bodyView struct {
	p        *i18n.Printer
	keep     func(string) string
	asOf     ui.AsOf
	day      calendar.Date
	body     *Body
	tree     *Tree
	seat     *territory.Area
	mandates []Mandate
	panels   []web.Panel
	source   string
	boards   []*Board
	edit     bool
}

func (s *Service) pageBody(x *web.Exchange) (err error) {
	v := bodyView{p: x.P, keep: x.Keep, day: x.AsOf}
	err = s.db.Read(x.Context(), func(tx *db.Tx) error {
		if v.tree, err = s.TreeTx(tx); err != nil {
			return err
		}
		if v.body = v.tree.Body(x.Path("ref")); v.body == nil {
			return fault.Missing("body")
		}
		if v.mandates, err = readMandates(tx, v.body.Ref); err != nil {
			return err
		}
		v.boards, err = s.boards.Get(tx)
		return err
	})
	if err != nil {
		return err
	}
	atlas, err := s.places.Atlas(x.Context())
	if err != nil {
		return err
	}
	v.seat = atlas.ByID(v.body.Seat)
	if v.panels, err = x.Panels(v.body.Object()); err != nil {
		return err
	}
	v.source = x.Source(v.body.Source)
	v.edit = EditBodies.Check(x.Actor, scope(v.tree, v.body)) == nil
	feeds, links := register.Follow(x, v.body.Address(), true)
	v.asOf = register.AsOf(x, append(links, ui.Link{Label: "JSON", Href: x.Keep("/api/v1/bodies/" + v.body.Ref)})...)
	name, _ := v.body.Name(x.P.Lang())
	return x.Page(ui.Page{Title: name, Lede: v.lede(), Crumbs: []ui.Link{{Label: x.P.T("party.title"), Href: "/bodies"}, {Label: name}}, Chips: v.chips(), Feeds: feeds}, bodyPage(v))
}

func (v bodyView) lede() string {
	kind := v.p.T("party.kind." + string(v.body.Kind))
	if d := domainWord(v.p, v.body.Domain); d != "" {
		return v.p.T("party.body.lede.domain", "kind", kind, "domain", d)
	}
	return v.p.T("party.body.lede", "kind", kind)
}

func (v bodyView) chips() []ui.Link {
	_, word := register.State(v.p, v.body.Period, v.day)
	chips := []ui.Link{{Label: word}}
	if v.body.Acronym != "" {
		chips = append(chips, ui.Link{Label: v.body.Acronym})
	}
	return chips
}

// link is a fact that leads to another body.
func (v bodyView) link(term, ref string) ui.Fact {
	if b := v.tree.Body(ref); b != nil {
		name, _ := b.Name(v.p.Lang())
		return ui.Fact{Term: term, Value: name, Href: v.keep(b.Address())}
	}
	return ui.Fact{Term: term, Value: ref}
}

func (v bodyView) facts() []ui.Fact {
	p, b := v.p, v.body
	list := []ui.Fact{{Term: p.T("register.field.ref"), Value: b.Ref}, {Term: p.T("register.field.period"), Value: register.PeriodText(p, b.Period)}}
	if b.Parent != "" {
		list = append(list, v.link(p.T("register.field.parent"), b.Parent))
	}
	for _, old := range v.tree.Predecessors(b.Ref) {
		list = append(list, v.link(p.T("party.predecessor"), old.Ref))
	}
	if b.Successor != "" {
		list = append(list, v.link(p.T("register.field.successor"), b.Successor))
	}
	if v.seat != nil {
		list = append(list, ui.Fact{Term: p.T("register.field.seat_commune"), Value: v.seat.Name(p.Lang()), Href: v.keep(v.seat.Address())})
	}
	for _, f := range []ui.Fact{{Term: p.T("register.field.email"), Value: b.Email, Href: "mailto:" + b.Email}, {Term: p.T("register.field.phone"), Value: b.Phone, Href: "tel:" + b.Phone},
		{Term: p.T("register.field.website"), Value: b.Website, Href: b.Website}, {Term: p.T("register.field.source"), Value: v.source}} {
		if f.Value != "" {
			list = append(list, f)
		}
	}
	return list
}

func (v bodyView) children() []ui.Item {
	var list []ui.Item
	for _, b := range v.tree.Children(v.body.Ref, v.day) {
		name, _ := b.Name(v.p.Lang())
		list = append(list, ui.Item{Title: name, Href: v.keep(b.Address()), Meta: v.p.T("party.kind." + string(b.Kind))})
	}
	return list
}

func (v bodyView) own() []*Board {
	var list []*Board
	for _, b := range v.boards {
		if b.Body == v.body.Ref {
			list = append(list, b)
		}
	}
	return list
}

func (v bodyView) mandateTable() *ui.DataTable {
	p := v.p
	columns := []ui.Column{{Label: p.T("register.field.role")}, {Label: p.T("register.field.holder_name")},
		{Label: p.T("register.field.period")}, {Label: p.T("register.field.state")}}
	if v.edit {
		columns = append(columns, ui.Column{Label: p.T("party.mandate.change")})
	}
	t := ui.NewTable(p.T("party.mandates"), columns...).HideCaption()
	for _, m := range v.mandates {
		state, word := register.State(p, m.Period, v.day)
		row := []ui.Cell{ui.Text(m.Role), ui.Text(m.Holder), ui.Text(register.PeriodText(p, m.Period)), ui.Body(ui.Tag(state, word))}
		if v.edit {
			row[0] = ui.LinkTo(m.Role, "/mandates/"+m.Ref+"/edit")
			row = append(row, ui.LinkTo(p.T("party.mandate.end", "name", m.Holder), "/mandates/"+m.Ref+"/end"))
		}
		t.Row(row...)
	}
	return t
}
