package svg

import (
	"io"
	"math"
)

// SparkOptions describes a line the size of a word.
type SparkOptions struct {
	ID, Title string    // without a title the picture is decoration, hidden from assistive technology
	Values    []float64 // NaN breaks the line
	Ref       []float64 // dotted comparison on the same positions; may be empty
}

// Sparkline draws values without axes, scaled to their own range and that of
// the comparison, with a dot on the last known value. False when no value is
// known.
func Sparkline(w io.Writer, o SparkOptions) (bool, error) {
	lo, hi, ok := extent(o.Values)
	if !ok {
		return false, nil
	}
	if rlo, rhi, ok := extent(o.Ref); ok {
		lo, hi = min(lo, rlo), max(hi, rhi)
	}
	if lo == hi { // a constant runs through the middle
		lo, hi = lo-1, hi+1
	}
	n := max(len(o.Values), len(o.Ref))
	f := frame{left: 2, right: 112, top: 4, bottom: 30, lo: lo, hi: hi}
	p := &pen{id: o.ID}
	if o.Title == "" {
		p.put(`<svg class="chart spark" viewBox="0 0 118 34" aria-hidden="true">`)
	} else {
		p.open("spark", "img", [4]float64{0, 0, 118, 34}, o.Title, "")
	}
	p.line(f, "ref", o.Ref, n)
	p.line(f, "line", o.Values, n)
	p.endDot(f, "dot", o.Values, n, 2.6)
	return p.flush(w)
}

// extent returns the range of the finite values; false when there is none.
func extent(values []float64) (lo, hi float64, ok bool) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if finite(v) {
			lo, hi, ok = min(lo, v), max(hi, v), true
		}
	}
	return lo, hi, ok && finite(hi-lo)
}

// px returns the position of point i among n.
func (f frame) px(i, n int) float64 {
	if n < 2 {
		return f.right
	}
	return f.left + (f.right-f.left)*float64(i)/float64(n-1)
}

// line draws one polyline; a missing value breaks it, and a value alone
// between two gaps becomes a dot (a zero-length segment with round caps).
func (p *pen) line(f frame, class string, values []float64, n int) {
	if _, _, ok := extent(values); !ok {
		return
	}
	p.put(`<path class="`, class, `" d="`)
	run := 0
	for i, v := range values {
		switch {
		case finite(v) && run == 0:
			p.cmd('M', f.px(i, n), f.y(v))
			run = 1
		case finite(v):
			p.cmd('L', f.px(i, n), f.y(v))
			run++
		default:
			p.dotIfAlone(run)
			run = 0
		}
	}
	p.dotIfAlone(run)
	p.put(`"/>`)
}

func (p *pen) dotIfAlone(run int) {
	if run == 1 {
		p.put("h0")
	}
}

// endDot marks the last known value and returns its place; false when none is
// known.
func (p *pen) endDot(f frame, class string, values []float64, n int, r float64) (x, y float64, ok bool) {
	i := lastKnown(values)
	if i < 0 {
		return 0, 0, false
	}
	x, y = f.px(i, n), f.y(values[i])
	p.put(`<circle class="`, class, `"`)
	p.at("cx", x)
	p.at("cy", y)
	p.at("r", r)
	p.put("/>")
	return x, y, true
}

// lastKnown returns the index of the last finite value, or -1.
func lastKnown(values []float64) int {
	for i := len(values) - 1; i >= 0; i-- {
		if finite(values[i]) {
			return i
		}
	}
	return -1
}

// Break marks a series break: from Index on, values follow another method or
// another territory.
type Break struct {
	Index int // of the first value after the break, 1 to the number of labels - 1
	Label string
}

// LinesOptions describes a line chart with axes.
type LinesOptions struct {
	ID, Title, Desc string
	Labels          []string // one per position, such as years
	Series          []Series // Class K1 to K5; NaN breaks the line
	Ref             []float64
	RefName         string
	Breaks          []Break
	Format          func(float64) string
	ValueFormat     func(float64) string // last value of each series; nil shows none
	Zero            bool                 // let the axis start at zero
	Height          float64              // in units; 0 is 240
	Narrow          bool                 // phone: 340 units wide, lines named without their last values
}

