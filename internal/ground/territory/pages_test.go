package territory

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// front is the room's routes behind a bare site.
type front struct {
	*Service
	t       testing.TB
	bundle  *i18n.Bundle
	handler http.Handler
	routes  *web.Routes
	session *http.Cookie
}

func newFront(t testing.TB, s *Service) *front {
	t.Helper()
	f := &front{Service: s, t: t, bundle: bundle(t), routes: &web.Routes{}}
	s.Routes(f.routes)
	accounts := auth.NewService(s.db)
	site := &web.Site{Clock: s.db.Clock(), Bundle: f.bundle, Auth: accounts, Log: slog.New(slog.DiscardHandler), Metrics: web.NewMetrics(), SignIn: "/sign-in", Seal: []byte("test"),
		Page:  framed,
		Error: func(_ *web.Exchange, e *fault.Error, _ string) templ.Component { return templ.Raw(e.Error()) }}
	f.handler = site.Handler(f.routes, http.NotFoundHandler())
	const password = "des arbres le long du canal"
	err := accounts.Create(t.Context(), auth.System("test"), auth.NewAccount{Username: "reg", Name: "R", Email: "reg@example.org", Language: "fr", Password: password, Grants: registrar.Grants})
	if err != nil {
		t.Fatal(err)
	}
	token, err := accounts.SignIn(t.Context(), "reg", password, auth.Visit{Agent: "test", Network: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	f.session = &http.Cookie{Name: site.SessionCookie(), Value: token}
	return f
}

func framed(x *web.Exchange, page ui.Page, body templ.Component) templ.Component {
	page.Lang, page.Site = x.P.Lang(), ui.Site{Name: "Beffroi"}
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return ui.Layout(page).Render(templ.WithChildren(ctx, body), w)
	})
}

// get asks for an address as a visitor, or as the registrar.
func (f *front) get(address string, staff bool) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, address, nil)
	if staff {
		r.AddCookie(f.session)
	}
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	return w
}

func (f *front) post(address string, values url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(f.session)
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	return w
}

// ours are the missing texts that this room should have had.
func (f *front) ours() []string {
	return slices.DeleteFunc(f.bundle.Missing(), func(m string) bool { return !strings.Contains(m, "territory") && !strings.Contains(m, "geo.") })
}

func TestEveryReadingRouteAnswersInEveryLanguage(t *testing.T) {
	f := newFront(t, seeded(t, dbtest.SQLite(t, schemas)))
	h := newHouse(t, f.Service)
	h.load("boundaries", "b", square("53053", "Mons"))
	for _, r := range f.routes.List() {
		if r.Method != http.MethodGet {
			continue
		}
		for _, lang := range []string{"fr", "nl", "en"} {
			address := r.Address() + "?lang=" + lang
			if strings.HasSuffix(r.Pattern, "/locate") {
				address += "&postal=7000"
			}
			w := f.get(address, true)
			if w.Code != http.StatusOK || w.Body.Len() == 0 {
				t.Errorf("%s: %d %.300s", address, w.Code, w.Body)
			}
		}
		if !r.Rule.Public {
			if w := f.get(r.Address(), false); w.Code != http.StatusSeeOther {
				t.Errorf("a visitor at %s: %d", r.Address(), w.Code)
			}
		}
	}
	for _, m := range f.ours() {
		t.Error(m)
	}
}

