// Package pdf turns a page of this program into a tagged PDF: the page that
// everybody reads, with the site's print style, through a Chromium that is
// installed on the machine. Structure, language and title of the page become
// those of the document.
//
// The browser has no network. Every request that a page makes is held up and
// answered by the handler of this program, in this process, or refused: it
// listens nowhere, and no address but our own is ever asked for. Scripts do not
// run. Its profile is a temporary folder; Chromium's own sandbox is on unless
// the program runs as root, which it should not.
//
// One browser prints for all, one page at a time. It starts at first need,
// ends after two idle minutes or fifty pages, and is ended after any failure,
// so that the next page has a sound one.
package pdf

import (
	"context"
	"errors"
	"net/http"
	"os/exec"
	"sync"
	"time"

	"beffroi/internal/platform/fault"
)

// Bounds of the browser.
const (
	maxWait  = 15 * time.Second // in the queue
	maxPrint = 30 * time.Second // for one page, start of the browser included
	maxIdle  = 2 * time.Minute  // then the browser ends
	maxPages = 50               // then another browser takes over
	maxSize  = 20 << 20         // bytes of a document
)

// programs are the names under which Chromium is installed.
var programs = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// Find is the path of the Chromium of the machine, "" when there is none.
func Find() string {
	for _, name := range programs {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// Page is what is to be printed.
type Page struct {
	Site   http.Handler // answers for the page and for what it needs
	Path   string       // of the page, with its query
	Lang   string       // in which it is asked for
	Footer string       // at the foot of each sheet, before its number
	Date   time.Time    // written into the document as that of its making
}

// Printer prints pages. Its zero value is not ready; see New.
type Printer struct {
	program string
	turn    chan struct{} // held by who prints
	idle    time.Duration

	mu    sync.Mutex // guards what follows
	at    *browser   // nil until a page is asked for
	timer *time.Timer
}

// New makes a printer with a Chromium; nothing is started yet.
func New(program string) *Printer {
	return &Printer{program: program, turn: make(chan struct{}, 1), idle: maxIdle}
}

// Print makes the PDF of a page; the same page gives the same bytes. It is
// Unavailable "pdf.busy" when too many wait, "pdf.failed" when the browser did
// not do it.
func (p *Printer) Print(ctx context.Context, page Page) ([]byte, error) {
	waiting, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-waiting.Done():
		return nil, &fault.Error{Kind: fault.Unavailable, Code: "pdf.busy", Err: waiting.Err()}
	}
	printing, cancel := context.WithTimeout(ctx, maxPrint)
	defer cancel()
	doc, err := p.print(printing, page)
	if err == nil {
		doc, err = settle(doc, page.Date)
	}
	if err != nil {
		if ctx.Err() == nil { // it is not the reader who went away
			p.Close()
		}
		return nil, &fault.Error{Kind: fault.Unavailable, Code: "pdf.failed", Err: err}
	}
	return doc, nil
}

func (p *Printer) print(ctx context.Context, page Page) ([]byte, error) {
	b, err := p.take(ctx)
	if err != nil {
		return nil, err
	}
	defer p.rest()
	doc, err := b.print(ctx, page)
	if err == nil && len(doc) > maxSize {
		err = errors.New("pdf: the document is too large")
	}
	return doc, err
}

// take gives a browser that lives, and keeps it awake.
func (p *Printer) take(ctx context.Context) (*browser, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil {
		p.timer.Stop()
	}
	if p.at != nil && (p.at.gone() || p.at.pages >= maxPages) {
		p.at.end()
		p.at = nil
	}
	if p.at == nil {
		b, err := start(ctx, p.program)
		if err != nil {
			return nil, err
		}
		p.at = b
	}
	p.at.pages++
	return p.at, nil
}

// rest ends the browser after a while in which nobody prints.
func (p *Printer) rest() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer = time.AfterFunc(p.idle, func() {
		select {
		case p.turn <- struct{}{}:
			p.Close()
			<-p.turn
		default: // somebody prints and will rest
		}
	})
}

// Close ends the browser. The printer may be used again.
func (p *Printer) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at != nil {
		p.at.end()
		p.at = nil
	}
}