// Lines draws series over labelled positions, each named at its end. False when
// no value is known or there are no labels.
func Lines(w io.Writer, o LinesOptions) (bool, error) {
	if !(o.Height > 80) || math.IsInf(o.Height, 0) {
		o.Height = 240
	}
	f, ticks, ok := layoutLines(o)
	if !ok {
		return false, nil
	}
	p := &pen{id: o.ID}
	p.open("lines", "img", [4]float64{0, 0, linesWidth(o), o.Height}, o.Title, o.Desc)
	p.axis(f, ticks)
	p.zero(f)
	p.breaks(o, f)
	n := len(o.Labels)
	p.line(f, "ref", cut(o.Ref, n), n)
	for _, s := range o.Series {
		p.put("<g")
		p.attr("class", string(s.Class))
		p.put(">")
		p.line(f, "line", cut(s.Values, n), n)
		p.endDot(f, "dot", cut(s.Values, n), n, 3.5)
		p.put("</g>")
	}
	p.positionLabels(o, f)
	p.endLabels(o, f)
	return p.flush(w)
}

func linesWidth(o LinesOptions) float64 {
	if o.Narrow {
		return narrow
	}
	return wide
}

// cut drops values beyond the labels.
func cut(values []float64, n int) []float64 { return values[:min(n, len(values))] }

func layoutLines(o LinesOptions) (frame, []tick, bool) {
	n := len(o.Labels)
	lo, hi, ok := math.Inf(1), math.Inf(-1), false
	for _, s := range o.Series {
		if slo, shi, known := extent(cut(s.Values, n)); known {
			lo, hi, ok = min(lo, slo), max(hi, shi), true
		}
	}
	if !ok {
		return frame{}, nil, false
	}
	if rlo, rhi, known := extent(cut(o.Ref, n)); known {
		lo, hi = min(lo, rlo), max(hi, rhi)
	}
	if o.Zero {
		lo, hi = min(lo, 0), max(hi, 0)
	}
	f, ticks, ok := newFrame(linesWidth(o), o.Height, lo, hi, o.Format)
	if !ok {
		return f, nil, false
	}
	room := 0.0
	for _, e := range endsOf(o, f) {
		room = max(room, textWidth(e.value, valSize)+textWidth(e.name, axSize)+14)
	}
	f.right -= min(room, linesWidth(o)/3)
	f.left += 8 // the first point stands clear of the axis
	return f, ticks, true
}

// end is the label at the end of a line.
type end struct {
	value, name string
	y           float64
}

// endsOf returns the end labels: the series and, last, the comparison.
func endsOf(o LinesOptions, f frame) []end {
	n := len(o.Labels)
	var ends []end
	add := func(name string, values []float64) {
		i := lastKnown(cut(values, n))
		if i < 0 {
			return
		}
		e := end{name: name, y: f.y(values[i])}
		if o.ValueFormat != nil && !o.Narrow {
			e.value = o.ValueFormat(values[i])
		}
		ends = append(ends, e)
	}
	for _, s := range o.Series {
		add(s.Name, s.Values)
	}
	add(o.RefName, o.Ref)
	return ends
}

func (p *pen) endLabels(o LinesOptions, f frame) {
	ends := endsOf(o, f)
	ys := make([]float64, len(ends))
	for i, e := range ends {
		ys[i] = e.y
	}
	ys = spread(ys, 15, f.top-8, f.bottom)
	for i, e := range ends {
		p.put("<text")
		p.at("x", f.right+9)
		p.at("y", ys[i]+4)
		p.put(">")
		if e.value != "" {
			p.put(`<tspan class="val">`)
			p.esc(e.value)
			p.put(`</tspan> `)
		}
		p.put(`<tspan class="lab">`)
		p.esc(e.name)
		p.put("</tspan></text>")
	}
}

func (p *pen) positionLabels(o LinesOptions, f frame) {
	n := len(o.Labels)
	pitch := (f.right - f.left) / float64(max(n-1, 1))
	p.put(`<g class="ax" text-anchor="middle">`)
	for i, k := n-1, every(widest(axSize, o.Labels...)+6, pitch); i >= 0; i -= k {
		p.text(f.px(i, n), f.bottom+18, "", "", o.Labels[i])
	}
	p.put("</g>")
}

// breaks draws a dashed vertical half a step before each break.
func (p *pen) breaks(o LinesOptions, f frame) {
	n := len(o.Labels)
	for _, b := range o.Breaks {
		if b.Index < 1 || b.Index >= n {
			continue
		}
		x := (f.px(b.Index-1, n) + f.px(b.Index, n)) / 2
		p.put(`<path class="cut" d="`)
		p.cmd('M', x, f.top-8)
		p.cmd('V', f.bottom)
		p.put(`"/>`)
		anchor, at := "", x+4
		if x+4+textWidth(b.Label, axSize) > f.right {
			anchor, at = "end", x-4
		}
		p.text(at, f.top-12, "lab", anchor, b.Label)
	}
}
