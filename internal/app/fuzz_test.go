package app_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"sort"
	"strings"
	"testing"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/web"
)

// document is the part of our OpenAPI document that the fuzzer is driven by.
type document struct {
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]typed }
}

type operation struct {
	Parameters []struct {
		Name, In string
		Schema   typed
		Example  any
	}
	RequestBody struct {
		Content map[string]struct{ Schema typed }
	}
}

type typed struct {
	Ref        string `json:"$ref"`
	Type       any
	Enum       []string
	Properties map[string]typed
	Items      *typed
}

// vexing are values that programs have stumbled over.
var vexing = []string{"", "0", "-1", "1", "9223372036854775808", "1e309", "NaN", "null", "true", "53053", "2026-02-30", "2026-01-01", "9999-12-31", "0000-00-00",
	"..", "../../etc/passwd", "%2e%2e", "%00", "\x00", "\xff\xfe", "'", "' OR '1'='1", "\"; DROP TABLE account; --", "<script>alert(1)</script>", "{{7*7}}", "${jndi:ldap://x}",
	"é", "\u202e", "\U0001F512", "İ", "ſ", strings.Repeat("a", 5000), strings.Repeat("é", 300), "a\r\nSet-Cookie: x=1", "+", " ", "*", "[]", "{}"}

// fuzzer makes requests that the document allows, and many that it does not.
// Its seed is fixed, so that a failure comes back.
type fuzzer struct {
	*rand.Rand
	doc document
}

func (f *fuzzer) pick(list []string) string { return list[f.IntN(len(list))] }

// value is a value for a schema: often of its type, often not.
func (f *fuzzer) value(s typed, depth int) any {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		s = f.doc.Components.Schemas[name]
	}
	kind, _ := s.Type.(string)
	if list, ok := s.Type.([]any); ok && len(list) > 0 {
		kind, _ = list[f.IntN(len(list))].(string)
	}
	if f.IntN(6) == 0 || depth > 6 {
		return [...]any{nil, true, 1.5, -1, int64(1) << 62, f.pick(vexing), []any{}, map[string]any{}, []any{nil}, map[string]any{"x": 1}}[f.IntN(10)]
	}
	switch kind {
	case "object":
		o := map[string]any{}
		for name, p := range s.Properties {
			if f.IntN(5) > 0 {
				o[name] = f.value(p, depth+1)
			}
		}
		if f.IntN(8) == 0 {
			o[f.pick(vexing)] = f.pick(vexing)
		}
		return o
	case "array":
		list := []any{}
		for range f.IntN(4) {
			if s.Items != nil {
				list = append(list, f.value(*s.Items, depth+1))
			}
		}
		return list
	case "integer":
		return [...]any{0, 1, -1, 100, 53053, 2026, int64(1) << 53, -(int64(1) << 62), 1e300}[f.IntN(9)]
	case "number":
		return [...]any{0, 0.1, -0.1, 1e300, -1e-300}[f.IntN(5)]
	case "boolean":
		return f.IntN(2) == 0
	}
	if len(s.Enum) > 0 && f.IntN(4) > 0 {
		return f.pick(s.Enum)
	}
	return f.pick(vexing)
}

// request is one address and body for an operation.
func (f *fuzzer) request(path string, op operation) (address, body string) {
	query := url.Values{}
	for _, p := range op.Parameters {
		v := fmt.Sprint(f.value(p.Schema, 0))
		if example, ok := p.Example.(string); ok && f.IntN(3) > 0 {
			v = example
		}
		if p.In == "path" {
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(v))
		} else if f.IntN(3) == 0 {
			query.Add(p.Name, v)
		}
	}
	if f.IntN(10) == 0 {
		query.Add(f.pick(vexing), f.pick(vexing))
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	for _, content := range op.RequestBody.Content {
		b, _ := json.Marshal(f.value(content.Schema, 0)) // maps, lists and plain values only
		if body = string(b); f.IntN(12) == 0 {
			body = body[:f.IntN(len(body)+1)]
		}
	}
	return path, body
}

// requestsEach is how many requests an operation gets, by whoever may use it and
// by anybody.
const requestsEach = 40

// TestAPIStandsWhateverIsSent sends what our own OpenAPI document suggests, and
// nonsense in its places. No answer is a 5xx, and each refusal is a problem
// document that says what is wrong.
func TestAPIStandsWhateverIsSent(t *testing.T) {
	w := demos[0].write(t)
	text, err := web.OpenAPI(w.Routes, "Beffroi", "test")
	if err != nil {
		t.Fatal(err)
	}
	f := &fuzzer{Rand: rand.New(rand.NewPCG(2026, 11))}
	if err := json.Unmarshal(text, &f.doc); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for path := range f.doc.Paths {
		paths = append(paths, path)
	}
	sort.Strings(paths)
	if len(paths) < 30 {
		t.Fatalf("%d paths: nothing is tried", len(paths))
	}
	answers := map[int]int{}
	for _, path := range paths {
		for method, op := range f.doc.Paths[path] {
			method = strings.ToUpper(method)
			who := writer(w, method, path)
			for i := range requestsEach {
				address, body := f.request(path, op)
				if _, err := url.ParseRequestURI(address); err != nil {
					continue // no client can send it
				}
				role := who
				if i%5 == 0 {
					role = ""
				}
				rec := w.ask(t, role, method, address, body, "Content-Type", "application/json")
				answers[rec.Code/100]++
				if rec.Code >= 500 {
					t.Errorf("%s %.200s\n%.300s\n%d %.300s", method, address, body, rec.Code, rec.Body)
				}
				if media := rec.Header().Get("Content-Type"); rec.Code >= 400 && strings.HasPrefix(path, "/api/") && media != "application/problem+json" {
					t.Errorf("%s %.200s: %d as %q", method, address, rec.Code, media)
				}
			}
		}
	}
	if answers[2] < len(paths) || answers[4] < len(paths) {
		t.Errorf("answers by class: %v: too few of a kind for the requests to be any good", answers)
	}
}

// writer is who may use an operation: the first role that its rule lets in.
func writer(w *world, method, path string) auth.Role {
	for _, r := range w.Routes.List() {
		if r.Method == method && strings.TrimSuffix(strings.ReplaceAll(r.Pattern, "...}", "}"), "{$}") == path {
			roles := slices.Concat([]auth.Role{auth.Admin}, auth.Roles())
			i := slices.IndexFunc(roles, func(role auth.Role) bool {
				return r.Rule.Gate(auth.Actor{Username: "x", Grants: []auth.Grant{{Role: role}}}) == nil
			})
			if i >= 0 {
				return roles[i]
			}
		}
	}
	return ""
}
