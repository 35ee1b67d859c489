package web_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"beffroi/internal/platform/web"
)

func next(t *testing.T, body string) string {
	t.Helper()
	_, after, ok := strings.Cut(body, "next=")
	if !ok {
		t.Fatalf("no next in %s", body)
	}
	return strings.TrimSpace(after)
}

func TestPagesFollowEachOther(t *testing.T) {
	h := newHouse(t)
	cursor := ""
	for _, want := range []string{"items=[0 1 2 3] ", "items=[4 5 6 7] ", "items=[8 9] "} {
		w := h.get("/list?limit=4&cursor=" + cursor)
		h.want(w, 200, want)
		cursor = next(t, w.Body.String())
	}
	if cursor != "" {
		t.Errorf("after the last page: %q", cursor)
	}
	if w := h.get("/list?limit=10"); next(t, w.Body.String()) != "" {
		t.Error("a full last page promises another")
	}
	h.want(h.get("/list?limit=0"), 200, "items=[0] ")
}

func TestForgedCursorsAreRefused(t *testing.T) {
	h := newHouse(t)
	good := next(t, h.get("/list?limit=4").Body.String())
	h.want(h.get("/list?cursor="+good), 200)
	b, err := base64.RawURLEncoding.DecodeString(good)
	if err != nil {
		t.Fatal(err)
	}
	for i := range b {
		changed := append([]byte(nil), b...)
		changed[i] ^= 1
		h.want(h.get("/list?cursor="+base64.RawURLEncoding.EncodeToString(changed)), 400, "liste")
	}
	for _, bad := range []string{"x", "====", good[:len(good)-2], good + "AA", base64.RawURLEncoding.EncodeToString([]byte("999999999999 7"))} {
		h.want(h.get("/list?cursor="+url.QueryEscape(bad)), 400)
	}
}

func FuzzCursor(f *testing.F) {
	for _, seed := range []string{"", "x", "AAAA", "MTIzNDU2Nzg5MDEyNw", strings.Repeat("A", 100)} {
		f.Add(seed)
	}
	h := newFuzzHouse(f)
	f.Fuzz(func(t *testing.T, cursor string) {
		r := httptest.NewRequest(http.MethodGet, "/list?cursor="+url.QueryEscape(cursor), nil)
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)
		if cursor != "" && w.Code != 400 {
			t.Errorf("cursor %q: status %d", cursor, w.Code)
		}
	})
}

// newFuzzHouse has no accounts: the list is public.
func newFuzzHouse(f *testing.F) *house {
	site := &web.Site{Clock: fixed{}, Bundle: bundle(f), Log: quiet(), Metrics: web.NewMetrics(), Seal: []byte("seal"), Page: page, Error: errorPage}
	return &house{site: site, handler: site.Handler(routes(), http.NotFoundHandler())}
}

func TestSafeNext(t *testing.T) {
	for next, want := range map[string]string{
		"/": "/", "/communes/53053?as_of=2020-01-01#top": "/communes/53053?as_of=2020-01-01#top", "/a//b": "/a//b", "/a?u=https://x.example": "/a?u=https://x.example",
		"": "/", "communes": "/", "?a=1": "/", "//evil.example": "/", "///evil.example": "/", "https://evil.example": "/", "https:evil.example": "/",
		`/\evil.example`: "/", `\\evil.example`: "/", "/\t/evil.example": "/", "/\n/evil.example": "/", "\t//evil.example": "/", " //evil.example": "/",
		"javascript:alert(1)": "/", "data:text/html,x": "/", "/%": "/", "/%zz": "/", "http:///evil.example": "/",
	} {
		if got := web.SafeNext(next); got != want {
			t.Errorf("SafeNext(%q) = %q, want %q", next, got, want)
		}
	}
}

// Whatever is asked, a browser stays on this site: it drops tabs and line ends
// and reads a backslash as a slash (WHATWG URL).
func FuzzSafeNext(f *testing.F) {
	for _, seed := range []string{"/", "//x", `/\x`, "/\t/x", "https://x", "/a?b=//c", "/./ /x", "/..//x", "/%2f/x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, next string) {
		got := web.SafeNext(next)
		seen := strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(got)
		if !strings.HasPrefix(seen, "/") || strings.HasPrefix(seen, "//") {
			t.Fatalf("SafeNext(%q) = %q leaves the site", next, got)
		}
		u, err := url.Parse(got)
		if err != nil {
			t.Fatal(err)
		}
		base := &url.URL{Scheme: "https", Host: "site.test", Path: "/signin"}
		if to := base.ResolveReference(u); to.Host != "site.test" || to.Scheme != "https" {
			t.Fatalf("SafeNext(%q) leads to %s", next, to)
		}
	})
}

