package geo

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// Issue is one defect of a shape. Polygon and Ring count from 0 within the
// feature (ring 0 is the shell); Segments are the two segments that meet, by
// the index of their first point, and OtherPolygon, OtherRing the place of the
// second one. At is where to look.
type Issue struct {
	Code                    string
	Feature                 string
	Polygon, Ring           int
	OtherPolygon, OtherRing int
	Segments                [2]int
	At                      orb.Point
}

// The defects, in the sense of OGC 06-103r4 (Simple Features), 6.1.11.
const (
	IssueEmpty       = "geo.empty"        // no polygon, or a polygon without ring
	IssueNotFinite   = "geo.not-finite"   // NaN or infinite ordinate
	IssueUnclosed    = "geo.unclosed"     // last point differs from the first
	IssueTooFew      = "geo.too-few"      // fewer than four points
	IssueDuplicate   = "geo.duplicate"    // the same point twice in a row
	IssueZeroArea    = "geo.zero-area"    // the ring encloses nothing
	IssueCrossing    = "geo.crossing"     // two segments cross
	IssueOverlap     = "geo.overlap"      // two segments run along each other
	IssueTouch       = "geo.touch"        // a ring touches itself
	IssueHoleOutside = "geo.hole-outside" // a hole is not within its shell
	IssueHoleInHole  = "geo.hole-in-hole" // a hole lies within another hole
	IssueNested      = "geo.nested"       // a polygon lies inside another
	IssueTooComplex  = "geo.too-complex"  // too many near segments to check
)

const (
	// maxIssues ends the search: a shape this broken needs no longer list.
	maxIssues = 100
	// maxPairs bounds the segment pairs compared for one feature, so that a
	// hostile comb cannot hold the processor: about half a second.
	maxPairs = 100_000_000
)

// Validate lists the defects of a shape, at most 100. Coordinates are treated
// as plane ones, and all decisions about crossing are exact. Rings may touch
// each other in points, not themselves. It never panics.
func Validate(f Feature) []Issue {
	v := validation{feature: f.Code, mp: f.Geometry}
	if len(f.Geometry) == 0 {
		v.add(Issue{Code: IssueEmpty})
	}
	for i, poly := range f.Geometry {
		if len(poly) == 0 {
			v.broken = true
			v.add(Issue{Code: IssueEmpty, Polygon: i})
		}
		for j, ring := range poly {
			v.ring(i, j, ring)
		}
	}
	if v.broken {
		return v.issues
	}
	before := len(v.issues)
	v.crossings()
	slices.SortStableFunc(v.issues[before:], func(a, b Issue) int {
		return cmp.Or(cmp.Compare(a.Polygon, b.Polygon), cmp.Compare(a.Ring, b.Ring), slices.Compare(a.Segments[:], b.Segments[:]))
	})
	// With crossings there is no telling what lies in what.
	if len(v.issues) == before {
		v.nesting()
	}
	return v.issues
}

type validation struct {
	feature string
	mp      orb.MultiPolygon
	issues  []Issue
	touched map[touch]bool
	broken  bool // some ring is no ring: crossings would be noise
}

// touch is a point where a ring meets itself. Up to four pairs of segments meet
// there; one is enough to say.
type touch struct {
	polygon, ring int
	at            orb.Point
}

func (v *validation) add(i Issue) {
	if len(v.issues) < maxIssues {
		i.Feature = v.feature
		v.issues = append(v.issues, i)
	}
}

// ring checks what one ring shows by itself.
func (v *validation) ring(i, j int, r orb.Ring) {
	fail := func(code string, at orb.Point, segment int) {
		v.add(Issue{Code: code, Polygon: i, Ring: j, OtherPolygon: i, OtherRing: j, Segments: [2]int{segment, segment}, At: at})
	}
	if len(r) == 0 {
		v.broken = true
		fail(IssueEmpty, orb.Point{}, 0)
		return
	}
	for k, p := range r {
		if !finite(p) {
			v.broken = true
			fail(IssueNotFinite, p, k)
			return
		}
	}
	if r[0] != r[len(r)-1] {
		v.broken = true
		fail(IssueUnclosed, r[len(r)-1], len(r)-1)
	}
	if len(r) < 4 {
		v.broken = true
		fail(IssueTooFew, r[0], 0)
		return
	}
	for k := 1; k < len(r); k++ {
		if r[k] == r[k-1] {
			fail(IssueDuplicate, r[k], k-1)
		}
	}
	if flat(r) {
		v.broken = true
		fail(IssueZeroArea, r[0], 0)
	}
}

func finite(p orb.Point) bool {
	return !math.IsNaN(p[0]-p[0]) && !math.IsNaN(p[1]-p[1])
}

// flat tells whether all points stand on one line.
func flat(r orb.Ring) bool {
	far := slices.IndexFunc(r, func(p orb.Point) bool { return p != r[0] })
	return far < 0 || !slices.ContainsFunc(r, func(p orb.Point) bool { return orient(r[0], r[far], p) != 0 })
}

// segment of a ring with its bounds along the sweep (lo, hi) and across it.
type segment struct {
	a, b           orb.Point
	lo, hi         float64
	acrossLo       float64
	acrossHi       float64
	polygon, ring  int
	index, ringLen int
}

