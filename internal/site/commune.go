package site

import (
	"fmt"
	"net/url"
	"slices"

	"beffroi/internal/ground/ledger"
	"beffroi/internal/ground/mission"
	"beffroi/internal/ground/party"
	"beffroi/internal/ground/project"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/money"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/web"
)

// Commune is the answer to "what does the Province do for my commune?".
type Commune struct {
	NIS         string            `json:"nis"`
	Names       map[string]string `json:"names"`
	AsOf        calendar.Date     `json:"as_of"`
	Hectares    int64             `json:"area_hectares"`
	PostalCodes []string          `json:"postal_codes"`
	Groups      []Group           `json:"memberships"`
	Money       *Money            `json:"money,omitempty"`
	PerHead     *PerHead          `json:"per_inhabitant,omitempty"`
	Projects    []ProjectLine     `json:"projects,omitempty"`
	Missions    []MissionLine     `json:"missions,omitempty"`
	Bodies      *Bodies           `json:"bodies,omitempty"`
	Figures     []FigureLine      `json:"figures,omitempty"`
	Changes     []Change          `json:"changes,omitempty"`
	Blocks      map[string]any    `json:"blocks,omitempty"` // what other rooms add, by key

	panels []web.Panel

	area   *territory.Area
	atlas  *territory.Atlas
	sets   *Figures
	hidden map[string]bool // blocks that are not public
}

// Group is a grouping that the commune belongs to on the day.
type Group struct {
	Kind territory.Kind `json:"kind"`
	Key  string         `json:"key"`
	Name string         `json:"name"`
	Href string         `json:"href"`
}

// PerHead compares the latest year by inhabitant, in cents.
type PerHead struct {
	Cents       money.Cents `json:"cents"`
	Inhabitants int64       `json:"inhabitants"`
	Year        int         `json:"population_year"`
	Province    money.Cents `json:"province_cents"`
	Similar     money.Cents `json:"similar_communes_cents"`
	SimilarN    int         `json:"similar_communes"`
}

// ProjectLine is a project in which the commune takes part.
type ProjectLine struct {
	Ref    string       `json:"ref"`
	Title  string       `json:"title"`
	Lang   string       `json:"-"`
	Meta   string       `json:"carrier,omitempty"`
	Cycle  string       `json:"cycle,omitempty"`
	State  string       `json:"state"`
	Amount *money.Cents `json:"amount_cents,omitempty"`
	Shared int          `json:"communes"`
}

// MissionLine is a mission that serves the commune.
type MissionLine struct {
	Code   string       `json:"code"`
	Title  string       `json:"title"`
	Lang   string       `json:"-"`
	Domain party.Domain `json:"domain"`
	Part   string       `json:"part,omitempty"`
}

// Bodies are the institutions around the commune.
type Bodies struct {
	Own    []BodyLine `json:"own"`
	Zones  []BodyLine `json:"zones"`
	Seated []BodyLine `json:"seated"`
}

// BodyLine is a body with how to reach it.
type BodyLine struct {
	Ref     string `json:"ref"`
	Name    string `json:"name"`
	Lang    string `json:"-"`
	Kind    string `json:"kind"`
	Domain  string `json:"domain,omitempty"`
	Website string `json:"website,omitempty"`
	Email   string `json:"email,omitempty"`
	Phone   string `json:"phone,omitempty"`
}

// FigureLine is a basic figure of the commune.
type FigureLine struct {
	Dataset  string `json:"dataset"`
	Title    string `json:"title"`
	Year     int    `json:"year"`
	Value    int64  `json:"value_scaled"`
	Decimals int    `json:"decimals"`
	Province *int64 `json:"province_scaled,omitempty"`
	Source   string `json:"publisher"`

	set *figureSet
}

// Change is one thing that is different from a year before.
type Change struct {
	Code string         `json:"code"`
	Args map[string]any `json:"args"`
	Href string         `json:"href,omitempty"`
}

// blocks are the parts of the page that staff may show or hide, besides those
// of other rooms.
// i18n: block.*
var blocks = []string{"money", "projects", "missions", "figures", "changes", "bodies"}

// explainAddress is where a sum is taken apart.
func explainAddress(area string, year int, kind ledger.Kind, m ledger.Measure) string {
	q := url.Values{"year": {fmt.Sprint(year)}}
	if area != "" {
		q.Set("area", area)
	}
	if kind != "" {
		q.Set("kind", string(kind))
	}
	if m != "" && m != ledger.EurCents {
		q.Set("measure", string(m))
	}
	return "/ledger/explain?" + q.Encode()
}

