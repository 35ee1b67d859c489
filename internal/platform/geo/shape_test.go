package geo

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

func one(rings ...orb.Ring) Feature { return Feature{Code: "A", Geometry: orb.MultiPolygon{rings}} }

func box4(x, y, size float64) orb.Ring {
	return orb.Ring{{x, y}, {x + size, y}, {x + size, y + size}, {x, y + size}, {x, y}}
}

func codes(issues []Issue) string {
	var out []string
	for _, i := range issues {
		out = append(out, strings.TrimPrefix(i.Code, "geo."))
	}
	return strings.Join(out, " ")
}

func TestValidate(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	sq := box4(0, 0, 10)
	cases := []struct {
		name string
		f    Feature
		want string
	}{
		{"good", one(sq), ""},
		{"good, clockwise", one(orb.Ring{{0, 0}, {0, 1}, {1, 1}, {1, 0}, {0, 0}}), ""},
		{"triangle", one(orb.Ring{{0, 0}, {1, 0}, {0, 1}, {0, 0}}), ""},
		{"nothing", Feature{}, "empty"},
		{"no ring", one(), "empty"},
		{"no point", one(orb.Ring{}), "empty"},
		{"NaN", one(orb.Ring{{0, 0}, {1, nan}, {1, 1}, {0, 0}}), "not-finite"},
		{"infinite", one(orb.Ring{{0, 0}, {inf, 0}, {1, 1}, {0, 0}}), "not-finite"},
		{"all NaN", one(orb.Ring{{nan, nan}, {nan, nan}, {nan, nan}, {nan, nan}}), "not-finite"},
		{"unclosed", one(sq[:4]), "unclosed"},
		{"three points", one(orb.Ring{{0, 0}, {1, 0}, {0, 0}}), "too-few"},
		{"one point", one(orb.Ring{{0, 0}}), "too-few"},
		{"flat", one(orb.Ring{{0, 0}, {1, 1}, {2, 2}, {0, 0}}), "zero-area"},
		{"four times the same", one(orb.Ring{{1, 1}, {1, 1}, {1, 1}, {1, 1}}), "duplicate duplicate duplicate zero-area"},
		{"duplicate", one(orb.Ring{{0, 0}, {1, 0}, {1, 0}, {0, 1}, {0, 0}}), "duplicate"},
		{"duplicate at the end", one(orb.Ring{{0, 0}, {1, 0}, {0, 1}, {0, 0}, {0, 0}}), "duplicate"},
		{"bow tie", one(orb.Ring{{0, 0}, {2, 2}, {2, 0}, {0, 2}, {0, 0}}), "crossing"},
		{"spike", one(orb.Ring{{0, 0}, {2, 0}, {2, 2}, {2, 4}, {2, 2}, {0, 2}, {0, 0}}), "touch overlap"},
		{"eight", one(orb.Ring{{0, 0}, {1, 1}, {2, 0}, {2, 2}, {1, 1}, {0, 2}, {0, 0}}), "touch"},
		{"vertex on a side", one(orb.Ring{{0, 0}, {4, 0}, {4, 4}, {2, 0}, {0, 4}, {0, 0}}), "touch"},
		{"hole", one(sq, box4(2, 2, 2)), ""},
		{"hole that touches", one(sq, orb.Ring{{0, 5}, {3, 4}, {3, 6}, {0, 5}}), ""},
		{"hole outside", one(sq, box4(20, 20, 2)), "hole-outside"},
		{"hole around", one(sq, box4(-5, -5, 30)), "hole-outside"},
		{"hole across", one(sq, box4(9, 4, 2)), "crossing crossing"},
		{"hole that is the shell", one(sq, sq), "overlap"},
		{"hole in hole", one(sq, box4(2, 2, 6), box4(4, 4, 1)), "hole-in-hole"},
		{"two apart", Feature{Geometry: orb.MultiPolygon{{sq}, {box4(20, 0, 3)}}}, ""},
		{"two touch", Feature{Geometry: orb.MultiPolygon{{sq}, {box4(10, 10, 3)}}}, ""},
		{"two cross", Feature{Geometry: orb.MultiPolygon{{sq}, {box4(8, 8, 9)}}}, "crossing"},
		{"nested", Feature{Geometry: orb.MultiPolygon{{sq}, {box4(3, 3, 3)}}}, "nested"},
		{"island in the hole", Feature{Geometry: orb.MultiPolygon{{sq, box4(2, 2, 6)}, {box4(4, 4, 1)}}}, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := codes(Validate(c.f))
			if c.want == "overlap" || c.want == "crossing" { // neighbouring segments may say it again
				got, _, _ = strings.Cut(got, " ")
			}
			if got != c.want {
				t.Errorf("issues %q, want %q", got, c.want)
			}
		})
	}
}

