package geo

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"beffroi/internal/platform/fault"
	"github.com/paulmach/orb"
)

func wantFault(t *testing.T, err error, code, feature string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Fatalf("error %v, want fault %s", err, code)
	}
	if f.Code != code || feature != "" && fmt.Sprint(f.Args["feature"]) != feature {
		t.Errorf("fault %v, want %s of %s", f, code, feature)
	}
}

func collection(geometry string) string {
	return `{"type":"FeatureCollection","features":[{"type":"Feature","id":"A","properties":{"name":"Alpha","n":3,"x":null},"geometry":` + geometry + `}]}`
}

const square = `{"type":"Polygon","coordinates":[[[4,50],[5,50],[5,51],[4,51],[4,50]]]}`

func TestReadRefuses(t *testing.T) {
	metric := collection(`{"type":"Polygon","coordinates":[[[145060,129859],[146000,129859],[146000,130000],[145060,129859]]]}`)
	bare := func(coordinates string) string {
		return collection(`{"type":"Polygon","coordinates":` + coordinates + `}`)
	}
	crs := func(name string) string {
		return `{"crs":{"type":"name","properties":{"name":"` + name + `"}},` + collection(square)[1:]
	}
	cases := []struct {
		name, in string
		opt      ReadOptions
		code     string
		feature  string
	}{
		{"empty", "", ReadOptions{}, "geo.not-json", ""},
		{"html", "<html>", ReadOptions{}, "geo.not-json", ""},
		{"nan", bare("[[[NaN,50]]]"), ReadOptions{}, "geo.not-json", ""},
		{"latin-1", strings.Replace(collection(square), "Alpha", "\xe9", 1), ReadOptions{}, "geo.not-utf8", ""},
		{"other type", `{"type":"Point"}`, ReadOptions{}, "geo.unknown-type", ""},
		{"features no list", `{"type":"FeatureCollection","features":3}`, ReadOptions{}, "geo.not-geojson", ""},
		{"feature no object", `{"type":"FeatureCollection","features":[3]}`, ReadOptions{}, "geo.bad-feature", "#1"},
		{"point", collection(`{"type":"Point","coordinates":[4,50]}`), ReadOptions{}, "geo.not-an-area", "A"},
		{"one ordinate", bare("[[[4]]]"), ReadOptions{}, "geo.bad-coordinates", "A"},
		{"empty position", bare("[[[]]]"), ReadOptions{}, "geo.bad-coordinates", "A"},
		{"text ordinate", bare(`[[["4",50]]]`), ReadOptions{}, "geo.bad-coordinates", "A"},
		{"null position", bare("[[null]]"), ReadOptions{}, "geo.bad-coordinates", "A"},
		{"no coordinates", collection(`{"type":"Polygon"}`), ReadOptions{}, "geo.bad-coordinates", "A"},
		{"beyond float", bare("[[[1e999,50]]]"), ReadOptions{}, "geo.bad-coordinates", "A"},
		{"metres as degrees", metric, ReadOptions{}, "geo.metres-as-degrees", "A"},
		{"outside the world", bare("[[[190,50]]]"), ReadOptions{}, "geo.outside", "A"},
		{"degrees as 72", collection(square), ReadOptions{CRS: EPSG31370}, "geo.degrees-as-metres", "A"},
		{"degrees as 2008", collection(square), ReadOptions{CRS: EPSG3812}, "geo.degrees-as-metres", "A"},
		{"72 as 2008", metric, ReadOptions{CRS: EPSG3812}, "geo.wrong-grid", "A"},
		{"Paris in 72", bare("[[[600000,-200000]]]"), ReadOptions{CRS: EPSG31370}, "geo.outside", "A"},
		{"unknown crs", crs("EPSG:27572"), ReadOptions{}, "geo.unknown-crs", ""},
		{"crs conflict", crs("EPSG:31370"), ReadOptions{CRS: EPSG4326}, "geo.crs-conflict", ""},
		{"crs of the file wrong", crs("urn:ogc:def:crs:EPSG::31370"), ReadOptions{}, "geo.degrees-as-metres", "A"},
		{"bytes", collection(square), ReadOptions{Limits: Limits{Bytes: 100}}, "geo.too-many-bytes", ""},
		{"vertices", collection(square), ReadOptions{Limits: Limits{Vertices: 4}}, "geo.too-many-vertices", "A"},
		{"depth", strings.Repeat("[", 50) + strings.Repeat("]", 50), ReadOptions{}, "geo.too-deep", ""},
		{"features", `{"type":"FeatureCollection","features":[{},{}]}`, ReadOptions{Limits: Limits{Features: 1}}, "geo.too-many-features", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := Read(strings.NewReader(c.in), c.opt)
			wantFault(t, err, c.code, c.feature)
		})
	}
}

