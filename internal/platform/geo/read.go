package geo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"beffroi/internal/platform/fault"
	"github.com/paulmach/orb"
)

// Feature is one area: its code (REFNIS for a commune), its name, its other
// properties as text and its shape in WGS 84 degrees.
type Feature struct {
	Code, Name string
	Props      map[string]string
	Geometry   orb.MultiPolygon
}

// ReadOptions says how to read a file. The zero value reads any file with the
// default limits.
type ReadOptions struct {
	// CRS declares the system of the coordinates. When zero, the crs member of
	// the file decides, and without it the file is in degrees (RFC 7946).
	CRS CRS
	// CodeProperty and NameProperty name the properties that hold code and
	// name; empty means the id of the feature and the property "name".
	CodeProperty, NameProperty string
	// Layer names the object of a TopoJSON file; needed only when it has several.
	Layer string
	// Limits replace the defaults where they are above zero.
	Limits Limits
}

// Limits bound what Read accepts.
type Limits struct {
	Bytes    int64 // of the file; default 64 MiB
	Features int   // default 20,000: all statistical sectors of Belgium
	Vertices int   // after TopoJSON arcs are unrolled; default 2,000,000
	Depth    int   // nesting of objects and arrays; default 32
}

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = 64 << 20
	}
	if l.Features <= 0 {
		l.Features = 20_000
	}
	if l.Vertices <= 0 {
		l.Vertices = 2_000_000
	}
	if l.Depth <= 0 {
		l.Depth = 32
	}
	return l
}

// Report tells what Read found.
type Report struct {
	Format   string // "geojson" or "topojson"
	CRS      CRS    // the system that the coordinates were taken in
	Declared bool   // whether the caller or the file named it
	Features int
	Vertices int
	Notices  []Notice
}

// Notice is something odd that does not prevent reading. Code is one of the
// Notice constants, Feature the code (or "#n", counted from 1) concerned.
type Notice struct{ Code, Feature string }

// What Read notices.
const (
	NoticeNoCode        = "geo.no-code"        // the feature has no code
	NoticeDuplicateCode = "geo.duplicate-code" // an earlier feature has the same code
	NoticeSwappedAxes   = "geo.swapped-axes"   // latitude seems to stand before longitude
)

// raw is a feature before its coordinates are judged and brought to WGS 84.
type raw struct {
	id    json.RawMessage
	props map[string]json.RawMessage
	geom  orb.MultiPolygon
}

// document is what both formats decode to.
type document struct {
	crs  CRS // of the crs member, zero when absent
	raws []raw
}

// Read decodes a GeoJSON FeatureCollection or Feature, or a TopoJSON Topology,
// and brings it to WGS 84. Shapes are not checked: see Validate. A feature
// without geometry is kept, empty.
//
// Refusals are *fault.Error of kind Invalid or TooLarge whose code begins with
// "geo." and whose arguments give the first offending feature and value. Read
// errors of r come back as they are.
func Read(r io.Reader, opt ReadOptions) ([]Feature, Report, error) {
	lim := opt.Limits.withDefaults()
	data, err := slurp(r, lim)
	if err != nil {
		return nil, Report{}, err
	}
	var head struct {
		Type string
		CRS  json.RawMessage
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, Report{}, invalid("geo.not-json", fault.Args{"detail": err.Error()})
	}
	var rep Report
	var doc document
	switch head.Type {
	case "FeatureCollection", "Feature":
		rep.Format = "geojson"
		doc, err = decodeGeoJSON(data, lim)
	case "Topology":
		rep.Format = "topojson"
		doc, err = decodeTopoJSON(data, opt.Layer, lim)
	default:
		err = invalid("geo.unknown-type", fault.Args{"type": clip(head.Type)})
	}
	if err == nil {
		doc.crs, err = memberCRS(head.CRS)
	}
	if err != nil {
		return nil, rep, err
	}
	return finish(doc, opt, rep)
}

// slurp reads within the limit and refuses what cannot be a text of JSON, so
// that nothing is decoded with replaced characters.
func slurp(r io.Reader, lim Limits) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, lim.Bytes+1))
	if err != nil {
		return nil, fmt.Errorf("geo: %w", err)
	}
	if int64(len(data)) > lim.Bytes {
		return nil, tooLarge("geo.too-many-bytes", fault.Args{"limit": lim.Bytes})
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		return nil, invalid("geo.not-utf8", nil)
	}
	if depth(data) > lim.Depth {
		return nil, tooLarge("geo.too-deep", fault.Args{"limit": lim.Depth})
	}
	return data, nil
}

// depth is the greatest nesting of brackets outside strings.
func depth(data []byte) int {
	level, most, quoted := 0, 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			i++
		case quoted:
		case c == '[' || c == '{':
			level++
			most = max(most, level)
		case c == ']' || c == '}':
			level--
		}
	}
	return most
}

