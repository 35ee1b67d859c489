package geo

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// Simplify leaves out points that lie within tolerance metres of the simpler
// line (Douglas and Peucker 1973, in the plane of Lambert 2008). A border is
// simplified once for both sides, points where borders meet stay, and an area
// that was valid stays valid: where a line would cross another, its tolerance is
// halved until it does not. The distance between a border and its simplification
// is therefore at most the tolerance. Shells come out counter-clockwise. The
// input is not changed.
func Simplify(features []Feature, tolerance float64) []Feature {
	m := newMesh(features)
	arcs := m.simplify(m.planar(), tolerance)
	out := slices.Clone(features)
	for i := range out {
		out[i].Geometry = m.geometry(i, arcs, m.points)
	}
	return out
}

// planar gives the points in Lambert 2008.
func (m *mesh) planar() []orb.Point {
	out := make([]orb.Point, len(m.points))
	for i, p := range m.points {
		out[i][0], out[i][1] = EPSG3812.FromWGS84(p[0], p[1])
	}
	return out
}

func (m *mesh) simplify(plane []orb.Point, tolerance float64) [][]int32 {
	const halvings = 8
	limits := make([]float64, len(m.arcs))
	arcs := make([][]int32, len(m.arcs))
	for i := range limits {
		limits[i] = tolerance
		arcs[i] = thin(m.arcs[i], plane, tolerance)
	}
	for round := 1; round <= halvings; round++ {
		tight := m.spoiled(arcs, plane)
		if len(tight) == 0 {
			break
		}
		for i := range tight {
			limits[i] /= 2
			if round == halvings {
				limits[i] = 0
			}
			arcs[i] = thin(m.arcs[i], plane, limits[i])
		}
	}
	return arcs
}

// spoiled gives the arcs of the areas that are not valid as simplified, but
// for those that cannot become any finer.
func (m *mesh) spoiled(arcs [][]int32, plane []orb.Point) map[int32]bool {
	bad := map[int]bool{}
	for i := range m.features {
		bad[i] = len(Validate(Feature{Geometry: m.geometry(i, arcs, plane)})) > 0
	}
	out := map[int32]bool{}
	m.each(func(i int, ref int32) {
		if k := max(ref, ^ref); bad[i] && len(arcs[k]) < len(m.arcs[k]) {
			out[k] = true
		}
	})
	return out
}

// thin is the algorithm of Douglas and Peucker with a stack of its own, safe for
// lines of any length. The ends stay. A closed line keeps its farthest point too.
func thin(line []int32, plane []orb.Point, tolerance float64) []int32 {
	if len(line) < 3 || !(tolerance > 0) {
		return line
	}
	keep := make([]bool, len(line))
	keep[0], keep[len(line)-1] = true, true
	stack := [][2]int{{0, len(line) - 1}}
	for len(stack) > 0 {
		a, b := stack[len(stack)-1][0], stack[len(stack)-1][1]
		stack = stack[:len(stack)-1]
		far, most := 0, -1.0
		for i := a + 1; i < b; i++ {
			if d := toSegment(plane[line[i]], plane[line[a]], plane[line[b]]); d > most {
				far, most = i, d
			}
		}
		if most > tolerance || far > 0 && line[a] == line[b] {
			keep[far] = true
			stack = append(stack, [2]int{a, far}, [2]int{far, b})
		}
	}
	out := make([]int32, 0, len(line)/4+2)
	for i, p := range line {
		if keep[i] {
			out = append(out, p)
		}
	}
	return out
}

// toSegment is the distance from p to the segment ab.
func toSegment(p, a, b orb.Point) float64 {
	x, y := b[0]-a[0], b[1]-a[1]
	px, py := p[0]-a[0], p[1]-a[1]
	t := 0.0
	if l := x*x + y*y; l > 0 {
		t = min(1, max(0, (px*x+py*y)/l))
	}
	return math.Hypot(px-t*x, py-t*y)
}
