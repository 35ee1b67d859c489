package key

import (
	"iter"
	"math/big"
	"strconv"
	"strings"

	"beffroi/internal/ground/series"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/money"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// i18n: key.status.* key.flash.*

// Routes registers the pages, the forms and the API.
func (s *Service) Routes(r *web.Routes) {
	amount := web.Query("amount", "string", "amount in euros to divide, for example 1000000,50")
	sample := map[string]string{"key": "population-2018"}
	r.Add(web.Route{Pattern: "/keys", Kind: web.PageRoute, Rule: ruleView, Handle: s.listPage, Summary: "The distribution keys and the versions in force", Params: []web.Param{web.AsOf(), web.Format()}})
	r.Add(web.Route{Pattern: "/keys/{key}", Kind: web.PageRoute, Rule: ruleView, Handle: s.keyPage, Summary: "One key: its shares, its versions, and an amount divided by it",
		Params: []web.Param{web.AsOf(), web.Format(), amount, web.Query("version", "int", "number of a version, default the one in force")}, Sample: sample})
	r.Add(web.Route{Pattern: "/keys/compare", Kind: web.PageRoute, Rule: ruleView, Handle: s.comparePage, Summary: "Two keys side by side, commune by commune",
		Params: []web.Param{web.AsOf(), web.Format(), amount, web.Query("a", "string", "first key"), web.Query("b", "string", "second key")}})
	s.workshopRoutes(r, amount)
	s.apiRoutes(r, amount, sample)
}

func asOf(x *web.Exchange, links ...ui.Link) ui.AsOf {
	return ui.AsOf{Label: x.P.T("key.asof"), Day: x.P.Date(x.AsOf), ISO: x.AsOf.String(), Print: x.P.T("key.print"), Links: links}
}

func files(x *web.Exchange, json string) []ui.Link {
	return []ui.Link{{Label: "CSV", Href: x.Here("format", "csv")}, {Label: "XLSX", Href: x.Here("format", "xlsx")}, {Label: "JSON", Href: x.Keep(json)}}
}

func crumbs(p *i18n.Printer, last string) []ui.Link {
	if last == "" {
		return []ui.Link{{Label: p.T("key.title"), Current: true}}
	}
	return []ui.Link{{Label: p.T("key.title"), Href: "/keys"}, {Label: last, Current: true}}
}

func editor(a auth.Actor) bool { return ruleEdit.Gate(a) == nil }

// names gives the titles of datasets by key.
type names map[string]series.Dataset

func (s *Service) names(tx *db.Tx) (names, error) {
	list, err := s.series.Datasets(tx)
	m := names{}
	for _, d := range list {
		m[d.Key] = d
	}
	return m, err
}

func (n names) title(p *i18n.Printer, c Pin) string {
	title, _ := n[c.Dataset].Title.In(p.Lang())
	if title == "" {
		title = c.Dataset
	}
	return title + " " + strconv.Itoa(c.Year)
}

// rule says a version in one line: "60 % Population 2018, 40 % …".
func (n names) rule(p *i18n.Printer, k Key, v Version) string {
	if k.Kind == Equal {
		return p.T("key.rule.equal")
	}
	parts := make([]string, len(v.Criteria))
	for i, c := range v.Criteria {
		parts[i] = percent(p, c.Weight) + " " + n.title(p, c)
	}
	return strings.Join(parts, " + ")
}

// percent writes basis points: 6050 is "60,5 %".
func percent(p *i18n.Printer, bp int64) string {
	scale := 2
	for scale > 0 && bp%10 == 0 {
		bp /= 10
		scale--
	}
	return p.T("key.percent", "n", p.Fixed(bp, scale))
}

type listView struct {
	p     *i18n.Printer
	asOf  ui.AsOf
	keys  []Key
	names names
	day   calendar.Date
	may   bool
	keep  func(string) string
}

func (s *Service) listPage(x *web.Exchange) error {
	v := listView{p: x.P, asOf: asOf(x, files(x, "/api/v1/keys")...), day: x.AsOf, may: editor(x.Actor), keep: x.Keep}
	err := s.db.Read(x.Context(), func(tx *db.Tx) (err error) {
		if v.keys, err = s.List(tx, x.Actor); err != nil {
			return err
		}
		v.names, err = s.names(tx)
		return err
	})
	if err != nil {
		return err
	}
	if x.Exporting() {
		return x.Sheet("keys", []sheet.Column{{Title: x.P.T("key.col.code")}, {Title: x.P.T("key.col.title"), Width: 40}, {Title: x.P.T("key.col.version")}, {Title: x.P.T("key.col.status")},
			{Title: x.P.T("key.col.rule"), Width: 60}, {Title: x.P.T("key.col.from")}, {Title: x.P.T("key.col.to")}, {Title: x.P.T("key.col.decision"), Width: 40}}, v.rows())
	}
	return x.Page(ui.Page{Title: x.P.T("key.title"), Lede: x.P.T("key.lede"), Crumbs: crumbs(x.P, "")}, listBody(v))
}

func (v listView) rows() iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, k := range v.keys {
			title, _ := k.Title.In(v.p.Lang())
			for _, o := range k.Versions {
				if !yield([]any{k.Key, title, o.Number, v.p.T("key.status." + string(o.Status)), v.names.rule(v.p, k, o), o.Period.From.String(), o.Period.To.String(), o.Decision}, nil) {
					return
				}
			}
		}
	}
}