// memberCRS reads the crs member of GeoJSON 2008; null means unknown.
func memberCRS(data json.RawMessage) (CRS, error) {
	if len(data) == 0 || string(data) == "null" {
		return 0, nil
	}
	var m struct {
		Properties struct{ Name string }
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return 0, invalid("geo.unknown-crs", fault.Args{"value": clip(string(data))})
	}
	crs, err := ParseCRS(m.Properties.Name)
	if err != nil {
		return 0, invalid("geo.unknown-crs", fault.Args{"value": clip(m.Properties.Name)})
	}
	return crs, nil
}

// finish settles the system, judges the coordinates, projects and names.
func finish(doc document, opt ReadOptions, rep Report) ([]Feature, Report, error) {
	crs, declared, err := settleCRS(opt.CRS, doc.crs)
	if err != nil {
		return nil, rep, err
	}
	rep.CRS, rep.Declared, rep.Features = crs, declared, len(doc.raws)
	features := make([]Feature, len(doc.raws))
	seen := make(map[string]bool, len(doc.raws))
	for i, r := range doc.raws {
		f := named(r, opt)
		where := f.label(i)
		n, err := judge(f.Geometry, crs, where)
		if err != nil {
			return nil, rep, err
		}
		rep.Vertices += n
		rep.Notices = append(rep.Notices, notices(f, where, crs, seen)...)
		Reproject(f.Geometry, crs, EPSG4326)
		features[i] = f
	}
	return features, rep, nil
}

func settleCRS(asked, member CRS) (CRS, bool, error) {
	switch {
	case asked != 0 && member != 0 && asked != member:
		return 0, false, invalid("geo.crs-conflict", fault.Args{"declared": asked.String(), "file": member.String()})
	case asked != 0:
		return asked, true, nil
	case member != 0:
		return member, true, nil
	}
	return EPSG4326, false, nil
}

func named(r raw, opt ReadOptions) Feature {
	f := Feature{Geometry: r.geom, Props: make(map[string]string, len(r.props))}
	for k, v := range r.props {
		if s := text(v); s != "" {
			f.Props[k] = s
		}
	}
	f.Code, f.Name = text(r.id), f.Props["name"]
	if opt.CodeProperty != "" {
		f.Code = f.Props[opt.CodeProperty]
	}
	if opt.NameProperty != "" {
		f.Name = f.Props[opt.NameProperty]
	}
	f.Code, f.Name = strings.TrimSpace(f.Code), strings.TrimSpace(f.Name)
	return f
}

// text is a property as text: strings without quotes, the rest as written,
// null as nothing.
func text(v json.RawMessage) string {
	var s string
	if len(v) > 0 && v[0] == '"' && json.Unmarshal(v, &s) == nil {
		return s
	}
	if string(v) == "null" {
		return ""
	}
	return string(v)
}

// label names a feature in faults: its code, or its place counted from 1.
func (f Feature) label(i int) string {
	if f.Code != "" {
		return f.Code
	}
	return fmt.Sprintf("#%d", i+1)
}

func notices(f Feature, where string, crs CRS, seen map[string]bool) []Notice {
	var out []Notice
	switch {
	case f.Code == "":
		out = append(out, Notice{NoticeNoCode, where})
	case seen[f.Code]:
		out = append(out, Notice{NoticeDuplicateCode, where})
	}
	seen[f.Code] = true
	if p, ok := firstPoint(f.Geometry); ok && crs == EPSG4326 &&
		!belgium.has(p[0], p[1]) && belgium.has(p[1], p[0]) {
		out = append(out, Notice{NoticeSwappedAxes, where})
	}
	return out
}

func firstPoint(mp orb.MultiPolygon) (orb.Point, bool) {
	for _, poly := range mp {
		for _, ring := range poly {
			if len(ring) > 0 {
				return ring[0], true
			}
		}
	}
	return orb.Point{}, false
}

// judge counts the vertices and refuses the first that cannot be in the system:
// metres declared as degrees, degrees declared as metres, the wrong grid, or
// simply outside Belgium.
func judge(mp orb.MultiPolygon, crs CRS, where string) (int, error) {
	n, b := 0, crs.believable()
	for _, poly := range mp {
		for _, ring := range poly {
			for _, p := range ring {
				if !b.has(p[0], p[1]) || (crs != EPSG4326 && degrees.has(p[0], p[1])) {
					return n, unbelievable(p, crs, where)
				}
			}
			n += len(ring)
		}
	}
	return n, nil
}

func unbelievable(p orb.Point, crs CRS, where string) error {
	looks := looksLike(p[0], p[1])
	code := "geo.outside"
	switch {
	case crs == EPSG4326 && math.Max(math.Abs(p[0]), math.Abs(p[1])) > 360:
		code = "geo.metres-as-degrees"
	case looks == EPSG4326:
		code = "geo.degrees-as-metres"
	case crs != EPSG4326 && looks != 0:
		code = "geo.wrong-grid"
	}
	return invalid(code, fault.Args{"feature": where, "x": p[0], "y": p[1],
		"crs": crs.String(), "looks": looks.String()})
}

func invalid(code string, args fault.Args) error  { return fault.New(fault.Invalid, code, args) }
func tooLarge(code string, args fault.Args) error { return fault.New(fault.TooLarge, code, args) }

// clip keeps a foreign text short enough for a message.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
