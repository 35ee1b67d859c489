package geo

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

// shared gives the path of a file of the reference data, or skips the test.
func shared(t testing.TB, parts ...string) string {
	t.Helper()
	root := os.Getenv("BEFFROI_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "shared")
	}
	path := filepath.Join(append([]string{root, "data"}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("reference data absent (%v): set BEFFROI_SHARED", err)
	}
	return path
}

func readCSV(t testing.TB, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, h := range rows[0] {
			m[h] = row[i]
		}
		out = append(out, m)
	}
	return out
}

func number(t testing.TB, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func far(a, b, tolerance float64) bool { return !(math.Abs(a-b) <= tolerance) }

// The referee: ten points computed with GDAL 3.6.2.
func TestReferencePoints(t *testing.T) {
	rows := readCSV(t, shared(t, "territory", "lambert72-wgs84-10.csv"))
	if len(rows) != 10 {
		t.Fatalf("%d reference points, want 10", len(rows))
	}
	for i, row := range rows {
		x72, y72 := number(t, row["x_epsg31370"]), number(t, row["y_epsg31370"])
		lon, lat := number(t, row["lon_epsg4326"]), number(t, row["lat_epsg4326"])
		x08, y08 := number(t, row["x_epsg3812"]), number(t, row["y_epsg3812"])
		checks := []struct {
			name         string
			from, to     CRS
			x, y, wx, wy float64
			tolerance    float64 // half of the last printed digit, and 1 mm where GDAL neglects the height
		}{
			{"72 to WGS", EPSG31370, EPSG4326, x72, y72, lon, lat, 1e-8},
			{"WGS to 72", EPSG4326, EPSG31370, lon, lat, x72, y72, 2e-3},
			{"WGS to 2008", EPSG4326, EPSG3812, lon, lat, x08, y08, 2e-3},
			{"2008 to WGS", EPSG3812, EPSG4326, x08, y08, lon, lat, 2e-8},
			{"72 to 2008", EPSG31370, EPSG3812, x72, y72, x08, y08, 1e-3},
			{"2008 to 72", EPSG3812, EPSG31370, x08, y08, x72, y72, 2e-3},
		}
		for _, c := range checks {
			p := Reproject(orb.Point{c.x, c.y}, c.from, c.to).(orb.Point)
			if far(p[0], c.wx, c.tolerance) || far(p[1], c.wy, c.tolerance) {
				t.Errorf("point %d %s: got %.10f %.10f want %.10f %.10f", i, c.name, p[0], p[1], c.wx, c.wy)
			}
		}
	}
}

// The worked example of the NGI: Lambert 2008 has its false origin here.
func TestLambert2008Origin(t *testing.T) {
	x, y := EPSG3812.FromWGS84(4.359215833333333, 50.797815)
	if far(x, 649328, 1e-6) || far(y, 665262, 1e-6) {
		t.Errorf("origin at %.6f %.6f", x, y)
	}
}

func TestProjectionRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		crs := rapid.SampledFrom([]CRS{EPSG4326, EPSG31370, EPSG3812}).Draw(t, "crs")
		lon := rapid.Float64Range(belgium.minX, belgium.maxX).Draw(t, "lon")
		lat := rapid.Float64Range(belgium.minY, belgium.maxY).Draw(t, "lat")
		x, y := crs.FromWGS84(lon, lat)
		lon2, lat2 := crs.ToWGS84(x, y)
		if far(lon, lon2, 1e-9) || far(lat, lat2, 1e-9) {
			t.Fatalf("%v: %.12f %.12f came back as %.12f %.12f", crs, lon, lat, lon2, lat2)
		}
		x2, y2 := crs.FromWGS84(lon2, lat2)
		if far(x, x2, 1e-3) || far(y, y2, 1e-3) {
			t.Fatalf("%v: %.6f %.6f came back as %.6f %.6f", crs, x, y, x2, y2)
		}
	})
}

func TestHelmertInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.Float64Range(-7e6, 7e6)
		x, y, z := c.Draw(t, "x"), c.Draw(t, "y"), c.Draw(t, "z")
		x2, y2, z2 := belge72.inverse(belge72.forward(x, y, z))
		if far(x, x2, 1e-7) || far(y, y2, 1e-7) || far(z, z2, 1e-7) {
			t.Fatalf("%v %v %v came back as %v %v %v", x, y, z, x2, y2, z2)
		}
	})
}

func TestProjectionNeverPanics(t *testing.T) {
	odd := []float64{0, 1e300, -1e300, 90, -90, 180, math.NaN(), math.Inf(1), math.Inf(-1)}
	for _, crs := range []CRS{0, EPSG4326, EPSG31370, EPSG3812} {
		for _, x := range odd {
			for _, y := range odd {
				crs.ToWGS84(x, y)
				crs.FromWGS84(x, y)
			}
		}
	}
}

func TestParseCRS(t *testing.T) {
	cases := map[string]CRS{
		"EPSG:31370": EPSG31370, "31370": EPSG31370, " epsg:3812 ": EPSG3812,
		"urn:ogc:def:crs:EPSG::31370":                  EPSG31370,
		"http://www.opengis.net/def/crs/EPSG/0/3812":   EPSG3812,
		"urn:ogc:def:crs:OGC:1.3:CRS84":                EPSG4326,
		"http://www.opengis.net/def/crs/OGC/1.3/CRS84": EPSG4326,
		"WGS 84": EPSG4326, "EPSG:4326": EPSG4326,
		"": 0, "EPSG:27572": 0, "EPSG:": 0, "313700": 0,
	}
	for in, want := range cases {
		got, err := ParseCRS(in)
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("ParseCRS(%q) = %v, %v; want %v", in, got, err, want)
		}
	}
	if EPSG3812.String() != "EPSG:3812" || CRS(0).String() != "" {
		t.Error("String does not give the EPSG name")
	}
}

func TestReprojectKinds(t *testing.T) {
	p := orb.Point{145060.7344, 129859.6563}
	want := orb.Point{4.29915614, 50.47953259}
	near := func(name string, q orb.Point) {
		t.Helper()
		if far(q[0], want[0], 1e-8) || far(q[1], want[1], 1e-8) {
			t.Errorf("%s: %v", name, q)
		}
	}
	line := func() []orb.Point { return []orb.Point{p, p} }
	do := func(g orb.Geometry) orb.Geometry { return Reproject(g, EPSG31370, EPSG4326) }
	near("multipoint", do(orb.MultiPoint(line())).(orb.MultiPoint)[1])
	near("line", do(orb.LineString(line())).(orb.LineString)[1])
	near("ring", do(orb.Ring(line())).(orb.Ring)[1])
	near("multiline", do(orb.MultiLineString{line()}).(orb.MultiLineString)[0][1])
	near("polygon", do(orb.Polygon{line()}).(orb.Polygon)[0][1])
	near("multipolygon", do(orb.MultiPolygon{{line()}}).(orb.MultiPolygon)[0][0][1])
	near("collection", do(orb.Collection{p}).(orb.Collection)[0].(orb.Point))
	near("bound", do(orb.Bound{Min: p, Max: p}).(orb.Bound).Max)
	if got := Reproject(p, EPSG4326, EPSG4326).(orb.Point); got != p {
		t.Error("same system must not move a point")
	}
}
