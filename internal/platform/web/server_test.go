package web_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/web"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

const formType = "application/x-www-form-urlencoded"

func TestRegistryRefusesHalfRoutes(t *testing.T) {
	whole := web.Route{Pattern: "/x/{id}", Rule: public, Summary: "X.", Handle: func(*web.Exchange) error { return nil }, Sample: sample}
	for name, spoil := range map[string]func(*web.Route){
		"nothing":             func(*web.Route) {},
		"no rule":             func(r *web.Route) { r.Rule = auth.Rule{} },
		"a rule for nobody":   func(r *web.Route) { r.Rule = auth.Rule{Name: "x"} },
		"a rule without name": func(r *web.Route) { r.Rule = auth.Rule{Public: true} },
		"no handler":          func(r *web.Route) { r.Handle = nil },
		"no summary":          func(r *web.Route) { r.Summary = "" },
		"no sample":           func(r *web.Route) { r.Sample = nil },
		"sample of another":   func(r *web.Route) { r.Sample = map[string]string{"key": "1"} },
	} {
		t.Run(name, func(t *testing.T) {
			route := whole
			spoil(&route)
			defer func() {
				if refused := recover() != nil; refused != (name != "nothing") {
					t.Errorf("refused: %v", refused)
				}
			}()
			(&web.Routes{}).Add(route)
		})
	}
}

func TestRoutesAreListedInOrder(t *testing.T) {
	last := ""
	for _, r := range routes().List() {
		if r.Pattern < last {
			t.Errorf("%s comes after %s", r.Pattern, last)
		}
		if r.Method == "" || strings.ContainsAny(r.Address(), "{}$") {
			t.Errorf("method %q, address %q", r.Method, r.Address())
		}
		last = r.Pattern
	}
}

func TestParametersAreChecked(t *testing.T) {
	h := newHouse(t)
	h.want(h.get("/filter?n=12&day=2026-11-23&nis=53053&kind=a&x=-3.5&q=l’été&many=53053&many=52011&as_of=2020-01-01&lang=nl"), 200)
	h.want(h.get("/filter?n=&day=&nis=&kind=&x="), 200) // an empty field of a form
	h.want(h.get("/?as_of=2020-02-29"), 200, "asof=2020-02-29")
	h.want(h.get("/"), 200, "asof=2026-11-23")
	for query, name := range map[string]string{
		"zzz=1": "zzz", "n=1&n=2": "n", "n=-1": "n", "n=x": "n", "n=1.5": "n", "n=99999999999": "n",
		"day=2026-02-30": "day", "day=yesterday": "day", "nis=1234": "nis", "nis=123456": "nis", "nis=1234x": "nis",
		"kind=c": "kind", "x=NaN": "x", "x=inf": "x", "x=0x1p3": "x", "x=1,5": "x", "q=%00": "q", "q=%ff%fe": "q",
		"q=" + strings.Repeat("a", 201): "q", "many=53053&many=x": "many", "lang=de": "lang", "as_of=2026-1-1": "as_of",
		"%ff=1": "�", "a&zzz=1": "a",
	} {
		w := h.get("/filter?" + query)
		h.want(w, 400, name)
		if strings.ContainsRune(w.Body.String(), 0) || len(w.Body.String()) > 700 {
			t.Errorf("%.40s: the answer repeats too much: %.100q", query, w.Body)
		}
	}
	h.want(h.get("/filter?%zz"), 400)
	h.want(h.get("/need"), 400, "must")
	h.want(h.get("/need?must="), 400, "must")
}

func TestPathsAreChecked(t *testing.T) {
	h := newHouse(t)
	h.want(h.get("/things/7"), 200, `id="7"`)
	for _, path := range []string{"/things/seven", "/things/%00", "/things/%ff", "/things/" + strings.Repeat("1", 300)} {
		h.want(h.get(path), 400, "id")
	}
	h.want(h.get("/api/things/%00"), 400, `"name":"id"`)
}

func TestProblemsOfParametersNameThem(t *testing.T) {
	h := newHouse(t)
	w := h.get("/export?format=pdf&lang=en")
	h.want(w, 400)
	var p web.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	if w.Header().Get("Content-Type") != "application/problem+json" || p.Type != "urn:beffroi:fault:param.enum" || p.Status != 400 ||
		len(p.Errors) != 1 || p.Errors[0].Name != "format" || p.Errors[0].Value != "pdf" || !strings.Contains(p.Detail, "csv, xlsx") {
		t.Errorf("problem %+v", p)
	}
}

