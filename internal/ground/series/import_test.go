package series

import (
	"slices"
	"strings"
	"testing"

	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
)

// files are the published files that must all import, with the number of
// figures each gives.
var files = []struct {
	name    string
	figures int
	options map[string]string
}{
	{"stats/population-age-sex-2009-2015.csv", 19248, nil},
	{"stats/population-single-age-2015.csv", 13543, nil},
	{"stats/population-nationality-2015.csv", 138, nil},
	{"stats/population-total-2009-2020.csv", 828, nil},
	{"stats/income-fiscal-2005-2013.csv", 3726, nil},
	{"stats/income-disposable-2015-2022.csv", 3312, nil},
	{"stats/households-type-size-2026snapshot.csv", 1104, map[string]string{"year": "2026"}},
	{"stats/establishments-2018-2023.csv", 414, nil},
	{"stats/building-permits-1996-2025.csv", 6186, nil},
	{"stats/building-stock-2025.csv", 9522, nil},
	{"stats/real-estate-2010-2024.csv", 7253, nil},
	{"stats/land-use-2015.csv", 1863, nil},
	{"stats/deprivation-bimd-2001-2011.csv", 966 * 3, nil},
	{"communes-hainaut.csv", 69 * 10, nil},
	{"watercourse-categories.csv", 5, map[string]string{"year": "2023"}},
}

func TestPublishedFilesImport(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, schemas))
	for _, f := range files {
		b, err := w.bring(t, f.name, shared(t, f.name), f.options)
		if err != nil {
			t.Errorf("%s: %v %+v", f.name, err, b.Outcome.Notes[:min(3, len(b.Outcome.Notes))])
			continue
		}
		if b.Outcome.Created != f.figures {
			t.Errorf("%s: %d figures, want %d", f.name, b.Outcome.Created, f.figures)
		}
	}
	w.checkPopulation(t)
}

// checkPopulation compares with the published total of 2018 (specification, fact 1).
func (w world) checkPopulation(t *testing.T) {
	t.Helper()
	w.read(t, func(tx *db.Tx) error {
		ds, err := w.s.Dataset(tx, "population")
		if err != nil {
			return err
		}
		figures, _, err := w.s.Newest(tx, "population", 2018, today)
		if err != nil {
			return err
		}
		var members []int64
		for _, a := range w.atlas.Communes(today) {
			members = append(members, a.ID)
		}
		if total := TotalOf(ds, figures, w.atlas.Province().ID, members); total.Value != 1_341_645 || !total.OK {
			t.Errorf("population 2018 = %+v, want 1341645", total)
		}
		return nil
	})
}

func TestImportOnBothEngines(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		if _, err := w.bring(t, "a.csv", shared(t, "stats/population-total-2009-2020.csv"), nil); err != nil {
			t.Fatal(err)
		}
		w.checkPopulation(t)
		w.read(t, func(tx *db.Tx) error { // La Louvière was recoded in 2019: 55022 became 58001
			h, err := w.s.History(tx, []string{"population"}, w.area(t, "58001"), today)
			var years []int
			for _, f := range h {
				years = append(years, f.Year)
			}
			if want := []int{2009, 2010, 2011, 2012, 2013, 2014, 2015, 2018, 2019, 2020}; !slices.Equal(years, want) {
				t.Errorf("years of La Louvière = %v, want %v", years, want)
			}
			return err
		})
	})
}

func TestOldCodesAreMovedAndCounted(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, schemas))
	b, err := w.bring(t, "a.csv", "nis,year,indicator,value,unit\n55022,2020,population,80000,persons\n55022,2021,population,80100,persons\n51004,2020,population,29000,persons\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(b.Outcome.Notes, func(n intake.Note) bool { return n.Code == "series.recoded" })
	if i < 0 || b.Outcome.Notes[i].Value != "55022" || b.Outcome.Notes[i].Args["n"] != int64(2) || b.Outcome.Notes[i].Severity != intake.Warning {
		t.Fatalf("notes = %+v", b.Outcome.Notes)
	}
	w.read(t, func(tx *db.Tx) error {
		h, err := w.s.History(tx, []string{"population"}, w.area(t, "58001"), today)
		if len(h) != 2 || h[0].Value != 80000 {
			t.Errorf("history = %+v", h)
		}
		return err
	})
}

// refusals: each bad file, the line and column it names, and the code whose
// message has the remedy.
var refusals = []struct {
	name, text string
	options    map[string]string
	line       int
	column     string
	value      string
	code       string
}{
	{"unknown code", "nis,year,indicator,value,unit\n51004,2020,population,1,persons\n99999,2020,population,2,persons\n", nil, 3, "nis", "99999", "series.nis.unknown"},
	{"lost zero", "nis,year,indicator,value,unit\n4000,2020,population,1,persons\n", nil, 2, "nis", "4000", "series.nis.zero"},
	{"duplicate", "nis,year,indicator,value,unit\n51004,2020,population,1,persons\n51004,2020,population,2,persons\n", nil, 3, "nis", "population", "series.duplicate"},
	{"duplicate through recoding", "nis,year,indicator,value,unit\n58001,2020,population,1,persons\n55022,2020,population,2,persons\n", nil, 3, "nis", "population", "series.duplicate"},
	{"no number", "nis,year,indicator,value,unit\n51004,2020,population,many,persons\n", nil, 2, "value", "many", "series.number"},
	{"ambiguous number", "nis,year,indicator,value,unit\n51004,2020,x,\"14,304\",EUR\n", nil, 2, "value", "14,304", "series.number.ambiguous"},
	{"negative count", "nis,year,indicator,value,unit\n51004,2020,population,-1,persons\n", nil, 2, "value", "-1", "series.negative"},
	{"bad year", "nis,year,indicator,value,unit\n51004,20,population,1,persons\n", nil, 2, "year", "20", "series.year"},
	{"year beside months", "nis,year,month,indicator,value,unit\n51004,2020,01,permits,1,count\n51004,2020,,permits,12,count\n", nil, 3, "month", "", "series.month"},
	{"bad indicator", "nis,year,indicator,value,unit\n51004,2020,Été !,1,persons\n", nil, 2, "indicator", "Été !", "series.key"},
	{"two indicators for one dataset", "nis,year,indicator,value,unit\n51004,2020,a,1,persons\n51004,2020,b,1,persons\n", map[string]string{"dataset": "population"}, 0, "dataset", "population", "series.dataset.many"},
}

