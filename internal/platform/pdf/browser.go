package pdf

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// host is where the page lies for the browser; the name exists nowhere (RFC 2606).
const host = "beffroi.invalid"

// browser is one Chromium.
type browser struct {
	ctx   context.Context // of chromedp, for the browser's whole life
	stop  context.CancelFunc
	pages int
}

// start starts a browser; ctx bounds the start only.
func start(ctx context.Context, program string) (*browser, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program),
		chromedp.DisableGPU,
		chromedp.ProxyServer("http://127.0.0.1:9"), // what slips through leads nowhere
		chromedp.Flag("proxy-bypass-list", "<-loopback>"),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("js-flags", "--max-old-space-size=256"),
		chromedp.Flag("renderer-process-limit", "2"))
	base, stop := context.WithCancel(context.Background()) // the library's own cancels wait, also for what never started
	parent, _ := chromedp.NewExecAllocator(base, options...)
	life, _ := chromedp.NewContext(parent)
	defer context.AfterFunc(ctx, stop)()
	if err := chromedp.Do(life); err != nil { // with its own context: that of the request would end the browser
		stop()
		return nil, fmt.Errorf("pdf: starting %s: %w", program, err)
	}
	return &browser{ctx: life, stop: stop}, nil
}

func (b *browser) gone() bool { return b.ctx.Err() != nil }

// end closes the browser, or kills it when it does not close. It is called once.
func (b *browser) end() {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	_ = chromedp.Cancel(ctx) // it may be dead
	b.stop()
}

// print opens a tab of its own, without cookies and history, for one page.
func (b *browser) print(ctx context.Context, p Page) ([]byte, error) {
	tab, closeTab := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	defer closeTab()
	defer context.AfterFunc(ctx, closeTab)()
	if err := chromedp.Do(tab); err != nil {
		return nil, err
	}
	s := &server{page: p, tab: tab, status: make(chan int, 1)}
	if err := chromedp.Listen(tab, s.hear); err != nil {
		return nil, err
	}
	if _, err := chromedp.Call(tab, fetch.Enable, fetch.EnableParams{}); err != nil {
		return nil, err
	}
	if _, err := chromedp.Call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		return nil, err
	}
	if err := chromedp.Do(tab, chromedp.Navigate("http://"+host+p.Path)); err != nil {
		return nil, err
	}
	if status := <-s.status; status != http.StatusOK {
		return nil, fmt.Errorf("pdf: the page answers %d", status)
	}
	return chromedp.Run(tab, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4), chromedp.PDFPreferCSSPageSize(), chromedp.PDFPrintBackground(),
		chromedp.PDFHeaderTemplate("<span></span>"), chromedp.PDFFooterTemplate(footer(p.Footer)), chromedp.PDFOutlineAndTagged(), chromedp.PDFStream()))
}

// footer is the foot of each sheet, in the browser's own little language.
func footer(text string) string {
	return `<div style="width:100%;margin:0 14mm;display:flex;justify-content:space-between;font:8px sans-serif;color:#55626f"><span>` + html.EscapeString(text) +
		`</span><span><span class="pageNumber"></span> / <span class="totalPages"></span></span></div>`
}

// server answers the requests of one tab.
type server struct {
	page   Page
	tab    context.Context
	status chan int // of the first answer, which is the page
}

// hear must not block: the tab waits for it.
func (s *server) hear(event any) {
	if e, ok := event.(*fetch.EventRequestPaused); ok {
		go s.answer(e)
	}
}

func (s *server) answer(e *fetch.EventRequestPaused) {
	u, err := url.Parse(e.Request.URL)
	if err != nil || u.Scheme != "http" || u.Host != host || e.Request.Method != http.MethodGet {
		_, err = chromedp.Call(s.tab, fetch.FailRequest, fetch.FailRequestParams{RequestID: e.RequestID, ErrorReason: network.ErrorReasonBlockedByClient})
		s.lost(err)
		return
	}
	r := httptest.NewRequestWithContext(s.tab, http.MethodGet, u.RequestURI(), nil)
	r.Host = host
	r.Header.Set("Accept-Language", s.page.Lang)
	w := httptest.NewRecorder()
	s.page.Site.ServeHTTP(w, r)
	select {
	case s.status <- w.Code:
	default: // what the page needs
	}
	var headers []*fetch.HeaderEntry
	for name, values := range w.Header() {
		for _, v := range values {
			headers = append(headers, &fetch.HeaderEntry{Name: name, Value: v})
		}
	}
	_, err = chromedp.Call(s.tab, fetch.FulfillRequest, fetch.FulfillRequestParams{RequestID: e.RequestID, ResponseCode: int64(w.Code), ResponseHeaders: headers, Body: w.Body.Bytes()})
	s.lost(err)
}

// lost ends the tab when a request cannot be answered: the page would wait for
// ever. The error of printing tells it.
func (s *server) lost(err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		_ = chromedp.Cancel(s.tab) // it may be gone already
	}
}
