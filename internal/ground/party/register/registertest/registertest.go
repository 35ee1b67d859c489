// Package registertest serves the pages of a room to its tests: the real front
// of the house with a bare frame around the pages.
package registertest

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// House is rooms being served to somebody of the staff.
type House struct {
	t        testing.TB
	Bundle   *i18n.Bundle
	accounts *auth.Service
	today    calendar.Date
	handler  http.Handler
	routes   *web.Routes
	metrics  *web.Metrics
	session  string // of who is signed in
	token    string // of the same, for the API
}

// Serve puts rooms together; the registrar is signed in.
func Serve(t testing.TB, d *db.DB, routes *web.Routes, texts ...fs.FS) *House {
	t.Helper()
	h := &House{t: t, Bundle: i18n.New("fr", "nl", "en"), routes: routes, metrics: web.NewMetrics()}
	for _, f := range texts {
		if err := h.Bundle.Load(f); err != nil {
			t.Fatal(err)
		}
	}
	h.accounts, h.today = auth.NewService(d), clock.Today(d.Clock())
	site := &web.Site{Clock: d.Clock(), Bundle: h.Bundle, Auth: h.accounts, Log: slog.New(slog.DiscardHandler), Metrics: h.metrics, SignIn: "/signin", Seal: []byte("test"), Page: page, Error: failure}
	h.handler = site.Handler(routes, http.NotFoundHandler())
	return h.As(auth.Registrar)
}

// As is the same house served to a new person with one role, who is signed in
// and has a token.
func (h *House) As(role auth.Role) *House {
	h.t.Helper()
	const password = "a long pass phrase for tests"
	boss, name, other := auth.System("test"), string(role), *h
	err := h.accounts.Create(h.t.Context(), boss, auth.NewAccount{Username: name, Name: "N", Email: name + "@example.be", Language: "fr", Password: password, Grants: []auth.Grant{{Role: role}}})
	if err == nil {
		other.session, err = h.accounts.SignIn(h.t.Context(), name, password, auth.Visit{Agent: "test", Network: "127.0.0.0/24"})
	}
	if err == nil {
		other.token, err = h.accounts.IssueToken(h.t.Context(), boss, name, "test", h.today)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return &other
}

func page(x *web.Exchange, p ui.Page, body templ.Component) templ.Component {
	p.Lang = x.P.Lang()
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return ui.Layout(p).Render(templ.WithChildren(ctx, body), w)
	})
}

func failure(_ *web.Exchange, e *fault.Error, _ string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, "refused: "+e.Error())
		return err
	})
}

// Get asks for an address; staff tells whether who is signed in asks, or anybody.
func (h *House) Get(path string, staff bool) (int, string) {
	h.t.Helper()
	return h.do(httptest.NewRequest(http.MethodGet, path, nil), staff)
}

// Post sends a form as who is signed in; pairs are name, value.
func (h *House) Post(path string, pairs ...string) (int, string) {
	h.t.Helper()
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return h.do(r, true)
}

// Call sends a JSON document with the token of who is signed in.
func (h *House) Call(method, path, document string) (int, string) {
	h.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(document))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+h.token)
	return h.do(r, false)
}

func (h *House) do(r *http.Request, staff bool) (int, string) {
	if staff {
		r.AddCookie(&http.Cookie{Name: "session", Value: h.session})
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// Walk opens every page, form and document in every language, as the registrar,
// and reports what does not answer 200 or speaks in unknown words. Keys that
// begin with one of others belong to rooms that are not being served.
func (h *House) Walk(others ...string) {
	h.t.Helper()
	for _, r := range h.routes.List() {
		if r.Method != http.MethodGet {
			continue
		}
		for _, lang := range h.Bundle.Langs() {
			code, body := h.Get(r.Address()+"?lang="+lang, true)
			if code != http.StatusOK {
				h.t.Errorf("%s in %s: %d %.300s", r.Address(), lang, code, body)
			}
			if strings.Contains(body, "⟦") && len(others) == 0 {
				h.t.Errorf("%s in %s holds an unknown word", r.Address(), lang)
			}
		}
	}
	for _, m := range h.Bundle.Missing() {
		if !slices.ContainsFunc(others, func(prefix string) bool { return strings.Contains(m, ": "+prefix) }) {
			h.t.Error("missing: " + m)
		}
	}
	for _, problem := range i18n.Check(h.Bundle) {
		h.t.Error(problem)
	}
}
