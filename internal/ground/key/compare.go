package key

import (
	"iter"
	"math/big"

	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/svg"
	"beffroi/internal/platform/ui"
)

func (c comparison) title(i int) string {
	t, _ := c.keys[i].Title.In(c.p.Lang())
	return t
}

// pair gives the portions of a commune by both keys and the difference of shares.
func (c comparison) pair(a *territory.Area) (x, y Portion, diff *big.Rat) {
	x, y = c.sharings[0].portions[a.Key], c.sharings[1].portions[a.Key]
	return x, y, new(big.Rat).Sub(y.Share, x.Share)
}

func (c comparison) rows() iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, a := range c.sharings[0].communes {
			x, y, diff := c.pair(a)
			if !yield([]any{a.Key, a.Name(c.p.Lang()), sheet.Decimal{Unscaled: ratio(x.Share, 6), Scale: 4}, sheet.Decimal{Unscaled: ratio(y.Share, 6), Scale: 4},
				sheet.Decimal{Unscaled: ratio(diff, 6), Scale: 4}, sheet.Cents(x.Amount), sheet.Cents(y.Amount), sheet.Cents(y.Amount - x.Amount)}, nil) {
				return
			}
		}
	}
}

func (c comparison) table() *ui.DataTable {
	p, money := c.p, c.sharings[0].total != 0
	columns := []ui.Column{{Label: p.T("key.col.commune"), RowHeader: true}, {Label: "A", Unit: "%", Numeric: true}, {Label: "B", Unit: "%", Numeric: true}, {Label: p.T("key.col.diff"), Unit: p.T("key.points"), Numeric: true}}
	if money {
		columns = append(columns, ui.Column{Label: "A", Unit: "€", Numeric: true}, ui.Column{Label: "B", Unit: "€", Numeric: true}, ui.Column{Label: p.T("key.col.diff"), Unit: "€", Numeric: true})
	}
	t := ui.NewTable(p.T("key.compare.caption", "a", c.title(0), "b", c.title(1)), columns...)
	for _, a := range c.sharings[0].communes {
		x, y, diff := c.pair(a)
		cells := []ui.Cell{ui.LinkTo(a.Name(p.Lang()), c.keep(a.Address())), ui.Text(shareText(p, x.Share)), ui.Text(shareText(p, y.Share)), ui.Text(shareText(p, diff))}
		if money {
			cells = append(cells, ui.Text(p.Fixed(int64(x.Amount), 2)), ui.Text(p.Fixed(int64(y.Amount), 2)), ui.Text(p.Fixed(int64(y.Amount-x.Amount), 2)))
		}
		t.Row(cells...)
	}
	return t
}

// picture shows who gains and who loses when A becomes B; patterns and words say
// it beside the colours.
func (c comparison) picture() ui.Picture {
	p := c.p
	sign := func(a *territory.Area) int {
		_, _, diff := c.pair(a)
		return diff.Sign()
	}
	classes := map[int]svg.Class{1: "k5", 0: svg.Other, -1: svg.K1}
	return ui.Picture{ID: "map", Title: p.T("key.compare.map"), Sub: p.T("key.compare.sub", "a", c.title(0), "b", c.title(1)),
		SVG: c.atlas.Map(territory.MapOptions{ID: "compare-map", Title: p.T("key.compare.map"), Desc: p.T("key.map.desc"), Lang: p.Lang(), Day: c.day,
			Class: func(a *territory.Area) string { return string(classes[sign(a)]) },
			Value: func(a *territory.Area) string {
				_, _, diff := c.pair(a)
				return p.T("key.diff", "n", shareText(p, diff))
			},
			Legend: []svg.LegendItem{{Class: classes[1], Label: p.T("key.compare.gains")}, {Class: classes[0], Label: p.T("key.compare.same")}, {Class: classes[-1], Label: p.T("key.compare.loses")}}})}
}