func (v listView) table() *ui.DataTable {
	p := v.p
	t := ui.NewTable(p.T("key.list.caption"), ui.Column{Label: p.T("key.col.title"), RowHeader: true}, ui.Column{Label: p.T("key.col.rule")},
		ui.Column{Label: p.T("key.col.version"), Numeric: true}, ui.Column{Label: p.T("key.col.status")}).HideCaption()
	for _, k := range v.keys {
		o, ok := k.At(v.day)
		if !ok {
			continue
		}
		title, lang := k.Title.In(p.Lang())
		t.Row(ui.Cell{Text: title, Href: v.keep("/keys/" + k.Key), Lang: lang}, ui.Text(v.names.rule(p, k, o)), ui.Text(strconv.Itoa(o.Number)), ui.Body(statusTag(p, o)))
	}
	return t
}

func stateOf(v Version) ui.State {
	switch v.Status {
	case InForce:
		return ui.OnTime
	case Draft:
		return ui.Late
	}
	return ui.Neutral
}

// readAmount reads an amount of a query: zero when there is none; refused says
// why it cannot be read.
func readAmount(p *i18n.Printer, text string) (amount money.Cents, refused string) {
	if text == "" {
		return 0, ""
	}
	c, err := sheet.ParseCents(text, sheet.AnyStyle)
	if err != nil || c < 0 {
		return 0, p.T("fault.key.amount", "value", text)
	}
	return money.Cents(c), ""
}

// sharing is a base of communes with their shares, and an amount divided.
type sharing struct {
	communes []*territory.Area // by name
	portions map[string]Portion
	total    money.Cents
}

func share(atlas *territory.Atlas, k Key, v Version, day calendar.Date, total money.Cents) (sharing, error) {
	h := sharing{communes: atlas.Communes(day), portions: map[string]Portion{}, total: total}
	shares, err := v.Over(k.Kind, h.communes)
	if err != nil {
		return h, err
	}
	list, err := Allocate(total, shares)
	for _, p := range list {
		h.portions[p.Code] = p
	}
	return h, err
}

// sum adds the portions up, which proves the split.
func (h sharing) sum() (sum money.Cents) {
	for _, p := range h.portions {
		sum += p.Amount
	}
	return sum
}

// ratio rounds an exact fraction half away from zero to a number with decimals.
func ratio(r *big.Rat, decimals int) int64 {
	if r == nil {
		return 0
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
	n := new(big.Int).Mul(new(big.Int).Abs(r.Num()), scale)
	n.Add(n.Mul(n, big.NewInt(2)), r.Denom())
	n.Quo(n, new(big.Int).Mul(r.Denom(), big.NewInt(2)))
	return n.Int64() * int64(r.Sign())
}

// shareText is a share in per cent with four decimals.
func shareText(p *i18n.Printer, r *big.Rat) string { return p.Fixed(ratio(r, 6), 4) }

// picture colours the communes by share.
func (h sharing) picture(atlas *territory.Atlas, p *i18n.Printer, day calendar.Date, title string, table *ui.DataTable) ui.Picture {
	values := map[int64]float64{}
	for _, c := range h.communes {
		f, _ := h.portions[c.Key].Share.Float64() // only a colour
		values[c.ID] = 100 * f
	}
	o := atlas.Choropleth(p, day, territory.Choropleth{ID: "key-map", Title: title, Desc: p.T("key.map.desc"), Values: values,
		Format: func(v float64) string { return p.Float(v, 2) }})
	o.Value = func(a *territory.Area) string { return p.T("key.percent", "n", shareText(p, h.portions[a.Key].Share)) }
	return ui.Picture{ID: "map", Title: title, Sub: p.T("key.map.sub"), Table: table, TableLabel: p.T("key.table"), SVG: atlas.Map(o)}
}