func TestBowTieIsShown(t *testing.T) {
	issues := Validate(one(orb.Ring{{0, 0}, {2, 2}, {2, 0}, {0, 2}, {0, 0}}))
	want := Issue{Code: IssueCrossing, Feature: "A", Segments: [2]int{0, 2}, At: orb.Point{1, 1}}
	if len(issues) != 1 || issues[0] != want {
		t.Errorf("%+v, want %+v", issues, want)
	}
}

// star is a ring that winds once around (4.5, 50.5) and does not cross itself.
func star(radii []float64) orb.Ring {
	r := make(orb.Ring, 0, len(radii)+1)
	for i, d := range radii {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(len(radii)))
		r = append(r, orb.Point{4.5 + d*cos, 50.5 + d*sin})
	}
	return append(r, r[0])
}

func drawStar(t *rapid.T, minimum int) orb.Ring {
	return star(rapid.SliceOfN(rapid.Float64Range(0.01, 1), minimum, 60).Draw(t, "radii"))
}

func TestStarsAreValidUntilTwisted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawStar(t, 5)
		if issues := Validate(one(r)); len(issues) > 0 {
			t.Fatalf("%v", issues)
		}
		// Two points that follow each other change places: their outer sides cross.
		k := rapid.IntRange(1, len(r)-3).Draw(t, "k")
		even := star(slices.Repeat([]float64{0.5}, len(r)-1))
		even[k], even[k+1] = even[k+1], even[k]
		issues := Validate(one(even))
		if len(issues) == 0 || issues[0].Code != IssueCrossing {
			t.Fatalf("twisted at %d: %v", k, issues)
		}
	})
}

// Brute force over all pairs must agree with the sweep.
func TestSweepFindsWhatBruteForceFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.IntRange(0, 8)
		n := rapid.IntRange(3, 12).Draw(t, "n")
		var r orb.Ring
		for len(r) < n {
			p := orb.Point{float64(c.Draw(t, "x")), float64(c.Draw(t, "y"))}
			if len(r) == 0 || p != r[len(r)-1] && p != r[0] {
				r = append(r, p)
			}
		}
		r = append(r, r[0])
		if flat(r) {
			return
		}
		brute := validation{feature: "A", mp: orb.MultiPolygon{{r}}}
		segs := brute.segments()
		for i := range segs {
			for j := range i {
				brute.meet(&segs[j], &segs[i])
			}
		}
		if a, b := len(Validate(one(r))), len(brute.issues); a != b {
			t.Fatalf("%d issues, brute force %d, in %v", a, b, r)
		}
	})
}

func TestValidateIsFast(t *testing.T) {
	comb := func(n int, swap bool) orb.Ring {
		r := orb.Ring{{0, -1}}
		for i := range n {
			y := float64(i)
			r = append(r, orb.Point{1, y}, orb.Point{1e6, y + 0.25}, orb.Point{1, y + 0.5})
		}
		r = append(r, orb.Point{0, float64(n)}, r[0])
		if swap {
			for i, p := range r {
				r[i] = orb.Point{p[1], p[0]}
			}
		}
		return r
	}
	for _, swap := range []bool{false, true} {
		start := time.Now()
		if issues := Validate(one(comb(100_000, swap))); len(issues) > 0 {
			t.Error(issues[0])
		}
		if d := time.Since(start); d > 10*time.Second {
			t.Errorf("comb of 300,000 segments took %v", d)
		}
	}
}

