package territory

import (
	"strings"
	"testing"

	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
)

func TestBadShapes(t *testing.T) {
	h := newHouse(t, seeded(t, dbtest.SQLite(t, schemas)))
	for _, c := range []struct{ name, rings, code string }{
		{"unclosed", "[[[3.8,50.4],[4.0,50.4],[4.0,50.6],[3.8,50.6]]]", "geo.unclosed"},
		{"crossing", "[[[3.8,50.4],[4.0,50.6],[4.0,50.4],[3.8,50.6],[3.8,50.4]]]", "geo.crossing"},
	} {
		notes := h.refused("boundaries", collection(feature("53053", "Mons", c.rings)))
		if len(notes) == 0 || notes[0].Code != c.code || notes[0].Value != "Mons" || notes[0].Args["at"] == "" {
			t.Errorf("%s: %+v", c.name, notes)
		}
	}
	_, err := h.apply("boundaries", "metres", collection(feature("53053", "Mons", "[[[120000,127000],[125000,127000],[125000,130000],[120000,127000]]]")), nil)
	if e := fault.From(err); e.Kind != fault.Invalid || e.Code != "geo.metres-as-degrees" {
		t.Errorf("metres as degrees: %v", err)
	}
	if notes := h.refused("boundaries", collection(feature("44021", "Gent", "[[[3.6,51.0],[3.8,51.0],[3.8,51.2],[3.6,51.0]]]"))); codesOf(notes) != "territory.shape.none" {
		t.Errorf("no commune of ours: %+v", notes)
	}
	if notes := h.refused("boundaries", collection(feature("53053", "Mons", squareRing), feature("", "Bergen", squareRing))); codesOf(notes) != "territory.duplicate" {
		t.Errorf("the same commune twice: %+v", notes)
	}
	if atlasOf(t, h.Service).HasShapes() {
		t.Error("a refused file left a shape")
	}
}

const squareRing = "[[[3.8,50.4],[4.0,50.4],[4.0,50.6],[3.8,50.6],[3.8,50.4]]]"

func TestShapeRemarks(t *testing.T) {
	h := newHouse(t, seeded(t, dbtest.SQLite(t, schemas)))
	out := h.load("boundaries", "b.geojson", collection(feature("53053", "Mons", squareRing), feature("44021", "Gent", squareRing)))
	notes := noted(out, intake.Warning)
	if codesOf(notes) != "territory.shape.area territory.shape.missing" {
		t.Fatalf("%+v", out.Notes)
	}
	if area := notes[0].Args; area["official"] == "" || area["given"] == "" || area["official"] == area["given"] {
		t.Errorf("figures: %v", area)
	}
	if missing := notes[1].Args; missing["n"] != "68" || !strings.Contains(missing["names"].(string), "Ath") || strings.Contains(missing["names"].(string), "Mons,") {
		t.Errorf("missing: %v", missing)
	}
	if codesOf(noted(out, intake.Info)) != "territory.shape.foreign" {
		t.Errorf("%+v", out.Notes)
	}
	a := atlasOf(t, h.Service)
	if c := a.At(3.9, 50.5); c == nil || c.Key != "53053" {
		t.Errorf("the middle of the square is in %v", c)
	}
}

func TestLambertBoundaries(t *testing.T) {
	h := newHouse(t, seeded(t, dbtest.SQLite(t, schemas)))
	// The Grand-Place of Mons is near (120 500, 126 900) in Lambert 72.
	rings := "[[[118000,124000],[123000,124000],[123000,129000],[118000,129000],[118000,124000]]]"
	b, err := h.apply("boundaries", "l72", collection(feature("53053", "Mons", rings)), map[string]string{"crs": "EPSG:31370"})
	if err != nil {
		t.Fatalf("%v %+v", err, b.Outcome)
	}
	if c := atlasOf(t, h.Service).At(3.952, 50.4545); c == nil || c.Key != "53053" {
		t.Errorf("the Grand-Place is in %v", c)
	}
}

func TestTopoJSON(t *testing.T) {
	h := newHouse(t, seeded(t, dbtest.SQLite(t, schemas)))
	h.load("boundaries", "t.json", `{"type":"Topology","arcs":[[[3.8,50.4],[4.0,50.4],[4.0,50.6],[3.8,50.6],[3.8,50.4]]],
		"objects":{"c":{"type":"GeometryCollection","geometries":[{"type":"Polygon","arcs":[[0]],"properties":{"name_nl":"Bergen"}}]}}}`)
	if c := atlasOf(t, h.Service).At(3.9, 50.5); c == nil || c.Key != "53053" {
		t.Errorf("the middle of the square is in %v", c)
	}
}
