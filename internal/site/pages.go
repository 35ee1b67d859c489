package site

import (
	"cmp"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strconv"

	"beffroi/internal/ground/ledger"
	"beffroi/internal/ground/party/register"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/money"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/setting"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// pageCommune answers a mayor, a mother and an analyst on one page.
func (s *Site) pageCommune(x *web.Exchange) error {
	c, err := s.commune(x, x.Path("nis"))
	if err != nil {
		return err
	}
	if c.NIS != x.Path("nis") { // an old code leads to today's
		return x.Moved(x.Keep("/communes/" + c.NIS))
	}
	p, name := x.P, c.area.Name(x.P.Lang())
	feeds, _ := register.Follow(x, "/communes/"+c.NIS, true)
	page := ui.Page{Title: name, Feeds: feeds, Lede: p.T("commune.lede", "name", name), Aside: locator(c, p), Chips: chips(c, x),
		Crumbs: []ui.Link{{Label: p.T("nav.communes"), Href: x.Keep("/communes")}, {Label: name, Current: true}}}
	return x.Page(page, communePage(x, c, s.Demo))
}

// communeLinks are the other forms of the page, and how to follow it.
func communeLinks(x *web.Exchange, c Commune) []ui.Link {
	_, follow := register.Follow(x, "/communes/"+c.NIS, true)
	return append([]ui.Link{{Label: x.P.T("asof.other"), Href: "#other-date"}, {Label: "CSV", Href: x.Keep("/communes/" + c.NIS + ".csv")},
		{Label: "JSON", Href: x.Keep("/communes/" + c.NIS + ".json")}}, follow...)
}

// chips are the short facts below the name.
func chips(c Commune, x *web.Exchange) []ui.Link {
	var list []ui.Link
	for _, g := range c.Groups {
		list = append(list, ui.Link{Label: g.Name, Href: x.Keep(g.Href), Context: x.P.T("commune.territory")})
	}
	list = append(list, ui.Link{Label: x.P.T("commune.nis", "nis", c.NIS)})
	if len(c.PostalCodes) > 0 {
		list = append(list, ui.Link{Label: x.P.T("commune.postal", "code", c.PostalCodes[0])})
	}
	if nl := c.Names["nl"]; nl != c.Names["fr"] && x.P.Lang() != "nl" {
		list = append(list, ui.Link{Label: x.P.T("commune.dutch", "name", nl)})
	}
	return list
}

func (s *Site) jsonCommune(x *web.Exchange) error {
	c, err := s.commune(x, x.Path("nis"))
	if err != nil {
		return err
	}
	return x.JSON(c)
}

// csvCommune gives the page as one long table: block, item, period, value, unit, source.
func (s *Site) csvCommune(x *web.Exchange) error {
	c, err := s.commune(x, x.Path("nis"))
	if err != nil {
		return err
	}
	columns := []sheet.Column{{Title: "nis"}, {Title: "block"}, {Title: "item"}, {Title: "period"}, {Title: "value"}, {Title: "unit"}, {Title: "source"}}
	return x.Sheet("commune-"+c.NIS, columns, func(yield func([]any, error) bool) {
		for _, row := range c.table() {
			if !yield(append([]any{c.NIS}, row...), nil) {
				return
			}
		}
	})
}

// table is the page as rows: block, item, period, value, unit, source.
func (c Commune) table() [][]any {
	var rows [][]any
	for _, g := range c.Groups {
		rows = append(rows, []any{"membership", string(g.Kind), c.AsOf.String(), g.Name, "", ""})
	}
	if c.Money != nil {
		for _, y := range c.Money.Years {
			for _, k := range ledger.Kinds() {
				if v, ok := y.Kinds[k]; ok {
					rows = append(rows, []any{"money", string(k), strconv.Itoa(y.Year), sheet.Cents(v), "EUR", "ledger"})
				}
			}
		}
	}
	for _, f := range c.Figures {
		for _, year := range f.set.years {
			if v, ok := f.set.values[c.area.ID][year]; ok {
				rows = append(rows, []any{"figure", f.Dataset, strconv.Itoa(year), sheet.Decimal{Unscaled: v, Scale: f.Decimals}, f.set.Unit.FR, f.Source})
			}
		}
	}
	for _, p := range c.Projects {
		var amount any = ""
		if p.Amount != nil {
			amount = sheet.Cents(*p.Amount)
		}
		rows = append(rows, []any{"project", p.Title, p.Cycle, amount, "EUR", p.Ref})
	}
	for _, m := range c.Missions {
		rows = append(rows, []any{"mission", m.Title, c.AsOf.String(), "", "", m.Code})
	}
	for _, p := range c.panels {
		for _, r := range p.Rows {
			rows = append(rows, append([]any{p.Key}, r...))
		}
	}
	return rows
}

// formBlocks turns a block of all commune pages on or off for the public.
func (s *Site) formBlocks(x *web.Exchange) error {
	form, err := x.Form("block", "public")
	if err != nil {
		return err
	}
	block := form.Get("block")
	if !slices.Contains(blocks, block) && !slices.Contains(x.BlockKeys("commune"), block) {
		return fault.New(fault.BadRequest, "form.choice", fault.Args{"name": "block", "value": block})
	}
	if err := switchB.Check(x.Actor, auth.Target{}); err != nil {
		return err
	}
	value := "off"
	if form.Get("public") == "on" {
		value = ""
	}
	err = s.DB.Write(x.Context(), func(tx *db.Tx) error {
		if err := setting.Set(tx, "block."+block, value); err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{Actor: x.Actor.Username, Action: "block.switch", Object: object.Ref{Kind: "block", Key: block}, After: map[string]string{"public": form.Get("public")}})
	})
	if err != nil {
		return err
	}
	x.Flash("block.saved")
	return x.Redirect("/communes/" + x.Path("nis"))
}

