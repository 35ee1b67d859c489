package party

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"beffroi/internal/ground/party/register/registertest"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/web"
)

// thousand says that every commune has 1,000 inhabitants.
type thousand struct{ s *Service }

func (i thousand) Inhabitants(ctx context.Context, _ string, day calendar.Date) (map[int64]int64, int, error) {
	atlas, err := i.s.places.Atlas(ctx)
	m := map[int64]int64{}
	for _, a := range atlas.Communes(day) {
		m[a.ID] = 1000
	}
	return m, 2026, err
}

func serve(t *testing.T, d *db.DB) (*registertest.House, *Service) {
	s := full(t, d)
	s.Connect(thousand{s})
	r := &web.Routes{}
	s.Routes(r)
	return registertest.Serve(t, d, r, Locale(), territory.Locale(), web.Locale()), s
}

func TestEveryPageInEveryLanguage(t *testing.T) {
	h, _ := serve(t, dbtest.SQLite(t, schemas()))
	h.Walk()
}

func TestListFiltersAndPages(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		h, _ := serve(t, d)
		for path, want := range map[string]string{
			"/bodies?q=cond":                    "Condorcet",
			"/bodies?kind=rescue-zone":          "Hainaut-Centre",
			"/bodies?state=ended&q=academie":    "",
			"/bodies?commune=57081&kind=cpas":   "CPAS de Tournai",
			"/bodies?sort=-name&limit=5":        "sort=name",
			"/bodies?format=csv&kind=cpas":      "cpas-57081,cpas",
			"/bodies?q=nothing-of-the-sort":     "Rien à afficher",
			"/bodies/body-002":                  "Hainaut Formation",
			"/organs/council?for=30&against=20": "Adopté",
			"/organs/council?for=20&against=20": "Refusé",
			"/organs/weights-20-45-15-15-5?v=Li%C3%A8ge:for&v=Verviers:against&v=Huy-Waremme:against&v=Province%20de%20Li%C3%A8ge:against": "Refusé",
			"/organs/assembly-of-mayors?v=57081:for": "Adopté",
			"/organs?as_of=2031-01-01":               "Assemblée des bourgmestres",
		} {
			if code, body := h.Get(path, false); code != 200 || !strings.Contains(body, want) {
				t.Errorf("%s: %d without %q", path, code, want)
			}
		}
		seen, path, pages := map[string]bool{}, "/api/v1/bodies?limit=100", 0
		for path != "" {
			code, body := h.Get(path, false)
			if code != 200 {
				t.Fatalf("%s: %d %s", path, code, body)
			}
			pages++
			path = collect(t, body, seen)
		}
		if pages != 5 || len(seen) < 465 {
			t.Errorf("%d bodies on %d pages", len(seen), pages)
		}
		for _, bad := range []string{"/bodies?kind=robot", "/bodies?cursor=xyz", "/bodies?nonsense=1"} {
			if code, _ := h.Get(bad, false); code != 400 {
				t.Errorf("%s: %d", bad, code)
			}
		}
		if code, _ := h.Get("/bodies/ghost", false); code != 404 {
			t.Errorf("a body that is not there: %d", code)
		}
	})
}

func TestForms(t *testing.T) {
	h, s := serve(t, dbtest.SQLite(t, schemas()))
	if code, _ := h.Get("/bodies/new", false); code != 303 {
		t.Errorf("a stranger opens the form: %d", code)
	}
	if code, body := h.Post("/bodies/new", "ref", "lab", "kind", "service", "name_fr", "", "parent", "ghost"); code != 422 || !strings.Contains(body, `value="lab"`) || !strings.Contains(body, "ghost") {
		t.Errorf("a refused form loses what was typed: %d", code)
	}
	if code, body := h.Post("/bodies/new", "ref", "lab", "kind", "service", "name_fr", "Labo"); code != 303 {
		t.Fatalf("%d %s", code, body)
	}
	if code, _ := h.Post("/bodies/lab/edit", "kind", "service", "name_fr", "Labo A", "version", "1"); code != 303 {
		t.Errorf("%d", code)
	}
	if code, body := h.Post("/bodies/lab/edit", "kind", "service", "name_fr", "Labo B", "version", "1"); code != 409 || !strings.Contains(body, "Labo A") || !strings.Contains(body, "Labo B") || !strings.Contains(body, `value="2"`) {
		t.Errorf("a stale form must show both: %d", code)
	}
	if code, _ := h.Post("/bodies/lab/end", "valid_to", "2026-12-31", "version", "2"); code != 303 {
		t.Errorf("%d", code)
	}
	if code, _ := h.Post("/bodies/organ-conseil/mandates/new", "role", "Conseiller", "holder", "Personne (fictive)", "status", "fictitious"); code != 303 {
		t.Errorf("%d", code)
	}
	if code, _ := h.Post("/organs/council/end", "valid_to", "2030-11-30", "version", "1"); code != 303 {
		t.Errorf("%d", code)
	}
	boards, _ := s.Boards(t.Context())
	if b := boardOf(boards, "council"); b.Period.To.String() != "2030-11-30" {
		t.Errorf("%+v", b)
	}
}

// collect notes the refs of a page and gives the address of the next.
func collect(t *testing.T, body string, seen map[string]bool) string {
	t.Helper()
	var page web.Rows[BodyJSON]
	if err := json.Unmarshal([]byte(body), &page); err != nil {
		t.Fatal(err)
	}
	for _, b := range page.Items {
		if seen[b.Ref] {
			t.Errorf("%s comes twice", b.Ref)
		}
		seen[b.Ref] = true
	}
	if page.Next == "" {
		return ""
	}
	return "/api/v1/bodies?limit=100&cursor=" + page.Next
}
