package svg

import (
	"io"
	"math"
	"strconv"
)

// Series is one category across the labels; NaN is a missing value.
type Series struct {
	Name   string
	Class  Class
	Values []float64 // one per label; what is beyond the labels is ignored
}

// BarsOptions describes stacked columns on a zero baseline.
type BarsOptions struct {
	ID, Title, Desc string
	Labels          []string // one per column, such as years
	Series          []Series // bottom to top
	Format          func(float64) string
	ValueFormat     func(float64) string                         // total of a column; nil shows none
	Tip             func(series, label string, v float64) string // tooltip of a segment; nil: the series name
	Ref             *RefLine
	Direct          bool    // name the series beside the last column; ignored when Narrow
	Height          float64 // in units; 0 is 215
	Narrow          bool    // phone: 340 units wide instead of 560
}

// barLayout is what the drawing steps of StackedBars share.
type barLayout struct {
	frame
	pitch, width float64 // of a column, with and without its gap
	cols         []column
}

// column accumulates one bar: positive values stack up from zero, negative
// ones (reversals) down, and total is their net sum.
type column struct {
	up, down, total float64
	known           bool // at least one value is not missing
}

// StackedBars draws stacked columns with their net totals on top. False when
// no value is known.
func StackedBars(w io.Writer, o BarsOptions) (bool, error) {
	if !(o.Height > 80) || math.IsInf(o.Height, 0) {
		o.Height = 215
	}
	l, ticks, ok := layoutBars(o)
	if !ok {
		return false, nil
	}
	p := &pen{id: o.ID}
	p.open("bars", "img", [4]float64{0, 0, barsWidth(o), o.Height}, o.Title, o.Desc)
	var classes []Class
	for _, s := range o.Series {
		classes = append(classes, s.Class)
	}
	p.defs(classes...)
	p.axis(l.frame, ticks)
	p.segments(o, l)
	p.zero(l.frame)
	p.horizontal(l.frame, o.Ref)
	p.columnLabels(o, l)
	p.directLabels(o, l)
	return p.flush(w)
}

func barsWidth(o BarsOptions) float64 {
	if o.Narrow {
		return narrow
	}
	return wide
}

func layoutBars(o BarsOptions) (l barLayout, ticks []tick, ok bool) {
	l.cols = columns(o)
	var lo, hi float64
	for _, c := range l.cols {
		lo, hi, ok = min(lo, c.down), max(hi, c.up), ok || c.known
	}
	if !ok {
		return l, nil, false
	}
	if o.Ref != nil && finite(o.Ref.Value) {
		lo, hi = min(lo, o.Ref.Value), max(hi, o.Ref.Value)
	}
	l.frame, ticks, ok = newFrame(barsWidth(o), o.Height, lo, hi, o.Format)
	if !ok {
		return l, nil, false
	}
	if o.Ref != nil {
		l.top += refRoom
	}
	if o.Direct && !o.Narrow {
		names := 0.0
		for _, s := range o.Series {
			names = max(names, textWidth(s.Name, axSize))
		}
		l.right -= min(names+16, 200)
	}
	l.pitch = (l.right - l.left) / float64(len(l.cols))
	l.width = math.Round(min(46, l.pitch*.62))
	return l, ticks, true
}

// columns sums the series by label.
func columns(o BarsOptions) []column {
	cols := make([]column, len(o.Labels))
	for _, s := range o.Series {
		for i := range min(len(s.Values), len(cols)) {
			v := s.Values[i]
			if !finite(v) {
				continue
			}
			c := &cols[i]
			c.known = true
			c.total += v
			if v > 0 {
				c.up += v
			} else {
				c.down += v
			}
		}
	}
	return cols
}

// x returns the middle of column i.
func (l barLayout) x(i int) float64 { return l.left + l.pitch*(float64(i)+.5) }

