package browser

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"beffroi/internal/app"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/web"
	"beffroi/test/browser/probe"
)

const (
	// demoPassword opens every account of the demonstration.
	demoPassword = "le beffroi veille sur 2026"
	// everyone is an account of the tests with all roles: it sees every verb.
	everyone = "test-everyone"
	// postalFile is imported into the demonstration, so that there is an import
	// to look at.
	postalFile = "nis,code\n53053,7999\n"
)

func languages() []string { return []string{"fr", "nl", "en"} }

// template is the file of the demonstration that each house is a copy of, made
// at first need; loading it takes seconds, copying it a moment.
var template struct {
	sync.Once
	content []byte
	hash    string // of the imported file
	err     error
}

// TestMain opens two tabs a core: half of a probe is waiting for the browser.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0))); err != nil {
		panic(err)
	}
	probe.Main(m)
}

// house is the program on a loopback address.
type house struct {
	*app.House
	url      string
	mu       sync.Mutex
	sessions map[string]*http.Cookie
}

// newHouse opens a demonstration of the test's own. Its clock stands still.
func newHouse(t testing.TB) *house {
	t.Helper()
	return guarded(t, "")
}

// guarded is a newHouse with an antivirus at an address, "" for none.
func guarded(t testing.TB, clamd string) *house {
	t.Helper()
	template.Do(load)
	if template.err != nil {
		t.Fatal(template.err)
	}
	file := filepath.Join(t.TempDir(), "beffroi.db")
	if err := os.WriteFile(file, template.content, 0o600); err != nil {
		t.Fatal(err)
	}
	opened, err := open("sqlite:"+file, clamd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	server := httptest.NewServer(opened.Handler())
	t.Cleanup(server.Close)
	return &house{House: opened, url: server.URL, sessions: map[string]*http.Cookie{}}
}

func open(address, clamd string) (*app.House, error) {
	return app.Open(context.Background(), app.Config{DB: address, Files: fileFolder(), Clamd: clamd, Chromium: "none", Pack: "hainaut", Log: "off"}, clock.Fixed(dbtest.Now()), io.Discard)
}

// fileFolder is where the files of all houses lie: the same bytes lie once. It
// stays for the next run, in the system's folder for what may go.
func fileFolder() string { return filepath.Join(os.TempDir(), "beffroi-browser-files") }

func load() { template.content, template.hash, template.err = loadDemo() }

func loadDemo() (content []byte, hash string, err error) {
	dir, err := os.MkdirTemp("", "beffroi-browser-")
	if err != nil {
		return nil, "", err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "beffroi.db")
	h, err := open("sqlite:"+file, "")
	if err != nil {
		return nil, "", err
	}
	hash, err = furnish(h)
	if closing := h.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return nil, "", err
	}
	content, err = os.ReadFile(file)
	return content, hash, err
}

// furnish loads the demonstration and what the tests need besides.
func furnish(h *app.House) (hash string, err error) {
	ctx, actor := context.Background(), auth.System("test")
	if err := h.LoadDemo(ctx, func(string) {}); err != nil {
		return "", err
	}
	all := auth.NewAccount{Username: everyone, Name: "Tous les rôles", Email: "everyone@example.org", Language: "fr", Password: demoPassword}
	for _, r := range auth.Roles() {
		all.Grants = append(all.Grants, auth.Grant{Role: r})
	}
	if err := h.Auth.Create(ctx, actor, all); err != nil {
		return "", err
	}
	f, err := h.Intake.Upload(ctx, actor, "postal.csv", []byte(postalFile))
	if err != nil {
		return "", err
	}
	_, err = h.Intake.Apply(ctx, actor, intake.Request{Target: "postal", File: f})
	return f.Hash, err
}

// enter signs an account in at first need: hashing a password takes its time.
func (h *house) enter(t testing.TB, username string) *http.Cookie {
	t.Helper()
	if username == "" {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.sessions[username] == nil {
		token, err := h.Auth.SignIn(t.Context(), username, demoPassword, auth.Visit{Agent: "test", Network: "127.0.0.1"})
		if err != nil {
			t.Fatal(err)
		}
		h.sessions[username] = &http.Cookie{Name: "session", Value: token, HttpOnly: true}
	}
	return h.sessions[username]
}

// fetch gets a page without a browser, as it travels: compressed.
func (h *house) fetch(t testing.TB, address, lang, username string) (status int, header http.Header, body []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Language", lang)
	r.Header.Set("Accept-Encoding", "gzip") // said by us, so that the client leaves it packed
	if c := h.enter(t, username); c != nil {
		r.AddCookie(c)
	}
	answer, err := http.DefaultTransport.RoundTrip(r) // follows nothing
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, err = io.ReadAll(answer.Body); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, body
}

// visit is a page of the program and who looks at it.
type visit struct {
	name, address string
	username      string // "" is anybody
}

// visits are all page routes at their sample addresses: public ones as anybody,
// others as the first role that may.
func (h *house) visits(t testing.TB) (list []visit) {
	t.Helper()
	for _, r := range h.Routes.List() {
		if r.Kind != web.PageRoute {
			continue
		}
		v := visit{name: strings.Trim(strings.NewReplacer("/", "_", "{", "", "}", "", "$", "").Replace(r.Pattern), "_"), address: sampleAddress(t, r)}
		switch {
		case r.Rule.Public:
		case r.Rule.SignedIn:
			v.username = "demo-agent"
		default:
			v.username = "demo-" + string(r.Rule.Roles[0])
		}
		if v.name == "" {
			v.name = "home"
		}
		list = append(list, v)
	}
	return list
}

// sampleAddress is the address of a route for an object that the furnished
// demonstration holds, with the parameters that it cannot do without.
func sampleAddress(t testing.TB, r web.Route) string {
	t.Helper()
	if strings.Contains(r.Pattern, "{hash}") {
		r.Sample = map[string]string{"hash": template.hash}
	}
	query := url.Values{}
	for _, p := range r.Params {
		if p.In != "query" || !p.Required {
			continue
		}
		v, ok := map[string]string{"q": "mons", "keys": "population", "amount": "1000"}[p.Name]
		if !ok {
			t.Fatalf("%s: no value known for the required parameter %s", r.Pattern, p.Name)
		}
		query.Set(p.Name, v)
	}
	if r.Pattern == "/search" {
		query.Set("q", "mons")
	}
	if len(query) == 0 {
		return r.Address()
	}
	return r.Address() + "?" + query.Encode()
}

// latin1 writes a text as old spreadsheets do, one byte a letter.
func latin1(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, r := range text {
		if r > 0xff {
			t.Fatal(fmt.Errorf("%q is not in Latin-1", r))
		}
		b.WriteByte(byte(r))
	}
	return b.Bytes()
}