func TestEveryAnswerCarriesTheHeaders(t *testing.T) {
	h := newHouse(t)
	h.site.Secure = true
	for name, w := range map[string]*httptest.ResponseRecorder{
		"page": h.get("/"), "data": h.get("/things/7.json"), "api": h.get("/api/things/7"), "asset": h.get("/assets/x.css"), "file": h.get("/export"),
		"unknown": h.get("/nowhere"), "bad": h.get("/?zzz=1"), "panic": h.get("/panic"), "method": h.ask("DELETE", "/list", ""),
		"redirect": h.get("/staff"), "foreign": h.ask("POST", "/form", "", "Sec-Fetch-Site", "cross-site"), "unsigned": h.ask("POST", "/api/things", "{}"),
	} {
		header := w.Header()
		csp := header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") ||
			header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Referrer-Policy") != "same-origin" || header.Get("Cross-Origin-Opener-Policy") != "same-origin" ||
			header.Get("Permissions-Policy") == "" || header.Get("Strict-Transport-Security") == "" || header.Get("Vary") == "" || header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s (%d): %v", name, w.Code, header)
		}
	}
	if w := h.get("/", "Cookie", h.site.SessionCookie()+"=x"); w.Header().Get("Cache-Control") != "no-store" {
		t.Error("an answer to somebody signed in may be stored")
	}
	h.site.Secure = false
	if w := h.get("/"); w.Header().Get("Strict-Transport-Security") != "" {
		t.Error("a site without https asks for https")
	}
}

func TestETag(t *testing.T) {
	h := newHouse(t)
	w := h.get("/")
	tag := w.Header().Get("ETag")
	if tag == "" {
		t.Fatal("no tag")
	}
	for _, header := range []string{tag, strings.TrimPrefix(tag, "W/"), `"x", ` + tag, "*"} {
		again := h.get("/", "If-None-Match", header)
		if h.want(again, 304); again.Body.Len() != 0 {
			t.Errorf("%s: %d bytes", header, again.Body.Len())
		}
	}
	h.want(h.get("/", "If-None-Match", `"other"`), 200, "Home")
	h.want(h.get("/?lang=en", "If-None-Match", tag), 200, "lang=en")
	if w := h.get("/nowhere"); w.Header().Get("ETag") != "" {
		t.Error("a refusal has a tag")
	}
}

func TestGzip(t *testing.T) {
	h := newHouse(t)
	plain := h.get("/")
	for _, accept := range []string{"gzip", "br, GZIP;q=0.5"} {
		w := h.get("/", "Accept-Encoding", accept)
		z, err := gzip.NewReader(w.Body)
		if w.Header().Get("Content-Encoding") != "gzip" || err != nil {
			t.Fatalf("%s: %v, %v", accept, w.Header(), err)
		}
		if b, err := io.ReadAll(z); err != nil || string(b) != plain.Body.String() {
			t.Errorf("%s: unpacked %q, %v", accept, b, err)
		}
	}
	for _, accept := range []string{"", "br", "gzip;q=0", "identity, gzip; q=0.000"} {
		if w := h.get("/", "Accept-Encoding", accept); w.Header().Get("Content-Encoding") != "" || w.Body.String() != plain.Body.String() {
			t.Errorf("%q was packed", accept)
		}
	}
	if w := h.get("/export?format=xlsx", "Accept-Encoding", "gzip"); w.Header().Get("Content-Encoding") != "" || !strings.HasPrefix(w.Body.String(), "PK") {
		t.Error("a workbook, packed already, was packed again")
	}
}