func TestValidateGivesUp(t *testing.T) {
	// Two crossed combs: long segments in both directions.
	var r orb.Ring
	const n = 6000
	for i := range n {
		r = append(r, orb.Point{0, float64(i)}, orb.Point{n, float64(i) + 0.5})
	}
	r = append(r, orb.Point{-1, n + 1}, orb.Point{-1, 0})
	hole := orb.Ring{}
	for i := range n {
		hole = append(hole, orb.Point{float64(i), 2 * n}, orb.Point{float64(i) + 0.5, 3 * n})
	}
	hole = append(hole, orb.Point{n, 2*n - 1}, orb.Point{0, 2*n - 1})
	r, hole = append(r, r[0]), append(hole, hole[0])
	if got := codes(Validate(one(r, hole))); got != "too-complex" {
		t.Errorf("issues %q", got)
	}
}

func TestManyPolygons(t *testing.T) {
	grid := func(n int) Feature {
		var f Feature
		for i := range n {
			f.Geometry = append(f.Geometry, orb.Polygon{box4(float64(i%300)*2, float64(i/300)*2, 1)})
		}
		return f
	}
	if issues := Validate(grid(3000)); len(issues) > 0 {
		t.Error(issues)
	}
	start := time.Now()
	if got := codes(Validate(grid(100_000))); got != "too-complex" {
		t.Errorf("issues %q", got)
	}
	if d := time.Since(start); d > 10*time.Second {
		t.Errorf("100,000 polygons took %v", d)
	}
}

func TestOrientIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.Float64Range(-180, 180)
		p := func(n string) orb.Point { return orb.Point{c.Draw(t, n+"x"), c.Draw(t, n+"y")} }
		a, b, q := p("a"), p("b"), p("c")
		if rapid.Bool().Draw(t, "near") { // almost on the line
			k := rapid.Float64Range(0, 1).Draw(t, "k")
			q = orb.Point{a[0] + k*(b[0]-a[0]), a[1] + k*(b[1]-a[1])}
		}
		want := orientExact(a, b, q)
		if got := orient(a, b, q); got != want || orient(b, a, q) != -want || orient(b, q, a) != want {
			t.Fatalf("%v %v %v: %d, exactly %d", a, b, q, got, want)
		}
	})
}

func TestContainsCentroidOfConvex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(3, 40).Draw(t, "n")
		sx, sy := rapid.Float64Range(0.01, 2).Draw(t, "sx"), rapid.Float64Range(0.01, 1).Draw(t, "sy")
		r := star(slices.Repeat([]float64{1}, n))
		for i := range r {
			r[i] = orb.Point{4.5 + sx*(r[i][0]-4.5), 50.5 + sy*(r[i][1]-50.5)}
		}
		mp := orb.MultiPolygon{{r}}
		c, ok := Centroid(mp)
		if !ok || far(c[0], 4.5, 1e-9) || far(c[1], 50.5, 1e-9) || !Contains(mp, c[0], c[1]) {
			t.Fatalf("centroid %v", c)
		}
		k := rapid.IntRange(0, n-1).Draw(t, "k")
		out := orb.Point{4.5 + 1.001*(r[k][0]-4.5), 50.5 + 1.001*(r[k][1]-50.5)}
		if Contains(mp, out[0], out[1]) {
			t.Fatalf("%v is outside", out)
		}
	})
}

func TestInteriorPointIsInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mp := orb.MultiPolygon{{drawStar(t, 3)}}
		p, ok := InteriorPoint(mp)
		if !ok || !Contains(mp, p[0], p[1]) || locate(mp[0][0], p) != inside {
			t.Fatalf("%v %v", p, ok)
		}
	})
	if _, ok := InteriorPoint(nil); ok {
		t.Error("nothing has no interior")
	}
	if _, ok := Centroid(orb.MultiPolygon{{orb.Ring{}}}); ok {
		t.Error("nothing has no centroid")
	}
}