func TestExportIsSafeInSpreadsheets(t *testing.T) {
	h := newHouse(t)
	w := h.get("/export")
	h.want(w, 200)
	if got, want := w.Body.String(), "\uFEFFname,n\r\n'=1+1,-5\r\n'@é,7\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if d := w.Header().Get("Content-Disposition"); !strings.HasPrefix(d, "attachment; filename*=utf-8''donn%C3%A9es.csv") || w.Header().Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("headers %v", w.Header())
	}
}

// A file that cannot be completed must not look complete: the connection is cut.
func TestACutExportIsSeenToBeCut(t *testing.T) {
	h := newHouse(t)
	server := httptest.NewServer(h.handler)
	defer server.Close()
	res, err := http.Get(server.URL + "/cut")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err == nil {
		t.Errorf("the file of %d bytes ends as if it were whole", len(b))
	}
	if !strings.Contains(h.log.String(), "sheet.value.type") {
		t.Errorf("the cause is not in the log: %s", h.log)
	}
}

func TestOpenAPIHoldsEveryRoute(t *testing.T) {
	b, err := web.OpenAPI(routes(), "Test", "1")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		OpenAPI    string
		Info       struct{ Title, Version string }
		Paths      map[string]map[string]map[string]any
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(b, &doc); err != nil || doc.OpenAPI != "3.1.0" || doc.Info.Title != "Test" || doc.Info.Version != "1" {
		t.Fatalf("%v: %+v", err, doc.Info)
	}
	ids, n := map[any]bool{}, 0
	for _, r := range routes().List() {
		op := doc.Paths[r.Pattern][strings.ToLower(r.Method)]
		if documented := r.Kind == web.APIRoute || r.Kind == web.DataRoute; documented != (op != nil) {
			t.Errorf("%s %s: in the document: %v", r.Method, r.Pattern, op != nil)
		}
		if op == nil {
			continue
		}
		n++
		checkOperation(t, r, op)
		if ids[op["operationId"]] {
			t.Errorf("operationId %v twice", op["operationId"])
		}
		ids[op["operationId"]] = true
	}
	if n != 6 || len(doc.Paths) != 6 {
		t.Errorf("%d operations, %d paths", n, len(doc.Paths))
	}
	for _, ref := range refs(b) {
		name := strings.TrimPrefix(ref, "#/components/schemas/")
		if doc.Components.Schemas[name] == nil {
			t.Errorf("%s leads nowhere", ref)
		}
	}
	if again, _ := web.OpenAPI(routes(), "Test", "1"); string(again) != string(b) {
		t.Error("the document differs from one making to the next")
	}
}

func TestOpenAPITellsTheCallsOfTheHouse(t *testing.T) {
	type message struct {
		Type string `json:"type"`
	}
	b, err := web.OpenAPI(routes(), "Test", "1", web.Call{Name: "mission.changed", Summary: "s", Body: message{}})
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Webhooks map[string]struct {
			Post struct {
				Summary     string
				RequestBody struct {
					Content map[string]struct {
						Schema map[string]string
					}
				}
			}
		}
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	call := doc.Webhooks["mission.changed"].Post
	ref := call.RequestBody.Content["application/json"].Schema["$ref"]
	if name := strings.TrimPrefix(ref, "#/components/schemas/"); call.Summary != "s" || doc.Components.Schemas[name] == nil {
		t.Errorf("%+v", call)
	}
}

func checkOperation(t *testing.T, r web.Route, op map[string]any) {
	t.Helper()
	params, _ := op["parameters"].([]any)
	var path, query int
	for _, p := range params {
		p := p.(map[string]any)
		switch p["in"] {
		case "path":
			path++
			if !strings.Contains(r.Pattern, "{"+p["name"].(string)+"}") || p["required"] != true {
				t.Errorf("%s: parameter %v", r.Pattern, p)
			}
		case "query":
			query++
		}
	}
	if path != strings.Count(r.Pattern, "{") || query != len(r.Params) {
		t.Errorf("%s: %d of the path, %d of the query", r.Pattern, path, query)
	}
	responses, _ := op["responses"].(map[string]any)
	if op["summary"] == "" || responses["200"] == nil || responses["default"] == nil {
		t.Errorf("%s: %v", r.Pattern, op)
	}
	if secured := op["security"] != nil; secured == r.Rule.Public {
		t.Errorf("%s: security %v", r.Pattern, op["security"])
	}
	if (op["requestBody"] != nil) != (r.Body != nil) {
		t.Errorf("%s: body %v", r.Pattern, op["requestBody"])
	}
}

func refs(doc []byte) (list []string) {
	for part := range strings.SplitSeq(string(doc), `"$ref": "`) {
		if ref, _, ok := strings.Cut(part, `"`); ok && strings.HasPrefix(ref, "#/") {
			list = append(list, ref)
		}
	}
	return list
}
