package geo

import (
	"math"
	"math/big"

	"github.com/paulmach/orb"
)

// orient gives the side of the line a→b on which c stands: 1 left, -1 right,
// 0 exactly on it or when a point is not finite. The float result is used only when it is
// beyond its error bound (Shewchuk 1997, "Adaptive precision floating-point
// arithmetic and fast robust geometric predicates"), else it is computed exactly.
func orient(a, b, c orb.Point) int {
	l := (a[0] - c[0]) * (b[1] - c[1])
	r := (a[1] - c[1]) * (b[0] - c[0])
	det := l - r
	bound := 3.3306690738754716e-16 * (math.Abs(l) + math.Abs(r))
	switch {
	// The floor keeps away from products that lost bits to underflow.
	case det > bound && bound > 1e-290 && det <= math.MaxFloat64:
		return 1
	case -det > bound && bound > 1e-290 && -det <= math.MaxFloat64:
		return -1
	}
	if a == b || a == c || b == c || !finite(a) || !finite(b) || !finite(c) {
		return 0
	}
	return orientExact(a, b, c)
}

func orientExact(a, b, c orb.Point) int {
	sub := func(x, y float64) *big.Rat {
		p, q := new(big.Rat).SetFloat64(x), new(big.Rat).SetFloat64(y)
		return p.Sub(p, q)
	}
	l, r := sub(a[0], c[0]), sub(a[1], c[1])
	l.Mul(l, sub(b[1], c[1]))
	r.Mul(r, sub(b[0], c[0]))
	return l.Cmp(r)
}

// side of a ring on which a point stands.
type side int

const (
	outside side = iota
	onBorder
	inside
)

// locate places a point against a ring, exactly. The ring may be open or closed.
func locate(r orb.Ring, p orb.Point) side {
	in := false
	for i, j := 0, len(r)-1; i < len(r); j, i = i, i+1 {
		a, b := r[j], r[i]
		if a == p || b == p {
			return onBorder
		}
		// The lower end belongs to the segment, the upper end does not.
		if (a[1] > p[1]) == (b[1] > p[1]) {
			if a[1] == p[1] && b[1] == p[1] && (a[0] < p[0]) != (b[0] < p[0]) {
				return onBorder
			}
			continue
		}
		if a[1] > b[1] {
			a, b = b, a
		}
		switch orient(a, b, p) {
		case 0:
			return onBorder
		case 1:
			in = !in
		}
	}
	if in {
		return inside
	}
	return outside
}
