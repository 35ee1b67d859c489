package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
	"beffroi/test/pg"
)

func TestMain(m *testing.M) { pg.Main(m) }

const secret = "un beffroi sonne l’heure"

// house is a small site with one route of each kind.
type house struct {
	*testing.T
	site           *web.Site
	handler        http.Handler
	session, token string
	log            *strings.Builder
}

func newHouse(t *testing.T) *house {
	t.Helper()
	d := dbtest.SQLite(t, []db.Schema{audit.Schema(), auth.Schema()})
	accounts := auth.NewService(d)
	h := &house{T: t, log: &strings.Builder{}}
	n := auth.NewAccount{Username: "anna", Name: "Anna", Email: "anna@example.org", Password: secret, Grants: []auth.Grant{{Role: auth.Agent}}}
	if err := accounts.Create(t.Context(), auth.System("test"), n); err != nil {
		t.Fatal(err)
	}
	var err error
	if h.session, err = accounts.SignIn(t.Context(), "anna", secret, auth.Visit{Agent: "", Network: "here"}); err != nil {
		t.Fatal(err)
	}
	if h.token, err = accounts.IssueToken(t.Context(), auth.System("test"), "anna", "x", clock.Today(d.Clock()).AddDays(1)); err != nil {
		t.Fatal(err)
	}
	h.site = &web.Site{Clock: d.Clock(), Bundle: bundle(t), Auth: accounts, Log: slog.New(slog.NewTextHandler(h.log, nil)),
		Metrics: web.NewMetrics(), SignIn: "/signin", Seal: []byte("seal"), Page: page, Error: errorPage}
	assets := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "asset") })
	h.handler = h.site.Handler(routes(), assets)
	return h
}

func text(format string, args ...any) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := fmt.Fprintf(w, format, args...)
		return err
	})
}

func page(x *web.Exchange, p ui.Page, body templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		fmt.Fprintf(w, "<title>%s</title>lang=%s user=%s flash=%s ", p.Title, x.P.Lang(), x.Actor.Username, x.TakeFlash())
		return body.Render(ctx, w)
	})
}

func errorPage(x *web.Exchange, e *fault.Error, reference string) templ.Component {
	return text("<h1>%d</h1> %s reference=[%s]", e.Status(), templ.EscapeString(web.Message(x.P, e.Code, e.Args)), reference)
}

type thing struct {
	ID   string `json:"id"`
	Size int    `json:"size,omitempty"`
}

var (
	public = auth.Rule{Name: "thing.read", Public: true}
	staff  = auth.Rule{Name: "thing.write", SignedIn: true}
	admins = auth.Rule{Name: "thing.admin", Roles: []auth.Role{auth.Admin}}
	sample = map[string]string{"id": "7"}
)

func routes() *web.Routes {
	r := &web.Routes{}
	add := func(method, pattern string, kind web.Kind, rule auth.Rule, handle web.Handler, params ...web.Param) {
		route := web.Route{Method: method, Pattern: pattern, Kind: kind, Rule: rule, Handle: handle, Summary: "Test route.", Params: params, Returns: thing{}}
		if strings.Contains(pattern, "{id") {
			route.Sample = sample
		}
		if kind == web.APIRoute && method == "POST" {
			route.Body = thing{}
		}
		r.Add(route)
	}
	add("", "/{$}", web.PageRoute, public, func(x *web.Exchange) error { return x.Page(ui.Page{Title: "Home"}, text("asof=%s", x.AsOf)) }, web.AsOf())
	add("", "/things/{id}", web.PageRoute, public, func(x *web.Exchange) error { return x.Page(ui.Page{Title: "Thing"}, text("id=%q", x.Path("id"))) },
		web.Param{Name: "id", In: "path", Type: "int", Doc: "number of the thing"})
	add("", "/things/{id}.json", web.DataRoute, public, func(x *web.Exchange) error { return x.JSON(thing{ID: x.Path("id")}) })
	add("", "/list", web.PageRoute, public, list, append(web.Paging(), web.Format())...)
	add("", "/filter", web.PageRoute, public, func(x *web.Exchange) error { return x.Page(ui.Page{}, text("here=%s", x.Here())) }, filterParams()...)
	add("", "/need", web.PageRoute, public, func(x *web.Exchange) error { return nil }, web.Param{Name: "must", In: "query", Required: true})
	add("", "/staff", web.PageRoute, staff, func(x *web.Exchange) error { return x.Page(ui.Page{Title: "Staff"}, text("in")) }, web.Query("q", "string", "words"))
	add("", "/admin", web.PageRoute, admins, func(x *web.Exchange) error { return nil })
	add("", "/panic", web.PageRoute, public, func(*web.Exchange) error { panic("very secret detail") })
	add("", "/broken", web.DataRoute, public, func(*web.Exchange) error { return errors.New("very secret detail") })
	add("", "/slow", web.PageRoute, public, func(*web.Exchange) error {
		return fault.New(fault.TooMany, "signin.slow", fault.Args{"seconds": int64(13)})
	})
	add("", "/export", web.DataRoute, public, export, web.Format())
	add("", "/cut", web.DataRoute, public, cutShort)
	add("POST", "/form", web.FormRoute, public, form)
	add("", "/api/things/{id}", web.APIRoute, public, func(x *web.Exchange) error { return x.JSON(thing{ID: x.Path("id")}) })
	add("POST", "/api/things", web.APIRoute, staff, func(x *web.Exchange) error {
		var v thing
		if err := x.Decode(&v); err != nil {
			return err
		}
		return x.JSONStatus(http.StatusCreated, v)
	})
	return r
}