func TestTerritoryPage(t *testing.T) {
	f := newFront(t, seeded(t, dbtest.SQLite(t, schemas)))
	for _, c := range []struct {
		address      string
		staff        bool
		want, hidden []string
	}{
		{"/territory", false, []string{"69", "Cœur du Hainaut", "hexmap", `href="/communes/53053"`, "/api/v1/areas"}, []string{"/territory/areas/new"}},
		{"/territory", true, []string{"/territory/areas/new", "/territory/events/new"}, nil},
		{"/territory?q=Bergen", false, []string{"nom dans une autre langue", `href="/communes/53053"`}, nil},
		{"/territory?q=zzz", false, []string{"Rien ne correspond à"}, nil},
		{"/territory?postal=7000", false, []string{"Code NIS 53053"}, nil},
		{"/territory?postal=9000", false, []string{"aucune commune de la Province"}, nil},
		{"/territory?lon=3.9&lat=50.4", false, []string{"ne sont pas encore importées"}, nil},
		{"/territory?lon=3.9", false, []string{"Donnez un code postal"}, nil},
		{"/territory?as_of=2018-06-01", false, []string{"Arrondissement de Mouscron", "as_of=2018-06-01", "55022"}, nil},
		{"/areas/territory/ter-coeur-du-hainaut", false, []string{"24", "hexmap", "Mons", "La Louvière"}, []string{"/rename"}},
		{"/areas/territory/ter-coeur-du-hainaut", true, []string{"/rename", "/members", "/end", "/history/area/ter-coeur-du-hainaut"}, nil},
		{"/areas/former_commune/51010", false, []string{"Blicquy", "Cette commune a existé"}, []string{"hexmap"}},
		{"/areas/arrondissement/57000", false, []string{"Fusion", "Tournai-Mouscron"}, nil},
		{"/areas/arrondissement/54000", false, []string{"n’existe pas à cette date"}, nil},
	} {
		w := f.get(c.address, c.staff)
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d %.200s", c.address, w.Code, w.Body)
		}
		for _, text := range c.want {
			if !strings.Contains(w.Body.String(), text) {
				t.Errorf("%s does not say %q", c.address, text)
			}
		}
		for _, text := range c.hidden {
			if strings.Contains(w.Body.String(), text) {
				t.Errorf("%s says %q", c.address, text)
			}
		}
	}
	for _, m := range f.ours() {
		t.Error(m)
	}
}

func TestAddressesThatLeadElsewhere(t *testing.T) {
	f := newFront(t, seeded(t, dbtest.SQLite(t, schemas)))
	for address, want := range map[string]string{"/areas/commune/53053": "/communes/53053", "/areas/commune/55022?as_of=2018-01-01": "/communes/58001?as_of=2018-01-01",
		"/api/v1/communes/55022/neighbours": "/api/v1/communes/58001/neighbours"} {
		if w := f.get(address, false); w.Code != http.StatusMovedPermanently || w.Header().Get("Location") != want {
			t.Errorf("%s: %d %s", address, w.Code, w.Header().Get("Location"))
		}
	}
	for _, address := range []string{"/areas/commune/99999", "/areas/canton/x", "/areas/rescue_zone/ter-coeur-du-hainaut", "/api/v1/areas/commune/99999", "/api/v1/communes/99999/neighbours", "/api/v1/areas.geojson"} {
		if w := f.get(address, false); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", address, w.Code)
		}
	}
}

func TestEmptyHouseOffersTheFirstStep(t *testing.T) {
	f := newFront(t, NewService(dbtest.SQLite(t, schemas)))
	if body := f.get("/territory", true).Body.String(); !strings.Contains(body, "Aucun territoire") || !strings.Contains(body, "/staff/imports") {
		t.Error("staff are offered no first step")
	}
	if body := f.get("/territory", false).Body.String(); !strings.Contains(body, "Aucun territoire") || strings.Contains(body, "/staff/imports") {
		t.Error("a visitor is offered a staff action")
	}
}

func TestFiles(t *testing.T) {
	f := newFront(t, seeded(t, dbtest.SQLite(t, schemas)))
	for address, rows := range map[string]int{"/territory?format=csv&kind=commune": 69, "/areas/rescue_zone/rz-hainaut-est?format=csv": 22, "/territory?format=csv&q=mons&kind=commune": 1} {
		w := f.get(address, false)
		list, err := csv.NewReader(strings.NewReader(w.Body.String())).ReadAll()
		if err != nil || len(list) != rows+1 {
			t.Errorf("%s: %d rows %v", address, len(list), err)
		}
	}
	if w := f.get("/territory?format=xlsx", false); w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), "PK") {
		t.Errorf("xlsx: %d", w.Code)
	}
}

