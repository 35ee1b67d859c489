package territory

import (
	"fmt"
	"iter"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/svg"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// areaView is what the page of a group or former commune shows.
type areaView struct {
	p       *i18n.Printer
	atlas   *Atlas
	area    *Area
	day     calendar.Date
	asOf    ui.AsOf
	keep    func(string) string
	may     bool
	members []*Area
}

func (s *Service) areaPage(x *web.Exchange) error {
	a, area, err := s.at(x)
	if err != nil {
		if c, ok := s.moved(x); ok {
			return x.Moved(x.Keep(c.Address()))
		}
		return err
	}
	if area.Kind == Commune {
		return x.Moved(x.Keep(area.Address()))
	}
	v := areaView{p: x.P, atlas: a, area: area, day: x.AsOf, keep: x.Keep, may: change.Gate(x.Actor) == nil, members: a.Members(area.ID, x.AsOf)}
	if x.Exporting() {
		return x.Sheet(area.Key, memberColumns(x.P), v.memberRows())
	}
	note := ""
	if !area.Period.Contains(x.AsOf) {
		note = x.P.T("territory.area.notinforce")
	}
	v.asOf = asOf(x, note, fileLinks(x, "/api/v1"+area.Address())...)
	page := ui.Page{Title: area.Name(x.P.Lang()), Lede: x.P.T("territory.lede."+string(area.Kind), "name", area.Name(x.P.Lang())),
		Crumbs: []ui.Link{{Label: x.P.T("territory.home"), Href: "/"}, {Label: x.P.T("territory.title"), Href: x.Keep("/territory")}, {Label: area.Name(x.P.Lang())}},
		Chips:  []ui.Link{{Label: x.P.T("territory.kind." + string(area.Kind))}}}
	return x.Page(page, areaBody(v))
}

// moved finds the commune of an old code in the address of a commune.
func (s *Service) moved(x *web.Exchange) (*Area, bool) {
	a, err := s.Atlas(x.Context())
	if err != nil || Kind(x.Path("kind")) != Commune {
		return nil, false
	}
	area, _, ok := a.Commune(x.Path("key"))
	return area, ok
}

func memberColumns(p *i18n.Printer) []sheet.Column {
	return []sheet.Column{{Title: p.T("territory.col.nis")}, {Title: p.T("territory.col.name_fr"), Width: 32}, {Title: p.T("territory.col.name_nl"), Width: 32},
		{Title: p.T("territory.col.from")}, {Title: p.T("territory.col.to")}, {Title: p.T("territory.col.km2")}}
}

func (v areaView) memberRows() iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, c := range v.members {
			m := v.membership(c)
			if !yield([]any{v.atlas.CodeAt(c.ID, v.day), c.NameFR, c.Name("nl"), m.From.String(), m.To.String(), sheet.Decimal{Unscaled: c.Hectares, Scale: 2}}, nil) {
				return
			}
		}
	}
}

// membership is the period for which a commune belongs to the group.
func (v areaView) membership(c *Area) calendar.Period {
	for _, m := range v.atlas.groups[c.ID] {
		if m.Group == v.area.ID && m.Period.Contains(v.day) {
			return m.Period
		}
	}
	return c.Period
}

func (v areaView) facts() []ui.Fact {
	p := v.p
	list := []ui.Fact{{Term: p.T("territory.col.inforce"), Value: periodText(p, v.area.Period)}}
	for _, n := range []struct{ lang, name string }{{"nl", v.area.NameNL}, {"de", v.area.NameDE}} {
		if n.name != "" && n.lang != p.Lang() {
			list = append(list, ui.Fact{Term: p.T("territory.col.name_" + n.lang), Value: n.name})
		}
	}
	if up := v.atlas.ByID(v.area.Parent); up != nil {
		list = append(list, ui.Fact{Term: p.T("territory.col.above"), Value: up.Name(p.Lang()), Href: v.keep(up.Address())})
	}
	for _, c := range v.atlas.codes[v.area.ID] {
		list = append(list, ui.Fact{Term: p.T("territory.col.nis"), Value: c.Code + " (" + periodText(p, c.Period) + ")"})
	}
	if h := surface(v.members); h > 0 && v.area.Kind != FormerCommune {
		list = append(list, ui.Fact{Term: p.T("territory.col.area"), Value: p.Fixed(h, 2) + "\u00a0km²"})
	}
	for _, share := range v.atlas.Successors(v.area.ID) {
		next := v.atlas.ByID(share.Area)
		value := next.Name(p.Lang())
		if share.Weight != Whole {
			value += fmt.Sprintf(" (%s\u00a0%%)", p.Fixed(share.Weight, 2))
		}
		list = append(list, ui.Fact{Term: p.T("territory.successor"), Value: value, Href: v.keep(next.Address())})
	}
	return list
}

