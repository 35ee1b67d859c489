package ledger

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"beffroi/internal/ground/key"
	"beffroi/internal/ground/series"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// serve puts the pages of the key and ledger rooms behind a plain site.
func (w world) serve(t *testing.T) (h http.Handler, token string, b *i18n.Bundle) {
	t.Helper()
	b = i18n.New("fr", "nl", "en")
	for _, l := range []interface{ Load() error }{loader{b, 0}, loader{b, 1}, loader{b, 2}, loader{b, 3}, loader{b, 4}} {
		if err := l.Load(); err != nil {
			t.Fatal(err)
		}
	}
	accounts := auth.NewService(w.d)
	err := accounts.Create(t.Context(), system, auth.NewAccount{Username: "compta", Name: "Compta", Email: "compta@example.org", Language: "fr", Password: "un-long-mot-de-passe-42",
		Grants: []auth.Grant{{Role: auth.Accountant}}})
	if err != nil {
		t.Fatal(err)
	}
	if token, err = accounts.IssueToken(t.Context(), system, "compta", "test", calendar.MustParse("2027-01-01")); err != nil {
		t.Fatal(err)
	}
	site := &web.Site{Clock: w.d.Clock(), Bundle: b, Auth: accounts, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Metrics: web.NewMetrics(), SignIn: "/signin", Seal: []byte("seal"),
		Page: func(_ *web.Exchange, p ui.Page, body templ.Component) templ.Component {
			return templ.Join(templ.Raw("<h1>"+p.Title+"</h1>"), body)
		},
		Error: func(_ *web.Exchange, e *fault.Error, _ string) templ.Component { return templ.Raw(e.Code) }}
	r := &web.Routes{}
	w.s.Routes(r)
	w.s.keys.Routes(r)
	series.NewService(w.d, w.s.areas).Routes(r)
	return site.Handler(r, http.NotFoundHandler()), token, b
}

type loader struct {
	b *i18n.Bundle
	i int
}

func (l loader) Load() error {
	switch l.i {
	case 0:
		return l.b.Load(Locale())
	case 1:
		return l.b.Load(key.Locale())
	case 2:
		return l.b.Load(series.Locale())
	case 3:
		return l.b.Load(territory.Locale())
	}
	return l.b.Load(web.Locale())
}

