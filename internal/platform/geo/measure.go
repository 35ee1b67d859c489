package geo

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// Area is the area on the ellipsoid in square metres, holes taken off, whatever
// the direction of the rings.
//
// It is the shoelace formula in the cylindrical equal-area projection of the
// WGS 84 ellipsoid (Snyder 1987, 3-12 and 10-15), which has no scale error
// anywhere; what remains is the bend of a side against its chord, below 1e-8 of
// the area for sides of a kilometre. The plane of Lambert 2008 would give
// 0.012 % less for Hainaut, that of Lambert 72 0.011 %: both shrink the ground
// between their standard parallels.
func Area(mp orb.MultiPolygon) float64 {
	sum := 0.0
	for _, poly := range mp {
		for i, ring := range poly {
			if a := math.Abs(ringArea(ring)); i == 0 {
				sum += a
			} else {
				sum -= a
			}
		}
	}
	return sum
}

// ringArea is positive for a counter-clockwise ring.
func ringArea(r orb.Ring) float64 {
	if len(r) < 3 {
		return 0
	}
	e := math.Sqrt(wgs84.e2)
	q := func(lat float64) float64 {
		s := math.Sin(lat * rad)
		return (1 - wgs84.e2) * (s/(1-wgs84.e2*s*s) + math.Atanh(e*s)/e)
	}
	// Seen from the first point: small differences keep their digits.
	x0, y0 := r[0][0], q(r[0][1])
	px, py, sum := 0.0, 0.0, 0.0
	for _, p := range r[1:] {
		x, y := p[0]-x0, q(p[1])-y0
		sum += px*y - x*py
		px, py = x, y
	}
	return sum / 2 * rad * wgs84.a * wgs84.a / 2
}

// Centroid is the centre of mass, which may lie outside the area; ok is false
// for an area of nothing. It is computed on the equirectangular plane, at the
// size of a province within a few tens of metres of the ground truth.
func Centroid(mp orb.MultiPolygon) (p orb.Point, ok bool) {
	var sx, sy, sw float64
	for _, poly := range mp {
		for i, ring := range poly {
			x, y, w := ringMoment(ring)
			if w = math.Abs(w); i > 0 {
				w = -w
			}
			sx, sy, sw = sx+x*w, sy+y*w, sw+w
		}
	}
	p = orb.Point{sx / sw, sy / sw}
	if sw == 0 || !finite(p) {
		return orb.Point{}, false
	}
	return p, true
}

// ringMoment gives the centre and the weight of a ring.
func ringMoment(r orb.Ring) (x, y, w float64) {
	if len(r) < 3 {
		return 0, 0, 0
	}
	o := r[0]
	var sx, sy float64
	for i := 1; i < len(r); i++ {
		a := orb.Point{r[i-1][0] - o[0], r[i-1][1] - o[1]}
		b := orb.Point{r[i][0] - o[0], r[i][1] - o[1]}
		c := a[0]*b[1] - b[0]*a[1]
		sx, sy, w = sx+(a[0]+b[0])*c, sy+(a[1]+b[1])*c, w+c
	}
	if w == 0 {
		return 0, 0, 0
	}
	return o[0] + sx/(3*w), o[1] + sy/(3*w), w
}

// InteriorPoint is a point well inside, for a label: the middle of the widest
// of 15 horizontal chords of the largest polygon. ok is false when no chord
// has a width.
func InteriorPoint(mp orb.MultiPolygon) (p orb.Point, ok bool) {
	const chords = 15
	largest := largestPolygon(mp)
	if largest == nil {
		return orb.Point{}, false
	}
	b := largest.Bound()
	widest := 0.0
	for i := 1; i <= chords; i++ {
		y := b.Min[1] + (b.Max[1]-b.Min[1])*float64(i)/(chords+1)
		xs := cuts(largest, y)
		for k := 0; k+1 < len(xs); k += 2 {
			if w := xs[k+1] - xs[k]; w > widest {
				widest, p, ok = w, orb.Point{(xs[k] + xs[k+1]) / 2, y}, true
			}
		}
	}
	return p, ok
}

func largestPolygon(mp orb.MultiPolygon) orb.Polygon {
	var best orb.Polygon
	most := 0.0
	for _, poly := range mp {
		if a := Area(orb.MultiPolygon{poly}); a > most {
			best, most = poly, a
		}
	}
	return best
}

