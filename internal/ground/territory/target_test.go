package territory

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/web"
)

// house is a service with its imports over a database.
type house struct {
	*Service
	intake *intake.Service
	t      testing.TB
}

func newHouse(t testing.TB, s *Service) house {
	return house{s, intake.NewService(s.db, s.Targets()...), t}
}

func (h house) apply(target, name, data string, options map[string]string) (intake.Batch, error) {
	h.t.Helper()
	return h.intake.Apply(h.t.Context(), registrar, intake.Request{Target: target, File: intake.File{Name: name, Data: []byte(data)}, Options: options})
}

// load applies a file that must be taken.
func (h house) load(target, name, data string) intake.Outcome {
	h.t.Helper()
	b, err := h.apply(target, name, data, nil)
	if err != nil {
		h.t.Fatalf("%s: %v %+v", name, err, b.Outcome.Notes)
	}
	return b.Outcome
}

// refused applies a file that must be refused, and gives the notes of errors.
func (h house) refused(target, data string) []intake.Note {
	h.t.Helper()
	b, err := h.apply(target, "file", data, nil)
	if fault.KindOf(err) != fault.Invalid {
		h.t.Fatalf("taken, or failed otherwise: %v %+v", err, b.Outcome)
	}
	return noted(b.Outcome, intake.Error)
}

func noted(o intake.Outcome, severity string) []intake.Note {
	return slices.DeleteFunc(slices.Clone(o.Notes), func(n intake.Note) bool { return n.Severity != severity })
}

func codesOf(notes []intake.Note) string {
	var out []string
	for _, n := range notes {
		out = append(out, n.Code)
	}
	return strings.Join(out, " ")
}

// counts are the sizes of the groups of a kind, ascending.
func counts(a *Atlas, kind Kind) string {
	var out []int
	for _, g := range a.OfKind(kind, today) {
		out = append(out, len(a.Members(g.ID, today)))
	}
	slices.Sort(out)
	return fmt.Sprint(out)
}

func permutations(list []string) [][]string {
	if len(list) < 2 {
		return [][]string{list}
	}
	var out [][]string
	for i := range list {
		rest := append(slices.Clone(list[:i]), list[i+1:]...)
		for _, p := range permutations(rest) {
			out = append(out, append([]string{list[i]}, p...))
		}
	}
	return out
}

var realTables = []string{"communes-hainaut.csv", "refnis-hainaut-history.csv", "nis-2018-2019.csv"}

// The three real files, in any order, into an empty register.
func TestRealFilesInAnyOrder(t *testing.T) {
	for _, order := range permutations(realTables) {
		t.Run(strings.Join(order, " "), func(t *testing.T) {
			h := newHouse(t, NewService(dbtest.SQLite(t, schemas)))
			for _, name := range order {
				h.load("territory", name, string(shared(t, name)))
			}
			checkReal(t, atlasOf(t, h.Service))
		})
	}
}

func TestRealFilesWithBoundaries(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		h := newHouse(t, NewService(d))
		for _, name := range realTables {
			h.load("territory", name, string(shared(t, name)))
		}
		out := h.load("boundaries", "communes-hainaut.geojson", string(shared(t, "communes-hainaut.geojson")))
		if out.Facts["communes"] != "69" || out.Updated != 69 || len(out.Notes) != 0 {
			t.Errorf("boundaries: %+v", out)
		}
		a := atlasOf(t, h.Service)
		checkReal(t, a)
		checkLand(t, a)
	})
}

func checkReal(t *testing.T, a *Atlas) {
	t.Helper()
	if n := len(a.Communes(today)); n != 69 {
		t.Errorf("%d communes", n)
	}
	if got := counts(a, ProjectTerritory) + counts(a, RescueZone); got != "[22 23 24][19 22 28]" {
		t.Errorf("territories and zones: %s", got)
	}
	if n := len(a.OfKind(Arrondissement, today)); n != 7 {
		t.Errorf("%d arrondissements: %v", n, keys(a.OfKind(Arrondissement, today)))
	}
	if mons := a.Postal("7000"); len(mons) == 0 || mons[0].NameFR != "Mons" {
		t.Errorf("7000: %v", keys(mons))
	}
	if p := a.Province(); p == nil || p.Key != "50000" {
		t.Errorf("province: %v", p)
	}
	for code, want := range map[string]string{"55022": "58001", "54007": "57096", "54010": "57097", "54002": "57097"} {
		if _, current, _ := a.Commune(code); current != want {
			t.Errorf("%s leads to %q", code, current)
		}
	}
	for year := 2009; year <= 2020; year++ {
		code := "55022"
		if year >= 2019 {
			code = "58001"
		}
		if area, recoded, ok := a.Resolve(code, year); !ok || recoded || area.Key != "58001" {
			t.Errorf("La Louvière has a gap in %d: %v %v", year, area, recoded)
		}
	}
	if got := a.Search("Blicquy", 1); len(got) != 1 || got[0].Area.Kind != FormerCommune {
		t.Errorf("Blicquy: %+v", got)
	}
}

