package app_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"beffroi/internal/ground/key"
	"beffroi/internal/ground/series"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
)

// realFiles are the files of the reference province in the order in which they
// need each other: arguments of import, the file second.
var realFiles = [][]string{
	{"territory", "refnis-hainaut-history.csv"},
	{"territory", "communes-hainaut.csv"},
	{"territory", "nis-2018-2019.csv"},
	{"boundaries", "communes-hainaut.geojson"},
	{"bodies", "services-hainaut.csv"},
	{"missions", "plan-hainaut.csv"},
	{"projects", "supracommunal-projects.csv"},
	{"series", "stats/population-total-2009-2020.csv"},
	{"series", "stats/population-age-sex-2009-2015.csv"},
	{"series", "stats/income-fiscal-2005-2013.csv"},
	{"series", "stats/income-disposable-2015-2022.csv"},
	{"series", "stats/establishments-2018-2023.csv"},
	{"series", "stats/building-permits-1996-2025.csv"},
	{"series", "watercourse-categories.csv", "--option", "year=2025"},
	{"ledger", "rescue-zones-funding.csv"},
}

// TestRealFiles brings the real files into a new database through the
// command line and asks the site what it knows then.
func TestRealFiles(t *testing.T) {
	shared(t, "communes-hainaut.csv")
	each(t, func(t *testing.T, d *demo) {
		database := d.empty(t)
		must(t, database, "migrate")
		for _, f := range realFiles {
			args := append([]string{"import", f[0], shared(t, f[1])}, f[2:]...)
			if got := must(t, database, args...); strings.Contains(got.out, "⟦") || !strings.Contains(got.out, " 0 errors") {
				t.Errorf("%v: %s", f, got)
			}
		}
		if got := must(t, database, "doctor"); strings.Contains(got.out, "FAIL") {
			t.Errorf("doctor: %s", got)
		}
		w := newWorld(t, database)
		t.Run("territory", func(t *testing.T) { realTerritory(t, w) })
		t.Run("figures", func(t *testing.T) { realFigures(t, w) })
		t.Run("envelope", func(t *testing.T) { realEnvelope(t, w) })
		t.Run("pages", func(t *testing.T) { realPages(t, w) })
		t.Run("again", func(t *testing.T) { realAgain(t, database, w) })
	})
}

func realTerritory(t *testing.T, w *world) {
	atlas, err := w.Territory.Atlas(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	today := clock.Today(w.DB.Clock())
	if n := len(atlas.Communes(today)); n != 69 {
		t.Errorf("%d communes, 69 in reality", n)
	}
	for kind, want := range map[territory.Kind][]int{territory.Arrondissement: nil, territory.ProjectTerritory: {22, 23, 24}, territory.RescueZone: {19, 22, 28}} {
		var got []int
		for _, area := range atlas.OfKind(kind, today) {
			got = append(got, len(atlas.Members(area.ID, today)))
		}
		if slices.Sort(got); want != nil && !slices.Equal(got, want) || want == nil && len(got) != 7 {
			t.Errorf("%s: groups of %v communes, %v in reality", kind, got, want)
		}
	}
	var found struct{ Items []struct{ Key string } }
	ask(t, w, "/api/v1/locate?lon=2.9987&lat=50.7686", &found)
	if len(found.Items) != 1 || found.Items[0].Key != "57097" {
		t.Errorf("the point in Comines-Warneton lies in %v", found.Items)
	}
}

// ask reads a JSON answer.
func ask(t *testing.T, w *world, address string, v any) {
	t.Helper()
	rec := w.get(t, address)
	if rec.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", address, rec.Code, rec.Body)
	}
	if err := json.Unmarshal(rec.Body.Bytes(), v); err != nil {
		t.Fatalf("%s: %v", address, err)
	}
}

