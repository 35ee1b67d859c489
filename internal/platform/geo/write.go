package geo

import (
	"bufio"
	"encoding/json"
	"io"
	"maps"
	"math"
	"strconv"

	"github.com/paulmach/orb"
)

// WriteGeoJSON writes a FeatureCollection as RFC 7946 wants it: WGS 84, seven
// decimals at most (a centimetre), shells counter-clockwise and holes clockwise,
// rings closed. The code becomes the id; the name becomes the property "name"
// unless the feature has one. The same input gives the same bytes. An ordinate
// that is not finite, which JSON cannot hold, is an error.
func WriteGeoJSON(w io.Writer, features []Feature) error {
	out := bufio.NewWriter(w)
	out.WriteString(`{"type":"FeatureCollection","features":[`)
	for i, f := range features {
		line, err := appendFeature(nil, f, i)
		if err != nil {
			return err
		}
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteByte('\n')
		out.Write(line) // the error stays with the writer until Flush
	}
	out.WriteString("\n]}\n")
	return out.Flush()
}

func appendFeature(out []byte, f Feature, i int) ([]byte, error) {
	props := maps.Clone(f.Props)
	if props == nil {
		props = map[string]string{}
	}
	if _, has := props["name"]; !has && f.Name != "" {
		props["name"] = f.Name
	}
	text, err := json.Marshal(props) // keys sorted
	if err != nil {
		return nil, err
	}
	out = append(out, `{"type":"Feature",`...)
	if f.Code != "" {
		id, err := json.Marshal(f.Code)
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, `"id":`...), id...), ',')
	}
	out = append(append(out, `"properties":`...), text...)
	out = append(out, `,"geometry":`...)
	if out, err = appendGeometry(out, f.Geometry, f.label(i)); err != nil {
		return nil, err
	}
	return append(out, '}'), nil
}

func appendGeometry(out []byte, mp orb.MultiPolygon, where string) ([]byte, error) {
	switch len(mp) {
	case 0:
		return append(out, "null"...), nil
	case 1:
		out = append(out, `{"type":"Polygon","coordinates":`...)
		out, err := appendPolygon(out, mp[0], where)
		return append(out, '}'), err
	}
	out = append(out, `{"type":"MultiPolygon","coordinates":[`...)
	for i, poly := range mp {
		if i > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = appendPolygon(out, poly, where); err != nil {
			return nil, err
		}
	}
	return append(out, "]}"...), nil
}

func appendPolygon(out []byte, poly orb.Polygon, where string) ([]byte, error) {
	out = append(out, '[')
	for i, ring := range poly {
		if i > 0 {
			out = append(out, ',')
		}
		ring = wound(ring, i == 0)
		if n := len(ring); n > 0 && ring[0] != ring[n-1] {
			ring = append(ring[:n:n], ring[0])
		}
		out = append(out, '[')
		for j, p := range ring {
			if !finite(p) {
				return nil, invalid(IssueNotFinite, map[string]any{"feature": where})
			}
			if j > 0 {
				out = append(out, ',')
			}
			out = appendOrdinate(append(out, '['), p[0])
			out = append(appendOrdinate(append(out, ','), p[1]), ']')
		}
		out = append(out, ']')
	}
	return append(out, ']'), nil
}

func appendOrdinate(out []byte, v float64) []byte {
	if r := math.Round(v*1e7) / 1e7; !math.IsInf(r, 0) {
		v = r + 0 // no negative zero
	}
	return strconv.AppendFloat(out, v, 'f', -1, 64)
}
