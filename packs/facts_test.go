package packs

import (
	"encoding/csv"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// year renders a year of a TOML file.
func year(v any) string {
	n, ok := v.(int64)
	if !ok {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// sharedTable reads a table of the real data beside the module, or skips.
func sharedTable(t *testing.T, name string) []row {
	t.Helper()
	root := os.Getenv("BEFFROI_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "shared")
	}
	f, err := os.Open(filepath.Join(root, "data", filepath.FromSlash(name)))
	if err != nil {
		t.Skipf("the real data is not here (set BEFFROI_SHARED): %v", err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return keyed(t, name, lines)
}

// straight undoes our typography.
func straight(s string) string { return strings.ReplaceAll(s, "’", "'") }

// figures returns the values of a dataset by "area year".
func figures(t *testing.T, dataset string) map[string]string {
	t.Helper()
	values := map[string]string{}
	for _, f := range within(table(t, "figures.csv"), "dataset", dataset) {
		at := f["area"] + " " + f["year"]
		if _, twice := values[at]; twice {
			t.Errorf("%s: %s twice", dataset, at)
		}
		values[at] = f["value"]
	}
	return values
}

func TestDatasetsHaveFiguresForEveryCommune(t *testing.T) {
	total := 0
	for _, d := range entries(t, "datasets.toml", "dataset") {
		rows := within(table(t, "figures.csv"), "dataset", d["key"].(string))
		total += len(rows)
		seen, areas := map[string]bool{}, ids(t, table(t, "areas.csv"), "code")
		for _, f := range rows {
			seen[f["area"]] = true
			if _, ok := new(big.Rat).SetString(f["value"]); !ok || !areas[f["area"]] {
				t.Errorf("figure %v", f)
			}
			if _, decimals, _ := strings.Cut(f["value"], "."); int64(len(decimals)) > d["decimals"].(int64) {
				t.Errorf("%v: more decimals than %v", f, d["decimals"])
			}
		}
		for code := range communes(t) {
			if !seen[code] {
				t.Errorf("%v has nothing for %s", d["key"], code)
			}
		}
	}
	if n := len(table(t, "figures.csv")); n != total {
		t.Errorf("%d figures, %d in known datasets", n, total)
	}
}

func TestPopulation2018(t *testing.T) {
	if got := sum(t, within(within(table(t, "figures.csv"), "dataset", "population"), "year", "2018"), "value"); got != 1341645 {
		t.Errorf("population 2018: %d", got)
	}
}

// The spec gives 68.4 (2009) and 75.0 (2015) for the whole province.
func TestAgeingOfTheProvince(t *testing.T) {
	values := figures(t, "ageing")
	if values["50000 2009"] != "68.4" || values["50000 2015"] != "75.0" {
		t.Errorf("ageing of the province: %s, %s", values["50000 2009"], values["50000 2015"])
	}
}

func TestFactsEqualTheCommuneFile(t *testing.T) {
	shared := sharedTable(t, "communes-hainaut.csv")
	areas, population := map[string]row{}, figures(t, "population")
	for _, r := range table(t, "areas.csv") {
		areas[r["code"]] = r
	}
	other := map[string]bool{}
	for _, n := range table(t, "names.csv") {
		other[n["area"]+straight(n["name"])] = true
	}
	groups := map[string]bool{}
	for _, m := range table(t, "memberships.csv") {
		groups[m["area"]+m["group"]+m["valid_to"]] = true
	}
	for _, c := range shared {
		nis, a := c["nis"], areas[c["nis"]]
		if straight(a["name_fr"]) != c["name_fr"] || a["area_km2"] != c["area_km2"] || a["parent"] != c["arr_nis"] {
			t.Errorf("%s: %v", nis, a)
		}
		nl := straight(a["name_nl"])
		if nl == "" {
			nl = straight(a["name_fr"])
		}
		if nl != c["name_nl"] && !other[nis+c["name_nl"]] {
			t.Errorf("%s: Dutch name %q, file %q", nis, nl, c["name_nl"])
		}
		if !groups[nis+"ter-"+c["territory"]] || !groups[nis+"rz-"+c["rescue_zone"]] {
			t.Errorf("%s: territory or rescue zone differs", nis)
		}
		for column, value := range c {
			if y, is := strings.CutPrefix(column, "pop_"); is && population[nis+" "+y] != value {
				t.Errorf("%s: population %s is %s, file %s", nis, y, population[nis+" "+y], value)
			}
		}
	}
	if len(shared) != 69 || len(population) != 69*10 {
		t.Errorf("%d communes, %d populations", len(shared), len(population))
	}
}

func TestCodesEqualTheRegister(t *testing.T) {
	type period struct{ code, from, to string }
	ours := map[period]bool{}
	for _, c := range table(t, "area_codes.csv") {
		ours[period{c["code"], c["valid_from"], c["valid_to"]}] = true
	}
	names := map[string]bool{}
	for _, a := range table(t, "areas.csv") {
		names[straight(a["name_fr"])] = true
		if a["kind"] == "former_commune" {
			ours[period{a["code"], a["valid_from"], a["valid_to"]}] = true
		}
	}
	for _, n := range table(t, "names.csv") {
		names[straight(n["name"])] = true
	}
	renamed := map[string]bool{}
	for _, e := range within(table(t, "events.csv"), "kind", "rename") {
		renamed[e["from"]] = true
	}
	for _, r := range sharedTable(t, "refnis-hainaut-history.csv") {
		if !ours[period{r["nis"], r["valid_from"], r["valid_to"]}] && !renamed[r["nis"]] {
			t.Errorf("register: %v is not carried", r)
		}
		if r["level"] != "2" && !names[r["name_fr"]] {
			t.Errorf("register: name %q is not carried", r["name_fr"])
		}
	}
}

func TestRecodesEqualTheCrosswalk(t *testing.T) {
	events := map[string]string{}
	for _, e := range within(table(t, "events.csv"), "kind", "recode") {
		events[e["from"]] = e["to"]
	}
	for _, r := range sharedTable(t, "nis-2018-2019.csv") {
		if events[r["nis_2018"]] != r["nis_2019"] {
			t.Errorf("%s: recoded to %q, file %s", r["name_fr"], events[r["nis_2018"]], r["nis_2019"])
		}
	}
}

func TestBodiesEqualTheServiceFile(t *testing.T) {
	acronyms := map[string]string{}
	for _, b := range table(t, "bodies.csv") {
		acronyms[b["ref"]] = b["acronym"]
	}
	for _, s := range sharedTable(t, "services-hainaut.csv") {
		ref := "body-" + strings.Repeat("0", 3-len(s["ref"])) + s["ref"]
		if got, has := acronyms[ref]; !has || got != strings.TrimSpace(s["acronym"]) {
			t.Errorf("%s: acronym %q, file %q", ref, got, s["acronym"])
		}
	}
}

func TestStatisticsEqualTheFiles(t *testing.T) {
	for _, series := range []struct{ dataset, file, indicator, from string }{
		{"income_median", "stats/income-disposable-2015-2022.csv", "adi_equivalised_median", "2015"},
		{"establishments", "stats/establishments-2018-2023.csv", "establishment_units_q4", "2018"},
		{"new_dwellings", "stats/building-permits-1996-2025.csv", "permits_new_dwellings", "2016"},
	} {
		t.Run(series.dataset, func(t *testing.T) {
			values, seen := figures(t, series.dataset), map[string]bool{}
			for _, r := range within(sharedTable(t, series.file), "indicator", series.indicator) {
				if r["year"] < series.from {
					continue
				}
				at := r["nis"] + " " + r["year"]
				seen[at] = true
				if values[at] != strings.TrimSuffix(r["value"], ".0") {
					t.Errorf("%s: %s, file %s", at, values[at], r["value"])
				}
			}
			if len(seen) != len(values) {
				t.Errorf("%d values, file has %d", len(values), len(seen))
			}
		})
	}
}

func TestHexagonsEqualTheFile(t *testing.T) {
	at := map[string]string{}
	for _, h := range table(t, "hex.csv") {
		at[h["code"]] = h["x"] + "," + h["y"]
	}
	for _, h := range sharedTable(t, "territory/hex-tiles-hainaut.csv") {
		if at[h["nis"]] != h["x"]+","+h["y"] {
			t.Errorf("%s at %s", h["name_fr"], at[h["nis"]])
		}
	}
}

func TestPostalCodesEqualTheFile(t *testing.T) {
	ours, main := map[string]bool{}, map[string]string{}
	for _, p := range table(t, "postal_codes.csv") {
		ours[p["area"]+p["code"]] = true
		if p["main"] == "1" {
			main[p["area"]] = p["code"]
		}
	}
	n := 0
	for _, c := range sharedTable(t, "communes-hainaut.csv") {
		for _, code := range list(c["postal_codes"]) {
			n++
			if !ours[c["nis"]+code] {
				t.Errorf("%s lacks %s", c["name_fr"], code)
			}
		}
		if main[c["nis"]] != c["postal_main"] {
			t.Errorf("%s: main code %s, file %s", c["name_fr"], main[c["nis"]], c["postal_main"])
		}
	}
	if n != len(ours) {
		t.Errorf("%d codes, file has %d", len(ours), n)
	}
}
