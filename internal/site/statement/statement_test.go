package statement

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/privacy"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
	"beffroi/test/browser/probe"
)

// house is a small house: our pages and two routes of an imagined room.
type house struct {
	handler http.Handler
	bundle  *i18n.Bundle
}

func newHouse(t testing.TB, change func(*Pages)) house {
	t.Helper()
	b := i18n.New("fr", "nl", "en")
	if err := b.Load(Locale()); err != nil {
		t.Fatal(err)
	}
	p := &Pages{Body: func(lang string) string { return map[string]string{"nl": "Provincie Henegouwen"}[lang] + "Province" },
		Tables: append(append(auth.Privacy(), audit.Privacy()...), intake.Privacy()...),
		Pack:   fstest.MapFS{"sources.csv": {Data: []byte("id,title,publisher,year,licence,note\npop,Population,Statbel,2020,Libre,\"Somme, 2018\"\n")}}}
	if change != nil {
		change(p)
	}
	r := &web.Routes{}
	p.Routes(r)
	public, closed := auth.Rule{Name: "bodies.view", Public: true}, auth.Rule{Name: "ledger.draft", SignedIn: true}
	nothing := func(x *web.Exchange) error { return x.JSON("ok") }
	add := func(pattern string, kind web.Kind, rule auth.Rule, params ...web.Param) {
		r.Add(web.Route{Pattern: pattern, Kind: kind, Rule: rule, Handle: nothing, Summary: "Summary of " + pattern, Params: params, Sample: map[string]string{"ref": "B-1"}})
	}
	add("/bodies", web.PageRoute, public, web.Format())
	add("/api/v1/bodies", web.APIRoute, public)
	add("/bodies/{ref}", web.PageRoute, public, web.Format())
	add("/oddities", web.PageRoute, public, web.Format())
	add("/oddities.json", web.DataRoute, public)
	add("/about", web.PageRoute, public)
	add("/drafts", web.PageRoute, closed, web.Format())
	add("/api/v1/drafts", web.APIRoute, closed)
	site := &web.Site{Clock: clock.Fixed(time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)), Bundle: b, Log: slog.New(slog.DiscardHandler), Metrics: web.NewMetrics(), Page: framed,
		Error: func(x *web.Exchange, e *fault.Error, _ string) templ.Component { return templ.Raw(e.Code) }}
	return house{site.Handler(r, http.NotFoundHandler()), b}
}

// framed puts a page into the bare layout, without the header and footer of the house.
func framed(x *web.Exchange, page ui.Page, body templ.Component) templ.Component {
	page.Lang = x.P.Lang()
	page.Site = ui.Site{Name: "Beffroi", Body: "Province"}
	page.Texts = ui.Texts{Skip: "skip", MainNav: "main", Breadcrumb: "trail", Languages: "languages", Footer: "footer", Shortcuts: "keys", ShortcutsOn: "on", Close: "close"}
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return ui.Layout(page).Render(templ.WithChildren(ctx, body), w)
	})
}

func (h house) get(t testing.TB, address string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, address, nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", address, w.Code, w.Body)
	}
	return w
}