// The two tests of a point, one exact on borders and one half-open, agree off them.
func TestContainsAgreesWithLocate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawStar(t, 3)
		p := orb.Point{rapid.Float64Range(3.4, 5.6).Draw(t, "x"), rapid.Float64Range(49.4, 51.6).Draw(t, "y")}
		if s := locate(r, p); s != onBorder && (s == inside) != Contains(orb.MultiPolygon{{r}}, p[0], p[1]) {
			t.Fatalf("%v", p)
		}
	})
}

func TestAreaOfTheGlobeAndOfHoles(t *testing.T) {
	// The surface of the WGS 84 ellipsoid is a published constant.
	globe := orb.Ring{}
	for lon := -180.0; lon <= 180; lon++ {
		globe = append(globe, orb.Point{lon, -90})
	}
	for lon := 180.0; lon >= -180; lon-- {
		globe = append(globe, orb.Point{lon, 90})
	}
	globe = append(globe, globe[0])
	if a := Area(orb.MultiPolygon{{globe}}) / 1e6; far(a, 510065621.724, 0.001) {
		t.Errorf("the globe has %.3f km2", a)
	}
	whole, hole := box4(4, 50, 1), box4(4.25, 50.25, 0.5)
	if a := Area(orb.MultiPolygon{{whole, hole}}) + Area(orb.MultiPolygon{{hole}}); far(a/Area(orb.MultiPolygon{{whole}}), 1, 1e-12) {
		t.Error("a hole is not taken off")
	}
}

func TestDistance(t *testing.T) {
	cases := []struct{ lon1, lat1, lon2, lat2, want, within float64 }{
		// Vincenty's test line: Flinders Peak to Buninyong on GRS 80, 54,972.271 m.
		{144 + 25./60 + 29.52440/3600, -(37 + 57./60 + 3.72030/3600), 143 + 55./60 + 35.38390/3600, -(37 + 39./60 + 10.15610/3600), 54972.271, 0.001},
		{4, 50, 4, 50, 0, 0},
		{0, 0, 1, 0, 111319.491, 0.001},         // a degree of the equator
		{0, -90, 0, 90, 20003931.459, 0.01},     // half a meridian
		{0, 0, 180, 0, 20003931.459, 2e7 / 160}, // antipodes: sphere
		{179.9, 50, -179.9, 50, 14340, 20},      // over the date line
	}
	for _, c := range cases {
		if got := Distance(c.lon1, c.lat1, c.lon2, c.lat2); far(got, c.want, c.within) {
			t.Errorf("%v: %.4f m", c, got)
		}
	}
	if d := Distance(math.NaN(), 0, 1, 1); !math.IsNaN(d) {
		t.Errorf("NaN gives %v", d)
	}
}

func TestDistanceAgreesWithThePlane(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := func(n string) (float64, float64) {
			return rapid.Float64Range(2.8, 4.7).Draw(t, n), rapid.Float64Range(49.9, 50.9).Draw(t, n)
		}
		lon1, lat1 := p("a")
		lon2, lat2 := p("b")
		x1, y1 := EPSG3812.FromWGS84(lon1, lat1)
		x2, y2 := EPSG3812.FromWGS84(lon2, lat2)
		d, plane := Distance(lon1, lat1, lon2, lat2), math.Hypot(x2-x1, y2-y1)
		if far(d, plane, d*2e-4+1e-6) || far(d, Distance(lon2, lat2, lon1, lat1), 1e-6) {
			t.Fatalf("%f, in the plane %f", d, plane)
		}
	})
}

