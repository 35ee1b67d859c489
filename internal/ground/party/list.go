package party

import (
	"iter"
	"strings"

	"beffroi/internal/ground/party/register"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// Filter narrows a list of bodies; zero fields do not narrow.
type Filter struct {
	Query  string
	Kind   Kind
	Domain Domain
	Seat   int64 // area id of a commune
	Parent string
	Ended  bool // those that are no more, or not yet, on the day, instead of those in force
	Always bool // both
}

// Select are the bodies that a filter lets through on a day, by name.
func (t *Tree) Select(f Filter, day calendar.Date) []*Body {
	var list []*Body
	for _, b := range t.list {
		if f.lets(b, day) {
			list = append(list, b)
		}
	}
	return list
}

func (f Filter) lets(b *Body, day calendar.Date) bool {
	return (f.Always || b.Period.Contains(day) != f.Ended) && (f.Kind == "" || b.Kind == f.Kind) && (f.Domain == "" || b.Domain == f.Domain) &&
		(f.Seat == 0 || b.Seat == f.Seat) && (f.Parent == "" || b.Parent == f.Parent) && register.Match(b.fold, f.Query)
}

func listParams() []web.Param {
	return append(web.Paging(), web.AsOf(), web.Query("q", "string", "words of the name, acronym or reference"),
		web.Query("kind", "enum", "kind of body", plain(Kinds())...), web.Query("domain", "enum", "domain", plain(Domains())...),
		web.Query("commune", "nis", "NIS code of the commune of the seat"), web.Query("state", "enum", "in force on the day, ended, or both", "in_force", "ended", "both"),
		web.Query("sort", "enum", "order", "name", "-name", "kind", "-kind", "from", "-from"))
}

func plain[E ~string](list []E) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

// selection is the list that an address asks for, in its order.
func selection(x *web.Exchange, t *Tree, atlas *territory.Atlas) ([]*Body, error) {
	f := Filter{Query: x.Query("q"), Kind: Kind(x.Query("kind")), Domain: Domain(x.Query("domain")),
		Ended: x.Query("state") == "ended", Always: x.Query("state") == "both"}
	if nis := x.Query("commune"); nis != "" {
		area, _, ok := atlas.Commune(nis)
		if !ok {
			return nil, fault.Bad("commune", nis, "register.nis", fault.Args{"nis": nis, "value": nis})
		}
		f.Seat = area.ID
	}
	list := t.Select(f, x.AsOf)
	at, desc := order(x)
	register.Sort(list, desc, at)
	return list, nil
}

// order is where a body stands under the order that an address asks for.
func order(x *web.Exchange) (func(*Body) register.Position, bool) {
	by, desc := strings.CutPrefix(x.Query("sort"), "-")
	return func(b *Body) register.Position {
		p := register.Position{Value: b.Sort, Key: b.Ref}
		switch by {
		case "kind":
			p.Value = string(b.Kind) + " " + b.Sort
		case "from":
			p.Value = b.Period.From.String() + " " + b.Sort
		}
		return p
	}, desc
}

// cut is the page of the list that the cursor asks for.
func cut(x *web.Exchange, list []*Body) (web.Rows[*Body], error) {
	last, key := "", func(b *Body) string { return b.Ref }
	if err := x.Cursor(&last); err != nil {
		return web.Rows[*Body]{}, err
	}
	rows, err := register.After(list, last, x.Limit()+1, key)
	if err != nil {
		return web.Rows[*Body]{}, err
	}
	return web.CutPage(x, rows, x.Limit(), func(b *Body) any { return key(b) })
}

func (s *Service) pageList(x *web.Exchange) error {
	tree, atlas, err := s.readBoth(x.Context())
	if err != nil {
		return err
	}
	list, err := selection(x, tree, atlas)
	if err != nil {
		return err
	}
	if x.Exporting() {
		return x.Sheet("bodies", sheetColumns(), sheetRows(list, atlas))
	}
	page, err := cut(x, list)
	if err != nil {
		return err
	}
	p := x.P
	v := register.NewList(x, "/api/v1/bodies")
	v.Choose(x, "kind", register.Options(p, "party.kind.", p.T("register.any"), Kinds()))
	v.Choose(x, "domain", register.Options(p, "party.domain.", p.T("register.any"), Domains()))
	communes := []ui.Option{{Label: p.T("register.any")}}
	for _, a := range atlas.Communes(x.AsOf) {
		communes = append(communes, ui.Option{Value: a.Key, Label: a.Name(p.Lang())})
	}
	v.Choose(x, "commune", communes)
	v.Choose(x, "state", []ui.Option{{Label: p.T("register.state.in_force")}, {Value: "ended", Label: p.T("register.state.other")}, {Value: "both", Label: p.T("register.any")}})
	v.None = p.T("party.none")
	if EditBodies.Gate(x.Actor) == nil {
		v.Add = ui.Link{Label: p.T("party.add"), Href: "/bodies/new"}
	}
	v.Paged(x, len(list), page.Next)
	if len(page.Items) > 0 {
		v.Table = bodyTable(x, page.Items, atlas)
	}
	return x.Page(ui.Page{Title: p.T("party.title"), Lede: p.T("party.lede"), Crumbs: []ui.Link{{Label: p.T("party.title")}},
		Chips: []ui.Link{{Label: p.T("party.organs"), Href: "/organs"}}}, register.List(v))
}

func bodyTable(x *web.Exchange, list []*Body, atlas *territory.Atlas) *ui.DataTable {
	p, sort := x.P, x.Query("sort")
	if sort == "" {
		sort = "name"
	}
	t := ui.NewTable(p.T("party.table"), register.Heading(x, p.T("register.field.name"), "name", sort), register.Heading(x, p.T("register.field.kind"), "kind", sort),
		ui.Column{Label: p.T("register.field.domain")}, ui.Column{Label: p.T("register.field.seat_commune")}, register.Heading(x, p.T("register.field.period"), "from", sort)).HideCaption()
	for _, b := range list {
		name, other := b.Name(p.Lang())
		seat := ui.Text("")
		if a := atlas.ByID(b.Seat); a != nil {
			seat = ui.LinkTo(a.Name(p.Lang()), x.Keep(a.Address()))
		}
		t.Row(register.Named(name, other, x.Keep(b.Address())), ui.Text(p.T("party.kind."+string(b.Kind))), ui.Text(domainWord(p, b.Domain)), seat,
			ui.Text(register.PeriodText(p, b.Period)))
	}
	return t
}

// domainWord names a domain; none has no word.
func domainWord(p *i18n.Printer, d Domain) string {
	if d == "" {
		return ""
	}
	return p.T("party.domain." + string(d))
}

func sheetColumns() []sheet.Column {
	var list []sheet.Column
	for _, name := range exported() {
		list = append(list, sheet.Column{Title: name})
	}
	return list
}

// exported are the columns of the file: those that the import takes back.
func exported() []string {
	return []string{"ref", "kind", "domain", "name_fr", "name_nl", "acronym", "parent", "valid_from", "valid_to", "successor", "seat_commune", "email", "phone", "website", "source"}
}

func sheetRows(list []*Body, atlas *territory.Atlas) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, b := range list {
			row := make([]any, 0, len(exported()))
			for _, name := range exported() {
				row = append(row, b.field(name, atlas))
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}