// periodText writes a period in words.
func periodText(p *i18n.Printer, period calendar.Period) string {
	switch {
	case period.From.IsZero() && period.To.IsZero():
		return p.T("territory.period.always")
	case period.To.IsZero():
		return p.T("territory.period.since", "from", period.From)
	case period.From.IsZero():
		return p.T("territory.period.until", "to", period.To)
	}
	return p.T("territory.period.both", "from", period.From, "to", period.To)
}

func (v areaView) kpis() []ui.KPI {
	n := int64(len(v.members))
	list := []ui.KPI{{Value: v.p.Int(n), Text: v.p.N("territory.count.commune", n)}}
	if h := surface(v.members); h > 0 {
		list = append(list, ui.KPI{Value: v.p.Fixed(h, 2) + "\u00a0km²", Text: v.p.T("territory.kpi.area")})
	}
	return list
}

func (v areaView) table() *ui.DataTable {
	p := v.p
	t := ui.NewTable(p.T("territory.members.caption", "name", v.area.Name(p.Lang())), ui.Column{Label: p.T("territory.col.commune"), RowHeader: true},
		ui.Column{Label: p.T("territory.col.nis"), Numeric: true}, ui.Column{Label: p.T("territory.col.member")}, ui.Column{Label: p.T("territory.col.area"), Unit: "km²", Numeric: true}).
		HideCaption().Empty(p.T("territory.members.none"))
	for _, c := range v.members {
		t.Row(ui.LinkTo(c.Name(p.Lang()), v.keep(c.Address())), ui.Text(v.atlas.CodeAt(c.ID, v.day)), ui.Text(periodText(p, v.membership(c))), ui.Text(surfaceText(p, c.Hectares)))
	}
	return t
}

func (v areaView) picture() ui.Picture {
	in := map[int64]bool{}
	for _, c := range v.members {
		in[c.ID] = true
	}
	title := v.p.N("territory.members.map", int64(len(v.members)), "name", v.area.Name(v.p.Lang()))
	return ui.Picture{ID: "map", Title: title, SVG: v.atlas.Map(MapOptions{ID: "area-map", Title: title, Desc: v.p.T("territory.map.desc"), Lang: v.p.Lang(), Day: v.day,
		Href: func(c *Area) string { return v.keep(c.Address()) },
		Class: func(c *Area) string {
			if in[c.ID] {
				return string(svg.Same)
			}
			return string(svg.Other)
		},
		Legend: []svg.LegendItem{{Class: svg.Same, Label: v.area.Name(v.p.Lang())}, {Class: svg.Other, Label: v.p.T("territory.map.others")}}})}
}

func (v areaView) timeline() []ui.Entry {
	var list []ui.Entry
	for _, e := range v.atlas.Events(v.area.ID) {
		text := v.p.T("territory.event." + string(e.Kind))
		if e.Note != "" {
			text += v.p.T("territory.event.colon") + e.Note
		}
		list = append(list, ui.Entry{Day: v.p.Date(e.Date), ISO: e.Date.String(), Text: text, By: e.Source})
	}
	return list
}

// actions are the verbs that the reader may use on the area.
func (v areaView) actions() []ui.Link {
	base := v.area.Address()
	list := []ui.Link{{Label: v.p.T("territory.action.rename"), Href: base + "/rename"}}
	if v.area.Kind.IsGroup() {
		list = append(list, ui.Link{Label: v.p.T("territory.action.members"), Href: base + "/members"})
	}
	if v.area.Period.To.IsZero() {
		list = append(list, ui.Link{Label: v.p.T("territory.action.end"), Href: base + "/end"})
	}
	return append(list, ui.Link{Label: v.p.T("territory.action.history"), Href: "/history/area/" + v.area.Key})
}