func get(h http.Handler, method, address, token string, form url.Values) *httptest.ResponseRecorder {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, address, body)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPages(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, schemas))
	w.pack(t)
	h, token, b := w.serve(t)
	for _, c := range []struct {
		address, token string
		status         int
		want           string
	}{
		{"/ledger", "", 200, "Somme de ce qui compte"},
		{"/ledger?area=51004&year=2020&q=biblio&kind=grant&from=2020-01-01", "", 200, "Grand livre"},
		{"/ledger?format=csv", "", 200, "L-2020-000003"},
		{"/ledger?area=99999", "", 400, "ledger.commune"},
		{"/ledger?area=0&lang=nl", "", 200, "Grootboek"},
		{"/ledger/explain?area=51004&year=2020", "", 200, "Ath"},
		{"/ledger/explain?year=2020&kind=works&measure=hours", "", 200, "D’où vient"},
		{"/ledger/balance", "", 200, "Toutes les sommes sont justes"},
		{"/ledger/balance?format=xlsx", "", 200, "PK"},
		{"/ledger/L-2018-000001", "", 200, "Fraction exacte"},
		{"/ledger/L-2018-000001?format=csv", "", 200, "Fraction exacte"},
		{"/ledger/L-2018-999999", "", 404, "absent"},
		{"/ledger/nonsense", "", 404, "absent"},
		{"/ledger/new", "", 303, ""},
		{"/ledger/new?from=L-2018-000001", token, 200, "354740.25"},
		{"/api/v1/ledger?year=2018", "", 200, `"items":[{"ref":"L-2018-`},
		{"/api/v1/ledger/L-2018-000001", "", 200, `"key":"population-2018"`},
		{"/api/v1/ledger/balance", "", 200, `"ok":true`},
		{"/keys", "", 200, "Parts égales par commune"},
		{"/keys?format=csv", "", 200, "population-2018"},
		{"/keys/population-2018?amount=1000000,50", "", 200, "1 000 000,50"},
		{"/keys/population-2018?amount=beaucoup", "", 200, "beaucoup"},
		{"/keys/population-2018?format=csv&amount=100", "", 200, "29164"},
		{"/keys/population-2018?version=9", "", 404, "absent"},
		{"/keys/compare?a=population-2018&b=six-criteria&amount=1000", "", 200, "reçoit plus"},
		{"/keys/compare?a=equal&b=equal", "", 200, "ne change pas"},
		{"/keys/compare", "", 200, "Deux clés à choisir"},
		{"/keys/compare?a=none&b=equal", "", 404, "absent"},
		{"/keys/new", token, 200, "Critère 1"},
		{"/keys/new?key=six-criteria", token, 200, "60,00"},
		{"/keys/workshop?criterion=population:2018&weight=60&criterion=area_km2:2019&weight=40&amount=1000", token, 200, "Voici les parts"},
		{"/keys/workshop?criterion=population:2018&weight=60", token, 200, "100"},
		{"/keys/workshop", "", 303, ""},
		{"/api/v1/keys", "", 200, `"weight_bp":10000`},
		{"/api/v1/keys/equal", "", 200, `"kind":"equal"`},
		{"/api/v1/keys/population-2018/shares?amount=100,01", "", 200, `"sum_cents":10001`},
		{"/api/v1/keys/population-2018/shares?amount=x", "", 400, "key.amount"},
		{"/api/v1/datasets", "", 200, `"key":"population"`},
		{"/api/v1/datasets/population", "", 200, `"years":[2009,`},
		{"/api/v1/datasets/population/figures?year=2018&area=51004", "", 200, `"value":"29164"`},
		{"/api/v1/datasets/none/figures", "", 404, "absent"},
	} {
		rec := get(h, http.MethodGet, c.address, c.token, nil)
		text := strings.NewReplacer("\u202f", " ", "\u00a0", " ").Replace(rec.Body.String())
		if rec.Code != c.status || !strings.Contains(text, c.want) {
			t.Errorf("%s: %d, want %d with %q\n%.600s", c.address, rec.Code, c.status, c.want, text)
		}
		if strings.Contains(text, "⟦") {
			t.Errorf("%s: a text is missing", c.address)
		}
	}
	for _, m := range b.Missing() {
		t.Error(m)
	}
}

// The two steps of the form: the split is shown before anything is written.
func TestEditor(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, schemas))
	h, token, _ := w.serve(t)
	form := url.Values{"date": {"2026-05-01"}, "kind": {"grant"}, "measure": {"eur_cents"}, "amount": {"100,01"}, "attribution": {"shared"}, "communes": {"51004; 51008"},
		"key": {"population-2018"}, "title_fr": {"Subside d’essai"}, "step": {"preview"}}
	if rec := get(h, http.MethodPost, "/ledger/new", token, form); rec.Code != 200 || !strings.Contains(rec.Body.String(), "Ath") || w.yearSum(t, 2026) != 0 {
		t.Fatalf("preview: %d, %d cents written\n%.800s", rec.Code, w.yearSum(t, 2026), rec.Body)
	}
	form.Set("step", "post")
	if rec := get(h, http.MethodPost, "/ledger/new", token, form); rec.Code != 303 || rec.Header().Get("Location") != "/ledger/L-2026-000001" || w.yearSum(t, 2026) != 10001 {
		t.Fatalf("post: %d %s", rec.Code, rec.Body)
	}
	form.Set("amount", "beaucoup")
	if rec := get(h, http.MethodPost, "/ledger/new", token, form); rec.Code != 422 || !strings.Contains(rec.Body.String(), "Subside d’essai") || !strings.Contains(rec.Body.String(), "beaucoup") {
		t.Errorf("refused: %d %.800s", rec.Code, rec.Body)
	}
	if rec := get(h, http.MethodPost, "/ledger/L-2026-000001/reverse", token, url.Values{"reason": {""}}); rec.Code != 422 {
		t.Errorf("reversal without reason: %d", rec.Code)
	}
	if rec := get(h, http.MethodPost, "/ledger/L-2026-000001/reverse", token, url.Values{"reason": {"essai"}}); rec.Code != 303 || w.yearSum(t, 2026) != 0 {
		t.Errorf("reversal: %d", rec.Code)
	}
	if rec := get(h, http.MethodPost, "/ledger/new", "", form); rec.Code < 400 {
		t.Errorf("posted by nobody: %d", rec.Code)
	}
}
