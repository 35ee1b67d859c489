package geo

import "math"

const (
	rad = math.Pi / 180
	deg = 180 / math.Pi
)

// ellipsoid with half axis a in metres and first eccentricity squared e2.
type ellipsoid struct{ a, e2 float64 }

func newEllipsoid(a, inverseFlattening float64) ellipsoid {
	f := 1 / inverseFlattening
	return ellipsoid{a, f * (2 - f)}
}

// lcc is a Lambert conformal conic projection with two standard parallels
// (EPSG method 9802; formulas of IOGP guidance note 7-2, 3.1.1.1, written with
// the isometric latitude). Angles in radians.
type lcc struct {
	el               ellipsoid
	e, n, aF         float64
	lon0, rho0       float64
	east0, north0    float64
	chi2, chi4, chi6 float64 // series from conformal to geodetic latitude
	chi8             float64
}

func newLCC(el ellipsoid, lat0, lon0, lat1, lat2, east0, north0 float64) lcc {
	p := lcc{el: el, e: math.Sqrt(el.e2), lon0: lon0 * rad, east0: east0, north0: north0}
	s1, c1 := math.Sincos(lat1 * rad)
	s2, c2 := math.Sincos(lat2 * rad)
	m1, m2 := c1/math.Sqrt(1-el.e2*s1*s1), c2/math.Sqrt(1-el.e2*s2*s2)
	psi1, psi2 := p.isometric(s1), p.isometric(s2)
	p.n = math.Log(m1/m2) / (psi2 - psi1)
	p.aF = el.a * m1 / p.n * math.Exp(p.n*psi1)
	if lat0 < 90 { // at the pole rho0 is zero
		p.rho0 = p.aF * math.Exp(-p.n*p.isometric(math.Sin(lat0*rad)))
	}
	// Snyder, Map Projections: A Working Manual (1987), 3-5, with the terms in
	// e^10: the remainder is below 1e-11 degree.
	e2 := el.e2
	e4, e6 := e2*e2, e2*e2*e2
	e8, e10 := e4*e4, e4*e6
	p.chi2 = e2/2 + 5*e4/24 + e6/12 + 13*e8/360 + 3*e10/160
	p.chi4 = 7*e4/48 + 29*e6/240 + 811*e8/11520 + 81*e10/2240
	p.chi6 = 7*e6/120 + 81*e8/1120 + 3029*e10/53760
	p.chi8 = 4279*e8/161280 + 883*e10/20160
	return p
}

// isometric latitude from the sine of the geodetic latitude.
func (p *lcc) isometric(sin float64) float64 {
	return math.Atanh(sin) - p.e*math.Atanh(p.e*sin)
}

func (p *lcc) forward(lon, lat float64) (x, y float64) {
	rho := p.aF * math.Exp(-p.n*p.isometric(math.Sin(lat)))
	sin, cos := math.Sincos(p.n * (lon - p.lon0))
	return p.east0 + rho*sin, p.north0 + p.rho0 - rho*cos
}

func (p *lcc) inverse(x, y float64) (lon, lat float64) {
	dx, dy := x-p.east0, p.rho0-(y-p.north0)
	psi := -math.Log(math.Hypot(dx, dy)/p.aF) / p.n
	chi := math.Atan(math.Sinh(psi))
	s2, c2 := math.Sincos(2 * chi)
	s4, c4 := 2*s2*c2, 2*c2*c2-1
	s6, s8 := s4*c2+c4*s2, 2*s4*c4
	lat = chi + p.chi2*s2 + p.chi4*s4 + p.chi6*s6 + p.chi8*s8
	return p.lon0 + math.Atan2(dx, dy)/p.n, lat
}

// cartesian gives the geocentric coordinates in metres of a position at height
// h above the ellipsoid.
func (el ellipsoid) cartesian(lon, lat, h float64) (x, y, z float64) {
	sin, cos := math.Sincos(lat)
	sinLon, cosLon := math.Sincos(lon)
	n := el.a / math.Sqrt(1-el.e2*sin*sin)
	return (n + h) * cos * cosLon, (n + h) * cos * sinLon, (n*(1-el.e2) + h) * sin
}

