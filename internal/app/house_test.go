package app_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"beffroi/internal/app"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/setting"
	"beffroi/internal/platform/web"
	"beffroi/test/pg"
)

// demoPassword opens every account of the demonstration.
const demoPassword = "le beffroi veille sur 2026"

// postalFile is imported into the demonstration of the tests, so that there is
// an import to look at and to undo.
const postalFile = "nis,code\n53053,7999\n"

// shapeFile gives two neighbours a square each, so that there are boundaries.
const shapeFile = `{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"nis":"53053"},"geometry":{"type":"Polygon","coordinates":[[[3.9,50.4],[4.0,50.4],[4.0,50.5],[3.9,50.5],[3.9,50.4]]]}},
{"type":"Feature","properties":{"nis":"53028"},"geometry":{"type":"Polygon","coordinates":[[[4.0,50.4],[4.1,50.4],[4.1,50.5],[4.0,50.5],[4.0,50.4]]]}}]}`

// demo is the demonstration on one engine: a database that nobody holds open,
// from which others are copied, and a house over one copy that is only read.
type demo struct {
	engine   db.Engine
	once     sync.Once
	template string
	reading  *world
}

var (
	demos = []*demo{{engine: db.SQLite}, {engine: db.Postgres}}
	ends  []func()
)

// lasting is a test whose clean-ups wait for the end of the test binary.
type lasting struct{ testing.TB }

// Cleanup keeps f for closeDemos.
func (lasting) Cleanup(f func()) { ends = append(ends, f) }