func decode[T any](t testing.TB, w *httptest.ResponseRecorder) (v T) {
	t.Helper()
	d := json.NewDecoder(w.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

var languages = []string{"fr", "nl", "en"}

func TestCatalogues(t *testing.T) {
	h := newHouse(t, nil)
	for _, problem := range i18n.Check(h.bundle) {
		t.Error(problem)
	}
	used, err := i18n.Used(".")
	if err != nil {
		t.Fatal(err)
	}
	unknown, unused := i18n.Unmatched(h.bundle, used)
	for _, key := range append(unknown, unused...) {
		t.Errorf("%s: asked for and not there, or there and not asked for", key)
	}
	literals, err := i18n.Literals(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range literals {
		if text := l[strings.LastIndex(l, ": ")+2:]; text != "CSV" && text != "XLSX" && text != "JSON" {
			t.Error("text outside the catalogues:", l)
		}
	}
}

// Every page in every language: valid HTML, one h1, no key without text.
func TestPages(t *testing.T) {
	h := newHouse(t, nil)
	dir := t.TempDir()
	for _, path := range []string{"/accessibility", "/privacy", "/data"} {
		titles := map[string]bool{}
		for _, lang := range languages {
			text := h.get(t, path+"?lang="+lang).Body.Bytes()
			if strings.Contains(string(text), "⟦") {
				t.Errorf("%s in %s shows a key", path, lang)
			}
			if err := os.WriteFile(filepath.Join(dir, path[1:]+"-"+lang+".html"), text, 0o600); err != nil {
				t.Fatal(err)
			}
			h1 := elements(t, text, "h1")
			if len(h1) != 1 {
				t.Errorf("%s in %s has %d h1", path, lang, len(h1))
				continue
			}
			titles[h1[0]] = true
		}
		if path != "/data" && len(titles) != len(languages) { // "Open data" is Dutch and English
			t.Errorf("%s has the titles %v", path, titles)
		}
	}
	if missing := h.bundle.Missing(); missing != nil {
		t.Errorf("missing: %v", missing)
	}
	t.Run("vnu", func(t *testing.T) {
		for _, p := range probe.VnuAll(t, dir) {
			t.Error(p)
		}
	})
}

func elements(t testing.TB, text []byte, tag string) (texts []string) {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == tag {
			var b strings.Builder
			for d := range n.Descendants() {
				if d.Type == html.TextNode {
					b.WriteString(d.Data)
				}
			}
			texts = append(texts, strings.Join(strings.Fields(b.String()), " "))
		}
	}
	return texts
}

func TestAccessibility(t *testing.T) {
	h := newHouse(t, func(p *Pages) { p.Contact = "mailto:acces@example.org"; p.URL = "https://beffroi.example.org" })
	a := decode[Accessibility](t, h.get(t, "/accessibility.json?lang=nl"))
	if a.Status != "partial" || a.Method != "automatic" || a.Tested.IsZero() || a.Contact != "mailto:acces@example.org" || a.Address != "https://beffroi.example.org" ||
		len(a.Tools) < 2 || len(a.Issues) == 0 || !strings.Contains(a.Issues[0].Text, "Frans") || !strings.HasPrefix(a.Body, "Provincie") {
		t.Errorf("statement: %+v", a)
	}
	page := h.get(t, "/accessibility").Body.String()
	for _, want := range []string{"23 novembre 2026", "axe-core", "3.1.2", `href="mailto:acces@example.org"`, "Agence du Numérique", regulator, `id="contact"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if page := newHouse(t, nil).get(t, "/accessibility").Body.String(); strings.Contains(page, "mailto:") {
		t.Error("without an address the page still offers one")
	}
}

func TestStatus(t *testing.T) {
	issue := func(reason string) string {
		return "[[issue]]\nid=\"x\"\ncriterion=\"\"\nreason=\"" + reason + "\"\nfr=\"a\"\nnl=\"b\"\nen=\"c\"\n"
	}
	for _, c := range []struct{ audit, issues, want string }{
		{"automatic", "", "partial"}, {"automatic", issue("outside"), "partial"}, {"people", "", "full"},
		{"people", issue("outside") + issue("burden"), "full"}, {"people", issue("burden") + issue("fault"), "partial"},
	} {
		r, err := readResults([]byte("prepared=2026-01-01\ntested=2026-02-01\naudit=\"" + c.audit + "\"\n" + c.issues))
		if err != nil {
			t.Fatal(err)
		}
		if got := r.status(); got != c.want {
			t.Errorf("%s with %q: %s, want %s", c.audit, c.issues, got, c.want)
		}
	}
}

func TestReadResultsRefuses(t *testing.T) {
	const head = "prepared=2026-01-01\ntested=2026-02-01\naudit=\"people\"\n"
	for name, text := range map[string]string{
		"no TOML": "=", "no day": "audit=\"people\"\nprepared=2026-01-01\n", "no audit": "prepared=2026-01-01\ntested=2026-02-01\n",
		"unknown audit": "prepared=2026-01-01\ntested=2026-02-01\naudit=\"cats\"\n", "unknown key": head + "score=100\n",
		"tool without name": head + "[[tool]]\nchecks=\"rules\"\n", "issue without Dutch": head + "[[issue]]\nid=\"a\"\nreason=\"fault\"\nfr=\"a\"\nen=\"c\"\n",
		"issue of unknown reason": head + "[[issue]]\nid=\"a\"\nreason=\"tired\"\nfr=\"a\"\nnl=\"b\"\nen=\"c\"\n",
	} {
		if _, err := readResults([]byte(text)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// The statement names the versions that the tests really use.
func TestResultsFollowPackages(t *testing.T) {
	r, err := readResults(committed)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../../package.json")
	if err != nil {
		t.Fatal(err)
	}
	var packages struct{ DevDependencies map[string]string }
	if err := json.Unmarshal(text, &packages); err != nil {
		t.Fatal(err)
	}
	of := map[string]string{"axe-core": "axe-core", "Nu Html Checker": "vnu-jar"}
	for _, tool := range r.Tool {
		if name := of[tool.Name]; name != "" && packages.DevDependencies[name] != tool.Version {
			t.Errorf("results.toml says %s %s, package.json %s", tool.Name, tool.Version, packages.DevDependencies[name])
		}
		delete(of, tool.Name)
	}
	if len(of) > 0 {
		t.Errorf("results.toml does not name %v", of)
	}
	if r.Tested.Before(r.Prepared.AddDate(-1, 0, 0)) {
		t.Error("the last run is more than a year older than the statement")
	}
}

func TestRegister(t *testing.T) {
	h := newHouse(t, nil)
	want := privacy.Register(append(append(auth.Privacy(), audit.Privacy()...), intake.Privacy()...))
	doc := decode[Record](t, h.get(t, "/privacy.json?lang=en"))
	if len(doc.Activities) != len(want) || len(want) == 0 {
		t.Fatalf("%d activities, want %d", len(doc.Activities), len(want))
	}
	for i, a := range doc.Activities {
		if a.Purpose.Code != want[i].Purpose || a.Retention.Code != want[i].Retention || len(a.Data) != len(want[i].Data) || len(a.Security) == 0 || a.Transfers.Text != "None" {
			t.Errorf("activity %+v, want %+v", a, want[i])
		}
	}
	if doc.Contact != "http://example.com/accessibility#contact" || doc.Controller == "" {
		t.Errorf("controller %q, contact %q", doc.Controller, doc.Contact)
	}
	file := h.get(t, "/privacy?format=csv&lang=en").Body.String()
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file, "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != len(want)+1 || lines[0][0] != "Controller" || lines[1][1] != doc.Activities[0].Purpose.Text {
		t.Errorf("file: %q", lines)
	}
	if book := h.get(t, "/privacy?format=xlsx").Body.Bytes(); !bytes.HasPrefix(book, []byte("PK")) {
		t.Error("the workbook is none")
	}
	if missing := h.bundle.Missing(); missing != nil {
		t.Errorf("missing: %v", missing)
	}
}

// A word without a text shows in Missing: the guard of the test above holds.
func TestRegisterMissingWord(t *testing.T) {
	h := newHouse(t, func(p *Pages) {
		p.Tables = []privacy.Table{privacy.New("t").Personal(privacy.Use{Purpose: "unheard-of", Persons: "staff", Basis: "public-task", Retention: "archive", Recipients: "admins"}, "identity", "name")}
	})
	h.get(t, "/privacy")
	if missing := strings.Join(h.bundle.Missing(), "\n"); !strings.Contains(missing, "privacy.purpose.unheard-of") {
		t.Errorf("missing: %q", missing)
	}
}

func TestOpenData(t *testing.T) {
	h := newHouse(t, nil)
	page := h.get(t, "/data").Body.String()
	for _, want := range []string{`<a href="/bodies">Services et organismes</a>`, `href="/bodies?format=csv"`, `href="/bodies?format=xlsx"`, `href="/api/v1/bodies"`,
		`<th scope="row" lang="en">`, `>Summary of /oddities</a>`, `href="/oddities.json"`, `href="/privacy?format=csv"`, `href="/openapi.json"`, "Statbel", "Somme, 2018"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for _, no := range []string{"drafts", "/about", "/bodies/B-1"} {
		if strings.Contains(page, no) {
			t.Errorf("the page offers %s", no)
		}
	}
	if page := newHouse(t, func(p *Pages) { p.Pack = fstest.MapFS{} }).get(t, "/data").Body.String(); !strings.Contains(page, "Aucune source") {
		t.Error("a pack without sources is not said to have none")
	}
}

func TestSourcesRefuse(t *testing.T) {
	for name, text := range map[string]string{"other columns": "a,b\n1,2\n", "empty": "", "ragged": "id,title,publisher,year,licence,note\n1,2\n"} {
		p := &Pages{Pack: fstest.MapFS{"sources.csv": {Data: []byte(text)}}}
		if got, err := p.sources(); err == nil {
			t.Errorf("%s: accepted as %v", name, got)
		}
	}
}

func TestOpenAPI(t *testing.T) {
	w := newHouse(t, nil).get(t, "/openapi.json")
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]any
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.1.0" || doc.Paths["/api/v1/bodies"]["get"] == nil || doc.Paths["/privacy.json"]["get"] == nil || doc.Paths["/openapi.json"]["get"] == nil {
		t.Errorf("document: %v", doc)
	}
}

func TestSecurity(t *testing.T) {
	w := newHouse(t, func(p *Pages) { p.URL, p.Contact = "https://beffroi.example.org/", "mailto:security@example.org" }).get(t, "/.well-known/security.txt")
	const want = "Contact: mailto:security@example.org\nExpires: 2027-05-22T00:00:00Z\nPreferred-Languages: fr, nl, en\nCanonical: https://beffroi.example.org/.well-known/security.txt\n"
	if got := w.Body.String(); got != want || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("%s\n%s", w.Header().Get("Content-Type"), got)
	}
	if got := newHouse(t, nil).get(t, "/.well-known/security.txt").Body.String(); !strings.Contains(got, "Contact: http://example.com/accessibility#contact\n") {
		t.Error(got)
	}
}
