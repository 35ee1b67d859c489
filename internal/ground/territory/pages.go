package territory

import (
	"iter"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/svg"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// Routes registers the pages, the forms and the API.
func (s *Service) Routes(r *web.Routes) {
	r.Add(web.Route{Pattern: "/territory", Kind: web.PageRoute, Rule: view, Handle: s.overview, Summary: "The territory: its areas by kind, search and look-up",
		Params: append(locating(), web.AsOf(), web.Format(), web.Query("q", "string", "name, old name, postal code or REFNIS code"),
			web.Query("kind", "enum", "kind of the areas in the file", kindNames()...))})
	r.Add(web.Route{Pattern: "/areas/{kind}/{key}", Kind: web.PageRoute, Rule: view, Handle: s.areaPage, Summary: "One area: its communes, dates and events",
		Params: []web.Param{web.AsOf(), web.Format()}, Sample: map[string]string{"kind": "territory", "key": "ter-coeur-du-hainaut"}})
	s.formRoutes(r)
	s.apiRoutes(r)
}

// asOf is the line under the title.
func asOf(x *web.Exchange, note string, links ...ui.Link) ui.AsOf {
	p := x.P
	return ui.AsOf{Label: p.T("territory.asof"), Day: p.Date(x.AsOf), ISO: x.AsOf.String(), Print: p.T("territory.print"), Note: note, Links: links}
}

func fileLinks(x *web.Exchange, json string) []ui.Link {
	return []ui.Link{{Label: "CSV", Href: x.Here("format", "csv")}, {Label: "XLSX", Href: x.Here("format", "xlsx")}, {Label: "JSON", Href: x.Keep(json)}}
}

// overviewView is what the page /territory shows.
type overviewView struct {
	p        *i18n.Printer
	atlas    *Atlas
	asOf     ui.AsOf
	day      calendar.Date
	keep     func(string) string
	may      bool
	q        string
	postal   string
	lon      string
	lat      string
	hits     []Hit
	located  []*Area
	otherDay string // the day asked for, "" for today
	asked    bool   // a look-up was asked
	refusal  string // what is wrong with it
	empty    bool
}

func (s *Service) overview(x *web.Exchange) error {
	a, err := s.Atlas(x.Context())
	if err != nil {
		return err
	}
	if x.Exporting() {
		return x.Sheet("areas", fileColumns(x.P), a.rows(a.selection(Kind(x.Query("kind")), x.Query("q"), x.AsOf), x.P, x.AsOf))
	}
	v := overviewView{p: x.P, atlas: a, asOf: asOf(x, "", fileLinks(x, "/api/v1/areas")...), day: x.AsOf, keep: x.Keep, may: change.Gate(x.Actor) == nil,
		otherDay: x.Query("as_of"), q: x.Query("q"), postal: x.Query("postal"), lon: x.Query("lon"), lat: x.Query("lat"), empty: len(a.areas) == 0}
	v.hits = a.Search(v.q, 20)
	if v.asked = v.postal+v.lon+v.lat != ""; v.asked {
		if v.located, err = a.located(x); err != nil {
			v.refusal = x.P.T("fault.territory.locate")
		}
	}
	page := ui.Page{Title: x.P.T("territory.title"), Lede: x.P.T("territory.lede"),
		Crumbs: []ui.Link{{Label: x.P.T("territory.home"), Href: "/"}, {Label: x.P.T("territory.title")}}}
	return x.Page(page, overviewBody(v))
}

// fileColumns heads the file of areas.
func fileColumns(p *i18n.Printer) []sheet.Column {
	return []sheet.Column{{Title: p.T("territory.col.kind")}, {Title: p.T("territory.col.key")}, {Title: p.T("territory.col.name_fr"), Width: 32}, {Title: p.T("territory.col.name_nl"), Width: 32},
		{Title: p.T("territory.col.name_de"), Width: 32}, {Title: p.T("territory.col.from")}, {Title: p.T("territory.col.to")}, {Title: p.T("territory.col.km2")}, {Title: p.T("territory.col.communes")}, {Title: p.T("territory.col.source")}}
}

// rows are the areas as rows of a file.
func (a *Atlas) rows(list []*Area, p *i18n.Printer, day calendar.Date) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, area := range list {
			var km2, members any
			if area.Hectares > 0 {
				km2 = sheet.Decimal{Unscaled: area.Hectares, Scale: 2}
			}
			if area.Kind.IsGroup() || area.Kind == Province {
				members = len(a.Members(area.ID, day))
			}
			if !yield([]any{p.T("territory.kind." + string(area.Kind)), area.Key, area.NameFR, area.Name("nl"), area.Name("de"),
				area.Period.From.String(), area.Period.To.String(), km2, members, area.Source}, nil) {
				return
			}
		}
	}
}

// kinds are the kinds that have areas on the day.
func (v overviewView) kinds() []Kind {
	var list []Kind
	for _, k := range Kinds() {
		if len(v.atlas.OfKind(k, v.day)) > 0 {
			list = append(list, k)
		}
	}
	return list
}

func (v overviewView) kpis() []ui.KPI {
	var list []ui.KPI
	for _, k := range []Kind{Commune, Arrondissement, ProjectTerritory, RescueZone} {
		if n := len(v.atlas.OfKind(k, v.day)); n > 0 {
			list = append(list, ui.KPI{Value: v.p.Int(int64(n)), Text: v.p.N("territory.count."+string(k), int64(n))})
		}
	}
	return list
}

