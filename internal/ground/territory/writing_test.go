package territory

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/object"
)

// tokenOf makes an account with one role and gives its token.
func (f *front) tokenOf(role auth.Role) string {
	f.t.Helper()
	accounts, boss, name := auth.NewService(f.db), auth.System("test"), "t-"+string(role)
	err := accounts.Create(f.t.Context(), boss, auth.NewAccount{Username: name, Name: "T", Email: name + "@example.org", Language: "fr", Password: "des arbres le long du canal", Grants: []auth.Grant{{Role: role}}})
	if err != nil {
		f.t.Fatal(err)
	}
	token, err := accounts.IssueToken(f.t.Context(), boss, name, "test", clock.Today(f.db.Clock()))
	if err != nil {
		f.t.Fatal(err)
	}
	return token
}

// call sends a document with a token.
func (f *front) call(token, route, document string) *httptest.ResponseRecorder {
	method, address, _ := strings.Cut(route, " ")
	r := httptest.NewRequest(method, address, strings.NewReader(document))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	return w
}

func TestDocumentsChangeTheTerritory(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		f := newFront(t, seeded(t, d))
		token := f.tokenOf(auth.Registrar)
		const oise = "/api/v1/areas/river_contract/rc-oise"
		for _, c := range []struct {
			route, document string
			status          int
			says            string
		}{
			{"POST /api/v1/areas", `{"kind":"river_contract","name_fr":"Oise"}`, 201, `"key":"rc-oise"`},
			{"POST /api/v1/areas", `{"kind":"river_contract","name_fr":"Oise"}`, 422, "territory.key.taken"},
			{"POST /api/v1/areas", `{"kind":"rescue_zone"}`, 422, `"name_fr"`},
			{"POST /api/v1/areas", `{"kind":"galaxy","name_fr":"X"}`, 422, `"kind"`},
			{"POST /api/v1/areas", `{"kind":"rescue_zone","name_fr":"X","area_ha":-1}`, 422, `"area_ha"`},
			{"POST /api/v1/areas", `{"kind":"rescue_zone","name_fr":"X","day":"demain"}`, 422, "territory.date"},
			{"POST /api/v1/areas", `{"colour":1}`, 400, "body"},
			{"PUT " + oise + "/name", `{"version":1,"name_fr":""}`, 422, `"name_fr"`},
			{"PUT " + oise + "/name", `{"version":1,"name_fr":"Oise et Aisne","since":"jamais"}`, 422, `"since"`},
			{"PUT " + oise + "/name", `{"version":1,"name_fr":"Oise et Aisne"}`, 200, `"version":2`},
			{"PUT " + oise + "/name", `{"version":1,"name_fr":"Oise et Aisne"}`, 409, "stale"},
			{"POST " + oise + "/members", `{"day":"2026-01-01"}`, 422, `"commune"`},
			{"POST " + oise + "/members", `{"commune":"57081"}`, 422, `"day"`},
			{"POST " + oise + "/members", `{"commune":"57081","day":"2026-01-01","source":"arrêté"}`, 200, `"key":"57081"`},
			{"POST " + oise + "/members", `{"commune":"57081","day":"2026-02-01","leave":true}`, 200, `"key":"rc-oise"`},
			{"POST " + oise + "/members", `{"commune":"57081","day":"2026-03-01","leave":true}`, 422, "territory.membership.none"},
			{"POST " + oise + "/end", `{"version":2,"date":"demain"}`, 422, `"date"`},
			{"POST " + oise + "/end", `{"version":2}`, 422, "territory.end.day"},
			{"POST " + oise + "/end", `{"version":2,"date":"2026-10-31","note":"fin"}`, 200, `"valid_to":"2026-10-31"`},
			{"POST /api/v1/areas/river_contract/rc-none/end", `{"version":1,"date":"2026-10-31"}`, 404, ""},
			{"POST /api/v1/events", `{"date":"2026-01-01","kind":"recode","from":[{"key":"53065"}]}`, 422, "territory.event.one"},
			{"POST /api/v1/events", `{"date":"2026-01-01","kind":"recode","from":[{"key":"53065"},{"key":"53053"}],"to":[{"code":"53099"}]}`, 422, "territory.event.one"},
			{"POST /api/v1/events", `{"date":"2026-01-01","kind":"recode","from":[{"key":"53065"}],"to":[{"code":"53099"}]}`, 201, `"code":"53099"`},
			{"POST /api/v1/events", `{"date":"2026-01-01","kind":"split","from":[{"key":"53053"}],"to":[{"key":"53014","weight_bp":6000},{"key":"53020","weight_bp":3000}]}`, 422, "territory.event.weights"},
			{"POST /api/v1/events", `{"date":"2026-01-01","kind":"split","from":[{"key":"53053"}],"to":[{"key":"53014","weight_bp":9223372036854775807},{"key":"53020","weight_bp":9223372036854775807},{"key":"53028","weight_bp":10002}]}`, 422, "territory.event.weights"},
			{"POST /api/v1/events", `{"date":"2026-01-01","kind":"split","from":[{"key":"53053"}],"to":[{"key":"53014","weight_bp":6000},{"key":"53020","weight_bp":4000}]}`, 201, `"weight_bp":6000`},
			{"POST /api/v1/events", `{"date":"2026-01-01","kind":"merge","from":[{"key":"99999"}],"to":[{"key":"53014"}]}`, 422, "99999"},
			{"POST /api/v1/events", `{"date":"2026-01-01","kind":"rename","from":[{"key":"53014"}]}`, 422, "territory.event.kind"},
		} {
			w := f.call(token, c.route, c.document)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
				t.Errorf("%s %s: %d without %q: %.300s", c.route, c.document, w.Code, c.says, w.Body)
			}
		}
		a := atlasOf(t, f.Service)
		mons, oiseArea := a.Area(Commune, "53053"), a.Area(RiverContract, "rc-oise")
		if c := commune(t, a, "53065"); c.Key != "53099" {
			t.Errorf("recoded to %s", c.Key)
		}
		if got := a.Successors(mons.ID); len(got) != 2 || got[0].Weight+got[1].Weight != Whole {
			t.Errorf("split into %v", got)
		}
		tournai, day := commune(t, a, "57081"), calendar.MustParse
		if !slices.Contains(a.Groups(tournai.ID, day("2026-01-31")), oiseArea) || slices.Contains(a.Groups(tournai.ID, day("2026-02-01")), oiseArea) {
			t.Error("the commune did not join and leave on its days")
		}
		if got := actions(t, f.Service, oiseArea.Ref()); !slices.Equal(got, []string{"territory.end", "territory.rename", "territory.add"}) {
			t.Errorf("history %v", got)
		}
		if got := actions(t, f.Service, tournai.Ref()); !slices.Equal(got, []string{"territory.membership", "territory.membership"}) {
			t.Errorf("history of Tournai %v", got)
		}
		if got := actions(t, f.Service, mons.Ref()); !slices.Contains(got, "territory.event") {
			t.Errorf("history of Mons %v", got)
		}
	})
}

