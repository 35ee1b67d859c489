package ui

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func testHandler() http.Handler {
	return assetHandler{fstest.MapFS{
		"assets/dist/app-ABCDEFGH.css":    {Data: []byte("a{}")},
		"assets/dist/app-ABCDEFGH.css.gz": {Data: []byte("packed")},
		"assets/dist/licences.txt":        {Data: []byte("MIT")},
		"assets/dist/.gitkeep":            {},
		"assets/secret":                   {Data: []byte("no")},
	}}
}

func TestHandler(t *testing.T) {
	for _, c := range []struct {
		path, accept string
		status       int
		body, cache  string
		encoding     string
	}{
		{"/assets/app-ABCDEFGH.css", "", 200, "a{}", "public, max-age=31536000, immutable", ""},
		{"/assets/app-ABCDEFGH.css", "br, gzip", 200, "packed", "public, max-age=31536000, immutable", "gzip"},
		{"/assets/app-ABCDEFGH.css", "gzip;q=0", 200, "a{}", "public, max-age=31536000, immutable", ""},
		{"/assets/licences.txt", "gzip", 200, "MIT", "no-cache", ""},
		{"/assets/app-OLDOLDOL.css", "", 404, "", "", ""},
		{"/assets/", "", 404, "", "", ""},
		{"/assets/.gitkeep", "", 404, "", "", ""},
		{"/assets/../secret", "", 404, "", "", ""},
		{"/assets/x/../app-ABCDEFGH.css", "", 404, "", "", ""},
	} {
		r := httptest.NewRequest("GET", "http://x/", nil)
		r.URL.Path = c.path
		r.Header.Set("Accept-Encoding", c.accept)
		w := httptest.NewRecorder()
		testHandler().ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("%s: status %d, want %d", c.path, w.Code, c.status)
			continue
		}
		if c.status != 200 {
			continue
		}
		if got := w.Body.String(); got != c.body {
			t.Errorf("%s (%s): body %q, want %q", c.path, c.accept, got, c.body)
		}
		for header, want := range map[string]string{"Cache-Control": c.cache, "Content-Encoding": c.encoding, "Vary": "Accept-Encoding"} {
			if got := w.Header().Get(header); got != want {
				t.Errorf("%s (%s): %s %q, want %q", c.path, c.accept, header, got, want)
			}
		}
	}
}

func TestContentTypes(t *testing.T) {
	for name, want := range map[string]string{"a.css": "text/css; charset=utf-8", "a.js": "text/javascript; charset=utf-8", "a.svg": "image/svg+xml", "a": "text/plain; charset=utf-8"} {
		if got := contentType(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestManifest(t *testing.T) {
	if _, err := readManifest(fstest.MapFS{}); err == nil || !strings.Contains(err.Error(), "go run ./build") {
		t.Errorf("without assets: %v, want the command that makes them", err)
	}
	if _, err := readManifest(fstest.MapFS{"assets/dist/manifest.json": {Data: []byte("{")}}); err == nil {
		t.Error("a broken manifest passes")
	}
	if got := Asset("none.css"); got != "/assets/none.css" {
		t.Errorf("unknown asset: %q", got)
	}
}

// Budgets of the first view, in bytes after gzip (docs: spec C3).
func TestBudgets(t *testing.T) {
	needDist(t)
	for name, budget := range map[string]int{"app.css": 30 << 10, "app.js": 50 << 10} {
		packed, err := fs.ReadFile(dist, "assets/dist/"+names()[name]+".gz")
		if err != nil {
			t.Fatal(err)
		}
		if len(packed) > budget {
			t.Errorf("%s is %d bytes compressed, budget %d", name, len(packed), budget)
		}
	}
	if html := compressed(t, render(t, communeGuide())); html > 30<<10 {
		t.Errorf("the commune page is %d bytes compressed, budget %d", html, 30<<10)
	}
}

// What the Content-Security-Policy refuses never reaches the bundle.
func TestBundleFitsThePolicy(t *testing.T) {
	needDist(t)
	css, err := fs.ReadFile(dist, "assets/dist/"+names()["app.css"])
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"http://", "https://", "@import", "@font-face"} {
		if at := strings.Index(strings.ReplaceAll(string(css), "http://www.w3.org/2000/svg", ""), bad); at >= 0 {
			t.Errorf("app.css holds %s", bad)
		}
	}
	for _, want := range []string{"light-dark(", "@media print", "forced-colors", "prefers-reduced-motion", ":focus-visible"} {
		if !strings.Contains(string(css), want) {
			t.Errorf("app.css lost %s on its way through the bundler", want)
		}
	}
}

func TestPackedCopiesAreTrue(t *testing.T) {
	needDist(t)
	for _, name := range names() {
		plain, err := fs.ReadFile(dist, "assets/dist/"+name)
		if err != nil {
			t.Fatal(err)
		}
		packed, err := fs.ReadFile(dist, "assets/dist/"+name+".gz")
		if err != nil {
			t.Fatal(err)
		}
		r, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%s.gz is not %s: %v", name, name, err)
		}
	}
}

func needDist(t *testing.T) {
	t.Helper()
	if CheckAssets() != nil {
		t.Skip("assets are not built: run `go run ./build -assets`")
	}
}

func compressed(t *testing.T, text string) int {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Len()
}
