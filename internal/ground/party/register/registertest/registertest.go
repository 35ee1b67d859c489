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
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// House is rooms being served.
type House struct {
	t       testing.TB
	Bundle  *i18n.Bundle
	handler http.Handler
	routes  *web.Routes
	metrics *web.Metrics
	session string
	token   string
}

// Serve puts rooms together. The account "registrar" is signed in by Sign.
func Serve(t testing.TB, d *db.DB, routes *web.Routes, texts ...fs.FS) *House {
	t.Helper()
	h := &House{t: t, Bundle: i18n.New("fr", "nl", "en"), routes: routes, metrics: web.NewMetrics()}
	for _, f := range texts {
		if err := h.Bundle.Load(f); err != nil {
			t.Fatal(err)
		}
	}
	accounts := auth.NewService(d)
	site := &web.Site{Clock: d.Clock(), Bundle: h.Bundle, Auth: accounts, Log: slog.New(slog.DiscardHandler), Metrics: h.metrics, SignIn: "/signin", Seal: []byte("test"), Page: page, Error: failure}
	h.handler = site.Handler(routes, http.NotFoundHandler())
	const password = "a long pass phrase for tests"
	boss := auth.System("test")
	err := accounts.Create(t.Context(), boss, auth.NewAccount{Username: "registrar", Name: "R", Email: "r@example.be", Language: "fr", Password: password, Grants: []auth.Grant{{Role: auth.Registrar}}})
	if err == nil {
		h.session, err = accounts.SignIn(t.Context(), "registrar", password, "test", "127.0.0.0/24")
	}
	if err != nil {
		t.Fatal(err)
	}
	return h
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

// Get asks for an address; staff tells whether the registrar asks.
func (h *House) Get(path string, staff bool) (int, string) {
	h.t.Helper()
	return h.do(httptest.NewRequest(http.MethodGet, path, nil), staff)
}

// Post sends a form as the registrar; pairs are name, value.
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
