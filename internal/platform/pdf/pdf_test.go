package pdf

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"beffroi/internal/platform/fault"
)

const small = `<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Une page d’été</title><link rel="stylesheet" href="/style.css"></head>
<body><h1>Cours d’eau</h1><p>Premier paragraphe.</p><h2>Moyens</h2><table><tr><th>Année</th><td>2025</td></tr></table>
<p>Dernier paragraphe.</p><script>document.body.textContent = "script"</script></body></html>`

// site is a small site that counts what it is asked.
type site struct {
	asked   atomic.Int64
	foreign atomic.Int64
	body    string
	block   chan struct{} // closed to let pages go; nil lets them
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked.Add(1)
	if s.block != nil {
		<-s.block
	}
	switch r.URL.Path {
	case "/page":
		if r.Header.Get("Accept-Language") != "fr" || r.Header.Get("Cookie") != "" {
			s.foreign.Add(1)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(s.body))
	case "/style.css":
		w.Header().Set("Content-Type", "text/css")
		_, _ = w.Write([]byte(`@page { size: A4; margin: 15mm } h1 { break-after: page }`))
	default:
		http.NotFound(w, r)
	}
}

// TestPrinter tries one printer in every way: starting a browser takes seconds.
func TestPrinter(t *testing.T) {
	program := Find()
	if program == "" {
		t.Skip("no Chromium on this machine")
	}
	p := New(program)
	t.Cleanup(p.Close)
	for _, c := range []struct {
		name string
		try  func(*testing.T, *Printer)
	}{{"print", printsTagged}, {"repeat", printsRepeat}, {"foreign", asksNobodyElse}, {"absent", refusesAbsent}, {"dies", survivesDeath}, {"goes", letsGo}, {"idle", endsIdle}} {
		t.Run(c.name, func(t *testing.T) { c.try(t, p) })
	}
}

func (s *site) page() Page {
	return Page{Site: s, Path: "/page", Lang: "fr", Footer: "Province <d’essai>", Date: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
}

// words gives the text of a document, page by page.
func words(t *testing.T, doc []byte) []string {
	t.Helper()
	program, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext is not installed (Debian: poppler-utils)")
	}
	file := filepath.Join(t.TempDir(), "x.pdf")
	if err := os.WriteFile(file, doc, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(program, file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\f"), "\f")
}

func printsTagged(t *testing.T, p *Printer) {
	s := &site{body: small}
	doc, err := p.Print(t.Context(), s.page())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"/StructTreeRoot", "/MarkInfo", "/Marked true", "/Lang (fr)", "/Title", "/DisplayDocTitle true", "(D:20261123000000", "/S /H1", "/S /H2", "/S /Table", "/S /TH", "/Outlines", "/Creator (Beffroi "} {
		if !bytes.Contains(doc, []byte(want)) {
			t.Errorf("%s is not in the document", want)
		}
	}
	if s.foreign.Load() > 0 || s.asked.Load() < 2 {
		t.Errorf("%d requests, %d of another reader", s.asked.Load(), s.foreign.Load())
	}
	sheets := words(t, doc)
	if len(sheets) != 2 {
		t.Fatalf("%d sheets: the style is not that of the site", len(sheets))
	}
	rest := strings.Join(sheets, "\n")
	for _, want := range []string{"Cours d’eau", "1/2", "Premier paragraphe.", "Moyens", "2025", "Dernier paragraphe.", "2/2"} {
		_, after, found := strings.Cut(rest, want)
		if !found {
			t.Fatalf("%q does not come in its place in %q", want, sheets)
		}
		rest = after
	}
	if all := strings.Join(sheets, " "); strings.Count(all, "Province <d’essai>") != 2 || strings.Contains(all, "script") {
		t.Errorf("the foot is missing or a script ran: %q", all)
	}
}

// The same page gives the same bytes, by the same browser and by another.
func printsRepeat(t *testing.T, p *Printer) {
	s := &site{body: small}
	var first []byte
	for i := range 4 {
		doc, err := p.Print(t.Context(), s.page())
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = doc
		}
		if !bytes.Equal(doc, first) {
			t.Errorf("printing %d differs: %d and %d bytes", i, len(doc), len(first))
		}
		if i == 1 {
			p.Close()
		}
	}
	s.body = strings.Replace(small, "2025", "2024", 1)
	if other, err := p.Print(t.Context(), s.page()); err != nil || bytes.Equal(other, first) {
		t.Errorf("another page gives the same document: %v", err)
	}
	later := s.page()
	later.Date = later.Date.AddDate(0, 0, 1)
	s.body = small
	if other, err := p.Print(t.Context(), later); err != nil || bytes.Equal(other, first) {
		t.Errorf("another day gives the same document: %v", err)
	}
}

