package mission

import (
	"context"
	"io"
	"slices"

	"github.com/a-h/templ"

	"beffroi/internal/ground/party"
	"beffroi/internal/ground/party/register"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/svg"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// Routes registers the pages, the forms and the API.
func (s *Service) Routes(r *web.Routes) {
	code, key := map[string]string{"code": "TER-EAU"}, map[string]string{"key": "reform-2030"}
	page := func(pattern, summary string, h web.Handler, sample map[string]string, params ...web.Param) {
		r.Add(web.Route{Pattern: pattern, Kind: web.PageRoute, Rule: ReadMissions, Handle: h, Summary: summary, Sample: sample, Params: params})
	}
	page("/missions", "What the Province does, by domain", s.pageList, nil, append(listParams(), web.Format(), web.Query("view", "enum", "headings of the plans instead", "labels"))...)
	page("/missions/{code}", "One mission: for whom, by what right, by whom, at what cost", s.pageMission, code, web.AsOf(), web.PDF())
	page("/scenarios", "What could become of each mission", s.pageScenarios, nil, web.AsOf())
	page("/scenarios/{key}", "One scenario: who would hold what, with cost and staff", s.pageScenario, key, web.AsOf(), web.Query("with", "string", "key of a scenario to compare with"))
	page("/scenarios/{key}/dossier", "A scenario as a dossier to print, mission by mission", s.pageDossier, key, web.AsOf(), web.Format())
	s.formRoutes(r)
	s.apiRoutes(r)
}

// missionView is what the page of a mission shows.
type missionView struct {
	whole
	p       *i18n.Printer
	x       *web.Exchange
	asOf    ui.AsOf
	day     calendar.Date
	mission *Mission
	figures []Figure // superseded ones too
	panels  []web.Panel
	edit    bool
}

func (s *Service) pageMission(x *web.Exchange) error {
	w, err := s.whole(x.Context())
	if err != nil {
		return err
	}
	v := missionView{whole: w, p: x.P, x: x, day: x.AsOf, mission: w.missions.Mission(x.Path("code"))}
	m := v.mission
	if m == nil {
		return fault.Missing("mission")
	}
	feeds, links := register.Follow(x, m.Address(), false)
	v.asOf = register.AsOf(x, append(links, ui.Link{Label: "JSON", Href: x.Keep("/api/v1/missions/" + m.Code)})...)
	v.figures = w.missions.History(m.Code)
	if v.panels, err = x.Panels(m.Object()); err != nil {
		return err
	}
	v.edit = EditMissions.Check(x.Actor, scope(w.bodies, m)) == nil
	title, _ := m.Title.In(x.P.Lang())
	lede, _ := m.Description.In(x.P.Lang())
	_, word := register.State(x.P, m.Period, x.AsOf)
	chips := []ui.Link{{Label: x.P.T("party.domain." + string(m.Domain)), Href: "/missions?domain=" + string(m.Domain), Context: x.P.T("mission.level.domain")}, {Label: word}}
	if m.Part != "" {
		chips = append(chips, ui.Link{Label: x.P.T("mission.part." + string(m.Part))})
	}
	return x.Page(ui.Page{Title: title, Lede: lede, Chips: chips, Feeds: feeds, Crumbs: []ui.Link{{Label: x.P.T("mission.title"), Href: "/missions"}, {Label: title}}}, missionPage(v))
}

func (v missionView) facts() []ui.Fact {
	p, m := v.p, v.mission
	basis := m.LegalBasis
	if basis == "" {
		basis = p.T("mission.basis.none")
	}
	holder := v.holder(v.x, m.Holder)
	list := []ui.Fact{{Term: p.T("register.field.code"), Value: m.Code}, {Term: p.T("register.field.legal_basis"), Value: basis},
		{Term: p.T("register.field.holder"), Value: holder.Text, Href: holder.Href}, {Term: p.T("register.field.period"), Value: register.PeriodText(p, m.Period)}}
	if parent := v.missions.Mission(m.Parent); parent != nil {
		title, _ := parent.Title.In(p.Lang())
		list = append(list, ui.Fact{Term: p.T("register.field.parent"), Value: title, Href: v.x.Keep(parent.Address())})
	}
	if m.Source != "" {
		list = append(list, ui.Fact{Term: p.T("register.field.source"), Value: v.x.Source(m.Source)})
	}
	return list
}

func (v missionView) parts() []ui.Item {
	var list []ui.Item
	for _, m := range v.missions.Children(v.mission.Code, v.day) {
		title, _ := m.Title.In(v.p.Lang())
		list = append(list, ui.Item{Title: title, Href: v.x.Keep(m.Address())})
	}
	return list
}

func (v missionView) kpis() []ui.KPI {
	var list []ui.KPI
	for _, measure := range Measures() {
		if f, ok := v.missions.Latest(v.mission.Code, measure, v.day); ok {
			text := v.p.T("mission.kpi."+string(measure), "year", f.Year)
			if f.Status == party.Fictitious {
				text += " (" + v.p.T("register.fictitious") + ")"
			}
			value := amount(v.p, f)
			if measure == Cost {
				value = v.p.MoneyShort(f.Money())
			}
			list = append(list, ui.KPI{Value: value, Text: text, Explain: ui.Link{Label: v.p.T("mission.explain"), Href: "#figures"}})
		}
	}
	return append(list, ui.KPI{Value: v.p.Int(int64(len(v.served(v.mission, v.day)))), Text: v.p.T("mission.kpi.communes")})
}

func (v missionView) servedMap() templ.Component {
	served := map[int64]bool{}
	for _, a := range v.served(v.mission, v.day) {
		served[a.ID] = true
	}
	return v.atlas.Map(territory.MapOptions{ID: "served", Title: v.p.T("mission.map"), Lang: v.p.Lang(), Day: v.day,
		Class: func(a *territory.Area) string {
			if served[a.ID] {
				return string(svg.Sel)
			}
			return string(svg.Other)
		},
		Value: func(a *territory.Area) string {
			if served[a.ID] {
				return v.p.T("mission.served")
			}
			return v.p.T("mission.unserved")
		},
		Legend: []svg.LegendItem{{Class: svg.Sel, Label: v.p.T("mission.served")}, {Class: svg.Other, Label: v.p.T("mission.unserved")}}})
}

func (v missionView) servedTable() *ui.DataTable {
	t := ui.NewTable(v.p.T("mission.map"), ui.Column{Label: v.p.T("register.field.commune")}).HideCaption()
	for _, a := range v.served(v.mission, v.day) {
		t.Row(ui.LinkTo(a.Name(v.p.Lang()), v.x.Keep(a.Address())))
	}
	return t.Empty(v.p.T("mission.nobody"))
}

// chart are the costs by year; nil without two years to compare.
func (v missionView) chart() templ.Component {
	var labels []string
	var values []float64
	for _, f := range v.missions.Figures(v.mission.Code) {
		if f.Measure == Cost && f.Year <= v.day.Year() {
			labels, values = append(labels, v.p.Year(f.Year)), append(values, float64(f.Value)/1e8) // in millions of euros, to draw only
		}
	}
	if len(values) < 2 {
		return nil
	}
	o := svg.BarsOptions{ID: "cost", Title: v.p.T("mission.chart"), Labels: labels, Series: []svg.Series{{Name: v.p.T("mission.measure.cost_cents"), Class: svg.K1, Values: values}},
		Format: func(f float64) string { return v.p.Float(f, 0) }, ValueFormat: func(f float64) string { return v.p.Float(f, 1) }}
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := svg.StackedBars(w, o)
		return err
	})
}

