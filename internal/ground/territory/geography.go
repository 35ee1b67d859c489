package territory

import (
	"encoding/json"
	"math"

	"github.com/paulmach/orb"

	"beffroi/internal/platform/geo"
)

// Sizes of the drawings in pixels, and how far a drawn border may lie from the
// real one: half a pixel is not seen.
const (
	wideMap, smallMap = 640, 260
	tolerance         = 0.5
)

// land is the boundaries made ready for questions; built at the first one.
type land struct {
	features   []geo.Feature
	areas      []*Area // of each feature
	index      *geo.Index
	neighbours map[string][]string
	middle     map[int64]orb.Point
	wide       geo.Drawing
	small      geo.Drawing
}

// survey reads the stored boundaries of the areas, in the order of the areas.
func (a *Atlas) survey() *land {
	l := &land{middle: map[int64]orb.Point{}}
	for _, area := range a.areas {
		text, ok := a.shapes[area.ID]
		if !ok {
			continue
		}
		var shape orb.MultiPolygon
		if json.Unmarshal([]byte(text), &shape) != nil {
			continue // written by encodeShape; a row that something else spoiled draws nothing
		}
		l.features = append(l.features, geo.Feature{Code: area.Key, Name: area.NameFR, Geometry: shape})
		l.areas = append(l.areas, area)
		if p, ok := geo.Centroid(shape); ok {
			l.middle[area.ID] = p
		}
	}
	l.index = geo.NewIndex(l.features)
	l.neighbours = geo.Neighbours(l.features)
	l.wide = geo.ToSVGPaths(l.features, wideMap, tolerance)
	l.small = geo.ToSVGPaths(l.features, smallMap, tolerance)
	return l
}

// encodeShape writes a shape for the store, in seven decimals: a centimetre.
// Equal positions stay equal, so shared borders stay shared.
func encodeShape(shape orb.MultiPolygon) (string, error) {
	out := make(orb.MultiPolygon, len(shape))
	for i, polygon := range shape {
		out[i] = make(orb.Polygon, len(polygon))
		for j, ring := range polygon {
			out[i][j] = make(orb.Ring, len(ring))
			for k, p := range ring {
				out[i][j][k] = orb.Point{math.Round(p[0]*1e7) / 1e7, math.Round(p[1]*1e7) / 1e7}
			}
		}
	}
	b, err := json.Marshal(out)
	return string(b), err
}

// At is the commune of a position in degrees, nil outside or without boundaries.
func (a *Atlas) At(lon, lat float64) *Area {
	l := a.land()
	if i, ok := l.index.Find(lon, lat); ok {
		return l.areas[i]
	}
	return nil
}

// Neighbours are the communes that share a piece of border, by French name; nil
// without boundaries.
func (a *Atlas) Neighbours(id int64) []*Area {
	area := a.byID[id]
	if area == nil {
		return nil
	}
	seen := map[string]bool{}
	for _, key := range a.land().neighbours[area.Key] {
		seen[key] = true
	}
	if len(seen) == 0 {
		return nil
	}
	return a.filter(func(o *Area) bool { return seen[o.Key] })
}

// Distance in metres between the centres of mass of two communes; ok is false
// when one of them has no boundary.
func (a *Atlas) Distance(from, to int64) (metres float64, ok bool) {
	l := a.land()
	p, okFrom := l.middle[from]
	q, okTo := l.middle[to]
	if !okFrom || !okTo {
		return 0, false
	}
	return geo.Distance(p.Lon(), p.Lat(), q.Lon(), q.Lat()), true
}

// HasShapes tells whether real boundaries were imported.
func (a *Atlas) HasShapes() bool { return len(a.shapes) > 0 }

// Shapes are the SVG paths of the communes that have a boundary and the view box
// that they need; nil and "" when none has.
func (a *Atlas) Shapes() (paths map[int64]string, viewBox string) {
	l := a.land()
	if len(l.features) == 0 {
		return nil, ""
	}
	paths = map[int64]string{}
	for _, area := range l.areas {
		paths[area.ID] = l.wide.Paths[area.Key]
	}
	return paths, l.wide.ViewBox
}

// Features are the boundaries in force, ready to be written as GeoJSON.
func (a *Atlas) Features() []geo.Feature { return a.land().features }