func TestLanguage(t *testing.T) {
	h := newHouse(t)
	for _, c := range []struct{ target, cookie, accept, want string }{
		{"/", "", "", "fr"}, {"/", "", "nl-BE,fr;q=0.5", "nl"}, {"/", "en", "nl", "en"}, {"/?lang=nl", "en", "fr", "nl"}, {"/", "xx", "de", "fr"},
	} {
		headers := []string{"Accept-Language", c.accept}
		if c.cookie != "" {
			headers = append(headers, "Cookie", "lang="+c.cookie)
		}
		w := h.get(c.target, headers...)
		h.want(w, 200, "lang="+c.want+" ")
		if w.Header().Get("Content-Language") != c.want {
			t.Errorf("%+v: %q", c, w.Header().Get("Content-Language"))
		}
		kept := strings.Contains(w.Header().Get("Set-Cookie"), "lang="+c.want)
		if kept != strings.Contains(c.target, "lang=") {
			t.Errorf("%+v: kept in the cookie: %v", c, kept)
		}
	}
	h.want(h.get("/things/7", "Authorization", "Bearer wrong", "Accept-Language", "en"), 401, "The token is unknown")
}

func TestFlashIsShownOnce(t *testing.T) {
	h := newHouse(t)
	w := h.ask("POST", "/form", "name=x", "Content-Type", formType)
	h.want(w, 303)
	cookie := w.Result().Cookies()[0]
	if cookie.Name != "flash" || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode {
		t.Errorf("cookie %v", cookie)
	}
	shown := h.get("/", "Cookie", "flash="+cookie.Value)
	h.want(shown, 200, "flash=fault.stale")
	if c := shown.Result().Cookies(); len(c) != 1 || c[0].MaxAge >= 0 {
		t.Errorf("the message is not taken away: %v", c)
	}
	h.want(h.get("/", "Cookie", "flash=<script>"), 200, "flash= ") // only keys of the catalogue
}

func TestForms(t *testing.T) {
	h := newHouse(t)
	post := func(body string, headers ...string) *httptest.ResponseRecorder {
		return h.ask("POST", "/form", body, append(headers, "Content-Type", formType)...)
	}
	h.want(post("name=+x+&row.1=a&row.2=b"), 303)
	h.want(post("name="), 422)
	h.want(post("name=x&other=1"), 400, "other")
	h.want(post("name=%00"), 400, "name")
	h.want(post("name=%ff"), 400, "name")
	h.want(post("name=%zz"), 400)
	h.want(post("name="+strings.Repeat("x", 1<<20)), 413)
	h.want(post("name=x", "Sec-Fetch-Site", "same-origin"), 303)
}

func TestForeignPostsAreRefused(t *testing.T) {
	h := newHouse(t)
	for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}} {
		headers = append(headers, "Content-Type", formType)
		h.want(h.ask("POST", "/form", "name=x", headers...), 403)
		h.want(h.ask("POST", "/form?any=1", "name=x", headers...), 403)
		h.want(h.ask("POST", "/nowhere", "", headers...), 403)
		h.want(h.ask("POST", "/api/things", "{}", headers...), 403, `"status":403`)
	}
	h.want(h.get("/", "Sec-Fetch-Site", "cross-site"), 200) // links from elsewhere are welcome
}

func TestWhoMayDoWhat(t *testing.T) {
	h := newHouse(t)
	cookie := []string{"Cookie", "session=" + h.session}
	w := h.get("/staff?q=a%26b")
	if h.want(w, 303); w.Header().Get("Location") != "/signin?next="+url.QueryEscape("/staff?q=a%26b") {
		t.Errorf("led to %q", w.Header().Get("Location"))
	}
	h.want(h.get("/staff", cookie...), 200, "user=anna")
	h.want(h.get("/staff", "Cookie", "session=wrong"), 303)
	h.want(h.get("/admin", cookie...), 403)
	h.want(h.get("/staff", "Authorization", "Bearer "+h.token), 200, "user=anna")
	h.want(h.get("/staff", "Authorization", "Basic xyz"), 401)
	h.want(h.get("/", "Authorization", "Bearer wrong"), 401)
}