func (v missionView) figureTable() *ui.DataTable {
	p := v.p
	t := ui.NewTable(p.T("mission.figures"), ui.Column{Label: p.T("register.field.year")}, ui.Column{Label: p.T("register.field.measure")}, ui.Column{Label: p.T("register.field.value"), Numeric: true},
		ui.Column{Label: p.T("register.field.status")}, ui.Column{Label: p.T("register.field.source")}, ui.Column{Label: p.T("mission.figure.stand")}).HideCaption()
	gone := map[int64]bool{}
	for _, f := range v.figures {
		gone[f.Supersedes] = true
	}
	for _, f := range slices.Backward(v.figures) {
		stand := ui.Tag(ui.OnTime, p.T("mission.figure.stands"))
		if gone[f.ID] {
			stand = ui.Tag(ui.Stopped, p.T("mission.figure.corrected"))
		}
		t.Row(ui.Text(p.Year(f.Year)), ui.Text(p.T("mission.measure."+string(f.Measure))), ui.Text(amount(p, f)), ui.Text(p.T("register.status."+string(f.Status))), ui.Text(v.x.Source(f.Source)), ui.Body(stand))
	}
	return t.Empty(p.T("mission.figures.none"))
}

func (v missionView) scenarioTable() *ui.DataTable {
	p := v.p
	t := ui.NewTable(p.T("mission.scenarios"), ui.Column{Label: p.T("mission.scenario")}, ui.Column{Label: p.T("mission.tag")}, ui.Column{Label: p.T("mission.sentence")}).HideCaption()
	for _, sc := range v.scenarios {
		if tag, ok := sc.Of(v.missions, v.mission); ok {
			title, other := sc.Title.In(p.Lang())
			sentence, lang := tag.Sentence.In(p.Lang())
			t.Row(register.Named(title, other, v.x.Keep(sc.Address())), ui.Text(p.T("mission.tag."+string(tag.Destiny))), ui.Cell{Text: sentence, Lang: lang})
		}
	}
	return t.Empty(p.T("mission.scenarios.silent"))
}
