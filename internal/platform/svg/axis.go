package svg

import (
	"math"
	"slices"
	"strconv"
)

// Widths of a chart in units; text keeps its size, so that the narrow variant
// stays legible on a phone.
const (
	wide   = 560.0
	narrow = 340.0
)

// Text sizes assumed by layout; svg.css sets the same.
const (
	axSize  = 12.0
	valSize = 12.5
)

// RefLine is a comparison drawn as a grey dotted line.
type RefLine struct {
	Value float64
	Label string
}

// frame is the plotting rectangle and the range of its vertical axis.
type frame struct {
	left, right, top, bottom float64
	lo, hi                   float64
}

// newFrame makes a frame of the given size whose axis covers lo to hi with
// pretty ticks. False when the range cannot be drawn.
func newFrame(w, h, lo, hi float64, format func(float64) string) (frame, []tick, bool) {
	ticks := PrettyTicks(lo, hi, 4)
	if ticks == nil {
		return frame{}, nil, false
	}
	f := frame{right: w - 4, top: 22, bottom: h - 25, lo: ticks[0], hi: ticks[len(ticks)-1]}
	labelled := make([]tick, len(ticks))
	for i, v := range ticks {
		labelled[i] = tick{v, text(format, v)}
		f.left = min(max(f.left, textWidth(labelled[i].label, axSize)+12), w/3)
	}
	return f, labelled, true
}

type tick struct {
	v     float64
	label string
}

// text formats v; without a formatter it uses the shortest exact form.
func text(format func(float64) string, v float64) string {
	if format == nil {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return format(v)
}

// y returns the height of v in the picture, rounded as it will be written, so
// that stacked marks meet exactly.
func (f frame) y(v float64) float64 {
	return tenth(f.bottom - (v-f.lo)/(f.hi-f.lo)*(f.bottom-f.top))
}

// axis draws the grid in one path, the zero line above it, and the tick labels.
func (p *pen) axis(f frame, ticks []tick) {
	p.put(`<path class="grid" d="`)
	for _, t := range ticks {
		p.cmd('M', f.left, f.y(t.v))
		p.cmd('H', f.right)
	}
	p.put(`"/><g class="ax" text-anchor="end">`)
	for _, t := range ticks {
		p.text(f.left-6, f.y(t.v)+4, "", "", t.label)
	}
	p.put("</g>")
}

// zero draws the baseline when zero is within the frame.
func (p *pen) zero(f frame) {
	if f.lo > 0 || f.hi < 0 {
		return
	}
	p.put(`<path class="zero" d="`)
	p.cmd('M', f.left, f.y(0))
	p.cmd('H', f.right)
	p.put(`"/>`)
}

// refRoom is the height above a frame that the key of its reference line takes.
const refRoom = 16.0

// horizontal draws a reference line across the frame. Its key stands above the
// frame, where no bar and no total can collide with it.
func (p *pen) horizontal(f frame, ref *RefLine) {
	if ref == nil || !finite(ref.Value) {
		return
	}
	y := f.y(ref.Value)
	p.put(`<path class="ref" d="`)
	p.cmd('M', f.left, y)
	p.cmd('H', f.right)
	p.cmd('M', f.left, 8)
	p.cmd('h', 21)
	p.put(`"/>`)
	p.text(f.left+27, 12, "lab", "", ref.Label)
}

// every returns k such that labels of the given width, one each pitch, do not
// overlap when only every k-th is shown.
func every(width, pitch float64) int {
	if !(pitch > 0) {
		return 1
	}
	return max(1, int(math.Ceil((width+4)/pitch)))
}

// spread moves marks apart to at least gap within lo to hi, keeping their
// order; when they cannot fit they overflow upwards, below lo.
func spread(ys []float64, gap, lo, hi float64) []float64 {
	order := make([]int, len(ys))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case ys[a] < ys[b]:
			return -1
		case ys[a] > ys[b]:
			return 1
		}
		return 0
	})
	out := slices.Clone(ys)
	floor := lo
	for _, i := range order {
		out[i] = max(out[i], floor)
		floor = out[i] + gap
	}
	ceil := hi
	for _, i := range slices.Backward(order) {
		out[i] = min(out[i], ceil)
		ceil = out[i] - gap
	}
	return out
}