// cuts gives the longitudes where the border passes latitude y, in order.
func cuts(poly orb.Polygon, y float64) []float64 {
	var xs []float64
	for _, r := range poly {
		for i, j := 0, len(r)-1; i < len(r); j, i = i, i+1 {
			if a, b := r[j], r[i]; (a[1] > y) != (b[1] > y) {
				xs = append(xs, a[0]+(b[0]-a[0])*(y-a[1])/(b[1]-a[1]))
			}
		}
	}
	slices.Sort(xs)
	return xs
}

// Contains tells whether a position in degrees lies in the area. A position on
// a border belongs to exactly one of the areas that share the border, so that
// areas without gaps never count a point twice or lose it.
func Contains(mp orb.MultiPolygon, lon, lat float64) bool {
	p := orb.Point{lon, lat}
	if !finite(p) {
		return false
	}
	in := false
	for _, poly := range mp {
		for _, r := range poly {
			if crossesOdd(r, p) {
				in = !in
			}
		}
	}
	return in
}

// crossesOdd casts a ray to the west and counts crossings with one rule for
// both sides of a border: segments are always looked at upwards.
func crossesOdd(r orb.Ring, p orb.Point) bool {
	odd := false
	for i, j := 0, len(r)-1; i < len(r); j, i = i, i+1 {
		a, b := r[j], r[i]
		if (a[1] > p[1]) == (b[1] > p[1]) || min(a[0], b[0]) > p[0] {
			continue
		}
		if max(a[0], b[0]) <= p[0] {
			odd = !odd
			continue
		}
		if a[1] > b[1] {
			a, b = b, a
		}
		if orient(a, b, p) <= 0 {
			odd = !odd
		}
	}
	return odd
}

// Distance in metres between two positions in degrees along the WGS 84
// ellipsoid, by Vincenty's inverse formula (1975), to the millimetre. Between
// points nearly opposite on the globe, where it does not converge, the result
// is that of a sphere, wrong by up to 0.6 %.
func Distance(lon1, lat1, lon2, lat2 float64) float64 {
	const f = 1 / 298.257223563
	a, b := wgs84.a, wgs84.a*(1-f)
	su1, cu1 := math.Sincos(math.Atan((1 - f) * math.Tan(lat1*rad)))
	su2, cu2 := math.Sincos(math.Atan((1 - f) * math.Tan(lat2*rad)))
	l := math.Remainder((lon2-lon1)*rad, 2*math.Pi)
	lambda := l
	for range 50 {
		sl, cl := math.Sincos(lambda)
		sinS := math.Hypot(cu2*sl, cu1*su2-su1*cu2*cl)
		cosS := su1*su2 + cu1*cu2*cl
		if sinS == 0 && cosS > 0 {
			return 0
		}
		sigma := math.Atan2(sinS, cosS)
		sinA := cu1 * cu2 * sl / sinS
		cos2A := 1 - sinA*sinA
		cos2M := 0.0
		if cos2A > 0 { // zero on the equator
			cos2M = cosS - 2*su1*su2/cos2A
		}
		c := f / 16 * cos2A * (4 + f*(4-3*cos2A))
		before := lambda
		lambda = l + (1-c)*f*sinA*(sigma+c*sinS*(cos2M+c*cosS*(2*cos2M*cos2M-1)))
		if math.Abs(lambda-before) < 1e-12 {
			return vincentyLength(a, b, cos2A, cos2M, sigma, sinS, cosS)
		}
	}
	return haversine(lon1, lat1, lon2, lat2)
}

func vincentyLength(a, b, cos2A, cos2M, sigma, sinS, cosS float64) float64 {
	u2 := cos2A * (a*a - b*b) / (b * b)
	k1 := 1 + u2/16384*(4096+u2*(-768+u2*(320-175*u2)))
	k2 := u2 / 1024 * (256 + u2*(-128+u2*(74-47*u2)))
	m2 := cos2M * cos2M
	delta := k2 * sinS * (cos2M + k2/4*(cosS*(2*m2-1)-k2/6*cos2M*(4*sinS*sinS-3)*(4*m2-3)))
	return b * k1 * (sigma - delta)
}

func haversine(lon1, lat1, lon2, lat2 float64) float64 {
	sLat, sLon := math.Sin((lat2-lat1)*rad/2), math.Sin((lon2-lon1)*rad/2)
	h := sLat*sLat + math.Cos(lat1*rad)*math.Cos(lat2*rad)*sLon*sLon
	return 2 * 6371008.8 * math.Asin(math.Sqrt(min(1, h)))
}
