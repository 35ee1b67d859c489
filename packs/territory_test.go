package packs

import (
	"math/big"
	"testing"
)

func TestCountsOfAreas(t *testing.T) {
	areas := table(t, "areas.csv")
	ids(t, areas, "code")
	current := 0
	for _, r := range within(areas, "kind", "arrondissement") {
		if r["valid_to"] == "" {
			current++
		}
	}
	if current != 7 {
		t.Errorf("%d current arrondissements, want 7", current)
	}
	want := map[string]int{"region": 1, "province": 1, "arrondissement": 9, "commune": 69, "former_commune": 390,
		"rescue_zone": 3, "territory": 3, "police_zone": 3, "river_contract": 5}
	got := map[string]int{}
	for _, r := range areas {
		got[r["kind"]]++
	}
	for kind, n := range want {
		if got[kind] != n {
			t.Errorf("%d of kind %s, want %d", got[kind], kind, n)
		}
	}
	if len(got) != len(want) {
		t.Errorf("kinds %v", got)
	}
}

func TestParentsExistAndLived(t *testing.T) {
	areas := table(t, "areas.csv")
	byCode := map[string]row{}
	for _, r := range areas {
		byCode[r["code"]] = r
	}
	for _, r := range areas {
		parent, known := byCode[r["parent"]]
		if r["kind"] != "region" && !known {
			t.Errorf("%s: unknown parent %q", r["code"], r["parent"])
		}
		if r["kind"] == "former_commune" && parent["valid_to"] != "" && r["valid_to"] > parent["valid_to"] {
			t.Errorf("%s outlives its parent", r["code"])
		}
		if r["kind"] == "commune" && (r["valid_to"] != "" || parent["valid_to"] != "") {
			t.Errorf("commune %s or its arrondissement has ended", r["code"])
		}
	}
}

func TestArea(t *testing.T) {
	total := new(big.Rat)
	for _, r := range within(table(t, "areas.csv"), "kind", "commune") {
		a, ok := new(big.Rat).SetString(r["area_km2"])
		if !ok {
			t.Fatalf("%s: area %q", r["code"], r["area_km2"])
		}
		total.Add(total, a)
	}
	if got := total.FloatString(2); got != "3812.85" {
		t.Errorf("area %s km2, want 3812.85", got)
	}
}

func TestMembershipCounts(t *testing.T) {
	areas, known := ids(t, table(t, "areas.csv"), "code"), communes(t)
	current, dated := map[string]int{}, map[string]int{}
	for _, m := range table(t, "memberships.csv") {
		if !known[m["area"]] || !areas[m["group"]] {
			t.Errorf("membership of unknown area: %v", m)
		}
		if m["valid_to"] == "" {
			current[m["group"]]++
			dated[m["area"]+m["group_kind"]]++
		}
	}
	for group, n := range map[string]int{"ter-wallonie-picarde": 23, "ter-coeur-du-hainaut": 24, "ter-charleroi-sud-hainaut": 22,
		"rz-wallonie-picarde": 19, "rz-hainaut-centre": 28, "rz-hainaut-est": 22} {
		if current[group] != n {
			t.Errorf("%s has %d communes, want %d", group, current[group], n)
		}
	}
	if n := current["pz-tournaisis"] + current["pz-hauts-pays"] + current["pz-mons-quevy"]; n != 10 {
		t.Errorf("%d communes in police zones, want 10", n)
	}
	for code := range known {
		for _, kind := range []string{"arrondissement", "territory", "rescue_zone"} {
			if dated[code+kind] != 1 {
				t.Errorf("%s is in %d of kind %s today", code, dated[code+kind], kind)
			}
		}
	}
}

// On the last day of 2018 every commune was in exactly one arrondissement, and the two new ones were empty.
func TestArrondissementsBefore2019(t *testing.T) {
	in := map[string]int{}
	members := map[string]int{}
	for _, m := range within(table(t, "memberships.csv"), "group_kind", "arrondissement") {
		if m["valid_from"] <= "2018-12-31" && (m["valid_to"] == "" || m["valid_to"] >= "2018-12-31") {
			in[m["area"]]++
			members[m["group"]]++
		}
	}
	for code := range communes(t) {
		if in[code] != 1 {
			t.Errorf("%s was in %d arrondissements", code, in[code])
		}
	}
	if members["58000"] != 0 || members["57000"] != 0 || members["54000"] != 2 || members["57000-1970"] != 10 {
		t.Errorf("members at the end of 2018: %v", members)
	}
}

func TestRecodesOf2019(t *testing.T) {
	codes := table(t, "area_codes.csv")
	ended := map[string]string{}
	open := map[string]int{}
	for _, c := range codes {
		if c["valid_to"] == "2018-12-31" {
			ended[c["code"]] = c["area"]
		}
		if c["valid_to"] == "" {
			open[c["area"]]++
		}
	}
	recoded := 0
	for _, e := range within(table(t, "events.csv"), "date", "2019-01-01") {
		if e["kind"] == "recode" {
			recoded++
			if ended[e["from"]] != e["to"] {
				t.Errorf("recode %s to %s: area_codes says %q", e["from"], e["to"], ended[e["from"]])
			}
		}
	}
	if recoded != 11 {
		t.Errorf("%d communes recoded in 2019, want 11", recoded)
	}
	for code := range communes(t) {
		if open[code] != 1 {
			t.Errorf("%s has %d codes in force", code, open[code])
		}
	}
}

func TestEventsNameKnownCodes(t *testing.T) {
	known := ids(t, table(t, "areas.csv"), "code")
	for _, c := range table(t, "area_codes.csv") {
		known[c["code"]] = true
	}
	for _, e := range table(t, "events.csv") {
		for _, code := range append(list(e["from"]), list(e["to"])...) {
			if !known[code] {
				t.Errorf("event of %s names unknown %q", e["date"], code)
			}
		}
	}
}

func TestNamesPostalCodesAndHexagons(t *testing.T) {
	known, main, cells := communes(t), map[string]int{}, map[string]bool{}
	for _, n := range table(t, "names.csv") {
		if !known[n["area"]] || n["name"] == "" {
			t.Errorf("name %v", n)
		}
	}
	for _, p := range table(t, "postal_codes.csv") {
		if !known[p["area"]] || p["code"] < "6000" || p["code"] > "7999" || len(p["code"]) != 4 {
			t.Errorf("postal code %v", p)
		}
		main[p["area"]] += int(number(t, p["main"]))
	}
	hexes := table(t, "hex.csv")
	for _, h := range hexes {
		cell := h["x"] + "," + h["y"]
		if !known[h["code"]] || cells[cell] || (number(t, h["x"])+number(t, h["y"]))%2 != 0 {
			t.Errorf("hexagon %v", h)
		}
		cells[cell] = true
	}
	if tiles := ids(t, hexes, "code"); len(tiles) != 69 {
		t.Errorf("%d hexagons", len(tiles))
	}
	for code := range known {
		if main[code] != 1 {
			t.Errorf("%s has %d main postal codes", code, main[code])
		}
	}
}