func TestBadFiles(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, schemas))
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			b, err := w.bring(t, c.name, c.text, c.options)
			if fault.KindOf(err) != fault.Invalid {
				t.Fatalf("err = %v, want a refusal", err)
			}
			for _, n := range b.Outcome.Notes {
				if n.Code == c.code && n.Line == c.line && n.Column == c.column && n.Value == c.value && n.Severity == intake.Error {
					return
				}
			}
			t.Errorf("notes = %+v", b.Outcome.Notes)
		})
	}
	w.read(t, func(tx *db.Tx) error {
		if list, err := w.s.Datasets(tx); err != nil || len(list) != 0 {
			t.Errorf("a refused file left %d datasets (%v)", len(list), err)
		}
		return nil
	})
}

func TestFilesThatNeedAnOption(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, schemas))
	for _, c := range []struct{ text, code string }{
		{"nis,indicator,value,unit\n51004,households,1,households\n", "series.year.required"},
		{"nis,year,value\n51004,2020,1\n", "series.dataset.required"},
		{"nis,year,something\n51004,2020,1\n", "series.layout"},
	} {
		_, err := w.bring(t, "a.csv", c.text, nil)
		if f := fault.From(err); len(f.Fields) != 1 || f.Fields[0].Code != c.code {
			t.Errorf("%q: %v, want %s", c.text, err, c.code)
		}
	}
}

func TestMissingIsCountedAndStyleIsTheColumns(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, schemas))
	text := "nis,year,indicator,value,unit\n51004,2020,a,\"14 293\",EUR\n51008,2020,a,NaN,EUR\n51009,2020,a,,EUR\n51012,2020,a,\"1.234,5\",EUR\n51014,2020,a,c,EUR\n"
	b, err := w.bring(t, "a.csv", text, nil)
	if err != nil {
		t.Fatal(err, b.Outcome.Notes)
	}
	if i := slices.IndexFunc(b.Outcome.Notes, func(n intake.Note) bool { return n.Code == "series.missing" }); i < 0 || b.Outcome.Notes[i].Args["n"] != int64(3) {
		t.Errorf("notes = %+v", b.Outcome.Notes)
	}
	w.read(t, func(tx *db.Tx) error {
		v, _, err := w.s.Newest(tx, "a", 2020, today)
		for code, want := range map[string]Figure{"51004": {Value: 142930}, "51012": {Value: 12345}, "51008": {State: Missing}, "51014": {State: Suppressed}} {
			if f := v[w.area(t, code)]; f.Value != want.Value || f.State != want.State {
				t.Errorf("%s = %+v, want %+v", code, f, want)
			}
		}
		return err
	})
}

func TestTotalRowsStandApartAndAreCompared(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, schemas))
	text := "nis,year,indicator,value,unit\n51004,2020,households,10,households\n51008,2020,households,5,households\n50000,2020,households,16,households\n"
	b, err := w.bring(t, "a.csv", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(b.Outcome.Notes, func(n intake.Note) bool { return n.Code == "series.total" })
	if i < 0 {
		t.Fatalf("notes = %+v", b.Outcome.Notes)
	}
	if n := b.Outcome.Notes[i]; n.Line != 4 || n.Args["given"] != "16" || n.Args["sum"] != "15" || n.Severity != intake.Warning {
		t.Errorf("note = %+v", n)
	}
	if w.atlas.Area(territory.Province, "50000") == nil {
		t.Fatal("no province")
	}
}

func TestUndoWithdrawsTheVintage(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		value := func() (v int64) {
			w.read(t, func(tx *db.Tx) error {
				m, _, err := w.s.Newest(tx, "population", 2020, today)
				v = m[w.area(t, "51004")].Value
				return err
			})
			return v
		}
		text := "nis,year,indicator,value,unit\n51004,2020,population,1,persons\n"
		if _, err := w.bring(t, "a.csv", text, nil); err != nil {
			t.Fatal(err)
		}
		b, err := w.bring(t, "b.csv", strings.Replace(text, ",1,", ",2,", 1), nil)
		if err != nil {
			t.Fatal(err)
		}
		if value() != 2 {
			t.Fatalf("the newer vintage gives %d, want 2", value())
		}
		if err := w.in.Undo(t.Context(), analyst, b.ID); err != nil {
			t.Fatal(err)
		}
		if value() != 1 {
			t.Errorf("after undo the figure is %d, want 1", value())
		}
	})
}

// BenchmarkImportAgeSex imports 19,248 rows with all checks; the peer is
// sqlite3 .import of the same file without any (specification 7.6: at most 3×).
func BenchmarkImportAgeSex(b *testing.B) {
	text := shared(b, "stats/population-age-sex-2009-2015.csv")
	w := newWorld(b, dbtest.SQLite(b, schemas))
	for i := 0; b.Loop(); i++ {
		if _, err := w.bring(b, "a.csv", text+strings.Repeat("\n", i), nil); err != nil {
			b.Fatal(err)
		}
	}
}