func TestAPIWritesTakeTokensOnly(t *testing.T) {
	h := newHouse(t)
	post := func(body string, headers ...string) *httptest.ResponseRecorder {
		return h.ask("POST", "/api/things", body, append([]string{"Content-Type", "application/json"}, headers...)...)
	}
	w := post(`{"id":"1"}`, "Cookie", "session="+h.session)
	h.want(w, 401, "urn:beffroi:fault:signin")
	if w.Header().Get("WWW-Authenticate") != "Bearer" {
		t.Error("not told how to sign in")
	}
	for _, scheme := range []string{"Bearer ", "bearer "} {
		h.want(post(`{"id":"1"}`, "Authorization", scheme+h.token), 201, `{"id":"1"}`)
	}
	bearer := []string{"Authorization", "Bearer " + h.token}
	for body, code := range map[string]string{
		`{"id":"1","zzz":2}`: "zzz", `{"id":1}`: "fault:body", `{`: "fault:body", ``: "fault:body", `{"id":"1"}{}`: "json.more", `{"id":"1"}}`: "json.more",
		`{"id":"\u0000"}`: "json.text", `{"id":"\\\u0000"}`: "json.text", "{\"id\":\"\xff\"}": "json.text",
	} {
		h.want(post(body, bearer...), 400, code)
	}
	h.want(post(`{"id":"\\u0000"}`, bearer...), 201) // a backslash and a u
	h.want(post(`{"id":"`+strings.Repeat("x", 1<<20)+`"}`, bearer...), 413, "body.large")
	h.want(h.ask("POST", "/api/things", `{}`, append(bearer, "Content-Type", "text/plain")...), 400, "json.type")
}

func TestInternalErrorsGiveAReferenceOnly(t *testing.T) {
	h := newHouse(t)
	for _, target := range []string{"/panic", "/broken"} {
		w := h.get(target)
		h.want(w, 500)
		body := w.Body.String()
		if strings.Contains(body, "secret") || strings.Contains(body, "goroutine") {
			t.Errorf("%s tells too much: %s", target, body)
		}
		_, after, _ := strings.Cut(h.log.String(), "reference=")
		reference, _, _ := strings.Cut(after, " ")
		if len(reference) != 8 || !strings.Contains(body, reference) || !strings.Contains(h.log.String(), "very secret detail") {
			t.Errorf("%s: reference %q, answer %s", target, reference, body)
		}
		h.log.Reset()
	}
}

func TestUnknownAddressesAndMethods(t *testing.T) {
	h := newHouse(t)
	h.want(h.get("/nowhere"), 404)
	h.want(h.get("/nowhere?utm=1&n=%ff"), 404)
	h.want(h.get("/api/nowhere"), 404, `"status":404`)
	h.want(h.get("/nowhere.json"), 404)
	w := h.ask("DELETE", "/list", "")
	if h.want(w, 405, "DELETE"); w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("allowed: %q", w.Header().Get("Allow"))
	}
	if w := h.get("/form"); w.Code != 405 || w.Header().Get("Allow") != "POST" {
		t.Errorf("%d, allowed: %q", w.Code, w.Header().Get("Allow"))
	}
	h.want(h.ask("PATCH", "/api/things", ""), 405, `"status":405`)
	h.want(h.ask("HEAD", "/list", ""), 200)
}

func TestDataTwins(t *testing.T) {
	h := newHouse(t)
	h.want(h.get("/things/7.json"), 200, `{"id":"7"}`)
	h.want(h.get("/things/a%2Fb.json"), 200, `{"id":"a/b"}`)
	h.want(h.get("/things/v1.2.json"), 200, `{"id":"v1.2"}`)
	h.want(h.get("/things/7.xml"), 400) // the page's id is a number
	h.want(h.ask("POST", "/things/7.json", ""), 405)
}

func TestTooManyTellsWhenToComeBack(t *testing.T) {
	h := newHouse(t)
	w := h.get("/slow")
	if h.want(w, 429); w.Header().Get("Retry-After") != "13" {
		t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
	}
}

func TestMetricsDoNotGrowWithStrangersWords(t *testing.T) {
	h := newHouse(t)
	h.get("/")
	for _, m := range []string{"FOO", "BAR", "X\"Y"} {
		if strings.Contains(m, `"`) {
			continue // no HTTP client can send it
		}
		h.ask(m, "/", "")
	}
	w := httptest.NewRecorder()
	h.site.Metrics.ServeHTTP(w, nil)
	h.want(w, 200, `method="GET",status="200"} 1`, `method="other",status="405"} 2`, "beffroi_request_seconds_count 3")
	if strings.Contains(w.Body.String(), "FOO") {
		t.Error("a stranger's word is counted")
	}
}
