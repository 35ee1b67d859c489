package mission

import (
	"strings"
	"testing"

	"beffroi/internal/ground/party"
	"beffroi/internal/ground/party/register/registertest"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/files"
	"beffroi/internal/platform/web"
)

func serve(t *testing.T, d *db.DB) (*registertest.House, *Service) {
	s := full(t, d)
	r := &web.Routes{}
	s.Routes(r)
	return registertest.Serve(t, d, r, Locale(), party.Locale(), territory.Locale(), files.Locale(), web.Locale()), s
}

func TestEveryPageInEveryLanguage(t *testing.T) {
	h, _ := serve(t, dbtest.SQLite(t, schemas()))
	h.Walk()
}

func TestPagesAnswer(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		h, _ := serve(t, d)
		for path, want := range map[string]string{
			"/missions?q=inond":                         "/missions/TER-EAU",
			"/missions?domain=social":                   "SOC-MEN",
			"/missions?commune=57081&part=tourism":      "TER-TOU",
			"/missions?format=csv":                      "TER-EAU,",
			"/missions/SUP-ZDS":                         "78,2",
			"/scenarios/reform-2030?with=status-quo":    "La Province garde",
			"/scenarios/reform-2030/dossier":            "m-TER-EAU",
			"/scenarios/reform-2030/dossier.json":       `"proposed_holder":"community"`,
			"/scenarios/reform-2030/dossier?format=csv": "TER-EAU",
			"/api/v1/scenarios/status-quo":              `"cost_known"`,
			"/api/v1/missions/SUP-ZDS":                  `"measure":"cost_cents"`,
		} {
			if code, body := h.Get(path, false); code != 200 || !strings.Contains(body, want) {
				t.Errorf("%s: %d without %q", path, code, want)
			}
		}
		for _, path := range []string{"/missions/GHOST", "/scenarios/ghost", "/scenarios/ghost/dossier.json"} {
			if code, _ := h.Get(path, false); code != 404 {
				t.Errorf("%s: %d", path, code)
			}
		}
	})
}

func TestForms(t *testing.T) {
	h, s := serve(t, dbtest.SQLite(t, schemas()))
	if code, body := h.Post("/missions/new", "code", "N", "title_fr", "Neuf", "domain", "magic", "scope", "all"); code != 422 || !strings.Contains(body, "magic") {
		t.Errorf("%d", code)
	}
	if code, _ := h.Post("/missions/new", "code", "N", "title_fr", "Neuf", "domain", "culture", "scope", "all"); code != 303 {
		t.Errorf("%d", code)
	}
	if code, body := h.Post("/missions/N/edit", "title_fr", "Autre", "domain", "culture", "scope", "all", "version", "9"); code != 409 || !strings.Contains(body, "Neuf") {
		t.Errorf("%d", code)
	}
	if code, _ := h.Post("/missions/N/figures/new", "year", "2025", "measure", "cost_cents", "value", "1000,50", "status", "real", "source", "compte"); code != 303 {
		t.Errorf("%d", code)
	}
	if code, _ := h.Post("/missions/N/end", "valid_to", "2026-12-31", "version", "1"); code != 303 {
		t.Errorf("%d", code)
	}
	if code, _ := h.Post("/scenarios/status-quo/tags", "version", "1", "tag.EDU", "region"); code != 303 {
		t.Errorf("%d", code)
	}
	if code, _ := h.Post("/scenarios/status-quo/tags", "version", "1", "tag.EDU", "keep"); code != 409 {
		t.Errorf("stale: %d", code)
	}
	all, _ := s.Scenarios(t.Context())
	if sc := scenarioOf(all, "status-quo"); sc.Tags["EDU"].Destiny != ToRegion || len(sc.Tags) != 33 {
		t.Errorf("%+v", sc.Tags["EDU"])
	}
}
