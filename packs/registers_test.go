package packs

import (
	"strings"
	"testing"
)

func TestBodies(t *testing.T) {
	bodies, known := table(t, "bodies.csv"), communes(t)
	refs := ids(t, bodies, "ref")
	pack := decode(t, "pack.toml")
	kinds := pack["kinds"].(map[string]any)["body"].(map[string]any)
	domains := pack["domains"].(map[string]any)
	count := map[string]int{}
	for _, b := range bodies {
		count[b["kind"]]++
		if strings.HasPrefix(b["ref"], "body-") {
			count["listed"]++
		}
		if kinds[b["kind"]] == nil || (b["domain"] != "" && domains[b["domain"]] == nil) {
			t.Errorf("%s: kind %q or domain %q has no label", b["ref"], b["kind"], b["domain"])
		}
		for _, column := range []string{"parent", "successor"} {
			if b[column] != "" && !refs[b[column]] {
				t.Errorf("%s: unknown %s %q", b["ref"], column, b[column])
			}
		}
		if b["seat_commune"] != "" && !known[b["seat_commune"]] {
			t.Errorf("%s: seat %q", b["ref"], b["seat_commune"])
		}
	}
	for kind, n := range map[string]int{"listed": 325, "commune": 69, "cpas": 69, "regie": 16, "asbl": 33, "school-guidance": 17, "river-contract": 5, "rescue-zone": 3} {
		if count[kind] != n {
			t.Errorf("%d of %s, want %d", count[kind], kind, n)
		}
	}
	for code := range known {
		if !refs["commune-"+code] || !refs["cpas-"+code] {
			t.Errorf("%s lacks its commune or CPAS body", code)
		}
	}
}

func TestSuccessorFollowsTheDayAfter(t *testing.T) {
	for _, b := range table(t, "bodies.csv") {
		if b["ref"] == "body-002" && (b["valid_to"] != "2025-01-20" || b["successor"] != "x-hainaut-formation") {
			t.Errorf("IPFH: %v", b)
		}
		if b["ref"] == "x-hainaut-formation" && b["valid_from"] != "2025-01-21" {
			t.Errorf("Hainaut Formation: %v", b)
		}
	}
}

func TestMissionsAndTheirFigures(t *testing.T) {
	missions, bodies := table(t, "missions.csv"), ids(t, table(t, "bodies.csv"), "ref")
	codes, pack := ids(t, missions, "code"), decode(t, "pack.toml")
	parts := map[string]bool{}
	for _, m := range missions {
		if !bodies[m["holder"]] || (m["parent"] != "" && !codes[m["parent"]]) {
			t.Errorf("%s: holder %q, parent %q", m["code"], m["holder"], m["parent"])
		}
		if pack["domains"].(map[string]any)[m["domain"]] == nil {
			t.Errorf("%s: domain %q", m["code"], m["domain"])
		}
		for _, language := range []string{"fr", "nl", "en"} {
			if m["title_"+language] == "" || m["description_"+language] == "" {
				t.Errorf("%s lacks %s", m["code"], language)
			}
		}
		if m["part"] != "" {
			parts[m["part"]] = pack["parts"].(map[string]any)[m["part"]] != nil
		}
	}
	if len(missions) < 25 || len(missions) > 35 || len(parts) != 5 {
		t.Errorf("%d missions, parts %v", len(missions), parts)
	}
	for _, f := range table(t, "mission_figures.csv") {
		if !codes[f["mission"]] || number(t, f["value"]) <= 0 || number(t, f["year"]) < 2015 {
			t.Errorf("figure %v", f)
		}
		if m := f["measure"]; m != "cost_cents" && m != "staff_fte" && m != "users" {
			t.Errorf("measure %q", m)
		}
	}
	served := ids(t, table(t, "mission_communes.csv"), "mission")
	for code := range codes {
		if !served[code] {
			t.Errorf("%s serves nobody", code)
		}
	}
}

