package territory

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

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
	schemas    = []db.Schema{setting.Schema(), audit.Schema(), auth.Schema(), jobs.Schema(), webhook.Schema(), news.Schema(), intake.Schema(), Schema()}
	registrar  = auth.Actor{Username: "reg", Grants: []auth.Grant{{Role: auth.Registrar}}}
	accountant = auth.Actor{Username: "acc", Grants: []auth.Grant{{Role: auth.Accountant}}}
	today      = calendar.MustParse("2026-11-23")
)

func hainaut(t testing.TB) Pack {
	t.Helper()
	files, err := packs.Open("hainaut")
	if err != nil {
		t.Fatal(err)
	}
	p, err := LoadPack(files)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func seeded(t testing.TB, d *db.DB) *Service {
	t.Helper()
	s := NewService(d)
	if err := s.Seed(t.Context(), registrar, hainaut(t)); err != nil {
		t.Fatal(err)
	}
	return s
}

func atlasOf(t testing.TB, s *Service) *Atlas {
	t.Helper()
	a, err := s.Atlas(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// commune is the commune of a code, which must exist.
func commune(t testing.TB, a *Atlas, code string) *Area {
	t.Helper()
	c, _, ok := a.Commune(code)
	if !ok {
		t.Fatalf("no commune %s", code)
	}
	return c
}

// shared is a file of the real data beside the module, or in BEFFROI_SHARED.
func shared(t testing.TB, name string) []byte {
	t.Helper()
	root := os.Getenv("BEFFROI_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "shared")
	}
	b, err := fs.ReadFile(os.DirFS(root), "data/"+name)
	if err != nil {
		t.Skipf("the real data is not here (set BEFFROI_SHARED): %v", err)
	}
	return b
}