// values are the figures of a dataset and year, by current code.
func values(t *testing.T, w *world, dataset string, year int) map[string]int64 {
	t.Helper()
	atlas, err := w.Territory.Atlas(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int64{}
	err = w.DB.Read(t.Context(), func(tx *db.Tx) error {
		found, _, err := w.Series.Newest(tx, dataset, year, clock.Today(w.DB.Clock()))
		for area, f := range found {
			if f.State == series.Value {
				out[atlas.ByID(area).Key] = f.Value
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func realFigures(t *testing.T, w *world) {
	var sum int64
	for _, n := range values(t, w, "population", 2018) {
		sum += n
	}
	if sum != 1_341_645 {
		t.Errorf("%d inhabitants in 2018, 1341645 in reality", sum)
	}
	// Recoded in 2019: the series goes on under the new code.
	for year := 2009; year <= 2020; year++ {
		n := values(t, w, "population", year)
		if year == 2016 || year == 2017 { // in no file
			continue
		}
		if n["58001"] < 75_000 || n["57096"] < 50_000 || len(n) != 69 {
			t.Errorf("%d: La Louvière %d, Mouscron %d, %d communes", year, n["58001"], n["57096"], len(n))
		}
	}
	var bodies struct {
		Items []struct{ Ref string }
		Next  string
	}
	count := 0
	for at := "/api/v1/bodies?limit=200"; ; at = "/api/v1/bodies?limit=200&cursor=" + bodies.Next {
		bodies.Next = ""
		ask(t, w, at, &bodies)
		if count += len(bodies.Items); bodies.Next == "" {
			break
		}
	}
	if count != 325 {
		t.Errorf("%d bodies, 325 in the file", count)
	}
}

// realEnvelope divides 0,75 euro for each inhabitant by a key on inhabitants:
// each commune gets 75 cents a head, and not a cent is lost.
func realEnvelope(t *testing.T, w *world) {
	actor := auth.System("test")
	v, err := w.Key.Propose(t.Context(), actor, key.Proposal{Key: "inhabitants", Title: series.Text{FR: "Habitants"}, Kind: key.Weighted,
		Criteria: []key.Choice{{Dataset: "population", Year: 2018, Weight: key.WholeWeight}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Key.Decide(t.Context(), actor, "inhabitants", v.Number, "essai", calendar.MustParse("2018-01-01")); err != nil {
		t.Fatal(err)
	}
	var doc key.SharesJSON
	ask(t, w, "/api/v1/keys/inhabitants/shares?amount=1006233,75", &doc)
	var sum int64
	inhabitants := values(t, w, "population", 2018)
	for _, c := range doc.Communes {
		sum += *c.Amount
		if *c.Amount != 75*inhabitants[c.NIS] {
			t.Errorf("%s with %d inhabitants gets %d cents", c.Name, inhabitants[c.NIS], *c.Amount)
		}
	}
	if len(doc.Communes) != 69 || sum != 100_623_375 {
		t.Errorf("%d communes get %d cents", len(doc.Communes), sum)
	}
}

func realPages(t *testing.T, w *world) {
	if rec := w.get(t, "/communes/55022"); rec.Code != http.StatusMovedPermanently || rec.Header().Get("Location") != "/communes/58001" {
		t.Errorf("the old code of La Louvière: %d to %s", rec.Code, rec.Header().Get("Location"))
	}
	if rec := w.get(t, "/search?q=7000"); !strings.Contains(rec.Body.String()+rec.Header().Get("Location"), "/communes/53053") {
		t.Errorf("/search?q=7000 does not lead to Mons: %d %s", rec.Code, rec.Header().Get("Location"))
	}
	for _, nis := range []string{"53053", "57097", "58001", "51004"} {
		rec := w.get(t, "/communes/"+nis)
		if rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "<svg") {
			t.Errorf("/communes/%s: %d", nis, rec.Code)
		}
	}
	if body := w.get(t, "/communes").Body.String(); strings.Count(body, "<path") < 69 {
		t.Errorf("the map of the communes draws %d shapes", strings.Count(body, "<path"))
	}
	for _, r := range gets(w) { // the samples of the demonstration may be absent here
		if rec := w.ask(t, "", http.MethodGet, address(t, r), ""); rec.Code >= 500 {
			t.Errorf("%s: %d", r.Pattern, rec.Code)
		}
	}
}

// realAgain imports, tries and undoes.
func realAgain(t *testing.T, database string, w *world) {
	file := shared(t, "services-hainaut.csv")
	if got := run(t, database, "import", "bodies", file); got.code != 1 || !strings.Contains(got.err, "import 5") {
		t.Errorf("the same file twice: %s", got)
	}
	before := state(t, w)
	text := "ref,domain,name_fr,acronym\n2,training,Un autre nom,IPFH\n999,training,Un nouveau service,\n"
	changed := filepath.Join(t.TempDir(), "changed.csv")
	if err := os.WriteFile(changed, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := must(t, database, "import", "bodies", changed, "--dry-run"); !strings.Contains(got.out, "1 created, 1 updated") {
		t.Errorf("dry run: %s", got)
	}
	if after := state(t, w); after != before {
		t.Errorf("a dry run changed the register: %s", firstDifference(before, after))
	}
	number := strings.Fields(last(must(t, database, "import", "bodies", changed).out))[1]
	if state(t, w) == before {
		t.Error("the import changed nothing")
	}
	must(t, database, "import", "--undo", number)
	if after := state(t, w); after != before {
		t.Errorf("undone, the register is not as it was: %s", firstDifference(before, after))
	}
	if got := run(t, database, "import", "--undo", number); got.code != 1 {
		t.Errorf("undone twice: %s", got)
	}
}

// last is the last line of an answer: "import 15 done; …".
func last(out string) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return lines[len(lines)-1]
}

// state is the register of bodies as the site gives it.
func state(t *testing.T, w *world) string {
	t.Helper()
	rec := w.get(t, "/bodies?format=csv")
	if rec.Code != http.StatusOK {
		t.Fatalf("/bodies?format=csv: %d", rec.Code)
	}
	return rec.Body.String()
}
