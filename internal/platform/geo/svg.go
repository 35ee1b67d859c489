package geo

import (
	"bytes"
	"fmt"
	"math"
	"strconv"

	"github.com/paulmach/orb"
)

// Drawing is a set of areas as SVG path data, north up, in the plane of Lambert
// 2008. Width and Height are in pixels of the view box.
type Drawing struct {
	ViewBox       string            // "0 0 640 412"
	Width, Height float64           // pixels
	Paths         map[string]string // path data by code; "" for an area without shape
	Labels        map[string][2]float64
}

// ToSVGPaths draws the areas as wide as widthPx, their borders simplified to
// within tolerancePx. Positions stand on a grid of a tenth of a pixel, the same
// for both sides of a border, so that neighbours have no gap between them.
// Areas are filled by the even-odd or the non-zero rule alike. Labels holds a
// position well inside each area. An area outside the domain of the projection,
// or not finite, is left empty.
func ToSVGPaths(features []Feature, widthPx, tolerancePx float64) Drawing {
	m := newMesh(features)
	plane := m.planar()
	d := Drawing{Paths: make(map[string]string, len(features)), Labels: map[string][2]float64{}}
	b, ok := boundOf(plane)
	if !ok || !(widthPx > 0) || math.IsInf(widthPx, 0) {
		for _, f := range features {
			d.Paths[f.Code] = ""
		}
		return d
	}
	metres := max(b.Max[0]-b.Min[0], 1) / widthPx // per pixel
	arcs := m.simplify(plane, tolerancePx*metres)
	toPixels := func(p orb.Point) (x, y float64) {
		return (p[0] - b.Min[0]) / metres, (b.Max[1] - p[1]) / metres
	}
	for i, f := range features {
		d.Paths[f.Code] += pathData(m.geometry(i, arcs, plane), toPixels)
		if p, ok := InteriorPoint(f.Geometry); ok {
			x, y := toPixels(project2008(p))
			d.Labels[f.Code] = [2]float64{math.Round(x*10) / 10, math.Round(y*10) / 10}
		}
	}
	d.Width, d.Height = math.Ceil(widthPx), math.Ceil((b.Max[1]-b.Min[1])/metres)
	d.ViewBox = fmt.Sprintf("0 0 %.0f %.0f", d.Width, d.Height)
	return d
}

func project2008(p orb.Point) orb.Point {
	p[0], p[1] = EPSG3812.FromWGS84(p[0], p[1])
	return p
}

// boundOf is the bound of the finite points.
func boundOf(points []orb.Point) (b orb.Bound, ok bool) {
	for _, p := range points {
		switch {
		case !finite(p):
		case !ok:
			b, ok = p.Bound(), true
		default:
			b = b.Extend(p)
		}
	}
	return b, ok
}

// pathData writes the rings with relative steps in tenths of a pixel. Positions
// are rounded before they are subtracted: errors do not add up along a ring.
func pathData(mp orb.MultiPolygon, toPixels func(orb.Point) (x, y float64)) string {
	var out []byte
	for _, poly := range mp {
		for _, ring := range poly {
			if len(ring) < 2 {
				continue
			}
			var lx, ly int
			for i, p := range ring[:len(ring)-1] { // z closes
				fx, fy := toPixels(p)
				if !(math.Abs(fx)+math.Abs(fy) < 1e7) {
					return "" // far off the drawing, or not finite
				}
				x, y := int(math.Round(fx*10)), int(math.Round(fy*10))
				switch {
				case i == 0:
					out = appendStep(append(out, 'M'), x, y)
					out = append(out, 'l')
				case x != lx || y != ly:
					out = appendStep(out, x-lx, y-ly)
				}
				lx, ly = x, y
			}
			out = append(bytes.TrimSuffix(out, []byte{'l'}), 'z')
		}
	}
	return string(out)
}

// appendStep writes two numbers as short as the grammar allows: a sign
// separates as well as a space.
func appendStep(out []byte, x, y int) []byte {
	return appendTenths(appendTenths(out, x), y)
}

func appendTenths(out []byte, n int) []byte {
	if n < 0 {
		out, n = append(out, '-'), -n
	} else if c := out[len(out)-1]; c >= '0' && c <= '9' {
		out = append(out, ' ')
	}
	if n >= 10 || n == 0 {
		out = strconv.AppendInt(out, int64(n/10), 10)
	}
	if n%10 != 0 {
		out = append(out, '.', byte('0'+n%10))
	}
	return out
}
