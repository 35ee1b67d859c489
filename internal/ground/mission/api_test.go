package mission

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"beffroi/internal/ground/party/register"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/object"
)

// A figure written in the unit in which it is read is kept as it is.
func TestAFigureKeepsItsUnit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 1<<50).Draw(t, "value")
		d := FigureJSON{Year: 2025, Measure: rapid.SampledFrom(Measures()).Draw(t, "measure"), Value: &n, Source: "x"}
		v := register.NewValues(0, d.get)
		if f := parseFigure(v, true); v.Err() != nil || f.Value != n {
			t.Fatalf("%d %s became %d: %v", n, d.Measure, f.Value, v.Err())
		}
	})
}

// writes are the writing routes of figures and scenarios with a good document each.
var writes = map[string]string{
	"POST /api/v1/missions/SUP-ZDS/figures": `{"year":2025,"measure":"staff_fte","value":1250,"source":"bilan social"}`,
	"POST /api/v1/scenarios":                `{"key":"third-way","title_fr":"Troisième voie"}`,
	"PUT /api/v1/scenarios/third-way":       `{"version":1,"title_fr":"Autre voie","hypothetical":false}`,
	"PUT /api/v1/scenarios/third-way/tags":  `{"version":2,"tags":{"EDU":{"tag":"region"}}}`,
}

func TestOthersMayNotWrite(t *testing.T) {
	h, _ := serve(t, dbtest.SQLite(t, schemas()))
	for _, role := range auth.Roles() {
		if role == auth.Registrar {
			continue
		}
		other := h.As(role)
		for route, document := range writes {
			method, path, _ := strings.Cut(route, " ")
			if code, _ := other.Call(method, path, document); code != 403 {
				t.Errorf("%s sends %s: %d", role, route, code)
			}
		}
	}
}

func TestDocuments(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		h, s := serve(t, d)
		for _, c := range []struct {
			route, document string
			want            int
			words           string
		}{
			{"POST /api/v1/missions/SUP-ZDS/figures", `{"year":2025,"measure":"staff_fte","value":1250}`, 422, `"source"`},
			{"POST /api/v1/missions/SUP-ZDS/figures", `{"year":2025,"measure":"staff_fte","source":"x"}`, 422, `"value"`},
			{"POST /api/v1/missions/SUP-ZDS/figures", `{"year":2025,"measure":"cost_cents","value":-1,"source":"x"}`, 422, "register.amount"},
			{"POST /api/v1/missions/SUP-ZDS/figures", `{"year":1,"measure":"users","value":1,"source":"x"}`, 422, "register.year"},
			{"POST /api/v1/missions/SUP-ZDS/figures", `{"year":2025,"measure":"magic","value":1,"source":"x"}`, 422, "register.enum"},
			{"POST /api/v1/missions/SUP-ZDS/figures", `{"year":2025,"measure":"users","value":1.5,"source":"x"}`, 400, "body"},
			{"POST /api/v1/missions/GHOST/figures", `{"year":2025,"measure":"users","value":1,"source":"x"}`, 404, ""},
			{"POST /api/v1/missions/SUP-ZDS/figures", writes["POST /api/v1/missions/SUP-ZDS/figures"], 201, `"value":1250`},
			{"POST /api/v1/missions/SUP-ZDS/figures", `{"year":2025,"measure":"staff_fte","value":1300,"source":"bilan corrigé"}`, 201, `"supersedes":`},
			{"POST /api/v1/scenarios", `{"key":"third-way"}`, 422, `"title_fr"`},
			{"POST /api/v1/scenarios", `{"key":"status-quo","title_fr":"Encore"}`, 422, "register.duplicate"},
			{"POST /api/v1/scenarios", writes["POST /api/v1/scenarios"], 201, `"hypothetical":true`},
			{"PUT /api/v1/scenarios/third-way", `{"version":1,"title_fr":" "}`, 422, `"title_fr"`},
			{"PUT /api/v1/scenarios/third-way", writes["PUT /api/v1/scenarios/third-way"], 200, `"hypothetical":false`},
			{"PUT /api/v1/scenarios/third-way", writes["PUT /api/v1/scenarios/third-way"], 409, "stale"},
			{"PUT /api/v1/scenarios/ghost", writes["PUT /api/v1/scenarios/third-way"], 404, ""},
			{"PUT /api/v1/scenarios/third-way/tags", `{"version":2,"tags":{"EDU":{"tag":"moon"}}}`, 422, "register.enum"},
			{"PUT /api/v1/scenarios/third-way/tags", writes["PUT /api/v1/scenarios/third-way/tags"], 200, `"version":3`},
		} {
			method, path, _ := strings.Cut(c.route, " ")
			if code, body := h.Call(method, path, c.document); code != c.want || !strings.Contains(body, c.words) {
				t.Errorf("%s %s: %d without %q: %.300s", c.route, c.document, code, c.words, body)
			}
		}
		c, err := s.Catalogue(t.Context())
		if f, ok := c.Latest("SUP-ZDS", Staff, today); err != nil || !ok || f.Value != 1300 || f.Year != 2025 {
			t.Errorf("%+v %v", f, err)
		}
		checkHistory(t, s, "mission", "SUP-ZDS", "mission.figure", "mission.figure")
		checkHistory(t, s, "scenario", "third-way", "scenario.tag", "scenario.update", "scenario.create")
	})
}

// checkHistory compares the actions recorded of an object, newest first.
func checkHistory(t *testing.T, s *Service, kind, key string, want ...string) {
	t.Helper()
	err := s.db.Read(t.Context(), func(tx *db.Tx) error {
		list, err := audit.List(tx, audit.Filter{Object: object.Ref{Kind: kind, Key: key}, Limit: 20})
		var got []string
		for _, e := range list {
			got = append(got, e.Action)
		}
		if !slices.Equal(got, want) {
			t.Errorf("history of %s: %v", key, got)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTotalsStandSideBySide(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		h, s := serve(t, d)
		c, _ := s.Catalogue(t.Context())
		all, _ := s.Scenarios(t.Context())
		reform, keep := scenarioOf(all, "reform-2030").Totals(c, today), scenarioOf(all, "status-quo").Totals(c, today)
		if x, y := sum(reform), sum(keep); x.Cost != y.Cost || x.Missions != y.Missions || x.CostKnown != y.CostKnown || x.StaffKnown != y.StaffKnown || x.Cost == 0 {
			t.Errorf("the scenarios rest on other figures: %+v, %+v", x, y)
		}
		if taking(reform, ToRegion).Missions == 0 || taking(keep, ToRegion) != (Total{Destiny: ToRegion}) {
			t.Errorf("%+v %+v", taking(reform, ToRegion), taking(keep, ToRegion))
		}
		for lang, words := range map[string][]string{
			"fr": {"Les totaux côte à côte", "Des deux côtés"}, "nl": {"De totalen naast elkaar", "Aan beide kanten"}, "en": {"The totals side by side", "On both sides"},
		} {
			code, body := h.Get("/scenarios/reform-2030?with=status-quo&lang="+lang, false)
			for _, w := range words {
				if code != 200 || !strings.Contains(body, w) || strings.Contains(body, "⟦") {
					t.Errorf("%s: %d without %q", lang, code, w)
				}
			}
			if _, alone := h.Get("/scenarios/reform-2030?lang="+lang, false); strings.Contains(alone, words[0]) {
				t.Errorf("%s: a comparison without anything to compare with", lang)
			}
		}
	})
}
