package series

import (
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// door is the pages of the room behind a plain site, with a token of an analyst
// and one of an accountant.
type door struct {
	handler             http.Handler
	bundle              *i18n.Bundle
	analyst, accountant string
	counter             *db.Counter // of the statements of the last request
}

func (w world) serve(t *testing.T) *door {
	t.Helper()
	d := &door{bundle: i18n.New("fr", "nl", "en")}
	for _, texts := range []fs.FS{Locale(), territory.Locale(), web.Locale()} {
		if err := d.bundle.Load(texts); err != nil {
			t.Fatal(err)
		}
	}
	accounts := auth.NewService(w.d)
	token := func(name string, role auth.Role) string {
		err := accounts.Create(t.Context(), auth.System("test"), auth.NewAccount{Username: name, Name: name, Email: name + "@example.org", Language: "fr", Password: "un-long-mot-de-passe-42", Grants: []auth.Grant{{Role: role}}})
		if err != nil {
			t.Fatal(err)
		}
		token, err := accounts.IssueToken(t.Context(), auth.System("test"), name, "test", calendar.MustParse("2027-01-01"))
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	d.analyst, d.accountant = token("analyste", auth.Analyst), token("comptable", auth.Accountant)
	site := &web.Site{Clock: w.d.Clock(), Bundle: d.bundle, Auth: accounts, Log: slog.New(slog.DiscardHandler), Metrics: web.NewMetrics(), SignIn: "/signin", Seal: []byte("seal"),
		Page: func(_ *web.Exchange, p ui.Page, body templ.Component) templ.Component {
			return templ.Join(templ.Raw("<h1>"+p.Title+"</h1><p>"+p.Lede+"</p>"), body)
		},
		Error: func(_ *web.Exchange, e *fault.Error, _ string) templ.Component {
			return templ.Raw(e.Code + fmt.Sprint(e.Args["name"]))
		}}
	r := &web.Routes{}
	w.s.Routes(r)
	d.handler = site.Handler(r, http.NotFoundHandler())
	return d
}

// ask sends a request. A body that begins with { is JSON, any other a form.
func (d *door) ask(method, address, token, body string) *httptest.ResponseRecorder {
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, address, content)
	switch {
	case strings.HasPrefix(body, "{"):
		r.Header.Set("Content-Type", "application/json")
	case body != "":
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	ctx, counter := db.WithCounter(r.Context())
	d.counter = counter
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r.WithContext(ctx))
	return w
}

// withDetail adds a dataset by sex, one with states, and one without a figure.
func (w world) withDetail(t *testing.T) world {
	t.Helper()
	ath, mons := w.area(t, "51004"), w.area(t, "53053")
	list := []Publication{
		{Dataset: Dataset{Key: "by_sex", Title: Text{FR: "Par sexe"}, Additive: true}, Published: calendar.MustParse("2024-06-01"), Figures: []Figure{
			{Area: ath, Year: 2023, Dim: "sex=F", Value: 15}, {Area: ath, Year: 2023, Dim: "sex=M", Value: 14}, {Area: mons, Year: 2023, Dim: "sex=F", Value: 49}}},
		{Dataset: Dataset{Key: "states", Title: Text{FR: "États"}, Unit: Text{FR: "%"}, Decimals: 1}, Published: calendar.MustParse("2024-06-01"), Figures: []Figure{
			{Area: ath, Year: 2023, Value: -125}, {Area: mons, Year: 2023, State: Suppressed}, {Area: w.area(t, "51008"), Year: 2023, State: NotApplicable}}},
	}
	if err := w.s.Seed(t.Context(), analyst, list); err != nil {
		t.Fatal(err)
	}
	if err := w.s.Save(t.Context(), analyst, Dataset{Key: "bare", Title: Text{FR: "Nu"}}); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestPages(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, engine *db.DB) {
		d := newWorld(t, engine).pack(t).withDetail(t).serve(t)
		for _, c := range []struct {
			address, token string
			status         int
			want, lacks    string
		}{
			{"/datasets", "", 200, "Population au 1er janvier", "/staff/imports"},
			{"/datasets?q=popul&lang=nl", "", 200, "Bevolking", "income_median"},
			{"/datasets?q=dispo+statbel", "", 200, "Revenu disponible", "Population au"},
			{"/datasets?q=zzz", "", 200, "Aucun jeu de données", "Population au"},
			{"/datasets?as_of=2000-01-01", "", 200, "Population au", "2009–2020"},
			{"/datasets?format=csv", "", 200, "population,Population au 1er janvier,habitants,Statbel,2009,2020,1,2020-01-01,69,", ""},
			{"/datasets?format=csv&q=ageing", "", 200, "ageing,", "population,"},
			{"/datasets/population", "", 200, "1 346 840", "/withdraw"},
			{"/datasets?format=xlsx", "", 200, "PK", ""},
			{"/datasets/population", "", 200, "Population par commune 2018-2020; Population par commune 2009-2015", "pop-late"},
			{"/datasets/%F0%9F%98%80", "", 404, "absent", ""},
			{"/datasets/population?dim=%F0%9F%98%80", "", 400, "series.dim", ""},
			{"/datasets/population", "", 200, "somme des communes", "commune choisie"},
			{"/datasets/population", "", 200, "Le 1er janvier 2019, ces communes ont changé de code", ""},
			{"/datasets/population?year=2009", "", 200, "la Province en 2009", "la Province en 2020"},
			{"/datasets/population?year=2009", "", 200, `<option value="2009" selected`, "ont changé de code"},
			{"/datasets/population?commune=55022", "", 200, "commune choisie", ""}, // an old code of La Louvière
			{"/datasets/population?commune=&year=&dim=", "", 200, "1 346 840", "commune choisie"},
			{"/datasets/ageing", "", 200, "publié tel quel", ""},
			{"/datasets/income_median?commune=53053", "", 200, "ne s’additionne pas", ""},
			{"/datasets/new_dwellings", "", 200, "incomplet : 8 communes manquent", ""},
			{"/datasets/population?as_of=2019-06-01", "", 200, "Aucun chiffre", "1 346 840"}, // published later
			{"/datasets/population?format=csv", "", 200, "58001,La Louvière,", "55022"},
			{"/datasets/population?format=xlsx", "", 200, "PK", ""},
			{"/datasets/ageing?format=csv", "", 200, "50000,", ""},
			{"/datasets/by_sex", "", 200, "sex F", ""},
			{"/datasets/by_sex?dim=sex%3DM&format=csv", "", 200, "51004,Ath,14", "Mons,49"},
			{"/datasets/states", "", 200, "caché", ""},
			{"/datasets/states", "", 200, "−12,5 %", ""},
			{"/datasets/states?format=csv", "", 200, "sans objet", ""},
			{"/datasets/bare", "", 200, "Rien n’est encore publié", "/staff/imports"},
			{"/datasets/bare", "analyst", 200, "/staff/imports", ""},
			{"/datasets/bare?format=csv", "", 200, "Territoire,Nom", ""},
			{"/datasets/population", "analyst", 200, "/history/dataset/population", ""},
			{"/datasets/population", "accountant", 200, "1 346 840", "/withdraw"},
			{"/datasets/population?year=1999", "", 400, "param.enumyear", ""},
			{"/datasets/population?year=MMXX", "", 400, "", ""},
			{"/datasets/bare?year=2020", "", 400, "param.enumyear", ""},
			{"/datasets/population?dim=sex%3DF", "", 400, "series.dimdim", ""},
			{"/datasets/population?commune=99999", "", 400, "series.communecommune", ""},
			{"/datasets/population?commune=Ath", "", 400, "", ""},
			{"/datasets/ghost", "", 404, "absent", ""},
			{"/datasets/ghost/edit", "analyst", 404, "absent", ""},
			{"/datasets/population/edit", "analyst", 200, `value="Population au 1er janvier"`, ""},
			{"/datasets/population/edit", "accountant", 403, "", "Population"},
			{"/datasets/population/edit", "", 303, "", "Population"},
			{"/api/v1/datasets?q=popul", "", 200, `"first_year":2009,"last_year":2020,"areas":69,"vintage":1,"published":"2020-01-01"`, "income"},
			{"/api/v1/datasets/by_sex/figures?dim=sex%3DF", "", 200, `"value":"49"`, `"14"`},
			{"/api/v1/datasets/by_sex/figures", "", 200, `"items":[]`, ""},
			{"/api/v1/datasets/by_sex/figures?dim=age", "", 400, "series.dim", ""},
			{"/api/v1/datasets/population", "", 200, `"version":1`, ""},
		} {
			token := map[string]string{"analyst": d.analyst, "accountant": d.accountant}[c.token]
			r := d.ask("GET", c.address, token, "")
			body := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(r.Body.String())
			if r.Code != c.status || !strings.Contains(body, c.want) || c.lacks != "" && strings.Contains(body, c.lacks) {
				t.Errorf("%s as %q: %d, want %d with %q and without %q\n%.600s", c.address, c.token, r.Code, c.status, c.want, c.lacks, body)
			}
			if n := d.counter.N(); token == "" && n > 8 {
				t.Errorf("%s: %d statements", c.address, n)
			}
		}
	})
}

