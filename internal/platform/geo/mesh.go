package geo

import (
	"maps"
	"slices"

	"github.com/paulmach/orb"
)

// mesh is a set of features as arcs between junctions, each arc stored once,
// so that what is done to a border is done for both of its sides. Shells run
// counter-clockwise and holes clockwise: the area is on the left.
type mesh struct {
	points   []orb.Point
	arcs     [][]int32
	features [][][][]int32 // feature, polygon, ring, references; ~i is arc i backwards
	// uses counts the rings that run along an arc.
	uses []int
}

// newMesh cuts the rings at the points where three or more borders meet. Points
// are the same only when their coordinates are, which holds for files made from
// one topology.
func newMesh(features []Feature) *mesh {
	m := &mesh{}
	rings := m.index(features)
	junction := m.junctions(rings)
	known := map[[2]int32]int32{} // first step of an arc, in either direction
	for _, polygons := range rings {
		f := make([][][]int32, len(polygons))
		for i, poly := range polygons {
			for _, ring := range poly {
				f[i] = append(f[i], m.cut(ring, junction, known))
			}
		}
		m.features = append(m.features, f)
	}
	return m
}

// index numbers the points and gives the rings as open lists of numbers without
// repetition.
func (m *mesh) index(features []Feature) [][][][]int32 {
	ids := map[orb.Point]int32{}
	id := func(p orb.Point) int32 {
		n, ok := ids[p]
		if !ok {
			n = int32(len(m.points))
			ids[p] = n
			m.points = append(m.points, p)
		}
		return n
	}
	out := make([][][][]int32, len(features))
	for i, f := range features {
		out[i] = make([][][]int32, len(f.Geometry))
		for j, poly := range f.Geometry {
			for k, r := range poly {
				out[i][j] = append(out[i][j], openRing(wound(r, k == 0), id))
			}
		}
	}
	return out
}

func openRing(r orb.Ring, id func(orb.Point) int32) []int32 {
	out := make([]int32, 0, len(r))
	for _, p := range r {
		if n := id(p); len(out) == 0 || out[len(out)-1] != n {
			out = append(out, n)
		}
	}
	for len(out) > 1 && out[0] == out[len(out)-1] {
		out = out[:len(out)-1]
	}
	return out
}

// wound gives the ring counter-clockwise or clockwise, copied when it must turn.
// It holds in any plane, metres as well as degrees.
func wound(r orb.Ring, counterClockwise bool) orb.Ring {
	if _, _, w := ringMoment(r); (w >= 0) == counterClockwise {
		return r
	}
	r = r.Clone()
	r.Reverse()
	return r
}

// junctions marks the points with three or more different neighbours.
func (m *mesh) junctions(rings [][][][]int32) []bool {
	next := make([][2]int32, len(m.points))
	for i := range next {
		next[i] = [2]int32{-1, -1}
	}
	junction := make([]bool, len(m.points))
	meet := func(p, q int32) {
		n := &next[p]
		switch {
		case n[0] == q || n[1] == q:
		case n[0] < 0:
			n[0] = q
		case n[1] < 0:
			n[1] = q
		default:
			junction[p] = true
		}
	}
	for _, feature := range rings {
		for _, poly := range feature {
			for _, r := range poly {
				for i, j := 0, len(r)-1; i < len(r); j, i = i, i+1 {
					meet(r[i], r[j])
					meet(r[j], r[i])
				}
			}
		}
	}
	return junction
}

// cut splits a ring into arcs, known ones by reference. A ring without junction
// is one closed arc that begins at its smallest number, so that an enclave and
// the hole around it find each other.
func (m *mesh) cut(r []int32, junction []bool, known map[[2]int32]int32) []int32 {
	if len(r) < 2 {
		return nil
	}
	start := slices.IndexFunc(r, func(p int32) bool { return junction[p] })
	if start < 0 {
		start = slices.Index(r, slices.Min(r))
	}
	r = slices.Concat(r[start:], r[:start], r[start:start+1])
	var refs []int32
	from := 0
	for i := 1; i < len(r); i++ {
		if junction[r[i]] || i == len(r)-1 {
			refs = append(refs, m.arc(r[from:i+1], known))
			from = i
		}
	}
	return refs
}

func (m *mesh) arc(line []int32, known map[[2]int32]int32) int32 {
	n := len(line)
	ref, ok := known[[2]int32{line[0], line[1]}]
	if !ok {
		ref = int32(len(m.arcs))
		m.arcs = append(m.arcs, line)
		m.uses = append(m.uses, 0)
		known[[2]int32{line[n-1], line[n-2]}] = ^ref
		known[[2]int32{line[0], line[1]}] = ref
	}
	m.uses[max(ref, ^ref)]++
	return ref
}