// actions are those recorded of an object, newest first.
func actions(t *testing.T, s *Service, ref object.Ref) (list []string) {
	t.Helper()
	err := s.db.Read(t.Context(), func(tx *db.Tx) error {
		entries, err := audit.List(tx, audit.Filter{Object: ref, Limit: 20})
		for _, e := range entries {
			list = append(list, e.Action)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestOthersMayNotChangeTheTerritory(t *testing.T) {
	f := newFront(t, seeded(t, dbtest.SQLite(t, schemas)))
	const at = "/api/v1/areas/territory/ter-coeur-du-hainaut"
	routes := []string{"POST /api/v1/areas", "PUT " + at + "/name", "POST " + at + "/end", "POST " + at + "/members", "POST /api/v1/events"}
	for _, role := range auth.Roles() {
		if role == auth.Registrar {
			continue
		}
		token := f.tokenOf(role)
		for _, route := range routes {
			if w := f.call(token, route, `{}`); w.Code != http.StatusForbidden {
				t.Errorf("%s sends %s: %d", role, route, w.Code)
			}
		}
	}
	token := f.tokenOf(auth.Registrar)
	for _, route := range routes {
		if w := f.call(token+"x", route, `{}`); w.Code != http.StatusUnauthorized {
			t.Errorf("a forged token sends %s: %d", route, w.Code)
		}
		if w := f.call(token, route, `{}`); w.Code == http.StatusForbidden {
			t.Errorf("the registrar may not send %s", route)
		}
	}
}

// A recoding of two areas is refused in words, from a form too.
func TestARecodingIsOfOneArea(t *testing.T) {
	f := newFront(t, seeded(t, dbtest.SQLite(t, schemas)))
	w := f.post("/territory/events/new", url.Values{"kind": {"recode"}, "date": {"2026-01-01"}, "from": {"53065 53053"}, "code": {"53099"}})
	if w.Code != http.StatusUnprocessableEntity {
		t.Errorf("%d %.300s", w.Code, w.Body)
	}
	a := atlasOf(t, f.Service)
	mons := commune(t, a, "53053")
	for _, to := range [][]Party{nil, {{Area: mons.ID}, {Area: mons.ID}}} {
		_, err := a.Consequences(Event{Date: calendar.MustParse("2026-01-01"), Kind: Recode, From: []Party{{Area: mons.ID}}, To: to}, today)
		if fault.KindOf(err) != fault.Invalid {
			t.Errorf("%v: %v", to, err)
		}
	}
}