// Every page speaks the three languages, and none lacks a word.
func TestPagesInEveryLanguage(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, schemas)).pack(t).withDetail(t)
	d := w.serve(t)
	if err := w.s.Withdraw(t.Context(), analyst, "states", 1, "erreur"); err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"fr", "nl", "en"} {
		for _, address := range []string{"/datasets", "/datasets/population?commune=53053", "/datasets/population?as_of=2000-01-01", "/datasets/ageing", "/datasets/new_dwellings", "/datasets/by_sex", "/datasets/states", "/datasets/bare", "/datasets/population/edit"} {
			sep := "?"
			if strings.Contains(address, "?") {
				sep = "&"
			}
			r := d.ask("GET", address+sep+"lang="+lang, d.analyst, "")
			if r.Code != 200 || strings.Contains(r.Body.String(), "⟦") {
				t.Errorf("%s in %s: %d\n%.400s", address, lang, r.Code, r.Body.String())
			}
		}
	}
	for _, missing := range d.bundle.Missing() {
		t.Error("missing: " + missing)
	}
}

func form(pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v.Encode()
}

func TestEditing(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, engine *db.DB) {
		w := newWorld(t, engine).pack(t)
		d := w.serve(t)
		const at = "/datasets/population/edit"
		for _, c := range []struct {
			name, token, body string
			status            int
			want              string
		}{
			{"nobody", "", form("title_fr", "X", "version", "1"), 401, ""},
			{"an accountant", d.accountant, form("title_fr", "X", "version", "1"), 403, ""},
			{"without a title", d.analyst, form("title_fr", "", "note", "gardée", "version", "1"), 422, "gardée"},
			{"a foreign polarity", d.analyst, form("title_fr", "X", "polarity", "sideways", "version", "1"), 422, "sideways"},
			{"a foreign field", d.analyst, form("title_fr", "X", "decimals", "3", "version", "1"), 400, ""},
			{"right", d.analyst, form("title_fr", "Habitants", "unit_fr", "personnes", "source", "https://example.org/a", "note", "n", "additive", "1", "version", "1"), 303, ""},
			{"stale", d.analyst, form("title_fr", "Autre", "version", "1"), 409, "Habitants"},
			{"without a version", d.analyst, form("title_fr", "Autre"), 409, "Autre"},
		} {
			r := d.ask("POST", at, c.token, c.body)
			if r.Code != c.status || !strings.Contains(r.Body.String(), c.want) {
				t.Errorf("%s: %d, want %d with %q\n%.600s", c.name, r.Code, c.status, c.want, r.Body.String())
			}
		}
		if r := d.ask("POST", "/datasets/ghost/edit", d.analyst, form("title_fr", "X")); r.Code != 404 {
			t.Errorf("a form may not add a dataset: %d", r.Code)
		}
		w.read(t, func(tx *db.Tx) error {
			got, err := w.s.Dataset(tx, "population")
			if got.Title.FR != "Habitants" || got.Title.NL != "" || got.Unit.FR != "personnes" || !got.Additive || got.Version != 2 || got.Decimals != 0 {
				t.Errorf("%+v", got)
			}
			return err
		})
		if r := d.ask("GET", "/datasets/population", "", ""); !strings.Contains(r.Body.String(), `href="https://example.org/a"`) {
			t.Error("the source is no link")
		}
	})
}