// overview is what the lists and maps of all communes need.
type overview struct {
	atlas  *territory.Atlas
	sets   *Figures
	byArea map[int64]int64 // cents of the latest year
	year   int
	whole  Money
}

func (s *Site) overview(x *web.Exchange) (o overview, err error) {
	if o.atlas, err = s.Territory.Atlas(x.Context()); err != nil {
		return o, err
	}
	err = s.DB.Read(x.Context(), func(tx *db.Tx) error {
		if o.sets, err = s.figures(tx, o.atlas, x.AsOf); err != nil {
			return err
		}
		none, whole, err := s.Ledger.Summaries(tx, ledger.NoArea, x.AsOf.Year()-shownYears, x.AsOf)
		if err != nil {
			return err
		}
		o.whole = moneyOf(whole, none, x.AsOf, func(year int, kind ledger.Kind, m ledger.Measure) string {
			return x.Keep(explainAddress("", year, kind, m))
		})
		o.year = o.whole.Latest
		o.byArea, err = s.Ledger.ByArea(tx, o.year, ledger.EurCents, x.AsOf)
		return err
	})
	return o, err
}

// perHead gives the cents by inhabitant of each commune.
func (o overview) perHead(x *web.Exchange) map[int64]float64 {
	values := map[int64]float64{}
	population := o.sets.set("population")
	for _, c := range o.atlas.Communes(x.AsOf) {
		if _, n, ok := population.latest(c.ID); ok {
			if v, ok := perHead(money.Cents(o.byArea[c.ID]), n); ok {
				values[c.ID] = float64(v)
			}
		}
	}
	return values
}

// moneyMap shows the latest year by inhabitant.
func (o overview) moneyMap(x *web.Exchange, id string) territory.MapOptions {
	p := x.P
	return o.atlas.Choropleth(p, x.AsOf, territory.Choropleth{ID: id, Title: p.T("map.money", "year", o.year), Desc: p.T("map.money.desc"), Values: o.perHead(x),
		Format: func(v float64) string { return p.Money(money.Cents(v)) },
		Href:   func(a *territory.Area) string { return x.Keep(a.Address()) }})
}

// figureMap shows the newest year of a dataset.
func (o overview) figureMap(x *web.Exchange, set *figureSet) (territory.MapOptions, int) {
	values, newest := map[int64]float64{}, 0
	for _, c := range o.atlas.Communes(x.AsOf) {
		if year, _, ok := set.latest(c.ID); ok {
			newest = max(newest, year)
		}
	}
	for _, c := range o.atlas.Communes(x.AsOf) {
		if v, ok := set.values[c.ID][newest]; ok {
			values[c.ID] = float64(v)
		}
	}
	return o.atlas.Choropleth(x.P, x.AsOf, territory.Choropleth{ID: "map", Title: set.title(x.P) + ", " + strconv.Itoa(newest), Desc: x.P.T("map.figure.desc"), Values: values,
		Format: func(v float64) string { return set.format(x.P, int64(v)) },
		Href:   func(a *territory.Area) string { return x.Keep(a.Address()) }}), newest
}