func TestScenariosTagEveryMission(t *testing.T) {
	codes := ids(t, table(t, "missions.csv"), "code")
	tags := map[string]bool{"keep": true, "region": true, "community": true, "communes": true, "supracommunal": true}
	for _, s := range entries(t, "scenarios.toml", "scenario") {
		if s["hypothetical"] != true {
			t.Errorf("scenario %v is not marked hypothetical", s["key"])
		}
		seen := map[string]bool{}
		for _, item := range s["missions"].([]any) {
			m := item.(map[string]any)
			code := m["mission"].(string)
			if !codes[code] || seen[code] || !tags[m["tag"].(string)] {
				t.Errorf("%v: %v", s["key"], m)
			}
			seen[code] = true
			if m["sentence"] == nil && s["default_sentence"] == nil {
				t.Errorf("%v: %s has no sentence", s["key"], code)
			}
		}
		if len(seen) != len(codes) {
			t.Errorf("%v tags %d of %d missions", s["key"], len(seen), len(codes))
		}
	}
}

func TestProjects(t *testing.T) {
	known, areas := communes(t), ids(t, table(t, "areas.csv"), "code")
	projects := table(t, "projects.csv")
	ids(t, projects, "ref")
	for _, p := range projects {
		for _, code := range list(p["communes"]) {
			if !known[code] {
				t.Errorf("%s: commune %q", p["ref"], code)
			}
		}
		if p["territory"] != "" && !areas[p["territory"]] {
			t.Errorf("%s: territory %q", p["ref"], p["territory"])
		}
		if (p["completeness"] == "communes-unknown") != (p["communes"] == "") {
			t.Errorf("%s: %s with communes %q", p["ref"], p["completeness"], p["communes"])
		}
	}
	if n := len(within(projects, "cycle", "2017-2018")) + len(within(projects, "cycle", "2019-2020")); n != 14 {
		t.Errorf("%d supracommunal projects, want 14", n)
	}
}

func TestKeysSumToOne(t *testing.T) {
	held := map[string]map[string]bool{}
	for _, f := range table(t, "figures.csv") {
		at := f["dataset"] + " " + f["year"]
		if held[at] == nil {
			held[at] = map[string]bool{}
		}
		held[at][f["area"]] = true
	}
	for _, k := range entries(t, "keys.toml", "key") {
		total := int64(0)
		for _, item := range k["criteria"].([]any) {
			c := item.(map[string]any)
			total += c["bp"].(int64)
			at := c["dataset"].(string) + " " + year(c["year"])
			for code := range communes(t) {
				if !held[at][code] {
					t.Errorf("key %v: %s has no %s", k["key"], code, at)
				}
			}
		}
		if want := map[string]int64{"weighted": 10000, "equal": 0}[k["kind"].(string)]; total != want {
			t.Errorf("key %v: weights sum to %d", k["key"], total)
		}
	}
}

func TestLedgerEntries(t *testing.T) {
	known, areas := communes(t), ids(t, table(t, "areas.csv"), "code")
	objects := map[string]bool{}
	for code := range ids(t, table(t, "missions.csv"), "code") {
		objects["mission:"+code] = true
	}
	for ref := range ids(t, table(t, "projects.csv"), "ref") {
		objects["project:"+ref] = true
	}
	keys := map[string]bool{"": true}
	for _, k := range entries(t, "keys.toml", "key") {
		keys[k["key"].(string)] = true
	}
	ledger := table(t, "ledger.csv")
	ids(t, ledger, "ref")
	touched := map[string]bool{}
	for _, e := range ledger {
		checkBase(t, e, known, areas)
		if !objects[e["source_object"]] || !keys[e["key"]] || e["date"][:4] != e["year"] {
			t.Errorf("%s: object %q, key %q, date %s", e["ref"], e["source_object"], e["key"], e["date"])
		}
		if number(t, e["amount"]) == 0 || (e["measure"] != "eur_cents" && e["measure"] != "hours") {
			t.Errorf("%s: %s %s", e["ref"], e["amount"], e["measure"])
		}
		if e["attribution"] == "direct" {
			touched[e["base"]] = true
		}
	}
	if len(touched) != 69 {
		t.Errorf("%d communes have an entry of their own", len(touched))
	}
}