// What the history and the lists say is what the pack says, code by code and
// membership by membership.
func TestRealFilesAgreeWithThePack(t *testing.T) {
	h := newHouse(t, NewService(dbtest.SQLite(t, schemas)))
	for _, name := range realTables {
		h.load("territory", name, string(shared(t, name)))
	}
	imported, packed := atlasOf(t, h.Service), atlasOf(t, seeded(t, dbtest.SQLite(t, schemas)))
	describe := func(a *Atlas) []string {
		var out []string
		for _, area := range a.areas {
			if area.Kind == RiverContract || area.Kind == Region || area.Key == "50000" {
				continue
			}
			out = append(out, fmt.Sprintf("area %s %s %v", area.Kind, area.Key, area.Period.To))
			for _, c := range a.codes[area.ID] {
				out = append(out, fmt.Sprintf("code %s %s %v", area.Key, c.Code, c.Period))
			}
			for _, m := range a.groups[area.ID] {
				if g := a.ByID(m.Group); g.Kind == Arrondissement {
					out = append(out, fmt.Sprintf("member %s %s %v", area.Key, g.Key, m.Period))
				}
			}
			for _, p := range a.postal[area.ID] {
				out = append(out, fmt.Sprintf("postal %s %s %v", area.Key, p.Code, p.Main))
			}
		}
		slices.Sort(out)
		return out
	}
	got, want := describe(imported), describe(packed)
	for _, line := range got {
		if _, ok := slices.BinarySearch(want, line); !ok {
			t.Errorf("only in the import: %s", line)
		}
	}
	for _, line := range want {
		if _, ok := slices.BinarySearch(got, line); !ok {
			t.Errorf("only in the pack: %s", line)
		}
	}
}

// Imported over the pack, the real files change no code and no membership.
func TestRealFilesOverThePack(t *testing.T) {
	s := seeded(t, dbtest.SQLite(t, schemas))
	h := newHouse(t, s)
	before := len(atlasOf(t, s).areas)
	for _, name := range realTables {
		out := h.load("territory", name, string(shared(t, name)))
		if out.Created != 0 {
			t.Errorf("%s created %d areas", name, out.Created)
		}
	}
	a := atlasOf(t, s)
	checkReal(t, a)
	if len(a.areas) != before || a.Province().NameFR != "Province de Hainaut" || commune(t, a, "51008").NameFR != "Beloeil" {
		t.Errorf("%d areas, was %d; %s", len(a.areas), before, a.Province().NameFR)
	}
}

// A file that says nothing new changes nothing, whatever the target.
func TestTheSameFileAgainChangesNothing(t *testing.T) {
	h := newHouse(t, NewService(dbtest.SQLite(t, schemas)))
	files := []struct{ target, name string }{{"territory", realTables[0]}, {"territory", realTables[1]}, {"territory", realTables[2]}, {"boundaries", "communes-hainaut.geojson"}}
	for _, f := range files {
		h.load(f.target, f.name, string(shared(t, f.name)))
	}
	before := snapshot(atlasOf(t, h.Service))
	for _, f := range files {
		again := intake.Request{Target: f.target, File: intake.File{Name: f.name, Data: shared(t, f.name)}, Again: true}
		b, err := h.intake.Apply(t.Context(), registrar, again)
		if err != nil || b.Outcome.Created+b.Outcome.Updated != 0 || b.Outcome.Unchanged == 0 {
			t.Errorf("%s again: %v %+v", f.name, err, b.Outcome)
		}
		again.Again = false
		if _, err := h.intake.Apply(t.Context(), registrar, again); err == nil {
			t.Errorf("%s was taken twice without being told to", f.name)
		}
	}
	if snapshot(atlasOf(t, h.Service)) != before {
		t.Error("the register changed")
	}
}

