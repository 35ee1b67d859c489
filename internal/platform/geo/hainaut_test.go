package geo

import (
	"bytes"
	"compress/gzip"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
)

func hainaut(t testing.TB) []Feature {
	t.Helper()
	f, err := os.Open(shared(t, "communes-hainaut.geojson"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	features, rep, err := Read(f, ReadOptions{CodeProperty: "nis"})
	if err != nil {
		t.Fatal(err)
	}
	if rep.Format != "geojson" || rep.CRS != EPSG4326 || rep.Declared || rep.Features != 69 ||
		rep.Vertices != 12313 || len(rep.Notices) != 0 {
		t.Fatalf("report %+v", rep)
	}
	return features
}

func totalArea(features []Feature) float64 {
	sum := 0.0
	for _, f := range features {
		sum += Area(f.Geometry)
	}
	return sum
}

func TestHainautIsValid(t *testing.T) {
	for _, f := range hainaut(t) {
		if issues := Validate(f); len(issues) > 0 {
			t.Errorf("%s %s: %+v", f.Code, f.Name, issues)
		}
	}
}

func TestHainautAreas(t *testing.T) {
	features := hainaut(t)
	total := totalArea(features) / 1e6
	// 3813.44 is the sum in the plane of Lambert 72, 3812.83 the official one,
	// 3813.8492 the sum by GDAL with st_area(geometry, 1), on the ellipsoid.
	for _, c := range []struct{ want, within float64 }{{3813.44, 0.0002}, {3812.83, 0.001}, {3813.8492, 1e-6}} {
		if far(total/c.want, 1, c.within) {
			t.Errorf("total %.4f km2, want %.4f within %g", total, c.want, c.within)
		}
	}
	official := map[string]float64{}
	for _, row := range readCSV(t, shared(t, "communes-hainaut.csv")) {
		official[row["nis"]] = number(t, row["area_km2"])
	}
	worst := 0.0
	for _, f := range features {
		worst = max(worst, math.Abs(Area(f.Geometry)/1e6/official[f.Code]-1))
	}
	if !(worst > 0.0050 && worst < 0.0060) {
		t.Errorf("worst commune %.3f %% off, want 0.57", worst*100)
	}
}

func pairs(near map[string][]string) int {
	n := 0
	for _, codes := range near {
		n += len(codes)
	}
	return n / 2
}

func TestHainautNeighbours(t *testing.T) {
	near := Neighbours(hainaut(t))
	if len(near) != 69 || pairs(near) != 158 {
		t.Errorf("%d communes, %d pairs, want 69 and 158", len(near), pairs(near))
	}
	if n, ok := near["57097"]; !ok || len(n) != 0 {
		t.Errorf("Comines-Warneton has neighbours %v", n)
	}
	for code, others := range near {
		for _, other := range others {
			if !slices.Contains(near[other], code) {
				t.Errorf("%s has %s, not the other way round", code, other)
			}
		}
	}
}

func TestHainautOutline(t *testing.T) {
	features := hainaut(t)
	outline := Outline(features)
	if len(outline) != 2 || len(outline[0]) != 1 || len(outline[1]) != 1 {
		t.Fatalf("%d outer rings, want 2 without holes", len(outline))
	}
	if far(Area(outline), totalArea(features), 1) {
		t.Errorf("outline has %.0f m2, its communes %.0f", Area(outline), totalArea(features))
	}
	if issues := Validate(Feature{Geometry: outline}); len(issues) > 0 {
		t.Error(issues)
	}
}

func TestHainautLookup(t *testing.T) {
	features := hainaut(t)
	ix := NewIndex(features)
	for _, c := range []struct {
		lon, lat float64
		code     string
	}{
		{3.9523, 50.4542, "53053"}, // Mons
		{2.9987, 50.7686, "57097"}, // Comines
		{4.3517, 50.8466, ""},      // Brussels
		{3.0, 50.65, ""},           // between Comines and the rest
		{math.NaN(), 50, ""},
	} {
		i, ok := ix.Find(c.lon, c.lat)
		if ok != (c.code != "") || ok && features[i].Code != c.code {
			t.Errorf("%v %v: got %d %v, want %q", c.lon, c.lat, i, ok, c.code)
		}
	}
	for i, f := range features {
		p, ok := InteriorPoint(f.Geometry)
		if got, found := ix.Find(p[0], p[1]); !ok || !found || got != i {
			t.Errorf("%s: interior point %v found in %d", f.Code, p, got)
		}
	}
}

// Every vertex, though on borders, is in at most one commune, and the index agrees
// with looking everywhere.
func TestHainautBordersBelongToOne(t *testing.T) {
	features := hainaut(t)
	ix := NewIndex(features)
	inner := 0
	for _, f := range features[:12] {
		for _, p := range f.Geometry[0][0] {
			first, n := -1, 0
			for k, g := range features {
				if Contains(g.Geometry, p[0], p[1]) {
					n++
					if first < 0 {
						first = k
					}
				}
			}
			if i, ok := ix.Find(p[0], p[1]); n > 1 || ok != (n == 1) || ok && i != first {
				t.Fatalf("%v is in %d communes, index says %d %v", p, n, i, ok)
			}
			inner += n
		}
	}
	if inner == 0 {
		t.Error("no vertex belongs to any commune")
	}
}

func TestHainautSimplify(t *testing.T) {
	features := hainaut(t)
	for _, tolerance := range []float64{0, 20, 100, 400} {
		simple := Simplify(features, tolerance)
		for _, f := range simple {
			if issues := Validate(f); len(issues) > 0 {
				t.Errorf("at %v m %s: %+v", tolerance, f.Code, issues)
			}
		}
		if n := pairs(Neighbours(simple)); n != 158 {
			t.Errorf("at %v m %d pairs, want 158", tolerance, n)
		}
		// No gap and no overlap: the parts make up the whole.
		if whole, parts := Area(Outline(simple)), totalArea(simple); far(whole/parts, 1, 1e-9) {
			t.Errorf("at %v m the outline has %.0f m2, the communes %.0f", tolerance, whole, parts)
		}
		if drift := totalArea(simple)/totalArea(features) - 1; far(drift, 0, 2e-7*tolerance*100+1e-12) {
			t.Errorf("at %v m the area drifts by %g", tolerance, drift)
		}
		if d := farthest(features, simple); d > tolerance+1e-6 {
			t.Errorf("at %v m a vertex is %.3f m from its border", tolerance, d)
		}
	}
	if n := vertices(Simplify(features, 100)); n > vertices(features)/2 {
		t.Errorf("100 m leaves %d points of %d", n, vertices(features))
	}
}

func vertices(features []Feature) int {
	n := 0
	for _, f := range features {
		for _, poly := range f.Geometry {
			for _, r := range poly {
				n += len(r)
			}
		}
	}
	return n
}

// farthest is the greatest distance in metres of a vertex to the simplified
// border of its own commune.
func farthest(features, simple []Feature) float64 {
	worst := 0.0
	for i, f := range features {
		a := Reproject(f.Geometry.Clone(), EPSG4326, EPSG3812).(orb.MultiPolygon)[0][0]
		b := Reproject(simple[i].Geometry.Clone(), EPSG4326, EPSG3812).(orb.MultiPolygon)[0][0]
		for _, p := range a {
			least := math.Inf(1)
			for k := 1; k < len(b); k++ {
				least = min(least, toSegment(p, b[k-1], b[k]))
			}
			worst = max(worst, least)
		}
	}
	return worst
}

func TestHainautDrawing(t *testing.T) {
	features := hainaut(t)
	d := ToSVGPaths(features, 640, 0.5)
	var all bytes.Buffer
	zip := gzip.NewWriter(&all)
	raw := 0
	for _, f := range features {
		path := d.Paths[f.Code]
		if !strings.HasPrefix(path, "M") || !strings.HasSuffix(path, "z") {
			t.Errorf("%s: path %q", f.Code, path)
		}
		raw += len(path)
		zip.Write([]byte(path))
		l, ok := d.Labels[f.Code]
		if !ok || l[0] < 0 || l[0] > d.Width || l[1] < 0 || l[1] > d.Height {
			t.Errorf("%s: label at %v", f.Code, l)
		}
	}
	zip.Close()
	t.Logf("640 px at 0.5 px: %d bytes raw, %d gzip, view box %s", raw, all.Len(), d.ViewBox)
	if raw > 70_000 || all.Len() > 243_048*30/100 {
		t.Errorf("%d bytes raw, %d after gzip", raw, all.Len())
	}
	if fine := ToSVGPaths(features, 1000, 0.3); len(strings.Join(values(fine.Paths), "")) > 70_000 {
		t.Error("1000 px at 0.3 px is over 70 kB")
	}
	again := ToSVGPaths(features, 640, 0.5)
	if again.Paths["53053"] != d.Paths["53053"] {
		t.Error("the same input gives different bytes")
	}
}

func values(m map[string]string) []string {
	var out []string
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

func TestHainautWriteAndReadAgain(t *testing.T) {
	features := hainaut(t)
	var b bytes.Buffer
	if err := WriteGeoJSON(&b, features); err != nil {
		t.Fatal(err)
	}
	again, rep, err := Read(&b, ReadOptions{})
	if err != nil || len(again) != 69 || rep.Vertices != 12313 {
		t.Fatal(rep, err)
	}
	for i, f := range again {
		if f.Code != features[i].Code || f.Name != features[i].Name || f.Props["name_nl"] != features[i].Props["name_nl"] {
			t.Errorf("%d: %s %s", i, f.Code, f.Name)
		}
		if ringArea(f.Geometry[0][0]) <= 0 {
			t.Errorf("%s: shell is clockwise", f.Code)
		}
	}
	if far(totalArea(again), totalArea(features), 1) {
		t.Error("area changed")
	}
}

// Written in Lambert 72 and read back: the path of an import.
func TestHainautThroughLambert72(t *testing.T) {
	features := hainaut(t)
	metric := make([]Feature, len(features))
	for i, f := range features {
		f.Geometry = Reproject(f.Geometry.Clone(), EPSG4326, EPSG31370).(orb.MultiPolygon)
		metric[i] = f
	}
	var b bytes.Buffer
	if err := WriteGeoJSON(&b, metric); err != nil {
		t.Fatal(err)
	}
	data := b.Bytes()
	back, rep, err := Read(bytes.NewReader(data), ReadOptions{CRS: EPSG31370})
	if err != nil || rep.CRS != EPSG31370 || !rep.Declared {
		t.Fatal(rep, err)
	}
	for i := range back {
		if back[i].Geometry[0][0].Orientation() != orb.CCW {
			t.Errorf("%s clockwise", back[i].Code)
		}
		a, c := features[i].Geometry.Bound(), back[i].Geometry.Bound()
		if far(a.Min[0], c.Min[0], 1e-9) || far(a.Max[1], c.Max[1], 1e-9) {
			t.Errorf("%s moved: %v %v", back[i].Code, a, c)
		}
	}
	if n := pairs(Neighbours(back)); n != 158 {
		t.Errorf("%d pairs", n)
	}
	_, _, err = Read(bytes.NewReader(data), ReadOptions{})
	wantFault(t, err, "geo.metres-as-degrees", "51004")
	_, _, err = Read(bytes.NewReader(data), ReadOptions{CRS: EPSG3812})
	wantFault(t, err, "geo.wrong-grid", "51004")
}

func BenchmarkReproject(b *testing.B) {
	features := hainaut(b)
	b.ReportAllocs()
	for b.Loop() {
		for _, f := range features {
			Reproject(f.Geometry, EPSG4326, EPSG31370)
			Reproject(f.Geometry, EPSG31370, EPSG4326)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2/12313, "ns/vertex")
}

// The whole of what ogr2ogr does: read, reproject from Lambert 72, write.
func BenchmarkReadReprojectWrite(b *testing.B) {
	var file bytes.Buffer
	features := hainaut(b)
	for _, f := range features {
		Reproject(f.Geometry, EPSG4326, EPSG31370)
	}
	if err := WriteGeoJSON(&file, features); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		got, _, err := Read(bytes.NewReader(file.Bytes()), ReadOptions{CRS: EPSG31370})
		if err != nil {
			b.Fatal(err)
		}
		var out bytes.Buffer
		if err := WriteGeoJSON(&out, got); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	data, err := os.ReadFile(shared(b, "communes-hainaut.geojson"))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, _, err := Read(bytes.NewReader(data), ReadOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	features := hainaut(b)
	for b.Loop() {
		for _, f := range features {
			Validate(f)
		}
	}
}

func BenchmarkArea(b *testing.B) {
	features := hainaut(b)
	for b.Loop() {
		totalArea(features)
	}
}

func BenchmarkNeighbours(b *testing.B) {
	features := hainaut(b)
	for b.Loop() {
		Neighbours(features)
	}
}

func BenchmarkToSVGPaths(b *testing.B) {
	features := hainaut(b)
	for b.Loop() {
		ToSVGPaths(features, 640, 0.5)
	}
}

func BenchmarkContains(b *testing.B) {
	features := hainaut(b)
	ix := NewIndex(features)
	for b.Loop() {
		if _, ok := ix.Find(3.9523, 50.4542); !ok {
			b.Fatal("lost Mons")
		}
	}
}
