package probe

import (
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestMain(m *testing.M) { Main(m) }

// policy is that of our pages (docs on HTTP hardening).
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// site serves a folder of testdata under our policy.
func site(t *testing.T, folder string) string {
	t.Helper()
	files := http.FileServer(http.Dir(filepath.Join("testdata", folder)))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		files.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/"
}

// fault is one that a page was given: the rule that must find it and a part
// of the place or detail that it must name.
type fault struct{ rule, hint string }

func expect(t *testing.T, problems []Problem, faults ...fault) {
	t.Helper()
	for _, f := range faults {
		if !found(problems, f) {
			t.Errorf("%s %q not found among %d problems:\n%v", f.rule, f.hint, len(problems), problems)
		}
	}
}

func found(problems []Problem, f fault) bool {
	for _, p := range problems {
		if p.Rule == f.rule && strings.Contains(p.Where+" "+p.Detail, f.hint) {
			return true
		}
	}
	return false
}

func TestCleanPageHasNoProblem(t *testing.T) {
	url := site(t, "clean")
	b := New(t)
	for _, opts := range []Options{
		{Lang: "fr", NoScript: true},
		{Lang: "fr"},
		{Lang: "fr", Dark: true},
		{Lang: "fr", Width: 390, Height: 844},
		{Lang: "fr", ForcedColors: true},
	} {
		p := b.Open(t, url, opts)
		Report(t, All(p))
		Report(t, NoScript(p, func(p *Page) []Problem {
			if !Visible(p, "main form button") {
				return []Problem{{"noscript", "form", "lost"}}
			}
			return nil
		}))
		Report(t, CSP(p))
	}
}

func TestAxeFindsItsFaults(t *testing.T) {
	p := New(t).Open(t, site(t, "faults"), Options{})
	expect(t, Axe(p), fault{"axe:color-contrast", "#pale"}, fault{"axe:image-alt", "#no-alt"},
		fault{"axe:label", "#unlabelled"}, fault{"axe:tabindex", "#first"})
}

func TestAxeSeesTheDarkScheme(t *testing.T) {
	b, url := New(t), site(t, "faults")+"dark.html"
	dim := fault{"axe:color-contrast", "#dim"}
	if light := Axe(b.Open(t, url, Options{})); found(light, dim) {
		t.Errorf("fault of the dark scheme found in the light one: %v", light)
	}
	expect(t, Axe(b.Open(t, url, Options{Dark: true})), dim)
}

func TestNamesFindsItsFaults(t *testing.T) {
	p := New(t).Open(t, site(t, "faults"), Options{Lang: "fr"})
	expect(t, Names(p),
		fault{"lang", `"en"`}, fault{"h1", "2 headings"}, fault{"heading-jump", "level 4"},
		fault{"fake-heading", "Faux titre"}, fault{"alt-file-name", "#file-alt"},
		fault{"link-vague", "#vague1"}, fault{"link-vague", "#vague2"}, fault{"link-ambiguous", "/two"}, fault{"link-ambiguous", "/hex2"},
		fault{"table-headers", "#bare"}, fault{"table-scope", "#unscoped"}, fault{"error-untied", "#untied"}, fault{"paste-blocked", "#no-paste"},
		fault{"lang-of-part", "seems to be en, declared fr"}, fault{"lang-of-part", "seems to be fr, declared en"})
}

func TestNamesComparesTitlesOfOneBrowser(t *testing.T) {
	b, url := New(t), site(t, "clean")
	for _, c := range []struct {
		url  string
		want bool
	}{{url, false}, {url, false}, {url + "?page=2", true}} {
		p := b.Open(t, c.url, Options{})
		if got := found(Names(p), fault{"title", "also the title"}); got != c.want {
			t.Errorf("%s: duplicate title reported %v, want %v", c.url, got, c.want)
		}
	}
}

func TestTargetsFindsItsFault(t *testing.T) {
	p := New(t).Open(t, site(t, "faults"), Options{})
	problems := Targets(p)
	expect(t, problems, fault{"target-size", "#tiny"})
	if found(problems, fault{"target-size", "#vague1"}) {
		t.Error("a link within a sentence is exempt")
	}
}

func TestKeyboardFindsItsFaults(t *testing.T) {
	b, url := New(t), site(t, "faults")
	expect(t, Keyboard(b.Open(t, url, Options{})),
		fault{"focus-unmarked", "#unmarked"}, fault{"focus-hidden", "#covered"}, fault{"tabindex", "#first"},
		fault{"focus-order", "#first"}, fault{"click-only", "#span"})
	expect(t, Keyboard(b.Open(t, url+"trap.html", Options{})), fault{"trap", "#trap"})
	expect(t, Keyboard(b.Open(t, url+"skip.html", Options{})), fault{"skip-link", "no element has this id"})
}

func TestKeyboardWantsASkipLink(t *testing.T) {
	url := site(t, "clean")
	p := New(t).Open(t, url, Options{})
	p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector('.skip').remove()`))
	expect(t, Keyboard(p), fault{"skip-link", "Communes"})
}

func TestKeyboardReportsWhatTabDoesNotReach(t *testing.T) {
	p := New(t).Open(t, site(t, "clean"), Options{})
	p.Do(chromedp.Evaluate[chromedp.Void](`document.addEventListener('keydown', e => {
		if (e.key !== 'Tab' || document.activeElement.id !== 'contenu' && document.activeElement.textContent !== 'Eau') return;
		e.preventDefault(); document.querySelector('footer a').focus();
	})`))
	expect(t, Keyboard(p), fault{"unreachable", "sujet"})
}

func TestKeyboardStaysInAModalDialog(t *testing.T) {
	p := New(t).Open(t, site(t, "clean"), Options{})
	p.Do(chromedp.Evaluate[chromedp.Void](`document.body.insertAdjacentHTML('beforeend',
		'<dialog aria-label="Question"><p><a href="/oui">Oui</a></p><p><button>Non</button></p><p><button id="mute">Muet</button></p></dialog>');
		const mute = new CSSStyleSheet(); mute.replaceSync('#mute:focus { outline: none }'); document.adoptedStyleSheets = [mute];
		document.querySelector('dialog').showModal()`))
	if got := Keyboard(p); len(got) != 1 || !found(got, fault{"focus-unmarked", "#mute"}) {
		t.Errorf("want the one fault of the dialog, got %v", got)
	}
}

func TestReflowFindsItsFaults(t *testing.T) {
	p := New(t).Open(t, site(t, "faults"), Options{})
	expect(t, Reflow(p), fault{"reflow", "#wide"}, fault{"text-spacing", "#cut"})
	if width := Eval[int](p, "innerWidth"); width != 1280 {
		t.Errorf("window left %d px wide", width)
	}
}

func TestReflowSeesThroughHiddenOverflow(t *testing.T) {
	p := New(t).Open(t, site(t, "faults"), Options{})
	for _, style := range []string{`document.documentElement.style.overflowX = 'hidden'`, `document.querySelector('main').style.overflowX = 'auto'`} {
		p.Do(chromedp.Evaluate[chromedp.Void](style))
		expect(t, Reflow(p), fault{"reflow", "#wide"})
	}
}

func TestNoScriptOptionKeepsScriptsOff(t *testing.T) {
	p := New(t).Open(t, site(t, "faults"), Options{NoScript: true})
	Axe(p) // our own scripts in between change nothing
	p.Do(chromedp.Reload())
	if Visible(p, "#menu a") {
		t.Error("a script of the page ran")
	}
}

func TestNoScriptFindsWhatScriptsMade(t *testing.T) {
	p := New(t).Open(t, site(t, "faults"), Options{})
	asked := false
	problems := NoScript(p, func(p *Page) []Problem {
		asked = true
		if Visible(p, "#menu a") {
			t.Error("scripts still run")
		}
		return []Problem{{"own", "menu", "lost"}}
	})
	expect(t, problems, fault{"noscript", "navigation links"}, fault{"noscript", "no button"}, fault{"own", "menu"})
	if !asked || !Visible(p, "#menu a") {
		t.Errorf("check called: %v; scripts must run again afterwards", asked)
	}
}

func TestCSPFindsItsFaults(t *testing.T) {
	p := New(t).Open(t, site(t, "faults"), Options{})
	expect(t, CSP(p), fault{"csp", "style"}, fault{"console", "quelque chose"}, fault{"console", "absent.css"}, fault{"subresource", "absent.png"})
	p.Do(chromedp.Evaluate[chromedp.Void](`setTimeout(() => { throw new Error('oups') })`))
	expect(t, CSP(p), fault{"exception", "oups"})
}

func TestOpenSendsLanguageAndCookie(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cookie := "none"
		if c, err := r.Cookie("session"); err == nil {
			cookie = c.Value
		}
		w.Header().Set("Content-Type", "text/plain")
		w.Write([]byte(r.Header.Get("Accept-Language") + "/" + cookie))
	}))
	defer s.Close()
	b := New(t)
	p := b.Open(t, s.URL, Options{Lang: "nl", Cookie: &http.Cookie{Name: "session", Value: "s3"}})
	if got := Eval[string](p, "document.body.innerText"); got != "nl/s3" {
		t.Errorf("server saw %q", got)
	}
	other := b.Open(t, s.URL, Options{Lang: "fr"})
	if got := Eval[string](other, "document.body.innerText"); got != "fr/none" {
		t.Errorf("second page: server saw %q; cookies must not be shared", got)
	}
}

func TestForcedColorsReachThePage(t *testing.T) {
	b, url := New(t), site(t, "faults")+"dark.html"
	if !Visible(b.Open(t, url, Options{}), "#dim") || Visible(b.Open(t, url, Options{ForcedColors: true}), "#dim") {
		t.Error("forced-colors is not emulated")
	}
}

func TestScreenshotShowsTheWholePage(t *testing.T) {
	p := New(t).Open(t, site(t, "clean"), Options{Width: 390, Height: 300, ForcedColors: true})
	path := filepath.Join(t.TempDir(), "page.png")
	Screenshot(p, path)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.DecodeConfig(f)
	if err != nil {
		t.Fatal(err)
	}
	if img.Width != 390 || img.Height <= 300 {
		t.Errorf("%d × %d px: more than the window is expected", img.Width, img.Height)
	}
}

func TestPrintCountsSheets(t *testing.T) {
	b := New(t)
	for _, c := range []struct {
		url  string
		want int
	}{{site(t, "faults") + "trap.html", 1}, {site(t, "faults") + "dark.html", 2}} {
		pdf, sheets := Print(b.Open(t, c.url, Options{}))
		if sheets != c.want {
			t.Errorf("%s: %d sheets, want %d", c.url, sheets, c.want)
		}
		info := strings.Join(strings.Fields(pdfInfo(t, pdf)), " ")
		if want := fmt.Sprint("Pages: ", c.want); !strings.Contains(info, want) || !strings.Contains(info, "A4") {
			t.Errorf("%s: pdfinfo does not say %q and A4:\n%s", c.url, want, info)
		}
	}
}

func pdfInfo(t *testing.T, pdf []byte) string {
	t.Helper()
	if _, err := exec.LookPath("pdfinfo"); err != nil {
		t.Skip("no pdfinfo on this machine")
	}
	path := filepath.Join(t.TempDir(), "page.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdfinfo", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestVnu(t *testing.T) {
	if problems := VnuAll(t, filepath.Join("testdata", "clean")); len(problems) > 0 {
		t.Errorf("clean page: %v", problems)
	}
	expect(t, Vnu(t, []byte(`<!doctype html><html lang=fr><title>x</title><p><img src=x><div></p>`)),
		fault{"vnu", "alt"}, fault{"vnu", "page.html:1"})
}