func decode[T any](t testing.TB, w *httptest.ResponseRecorder) (v T) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%v: %.200s", err, w.Body)
	}
	return v
}

func TestAPIPagesAreTheWholeList(t *testing.T) {
	f := newFront(t, seeded(t, dbtest.SQLite(t, schemas)))
	var got []string
	address, pages := "/api/v1/areas?kind=commune&limit=10", 0
	for next := address; next != ""; pages++ {
		page := decode[web.Rows[areaJSON]](t, f.get(next, false))
		for _, a := range page.Items {
			got = append(got, a.Key)
		}
		if next = ""; page.Next != "" {
			next = address + "&cursor=" + page.Next
		}
	}
	if want := keys(atlasOf(t, f.Service).Communes(today)); !slices.Equal(got, want) || pages != 7 {
		t.Errorf("%d rows in %d pages", len(got), pages)
	}
	if w := f.get(address+"&cursor=abc", false); w.Code != http.StatusBadRequest {
		t.Errorf("a forged cursor: %d", w.Code)
	}
}

func TestAPI(t *testing.T) {
	f := newFront(t, seeded(t, dbtest.SQLite(t, schemas)))
	area := decode[areaDetail](t, f.get("/api/v1/areas/commune/58001?as_of=2018-01-01", false))
	if len(area.Codes) != 2 || area.Groups[0].Key != "55000" || area.Events[0].Kind != Recode || area.Postal[0] != "7100" {
		t.Errorf("%+v", area)
	}
	located := decode[web.Rows[areaJSON]](t, f.get("/api/v1/locate?postal=7000", false))
	if len(located.Items) != 1 || located.Items[0].Key != "53053" {
		t.Errorf("%+v", located)
	}
	for _, bad := range []string{"/api/v1/locate", "/api/v1/locate?lon=3.9", "/api/v1/locate?lon=200&lat=50", "/api/v1/locate?lon=abc&lat=1"} {
		if w := f.get(bad, false); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, w.Code)
		}
	}
}

func TestBoundariesGoOutAsTheyCameIn(t *testing.T) {
	f := newFront(t, seeded(t, dbtest.SQLite(t, schemas)))
	newHouse(t, f.Service).load("boundaries", "all", string(shared(t, "communes-hainaut.geojson")))
	before := atlasOf(t, f.Service).Features()
	out := f.get("/api/v1/areas.geojson", false)
	other := newHouse(t, seeded(t, dbtest.SQLite(t, schemas)))
	other.load("boundaries", "again", out.Body.String())
	after := atlasOf(t, other.Service).Features()
	if len(after) != 69 || len(before) != 69 {
		t.Fatalf("%d and %d", len(before), len(after))
	}
	for i := range before {
		if before[i].Code != after[i].Code || before[i].Geometry.Bound() != after[i].Geometry.Bound() {
			t.Errorf("%s changed on the way", before[i].Code)
		}
	}
	near := decode[web.Rows[neighbourJSON]](t, f.get("/api/v1/communes/58001/neighbours", false))
	if len(near.Items) < 5 || near.Items[0].Metres < 1000 {
		t.Errorf("%+v", near)
	}
}

