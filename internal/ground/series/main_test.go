package series

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

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
	schemas = []db.Schema{setting.Schema(), audit.Schema(), auth.Schema(), jobs.Schema(), webhook.Schema(), news.Schema(), intake.Schema(), territory.Schema(), Schema()}
	analyst = auth.Actor{Username: "analyst", Grants: []auth.Grant{{Role: auth.Analyst}, {Role: auth.Registrar}}}
	today   = calendar.MustParse("2026-11-23")
)

// world is a house with the territory of the reference pack.
type world struct {
	d     *db.DB
	s     *Service
	atlas *territory.Atlas
	in    *intake.Service
}

func newWorld(t testing.TB, d *db.DB) world {
	t.Helper()
	files, err := packs.Open("hainaut")
	if err != nil {
		t.Fatal(err)
	}
	p, err := territory.LoadPack(files)
	if err != nil {
		t.Fatal(err)
	}
	areas := territory.NewService(d)
	if err := areas.Seed(t.Context(), analyst, p); err != nil {
		t.Fatal(err)
	}
	atlas, err := areas.Atlas(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := NewService(d, areas)
	return world{d: d, s: s, atlas: atlas, in: intake.NewService(d, s.Target())}
}

// pack records the figures of the reference pack.
func (w world) pack(t testing.TB) world {
	t.Helper()
	files, err := packs.Open("hainaut")
	if err != nil {
		t.Fatal(err)
	}
	p, err := LoadPack(files)
	if err != nil {
		t.Fatal(err)
	}
	list, err := w.s.Publications(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.s.Seed(t.Context(), analyst, list); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w world) area(t testing.TB, code string) int64 {
	t.Helper()
	a, _, ok := w.atlas.Commune(code)
	if !ok {
		t.Fatalf("no commune %s", code)
	}
	return a.ID
}

// bring imports a text as a file of figures.
func (w world) bring(t testing.TB, name, text string, options map[string]string) (intake.Batch, error) {
	t.Helper()
	sum := sha256.Sum256([]byte(text))
	return w.in.Apply(t.Context(), analyst, intake.Request{Target: "series", Options: options,
		File: intake.File{Name: name, Data: []byte(text), Hash: hex.EncodeToString(sum[:])}})
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

func (w world) read(t testing.TB, f func(*db.Tx) error) {
	t.Helper()
	if err := w.d.Read(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}