// segments draws one group per series, and its pattern over it.
func (p *pen) segments(o BarsOptions, l barLayout) {
	base := make([]column, len(l.cols))
	for n, s := range o.Series {
		id := p.id + "-" + strconv.Itoa(n)
		p.put("<g")
		p.attr("class", string(s.Class))
		p.put("><title>")
		p.esc(s.Name)
		p.put("</title><g")
		p.attr("id", id)
		p.paint(s.Class)
		p.put(">")
		if o.Tip == nil {
			p.put(`<path d="`)
		}
		for i := range min(len(s.Values), len(l.cols)) {
			p.segment(o, l, s, i, &base[i])
		}
		if o.Tip == nil {
			p.put(`"/>`)
		}
		p.put("</g></g>")
		if k := category(s.Class); k > 0 {
			p.put("<use")
			p.attr("href", "#"+id)
			p.attr("fill", "url(#"+p.id+"-p"+strconv.Itoa(k)+")")
			p.put(` class="pt"/>`)
		}
	}
}

// segment draws value i of s on top of (or, negative, below) what base holds.
func (p *pen) segment(o BarsOptions, l barLayout, s Series, i int, base *column) {
	v := s.Values[i]
	if !finite(v) || v == 0 {
		return
	}
	from := &base.up
	if v < 0 {
		from = &base.down
	}
	y0, y1 := l.y(*from), l.y(*from+v)
	*from += v
	if y0 == y1 {
		return
	}
	if o.Tip != nil {
		p.put(`<path d="`)
	}
	p.cmd('M', tenth(l.x(i)-l.width/2), min(y0, y1))
	p.cmd('h', l.width)
	p.cmd('v', math.Abs(y1-y0))
	p.cmd('h', -l.width)
	p.put("z")
	if o.Tip != nil {
		p.put(`"><title>`)
		p.esc(o.Tip(s.Name, o.Labels[i], v))
		p.put("</title></path>")
	}
}

// columnLabels writes the labels below the frame and the totals on the columns,
// counting back from the last when there is no room for all.
func (p *pen) columnLabels(o BarsOptions, l barLayout) {
	n := len(l.cols)
	p.put(`<g class="ax" text-anchor="middle">`)
	for i, k := n-1, every(widest(axSize, o.Labels...), l.pitch); i >= 0; i -= k {
		p.text(l.x(i), l.bottom+18, "", "", o.Labels[i])
	}
	p.put("</g>")
	if o.ValueFormat == nil {
		return
	}
	totals := make([]string, n)
	for i, c := range l.cols {
		if c.known {
			totals[i] = o.ValueFormat(c.total)
		}
	}
	p.put(`<g class="val" text-anchor="middle">`)
	for i, k := n-1, every(widest(valSize, totals...), l.pitch); i >= 0; i -= k {
		y := l.y(l.cols[i].up) - 6
		if l.cols[i].up == 0 && l.cols[i].down < 0 {
			y = l.y(l.cols[i].down) + 14
		}
		if totals[i] != "" {
			p.text(l.x(i), y, "", "", totals[i])
		}
	}
	p.put("</g>")
}

// directLabels names the series beside the segments of the last column.
func (p *pen) directLabels(o BarsOptions, l barLayout) {
	if !o.Direct || o.Narrow {
		return
	}
	last := len(l.cols) - 1
	var base column
	ys := make([]float64, len(o.Series))
	for n, s := range o.Series {
		v := 0.0
		if last < len(s.Values) && finite(s.Values[last]) {
			v = s.Values[last]
		}
		from := &base.up
		if v < 0 {
			from = &base.down
		}
		ys[n] = l.y(*from + v/2)
		*from += v
	}
	ys = spread(ys, 15, l.top, l.bottom)
	p.put(`<g class="lab">`)
	for n, s := range o.Series {
		p.swatch(l.right+2, ys[n]-4.5, 9, s.Class)
		p.text(l.right+15, ys[n]+4, "", "", s.Name)
	}
	p.put("</g>")
}
