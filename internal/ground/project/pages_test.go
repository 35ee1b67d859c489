package project

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

func serve(t *testing.T, d *db.DB) *registertest.House {
	s := full(t, d)
	r := &web.Routes{}
	s.Routes(r)
	return registertest.Serve(t, d, r, Locale(), party.Locale(), territory.Locale(), files.Locale(), web.Locale())
}

func TestEveryPageInEveryLanguage(t *testing.T) {
	serve(t, dbtest.SQLite(t, schemas())).Walk()
}

func TestPagesAnswer(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		h := serve(t, d)
		for path, want := range map[string]string{
			"/projects?cycle=2017-2018&commune=51004":  "SUPRA-2017-02",
			"/projects?territory=ter-coeur-du-hainaut": "Vhello",
			"/projects?state=in-service&q=jollain":     "BASSIN-JOLLAIN",
			"/projects?format=csv":                     "SUPRA-2017-03,2017-2018,ter-charleroi-sud-hainaut",
			"/projects?sort=-amount&limit=1":           "NAQIA",
			"/projects/SUPRA-2019-05":                  "Le montant n’est pas connu",
			"/projects/SUPRA-2017-03":                  "/ledger?source=project:SUPRA-2017-03",
			"/api/v1/projects/SUPRA-2017-03":           `"amount_cents":54000000`,
		} {
			if code, body := h.Get(path, false); code != 200 || !strings.Contains(body, want) {
				t.Errorf("%s: %d without %q", path, code, want)
			}
		}
		if code, _ := h.Get("/projects/ghost", false); code != 404 {
			t.Errorf("%d", code)
		}
	})
}

func TestForms(t *testing.T) {
	h := serve(t, dbtest.SQLite(t, schemas()))
	if code, body := h.Post("/projects/new", "title_fr", "Piscine", "amount_eur", "beaucoup"); code != 422 || !strings.Contains(body, `value="beaucoup"`) {
		t.Errorf("%d", code)
	}
	if code, _ := h.Post("/projects/new", "title_fr", "Piscine", "cycle", "2025-2026"); code != 303 {
		t.Errorf("%d", code)
	}
	if code, _ := h.Post("/projects/supra-2025-piscine/edit", "title_fr", "Piscine A", "version", "1"); code != 303 {
		t.Errorf("%d", code)
	}
	if code, body := h.Post("/projects/supra-2025-piscine/edit", "title_fr", "Piscine B", "version", "1"); code != 409 || !strings.Contains(body, "Piscine A") {
		t.Errorf("%d", code)
	}
}