func TestNeighboursByPointOnly(t *testing.T) {
	fs := []Feature{
		{Code: "A", Geometry: orb.MultiPolygon{{box4(0, 0, 1)}}},
		{Code: "B", Geometry: orb.MultiPolygon{{box4(1, 1, 1)}}}, // a corner
		{Code: "C", Geometry: orb.MultiPolygon{{box4(1, 0, 1)}}}, // a side of both
		{Code: "D"},
	}
	got := Neighbours(fs)
	if len(got["A"]) != 1 || len(got["B"]) != 1 || strings.Join(got["C"], "") != "AB" || got["D"] == nil {
		t.Errorf("%v", got)
	}
}

func TestSimplifyKeepsSmallAreas(t *testing.T) {
	// A square of 70 m at a tolerance of 5 km, between two large ones.
	small := box4(4, 50, 0.001)
	fs := []Feature{one(small), one(box4(4.001, 50, 0.001)), one(star(slices.Repeat([]float64{0.3}, 90)))}
	for i, f := range Simplify(fs, 5000) {
		if issues := Validate(f); len(issues) > 0 {
			t.Errorf("%d: %v", i, issues)
		}
	}
	if !slices.Equal(small, box4(4, 50, 0.001)) {
		t.Error("the input changed")
	}
}

func TestSimplifyStarsStayValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := one(drawStar(t, 5))
		tolerance := rapid.Float64Range(0, 50_000).Draw(t, "tolerance")
		if issues := Validate(Simplify([]Feature{f}, tolerance)[0]); len(issues) > 0 {
			t.Fatalf("%v", issues)
		}
	})
}

func TestDrawingOfNothing(t *testing.T) {
	nan := orb.Ring{{math.NaN(), 50}, {math.Inf(1), 50}, {4, 51}, {math.NaN(), 50}}
	for _, fs := range [][]Feature{nil, {one()}, {one(orb.Ring{})}, {one(nan)}} {
		for _, width := range []float64{0, -1, 100, math.NaN(), math.Inf(1)} {
			if d := ToSVGPaths(fs, width, 1); d.Paths["A"] != "" {
				t.Errorf("%v at %v: %q", fs, width, d.Paths["A"])
			}
		}
	}
}

func TestPathDataIsShort(t *testing.T) {
	r := orb.Ring{{0, 0}, {0.5, -0.3}, {10, 20.31}, {10.04, 20.3}, {-0.1, 3}, {0, 0}}
	got := pathData(orb.MultiPolygon{{r}}, func(p orb.Point) (float64, float64) { return p[0], p[1] })
	if want := "M0 0l.5-.3 9.5 20.6-10.1-17.3z"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestWriteGeoJSON(t *testing.T) {
	hole := box4(4.2, 50.2, 0.1)
	shell := box4(4, 50, 1)[:4]
	shell.Reverse()
	f := Feature{Code: `a"b`, Name: "N", Props: map[string]string{"z": "1", "a": "<é>"}, Geometry: orb.MultiPolygon{{shell, hole}}}
	var b bytes.Buffer
	if err := WriteGeoJSON(&b, []Feature{f, {Name: "none"}}); err != nil {
		t.Fatal(err)
	}
	fs, _, err := Read(bytes.NewReader(b.Bytes()), ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	g := fs[0].Geometry[0]
	if fs[0].Code != `a"b` || fs[0].Props["a"] != "<é>" || g[0].Orientation() != orb.CCW || g[1].Orientation() != orb.CW || !g[0].Closed() {
		t.Errorf("%s", b.String())
	}
	if fs[1].Name != "none" || fs[1].Code != "" || fs[1].Geometry != nil {
		t.Errorf("%+v", fs[1])
	}
	if shell[0] != (orb.Point{4, 51}) {
		t.Error("the input was turned")
	}
	bad := one(orb.Ring{{math.NaN(), 1}})
	wantFault(t, WriteGeoJSON(&b, []Feature{bad}), IssueNotFinite, "A")
	if err := WriteGeoJSON(failing{}, []Feature{f}); err == nil {
		t.Error("write error lost")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, bytes.ErrTooLarge }