func TestForms(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		f := newFront(t, seeded(t, d))
		for _, c := range []struct {
			name, address string
			values        url.Values
			status        int
			says          string
		}{
			{"add", "/territory/areas/new", url.Values{"kind": {"river_contract"}, "name_fr": {"Oise"}}, 303, "/areas/river_contract/rc-oise"},
			{"add without a name", "/territory/areas/new", url.Values{"kind": {"rescue_zone"}, "source": {"loi 2020"}}, 422, "loi 2020"},
			{"add with a bad area", "/territory/areas/new", url.Values{"kind": {"rescue_zone"}, "name_fr": {"X"}, "area_km2": {"grand"}}, 422, "grand"},
			{"unknown field", "/territory/areas/new", url.Values{"admin": {"1"}}, 400, "form.unknown"},
			{"rename", "/areas/river_contract/rc-oise/rename", url.Values{"name_fr": {"Oise et Aisne"}, "version": {"1"}}, 303, "/areas/river_contract/rc-oise"},
			{"rename, stale", "/areas/river_contract/rc-oise/rename", url.Values{"name_fr": {"Typed before"}, "version": {"1"}}, 409, "Typed before"},
			{"rename to nothing", "/areas/river_contract/rc-oise/rename", url.Values{"name_fr": {""}, "version": {"2"}}, 422, "Donnez le nom"},
			{"join", "/areas/river_contract/rc-oise/members", url.Values{"commune": {"53053"}, "step": {"join"}, "day": {"2026-01-01"}}, 303, "/areas/river_contract/rc-oise"},
			{"join without a day", "/areas/river_contract/rc-oise/members", url.Values{"commune": {"53053"}, "step": {"join"}}, 422, "Donnez un jour"},
			{"join nobody", "/areas/river_contract/rc-oise/members", url.Values{"step": {"join"}, "day": {"2026-01-01"}}, 422, "Choisissez une commune"},
			{"leave", "/areas/river_contract/rc-oise/members", url.Values{"commune": {"53053"}, "step": {"leave"}, "day": {"2026-02-01"}}, 303, "/areas/river_contract/rc-oise"},
			{"end with a bad day", "/areas/river_contract/rc-oise/end", url.Values{"date": {"demain"}, "version": {"2"}}, 422, "demain"},
			{"end", "/areas/river_contract/rc-oise/end", url.Values{"date": {"2026-10-31"}, "version": {"2"}}, 303, "/areas/river_contract/rc-oise"},
			{"recode", "/territory/events/new", url.Values{"kind": {"recode"}, "date": {"2026-01-01"}, "from": {"53065"}, "code": {"53099"}}, 303, "/territory"},
			{"split", "/territory/events/new", url.Values{"kind": {"split"}, "date": {"2026-01-01"}, "from": {"53053"}, "to": {"53014 53020"}, "weights": {"60 40"}}, 303, "/territory"},
			{"event of an unknown area", "/territory/events/new", url.Values{"kind": {"merge"}, "date": {"2026-01-01"}, "from": {"99999 53014"}, "to": {"53014"}}, 422, "99999"},
			{"event of no kind", "/territory/events/new", url.Values{"date": {"2026-01-01"}}, 422, "Choisissez la nature"},
		} {
			w := f.post(c.address, c.values)
			where := w.Body.String() + w.Header().Get("Location")
			if w.Code != c.status || !strings.Contains(where, c.says) {
				t.Errorf("%s: %d %.300s", c.name, w.Code, where)
			}
		}
		a := atlasOf(t, f.Service)
		if c := commune(t, a, "53065"); c.Key != "53099" {
			t.Errorf("recoded to %s", c.Key)
		}
		mons := a.Area(Commune, "53053")
		if got := a.Successors(mons.ID); len(got) != 2 || got[0].Weight+got[1].Weight != Whole {
			t.Errorf("split into %v", got)
		}
	})
}

// Pages ask the database little, and as much for a large register as for a small one.
func TestPagesNeedFewStatements(t *testing.T) {
	s := seeded(t, dbtest.SQLite(t, schemas))
	atlasOf(t, s)
	ctx, counter := db.WithCounter(t.Context())
	if _, err := s.Atlas(ctx); err != nil || counter.N() != 1 {
		t.Errorf("%d statements for a kept atlas, %v", counter.N(), err)
	}
}
