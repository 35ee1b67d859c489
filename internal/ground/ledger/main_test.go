package ledger

import (
	"os"
	"path/filepath"
	"testing"

	"beffroi/internal/ground/key"
	"beffroi/internal/ground/series"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/news"
	"beffroi/internal/platform/setting"
	"beffroi/internal/platform/webhook"
	"beffroi/packs"
	"beffroi/test/pg"
)

func TestMain(m *testing.M) { pg.Main(m) }

var (
	schemas    = []db.Schema{setting.Schema(), audit.Schema(), auth.Schema(), jobs.Schema(), webhook.Schema(), news.Schema(), intake.Schema(), territory.Schema(), series.Schema(), key.Schema(), Schema()}
	system     = auth.System("test")
	accountant = auth.Actor{Username: "accountant", Grants: []auth.Grant{{Role: auth.Accountant}}}
	today      = calendar.MustParse("2026-11-23")
)

type world struct {
	d     *db.DB
	s     *Service
	in    *intake.Service
	atlas *territory.Atlas
}

// newWorld is a house with the territory, the figures and the keys of the pack,
// and an empty ledger.
func newWorld(t testing.TB, d *db.DB) world {
	t.Helper()
	files, err := packs.Open("hainaut")
	if err != nil {
		t.Fatal(err)
	}
	areas := territory.NewService(d)
	figures := series.NewService(d, areas)
	keys := key.NewService(d, areas, figures)
	s := NewService(d, areas, keys)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	land, err := territory.LoadPack(files)
	must(err)
	must(areas.Seed(t.Context(), system, land))
	pack, err := series.LoadPack(files)
	must(err)
	list, err := figures.Publications(t.Context(), pack)
	must(err)
	must(figures.Seed(t.Context(), system, list))
	decided, err := key.LoadPack(files)
	must(err)
	must(keys.Seed(t.Context(), system, decided))
	atlas, err := areas.Atlas(t.Context())
	must(err)
	return world{d, s, intake.NewService(d, s.Target(nil)), atlas}
}

// pack posts the ledger of the reference pack.
func (w world) pack(t testing.TB) []Posting {
	t.Helper()
	files, err := packs.Open("hainaut")
	if err != nil {
		t.Fatal(err)
	}
	list, err := LoadPack(files)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.s.SeedEntries(t.Context(), system, list); err != nil {
		t.Fatal(err)
	}
	return list
}

func (w world) read(t testing.TB, f func(*db.Tx) error) {
	t.Helper()
	if err := w.d.Read(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func (w world) post(t testing.TB, p Posting) Entry {
	t.Helper()
	e, err := w.s.Post(t.Context(), accountant, p)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (w world) area(t testing.TB, code string) int64 {
	t.Helper()
	a, _, ok := w.atlas.Commune(code)
	if !ok {
		t.Fatalf("no commune %s", code)
	}
	return a.ID
}

// sound fails unless every invariant of the store holds.
func (w world) sound(t testing.TB) {
	t.Helper()
	broken, err := w.s.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range broken {
		t.Error(b)
	}
}

// grant is a posting that is right.
func grant(day string, cents int64, base ...string) Posting {
	p := Posting{Date: calendar.MustParse(day), Kind: Grant, Title: series.Text{FR: "Subside"}, Measure: EurCents, Amount: cents, Attribution: Direct, Base: base}
	switch {
	case len(base) == 0:
		p.Attribution = Unallocated
	case len(base) > 1:
		p.Attribution = Shared
	}
	return p
}

// shared reads a file of the shared data, or skips the test.
func shared(t testing.TB, name string) string {
	t.Helper()
	root := os.Getenv("BEFFROI_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "shared")
	}
	b, err := os.ReadFile(filepath.Join(root, "data", name))
	if err != nil {
		t.Skipf("the shared data are not here (BEFFROI_SHARED): %v", err)
	}
	return string(b)
}