// crossings sweeps over all segments in the order of their beginning, along the
// axis on which they are the shortest, and compares those that overlap there.
func (v *validation) crossings() {
	segs := v.segments()
	slices.SortFunc(segs, func(a, b segment) int { return cmp.Compare(a.lo, b.lo) })
	var active []int
	pairs := 0
	for i := range segs {
		s := &segs[i]
		kept := active[:0]
		pairs += len(active)
		if pairs > maxPairs {
			v.add(Issue{Code: IssueTooComplex, Polygon: s.polygon, Ring: s.ring, At: s.a})
			return
		}
		for _, k := range active {
			t := &segs[k]
			if t.hi < s.lo {
				continue
			}
			kept = append(kept, k)
			if t.acrossLo <= s.acrossHi && s.acrossLo <= t.acrossHi {
				v.meet(t, s)
			}
		}
		active = append(kept, i)
		if len(v.issues) >= maxIssues {
			return
		}
	}
}

func (v *validation) segments() []segment {
	var out []segment
	var dx, dy float64
	for i, poly := range v.mp {
		for j, r := range poly {
			for k := 1; k < len(r); k++ {
				if r[k-1] == r[k] {
					continue
				}
				dx += math.Abs(r[k][0] - r[k-1][0])
				dy += math.Abs(r[k][1] - r[k-1][1])
				out = append(out, segment{a: r[k-1], b: r[k], polygon: i, ring: j, index: k - 1, ringLen: len(r) - 1})
			}
		}
	}
	b := v.mp.Bound()
	along := 0
	if dx*(b.Max[1]-b.Min[1]) > dy*(b.Max[0]-b.Min[0]) {
		along = 1
	}
	for i := range out {
		s := &out[i]
		s.lo, s.hi = min(s.a[along], s.b[along]), max(s.a[along], s.b[along])
		s.acrossLo, s.acrossHi = min(s.a[1-along], s.b[1-along]), max(s.a[1-along], s.b[1-along])
	}
	return out
}

// meet classifies how two segments with overlapping bounds meet.
func (v *validation) meet(s, t *segment) {
	if s.polygon == t.polygon && s.ring == t.ring && t.index < s.index {
		s, t = t, s
	}
	a, b := orient(s.a, s.b, t.a), orient(s.a, s.b, t.b)
	c, d := orient(t.a, t.b, s.a), orient(t.a, t.b, s.b)
	same := s.polygon == t.polygon && s.ring == t.ring
	switch {
	case a*b < 0 && c*d < 0:
		v.pair(IssueCrossing, s, t, intersection(s, t))
	case a == 0 && b == 0:
		if lo, hi, ok := overlap(s, t); ok && lo != hi {
			v.pair(IssueOverlap, s, t, lo)
		} else if ok && same && !v.follow(s, t) {
			v.pair(IssueTouch, s, t, lo)
		}
	case same && a*b <= 0 && c*d <= 0 && !v.follow(s, t):
		v.pair(IssueTouch, s, t, touchPoint(s, t, a, b, c))
	}
}

func (v *validation) pair(code string, s, t *segment, at orb.Point) {
	if code == IssueTouch {
		k := touch{s.polygon, s.ring, at}
		if v.touched[k] {
			return
		}
		if v.touched == nil {
			v.touched = map[touch]bool{}
		}
		v.touched[k] = true
	}
	v.add(Issue{Code: code, Polygon: s.polygon, Ring: s.ring,
		OtherPolygon: t.polygon, OtherRing: t.ring,
		Segments: [2]int{s.index, t.index}, At: at})
}

// follow tells whether two segments of one ring come one after the other,
// repeated points between them aside. Such a pair meets by right.
func (v *validation) follow(s, t *segment) bool {
	r := v.mp[s.polygon][s.ring]
	return next(r, s.index) == t.index || next(r, t.index) == s.index
}

// next is the segment of positive length after segment i of a closed ring.
func next(r orb.Ring, i int) int {
	n := len(r) - 1
	for k := 1; k <= n; k++ {
		if j := (i + k) % n; r[j] != r[j+1] {
			return j
		}
	}
	return i
}

func intersection(s, t *segment) orb.Point {
	rx, ry := s.b[0]-s.a[0], s.b[1]-s.a[1]
	qx, qy := t.b[0]-t.a[0], t.b[1]-t.a[1]
	u := ((t.a[0]-s.a[0])*qy - (t.a[1]-s.a[1])*qx) / (rx*qy - ry*qx)
	if !(u >= 0 && u <= 1) { // nearly parallel: any common point will do
		u = 0.5
	}
	return orb.Point{s.a[0] + u*rx, s.a[1] + u*ry}
}

// overlap gives the common part of two segments on one line, by its ends.
func overlap(s, t *segment) (lo, hi orb.Point, ok bool) {
	sa, sb, ta, tb := s.a, s.b, t.a, t.b
	if before(sb, sa) {
		sa, sb = sb, sa
	}
	if before(tb, ta) {
		ta, tb = tb, ta
	}
	lo, hi = sa, sb
	if before(lo, ta) {
		lo = ta
	}
	if before(tb, hi) {
		hi = tb
	}
	return lo, hi, !before(hi, lo)
}

func before(p, q orb.Point) bool {
	return p[0] < q[0] || p[0] == q[0] && p[1] < q[1]
}

// touchPoint is the end point that stands on the other segment.
func touchPoint(s, t *segment, a, b, c int) orb.Point {
	switch {
	case a == 0:
		return t.a
	case b == 0:
		return t.b
	case c == 0:
		return s.a
	}
	return s.b
}
