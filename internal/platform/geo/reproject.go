package geo

import "github.com/paulmach/orb"

// Reproject moves every position of g from one system to another, in place
// where the geometry is a slice, and returns the result (a new value for a
// Point or Bound). A position that stands in several rings gives the same bits
// in each, so shared borders stay shared.
func Reproject(g orb.Geometry, from, to CRS) orb.Geometry {
	if from == to {
		return g
	}
	convert := func(p orb.Point) orb.Point {
		lon, lat := from.ToWGS84(p[0], p[1])
		x, y := to.FromWGS84(lon, lat)
		return orb.Point{x, y}
	}
	return convertGeometry(g, convert)
}

func convertGeometry(g orb.Geometry, f func(orb.Point) orb.Point) orb.Geometry {
	switch g := g.(type) {
	case orb.Point:
		return f(g)
	case orb.MultiPoint:
		convertPoints(g, f)
	case orb.LineString:
		convertPoints(g, f)
	case orb.Ring:
		convertPoints(g, f)
	case orb.MultiLineString:
		for _, l := range g {
			convertPoints(l, f)
		}
	case orb.Polygon:
		convertRings(g, f)
	case orb.MultiPolygon:
		for _, p := range g {
			convertRings(p, f)
		}
	case orb.Collection:
		for i := range g {
			g[i] = convertGeometry(g[i], f)
		}
	case orb.Bound:
		return convertBound(g, f)
	}
	return g
}

func convertPoints(ps []orb.Point, f func(orb.Point) orb.Point) {
	for i, p := range ps {
		ps[i] = f(p)
	}
}

func convertRings(rings orb.Polygon, f func(orb.Point) orb.Point) {
	for _, r := range rings {
		convertPoints(r, f)
	}
}

// convertBound takes the bound of the four corners: the sides bend by metres
// only at the size of Belgium.
func convertBound(b orb.Bound, f func(orb.Point) orb.Point) orb.Bound {
	out := f(b.Min).Bound()
	for _, p := range []orb.Point{{b.Min[0], b.Max[1]}, b.Max, {b.Max[0], b.Min[1]}} {
		out = out.Extend(f(p))
	}
	return out
}