func TestUndoRestores(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s := seeded(t, d)
		h := newHouse(t, s)
		before := snapshot(atlasOf(t, s))
		var batches []int64
		for _, f := range []struct{ target, name, data string }{
			{"territory", "a", "nis,name_fr,area_km2,rescue_zone\n53053,Mons,147.00,Nouvelle zone\n"},
			{"postal", "b", "code,nis\n7010,53053\n"},
			{"boundaries", "c", square("53053", "Mons")},
		} {
			b, err := h.apply(f.target, f.name, f.data, nil)
			if err != nil {
				t.Fatalf("%s: %v %+v", f.name, err, b.Outcome)
			}
			batches = append(batches, b.ID)
		}
		if a := atlasOf(t, s); a.Area(RescueZone, "rz-nouvelle-zone") == nil || !a.HasShapes() || snapshot(a) == before {
			t.Fatal("nothing was imported")
		}
		if err := h.intake.Undo(t.Context(), registrar, batches[0]); fault.KindOf(err) != fault.Conflict {
			t.Errorf("an older batch was undone below a newer one: %v", err)
		}
		slices.Reverse(batches)
		for _, id := range batches {
			if err := h.intake.Undo(t.Context(), registrar, id); err != nil {
				t.Fatal(err)
			}
		}
		if after := snapshot(atlasOf(t, s)); after != before {
			t.Error("undoing left traces")
		}
	})
}

// snapshot is all that the register says, versions aside.
func snapshot(a *Atlas) string {
	var out []string
	for _, area := range a.areas {
		c := *area
		c.Version, c.Tile = 0, nil
		out = append(out, fmt.Sprintf("%+v %v %v %v %v %v", c, a.codes[c.ID], a.aliases[c.ID], a.PostalCodes(c.ID), a.shapes[c.ID], memberships(a, c.ID)))
	}
	return strings.Join(append(out, fmt.Sprint(a.events)), "\n")
}

func memberships(a *Atlas, id int64) []string {
	var out []string
	for _, m := range a.groups[id] {
		out = append(out, fmt.Sprint(m.Group, m.Period))
	}
	slices.Sort(out)
	return out
}

// square is a GeoJSON file of one commune, two tenths of a degree wide.
func square(code, name string) string {
	return collection(feature(code, name, "[[[3.8,50.4],[4.0,50.4],[4.0,50.6],[3.8,50.6],[3.8,50.4]]]"))
}

func feature(code, name, rings string) string {
	return fmt.Sprintf(`{"type":"Feature","properties":{"nis":%q,"name":%q},"geometry":{"type":"Polygon","coordinates":%s}}`, code, name, rings)
}

func collection(features ...string) string {
	return `{"type":"FeatureCollection","features":[` + strings.Join(features, ",") + `]}`
}

func TestBadRows(t *testing.T) {
	h := newHouse(t, seeded(t, dbtest.SQLite(t, schemas)))
	for _, c := range []struct {
		name, target, data, code, value string
		line                            int
	}{
		{"unknown code", "territory", "nis,name_fr\n53053,Mons\n53999,Nulle part\n", "territory.nis.unknown", "53999", 3},
		{"no code", "territory", "nis,name_fr\nMons,Mons\n", "territory.nis.form", "Mons", 2},
		{"twice", "territory", "nis,name_fr\n53053,Mons\n53053,Mons\n", "territory.duplicate", "53053", 3},
		{"area", "territory", "nis,area_km2\n53053,beaucoup\n", "territory.area.bad", "beaucoup", 2},
		{"postal form", "territory", "nis,postal_codes\n53053,70000\n", "territory.postal.form", "70000", 2},
		{"unknown name", "territory", "name_nl\nBergen\nNergens\n", "territory.name.unknown", "Nergens", 3},
		{"level", "territory", "level,nis,name_fr,valid_from,valid_to\n9,53053,Mons,1970-01-01,\n", "territory.level", "9", 2},
		{"date", "territory", "level,nis,name_fr,valid_from,valid_to\n4,53053,Mons,hier,\n", "territory.date", "hier", 2},
		{"period", "territory", "level,nis,name_fr,valid_from,valid_to\n4,53053,Mons,2020-01-01,2019-01-01\n", "territory.period", "2019-01-01", 2},
		{"recoding of two", "territory", "nis_2018,nis_2019\n53053,58001\n", "territory.recode.two", "53053", 2},
		{"postal commune", "postal", "code,nis\n7000,99999\n", "territory.nis.unknown", "99999", 2},
		{"postal name", "postal", "code,commune\n7000,Paris\n", "territory.name.unknown", "Paris", 2},
	} {
		notes := h.refused(c.target, c.data)
		if len(notes) != 1 || notes[0].Code != c.code || notes[0].Value != c.value || notes[0].Line != c.line || notes[0].Column == "" {
			t.Errorf("%s: %+v", c.name, notes)
		}
	}
}

