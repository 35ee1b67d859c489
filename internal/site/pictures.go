package site

import (
	"math"
	"strconv"

	"github.com/a-h/templ"

	"beffroi/internal/ground/ledger"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/money"
	"beffroi/internal/platform/svg"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// locator shows where the commune lies, its territory tinted.
func locator(c Commune, p *i18n.Printer) templ.Component {
	same := map[int64]bool{}
	for _, g := range c.atlas.Groups(c.area.ID, c.AsOf) {
		if g.Kind == territory.ProjectTerritory {
			for _, m := range c.atlas.Members(g.ID, c.AsOf) {
				same[m.ID] = true
			}
		}
	}
	return c.atlas.Map(territory.MapOptions{ID: "locator", Title: p.T("commune.locator", "name", c.area.Name(p.Lang())), Desc: p.T("commune.locator.desc"),
		Class: func(a *territory.Area) string {
			switch {
			case a.ID == c.area.ID:
				return string(svg.Sel)
			case same[a.ID]:
				return string(svg.Same)
			}
			return string(svg.Other)
		}, Marked: c.area.ID, Lang: p.Lang(), Day: c.AsOf, Small: true})
}

// bars is the money by year and kind.
func bars(m Money, p *i18n.Printer, title string) templ.Component {
	order := m.order()
	o := svg.BarsOptions{ID: "bars", Title: title, Desc: p.T("money.bars.desc"),
		Format: func(v float64) string { return p.MoneyShort(money.Cents(math.Round(v))) }}
	o.ValueFormat = o.Format
	series := map[int]*svg.Series{}
	for i, y := range m.Years {
		o.Labels = append(o.Labels, strconv.Itoa(y.Year))
		for k, v := range y.Kinds {
			n := category(order, k)
			if series[n] == nil {
				series[n] = &svg.Series{Name: kindName(p, k), Class: svg.Class("k" + strconv.Itoa(n)), Values: make([]float64, len(m.Years))}
			}
			series[n].Values[i] += float64(v)
		}
	}
	for n := 1; n <= 5; n++ {
		if series[n] != nil {
			if n == 5 && len(order) > 5 {
				series[n].Name = p.T("money.other")
			}
			o.Series = append(o.Series, *series[n])
		}
	}
	return ui.Drawn(svg.StackedBars, o)
}

// kindName is the name of a kind of entry.
// i18n: ledger.kind.*
func kindName(p *i18n.Printer, k ledger.Kind) string { return p.T("ledger.kind." + string(k)) }

// moneyTable is the latest year by kind, each amount a link to its explanation.
func moneyTable(m Money, p *i18n.Printer, caption string) *ui.DataTable {
	order := m.order()
	t := ui.NewTable(caption, ui.Column{Label: p.T("money.kind", "year", m.Latest), RowHeader: true}, ui.Column{Label: p.T("money.amount"), Numeric: true}, ui.Column{Label: p.T("money.province"), Numeric: true}).HideCaption().Empty(p.T("money.empty"))
	for _, k := range m.Kinds {
		t.Row(ui.Keyed(category(order, k.Kind), kindName(p, k.Kind)), ui.LinkTo(p.Money(money.Cents(k.Amount)), k.Explain), ui.Text(p.MoneyShort(money.Cents(k.Whole))))
	}
	if len(m.Kinds) > 0 {
		t.Total(ui.Text(p.T("money.total")), ui.Text(p.Money(m.Total)), ui.Text(p.MoneyShort(m.Whole)))
	}
	return t
}

// yearsTable is the twin of the bars.
func yearsTable(m Money, p *i18n.Printer) *ui.DataTable {
	columns := []ui.Column{{Label: p.T("money.year"), RowHeader: true}}
	order := m.order()
	for _, k := range order {
		columns = append(columns, ui.Column{Label: kindName(p, k), Unit: "€", Numeric: true})
	}
	columns = append(columns, ui.Column{Label: p.T("money.total"), Unit: "€", Numeric: true})
	t := ui.NewTable(p.T("money.years"), columns...).HideCaption()
	for _, y := range m.Years {
		cells := []ui.Cell{ui.Text(strconv.Itoa(y.Year))}
		for _, k := range order {
			cells = append(cells, ui.Text(p.Fixed(int64(y.Kinds[k]), 2)))
		}
		t.Row(append(cells, ui.Text(p.Fixed(int64(y.Total), 2)))...)
	}
	return t
}

// figureCards are the basic figures with their curves, each leading to where it
// comes from.
func figureCards(x *web.Exchange, c Commune) []ui.FigureCard {
	p := x.P
	var cards []ui.FigureCard
	for _, f := range c.Figures {
		card := ui.FigureCard{Title: f.Title, Value: f.set.format(p, f.Value), Source: p.T("figure.source", "year", f.Year, "publisher", f.Source)}
		if f.Province != nil {
			card.Compare = p.T("figure.province", "value", f.set.format(p, *f.Province))
			if f.set.Additive {
				card.Compare = p.T("figure.total", "value", f.set.format(p, *f.Province))
			}
		}
		if !f.set.derived {
			card.Href = x.Keep(f.set.Address() + "?commune=" + c.NIS)
		}
		values := f.set.line(f.set.values[c.area.ID])
		var ref []float64
		if !f.set.Additive { // a sum and a part do not share a scale
			ref = f.set.line(f.set.province)
		}
		card.Spark = ui.Drawn(svg.Sparkline, svg.SparkOptions{ID: "spark-" + f.Dataset, Values: values, Ref: ref})
		cards = append(cards, card)
	}
	return cards
}