// commune reads everything for one commune's page, in a constant number of
// statements.
func (s *Site) commune(x *web.Exchange, code string) (c Commune, err error) {
	atlas, err := s.Territory.Atlas(x.Context())
	if err != nil {
		return c, err
	}
	area, current, ok := atlas.Commune(code)
	if !ok {
		return c, fault.New(fault.NotFound, "commune.absent", fault.Args{"value": code})
	}
	c = Commune{NIS: current, AsOf: x.AsOf, Hectares: area.Hectares, PostalCodes: atlas.PostalCodes(area.ID), area: area, atlas: atlas,
		Names: map[string]string{"fr": area.NameFR, "nl": area.Name("nl"), "de": area.Name("de")}, Groups: groupsOf(atlas, area, x)}
	err = s.DB.Read(x.Context(), func(tx *db.Tx) error {
		if err := c.switches(s, tx); err != nil {
			return err
		}
		if c.sets, err = s.figures(tx, atlas, x.AsOf); err != nil {
			return err
		}
		for _, read := range []func(*Site, *db.Tx, *web.Exchange) error{c.readMoney, c.readProjects, c.readMissions, c.readBodies} {
			if err := read(s, tx, x); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return c, err
	}
	if c.panels, err = x.Panels(object.Ref{Kind: "commune", Key: current}); err != nil {
		return c, err
	}
	c.readFigures(x)
	c.readChanges(x)
	c.hide(x)
	return c, nil
}

func groupsOf(atlas *territory.Atlas, area *territory.Area, x *web.Exchange) []Group {
	var list []Group
	for _, g := range atlas.Groups(area.ID, x.AsOf) {
		list = append(list, Group{Kind: g.Kind, Key: g.Key, Name: g.Name(x.P.Lang()), Href: g.Address()})
	}
	return list
}

// switches reads which blocks staff have taken off the public pages.
func (c *Commune) switches(s *Site, tx *db.Tx) (err error) {
	c.hidden, err = s.hidden(tx)
	return err
}

// hide empties the blocks that are not public; staff see them, marked.
func (c *Commune) hide(x *web.Exchange) {
	if !x.Actor.SignedIn() {
		c.clearHidden()
	}
	c.Blocks = dataOf(c.panels)
}

// dataOf is what panels say, for JSON.
func dataOf(panels []web.Panel) map[string]any {
	data := make(map[string]any, len(panels))
	for _, p := range panels {
		data[p.Key] = p.Data
	}
	return data
}

func (c *Commune) clearHidden() {
	c.panels = slices.DeleteFunc(c.panels, func(p web.Panel) bool { return c.hidden[p.Key] })
	clear := map[string]func(){
		"money": func() { c.Money, c.PerHead = nil, nil }, "projects": func() { c.Projects = nil }, "missions": func() { c.Missions = nil },
		"figures": func() { c.Figures = nil }, "changes": func() { c.Changes = nil }, "bodies": func() { c.Bodies = nil },
	}
	for _, b := range blocks {
		if c.hidden[b] {
			clear[b]()
		}
	}
}

func (c *Commune) readMoney(s *Site, tx *db.Tx, x *web.Exchange) error {
	own, whole, err := s.Ledger.Summaries(tx, c.area.ID, x.AsOf.Year()-shownYears, x.AsOf)
	if err != nil {
		return err
	}
	m := moneyOf(own, whole, x.AsOf, func(year int, kind ledger.Kind, me ledger.Measure) string {
		return x.Keep(explainAddress(c.NIS, year, kind, me))
	})
	c.Money = &m
	if m.Latest == 0 {
		return nil
	}
	byArea, err := s.Ledger.ByArea(tx, m.Latest, ledger.EurCents, x.AsOf)
	if err != nil {
		return err
	}
	c.compare(byArea)
	return nil
}

// compare sets the commune beside the province and the communes of its size.
func (c *Commune) compare(byArea map[int64]int64) {
	population := c.sets.set("population")
	year, inhabitants, ok := population.latest(c.area.ID)
	if !ok {
		return
	}
	p := PerHead{Inhabitants: inhabitants, Year: year}
	p.Cents, _ = perHead(money.Cents(byArea[c.area.ID]), inhabitants)
	var all, similar, allMoney, similarMoney int64
	for _, other := range c.atlas.Communes(c.AsOf) {
		_, n, ok := population.latest(other.ID)
		if !ok {
			continue
		}
		all, allMoney = all+n, allMoney+byArea[other.ID]
		if sizeClass(n) == sizeClass(inhabitants) {
			similar, similarMoney = similar+n, similarMoney+byArea[other.ID]
			p.SimilarN++
		}
	}
	p.Province, _ = perHead(money.Cents(allMoney), all)
	p.Similar, _ = perHead(money.Cents(similarMoney), similar)
	c.PerHead = &p
}

func (c *Commune) readProjects(s *Site, tx *db.Tx, x *web.Exchange) error {
	list, err := s.Project.ProjectsOf(tx, c.area.ID, x.AsOf)
	for _, p := range list {
		c.Projects = append(c.Projects, projectLine(p, x.P.Lang()))
	}
	return err
}

func (c *Commune) readMissions(s *Site, tx *db.Tx, x *web.Exchange) error {
	list, err := s.Mission.MissionsOf(tx, c.area.ID, x.AsOf)
	for _, m := range list {
		c.Missions = append(c.Missions, missionLine(m, x.P.Lang()))
	}
	return err
}

func (c *Commune) readBodies(s *Site, tx *db.Tx, x *web.Exchange) error {
	around, err := s.Party.BodiesOf(tx, c.area.ID, c.atlas, x.AsOf)
	if err != nil {
		return err
	}
	c.Bodies = &Bodies{Own: bodyLines(around.Own, x), Zones: bodyLines(around.Zones, x), Seated: bodyLines(around.Seated, x)}
	return nil
}

func bodyLines(list []*party.Body, x *web.Exchange) []BodyLine {
	out := []BodyLine{}
	for _, b := range list {
		name, other := b.Name(x.P.Lang())
		out = append(out, BodyLine{Ref: b.Ref, Name: name, Lang: other, Kind: string(b.Kind), Domain: string(b.Domain), Website: b.Website, Email: b.Email, Phone: b.Phone})
	}
	return out
}

// maxFigures is how many basic figures the page shows.
const maxFigures = 8

func (c *Commune) readFigures(x *web.Exchange) {
	for _, set := range c.sets.sets {
		year, value, ok := set.latest(c.area.ID)
		if !ok || len(c.Figures) == maxFigures || set.Key == "area_km2" {
			continue
		}
		f := FigureLine{Dataset: set.Key, Title: set.title(x.P), Year: year, Value: value, Decimals: set.Decimals, Source: set.Publisher, set: set}
		if v, ok := set.province[year]; ok {
			f.Province = &v
		}
		c.Figures = append(c.Figures, f)
	}
}

// readChanges compares with the situation a year before.
// i18n: change.*
func (c *Commune) readChanges(x *web.Exchange) {
	before := x.AsOf.AddMonths(-12)
	if m := c.Money; m != nil {
		for i, y := range m.Years {
			if y.Year == m.Latest && i > 0 {
				c.change("money", explainAddress(c.NIS, m.Latest, "", ""), "year", y.Year, "amount", y.Total-m.Years[i-1].Total, "before", m.Years[i-1].Year)
			}
		}
	}
	now, then := c.atlas.Groups(c.area.ID, x.AsOf), c.atlas.Groups(c.area.ID, before)
	for _, g := range now {
		if !slices.Contains(then, g) {
			c.change("joined", g.Address(), "group", g.Name(x.P.Lang()))
		}
	}
	for _, g := range then {
		if !slices.Contains(now, g) {
			c.change("left", g.Address(), "group", g.Name(x.P.Lang()))
		}
	}
	for _, e := range c.atlas.Events(c.area.ID) {
		if e.Date.After(before) && !e.Date.After(x.AsOf) {
			c.change("event", "/territory", "day", e.Date, "kind", x.P.T("territory.event."+string(e.Kind)))
		}
	}
	for _, f := range c.Figures {
		if previous, ok := f.set.values[c.area.ID][f.Year-1]; ok && f.Dataset == "population" {
			c.change("population", "", "year", f.Year, "n", f.Value-previous)
		}
	}
}

func (c *Commune) change(code, href string, pairs ...any) {
	args := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		args[pairs[i].(string)] = pairs[i+1]
	}
	c.Changes = append(c.Changes, Change{Code: code, Args: args, Href: href})
}

func projectLine(p *project.Project, lang string) ProjectLine {
	title, other := p.Title.In(lang)
	return ProjectLine{Ref: p.Ref, Title: title, Lang: other, Meta: p.Carrier, Cycle: p.Cycle, State: string(p.State), Amount: p.Amount, Shared: len(p.Communes)}
}

func missionLine(m *mission.Mission, lang string) MissionLine {
	title, other := m.Title.In(lang)
	return MissionLine{Code: m.Code, Title: title, Lang: other, Domain: m.Domain, Part: string(m.Part)}
}
