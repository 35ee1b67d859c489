package geo

import (
	"math"

	"github.com/paulmach/orb"
)

// Index finds the area of a position. It is built once and safe for concurrent
// use; it keeps the geometries, which must not change meanwhile.
type Index struct {
	features []Feature
	bounds   []orb.Bound
	all      orb.Bound
	side     int
	cells    [][]int32
}

// NewIndex sorts the bounds of the features into a square grid. The grid is
// coarsened until the cells hold at most 16 entries per feature on the whole, so
// that memory stays linear whatever the shapes.
func NewIndex(features []Feature) *Index {
	ix := &Index{features: features, bounds: make([]orb.Bound, len(features)), side: 1}
	for i, f := range features {
		ix.bounds[i] = f.Geometry.Bound()
		if i == 0 || ix.all.IsEmpty() {
			ix.all = ix.bounds[0]
		}
		ix.all = ix.all.Union(ix.bounds[i])
	}
	for ix.side*ix.side < 4*len(features) {
		ix.side *= 2
	}
	for ix.side > 1 && ix.entries() > 16*len(features) {
		ix.side /= 2
	}
	ix.cells = make([][]int32, ix.side*ix.side)
	for i := range features {
		x0, y0, x1, y1 := ix.span(i)
		for y := y0; y <= y1; y++ {
			for x := x0; x <= x1; x++ {
				ix.cells[y*ix.side+x] = append(ix.cells[y*ix.side+x], int32(i))
			}
		}
	}
	return ix
}

// Find gives the place in the slice of features of the one that holds the
// position, the first if areas overlap.
func (ix *Index) Find(lon, lat float64) (i int, ok bool) {
	p := orb.Point{lon, lat}
	if !finite(p) || !ix.all.Contains(p) {
		return 0, false
	}
	x, y := ix.cell(p)
	for _, k := range ix.cells[y*ix.side+x] {
		if ix.bounds[k].Contains(p) && Contains(ix.features[k].Geometry, lon, lat) {
			return int(k), true
		}
	}
	return 0, false
}

func (ix *Index) entries() int {
	n := 0
	for i := range ix.features {
		x0, y0, x1, y1 := ix.span(i)
		n += (x1 - x0 + 1) * (y1 - y0 + 1)
	}
	return n
}

func (ix *Index) span(i int) (x0, y0, x1, y1 int) {
	if ix.bounds[i].IsEmpty() {
		return 0, 0, -1, -1
	}
	x0, y0 = ix.cell(ix.bounds[i].Min)
	x1, y1 = ix.cell(ix.bounds[i].Max)
	return x0, y0, x1, y1
}

func (ix *Index) cell(p orb.Point) (x, y int) {
	at := func(k int) int {
		v := float64(ix.side) * (p[k] - ix.all.Min[k]) / (ix.all.Max[k] - ix.all.Min[k])
		if math.IsNaN(v) {
			return 0
		}
		return int(min(max(v, 0), float64(ix.side-1)))
	}
	return at(0), at(1)
}
