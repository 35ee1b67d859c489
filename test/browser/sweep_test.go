package browser

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"beffroi/test/browser/probe"
)

// Most bytes that a first view may take, compressed (law 11 of the house).
const (
	mostHTML = 30_000
	mostCSS  = 30_000
	mostJS   = 50_000
)

// TestSweep looks at every page in the browser.
//
// Words, structure, reflow and the policy depend on the language, for words
// differ in length and catalogues in quality: they are probed in all three. How
// the Tab key walks, how large targets are, which colours meet and what is left
// without scripts come from the template and the style sheet alone, and cost
// ten times the rest: they are probed in one language a page, the next page in
// the next language. So the sweep stays within minutes on two cores and each
// probe still meets each language.
func TestSweep(t *testing.T) {
	h := newHouse(t)
	for turn, lang := range languages() {
		b := probe.New(t) // titles must differ within a language
		for i, v := range h.visits(t) {
			t.Run(lang+"/"+v.name, func(t *testing.T) {
				t.Parallel()
				page := b.Open(t, h.url+v.address, probe.Options{Lang: lang, Cookie: h.enter(t, v.username), Again: true})
				probe.Report(t, probe.Names(page))
				probe.Report(t, probe.Reflow(page))
				if i%len(languages()) == turn {
					closer(t, page)
				} else {
					probe.Report(t, probe.AxeWords(page))
				}
				probe.Report(t, probe.CSP(page))
			})
		}
	}
}

// closer is what each page goes through in one language.
func closer(t *testing.T, page *probe.Page) {
	t.Helper()
	probe.Report(t, probe.Axe(page))
	probe.Report(t, probe.Targets(page))
	probe.Report(t, probe.KeyboardEnds(page))
	probe.Scheme(page, true)
	for _, p := range probe.AxeContrast(page) {
		t.Error("dark:", p)
	}
	probe.Scheme(page, false)
	probe.Report(t, probe.NoScript(page, func(page *probe.Page) (problems []probe.Problem) {
		if !probe.Visible(page, "main h1") {
			problems = append(problems, probe.Problem{Rule: "noscript", Where: "h1", Detail: "is not to be seen without scripts"})
		}
		return problems
	}))
}

// The map has a stop for each commune: here every one of them is walked.
func TestKeyboardReachesEveryCommune(t *testing.T) {
	h := newHouse(t)
	probe.Report(t, probe.Keyboard(probe.New(t).Open(t, h.url+"/communes", probe.Options{Lang: "fr"})))
}

// Who may do everything meets verbs and forms on public pages that nobody else
// sees: those pages are looked at once more through these eyes.
func TestSweepWithEveryRight(t *testing.T) {
	h := newHouse(t)
	b := probe.New(t)
	for i, v := range h.visits(t) {
		lang := languages()[i%len(languages())]
		if _, _, mine := h.fetchText(t, v.address, lang, everyone); v.username != "" || verbs(mine) == 0 {
			continue
		}
		t.Run(lang+"/"+v.name, func(t *testing.T) {
			t.Parallel()
			page := b.Open(t, h.url+v.address, probe.Options{Lang: lang, Cookie: h.enter(t, everyone), Again: true})
			for _, look := range []func(*probe.Page) []probe.Problem{probe.Axe, probe.Targets, probe.Reflow, probe.CSP} {
				probe.Report(t, look(page))
			}
		})
	}
}

// verbs counts what changes something in the content of a page: forms that post
// and links to forms.
func verbs(page []byte) int {
	_, content, _ := bytes.Cut(page, []byte("<main"))
	return bytes.Count(content, []byte(`method="post"`)) + bytes.Count(content, []byte("/edit")) + bytes.Count(content, []byte(`/new"`))
}

// The page of a commune is printed for meetings: two sheets, back to back.
func TestCommunePagePrintsOnTwoSheets(t *testing.T) {
	h := newHouse(t)
	b := probe.New(t)
	for _, lang := range languages() {
		_, sheets := probe.Print(b.Open(t, h.url+"/communes/53053", probe.Options{Lang: lang}))
		if sheets > 2 {
			t.Errorf("%s: %d sheets, at most 2", lang, sheets)
		}
	}
}