// checkBase holds each attribution to the kind of base and key that it needs.
func checkBase(t *testing.T, e row, known, areas map[string]bool) {
	t.Helper()
	base, ok := list(e["base"]), false
	switch e["attribution"] {
	case "direct":
		ok = len(base) == 1 && e["key"] == ""
	case "shared":
		ok = len(base) > 1 && e["key"] != ""
	case "territory":
		ok = len(base) == 1 && areas[e["base"]] && strings.HasPrefix(e["base"], "ter-") && e["key"] != ""
		base = nil
	case "unallocated":
		ok = len(base) == 0 && e["key"] == ""
	}
	for _, code := range base {
		ok = ok && known[code]
	}
	if !ok {
		t.Errorf("%s: %s over %q by %q", e["ref"], e["attribution"], e["base"], e["key"])
	}
}

func TestReversalsCancelExactly(t *testing.T) {
	ledger := table(t, "ledger.csv")
	byRef, pairs := map[string]row{}, 0
	for _, e := range ledger {
		byRef[e["ref"]] = e
	}
	for _, e := range ledger {
		negative := number(t, e["amount"]) < 0
		if negative != (e["reverses"] != "") {
			t.Errorf("%s: amount %s, reverses %q", e["ref"], e["amount"], e["reverses"])
		}
		if e["reverses"] == "" {
			continue
		}
		pairs++
		was := byRef[e["reverses"]]
		if was == nil || number(t, was["amount"]) != -number(t, e["amount"]) || was["base"] != e["base"] || was["year"] != e["year"] || was["date"] > e["date"] {
			t.Errorf("%s does not cancel %v", e["ref"], was)
		}
	}
	if pairs < 3 {
		t.Errorf("%d reversals", pairs)
	}
}

// Published figures: the envelope of 2018 is 0.75 euro times 1,341,645 inhabitants; the funding of 2020 is 14,870,836 euros.
func TestPublishedAmounts(t *testing.T) {
	var envelope, wapi []row
	funding := map[string][]row{}
	for _, e := range within(table(t, "ledger.csv"), "status", "real") {
		switch {
		case strings.HasPrefix(e["ref"], "R-2018-SUPRA-"):
			envelope = append(envelope, e)
		case e["source_object"] == "mission:SUP-ZDS":
			funding[e["year"]] = append(funding[e["year"]], e)
		}
		if e["ref"] == "R-2020-ZDS-1" || e["ref"] == "R-2020-ZDS-2" {
			wapi = append(wapi, e)
		}
	}
	if got := sum(t, envelope, "amount"); len(envelope) != 3 || got != 100623375 {
		t.Errorf("envelope of 2018: %d cents in %d entries", got, len(envelope))
	}
	if got := sum(t, wapi, "amount"); got != 392879600 {
		t.Errorf("Wallonie picarde 2020: %d", got)
	}
	for year, want := range map[string]int64{"2015": 630000000, "2020": 1487083600, "2021": 580000000, "2025": 7820000000} {
		if got := sum(t, funding[year], "amount"); got != want {
			t.Errorf("rescue zones %s: %d, want %d", year, got, want)
		}
	}
}

func TestInKindHoursHaveTheirValue(t *testing.T) {
	value := map[string]int64{}
	hours := within(table(t, "ledger.csv"), "measure", "hours")
	for _, e := range within(table(t, "ledger.csv"), "kind", "hours") {
		if e["measure"] == "eur_cents" {
			value[e["source_object"]+e["base"]] += number(t, e["amount"])
		}
	}
	if len(hours) < 20 {
		t.Errorf("%d entries in hours", len(hours))
	}
	for _, e := range hours {
		if v := value[e["source_object"]+e["base"]]; v < number(t, e["amount"])*4800 {
			t.Errorf("%s: %s hours worth %d cents", e["ref"], e["amount"], v)
		}
	}
}
