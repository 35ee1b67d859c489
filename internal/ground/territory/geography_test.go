package territory

import (
	"slices"
	"strings"
	"testing"

	"beffroi/internal/platform/db/dbtest"
)

// checkLand checks what the real boundaries answer.
func checkLand(t *testing.T, a *Atlas) {
	t.Helper()
	for _, c := range []struct {
		lon, lat float64
		key      string
	}{{2.96, 50.755, "57097"}, {3.952, 50.4545, "53053"}, {4.444, 50.411, "52011"}} {
		if got := a.At(c.lon, c.lat); got == nil || got.Key != c.key {
			t.Errorf("%v, %v is in %v, want %s", c.lon, c.lat, got, c.key)
		}
	}
	if got := a.At(4.35, 50.85); got != nil {
		t.Errorf("Brussels is in %s", got.NameFR)
	}
	seneffe, louviere := commune(t, a, "55085"), commune(t, a, "58001")
	if !slices.Contains(a.Neighbours(seneffe.ID), louviere) || !slices.Contains(a.Neighbours(louviere.ID), seneffe) {
		t.Error("Seneffe and La Louvière share 2.3 km of border")
	}
	for _, c := range a.Communes(today) {
		for _, n := range a.Neighbours(c.ID) {
			if !slices.Contains(a.Neighbours(n.ID), c) || n == c {
				t.Errorf("%s and %s are not neighbours both ways", c.NameFR, n.NameFR)
			}
		}
	}
	comines := commune(t, a, "57097")
	if n := a.Neighbours(comines.ID); len(n) != 0 {
		t.Errorf("the exclave has neighbours: %v", keys(n))
	}
	if m, ok := a.Distance(seneffe.ID, louviere.ID); !ok || m < 5_000 || m > 12_000 {
		t.Errorf("Seneffe to La Louvière: %v %v", m, ok)
	}
	back, _ := a.Distance(louviere.ID, seneffe.ID)
	if there, _ := a.Distance(seneffe.ID, louviere.ID); there-back > 0.01 || back-there > 0.01 {
		t.Errorf("distances differ: %v and %v", there, back)
	}
	paths, box := a.Shapes()
	if len(paths) != 69 || !strings.HasPrefix(box, "0 0 ") || paths[comines.ID] == "" {
		t.Errorf("%d paths in %q", len(paths), box)
	}
}

func TestWithoutBoundariesPlacesAreUnknown(t *testing.T) {
	a := atlasOf(t, seeded(t, dbtest.SQLite(t, schemas)))
	mons, ath := commune(t, a, "53053"), commune(t, a, "51004")
	if _, ok := a.Distance(mons.ID, ath.ID); ok || a.At(3.95, 50.45) != nil || a.Neighbours(mons.ID) != nil || a.HasShapes() {
		t.Error("an answer without boundaries")
	}
	if paths, box := a.Shapes(); paths != nil || box != "" {
		t.Errorf("%d paths in %q", len(paths), box)
	}
	if a.Neighbours(0) != nil {
		t.Error("neighbours of nothing")
	}
}

func drawn(t *testing.T, a *Atlas, o MapOptions) string {
	t.Helper()
	var b strings.Builder
	if err := a.Map(o).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestMapIsHexagonsUntilBoundariesComeIn(t *testing.T) {
	s := seeded(t, dbtest.SQLite(t, schemas))
	options := MapOptions{ID: "m", Title: "Communes", Lang: "fr", Day: today, Marked: commune(t, atlasOf(t, s), "53053").ID,
		Value: func(a *Area) string { return a.Key }}
	hex := drawn(t, atlasOf(t, s), options)
	if !strings.Contains(hex, "hexmap") || strings.Count(hex, "<a ") != 69 || !strings.Contains(hex, `href="/communes/53053"`) || !strings.Contains(hex, "sel") {
		t.Errorf("hexagons: %d links, %.200s", strings.Count(hex, "<a "), hex)
	}
	h := newHouse(t, s)
	h.load("boundaries", "one", square("53053", "Mons"))
	if !strings.Contains(drawn(t, atlasOf(t, s), options), "hexmap") {
		t.Error("one boundary of 69 replaced the hexagons")
	}
	h.load("boundaries", "all", string(shared(t, "communes-hainaut.geojson")))
	for _, small := range []bool{false, true} {
		options.Small = small
		real := drawn(t, atlasOf(t, s), options)
		if !strings.Contains(real, "areamap") || strings.Count(real, "<a ") != 69 {
			t.Errorf("boundaries: %d links, %.200s", strings.Count(real, "<a "), real)
		}
		t.Logf("small %v: %d bytes", small, len(real))
	}
}

func TestMapOfAnEmptyRegisterDrawsNothing(t *testing.T) {
	a := atlasOf(t, NewService(dbtest.SQLite(t, schemas)))
	if got := drawn(t, a, MapOptions{ID: "m", Title: "x", Day: today}); got != "" || a.Drawable(today) {
		t.Errorf("%q", got)
	}
}
