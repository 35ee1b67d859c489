package geo

import (
	"encoding/json"
	"fmt"
	"strconv"

	"beffroi/internal/platform/fault"
	"github.com/paulmach/orb"
)

type jsonFeature struct {
	Type       string
	ID         json.RawMessage
	Properties map[string]json.RawMessage
	Geometry   *struct {
		Type        string
		Coordinates json.RawMessage
	}
}

// decodeGeoJSON reads a FeatureCollection or a single Feature.
func decodeGeoJSON(data []byte, lim Limits) (document, error) {
	var top struct {
		Type     string
		Features []json.RawMessage
	}
	if err := json.Unmarshal(data, &top); err != nil {
		return document{}, invalid("geo.not-geojson", fault.Args{"detail": err.Error()})
	}
	if top.Type == "Feature" {
		top.Features = []json.RawMessage{data}
	}
	if len(top.Features) > lim.Features {
		return document{}, tooLarge("geo.too-many-features", fault.Args{"limit": lim.Features})
	}
	doc := document{raws: make([]raw, 0, len(top.Features))}
	left := lim.Vertices
	for i, f := range top.Features {
		r, err := decodeFeature(f, i, &left)
		if err != nil {
			return document{}, err
		}
		doc.raws = append(doc.raws, r)
	}
	return doc, nil
}

func decodeFeature(data json.RawMessage, i int, left *int) (raw, error) {
	var jf jsonFeature
	if err := json.Unmarshal(data, &jf); err != nil {
		return raw{}, invalid("geo.bad-feature", fault.Args{"feature": place(i, nil), "detail": err.Error()})
	}
	out := raw{id: jf.ID, props: jf.Properties}
	if jf.Geometry == nil {
		return out, nil
	}
	where := place(i, jf.ID)
	s := scanner{data: jf.Geometry.Coordinates, left: left}
	var err error
	switch jf.Geometry.Type {
	case "Polygon":
		var p orb.Polygon
		p, err = s.polygon()
		out.geom = onePolygon(p)
	case "MultiPolygon":
		out.geom, err = list(&s, (*scanner).polygon)
	default:
		return raw{}, invalid("geo.not-an-area", fault.Args{"feature": where, "type": clip(jf.Geometry.Type)})
	}
	return out, s.explain(err, where)
}

// place names a feature by its id, or by its position counted from 1.
func place(i int, id json.RawMessage) string {
	if s := text(id); s != "" {
		return clip(s)
	}
	return fmt.Sprintf("#%d", i+1)
}

func onePolygon(p orb.Polygon) orb.MultiPolygon {
	if len(p) == 0 {
		return nil
	}
	return orb.MultiPolygon{p}
}

// scanner reads nested arrays of numbers from text that encoding/json has
// already accepted. It is several times faster than decoding to slices and, unlike
// that, notices a position with a single ordinate.
type scanner struct {
	data []byte
	pos  int
	left *int // vertices still allowed in the file
}

type scanFault string

func (s scanFault) Error() string { return string(s) }

const (
	faultShape    scanFault = "geo.bad-coordinates"
	faultVertices scanFault = "geo.too-many-vertices"
)

// explain turns a scan fault into a refusal that names the feature and shows
// the text at the fault.
func (s *scanner) explain(err error, where string) error {
	switch err {
	case nil:
		return nil
	case faultVertices:
		return tooLarge(string(faultVertices), fault.Args{"feature": where})
	}
	end := min(len(s.data), s.pos+40)
	return invalid(string(faultShape), fault.Args{"feature": where, "near": string(s.data[min(s.pos, end):end])})
}

func (s *scanner) skipSpace() {
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// eat consumes c when it comes next.
func (s *scanner) eat(c byte) bool {
	s.skipSpace()
	if s.pos < len(s.data) && s.data[s.pos] == c {
		s.pos++
		return true
	}
	return false
}

// list reads an array whose items are read by item; an empty one gives nil.
func list[T any](s *scanner, item func(*scanner) (T, error)) ([]T, error) {
	if !s.eat('[') {
		return nil, faultShape
	}
	if s.eat(']') {
		return nil, nil
	}
	var out []T
	for {
		v, err := item(s)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
		if s.eat(']') {
			return out, nil
		}
		if !s.eat(',') {
			return nil, faultShape
		}
	}
}

func (s *scanner) polygon() (orb.Polygon, error) { return list(s, (*scanner).ring) }
func (s *scanner) ring() (orb.Ring, error)       { return list(s, (*scanner).point) }

// point reads a position; ordinates after the second (height) are dropped.
func (s *scanner) point() (orb.Point, error) {
	if *s.left--; *s.left < 0 {
		return orb.Point{}, faultVertices
	}
	var p orb.Point
	if !s.eat('[') {
		return p, faultShape
	}
	for i := 0; ; i++ {
		v, err := s.number()
		if err != nil {
			return p, err
		}
		if i < 2 {
			p[i] = v
		}
		if s.eat(']') {
			if i < 1 {
				return p, faultShape
			}
			return p, nil
		}
		if !s.eat(',') {
			return p, faultShape
		}
	}
}

func (s *scanner) number() (float64, error) {
	s.skipSpace()
	start := s.pos
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; {
		case c >= '0' && c <= '9', c == '-', c == '+', c == '.', c == 'e', c == 'E':
			s.pos++
			continue
		}
		break
	}
	v, err := strconv.ParseFloat(string(s.data[start:s.pos]), 64)
	if err != nil { // not a number, or beyond float64
		s.pos = start
		return 0, faultShape
	}
	return v, nil
}