// groupsTable lists the groups of every kind with the number of their communes.
func (v overviewView) groupsTable() *ui.DataTable {
	t := ui.NewTable(v.p.T("territory.groups.caption"), ui.Column{Label: v.p.T("territory.col.name"), RowHeader: true}, ui.Column{Label: v.p.T("territory.col.kind")},
		ui.Column{Label: v.p.T("territory.col.communes"), Numeric: true}, ui.Column{Label: v.p.T("territory.col.area"), Unit: "km²", Numeric: true}).HideCaption()
	for _, k := range v.kinds() {
		if !k.IsGroup() {
			continue
		}
		for _, g := range v.atlas.OfKind(k, v.day) {
			members := v.atlas.Members(g.ID, v.day)
			t.Row(ui.LinkTo(g.Name(v.p.Lang()), v.keep(g.Address())), ui.Text(v.p.T("territory.kind."+string(k))),
				ui.Text(v.p.Int(int64(len(members)))), ui.Text(surfaceText(v.p, surface(members))))
		}
	}
	return t
}

// communesTable is the twin of the map.
func (v overviewView) communesTable() *ui.DataTable {
	return communesTable(v.p, v.atlas, v.atlas.Communes(v.day), v.day, v.keep, v.p.T("territory.communes.caption"))
}

func communesTable(p *i18n.Printer, a *Atlas, list []*Area, day calendar.Date, keep func(string) string, caption string) *ui.DataTable {
	t := ui.NewTable(caption, ui.Column{Label: p.T("territory.col.commune"), RowHeader: true}, ui.Column{Label: p.T("territory.col.nis"), Numeric: true},
		ui.Column{Label: p.T("territory.kind.territory")}, ui.Column{Label: p.T("territory.kind.arrondissement")}, ui.Column{Label: p.T("territory.col.area"), Unit: "km²", Numeric: true})
	name := func(c *Area, kind Kind) ui.Cell {
		g := a.Group(c.ID, kind, day)
		if g == nil {
			return ui.Text("–")
		}
		return ui.LinkTo(g.Name(p.Lang()), keep(g.Address()))
	}
	for _, c := range list {
		t.Row(ui.LinkTo(c.Name(p.Lang()), keep(c.Address())), ui.Text(a.CodeAt(c.ID, day)), name(c, ProjectTerritory), name(c, Arrondissement), ui.Text(surfaceText(p, c.Hectares)))
	}
	return t
}

// surface adds the official areas, in hectares; 0 when one is unknown.
func surface(list []*Area) (sum int64) {
	for _, c := range list {
		if c.Hectares == 0 {
			return 0
		}
		sum += c.Hectares
	}
	return sum
}

func surfaceText(p *i18n.Printer, hectares int64) string {
	if hectares == 0 {
		return "–"
	}
	return p.Fixed(hectares, 2)
}

// picture is the map of the communes, coloured by territory of projects.
func (v overviewView) picture() ui.Picture {
	classes := map[int64]svg.Class{}
	var legend []svg.LegendItem
	categories := []svg.Class{"k1", "k2", "k3", "k4", "k5"}
	for i, g := range v.atlas.OfKind(ProjectTerritory, v.day) {
		if i == len(categories) {
			break // more groups than colours that can be told apart: the rest stays grey
		}
		classes[g.ID] = categories[i]
		legend = append(legend, svg.LegendItem{Class: categories[i], Label: g.Name(v.p.Lang())})
	}
	group := func(c *Area) *Area { return v.atlas.Group(c.ID, ProjectTerritory, v.day) }
	return ui.Picture{ID: "map", Title: v.p.T("territory.map.title"), Sub: v.p.T("territory.map.sub"), Table: v.communesTable(), TableLabel: v.p.T("territory.table"),
		SVG: v.atlas.Map(MapOptions{ID: "territory-map", Title: v.p.T("territory.map.title"), Desc: v.p.T("territory.map.desc"), Lang: v.p.Lang(), Day: v.day, Legend: legend,
			Href: func(c *Area) string { return v.keep(c.Address()) },
			Class: func(c *Area) string {
				if g := group(c); g != nil {
					return string(classes[g.ID])
				}
				return ""
			},
			Value: func(c *Area) string {
				if g := group(c); g != nil {
					return g.Name(v.p.Lang())
				}
				return ""
			}})}
}

// hitItems are the found areas as rows.
func (v overviewView) hitItems() []ui.Item {
	var list []ui.Item
	for _, h := range v.hits {
		meta := v.p.T("territory.kind." + string(h.Area.Kind))
		if h.Matched != h.Area.NameFR {
			meta += " · " + v.p.T("territory.why."+h.Why, "text", h.Matched)
		}
		list = append(list, ui.Item{Title: h.Area.Name(v.p.Lang()), Href: v.keep(h.Area.Address()), Meta: meta})
	}
	return list
}

func (v overviewView) locatedItems() []ui.Item {
	var list []ui.Item
	for _, a := range v.located {
		list = append(list, ui.Item{Title: a.Name(v.p.Lang()), Href: v.keep(a.Address()), Meta: v.p.T("territory.nis", "code", a.Key)})
	}
	return list
}

func (v overviewView) notLocated() string {
	if v.postal == "" && !v.atlas.HasShapes() {
		return v.p.T("territory.lookup.shapes")
	}
	return v.p.T("territory.lookup.none")
}

// emptyAction is the first thing that staff can do in an empty register.
func emptyAction(v overviewView) ui.Link {
	if !v.may {
		return ui.Link{}
	}
	return ui.Link{Label: v.p.T("territory.action.import"), Href: "/staff/imports"}
}
