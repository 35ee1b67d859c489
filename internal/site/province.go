package site

import (
	"beffroi/internal/ground/ledger"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/money"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// Province is the whole: what the communes got, what is not allocated, and the
// total of both.
type Province struct {
	AsOf     calendar.Date        `json:"as_of"`
	Year     int                  `json:"latest_year"`
	Money    Money                `json:"money"`
	Balance  []ledger.BalanceLine `json:"balance"` // every year, kind and measure
	Communes []CommuneMoney       `json:"communes"`
	None     money.Cents          `json:"unallocated_cents"`
	Blocks   map[string]any       `json:"blocks,omitempty"` // what other rooms add, by key

	o      overview
	panels []web.Panel
}

// CommuneMoney is the latest year of one commune.
type CommuneMoney struct {
	NIS     string       `json:"nis"`
	Name    string       `json:"name"`
	Cents   money.Cents  `json:"cents"`
	PerHead *money.Cents `json:"per_inhabitant_cents,omitempty"`
}

func (s *Site) province(x *web.Exchange) (v Province, err error) {
	if v.o, err = s.overview(x); err != nil {
		return v, err
	}
	err = s.DB.Read(x.Context(), func(tx *db.Tx) error {
		v.Balance, err = s.Ledger.Balance(tx, x.AsOf)
		return err
	})
	v.AsOf, v.Year, v.Money, v.None = x.AsOf, v.o.year, v.o.whole, money.Cents(v.o.byArea[ledger.NoArea])
	for _, r := range v.o.rows(x, v.o.sets.set("population")) {
		c := CommuneMoney{NIS: r.area.Key, Name: r.area.NameFR, Cents: money.Cents(r.cents)}
		if r.hasPH {
			c.PerHead = &r.perHead
		}
		v.Communes = append(v.Communes, c)
	}
	if err != nil {
		return v, err
	}
	v.panels, err = x.Panels(object.Ref{Kind: "province"})
	v.Blocks = dataOf(v.panels)
	return v, err
}

func (s *Site) pageProvince(x *web.Exchange) error {
	v, err := s.province(x)
	if err != nil {
		return err
	}
	page := ui.Page{Title: s.Body(x.P.Lang()), Lede: x.P.T("province.lede"), Crumbs: []ui.Link{{Label: x.P.T("nav.province"), Current: true}}}
	return x.Page(page, provincePage(x, v, s.Demo))
}

func (s *Site) jsonProvince(x *web.Exchange) error {
	v, err := s.province(x)
	if err != nil {
		return err
	}
	return x.JSON(v)
}

// allocated is what the communes got together in the latest year.
func (v Province) allocated() (sum money.Cents) {
	for _, c := range v.Communes {
		sum += c.Cents
	}
	return sum
}

func provinceKPIs(x *web.Exchange, v Province) []ui.KPI {
	p := x.P
	explain := func(area string) ui.Link {
		return ui.Link{Label: p.T("kpi.explain"), Href: x.Keep(explainAddress(area, v.Year, "", ""))}
	}
	return []ui.KPI{
		{Value: p.MoneyShort(v.Money.Total), Text: p.T("home.kpi.money", "year", v.Year), Explain: explain("")},
		{Value: p.MoneyShort(v.allocated()), Text: p.T("province.allocated"), Explain: ui.Link{Label: p.T("home.table"), Href: x.Keep("/communes?sort=money")}},
		{Value: p.MoneyShort(v.None), Text: p.T("province.none"), Explain: explain("none")},
	}
}

// provinceTable shows that communes and unallocated make the total, kind by kind.
func provinceTable(x *web.Exchange, v Province) *ui.DataTable {
	p := x.P
	t := ui.NewTable(p.T("money.caption", "year", v.Year), ui.Column{Label: p.T("money.kind", "year", v.Year), RowHeader: true}, ui.Column{Label: p.T("province.communes"), Unit: "€", Numeric: true},
		ui.Column{Label: p.T("province.none"), Unit: "€", Numeric: true}, ui.Column{Label: p.T("money.total"), Unit: "€", Numeric: true}).HideCaption()
	order := v.Money.order()
	var communes, none, total int64
	for _, b := range v.Balance {
		if b.Year != v.Year || b.Measure != ledger.EurCents {
			continue
		}
		communes, none, total = communes+b.Communes, none+b.Unallocated, total+b.Total
		t.Row(ui.Keyed(category(order, b.Kind), kindName(p, b.Kind)), ui.Text(p.Fixed(b.Communes, 2)), ui.Text(p.Fixed(b.Unallocated, 2)),
			ui.LinkTo(p.Fixed(b.Total, 2), x.Keep(explainAddress("", b.Year, b.Kind, b.Measure))))
	}
	return t.Total(ui.Text(p.T("money.total")), ui.Text(p.Fixed(communes, 2)), ui.Text(p.Fixed(none, 2)), ui.Text(p.Fixed(total, 2)))
}
