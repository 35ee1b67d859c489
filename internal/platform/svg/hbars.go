package svg

import (
	"cmp"
	"io"
	"slices"
)

// Row is one horizontal bar.
type Row struct {
	Label string
	Href  string // empty: the row is no link
	Value float64
	Class Class // K1 to K5, Same or Other; empty is Other
	Mark  bool  // the row the page is about: strong colour, bold label
}

// HBarsOptions describes ranked horizontal bars. Rows are drawn in the order
// given: rank them before, on exact figures.
type HBarsOptions struct {
	ID, Title, Desc string
	Rows            []Row
	ValueFormat     func(float64) string
	Missing         string // shown instead of a bar when the value is NaN
	Ref             *RefLine
	Sep             string // between a label and its value in names; empty is ": "
	Narrow          bool   // phone: 340 units wide, labels above the bars
}

// hbarLayout is what the drawing steps of HBars share.
type hbarLayout struct {
	width, left, right, top, pitch, bar float64
	lo, hi                              float64
}

func (l hbarLayout) x(v float64) float64 {
	return tenth(l.left + (v-l.lo)/(l.hi-l.lo)*(l.right-l.left))
}

// y returns the top of bar i.
func (l hbarLayout) y(i int) float64 { return l.top + l.pitch*float64(i+1) - l.bar - 4 }

func (l hbarLayout) bottom(rows int) float64 { return l.top + l.pitch*float64(rows) }

// HBars draws ranked bars from a common zero, each with its value. False when
// no value is known.
func HBars(w io.Writer, o HBarsOptions) (bool, error) {
	if o.Sep == "" {
		o.Sep = ": "
	}
	l, ok := layoutHBars(o)
	if !ok {
		return false, nil
	}
	p := &pen{id: o.ID}
	role := "img"
	if slices.ContainsFunc(o.Rows, func(r Row) bool { return r.Href != "" }) {
		role = "group"
	}
	p.open("hbars", role, [4]float64{0, 0, l.width, l.bottom(len(o.Rows)) + 4}, o.Title, o.Desc)
	p.vertical(o, l)
	for i, r := range o.Rows {
		p.row(o, l, i, r)
	}
	if !o.Narrow || l.lo < 0 { // else it would cross the labels above the bars
		p.put(`<path class="zero" d="`)
		p.cmd('M', l.x(0), l.top)
		p.cmd('V', l.bottom(len(o.Rows)))
		p.put(`"/>`)
	}
	return p.flush(w)
}

func layoutHBars(o HBarsOptions) (l hbarLayout, ok bool) {
	var labels, values float64
	for _, r := range o.Rows {
		labels = max(labels, textWidth(r.Label, legendText))
		values = max(values, textWidth(o.value(r), valSize))
		if finite(r.Value) {
			l.lo, l.hi, ok = min(l.lo, r.Value), max(l.hi, r.Value), true
		}
	}
	if o.Ref != nil && finite(o.Ref.Value) {
		l.lo, l.hi = min(l.lo, o.Ref.Value), max(l.hi, o.Ref.Value)
		l.top = 20
	}
	if !ok || !finite(l.hi-l.lo) {
		return l, false
	}
	if l.lo == l.hi {
		l.hi = 1
	}
	l.width, l.left, l.pitch, l.bar = wide, min(labels+10, 240), 26, 17
	if o.Narrow {
		l.width, l.left, l.pitch, l.bar = narrow, 2, 40, 15
	}
	l.right = l.width - values - 10
	if l.lo < 0 { // a value left of zero stands left of its bar
		l.left += values + 6
	}
	return l, true
}

func (o HBarsOptions) value(r Row) string {
	if !finite(r.Value) {
		return o.Missing
	}
	return text(o.ValueFormat, r.Value)
}

// row draws label, bar and value of row i.
func (p *pen) row(o HBarsOptions, l hbarLayout, i int, r Row) {
	class, lab := cmp.Or(r.Class, Other), "lab"
	if r.Mark {
		class, lab = Sel, "val"
	}
	end := p.link(r.Href, joined(r.Label, o.Sep, o.value(r)), class, r.Mark)
	base := l.y(i) + l.bar - 4 // of the text
	if o.Narrow {
		p.text(2, l.y(i)-5, lab, "", r.Label)
	} else {
		p.text(0, base, lab, "", r.Label)
	}
	zero, tip, anchor := l.x(0), l.x(0), ""
	if finite(r.Value) {
		tip = l.x(r.Value)
	}
	at := tip + 6
	if tip < zero {
		at, anchor = tip-6, "end"
	}
	p.bar(min(tip, zero), max(tip, zero), l.y(i), l.bar)
	p.text(at, base, "val", anchor, o.value(r))
	p.put(end)
}

// bar draws a rectangle from x0 to x1; none when it has no length.
func (p *pen) bar(x0, x1, y, height float64) {
	if x0 == x1 {
		return
	}
	p.put(`<path d="`)
	p.cmd('M', x0, y)
	p.cmd('h', x1-x0)
	p.cmd('v', height)
	p.cmd('H', x0)
	p.put(`z"/>`)
}

// vertical draws the reference line behind the rows, so that it never crosses
// a figure, with its label above.
func (p *pen) vertical(o HBarsOptions, l hbarLayout) {
	if o.Ref == nil || !finite(o.Ref.Value) {
		return
	}
	x := l.x(o.Ref.Value)
	p.put(`<path class="ref" d="`)
	p.cmd('M', x, l.top-4)
	p.cmd('V', l.bottom(len(o.Rows)))
	p.put(`"/>`)
	half := textWidth(o.Ref.Label, axSize) / 2
	p.text(max(half, min(x, l.width-half)), 11, "lab", "middle", o.Ref.Label)
}