func TestWithdrawing(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, engine *db.DB) {
		d := newWorld(t, engine).pack(t).serve(t)
		const at = "/datasets/population/withdraw"
		for _, c := range []struct {
			name, token, body string
			status            int
		}{
			{"nobody", "", form("vintage", "1", "reason", "x"), 401},
			{"an accountant", d.accountant, form("vintage", "1", "reason", "x"), 403},
			{"without a reason", d.analyst, form("vintage", "1"), 422},
			{"without a vintage", d.analyst, form("vintage", "9", "reason", "x"), 404},
			{"right", d.analyst, form("vintage", "1", "reason", "mauvais fichier"), 303},
		} {
			if r := d.ask("POST", at, c.token, c.body); r.Code != c.status {
				t.Errorf("%s: %d, want %d\n%.400s", c.name, r.Code, c.status, r.Body.String())
			}
			public := d.ask("GET", "/datasets/population", "", "").Body.String()
			if gone := strings.Contains(public, "Aucun chiffre") && strings.Contains(public, "retiré le"); gone != (c.name == "right") {
				t.Errorf("after %s: the figures are gone: %v", c.name, gone)
			}
		}
	})
}

func TestWritingThroughTheAPI(t *testing.T) {
	d := newWorld(t, dbtest.SQLite(t, schemas)).pack(t).serve(t)
	for _, c := range []struct {
		name, address, token, body string
		status                     int
		want                       string
	}{
		{"nobody", "/api/v1/datasets/population", "", `{"title":{"fr":"X"},"version":1}`, 401, ""},
		{"an accountant", "/api/v1/datasets/population", d.accountant, `{"title":{"fr":"X"},"version":1}`, 403, ""},
		{"another key", "/api/v1/datasets/population", d.analyst, `{"key":"other","title":{"fr":"X"},"version":1}`, 422, "series.key.other"},
		{"an unknown field", "/api/v1/datasets/population", d.analyst, `{"titre":"X"}`, 400, ""},
		{"stale", "/api/v1/datasets/population", d.analyst, `{"title":{"fr":"X"},"version":7}`, 409, "stale"},
		{"right", "/api/v1/datasets/population", d.analyst, `{"title":{"fr":"Habitants"},"unit":{"fr":"u"},"decimals":5,"version":1}`, 200, `"decimals":0,"additive":false,"version":2`},
		{"a new one", "/api/v1/datasets/neuf", d.analyst, `{"title":{"fr":"Neuf"},"unit":{"fr":"u"},"decimals":2}`, 200, `"decimals":2,"additive":false,"version":1`},
		{"a bad key", "/api/v1/datasets/N%C3%A9uf", d.analyst, `{"title":{"fr":"Neuf"}}`, 422, "series.key"},
		{"withdrawn by nobody", "/api/v1/datasets/population/withdraw", "", `{"vintage":1,"reason":"x"}`, 401, ""},
		{"withdrawn without reason", "/api/v1/datasets/population/withdraw", d.analyst, `{"vintage":1}`, 422, "required"},
		{"withdrawn", "/api/v1/datasets/population/withdraw", d.analyst, `{"vintage":1,"reason":"x"}`, 200, `"withdrawn_at"`},
	} {
		r := d.ask("POST", c.address, c.token, c.body)
		if r.Code != c.status || !strings.Contains(r.Body.String(), c.want) {
			t.Errorf("%s: %d, want %d with %q\n%.600s", c.name, r.Code, c.status, c.want, r.Body.String())
		}
	}
}

// The years of the tables are the latest, or end at an earlier one that was chosen.
func TestYearsShown(t *testing.T) {
	years := []int{2001, 2002, 2003, 2004, 2005, 2006, 2007, 2008, 2009, 2010}
	for _, c := range []struct{ chosen, first, last, n int }{{2010, 2003, 2010, 8}, {2003, 2003, 2010, 8}, {2002, 2001, 2002, 2}, {0, 2003, 2010, 8}} {
		got := datasetView{years: years, year: c.chosen}.shown()
		if len(got) != c.n || got[0] != c.first || got[len(got)-1] != c.last {
			t.Errorf("%d: %v", c.chosen, got)
		}
	}
	if got := (datasetView{years: years[:2], year: 2002}).shown(); len(got) != 2 {
		t.Errorf("two years: %v", got)
	}
	if got := (datasetView{}).shown(); len(got) != 0 {
		t.Errorf("no years: %v", got)
	}
}