// communeRow is one commune of the list.
type communeRow struct {
	area            *territory.Area
	figure          string
	value, cents    int64
	perHead         money.Cents
	hasValue, hasPH bool
}

// pageCommunes lists all communes beside their map.
func (s *Site) pageCommunes(x *web.Exchange) error {
	o, err := s.overview(x)
	if err != nil {
		return err
	}
	set := o.sets.set("population")
	if key := x.Query("figure"); key != "" {
		if set = o.sets.set(key); set == nil {
			return fault.New(fault.BadRequest, "param.enum", fault.Args{"name": "figure", "value": key, "values": keys(o.sets)})
		}
	}
	rows := o.rows(x, set)
	if x.Exporting() {
		return s.exportCommunes(x, o, set, rows)
	}
	page := ui.Page{Title: x.P.T("communes.title"), Lede: x.P.T("communes.lede"), Crumbs: []ui.Link{{Label: x.P.T("nav.communes"), Current: true}}}
	return x.Page(page, communesPage(x, o, set, rows, s.Demo))
}

func keys(f *Figures) string {
	text := ""
	for i, s := range f.sets {
		if i > 0 {
			text += ", "
		}
		text += s.Key
	}
	return text
}

func (o overview) rows(x *web.Exchange, set *figureSet) []communeRow {
	population := o.sets.set("population")
	var rows []communeRow
	for _, c := range o.atlas.Communes(x.AsOf) {
		r := communeRow{area: c, cents: o.byArea[c.ID]}
		_, r.value, r.hasValue = set.latest(c.ID)
		if r.hasValue {
			r.figure = set.format(x.P, r.value)
		}
		if _, n, ok := population.latest(c.ID); ok {
			r.perHead, r.hasPH = perHead(money.Cents(r.cents), n)
		}
		rows = append(rows, r)
	}
	switch x.Query("sort") {
	case "figure":
		slices.SortStableFunc(rows, func(a, b communeRow) int { return cmp.Compare(b.value, a.value) })
	case "money":
		slices.SortStableFunc(rows, func(a, b communeRow) int { return cmp.Compare(b.cents, a.cents) })
	}
	return rows
}

func (s *Site) exportCommunes(x *web.Exchange, o overview, set *figureSet, rows []communeRow) error {
	columns := []sheet.Column{{Title: "nis"}, {Title: "name_fr", Width: 28}, {Title: "name_nl", Width: 28}, {Title: "area_km2"}}
	if set != nil {
		columns = append(columns, sheet.Column{Title: set.Key})
	}
	columns = append(columns, sheet.Column{Title: fmt.Sprintf("eur_%d", o.year)}, sheet.Column{Title: fmt.Sprintf("eur_%d_per_inhabitant", o.year)})
	return x.Sheet("communes", columns, func(yield func([]any, error) bool) {
		for _, r := range rows {
			row := []any{r.area.Key, r.area.NameFR, r.area.Name("nl"), sheet.Decimal{Unscaled: r.area.Hectares, Scale: 2}}
			if set != nil {
				row = append(row, optional(r.hasValue, sheet.Decimal{Unscaled: r.value, Scale: set.Decimals}))
			}
			row = append(row, sheet.Cents(r.cents), optional(r.hasPH, sheet.Cents(r.perHead)))
			if !yield(row, nil) {
				return
			}
		}
	})
}

// optional is an empty cell where there is no value.
func optional(ok bool, v any) any {
	if !ok {
		return ""
	}
	return v
}

// own serves a file by which the institution's pack replaces one of ours: its
// colours or its mark.
func (s *Site) own(name, media string) web.Handler {
	return func(x *web.Exchange) error {
		content, err := fs.ReadFile(s.Pack, name)
		if err != nil {
			return fault.Missing(name)
		}
		return x.Text(media, content)
	}
}

// pageHome: a newcomer types the name of a commune.
func (s *Site) pageHome(x *web.Exchange) error {
	o, err := s.overview(x)
	if err != nil {
		return err
	}
	h := home{overview: o}
	err = s.DB.Read(x.Context(), func(tx *db.Tx) error {
		if h.domains, err = s.Mission.ByDomain(tx, x.AsOf); err != nil {
			return err
		}
		h.services, err = s.Party.ServicesByDomain(tx, x.AsOf)
		return err
	})
	if err != nil {
		return err
	}
	page := ui.Page{Title: x.P.T("home.title"), Lede: x.P.T("home.lede", "body", s.Body(x.P.Lang())), Bare: true}
	return x.PageStatus(http.StatusOK, page, homePage(x, h, s.Demo))
}