// geodetic is the inverse of cartesian by Bowring's formula (1976), exact to
// 1e-11 degree within kilometres of the surface.
func (el ellipsoid) geodetic(x, y, z float64) (lon, lat, h float64) {
	p := math.Hypot(x, y)
	b := el.a * math.Sqrt(1-el.e2)
	sin, cos := math.Sincos(math.Atan2(z*el.a, p*b))
	ep2 := el.e2 / (1 - el.e2)
	lat = math.Atan2(z+ep2*b*sin*sin*sin, p-el.e2*el.a*cos*cos*cos)
	sin, cos = math.Sincos(lat)
	// This form of the height has no division by a cosine near zero.
	h = p*cos + z*sin - el.a*math.Sqrt(1-el.e2*sin*sin)
	return math.Atan2(y, x), lat, h
}

// helmert is the seven-parameter shift: translation in metres, rotations in
// radians (position vector convention, EPSG method 9606), scale factor.
type helmert struct{ tx, ty, tz, rx, ry, rz, scale float64 }

func newHelmert(tx, ty, tz, rxSec, rySec, rzSec, ppm float64) helmert {
	const sec = rad / 3600
	return helmert{tx, ty, tz, rxSec * sec, rySec * sec, rzSec * sec, 1 + ppm*1e-6}
}

func (t *helmert) forward(x, y, z float64) (float64, float64, float64) {
	return t.tx + t.scale*(x-t.rz*y+t.ry*z),
		t.ty + t.scale*(t.rz*x+y-t.rx*z),
		t.tz + t.scale*(-t.ry*x+t.rx*y+z)
}

// inverse solves forward exactly, because the transposed small-angle matrix
// alone would be 0.5 mm off. For M = I + [r]x: det M = 1 + |r|^2 and
// M^-1 v = (v + r(r.v) - r x v) / det M.
func (t *helmert) inverse(x, y, z float64) (float64, float64, float64) {
	x, y, z = (x-t.tx)/t.scale, (y-t.ty)/t.scale, (z-t.tz)/t.scale
	dot := t.rx*x + t.ry*y + t.rz*z
	d := 1 + t.rx*t.rx + t.ry*t.ry + t.rz*t.rz
	return (x + t.rx*dot - (t.ry*z - t.rz*y)) / d,
		(y + t.ry*dot - (t.rz*x - t.rx*z)) / d,
		(z + t.rz*dot - (t.rx*y - t.ry*x)) / d
}

var (
	wgs84 = newEllipsoid(6378137, 298.257223563)
	grs80 = newEllipsoid(6378137, 298.257222101)
	intl  = newEllipsoid(6378388, 297) // Hayford 1924

	lambert72 = newLCC(intl, 90, 4+22./60+2.952/3600,
		49+50./60+0.00204/3600, 51+10./60+0.00204/3600, 150000.013, 5400088.438)
	lambert2008 = newLCC(grs80, 50.797815, 4.359215833333333,
		49+50./60, 51+10./60, 649328, 665262)

	// belge72 brings Belge 1972 to WGS 84: EPSG transformation 15929 with its
	// rotations turned to the position vector convention, as GDAL applies it.
	// Stated accuracy 0.2 m.
	belge72 = newHelmert(-106.8686, 52.2978, -103.7239, 0.3366, -0.457, 1.8422, -1.2747)
)

// ToWGS84 gives longitude and latitude in degrees. Metric coordinates are taken
// at height zero of their own ellipsoid, as GDAL does in two dimensions. The
// result is meaningless, but never a panic, far outside the area of use.
func (c CRS) ToWGS84(x, y float64) (lon, lat float64) {
	switch c {
	case EPSG31370:
		lon, lat = lambert72.inverse(x, y)
		lon, lat, _ = wgs84.geodetic(belge72.forward(intl.cartesian(lon, lat, 0)))
	case EPSG3812:
		lon, lat = lambert2008.inverse(x, y)
	default:
		return x, y
	}
	return lon * deg, lat * deg
}

// FromWGS84 is the inverse of ToWGS84 to better than a tenth of a millimetre.
func (c CRS) FromWGS84(lon, lat float64) (x, y float64) {
	switch c {
	case EPSG31370:
		lon, lat = lon*rad, lat*rad
		// A point at height zero of one ellipsoid is some 45 m from the other.
		// The first pass finds that height, the second undoes ToWGS84.
		_, _, h := intl.geodetic(belge72.inverse(wgs84.cartesian(lon, lat, 0)))
		lon, lat, _ = intl.geodetic(belge72.inverse(wgs84.cartesian(lon, lat, -h)))
		return lambert72.forward(lon, lat)
	case EPSG3812:
		return lambert2008.forward(lon*rad, lat*rad)
	}
	return lon, lat
}
