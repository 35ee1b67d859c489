package app_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/web"
)

// with adds a query parameter to an address.
func with(address, name, value string) string {
	sep := "?"
	if strings.Contains(address, "?") {
		sep = "&"
	}
	return address + sep + url.QueryEscape(name) + "=" + value
}

// without is an address minus one query parameter.
func without(address, name string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	q := u.Query()
	q.Del(name)
	u.RawQuery = q.Encode()
	return u.String()
}

// names tells whether a refusal names a parameter: as a field of the problem
// document, or in the text of the page.
func names(rec *httptest.ResponseRecorder, name string) bool {
	if rec.Header().Get("Content-Type") != "application/problem+json" {
		return strings.Contains(rec.Body.String(), name)
	}
	var p web.Problem
	return json.Unmarshal(rec.Body.Bytes(), &p) == nil && slices.ContainsFunc(p.Errors, func(f web.ProblemField) bool { return f.Name == name })
}

// wrong are values that each type of parameter refuses, already escaped.
var wrong = map[string][]string{
	"string":  {"%00", "%FF", strings.Repeat("x", 201)},
	"int":     {"-1", "x", "1e3", "99999999999999999999", "%00", "1.5"},
	"date":    {"2026-02-30", "yesterday", "23/11/2026", "2026-1-1", "%00"},
	"nis":     {"5305", "530533", "abcde", "%00"},
	"cursor":  {"abc", "%00", "..%2F..", strings.Repeat("A", 150)},
	"enum":    {"nonsense", "%00", "%27%20OR%201%3D1"},
	"decimal": {"NaN", "1e", "0x10", "Inf", "%00"},
}

func TestWrongParametersAreNamed(t *testing.T) {
	w := demos[0].read(t)
	for _, r := range gets(w) {
		role, at := reader(r), address(t, r)
		refused := func(name, value string) {
			rec := w.ask(t, role, http.MethodGet, with(without(at, name), name, value), "")
			if rec.Code != http.StatusBadRequest || !names(rec, name) {
				t.Errorf("%s with %s=%.40s: %d, want 400 naming %s", r.Pattern, name, value, rec.Code, name)
			}
		}
		refused("no_such_parameter", "1")
		for _, p := range r.Params {
			if p.In != "query" {
				continue
			}
			if wrong[p.Type] == nil {
				t.Errorf("%s: parameter %s has the unknown type %q", r.Pattern, p.Name, p.Type)
			}
			for _, value := range wrong[p.Type] {
				if p.Max > 0 && len(value) == 201 {
					value = strings.Repeat("x", p.Max+1)
				}
				refused(p.Name, value)
			}
			if !p.Many {
				refused(p.Name, "1&"+p.Name+"=2")
			}
		}
	}
}

// nasty are values that must never make a route fail.
var nasty = []string{"%00", "%27", "%22", "%27%3B%20DROP%20TABLE%20account%3B--", "%F0%9F%98%80", "%F0%9F%98%80%F0%9F%98%80", "-1", "0", "1", "999999999",
	"2026-01-01", "0001-01-01", "9999-12-31", "%3Cscript%3E", "..%2F..%2Fetc%2Fpasswd", "%7B%7D", "%25", "_", "*", "%E2%80%AE", "53053", "population", "a%0Ab", "%20", "%C3%A9",
	strings.Repeat("9", 190), strings.Repeat("%C3%A9", 150), "1%2C5", "mission%3ASUP-APP", "name", "csv"}

func TestNastyValuesNeverFail(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.read(t)
		for _, r := range gets(w) {
			role, at := reader(r), address(t, r)
			for _, value := range nasty {
				for _, p := range r.Params {
					if p.In == "query" {
						survives(t, w, role, with(without(at, p.Name), p.Name, value))
					}
				}
				for name := range r.Sample {
					other := r
					other.Sample = map[string]string{}
					for k, v := range r.Sample {
						other.Sample[k] = v
					}
					other.Sample[name] = value
					survives(t, w, role, other.Address())
				}
			}
		}
	})
}

func survives(t *testing.T, w *world, role auth.Role, address string) {
	t.Helper()
	rec := w.ask(t, role, http.MethodGet, address, "")
	if rec.Code >= 500 {
		t.Errorf("%.200s: %d", address, rec.Code)
	}
	if strings.Contains(address, "script") && strings.Contains(rec.Body.String(), "<script>") {
		t.Errorf("%.200s: markup of the address stands on the page", address)
	}
}
