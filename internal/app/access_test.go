package app_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"beffroi/internal/app"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/web"
)

// accessFile holds the matrix as it is published; BEFFROI_UPDATE=1 writes it.
var accessFile = filepath.Join("..", "..", "docs", "access.txt")

func TestAccessFile(t *testing.T) {
	got := app.AccessMatrix(demos[0].read(t).Routes)
	if os.Getenv("BEFFROI_UPDATE") == "1" {
		if err := os.WriteFile(accessFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(accessFile)
	if err != nil {
		t.Fatalf("%v\nwrite it with BEFFROI_UPDATE=1", err)
	}
	if got != string(want) {
		t.Errorf("docs/access.txt is not the matrix of the routes; look at the change, then write it with BEFFROI_UPDATE=1:\n%s", firstDifference(string(want), got))
	}
}

// firstDifference shows where two texts begin to differ, tag by tag.
func firstDifference(a, b string) string {
	x, y := pieces(a), pieces(b)
	for i := range max(len(x), len(y)) {
		was, is := "", ""
		if i < len(x) {
			was = x[i]
		}
		if i < len(y) {
			is = y[i]
		}
		if was != is {
			return fmt.Sprintf("at piece %d\n- %.300s\n+ %.300s", i+1, was, is)
		}
	}
	return ""
}

func pieces(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '>' })
}

// cell is one field of the matrix.
type cell struct {
	route web.Route
	role  auth.Role
	want  string
}

// matrix reads the published matrix beside the routes.
func matrix(t *testing.T, routes []web.Route) (cells []cell) {
	t.Helper()
	text, err := os.ReadFile(accessFile)
	if err != nil {
		t.Fatal(err)
	}
	published := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		published[f[0]+" "+f[1]] = f[3:]
	}
	roles := append([]auth.Role{""}, auth.Roles()...)
	for _, r := range routes {
		words := published[r.Method+" "+r.Pattern]
		if len(words) != len(roles) {
			t.Errorf("%s %s is not in docs/access.txt", r.Method, r.Pattern)
			continue
		}
		for i, role := range roles {
			cells = append(cells, cell{r, role, words[i]})
		}
	}
	return cells
}

// deviations asks for every cell: first what only reads, signing out last.
func deviations(t *testing.T, w *world, cells []cell) (list []string) {
	t.Helper()
	for step := range 3 {
		for _, c := range cells {
			if step != order(c.route) {
				continue
			}
			if problem := try(t, w, c); problem != "" {
				list = append(list, fmt.Sprintf("%s %s as %q: %s", c.route.Method, c.route.Pattern, c.role, problem))
			}
		}
	}
	return list
}

func order(r web.Route) int {
	switch {
	case r.Method == http.MethodGet:
		return 0
	case r.Pattern == "/signout":
		return 2
	}
	return 1
}

// try executes one cell. Forms are sent empty: whoever may send them is told
// what is missing.
func try(t *testing.T, w *world, c cell) string {
	t.Helper()
	var headers []string
	if c.route.Method != http.MethodGet {
		headers = []string{"Content-Type", "application/x-www-form-urlencoded"}
		if c.route.Kind == web.APIRoute {
			headers[1] = "application/json"
		}
	}
	rec := w.ask(t, c.role, c.route.Method, address(t, c.route), "", headers...)
	got := "yes"
	switch { // a refusal of what was sent is still a yes
	case isSignIn(rec):
		got = "sign-in"
	case rec.Code == http.StatusForbidden:
		got = "no"
	case rec.Code >= 500:
		return fmt.Sprintf("answered %d", rec.Code)
	case c.route.Method == http.MethodGet && got == c.want && rec.Code >= 400 && !optional[c.route.Pattern]:
		return fmt.Sprintf("answered %d at %s", rec.Code, address(t, c.route))
	}
	if got != c.want {
		return fmt.Sprintf("%s (%d), published is %s", got, rec.Code, c.want)
	}
	return ""
}

func TestAccessExecuted(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.write(t)
		for _, problem := range deviations(t, w, matrix(t, w.Routes.List())) {
			t.Error(problem)
		}
	})
}

// Negative control: a rule loosened, and one tightened, are noticed.
func TestAccessLoosened(t *testing.T) {
	w := demos[0].write(t)
	loosened := &web.Routes{}
	for _, r := range w.Routes.List() {
		switch r.Method + " " + r.Pattern {
		case "GET /staff/audit":
			r.Rule = auth.Rule{Name: r.Rule.Name, Public: true}
		case "GET /territory/events/new":
			r.Rule.Roles = append(r.Rule.Roles[:0:0], auth.Registrar, auth.Agent)
		case "GET /communes":
			r.Rule = auth.Rule{Name: r.Rule.Name, SignedIn: true}
		}
		loosened.Add(r)
	}
	w.Routes = loosened
	w.handler = w.Handler()
	var cells []cell
	for _, c := range matrix(t, loosened.List()) {
		if p := c.route.Pattern; p == "/staff/audit" || p == "/territory/events/new" || p == "/communes" {
			cells = append(cells, c)
		}
	}
	found := strings.Join(deviations(t, w, cells), "\n")
	for _, want := range []string{`GET /staff/audit as "": yes`, `GET /staff/audit as "agent": yes`, `GET /territory/events/new as "agent": yes`, `GET /communes as "": sign-in`} {
		if !strings.Contains(found, want) {
			t.Errorf("%q goes unnoticed in:\n%s", want, found)
		}
	}
}

// A cookie travels without its holder's will: it never writes through the API.
func TestAPIWritesTakeTokensOnly(t *testing.T) {
	w := demos[0].read(t)
	for _, r := range w.Routes.List() {
		if r.Kind != web.APIRoute || r.Method == http.MethodGet {
			continue
		}
		rec := w.ask(t, "", r.Method, address(t, r), "{}", "Content-Type", "application/json", "Cookie", "session="+w.enter(t, auth.Registrar))
		if rec.Code != http.StatusUnauthorized || rec.Header().Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%s %s with a cookie: %d", r.Method, r.Pattern, rec.Code)
		}
	}
}

// A form sent from another site is refused whoever is signed in.
func TestFormsOfOtherSitesRefused(t *testing.T) {
	w := demos[0].read(t)
	for _, r := range w.Routes.List() {
		if r.Kind != web.FormRoute {
			continue
		}
		rec := w.ask(t, auth.Admin, r.Method, address(t, r), "", "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "cross-site", "Origin", "https://elsewhere.example")
		if rec.Code != http.StatusForbidden {
			t.Errorf("%s %s from elsewhere: %d", r.Method, r.Pattern, rec.Code)
		}
	}
}
