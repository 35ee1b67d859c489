package probe

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Environment of the tests, set by test/setup.
const (
	// EnvChrome names the browser to use.
	EnvChrome = "BEFFROI_CHROME"
	// EnvRequire set to 1 turns a missing browser from a skip into a failure.
	EnvRequire = "BEFFROI_REQUIRE_BROWSER"
)

// chromes are the names under which Chromium is installed.
var chromes = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"}

var errNoChrome = errors.New("no Chromium on this machine; install the package chromium or set " + EnvChrome)

// patience bounds each dealing with the browser; a busy machine is slow.
const patience = time.Minute

// FindChrome returns the path of the browser that BEFFROI_CHROME names, else
// of the one in PATH, else "".
func FindChrome() string {
	if path := os.Getenv(EnvChrome); path != "" {
		return path
	}
	for _, name := range chromes {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// process is the browser of this test binary. It is a variable because
// that is its meaning: one per process, whichever test comes first.
var process struct {
	sync.Mutex
	ctx context.Context // of chromedp; nil before the first use
	err error
}

// Browser opens pages for one test, several at a time if need be. The titles
// that it saw must differ.
type Browser struct {
	ctx    context.Context
	mu     sync.Mutex
	titles map[string]string // title → first path that had it
	tabs   []*tab            // left by pages opened with Options.Again
}

func (b *Browser) takeTab() (left *tab) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := len(b.tabs); n > 0 {
		left, b.tabs = b.tabs[n-1], b.tabs[:n-1]
	}
	return left
}

func (b *Browser) keepTab(left *tab) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tabs = append(b.tabs, left)
}

func (b *Browser) closeTabs() {
	for left := b.takeTab(); left != nil; left = b.takeTab() {
		left.cancel()
	}
}

// New returns a browser for t. Without Chromium on the machine the test is
// skipped, or fails if BEFFROI_REQUIRE_BROWSER is 1.
func New(t testing.TB) *Browser {
	t.Helper()
	path := FindChrome()
	if path == "" {
		missing(t, errNoChrome)
	}
	ctx, err := launched(path)
	if err != nil {
		t.Fatalf("browser: %v", err)
	}
	b := &Browser{ctx: ctx, titles: map[string]string{}}
	t.Cleanup(b.closeTabs)
	return b
}

// missing ends the test for want of a tool: a skip, or a failure where tools
// are required.
func missing(t testing.TB, err error) {
	t.Helper()
	if os.Getenv(EnvRequire) == "1" {
		t.Fatal(err)
	}
	t.Skip(err)
}

// Main runs the tests of a package, ends the browser that they started and
// exits. It is the body of TestMain in a package that opens pages.
func Main(m *testing.M) {
	code := m.Run()
	if err := Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// Close ends the browser, if one runs, and removes its profile. For a TestMain
// that has more to tidy than Main does.
func Close() error {
	process.Lock()
	defer process.Unlock()
	if process.ctx == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(process.ctx, patience)
	defer cancel()
	err := chromedp.Cancel(ctx)
	process.ctx = nil
	if err != nil {
		return fmt.Errorf("browser: %w", err)
	}
	return nil
}

func launched(path string) (context.Context, error) {
	process.Lock()
	defer process.Unlock()
	if process.ctx == nil && process.err == nil {
		process.ctx, process.err = launch(path)
	}
	return process.ctx, process.err
}

// launch starts Chromium with a fresh profile in the temporary folder. It
// talks to us through a pipe, opens no port, fetches nothing by itself, and
// Linux ends it with this process.
func launch(path string) (context.Context, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.Flag("headless", "new"),
		chromedp.Flag("no-sandbox", true), // containers give no user namespaces; pages are our own
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("lang", "fr"),
	)
	parent, _ := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(parent)
	if err := chromedp.Do(ctx); err != nil { // no timeout: it would end the browser
		cancel()
		return nil, err
	}
	return ctx, nil
}