func filterParams() []web.Param {
	return []web.Param{web.Query("n", "int", ""), web.Query("day", "date", ""), web.Query("nis", "nis", ""), web.Query("kind", "enum", "", "a", "b"),
		web.Query("x", "decimal", ""), web.Query("q", "string", ""), web.Repeated("many", "nis", ""), web.AsOf()}
}

func form(x *web.Exchange) error {
	v, err := x.Form("name", "row.*")
	if err != nil {
		return err
	}
	if v.Get("name") == "" {
		return fault.Bad("name", "", "required", nil)
	}
	x.Flash("fault.stale")
	return x.Redirect("/")
}

// list pages through the numbers 0 to 9.
func list(x *web.Exchange) error {
	from := 0
	if err := x.Cursor(&from); err != nil {
		return err
	}
	var rows []int
	for i := from; i < 10 && len(rows) <= x.Limit(); i++ {
		rows = append(rows, i)
	}
	p, err := web.CutPage(x, rows, x.Limit(), func(last int) any { return last + 1 })
	if err != nil {
		return err
	}
	return x.Page(ui.Page{}, text("items=%v next=%s", p.Items, p.Next))
}

func export(x *web.Exchange) error {
	rows := func(yield func([]any, error) bool) {
		_ = yield([]any{"=1+1", int64(-5)}, nil) && yield([]any{"@é", int64(7)}, nil)
	}
	return x.Sheet("données", []sheet.Column{{Title: "name"}, {Title: "n"}}, rows)
}

func cutShort(x *web.Exchange) error {
	var rows iter.Seq2[[]any, error] = func(yield func([]any, error) bool) {
		for i := range 5000 {
			if !yield([]any{fmt.Sprint("row ", i)}, nil) {
				return
			}
		}
		yield([]any{1.5}, nil) // a float is refused by the writer
	}
	return x.Sheet("cut", []sheet.Column{{Title: "name"}}, rows)
}

// ask sends one request; headers come as name, value.
func (h *house) ask(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	h.Helper()
	r := httptest.NewRequestWithContext(h.Context(), method, "http://site.test"+target, strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return w
}

func (h *house) get(target string, headers ...string) *httptest.ResponseRecorder {
	h.Helper()
	return h.ask("GET", target, "", headers...)
}

// want checks the status and what the answer says.
func (h *house) want(w *httptest.ResponseRecorder, status int, parts ...string) {
	h.Helper()
	if w.Code != status {
		h.Errorf("status %d, want %d: %.300s", w.Code, status, w.Body)
	}
	for _, p := range parts {
		if !strings.Contains(w.Body.String(), p) {
			h.Errorf("%q is not in the answer: %.400s", p, w.Body)
		}
	}
}

func TestGracefulShutdownLetsARequestFinish(t *testing.T) {
	started, finish := make(chan bool), make(chan bool)
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		started <- true
		<-finish
		_, _ = io.WriteString(w, "finished")
	})
	listener := listen(t)
	ctx, cancel := context.WithCancel(t.Context())
	served, answered := make(chan error, 1), make(chan string, 1)
	go func() { served <- web.Serve(ctx, listener, handler, slog.New(slog.DiscardHandler)) }()
	go func() {
		res, err := http.Get("http://" + listener.Addr().String())
		if err != nil {
			answered <- err.Error()
			return
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		answered <- string(b)
	}()
	<-started
	cancel()
	select {
	case err := <-served:
		t.Fatalf("the server did not wait: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(finish)
	if got := <-answered; got != "finished" {
		t.Errorf("the request got %q", got)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	if _, err := http.Get("http://" + listener.Addr().String()); err == nil {
		t.Error("the server still listens")
	}
}
