package geo

import (
	"slices"

	"github.com/paulmach/orb"
)

// bounded is a ring with its bound.
type bounded struct {
	ring  orb.Ring
	bound orb.Bound
}

// nester answers what lies in what, once it is known that nothing crosses: then
// the first vertex of a ring that is not on the border of the other decides.
type nester struct {
	polygons [][]bounded
	work     int // comparisons made, bounded by maxPairs
}

// nesting checks that holes lie in their shell and not in each other, and that
// no polygon lies in another.
func (v *validation) nesting() {
	n := nester{polygons: make([][]bounded, len(v.mp))}
	for i, poly := range v.mp {
		for _, r := range poly {
			n.polygons[i] = append(n.polygons[i], bounded{r, r.Bound()})
		}
	}
	for i := range n.polygons {
		n.holes(v, i)
		for k := range n.polygons {
			if k != i && n.inPolygon(n.polygons[i][0], n.polygons[k]) {
				v.add(Issue{Code: IssueNested, Polygon: i, OtherPolygon: k, At: v.mp[i][0][0]})
			}
		}
		if n.work > maxPairs {
			v.add(Issue{Code: IssueTooComplex, Polygon: i, At: v.mp[i][0][0]})
			return
		}
	}
}

func (n *nester) holes(v *validation, i int) {
	rings := n.polygons[i]
	for j := 1; j < len(rings) && n.work <= maxPairs; j++ {
		at := rings[j].ring[0]
		if n.within(rings[j], rings[0]) != inside {
			v.add(Issue{Code: IssueHoleOutside, Polygon: i, Ring: j, OtherPolygon: i, At: at})
		}
		for k := 1; k < len(rings); k++ {
			if k != j && n.within(rings[j], rings[k]) == inside {
				v.add(Issue{Code: IssueHoleInHole, Polygon: i, Ring: j, OtherPolygon: i, OtherRing: k, At: at})
			}
		}
	}
}

// inPolygon tells whether a ring lies in a polygon and not in one of its holes.
func (n *nester) inPolygon(r bounded, p []bounded) bool {
	if n.within(r, p[0]) != inside {
		return false
	}
	return !slices.ContainsFunc(p[1:], func(h bounded) bool { return n.within(r, h) == inside })
}

// within places ring r against ring of: the bounds answer most cases.
func (n *nester) within(r, of bounded) side {
	n.work++
	if !of.bound.Contains(r.bound.Min) || !of.bound.Contains(r.bound.Max) {
		return outside
	}
	for _, p := range r.ring {
		n.work += len(of.ring)
		if s := locate(of.ring, p); s != onBorder || n.work > 2*maxPairs {
			return s
		}
	}
	return onBorder
}
