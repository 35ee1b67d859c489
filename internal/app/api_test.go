package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/web"
)

// A reader who has the answer already is told so, in a few bytes.
func TestAnswersAreNotSentTwice(t *testing.T) {
	w := demos[0].read(t)
	for _, r := range gets(w) {
		role, at := reader(r), address(t, r)
		first := w.ask(t, role, http.MethodGet, at, "")
		if first.Code != http.StatusOK || strings.HasPrefix(first.Header().Get("Content-Type"), "text/csv") { // tables are streamed
			continue
		}
		tag := first.Header().Get("ETag")
		if tag == "" {
			t.Errorf("%s has no ETag", r.Pattern)
			continue
		}
		again := w.ask(t, role, http.MethodGet, at, "", "If-None-Match", tag)
		if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("%s asked for again: %d, %d bytes", r.Pattern, again.Code, again.Body.Len())
		}
		if other := w.ask(t, role, http.MethodGet, at, "", "If-None-Match", `W/"other"`); other.Code != http.StatusOK {
			t.Errorf("%s with another tag: %d", r.Pattern, other.Code)
		}
		if head := w.ask(t, role, http.MethodHead, at, ""); head.Code != http.StatusOK || head.Header().Get("ETag") != tag {
			t.Errorf("HEAD %s: %d %s, GET has %s", r.Pattern, head.Code, head.Header().Get("ETag"), tag)
		}
	}
}

// What only some may see is never kept by anybody on the way.
func TestWhatIsNotPublicIsNotStored(t *testing.T) {
	w := demos[0].read(t)
	for _, r := range gets(w) {
		if r.Rule.Public {
			continue
		}
		if got := w.ask(t, reader(r), http.MethodGet, address(t, r), "").Header().Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: Cache-Control %q", r.Pattern, got)
		}
	}
}

const posting = `{"date":"2025-03-01","kind":"service","title":{"fr":"Essai"},"measure":"eur_cents","amount":12345,"attribution":"direct","base":["53053"]}`

// TestWritingThroughTheAPI goes the whole way: account and token by the command
// line, a posting, its reading, its reversal, a token that ends.
func TestWritingThroughTheAPI(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		database := d.copy(t)
		if got := runWith(t, database, "une phrase assez longue 1789\n", "user", "add", "robot", "--name", "Robot", "--email", "robot@example.org", "--role", "accountant"); got.code != 0 {
			t.Fatal(got)
		}
		token := strings.TrimSpace(must(t, database, "user", "token", "robot").out)
		w := newWorld(t, database)
		send := func(address, body, token string) (int, map[string]any) {
			rec := w.ask(t, "", http.MethodPost, address, body, "Content-Type", "application/json", "Authorization", "Bearer "+token)
			var doc map[string]any
			if err := json.Unmarshal(rec.Body.Bytes(), &doc); err != nil {
				t.Errorf("%s: %d, %v", address, rec.Code, err)
			}
			return rec.Code, doc
		}
		status, entry := send("/api/v1/ledger", posting, token)
		if status != http.StatusCreated || entry["amount"] != 12345.0 || entry["title"].(map[string]any)["fr"] != "Essai" {
			t.Fatalf("posting: %d %v", status, entry)
		}
		at := "/api/v1/ledger/" + fmt.Sprint(entry["ref"])
		var read map[string]any
		ask(t, w, at, &read)
		if parts, _ := read["parts"].([]any); read["ref"] != entry["ref"] || len(parts) != 1 || parts[0].(map[string]any)["nis"] != "53053" {
			t.Errorf("read back: %v", read)
		}
		if status, doc := send(at+"/reversal", `{"reason":"essai"}`, token); status >= 300 || doc["amount"] != -12345.0 {
			t.Errorf("reversal: %d %v", status, doc)
		}
		if status, _ := send("/api/v1/ledger", posting, token+"x"); status != http.StatusUnauthorized {
			t.Errorf("a wrong token: %d", status)
		}
		if got := must(t, database, "doctor"); strings.Contains(got.out, "FAIL") {
			t.Errorf("doctor: %s", got)
		}
		must(t, database, "user", "revoke", "robot", "--role", "accountant")
		if status, _ := send("/api/v1/ledger", posting, token); status != http.StatusForbidden {
			t.Errorf("a token whose owner lost the role: %d", status)
		}
		must(t, database, "user", "close", "robot")
		if status, _ := send("/api/v1/ledger", posting, token); status != http.StatusUnauthorized {
			t.Errorf("a token whose owner has left: %d", status)
		}
	})
}

