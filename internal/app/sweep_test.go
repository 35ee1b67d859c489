package app_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"beffroi/internal/ground/key"
	"beffroi/internal/ground/series"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/web"
)

// mostOfAKind is how many addresses of one route a role opens while it looks for
// others; all that it sees are tried afterwards.
const mostOfAKind = 5

// link finds the addresses in a page.
var link = regexp.MustCompile(`(?:href|action)="(/[^"#]*)`)

// crawl opens pages as a role, link by link, and gives every address that it was
// shown, in the order in which it met them.
func (w *world) crawl(t *testing.T, role auth.Role, at func(string) web.Route) (seen []string) {
	t.Helper()
	known, opened := map[string]bool{}, map[string]int{}
	meet := func(address string) {
		if !known[address] && !strings.HasPrefix(address, "/assets/") {
			known[address] = true
			seen = append(seen, address)
		}
	}
	meet("/")
	meet("/staff")
	for i := 0; i < len(seen); i++ {
		r := at(seen[i])
		if r.Method != http.MethodGet || opened[r.Pattern] >= mostOfAKind {
			continue
		}
		opened[r.Pattern]++
		rec := w.ask(t, role, http.MethodGet, seen[i], "")
		if rec.Code >= 500 {
			t.Errorf("%q sees %s: %d", role, seen[i], rec.Code)
		}
		for _, m := range link.FindAllStringSubmatch(rec.Body.String(), -1) {
			meet(html.UnescapeString(m[1]))
		}
	}
	return seen
}

// router finds the route of an address by its path; the method is GET where the
// route knows it.
func router(w *world) func(string) web.Route {
	mux, byPattern := http.NewServeMux(), map[string]web.Route{}
	for _, r := range w.Routes.List() {
		if strings.Contains(r.Pattern, "}.") {
			continue // has a mux of its own; the same verb answers without the ending
		}
		pattern := r.Method + " " + r.Pattern
		byPattern[pattern] = r
		mux.HandleFunc(pattern, func(http.ResponseWriter, *http.Request) {})
	}
	return func(address string) web.Route {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			u, err := url.ParseRequestURI(address)
			if err != nil {
				return web.Route{}
			}
			if _, pattern := mux.Handler(&http.Request{Method: method, URL: u, Host: "beffroi.example"}); pattern != "" {
				return byPattern[pattern]
			}
		}
		return web.Route{}
	}
}

// What one role is shown must not open for another that has no right to it: every
// address that anybody saw is tried as everybody else.
func TestNoAddressOpensWithoutItsRight(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.write(t)
		at := router(w)
		roles := append([]auth.Role{""}, auth.Roles()...)
		shown := map[string]map[auth.Role]bool{}
		var all []string
		for _, role := range roles {
			for _, address := range w.crawl(t, role, at) {
				if shown[address] == nil {
					shown[address] = map[auth.Role]bool{}
					all = append(all, address)
				}
				shown[address][role] = true
			}
		}
		if len(all) < 500 {
			t.Fatalf("only %d addresses: nothing is tried", len(all))
		}
		refused := 0
		for _, address := range all {
			route := at(address)
			if route.Method != http.MethodGet || opensForAll(route) && shown[address][""] {
				continue
			}
			for _, role := range roles {
				actor := auth.Actor{}
				if role != "" {
					actor = auth.Actor{Username: "demo-" + string(role), Grants: []auth.Grant{{Role: role}}}
				}
				rec := w.ask(t, role, http.MethodGet, address, "")
				switch {
				case rec.Code >= 500:
					t.Errorf("%q at %s: %d", role, address, rec.Code)
				case route.Rule.Gate(actor) != nil:
					refused++
					if rec.Code < 300 {
						t.Errorf("%q has no right to %s (%s) and gets %d", role, address, route.Pattern, rec.Code)
					}
				case rec.Code < 300 && !shown[address][role] && !slices.Contains(unlinked, route.Pattern):
					t.Errorf("%q was never shown %s (%s), which opens all the same", role, address, route.Pattern)
				}
			}
		}
		if refused < 100 {
			t.Errorf("only %d refusals: nothing is guarded", refused)
		}
	})
}

// opensForAll tells of a route that anybody may read.
func opensForAll(r web.Route) bool { return r.Rule.Public }

// unlinked are the routes whose addresses only some are shown, and all who pass
// the gate may open.
var unlinked = []string{
	"/history/{kind}/{key}", // linked for who edits the thing, open to whoever may read it (TestHistoryOpensWithItsThing)
}

// A history tells no more than the page of its thing.
func TestHistoryOpensWithItsThing(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.write(t)
		draft := key.Proposal{Key: "secret-key", Title: series.Text{FR: "Secrète"}, Kind: key.Equal}
		if _, err := w.Key.Propose(t.Context(), auth.System("test"), draft); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			address string
			open    []auth.Role
			shut    []auth.Role
		}{
			{"/history/key/secret-key", []auth.Role{auth.Accountant}, []auth.Role{"", auth.Agent, auth.Registrar}},
			{"/history/account/demo-admin", []auth.Role{auth.Admin, auth.Auditor}, []auth.Role{"", auth.Agent, auth.Accountant}},
			{"/history/body/body-069", []auth.Role{auth.Agent, auth.Registrar}, []auth.Role{""}},
		} {
			for _, role := range c.open {
				if rec := w.ask(t, role, http.MethodGet, c.address, ""); rec.Code != http.StatusOK {
					t.Errorf("%q at %s: %d, want 200", role, c.address, rec.Code)
				}
			}
			for _, role := range c.shut {
				if rec := w.ask(t, role, http.MethodGet, c.address, ""); rec.Code < 300 {
					t.Errorf("%q at %s: %d", role, c.address, rec.Code)
				}
			}
		}
	})
}