// Nothing but our own address is asked for: neither names nor numbers, neither
// other schemes nor files of the machine.
func asksNobodyElse(t *testing.T, p *Printer) {
	var calls atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		_, _ = w.Write([]byte("OUTSIDE"))
	}))
	defer server.Close()
	outside := server.URL
	file := filepath.Join(t.TempDir(), "secret.html")
	if err := os.WriteFile(file, []byte("SECRET"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &site{body: `<!doctype html><html lang="fr"><head><title>x</title><link rel="stylesheet" href="` + outside + `/a.css"><meta http-equiv="refresh" content="0;url=` + outside + `/r">
<link rel="preconnect" href="` + outside + `"><link rel="dns-prefetch" href="//example.org"></head><body><p>Visible</p><img src="` + outside + `/i.png"><iframe src="file://` + file + `"></iframe>
<iframe src="` + outside + `/f"></iframe><object data="file://` + file + `"></object></body></html>`}
	doc, err := p.Print(t.Context(), s.page())
	if err == nil {
		if all := strings.Join(words(t, doc), " "); strings.Contains(all, "SECRET") || strings.Contains(all, "OUTSIDE") {
			t.Errorf("what is not ours was printed: %q", all)
		}
	}
	if n := calls.Load(); n > 0 {
		t.Errorf("%d requests went outside", n)
	}
}

func refusesAbsent(t *testing.T, p *Printer) {
	s := &site{body: small}
	absent := s.page()
	absent.Path = "/absent"
	if _, err := p.Print(t.Context(), absent); fault.From(err).Code != "pdf.failed" {
		t.Errorf("an absent page: %v", err)
	}
	if _, err := p.Print(t.Context(), s.page()); err != nil {
		t.Errorf("after it: %v", err)
	}
}

// kill kills the browser of a printer as the system would.
func kill(t *testing.T, p *Printer) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at == nil {
		t.Fatal("no browser to kill")
	}
	if err := chromedp.FromContext(p.at.ctx).Browser.Process().Kill(); err != nil {
		t.Fatal(err)
	}
}

// A browser that dies in the middle fails that page, and the next one works.
func survivesDeath(t *testing.T, p *Printer) {
	s := &site{body: small, block: make(chan struct{})}
	failed := make(chan error, 1)
	go func() {
		_, err := p.Print(context.Background(), s.page())
		failed <- err
	}()
	for s.asked.Load() == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	kill(t, p)
	select {
	case err := <-failed:
		if e := fault.From(err); e.Code != "pdf.failed" || e.Kind != fault.Unavailable {
			t.Errorf("%v", err)
		}
	case <-time.After(maxPrint):
		t.Fatal("it waits for a dead browser")
	}
	close(s.block)
	if _, err := p.Print(t.Context(), s.page()); err != nil {
		t.Errorf("the next page: %v", err)
	}
	kill(t, p) // between two pages: noticed, or that page fails and the next works
	if _, err := p.Print(t.Context(), s.page()); err == nil {
		return
	}
	if _, err := p.Print(t.Context(), s.page()); err != nil {
		t.Errorf("after a death between pages: %v", err)
	}
}

// A reader who goes away frees the printer at once.
func letsGo(t *testing.T, p *Printer) {
	s := &site{body: small, block: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := p.Print(ctx, s.page())
		done <- err
	}()
	for s.asked.Load() == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	select {
	case err := <-done:
		if err == nil {
			t.Error("it printed for nobody")
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it goes on printing")
	}
	close(s.block)
	if _, err := p.Print(t.Context(), s.page()); err != nil {
		t.Error(err)
	}
}

func endsIdle(t *testing.T, p *Printer) {
	s := &site{body: small}
	p.idle = 50 * time.Millisecond
	if _, err := p.Print(t.Context(), s.page()); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		p.mu.Lock()
		ended := p.at == nil
		p.mu.Unlock()
		if ended {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the browser stays")
		}
	}
	if _, err := p.Print(t.Context(), s.page()); err != nil {
		t.Error(err)
	}
}

func TestNoBrowser(t *testing.T) {
	s := &site{body: small}
	for _, program := range []string{"/no/such/program", "/bin/false"} {
		if _, err := New(program).Print(t.Context(), s.page()); fault.From(err).Code != "pdf.failed" {
			t.Errorf("%s: %v", program, err)
		}
	}
}

func TestSettle(t *testing.T) {
	day := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	doc := "%PDF-1.4\n/CreationDate (D:20250101123456+00'00')\n/ModDate (D:20250101123457-05'00')\n/Creator (Mozilla \\(X\\) Chrome/1)\n/ID (node00000420) /ID (node00000007) (node00000420)\n%%EOF"
	want := "%PDF-1.4\n/CreationDate (D:20261123000000+00'00')\n/ModDate (D:20261123000000-05'00')\n/Creator (Beffroi               )\n/ID (node00000002) /ID (node00000001) (node00000002)\n%%EOF"
	if got, err := settle([]byte(doc), day); err != nil || string(got) != want {
		t.Errorf("%s\n%v", got, err)
	}
	for _, bad := range []string{"", "hello", "%PDF-1.4\n", "%%EOF"} {
		if _, err := settle([]byte(bad), day); err == nil {
			t.Errorf("%q is a document", bad)
		}
	}
}

func FuzzSettle(f *testing.F) {
	f.Add([]byte("%PDF-1.4\n/Creator (a) (node00000001)\n%%EOF\n"))
	f.Fuzz(func(t *testing.T, doc []byte) {
		once, err := settle(doc, time.Unix(0, 0))
		if err != nil {
			return
		}
		if twice, err := settle(once, time.Unix(0, 0)); err != nil || !bytes.Equal(once, twice) || len(once) != len(doc) {
			t.Errorf("%q, %q, %v", once, twice, err)
		}
	})
}
