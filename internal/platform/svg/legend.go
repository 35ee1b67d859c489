package svg

import (
	"io"
	"math"
	"strconv"
)

// LegendItem is one entry of a legend.
type LegendItem struct {
	Class Class
	Label string
}

// LegendOf returns one item per class of breaks, low to high. label words a
// class: lo is inside it, hi is the first value beyond; -Inf and +Inf mark the
// open ends.
func LegendOf(breaks []float64, label func(lo, hi float64) string) []LegendItem {
	items := make([]LegendItem, 0, len(breaks)+1)
	lo := math.Inf(-1)
	for i := 0; i <= len(breaks); i++ {
		hi := math.Inf(1)
		if i < len(breaks) {
			hi = breaks[i]
		}
		items = append(items, LegendItem{Sequential(i, len(breaks)+1), label(lo, hi)})
		lo = hi
	}
	return items
}

// Legend writes an HTML list (ul.legend) with a swatch before each label. It
// wraps with the page, which text within a scaled picture cannot: prefer it to
// the Legend of a map wherever phones read the page. id is the ID of the
// picture on the same page, whose patterns the swatches borrow.
func Legend(w io.Writer, id string, items []LegendItem) (bool, error) {
	if len(items) == 0 {
		return false, nil
	}
	p := &pen{id: id}
	p.put(`<ul class="legend">`)
	for _, it := range items {
		p.put(`<li><svg class="chart sw" viewBox="0 0 14 14" aria-hidden="true">`)
		p.swatch(0, 0, 14, it.Class)
		p.put(`</svg>`)
		p.esc(it.Label)
		p.put(`</li>`)
	}
	p.put(`</ul>`)
	_, err := w.Write(p.Bytes())
	return err == nil, err
}

// swatch draws a square of the class, with its pattern.
func (p *pen) swatch(x, y, size float64, c Class) {
	d := func(attrs ...string) {
		p.put(`<path`)
		p.put(attrs...)
		p.put(` d="`)
		p.cmd('M', x+.5, y+.5)
		p.cmd('h', size-1)
		p.cmd('v', size-1)
		p.cmd('h', 1-size)
		p.put(`z"`)
	}
	d()
	p.attr("class", string(c))
	p.paint(c)
	p.put("/>")
	if n := category(c); n > 0 {
		d(` class="pt"`)
		p.attr("fill", "url(#"+p.id+"-p"+strconv.Itoa(n)+")")
		p.put("/>")
	}
}

// Legend measures, in pixels of the intended size.
const (
	legendLine = 20.0
	legendSw   = 14.0
	legendText = 13.0
)

// legendFlow places items from left to right and wraps them at width; a width
// of 0 makes one column.
func legendFlow(items []LegendItem, width float64) (at [][2]float64, height float64) {
	if len(items) == 0 {
		return nil, 0
	}
	var x, y float64
	for _, it := range items {
		need := legendWidth(it)
		if x > 0 && x+need > width {
			x, y = 0, y+legendLine
		}
		at = append(at, [2]float64{x, y})
		x += need + 18
	}
	return at, y + legendLine
}

func legendWidth(it LegendItem) float64 { return legendSw + 8 + textWidth(it.Label, legendText) }

// legend draws items placed by legendFlow with their top left at x, y; scale
// turns pixels into units of the picture.
func (p *pen) legend(items []LegendItem, at [][2]float64, x, y, scale float64) {
	if len(items) == 0 {
		return
	}
	p.put(`<g class="lg" transform="translate(`)
	p.cmd(' ', x, y)
	p.put(`)`)
	if scale != 1 {
		// A scale wants more digits than a coordinate: units may be kilometres.
		p.put(` scale(`, strconv.FormatFloat(scale, 'g', 4, 64), `)`)
	}
	p.put(`">`)
	for i, it := range items {
		p.swatch(at[i][0], at[i][1]+3, legendSw, it.Class)
		p.text(at[i][0]+legendSw+8, at[i][1]+14.5, "", "", it.Label)
	}
	p.put("</g>")
}
