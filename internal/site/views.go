package site

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"beffroi/internal/ground/party"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/money"
	"beffroi/internal/platform/svg"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// communeKPIs are the numbers that matter, each with where it comes from.
func communeKPIs(x *web.Exchange, c Commune) []ui.KPI {
	p := x.P
	var list []ui.KPI
	if m := c.Money; m != nil && m.Latest != 0 {
		explain := ui.Link{Label: p.T("kpi.explain"), Href: x.Keep(explainAddress(c.NIS, m.Latest, "", ""))}
		list = append(list, ui.KPI{Value: p.MoneyShort(m.Total), Text: p.T("kpi.money", "year", m.Latest), Explain: explain})
		if c.PerHead != nil {
			list = append(list, ui.KPI{Value: p.Money(c.PerHead.Cents), Text: p.T("kpi.perhead", "province", c.PerHead.Province), Explain: ui.Link{Label: p.T("kpi.explain"), Href: x.Keep("/communes?sort=money")}})
		}
	}
	if c.Projects != nil {
		list = append(list, ui.KPI{Value: p.Int(int64(len(c.Projects))), Text: p.N("kpi.projects", int64(len(c.Projects))), Explain: ui.Link{Label: p.T("kpi.seeprojects"), Href: "#projects"}})
	}
	if c.Missions != nil {
		list = append(list, ui.KPI{Value: p.Int(int64(len(c.Missions))), Text: p.N("kpi.missions", int64(len(c.Missions))), Explain: ui.Link{Label: p.T("kpi.seemissions"), Href: "#missions"}})
	}
	return list
}

// moneyTitle is the answer that the picture gives.
// i18n: money.more money.less
func moneyTitle(x *web.Exchange, m Money) string {
	for i, y := range m.Years {
		if y.Year == m.Latest && i > 0 && m.Years[i-1].Total > 0 {
			ratio := float64(y.Total-m.Years[i-1].Total) / float64(m.Years[i-1].Total)
			key := "money.more"
			if ratio < 0 {
				key, ratio = "money.less", -ratio
			}
			return x.P.T(key, "year", m.Latest, "amount", y.Total, "ratio", ratio, "before", m.Years[i-1].Year)
		}
	}
	return x.P.T("money.title", "year", m.Latest, "amount", m.Total)
}

func partialNote(x *web.Exchange, m Money) string {
	if m.Partial {
		return x.P.T("money.partial", "year", x.AsOf.Year(), "day", x.AsOf)
	}
	return ""
}

// projectItems are the projects as rows.
// i18n: project.state.*
func projectItems(x *web.Exchange, list []ProjectLine) []ui.Item {
	var items []ui.Item
	for _, p := range list {
		meta := p.Meta
		if p.Shared > 1 {
			with := x.P.N("commune.with", int64(p.Shared-1))
			if meta != "" {
				meta += ", "
			}
			meta += with
		}
		i := ui.Item{Title: p.Title, Href: x.Keep("/projects/" + p.Ref), Meta: meta, State: ui.Info, Word: x.P.T("project.state." + p.State)}
		if p.Amount != nil {
			i.Amount = x.P.Money(*p.Amount)
		}
		items = append(items, i)
	}
	return items
}

type missionGroup struct {
	domain, title string
	missions      []MissionLine
	services      int
}

// missionGroups are the missions by domain, in the order of the domains.
func missionGroups(x *web.Exchange, c Commune) []missionGroup {
	var list []missionGroup
	for _, d := range party.Domains() {
		g := missionGroup{domain: string(d), title: domainName(x.P, d)}
		for _, m := range c.Missions {
			if m.Domain == d {
				g.missions = append(g.missions, m)
			}
		}
		if c.Bodies != nil {
			for _, b := range c.Bodies.Seated {
				if b.Domain == g.domain {
					g.services++
				}
			}
		}
		if len(g.missions) > 0 {
			list = append(list, g)
		}
	}
	return list
}

// domainName is the name of a domain.
// i18n: party.domain.*
func domainName(p *i18n.Printer, d party.Domain) string { return p.T("party.domain." + string(d)) }

// langOf marks a text in another language than the page.
func langOf(lang string) templ.Attributes {
	if lang == "" {
		return nil
	}
	return templ.Attributes{"lang": lang}
}

func figureTable(x *web.Exchange, c Commune) *ui.DataTable {
	p := x.P
	t := ui.NewTable(p.T("commune.figures"), ui.Column{Label: p.T("figure.what"), RowHeader: true}, ui.Column{Label: p.T("figure.year"), Numeric: true},
		ui.Column{Label: c.area.Name(p.Lang()), Numeric: true}, ui.Column{Label: p.T("figure.wholeprovince"), Numeric: true}, ui.Column{Label: p.T("figure.publisher")}).HideCaption()
	for _, f := range c.Figures {
		province := "–"
		if f.Province != nil {
			province = f.set.format(p, *f.Province)
		}
		t.Row(ui.Text(f.Title), ui.Text(strconv.Itoa(f.Year)), ui.Text(f.set.format(p, f.Value)), ui.Text(province), ui.Text(f.Source))
	}
	return t
}

func changeText(x *web.Exchange, c Change) string {
	code := c.Code
	if amount, ok := c.Args["amount"].(money.Cents); ok && amount < 0 {
		code += ".less"
		args := map[string]any{"year": c.Args["year"], "before": c.Args["before"], "amount": -amount}
		return x.P.Map("change."+code, args)
	}
	if n, ok := c.Args["n"].(int64); ok && n < 0 {
		return x.P.Map("change."+code+".less", map[string]any{"year": c.Args["year"], "n": -n})
	}
	return x.P.Map("change."+code, c.Args)
}