func TestProblemDocuments(t *testing.T) {
	w := demos[0].read(t)
	for _, c := range []struct {
		name, method, address, body string
		status                      int
		code, field                 string
	}{
		{"unknown parameter", "GET", "/api/v1/ledger?nothing=1", "", 400, "param.unknown", "nothing"},
		{"bad day", "GET", "/api/v1/ledger?as_of=x", "", 400, "param.date", "as_of"},
		{"nothing there", "GET", "/api/v1/communes/99999", "", 404, "commune.absent", ""},
		{"no such address", "GET", "/api/v1/nothing", "", 404, "absent", ""},
		{"not signed in", "POST", "/api/v1/ledger", posting, 401, "signin", ""},
		{"method", "DELETE", "/api/v1/ledger", "", 405, "method", ""},
	} {
		rec := w.ask(t, "", c.method, c.address, c.body, "Content-Type", "application/json", "Accept-Language", "en")
		var p web.Problem
		d := json.NewDecoder(rec.Body)
		d.DisallowUnknownFields()
		if err := d.Decode(&p); err != nil || rec.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s, %v", c.name, rec.Code, rec.Header().Get("Content-Type"), err)
			continue
		}
		field := ""
		if len(p.Errors) > 0 {
			field = p.Errors[0].Name
		}
		if rec.Code != c.status || p.Status != c.status || p.Type != "urn:beffroi:fault:"+c.code || field != c.field || p.Title != http.StatusText(c.status) || len(p.Detail) < 10 || strings.Contains(p.Detail, "⟦") {
			t.Errorf("%s: %d %+v", c.name, rec.Code, p)
		}
	}
	for name, body := range map[string]string{"half": `{"date":`, "unknown field": `{"datte":"2025-01-01"}`, "two documents": posting + posting, "NUL": `{"note":"\u0000"}`, "nothing": ""} {
		rec := w.ask(t, auth.Accountant, http.MethodPost, "/api/v1/ledger", body, "Content-Type", "application/json")
		if rec.Code != http.StatusBadRequest {
			t.Errorf("a body with %s: %d %s", name, rec.Code, rec.Body)
		}
	}
	rec := w.ask(t, auth.Accountant, http.MethodPost, "/api/v1/ledger", "{}", "Content-Type", "application/json")
	if rec.Code != http.StatusUnprocessableEntity || !names(rec, "date") {
		t.Errorf("an empty posting: %d %s", rec.Code, rec.Body)
	}
}

// schema is the part of a JSON schema that the house writes.
type schema struct {
	Ref        string `json:"$ref"`
	Type       any
	Properties map[string]schema
	Required   []string
	Items      *schema
}

func (s schema) is(name string) bool {
	list, ok := s.Type.([]any)
	return s.Type == name || ok && slices.Contains(list, any(name))
}

type openAPI struct {
	Paths map[string]map[string]struct {
		Responses map[string]struct {
			Content map[string]struct{ Schema schema }
		}
	}
	Components struct{ Schemas map[string]schema }
}

func (d openAPI) resolve(s schema) schema {
	if s.Ref == "" {
		return s
	}
	return d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
}

// deviation says how a value is not of a schema, "" when it is.
func (d openAPI) deviation(s schema, v any, depth int) string {
	s = d.resolve(s)
	switch v := v.(type) {
	case map[string]any:
		if !s.is("object") {
			return "an object, not declared"
		}
		if s.Properties == nil {
			return ""
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			p, ok := s.Properties[name]
			if !ok {
				return name + " is not declared"
			}
			if depth > 0 {
				if found := d.deviation(p, v[name], depth-1); found != "" {
					return name + ": " + found
				}
			}
		}
		for _, name := range s.Required {
			if _, ok := v[name]; !ok {
				return name + " is missing"
			}
		}
	case []any:
		if !s.is("array") {
			return "an array, not declared"
		}
		if len(v) > 0 && depth > 0 {
			return d.deviation(*s.Items, v[0], depth-1)
		}
	}
	return ""
}

// TestOpenAPITellsTheTruth compares each JSON answer with what is declared.
func TestOpenAPITellsTheTruth(t *testing.T) {
	w := demos[0].read(t)
	text, err := web.OpenAPI(w.Routes, "Beffroi", "test")
	if err != nil {
		t.Fatal(err)
	}
	var doc openAPI
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, r := range gets(w) {
		if r.Kind != web.APIRoute && r.Kind != web.DataRoute || optional[r.Pattern] {
			continue
		}
		declared := doc.Paths[strings.TrimSuffix(r.Pattern, "{$}")]["get"].Responses["200"].Content
		rec := w.ask(t, reader(r), http.MethodGet, address(t, r), "")
		media, _, _ := strings.Cut(rec.Header().Get("Content-Type"), ";")
		s, ok := declared[media]
		if !ok || rec.Code != http.StatusOK {
			t.Errorf("%s answers %d %s, declared is %v", r.Pattern, rec.Code, media, slices.Collect(maps.Keys(declared)))
			continue
		}
		if media != "application/json" || r.Pattern == "/openapi.json" {
			continue
		}
		var v any
		if err := json.NewDecoder(rec.Body).Decode(&v); err != nil {
			t.Errorf("%s: %v", r.Pattern, err)
		}
		if found := doc.deviation(s.Schema, v, 3); found != "" || r.Returns == nil {
			t.Errorf("%s is not as declared: %s", r.Pattern, found)
		}
		checked++
	}
	if checked < 10 {
		t.Errorf("only %d answers were compared", checked)
	}
	// Negative controls.
	for _, v := range []any{map[string]any{"extra": 1}, []any{}} {
		if doc.deviation(schema{Ref: "#/components/schemas/Problem"}, v, 1) == "" {
			t.Errorf("%v passes for a problem document", v)
		}
	}
}

// The document in the site is that of the command.
func TestOpenAPIIsServed(t *testing.T) {
	rec := demos[0].read(t).get(t, "/openapi.json")
	text, _ := io.ReadAll(rec.Body)
	if rec.Code != http.StatusOK || !strings.Contains(string(text), `"/api/v1/ledger"`) {
		t.Errorf("/openapi.json: %d, %.100s", rec.Code, text)
	}
}