func TestRowsThatAreTakenWithARemark(t *testing.T) {
	for _, c := range []struct{ name, data, severity, code string }{
		{"code of 2018", "nis,name_fr\n55022,La Louvière\n", intake.Warning, "territory.nis.recoded"},
		{"total of an arrondissement", "nis,name_fr\n53000,Arrondissement de Mons\n53053,Mons\n", intake.Info, "territory.total"},
		{"total of the province", "nis,name_fr\n50000,Hainaut\n53053,Mons\n", intake.Info, "territory.total"},
		{"postal code of Brabant", "nis,postal_codes\n55085,7180;1400\n", intake.Warning, "territory.postal.foreign"},
		{"area", "nis,area_km2\n53053,200\n", intake.Warning, "territory.area.differs"},
		{"trailing blanks", "nis,name_fr\n 53053 ,Mons  \n", "", ""},
		{"a spreadsheet's apostrophe", "nis,name_fr\n'53053,Mons\n", "", ""},
		{"straight and curly apostrophes", "name_fr\nMont-de-l'Enclus\nFontaine-l’Evêque\n", "", ""},
		{"leading apostrophe", "name_nl\n's Gravenbrakel\n", "", ""},
		{"place in parentheses", "name_fr\nCelles (Tournai)\n", "", ""},
		{"Dutch names", "name_nl\nBergen\nDoornik\nKomen-Waasten\n", "", ""},
		{"figures of another layout", "nis,name_fr,pop_2020\n53053,Mons,95613\n", "", ""},
	} {
		h := newHouse(t, seeded(t, dbtest.SQLite(t, schemas)))
		out := h.load("territory", "file", c.data)
		if c.code == "" {
			if len(out.Notes) != 0 {
				t.Errorf("%s: %+v", c.name, out.Notes)
			}
			continue
		}
		if notes := noted(out, c.severity); len(notes) != 1 || notes[0].Code != c.code || notes[0].Line == 0 || notes[0].Value == "" {
			t.Errorf("%s: %+v", c.name, out.Notes)
		}
		if n := len(atlasOf(t, h.Service).Communes(today)); n != 69 {
			t.Errorf("%s: %d communes", c.name, n)
		}
	}
}

func TestForeignPostalCodeIsLeftOut(t *testing.T) {
	h := newHouse(t, seeded(t, dbtest.SQLite(t, schemas)))
	h.load("postal", "p.csv", "code,commune\n1400,Seneffe\n7010,Mons\n")
	a := atlasOf(t, h.Service)
	if got := a.Postal("1400"); len(got) != 0 {
		t.Errorf("1400 is in %v", keys(got))
	}
	if got := keys(a.Postal("7010")); !slices.Equal(got, []string{"53053"}) {
		t.Errorf("7010: %v", got)
	}
}

func TestLostZeroIsPutBack(t *testing.T) {
	for text, want := range map[string]string{"4000": "04000", "53053.0": "53053", "'53053": "53053", " 53053 ": "53053"} {
		if code, short, ok := ReadCode(text); !ok || code != want || short != (text == "4000") {
			t.Errorf("%q: %q %v %v", text, code, short, ok)
		}
	}
	h := newHouse(t, seeded(t, dbtest.SQLite(t, schemas)))
	b, err := h.apply("territory", "f", "nis,name_fr\n4001,X\n", nil)
	if fault.KindOf(err) != fault.Invalid || codesOf(b.Outcome.Notes) != "territory.nis.zero territory.nis.unknown" || b.Outcome.Notes[0].Args["code"] != "04001" {
		t.Errorf("4001: %v %+v", err, b.Outcome.Notes)
	}
}