func setKey(set *figureSet) string {
	if set == nil {
		return ""
	}
	return set.Key
}

func figureOptions(x *web.Exchange, f *Figures) []ui.Option {
	var list []ui.Option
	for _, s := range f.sets {
		list = append(list, ui.Option{Value: s.Key, Label: s.title(x.P)})
	}
	return list
}

func figureOnly(o territory.MapOptions, _ int) territory.MapOptions { return o }

func communesTable(x *web.Exchange, o overview, set *figureSet, rows []communeRow) *ui.DataTable {
	p := x.P
	title := p.T("communes.figure")
	if set != nil {
		title = set.title(p)
	}
	t := ui.NewTable(p.T("communes.list"), ui.Column{Label: p.T("communes.name"), RowHeader: true, Sort: sorting(x, "name", "ascending")}, ui.Column{Label: "NIS"},
		ui.Column{Label: title, Numeric: true, Sort: sorting(x, "figure", "descending")},
		ui.Column{Label: p.T("communes.money", "year", o.year), Numeric: true, Sort: sorting(x, "money", "descending")}, ui.Column{Label: p.T("communes.perhead"), Numeric: true}).HideCaption()
	var total int64
	for _, r := range rows {
		perHead := "–"
		if r.hasPH {
			perHead = p.Money(r.perHead)
		}
		figure := "–"
		if r.hasValue {
			figure = r.figure
		}
		total += r.cents
		t.Row(ui.LinkTo(r.area.Name(p.Lang()), x.Keep(r.area.Address())), ui.Text(r.area.Key), ui.Text(figure), ui.Text(p.Money(money.Cents(r.cents))), ui.Text(perHead))
	}
	t.Total(ui.Text(p.T("communes.sum")), ui.Text(""), ui.Text(""), ui.Text(p.Money(money.Cents(total))), ui.Text(""))
	return t
}

func sorting(x *web.Exchange, key, dir string) ui.Sort {
	current := x.Query("sort")
	if current == "" {
		current = "name"
	}
	s := ui.Sort{Href: x.Here("sort", key)}
	if current == key {
		s.Dir = dir
	}
	return s
}

// domainMissions is how many missions a domain has.
type home struct {
	overview
	domains  []party.DomainCount // missions
	services []party.DomainCount
}

func (h home) servicesOf(d party.Domain) int {
	for _, s := range h.services {
		if s.Domain == d {
			return s.N
		}
	}
	return 0
}

func (h home) missions() (n int) {
	for _, d := range h.domains {
		n += d.N
	}
	return n
}

// homeMap is the signature of the province: each tile a way in.
func homeMap(x *web.Exchange, o overview) territory.MapOptions {
	return territory.MapOptions{ID: "home-locator", Title: x.P.T("home.map"), Desc: x.P.T("home.map.desc"), Lang: x.P.Lang(), Day: x.AsOf, Small: true,
		Class: func(*territory.Area) string { return string(svg.Same) }}
}

func homeKPIs(x *web.Exchange, h home) []ui.KPI {
	p := x.P
	communes := int64(len(h.atlas.Communes(x.AsOf)))
	list := []ui.KPI{{Value: p.Int(communes), Text: p.T("home.kpi.communes"), Explain: ui.Link{Label: p.T("home.kpi.seecommunes"), Href: "/communes"}}}
	if h.year != 0 {
		list = append(list, ui.KPI{Value: p.MoneyShort(h.whole.Total), Text: p.T("home.kpi.money", "year", h.year), Explain: ui.Link{Label: p.T("kpi.explain"), Href: "/province"}})
	}
	var services int64
	for _, s := range h.services {
		services += int64(s.N)
	}
	return append(list, ui.KPI{Value: p.Int(int64(h.missions())), Text: p.T("home.kpi.missions"), Explain: ui.Link{Label: p.T("kpi.seemissions"), Href: "/missions"}},
		ui.KPI{Value: p.Int(services), Text: p.T("home.kpi.services"), Explain: ui.Link{Label: p.T("home.kpi.seeservices"), Href: "/bodies"}})
}

// topRows is how many communes stand beside a map.
const topRows = 10

// topTable names the communes with the most by inhabitant: the beginning of the
// map's twin, which is the list of all communes.
func topTable(x *web.Exchange, o overview) *ui.DataTable {
	p := x.P
	rows := slices.DeleteFunc(o.rows(x, o.sets.set("population")), func(r communeRow) bool { return !r.hasPH })
	slices.SortStableFunc(rows, func(a, b communeRow) int { return cmp.Compare(b.perHead, a.perHead) })
	t := ui.NewTable(p.T("map.top", "year", o.year), ui.Column{Label: p.T("communes.name"), RowHeader: true}, ui.Column{Label: p.T("communes.perhead"), Numeric: true}, ui.Column{Label: p.T("money.amount"), Numeric: true})
	for _, r := range rows[:min(topRows, len(rows))] {
		t.Row(ui.LinkTo(r.area.Name(p.Lang()), x.Keep(r.area.Address())), ui.Text(p.Money(r.perHead)), ui.LinkTo(p.Money(money.Cents(r.cents)), x.Keep(explainAddress(r.area.Key, o.year, "", ""))))
	}
	return t
}