// join rebuilds a closed ring from its arcs.
func (m *mesh) join(refs []int32, arcs [][]int32, points []orb.Point) orb.Ring {
	var out orb.Ring
	for _, ref := range refs {
		arc := arcs[max(ref, ^ref)]
		for i := range arc {
			if len(out) > 0 && i == 0 {
				continue // the end of the arc before
			}
			k := i
			if ref < 0 {
				k = len(arc) - 1 - i
			}
			out = append(out, points[arc[k]])
		}
	}
	return out
}

// geometry rebuilds feature i.
func (m *mesh) geometry(i int, arcs [][]int32, points []orb.Point) orb.MultiPolygon {
	var mp orb.MultiPolygon
	for _, polygon := range m.features[i] {
		var poly orb.Polygon
		for _, refs := range polygon {
			poly = append(poly, m.join(refs, arcs, points))
		}
		mp = append(mp, poly)
	}
	return mp
}

// each calls f with every arc reference and the feature that holds it.
func (m *mesh) each(f func(feature int, ref int32)) {
	for i, polygons := range m.features {
		for _, poly := range polygons {
			for _, refs := range poly {
				for _, ref := range refs {
					f(i, ref)
				}
			}
		}
	}
}

// Neighbours gives for each code the codes of the areas that share a piece of
// border with it, in order. A common point alone makes no neighbour. Every code
// has an entry, empty for an area apart. Features of one code count as one.
func Neighbours(features []Feature) map[string][]string {
	m := newMesh(features)
	holders := make([][]string, len(m.arcs))
	m.each(func(i int, ref int32) {
		k := max(ref, ^ref)
		holders[k] = append(holders[k], features[i].Code)
	})
	near := make(map[string]map[string]bool, len(features))
	for _, f := range features {
		near[f.Code] = map[string]bool{}
	}
	for _, codes := range holders {
		for i, a := range codes {
			for _, b := range codes[:i] {
				if a != b {
					near[a][b], near[b][a] = true, true
				}
			}
		}
	}
	out := make(map[string][]string, len(near))
	for code, set := range near {
		out[code] = slices.AppendSeq([]string{}, maps.Keys(set))
		slices.Sort(out[code])
	}
	return out
}

// Outline is the outer border of all areas together: one polygon for each
// group of areas that hang together, with holes where something is left out.
func Outline(features []Feature) orb.MultiPolygon {
	m := newMesh(features)
	starts := map[int32][]int32{} // arcs with one side only, by the point where they begin
	var order []int32
	m.each(func(_ int, ref int32) {
		if m.uses[max(ref, ^ref)] == 1 {
			from, _ := m.ends(ref)
			starts[from] = append(starts[from], ref)
			order = append(order, from)
		}
	})
	var shells orb.MultiPolygon
	var holes []orb.Ring
	for _, from := range order {
		if len(starts[from]) == 0 {
			continue
		}
		ring := m.join(m.chain(from, starts), m.arcs, m.points)
		if ringArea(ring) > 0 {
			shells = append(shells, orb.Polygon{ring})
		} else {
			holes = append(holes, ring)
		}
	}
	return placeHoles(shells, holes)
}

// ends gives the first and last point of an arc in the direction of ref.
func (m *mesh) ends(ref int32) (from, to int32) {
	arc := m.arcs[max(ref, ^ref)]
	if ref < 0 {
		return arc[len(arc)-1], arc[0]
	}
	return arc[0], arc[len(arc)-1]
}

// chain takes arcs one after the other until it is back where it began. The
// areas being on the left of every arc, it cannot end elsewhere unless areas
// overlap; then the ring stays open.
func (m *mesh) chain(from int32, starts map[int32][]int32) []int32 {
	var refs []int32
	for at := from; len(starts[at]) > 0; {
		ref := starts[at][0]
		starts[at] = starts[at][1:]
		refs = append(refs, ref)
		if _, at = m.ends(ref); at == from {
			break
		}
	}
	return refs
}

// placeHoles gives each hole to the smallest shell around it.
func placeHoles(shells orb.MultiPolygon, holes []orb.Ring) orb.MultiPolygon {
	var n nester
	for _, h := range holes {
		best, least := -1, 0.0
		for i, s := range shells {
			if a := ringArea(s[0]); n.within(bounded{h, h.Bound()}, bounded{s[0], s[0].Bound()}) != outside && (best < 0 || a < least) {
				best, least = i, a
			}
		}
		if best >= 0 {
			shells[best] = append(shells[best], h)
		}
	}
	return shells
}