func TestFilesThatAreNoMap(t *testing.T) {
	h := newHouse(t, seeded(t, dbtest.SQLite(t, schemas)))
	for _, data := range []string{"", "nis,name\n53053,Mons\n", `{"type":"FeatureCollection"}`, `{"type":"Point","coordinates":[3.9,50.4]}`, "\x00\x01", `{"type":"FeatureCollection","features":[]}`} {
		if _, err := h.apply("boundaries", "f", data, nil); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q: %v", data, err)
		}
	}
	if _, err := h.apply("boundaries", "f", square("53053", "Mons"), map[string]string{"crs": "EPSG:2154"}); code(err) != "param.enum" {
		t.Errorf("a system of elsewhere: %v", err)
	}
}

func TestTablesOfNoLayout(t *testing.T) {
	h := newHouse(t, seeded(t, dbtest.SQLite(t, schemas)))
	if _, err := h.apply("territory", "f", "a,b\n1,2\n", nil); code(err) != "territory.layout" {
		t.Errorf("%v", err)
	}
	if _, err := h.apply("postal", "f", "code\n7000\n", nil); code(err) != "territory.postal.columns" {
		t.Errorf("%v", err)
	}
	if _, err := h.apply("territory", "f", "nis\n53053\n", map[string]string{"recoded": "hier"}); code(err) != "territory.date" {
		t.Errorf("%v", err)
	}
}

// The messages of the notes are whole in every language, whatever was stored of them.
func TestNotesCanBeToldInEveryLanguage(t *testing.T) {
	h := newHouse(t, seeded(t, dbtest.SQLite(t, schemas)))
	var notes []intake.Note
	for _, f := range []struct{ target, data string }{
		{"territory", "nis,name_fr,area_km2,postal_codes,rescue_zone\n55022,La Louvière,1,1400,autre\n53000,Mons,,,\n99999,X,,,\nx,y,,,\n55022,La Louvière,,,\n51014,Chièvres,x,70,wallonie-picarde\n"},
		{"boundaries", collection(feature("53053", "Mons", squareRing), feature("44021", "Gent", squareRing))},
		{"boundaries", collection(feature("53053", "Mons", "[[[3.8,50.4],[4.0,50.6],[4.0,50.4],[3.8,50.6],[3.8,50.4]]]"))},
		{"territory", "level,nis,name_fr,valid_from,valid_to\n9,1,,hier,\n4,53053,Mons,2020-01-01,2019-01-01\n"},
		{"territory", "nis_2018,nis_2019,arr_2018\n53053,58001,99000\n52043,55086,99000\n"},
	} {
		b, _ := h.apply(f.target, "f", f.data, nil)
		notes = append(notes, b.Outcome.Notes...)
	}
	told := map[string]bool{}
	texts := bundle(t)
	for _, n := range notes {
		stored, err := json.Marshal(n)
		if err != nil {
			t.Fatal(err)
		}
		var read intake.Note
		if err := json.Unmarshal(stored, &read); err != nil {
			t.Fatal(err)
		}
		told[n.Code] = true
		for _, lang := range texts.Langs() {
			web.Message(texts.Printer(lang), read.Code, read.Args)
		}
	}
	for _, m := range texts.Missing() {
		t.Error(m)
	}
	if len(told) < 15 {
		t.Errorf("only %d kinds of notes were told: %v", len(told), told)
	}
}

func TestOnlyTheRegistrarImports(t *testing.T) {
	h := newHouse(t, seeded(t, dbtest.SQLite(t, schemas)))
	_, err := h.intake.Apply(t.Context(), accountant, intake.Request{Target: "postal", File: intake.File{Name: "p", Data: []byte("code,nis\n7010,53053\n")}})
	if fault.KindOf(err) != fault.Forbidden {
		t.Errorf("an accountant imported: %v", err)
	}
}

func TestMembershipThatMovesIsDatedAndSaid(t *testing.T) {
	h := newHouse(t, seeded(t, dbtest.SQLite(t, schemas)))
	b, err := h.apply("territory", "f", "nis,rescue_zone\n51014,wallonie-picarde\n", map[string]string{"from": "2026-01-01"})
	if err != nil || codesOf(noted(b.Outcome, intake.Warning)) != "territory.membership.moved" {
		t.Fatalf("%v %+v", err, b.Outcome)
	}
	a := atlasOf(t, h.Service)
	id := commune(t, a, "51014").ID
	zone := func(day string) string {
		return cmp.Or(a.Group(id, RescueZone, calendar.MustParse(day)), &Area{}).Key
	}
	if zone("2025-12-31") != "rz-hainaut-centre" || zone("2026-01-01") != "rz-wallonie-picarde" {
		t.Errorf("zones: %s, %s", zone("2025-12-31"), zone("2026-01-01"))
	}
}
