package territory

import (
	"net/http"
	"testing"

	"beffroi/internal/platform/db/dbtest"
)

func BenchmarkSeed(b *testing.B) {
	p := hainaut(b)
	for b.Loop() {
		b.StopTimer()
		s := NewService(dbtest.SQLite(b, schemas))
		b.StartTimer()
		if err := s.Seed(b.Context(), registrar, p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAtlasKept(b *testing.B) {
	s := seeded(b, dbtest.SQLite(b, schemas))
	for b.Loop() {
		if _, err := s.Atlas(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSearch(b *testing.B) {
	a := atlasOf(b, seeded(b, dbtest.SQLite(b, schemas)))
	for b.Loop() {
		a.Search("mont", 8)
	}
}

func BenchmarkOverviewPage(b *testing.B) {
	f := newFront(b, seeded(b, dbtest.SQLite(b, schemas)))
	for b.Loop() {
		if w := f.get("/territory", false); w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}
