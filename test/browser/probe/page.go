package probe

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Options say how a page is looked at. The zero value is a light desktop
// window of 1280 × 900 with scripts.
type Options struct {
	Width, Height int64        // of the window in CSS pixels
	Lang          string       // asked for in Accept-Language and expected of the page, for example "nl"
	Dark          bool         // prefers-color-scheme: dark
	ForcedColors  bool         // forced-colors: active
	NoScript      bool         // scripts switched off
	Cookie        *http.Cookie // sent with each request, for example a session
	// Again takes a tab that an earlier page has left, and leaves it to a later
	// one: opening a tab costs more than a page. Cookies are forgotten between
	// the two; what scripts store is not.
	Again bool
}

// Page is an open page. It belongs to its test, which fails when the browser
// does not obey.
type Page struct {
	// URL is the address that was opened.
	URL string

	*tab
	t       testing.TB
	browser *Browser
	opts    Options
	mute    bool // scripts of the page are off
}

// tab is a tab of the browser with cookies of its own.
type tab struct {
	ctx     context.Context
	cancel  context.CancelFunc
	console *recorder
}

// Open loads url in a tab with cookies of its own and waits for the load
// event. The tab closes when t ends. Redirects are followed; a status of 400
// or more is not a failure, since error pages want probing too.
func (b *Browser) Open(t testing.TB, url string, opts Options) *Page {
	t.Helper()
	if opts.Width == 0 {
		opts.Width = 1280
	}
	if opts.Height == 0 {
		opts.Height = 900
	}
	p := &Page{URL: url, t: t, browser: b, opts: opts}
	if opts.Again {
		p.tab = b.takeTab()
	}
	if p.tab == nil {
		p.tab = b.newTab(t)
	}
	t.Cleanup(p.leave)
	p.prepare()
	p.load()
	return p
}

func (b *Browser) newTab(t testing.TB) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	own := &tab{ctx: ctx, cancel: cancel, console: new(recorder)}
	if err := chromedp.Do(ctx); err != nil { // opens the tab
		cancel()
		t.Fatalf("tab: %v", err)
	}
	if err := chromedp.Listen(ctx, own.console.hear); err != nil {
		cancel()
		t.Fatalf("tab: %v", err)
	}
	return own
}

// leave closes the tab of a page, or keeps it for another.
func (p *Page) leave() {
	if !p.opts.Again || p.t.Failed() {
		p.cancel()
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if _, err := chromedp.Call(ctx, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
		p.cancel()
		return
	}
	p.browser.keepTab(p.tab)
}

// prepare applies the options to a tab that has loaded nothing yet.
func (p *Page) prepare() {
	p.t.Helper()
	call(p, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	call(p, emulation.SetScrollbarsHidden, emulation.SetScrollbarsHiddenParams{Hidden: true})
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: p.media()})
	p.resize(p.opts.Width, p.opts.Height)
	p.scripting(!p.opts.NoScript)
	if lang := p.opts.Lang; lang != "" {
		call(p, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": lang}})
	}
	if c := p.opts.Cookie; c != nil {
		call(p, network.SetCookies, network.SetCookiesParams{Cookies: []*network.CookieParam{
			{Name: c.Name, Value: c.Value, URL: p.URL, HTTPOnly: c.HttpOnly},
		}})
	}
}

func (p *Page) media() []*emulation.MediaFeature {
	features := []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: "light"},
		{Name: "prefers-reduced-motion", Value: "reduce"}, // a probe looks once
	}
	if p.opts.Dark {
		features[0].Value = "dark"
	}
	if p.opts.ForcedColors {
		features = append(features, &emulation.MediaFeature{Name: "forced-colors", Value: "active"})
	}
	return features
}

// load opens the address anew, forgetting what happened before.
func (p *Page) load() {
	p.t.Helper()
	p.console.reset()
	p.Do(chromedp.Navigate(p.URL))
}

func (p *Page) resize(width, height int64) {
	p.t.Helper()
	call(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1,
	})
}

// scripting switches scripts on or off.
func (p *Page) scripting(on bool) {
	p.t.Helper()
	p.mute = !on
	call(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
}

// Do runs actions of chromedp on the page, such as a click or a form filled.
func (p *Page) Do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	run(p, chromedp.Steps(steps...))
}

// Follow runs actions that lead to another page, such as a click on a link or
// the button of a form, waits until that page is loaded and returns its status.
func Follow(p *Page, steps ...chromedp.Action[chromedp.Void]) (status int64) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	response, err := chromedp.RunResponse(ctx, steps...)
	p.must(err)
	if response == nil {
		p.t.Fatalf("%s: no page came", p.URL)
	}
	p.URL = response.URL
	return response.Status
}

// Scheme switches between light and dark colours, as the system would.
func Scheme(p *Page, dark bool) {
	p.t.Helper()
	p.opts.Dark = dark
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: p.media()})
}

// Screenshot writes the whole page to path as PNG.
func Screenshot(p *Page, path string) {
	p.t.Helper()
	const png = 100 // quality below 100 means JPEG
	p.must(os.WriteFile(path, run(p, chromedp.FullScreenshot(png)), 0o644))
}

// Eval evaluates a JavaScript expression, a promise included, in the page and
// decodes its JSON value. The Content-Security-Policy of the page does not
// bind it, and it works on a page without scripts.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	if p.mute { // promises and timers of ours need scripts too; the page has none left to run
		p.scripting(true)
		defer p.scripting(false)
	}
	var v T
	raw := run(p, chromedp.Evaluate[[]byte](expression, chromedp.EvalAwaitPromise))
	if err := json.Unmarshal(raw, &v); err != nil {
		p.t.Fatalf("%s: %v in %s", p.URL, err, raw)
	}
	return v
}

func (p *Page) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatalf("%s: %v", p.URL, err)
	}
}

func run[T any](p *Page, action chromedp.Action[T]) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, action)
	p.must(err)
	return v
}

// Call sends one command of the debugging protocol to the page.
func Call[P, R any](p *Page, cmd cdp.Command[P, R], params P) R {
	p.t.Helper()
	return call(p, cmd, params)
}

func call[P, R any](p *Page, cmd cdp.Command[P, R], params P) R {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	r, err := chromedp.Call(ctx, cmd, params)
	if err != nil {
		err = fmt.Errorf("%s: %w", cmd.Method, err)
	}
	p.must(err)
	return r
}
