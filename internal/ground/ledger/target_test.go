package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"testing"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
)

func (w world) bring(t testing.TB, text string) (intake.Batch, error) {
	t.Helper()
	sum := sha256.Sum256([]byte(text))
	return w.in.Apply(t.Context(), accountant, intake.Request{Target: "ledger", File: intake.File{Name: "a.csv", Data: []byte(text), Hash: hex.EncodeToString(sum[:])}})
}

// yearSum is what counts in a year, over the whole province, in cents.
func (w world) yearSum(t testing.TB, year int) (sum int64) {
	t.Helper()
	w.read(t, func(tx *db.Tx) error {
		list, err := w.summary(tx, WholeArea, today.EndOfYear())
		for _, x := range list {
			if x.Year == year {
				sum += x.Amount
			}
		}
		return err
	})
	return sum
}

// The published funding of the rescue zones: 2025 is given twice, the later
// counts; targets and projections are recorded and never added.
func TestRescueZones(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		b, err := w.bring(t, shared(t, "rescue-zones-funding.csv"))
		if err != nil {
			t.Fatal(err, b.Outcome.Notes)
		}
		if b.Outcome.Created != 9 { // eight rows and one reversal
			t.Errorf("%d entries, want 9", b.Outcome.Created)
		}
		if !slices.ContainsFunc(b.Outcome.Notes, func(n intake.Note) bool { return n.Code == "ledger.superseded" && n.Line == 7 }) {
			t.Errorf("the report does not tell of 2025: %+v", b.Outcome.Notes)
		}
		for year, want := range map[int]int64{2015: 630_000_000, 2020: 1_487_083_600, 2021: 580_000_000, 2024: 0, 2025: 7_820_000_000, 2026: 0} {
			if got := w.yearSum(t, year); got != want {
				t.Errorf("%d: %d, want %d", year, got, want)
			}
		}
		w.sound(t)
		if err := w.in.Undo(t.Context(), accountant, b.ID); err != nil {
			t.Fatal(err)
		}
		for _, year := range []int{2015, 2020, 2021, 2025} {
			if got := w.yearSum(t, year); got != 0 {
				t.Errorf("after undo, %d: %d", year, got)
			}
		}
		w.sound(t)
	})
}

const header = "ref,date,year,kind,source_object,title_fr,title_nl,title_en,measure,amount,attribution,base,key,status,source,reverses\n"

func TestLedgerFile(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, schemas))
	b, err := w.bring(t, header+
		"A,2025-01-01,2025,grant,mission:X,Un,,,eur_cents,100,direct,51004,,real,s,\n"+
		"B,2025-01-02,2025,grant,mission:X,Deux,,,eur_cents,300,shared,51004;51008,population-2018,real,s,\n"+
		"C,2025-01-03,2025,grant,mission:X,Un,,,eur_cents,-100,direct,51004,,real,s,A\n")
	if err != nil || b.Outcome.Created != 3 {
		t.Fatal(err, b.Outcome)
	}
	if got := w.yearSum(t, 2025); got != 300 {
		t.Errorf("2025: %d, want 300", got)
	}
	w.sound(t)
}

func TestBadLedgerFiles(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, schemas))
	for name, c := range map[string]struct{ line, column, code string }{
		"day":     {"A,2025-02-30,2025,grant,,Un,,,eur_cents,100,direct,51004,,real,s,", "date", "ledger.date"},
		"amount":  {"A,2025-01-01,2025,grant,,Un,,,eur_cents,1.5,direct,51004,,real,s,", "amount", "ledger.amount.whole"},
		"year":    {"A,2025-01-01,2024,grant,,Un,,,eur_cents,100,direct,51004,,real,s,", "year", "ledger.year"},
		"object":  {"A,2025-01-01,2025,grant,X,Un,,,eur_cents,100,direct,51004,,real,s,", "source_object", "ledger.source"},
		"commune": {"A,2025-01-01,2025,grant,,Un,,,eur_cents,100,direct,99999,,real,s,", "base", "ledger.commune"},
		"cancels": {"A,2025-01-01,2025,grant,,Un,,,eur_cents,-100,direct,51004,,real,s,Z", "reverses", "ledger.reverse.unknown"},
	} {
		b, err := w.bring(t, header+c.line+"\n")
		if fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
		if !slices.ContainsFunc(b.Outcome.Notes, func(n intake.Note) bool {
			return n.Line == 2 && n.Column == c.column && n.Code == c.code && n.Severity == intake.Error
		}) {
			t.Errorf("%s: %+v", name, b.Outcome.Notes)
		}
	}
	if _, err := w.bring(t, "a,b\n1,2\n"); len(fault.From(err).Fields) == 0 || fault.From(err).Fields[0].Code != "ledger.layout" {
		t.Errorf("layout: %v", err)
	}
	if got := w.yearSum(t, 2025); got != 0 {
		t.Errorf("a refused file left %d", got)
	}
}
