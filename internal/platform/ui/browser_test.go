package ui

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// policy is the strictest Content-Security-Policy that pages are served with.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

func guideServer(t *testing.T) *httptest.Server {
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", Handler())
	mux.HandleFunc("GET /api/v1/search", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(map[string]any{"items": []map[string]string{{"title": "Mons", "href": "/found/" + r.FormValue("q"), "kind": "Commune"}}})
	})
	mux.HandleFunc("GET /found/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `<!doctype html><title>found</title><link rel="icon" href="data:,"><p id="found">`)
	})
	for name, page := range guides() {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Security-Policy", policy)
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			if err := page.Render(r.Context(), w); err != nil {
				t.Error(err)
			}
		})
	}
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// complaints gathers what the console says: refusals of the policy, exceptions.
type complaints struct {
	mu   sync.Mutex
	list []string
}

func (c *complaints) hear(event any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		c.list = append(c.list, e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		c.list = append(c.list, e.Entry.Text+" "+e.Entry.URL)
	}
}

func browser(t *testing.T) (context.Context, *complaints) {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser is slow")
	}
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("chromium is absent")
	}
	needDist(t)
	alloc, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath("chromium"), chromedp.NoSandbox,
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true))...)
	t.Cleanup(stop)
	c := &complaints{}
	ctx, end := chromedp.NewContext(alloc, chromedp.WithListener(c.hear))
	t.Cleanup(end)
	do(t, ctx, chromedp.Navigate("about:blank")) // starts the browser before the clock
	ctx, cancel := context.WithTimeout(ctx, 90*time.Second)
	t.Cleanup(cancel)
	return ctx, c
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func ask[T any](t *testing.T, ctx context.Context, script string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script))
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return v
}

// await lets the page come to a state, since focus moves with the next frame.
func await(t *testing.T, ctx context.Context, what, script string) {
	t.Helper()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](script, chromedp.WithPollingTimeout(5*time.Second))); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func TestInBrowser(t *testing.T) {
	ctx, heard := browser(t)
	at := guideServer(t).URL
	t.Run("reflow", func(t *testing.T) { reflow(t, ctx, at) })
	t.Run("error summary takes the focus", func(t *testing.T) {
		do(t, ctx, chromedp.Navigate(at+"/form"))
		await(t, ctx, "the summary has no focus", `document.activeElement.className === "ds-error-summary"`)
	})
	t.Run("suggestions", func(t *testing.T) { suggestions(t, ctx, at) })
	t.Run("shortcuts", func(t *testing.T) { shortcutKeys(t, ctx, at) })
	heard.mu.Lock()
	defer heard.mu.Unlock()
	if len(heard.list) > 0 {
		t.Errorf("the console complains: %s", strings.Join(heard.list, "\n"))
	}
}

// WCAG 2.2, 1.4.10: at 320 CSS pixels only regions made for it scroll sideways.
// 2.5.8: targets are 24 pixels or stand in a line of text.
func reflow(t *testing.T, ctx context.Context, at string) {
	for name := range guides() {
		for _, width := range []int64{320, 768, 1280} {
			do(t, ctx, chromedp.EmulateViewport(width, 800), chromedp.Navigate(at+"/"+name))
			if wide := ask[int64](t, ctx, `document.documentElement.scrollWidth`); wide > width {
				t.Errorf("%s at %d px is %d px wide", name, width, wide)
			}
			if small := ask[[]string](t, ctx, smallTargets); len(small) > 0 {
				t.Errorf("%s at %d px: small targets\n%s", name, width, strings.Join(small, "\n"))
			}
		}
	}
}

// smallTargets lists visible controls under 24 px high that are not within a
// sentence or a table (WCAG's inline and spacing exceptions).
const smallTargets = `[...document.querySelectorAll("a,button,input,select,summary")]
	.filter(e => e.checkVisibility() && !e.closest(".sr-only,.skip") && !e.matches("p a, td a, th a, dd a, h3 a, .rows a"))
	.filter(e => { const r = e.getBoundingClientRect(); return r.height > 0 && r.height < 23.5 })
	.map(e => e.outerHTML.slice(0, 90) + " " + e.getBoundingClientRect().height)`

func suggestions(t *testing.T, ctx context.Context, at string) {
	box := chromedp.CSS("#site-search")
	do(t, ctx, chromedp.Navigate(at+"/commune"), chromedp.SendKeys(box, "mo"), chromedp.WaitVisible(chromedp.CSS("[role=option]")))
	if got := ask[string](t, ctx, `document.querySelector("#site-search").ariaExpanded`); got != "true" {
		t.Errorf("aria-expanded %q", got)
	}
	do(t, ctx, chromedp.KeyEvent(kb.ArrowDown))
	option := ask[string](t, ctx, `document.getElementById(document.activeElement.getAttribute("aria-activedescendant")).textContent`)
	if !strings.HasPrefix(option, "Mons") {
		t.Errorf("active option %q", option)
	}
	do(t, ctx, chromedp.KeyEvent(kb.Enter), chromedp.WaitReady(chromedp.CSS("#found")))
	if got := ask[string](t, ctx, `location.pathname`); got != "/found/mo" {
		t.Errorf("Enter leads to %q", got)
	}
}

func shortcutKeys(t *testing.T, ctx context.Context, at string) {
	const open = `document.querySelector("#shortcuts").open`
	do(t, ctx, chromedp.Navigate(at+"/staff"), chromedp.WaitReady(chromedp.CSS("html.js")), chromedp.KeyEvent("?"))
	await(t, ctx, "? opens nothing", open)
	do(t, ctx, chromedp.KeyEvent(kb.Escape))
	await(t, ctx, "Escape closes nothing", "!"+open+" && document.activeElement === document.body")
	do(t, ctx, chromedp.KeyEvent("/"))
	await(t, ctx, "/ does not focus the search box", `document.activeElement.id === "site-search"`)
	do(t, ctx, chromedp.KeyEvent("?"))
	if ask[bool](t, ctx, open) {
		t.Error("? opens the help while one types")
	}
	ask[bool](t, ctx, `document.activeElement.blur(), document.querySelector("#shortcuts-on").click(), true`)
	do(t, ctx, chromedp.KeyEvent("?"))
	if ask[bool](t, ctx, open) {
		t.Error("shortcuts work although they are switched off")
	}
}