// Errors are pages too: these look at what visitors meet by a wrong address.
func TestErrorPages(t *testing.T) {
	h := newHouse(t)
	b := probe.New(t)
	for _, c := range []struct {
		address, username string
		status            int
	}{
		{"/nowhere", "", http.StatusNotFound},
		{"/communes/99999", "", http.StatusNotFound},
		{"/communes?sort=colour", "", http.StatusBadRequest},
		{"/staff/accounts", "demo-registrar", http.StatusForbidden},
	} {
		for _, lang := range languages() {
			status, _, _ := h.fetch(t, c.address, lang, c.username)
			if status != c.status {
				t.Errorf("%s: %d, want %d", c.address, status, c.status)
			}
			page := b.Open(t, h.url+c.address, probe.Options{Lang: lang, Cookie: h.enter(t, c.username)})
			for _, look := range []func(*probe.Page) []probe.Problem{probe.Axe, probe.Targets, probe.Reflow} {
				probe.Report(t, look(page))
			}
			if !probe.Visible(page, `main a[href="/"]`) {
				t.Errorf("%s in %s: no way home", c.address, lang)
			}
		}
	}
}

// TestMarkup checks every page as it travels: answered, no text missing, light
// enough for a telephone, and valid HTML.
func TestMarkup(t *testing.T) {
	h := newHouse(t)
	dir := t.TempDir()
	for _, v := range h.visits(t) {
		for _, lang := range languages() {
			status, header, packed := h.fetch(t, v.address, lang, v.username)
			if status != http.StatusOK || !strings.HasPrefix(header.Get("Content-Type"), "text/html") {
				t.Errorf("%s in %s: %d %s", v.address, lang, status, header.Get("Content-Type"))
				continue
			}
			if v.username == "" && len(packed) > mostHTML {
				t.Errorf("%s in %s takes %d bytes, at most %d", v.address, lang, len(packed), mostHTML)
			}
			text := unpack(t, header, packed)
			if at := bytes.Index(text, []byte("⟦")); at >= 0 {
				t.Errorf("%s in %s: text missing: %.60s", v.address, lang, text[at:])
			}
			if err := os.WriteFile(filepath.Join(dir, v.name+"-"+lang+".html"), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Run("vnu", func(t *testing.T) { probe.Report(t, probe.VnuAll(t, dir)) })
}

// asset finds the style sheets and scripts that a page asks for.
var asset = regexp.MustCompile(`(?:href|src)="(/[^"]*\.(css|js))"`)

func TestAssetsAreLight(t *testing.T) {
	h := newHouse(t)
	_, header, packed := h.fetch(t, "/communes/53053", "fr", "")
	size := map[string]int{}
	for _, m := range asset.FindAllStringSubmatch(string(unpack(t, header, packed)), -1) {
		status, header, body := h.fetch(t, m[1], "fr", "")
		if status != http.StatusOK || header.Get("Content-Encoding") != "gzip" && len(body) > 1500 {
			t.Errorf("%s: %d, encoding %q", m[1], status, header.Get("Content-Encoding"))
		}
		size[m[2]] += len(body)
	}
	if size["css"] == 0 || size["css"] > mostCSS {
		t.Errorf("style sheets take %d bytes, at most %d", size["css"], mostCSS)
	}
	if size["js"] == 0 || size["js"] > mostJS {
		t.Errorf("scripts take %d bytes, at most %d", size["js"], mostJS)
	}
}

// fetchText is fetch with the page unpacked.
func (h *house) fetchText(t testing.TB, address, lang, username string) (status int, header http.Header, text []byte) {
	t.Helper()
	status, header, packed := h.fetch(t, address, lang, username)
	return status, header, unpack(t, header, packed)
}

func unpack(t testing.TB, header http.Header, body []byte) []byte {
	t.Helper()
	if header.Get("Content-Encoding") != "gzip" {
		return body
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