func TestRefusalShowsTheValue(t *testing.T) {
	in := collection(`{"type":"Polygon","coordinates":[[[4,50],[5,50],[145060.5,129859.25],[4,50]]]}`)
	_, _, err := Read(strings.NewReader(in), ReadOptions{})
	var f *fault.Error
	if !errors.As(err, &f) || f.Args["x"] != 145060.5 || f.Args["y"] != 129859.25 || f.Args["looks"] != "EPSG:31370" {
		t.Errorf("%v", err)
	}
}

func TestReadGeoJSON(t *testing.T) {
	in := "\ufeff" + collection(`{"type":"MultiPolygon","coordinates":[[[[4,50,12.5],[5, 50],[5,51],[4,50]]],[]]}`)
	fs, rep, err := Read(strings.NewReader(in), ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	f := fs[0]
	if f.Code != "A" || f.Name != "Alpha" || f.Props["n"] != "3" || len(f.Props) != 2 || rep.Vertices != 4 {
		t.Errorf("%+v %+v", f, rep)
	}
	if f.Geometry[0][0][0] != (orb.Point{4, 50}) {
		t.Errorf("%v", f.Geometry)
	}
	fs, _, err = Read(strings.NewReader(in), ReadOptions{CodeProperty: "n", NameProperty: "none"})
	if err != nil || fs[0].Code != "3" || fs[0].Name != "" {
		t.Errorf("%+v %v", fs, err)
	}
	fs, _, err = Read(strings.NewReader(`{"type":"Feature","id":7,"properties":null,"geometry":`+square+`}`), ReadOptions{})
	if err != nil || len(fs) != 1 || fs[0].Code != "7" {
		t.Errorf("single feature: %+v %v", fs, err)
	}
}

func TestReadNotices(t *testing.T) {
	feature := func(id, geometry string) string {
		return `{"type":"Feature",` + id + `"properties":{},"geometry":` + geometry + `}`
	}
	in := `{"type":"FeatureCollection","crs":null,"features":[` + strings.Join([]string{
		feature(`"id":"A",`, square),
		feature(`"id":"A",`, "null"),
		feature("", `{"type":"Polygon","coordinates":[]}`),
		feature(`"id":"S",`, `{"type":"Polygon","coordinates":[[[50.5,4.1],[50.6,4.1],[50.6,4.2],[50.5,4.1]]]}`),
	}, ",") + `]}`
	fs, rep, err := Read(strings.NewReader(in), ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := []Notice{{NoticeDuplicateCode, "A"}, {NoticeNoCode, "#3"}, {NoticeSwappedAxes, "S"}}
	if fmt.Sprint(rep.Notices) != fmt.Sprint(want) {
		t.Errorf("notices %v, want %v", rep.Notices, want)
	}
	for _, i := range []int{1, 2} {
		if issues := Validate(fs[i]); len(issues) != 1 || issues[0].Code != IssueEmpty {
			t.Errorf("%d: %v", i, issues)
		}
	}
}

// Two squares side by side with a common arc, and an enclave in the second, on a
// grid of a thousandth of a degree.
const quantised = `{"type":"Topology","transform":{"scale":[0.001,0.001],"translate":[4,50]},
"arcs":[[[100,0],[0,100]],[[100,100],[-100,0],[0,-100],[100,0]],[[100,0],[100,0],[0,100],[-100,0]],
[[140,40],[20,0],[0,20],[-20,0],[0,-20]]],
"objects":{"communes":{"type":"GeometryCollection","geometries":[
{"type":"Polygon","id":"W","properties":{"name":"West"},"arcs":[[0,1]]},
{"type":"MultiPolygon","id":"E","arcs":[[[2,-1],[-4]]]},
{"type":"GeometryCollection","geometries":[{"type":"Polygon","id":"I","arcs":[[3]]}]},
{"type":null,"id":"N"}]}}}`

// The same without quantisation.
const absolute = `{"type":"Topology",
"arcs":[[[4.1,50],[4.1,50.1]],[[4.1,50.1],[4,50.1],[4,50],[4.1,50]],[[4.1,50],[4.2,50],[4.2,50.1],[4.1,50.1]],
[[4.14,50.04],[4.16,50.04],[4.16,50.06],[4.14,50.06],[4.14,50.04]]],
"objects":{"communes":{"type":"GeometryCollection","geometries":[
{"type":"Polygon","id":"W","properties":{"name":"West"},"arcs":[[0,1]]},
{"type":"MultiPolygon","id":"E","arcs":[[[2,-1],[-4]]]},
{"type":"Polygon","id":"I","arcs":[[3]]},{"type":null,"id":"N"}]}}}`

func TestReadTopoJSON(t *testing.T) {
	for name, in := range map[string]string{"quantised": quantised, "absolute": absolute} {
		t.Run(name, func(t *testing.T) {
			fs, rep, err := Read(strings.NewReader(in), ReadOptions{})
			if err != nil || rep.Format != "topojson" || len(fs) != 4 {
				t.Fatal(rep, err)
			}
			if fs[0].Name != "West" || fs[1].Code != "E" || len(fs[1].Geometry[0]) != 2 || len(fs[3].Geometry) != 0 {
				t.Errorf("%+v", fs)
			}
			for _, f := range fs[:3] {
				if issues := Validate(f); len(issues) > 0 {
					t.Error(issues)
				}
			}
			want := "map[E:[I W] I:[E] N:[] W:[E]]"
			if got := fmt.Sprint(Neighbours(fs)); got != want {
				t.Errorf("neighbours %s, want %s", got, want)
			}
			if !Contains(fs[2].Geometry, 4.15, 50.05) || Contains(fs[1].Geometry, 4.15, 50.05) ||
				!Contains(fs[1].Geometry, 4.12, 50.05) || !Contains(fs[0].Geometry, 4.05, 50.05) {
				t.Error("points in the wrong area")
			}
			if o := Outline(fs); len(o) != 1 || len(o[0]) != 1 {
				t.Errorf("outline %v", o)
			}
			if o := Outline(fs[:2]); len(o) != 1 || len(o[0]) != 2 {
				t.Errorf("outline without the enclave %v", o)
			}
			var b bytes.Buffer
			if err := WriteGeoJSON(&b, fs); err != nil {
				t.Fatal(err)
			}
			again, _, err := Read(&b, ReadOptions{})
			if err != nil || fmt.Sprint(Neighbours(again)) != want {
				t.Errorf("after a round trip: %v %v", again, err)
			}
		})
	}
}

func TestReadTopoJSONRefuses(t *testing.T) {
	with := func(old, new string) string {
		if !strings.Contains(quantised, old) {
			t.Fatalf("%q is not in the file", old)
		}
		return strings.Replace(quantised, old, new, 1)
	}
	two := with(`"objects":{`, `"objects":{"b":{"type":null},`)
	cases := []struct {
		name, in string
		opt      ReadOptions
		code     string
	}{
		{"arc missing", with("[[0,1]]", "[[0,9]]"), ReadOptions{}, "geo.bad-arcs"},
		{"arc missing backwards", with("[[0,1]]", "[[0,-9]]"), ReadOptions{}, "geo.bad-arcs"},
		{"arcs no numbers", with("[[0,1]]", `"x"`), ReadOptions{}, "geo.bad-arcs"},
		{"arcs do not meet", with("[[0,1]]", "[[0,2]]"), ReadOptions{}, "geo.arc-gap"},
		{"arcs absent", with(`"arcs":[[[100,0],[0,100]]`, `"arcs":[[7]`), ReadOptions{}, "geo.bad-coordinates"},
		{"two layers", two, ReadOptions{}, "geo.choose-layer"},
		{"no such layer", two, ReadOptions{Layer: "c"}, "geo.choose-layer"},
		{"point", with(`"Polygon"`, `"Point"`), ReadOptions{}, "geo.not-an-area"},
		{"unrolled", quantised, ReadOptions{Limits: Limits{Vertices: 16}}, "geo.too-many-vertices"},
		{"features", quantised, ReadOptions{Limits: Limits{Features: 3}}, "geo.too-many-features"},
		{"transform", with("0.001,0.001", "1,1"), ReadOptions{}, "geo.outside"},
		{"objects no map", `{"type":"Topology","objects":3}`, ReadOptions{}, "geo.not-topojson"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := Read(strings.NewReader(c.in), c.opt)
			wantFault(t, err, c.code, "")
		})
	}
	if fs, _, err := Read(strings.NewReader(two), ReadOptions{Layer: "communes"}); err != nil || len(fs) != 4 {
		t.Errorf("layer by name: %v %v", fs, err)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.ErrUnsupported }

func TestReadPassesReadErrors(t *testing.T) {
	if _, _, err := Read(brokenReader{}, ReadOptions{}); !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
}

// Whatever is read can be checked, measured, drawn and written, and reads back.
func FuzzRead(f *testing.F) {
	for _, s := range []string{collection(square), quantised, absolute, "", "{}", `{"type":"Topology"}`,
		`{"type":"FeatureCollection","features":[{"geometry":{"type":"Polygon","coordinates":[[]]}}]}`,
		collection(`{"type":"Polygon","coordinates":[[[4,50],[5,51],[5,50],[4,51],[4,50]]]}`),
		collection(`{"type":"Polygon","coordinates":[[[4,-90],[5,90],[5,50],[180,-90]]]}`),
		collection(`{"type":"MultiPolygon","coordinates":[[[[4,50],[4,50],[4,50],[4,50]]],[]]}`)} {
		f.Add(s, 0)
		f.Add(s, 31370)
	}
	limits := Limits{Bytes: 1 << 16, Vertices: 2000}
	f.Fuzz(func(t *testing.T, in string, crs int) {
		fs, rep, err := Read(strings.NewReader(in), ReadOptions{CRS: CRS(crs), Limits: limits})
		if err != nil {
			var refusal *fault.Error
			if !errors.As(err, &refusal) || !strings.HasPrefix(refusal.Code, "geo.") {
				t.Fatalf("not a refusal: %v", err)
			}
			return
		}
		if rep.Features != len(fs) || rep.Vertices != vertices(fs) {
			t.Fatalf("report %+v", rep)
		}
		for _, f := range fs {
			Validate(f)
			Area(f.Geometry)
			Centroid(f.Geometry)
			InteriorPoint(f.Geometry)
		}
		NewIndex(fs).Find(4.5, 50.5)
		Neighbours(fs)
		Outline(fs)
		ToSVGPaths(fs, 100, 1)
		var b bytes.Buffer
		if err := WriteGeoJSON(&b, fs); err != nil {
			t.Fatal(err)
		}
		if again, _, err := Read(&b, ReadOptions{}); err != nil || len(again) != len(fs) {
			t.Fatalf("cannot read back: %v", err)
		}
	})
}
