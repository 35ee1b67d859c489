package probe

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// CSP reports what the browser complained about since the page was opened:
// violations of the Content-Security-Policy, errors and warnings on the
// console, uncaught exceptions and subresources that did not load.
func CSP(p *Page) []Problem {
	p.t.Helper()
	Eval[bool](p, `new Promise(done => setTimeout(() => done(true), 50))`) // late complaints
	return p.console.problems()
}

// recorder notes complaints; hear is called by the loop that reads the browser.
type recorder struct {
	mu    sync.Mutex
	found []Problem
}

func (r *recorder) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.found = nil
}

func (r *recorder) problems() []Problem {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.found)
}

func (r *recorder) hear(event any) {
	problem, ok := complaint(event)
	if !ok {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Contains(r.found, problem) {
		r.found = append(r.found, problem)
	}
}

// complaint translates an event of the browser; ok is false for a good one.
func complaint(event any) (problem Problem, ok bool) {
	switch e := event.(type) {
	case *log.EventEntryAdded:
		return logged(e.Entry)
	case *runtime.EventConsoleAPICalled:
		bad := e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert
		return Problem{"console", "console." + string(e.Type), text(e.Args)}, bad
	case *runtime.EventExceptionThrown:
		d := e.ExceptionDetails
		detail := d.Text
		if d.Exception != nil {
			detail += " " + d.Exception.Description
		}
		return Problem{"exception", fmt.Sprintf("%s:%d", d.URL, d.LineNumber+1), detail}, true
	case *network.EventResponseReceived:
		bad := e.Type != network.ResourceTypeDocument && e.Response.Status >= http.StatusBadRequest
		return Problem{"subresource", e.Response.URL, fmt.Sprint("status ", e.Response.Status)}, bad
	case *network.EventLoadingFailed:
		// What the policy blocked is in the log, with the directive.
		bad := !e.Canceled && e.BlockedReason != network.BlockedReasonCsp
		return Problem{"subresource", string(e.Type), e.ErrorText}, bad
	}
	return Problem{}, false
}

func logged(e *log.Entry) (Problem, bool) {
	bad := e.Level == log.EntryLevelError || e.Level == log.EntryLevelWarning
	switch {
	case e.Source == log.EntrySourceNetwork:
		return Problem{}, false // told with the address by the events of the network
	case strings.Contains(e.Text, "Content Security Policy"), strings.Contains(e.Text, "Content-Security-Policy"):
		return Problem{"csp", e.URL, e.Text}, true
	}
	return Problem{"console", e.URL, e.Text}, bad
}

func text(args []*runtime.RemoteObject) string {
	var parts []string
	for _, a := range args {
		if a.Description != "" {
			parts = append(parts, a.Description)
			continue
		}
		var s string
		if json.Unmarshal(a.Value, &s) != nil {
			s = string(a.Value) // a number, null …
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, " ")
}