// TempDir gives a folder that lasts.
func (l lasting) TempDir() string {
	dir, err := os.MkdirTemp("", "beffroi-app-")
	if err != nil {
		l.Fatal(err)
	}
	l.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func closeDemos() error {
	for i := len(ends) - 1; i >= 0; i-- {
		ends[i]()
	}
	return nil
}

// each runs a test on both engines.
func each(t *testing.T, f func(t *testing.T, d *demo)) {
	t.Helper()
	for _, d := range demos {
		t.Run(string(d.engine), func(t *testing.T) { f(t, d) })
	}
}

// empty is the address of a database without tables.
func (d *demo) empty(t testing.TB) string {
	t.Helper()
	if d.engine == db.Postgres {
		return pg.Shared(t)
	}
	return "sqlite:" + filepath.Join(t.TempDir(), "beffroi.db")
}

// copy is the address of a demonstration of one's own.
func (d *demo) copy(t testing.TB) string {
	t.Helper()
	d.load(t)
	address := d.empty(t)
	if d.engine == db.Postgres {
		recreate(t, address, d.template)
		return address
	}
	content, err := os.ReadFile(strings.TrimPrefix(d.template, "sqlite:"))
	if err == nil {
		err = os.WriteFile(strings.TrimPrefix(address, "sqlite:"), content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// recreate makes a PostgreSQL database anew as a copy of another.
func recreate(t testing.TB, address, template string) {
	t.Helper()
	server, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	from, _ := url.Parse(template)
	name := strings.TrimPrefix(server.Path, "/")
	server.Path = "/postgres"
	conn, err := pgx.Connect(t.Context(), server.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, sql := range []string{"DROP DATABASE " + name, "CREATE DATABASE " + name + " TEMPLATE " + strings.TrimPrefix(from.Path, "/")} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
}

// load makes the template, once.
func (d *demo) load(t testing.TB) {
	t.Helper()
	d.once.Do(func() {
		keep := lasting{t}
		address := d.empty(keep)
		h := open(t, address)
		if err := h.LoadDemo(t.Context(), func(string) {}); err != nil {
			t.Fatal(err)
		}
		actor := auth.System("test")
		f, err := h.Intake.Upload(t.Context(), actor, "postal.csv", []byte(postalFile))
		if err != nil {
			t.Fatal(err)
		}
		shapes := intake.File{Name: "shapes.geojson", Data: []byte(shapeFile)}
		for _, r := range []intake.Request{{Target: "postal", File: f}, {Target: "boundaries", File: shapes}} {
			if _, err := h.Intake.Apply(t.Context(), actor, r); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.Finder.Follow(t.Context()); err != nil {
			t.Fatal(err)
		}
		// One seal and one space on both engines, so that cursors and names are the same.
		err = h.DB.Write(t.Context(), func(tx *db.Tx) error {
			return errors.Join(setting.Set(tx, "web.seal", strings.Repeat("5e", 32)), setting.Set(tx, "feed.space", "both"))
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		d.template = address
	})
	if d.template == "" {
		t.Skip("no demonstration on ", d.engine, ": the first test that asked for it tells why")
	}
}

// read is the house that tests share because they change nothing.
func (d *demo) read(t testing.TB) *world {
	t.Helper()
	if d.reading == nil {
		d.reading = newWorld(lasting{t}, d.copy(lasting{t}))
	}
	return d.reading
}

// write is a house of the test's own.
func (d *demo) write(t testing.TB) *world {
	t.Helper()
	return newWorld(t, d.copy(t))
}

// fileFolder is where the files of all houses lie: the same bytes lie once.
var fileFolder = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "beffroi-app-files-")
	if err != nil {
		panic(err)
	}
	ends = append(ends, func() { _ = os.RemoveAll(dir) })
	return dir
})

func open(t testing.TB, address string) *app.House {
	t.Helper()
	return openWith(t, address, "none") // who crawls all pages does not print them
}

func openWith(t testing.TB, address, chromium string) *app.House {
	t.Helper()
	h, err := app.Open(context.Background(), app.Config{DB: address, Files: fileFolder(), Chromium: chromium, Pack: "hainaut", Log: "off"}, clock.Fixed(dbtest.Now()), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// world is an open house with somebody of each role at the door.
type world struct {
	*app.House
	handler http.Handler
	counter *db.Counter          // of the statements that the last request needed
	session map[auth.Role]string // cookie of each role
	token   map[auth.Role]string // bearer token of each role
}

func newWorld(t testing.TB, address string) *world {
	t.Helper()
	w := &world{House: open(t, address), session: map[auth.Role]string{}, token: map[auth.Role]string{}}
	t.Cleanup(func() { _ = w.Close() })
	w.handler = w.Handler()
	return w
}

// enter signs a role in at first need: hashing a password takes its time.
func (w *world) enter(t testing.TB, role auth.Role) string {
	t.Helper()
	if w.session[role] == "" {
		token, err := w.Auth.SignIn(t.Context(), "demo-"+string(role), demoPassword, auth.Visit{Agent: "test", Network: "127.0.0.1"})
		if err != nil {
			t.Fatal(err)
		}
		w.session[role] = token
	}
	return w.session[role]
}

// bearer gives a role a token at first need.
func (w *world) bearer(t testing.TB, role auth.Role) string {
	t.Helper()
	if w.token[role] == "" {
		token, err := w.Auth.IssueToken(t.Context(), auth.System("test"), "demo-"+string(role), "test", clock.Today(w.DB.Clock()).AddDays(1))
		if err != nil {
			t.Fatal(err)
		}
		w.token[role] = token
	}
	return w.token[role]
}

// ask sends one request; role "" is anybody. Headers come as name, value.
func (w *world) ask(t testing.TB, role auth.Role, method, address, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, "http://beffroi.example", strings.NewReader(body))
	target, err := url.ParseRequestURI(address)
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	r.URL.Path, r.URL.RawPath, r.URL.RawQuery, r.RequestURI = target.Path, target.RawPath, target.RawQuery, address
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if role != "" && strings.HasPrefix(address, "/api/") && method != http.MethodGet {
		r.Header.Set("Authorization", "Bearer "+w.bearer(t, role))
	} else if role != "" {
		r.AddCookie(&http.Cookie{Name: "session", Value: w.enter(t, role)})
	}
	ctx, counter := db.WithCounter(r.Context())
	w.counter = counter
	return serve(w.handler, r.WithContext(ctx))
}

func (w *world) get(t testing.TB, address string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	return w.ask(t, "", http.MethodGet, address, "", headers...)
}

// serve answers 599 when the answer was cut off.
func serve(h http.Handler, r *http.Request) (rec *httptest.ResponseRecorder) {
	rec = httptest.NewRecorder()
	defer func() {
		if v := recover(); v != nil {
			rec = httptest.NewRecorder()
			rec.Code = 599
		}
	}()
	h.ServeHTTP(rec, r)
	return rec
}

// address is the sample address of a route, of objects that the demonstration
// of the tests holds.
func address(t testing.TB, r web.Route) string {
	t.Helper()
	sample := map[string]string{}
	for name, value := range r.Sample {
		sample[name] = value
	}
	if _, ok := sample["hash"]; ok {
		sample["hash"] = hashOf(postalFile)
	}
	r.Sample = sample
	a := r.Address()
	var missing []string
	for _, p := range r.Params {
		if p.In == "query" && (p.Required || needed(r, p)) {
			missing = append(missing, p.Name+"="+url.QueryEscape(required(t, r, p)))
		}
	}
	if missing != nil {
		a += "?" + strings.Join(missing, "&")
	}
	return a
}

// optional are the files that a pack may come without: then they are not found.
var optional = map[string]bool{"/theme.css": true, "/logo.svg": true}

// needed tells of parameters that are not required one by one: a place is found
// by its position or its postal code.
func needed(r web.Route, p web.Param) bool {
	return r.Pattern == "/api/v1/locate" && p.Name != "postal"
}

// required is a good value of a parameter without which there is no answer.
func required(t testing.TB, r web.Route, p web.Param) string {
	t.Helper()
	v, ok := map[string]string{"lon": "3.95", "lat": "50.45", "name": "a.txt"}[p.Name]
	if !ok {
		t.Fatalf("%s %s: no value known for the required parameter %s", r.Method, r.Pattern, p.Name)
	}
	return v
}

func isSignIn(rec *httptest.ResponseRecorder) bool {
	return rec.Code == http.StatusUnauthorized || rec.Code == http.StatusSeeOther && strings.HasPrefix(rec.Header().Get("Location"), "/signin?")
}

// shared is the path of a file of real data, or a skip without it.
func shared(t testing.TB, name string) string {
	t.Helper()
	root := os.Getenv("BEFFROI_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	path := filepath.Join(root, "data", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the real data are not here (set BEFFROI_SHARED): %v", err)
	}
	return path
}

// today is the day on which the tests live.
var today = clock.Today(clock.Fixed(dbtest.Now()))
