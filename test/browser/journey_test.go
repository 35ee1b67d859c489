package browser

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"beffroi/test/browser/probe"
)

// walker is somebody with a browser at the door of a house.
type walker struct {
	*house
	t    *testing.T
	page *probe.Page
}

// each runs a journey with scripts and without them: scripts only make it nicer.
func each(t *testing.T, journey func(t *testing.T, w walker)) {
	t.Helper()
	for name, bare := range map[string]bool{"scripts": false, "bare": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			journey(t, arrive(t, newHouse(t), "/", "", bare))
		})
	}
}

// arrive opens a page of a house as somebody.
func arrive(t *testing.T, h *house, address, username string, bare bool) walker {
	t.Helper()
	page := probe.New(t).Open(t, h.url+address, probe.Options{Lang: "fr", NoScript: bare, Cookie: h.enter(t, username)})
	return walker{h, t, page}
}

// follow clicks on what leads to another page and waits for that page.
func (w walker) follow(selector string) {
	w.t.Helper()
	if !probe.Visible(w.page, selector) {
		w.t.Fatalf("%s: no %s to click on", w.page.URL, selector)
	}
	w.arrived(probe.Follow(w.page, chromedp.Click(selector)), selector)
}

func (w walker) arrived(status int64, by string) {
	w.t.Helper()
	if status >= http.StatusInternalServerError || status == http.StatusNotFound || status == http.StatusForbidden {
		w.t.Fatalf("%s leads to %s: %d", by, w.page.URL, status)
	}
}

// open types an address.
func (w walker) open(address string) {
	w.t.Helper()
	w.arrived(probe.Follow(w.page, chromedp.Navigate(w.url+address)), "the address "+address)
}

// fill types into fields, by selector and value in turn.
func (w walker) fill(pairs ...string) {
	w.t.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		if !probe.Visible(w.page, pairs[i]) {
			w.t.Fatalf("%s: no field %s", w.page.URL, pairs[i])
		}
		w.page.Do(chromedp.SetValue(pairs[i], pairs[i+1]))
	}
}

// text is what the first match of a selector says, "" when there is none.
func (w walker) text(selector string) string {
	w.t.Helper()
	return probe.Eval[string](w.page, `(document.querySelector(`+quote(selector)+`)?.textContent ?? '').replace(/\s+/g, ' ').trim()`)
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `\'`) + "'" }

func (w walker) says(selector, want string) {
	w.t.Helper()
	if got := w.text(selector); !strings.Contains(got, want) {
		w.t.Fatalf("%s: %s says %.300q, without %q", w.page.URL, selector, got, want)
	}
}

// at tells the path where the walker is.
func (w walker) at() string {
	w.t.Helper()
	u, err := url.Parse(w.page.URL)
	if err != nil {
		w.t.Fatal(err)
	}
	return u.Path
}

func (w walker) signIn(username string) {
	w.t.Helper()
	w.open("/signin")
	w.fill("#username", username, "#password", demoPassword)
	w.follow("main form button")
	if w.at() != "/staff" {
		w.t.Fatalf("signed in as %s, led to %s", username, w.page.URL)
	}
}

// Whatever a newcomer types, they find their commune and where a figure of its
// page comes from, down to one entry of the ledger.
func TestNewcomer(t *testing.T) {
	each(t, func(t *testing.T, w walker) {
		// A village merged into Mons long ago has a page of its own; the facts
		// at hand do not say into which commune it went.
		w.search("Jemappes")
		if w.at() != "/areas/former_commune/53043" {
			w.follow(`main a[href="/areas/former_commune/53043"]`)
		}
		w.says("h1", "Jemappes")
		for _, typed := range []string{"bergen", "7000", "mons"} {
			w.search(typed)
			if w.at() != "/communes/53053" {
				w.follow(`main a[href^="/communes/53053"]`)
			}
			w.says("h1", "Mons")
		}
		w.follow(`.kpi a[href*="/ledger/explain"]`)
		w.says("h1", "Mons")
		w.follow(`main tbody a[href^="/ledger/L-"]`)
		if !strings.HasPrefix(w.at(), "/ledger/L-") || !probe.Visible(w.page, "#facts") || !probe.Visible(w.page, "#parts table") {
			t.Errorf("%s explains no entry", w.page.URL)
		}
	})
}

// search asks on the home page.
func (w walker) search(typed string) {
	w.t.Helper()
	w.open("/")
	w.page.Do(chromedp.SendKeys("#home-q", typed))
	w.follow("main form.finder button")
}

// services is a list of bodies as an old spreadsheet writes it; one column has
// a name that the program cannot know.
const services = "référence;type;intitulé du service;siège\nessai-biblio;service;Bibliothèque itinérante de Châtelet;52012\nessai-forêt;service;École de la forêt;53053\n"

func TestRegistrarImports(t *testing.T) {
	each(t, func(t *testing.T, w walker) {
		w.signIn("demo-registrar")
		w.upload("services.csv", strings.ReplaceAll(services, "essai-forêt", "essai-foret"))
		w.fill(`[name="column.name_fr"]`, "intitulé du service")
		w.follow(`main button[value="try"]`)
		if !probe.Visible(w.page, "#report") {
			t.Fatal("the trial brought no report")
		}
		if status, _, _ := w.fetch(t, "/bodies/essai-biblio", "fr", ""); status != http.StatusNotFound {
			t.Errorf("after the trial alone the body is there: %d", status)
		}
		w.follow(`main button[value="apply"]`)
		if !strings.HasPrefix(w.at(), "/staff/imports/") || !probe.Visible(w.page, "#report") {
			t.Fatalf("accepted, yet at %s", w.page.URL)
		}
		batch := w.at()
		w.open("/bodies/essai-biblio")
		w.says("h1", "Bibliothèque itinérante de Châtelet")
		w.open(batch)
		w.follow(`form[action$="/undo"] button`)
		if status, _, _ := w.fetch(t, "/bodies/essai-biblio", "fr", ""); status != http.StatusNotFound {
			t.Errorf("undone, yet the body is there: %d", status)
		}
	})
}

// upload sends a file in Latin-1 and says what it holds.
func (w walker) upload(name, content string) {
	w.t.Helper()
	file := filepath.Join(w.t.TempDir(), name)
	if err := os.WriteFile(file, latin1(w.t, content), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.open("/staff/imports")
	w.page.Do(chromedp.SetUploadFiles("#file", []string{file}))
	w.follow("main form button")
	w.fill("#target", "bodies")
	w.follow("main form.filters button, main .filters button")
}

// A file with faults is refused whole, and each fault is told with its line.
func TestRegistrarImportsFaults(t *testing.T) {
	w := arrive(t, newHouse(t), "/", "", false)
	w.signIn("demo-registrar")
	w.upload("faults.csv", "ref;kind;name_fr;seat_commune\nessai-1;service;Bon;53053\nessai-2;dirigeable;Mauvais;53053\nessai-3;service;Mauvais;00000\n")
	w.follow(`main button[value="try"]`)
	for _, want := range []string{"3", "dirigeable", "4", "00000"} {
		w.says("#report table", want)
	}
	if probe.Visible(w.page, `main button[value="apply"]`) {
		t.Error("a file with faults can be accepted")
	}
}

func TestAccountantPostsAndReverses(t *testing.T) {
	w := arrive(t, newHouse(t), "/ledger/new", "demo-accountant", false)
	year := func() string {
		w.open("/communes/53053")
		return w.text("#money table tbody tr:last-child")
	}
	before := year()
	w.open("/ledger/new")
	w.fill(`[name="title_fr"]`, "Balisage commun", `[name="amount"]`, "100001,01", `[name="communes"]`, "53053; 52011")
	w.page.Do(chromedp.Click(`[name="attribution"][value="shared"]`))
	w.follow(`button[value="preview"]`)
	w.says("#preview table", "Mons")
	w.says("#preview table", "Charleroi")
	w.follow(`button[value="post"]`)
	w.says("h1", "Balisage commun")
	entry := w.at()
	if between := year(); between == before {
		t.Errorf("posted, yet the page of the commune still says %q", before)
	}
	w.open(entry)
	w.fill("#reason", "Facture annulée")
	w.follow(`form[action$="/reverse"] button`)
	if after := year(); after != before {
		t.Errorf("reversed, yet the page of the commune says %q, before %q", after, before)
	}
}

func TestAccountantMakesAKey(t *testing.T) {
	w := arrive(t, newHouse(t), "/keys/new", "demo-accountant", false)
	criterion := probe.Eval[string](w.page, `[...document.querySelector('#criterion-0').options].map(o => o.value).find(v => v)`)
	w.fill("#criterion-0", criterion, "#weight-0", "100", "#amount", "1000")
	w.follow("#criteria form button")
	w.says("#preview table", "Mons")
	w.fill("#key", "essai-navigateur", "#title_fr", "Clé d’essai")
	w.follow(`form[action="/keys/new"] button`)
	if w.at() != "/keys/essai-navigateur" {
		t.Fatalf("saved, yet at %s: %s", w.page.URL, w.text(".ds-error-summary"))
	}
	w.open("/keys/compare")
	w.fill("#a", "population-2018", "#b", "equal")
	w.follow("main .filters button")
	w.says("#difference table", "Mons")
}

// Who only reads meets nothing that changes; who keeps the registers does.
func TestReadersMeetNoVerbs(t *testing.T) {
	h := newHouse(t)
	w := arrive(t, h, "/staff/audit", "demo-auditor", false)
	w.says("main table", "demonstration")
	w.open("/history/body/body-100")
	if verbs(w.content()) > 0 {
		t.Error("the history offers the auditor a verb")
	}
	for _, address := range []string{"/communes/53053", "/bodies", "/bodies/body-100", "/missions", "/keys", "/ledger", "/ledger/L-2018-000001"} {
		if _, _, text := h.fetchText(t, address, "fr", "demo-agent"); verbs(text) > 0 {
			t.Errorf("%s offers the agent a verb", address)
		}
	}
	if _, _, text := h.fetchText(t, "/bodies/body-100", "fr", "demo-registrar"); verbs(text) == 0 {
		t.Error("the registrar meets no verb either: this test sees nothing")
	}
}

func (w walker) content() []byte {
	w.t.Helper()
	return []byte(probe.Eval[string](w.page, "document.documentElement.outerHTML"))
}

func TestLanguageKeepsPageAndQuery(t *testing.T) {
	w := arrive(t, newHouse(t), "/bodies?q=mons&domain=education", "", false)
	for _, lang := range []string{"nl", "en", "fr"} {
		w.follow(`.langs a[lang="` + lang + `"], .langs a[hreflang="` + lang + `"]`)
		u, err := url.Parse(w.page.URL)
		if err != nil {
			t.Fatal(err)
		}
		if u.Path != "/bodies" || u.Query().Get("q") != "mons" || u.Query().Get("domain") != "education" {
			t.Errorf("%s leads to %s", lang, w.page.URL)
		}
		if got := probe.Eval[string](w.page, "document.documentElement.lang"); got != lang {
			t.Errorf("asked for %s, got %s", lang, got)
		}
	}
}

func TestAnotherDay(t *testing.T) {
	each(t, func(t *testing.T, w walker) {
		w.open("/communes/53053")
		w.fill(`#other-date input[name="as_of"]`, "2020-03-01")
		w.follow("#other-date button")
		if u, _ := url.Parse(w.page.URL); u == nil || u.Query().Get("as_of") != "2020-03-01" {
			t.Fatalf("led to %s", w.page.URL)
		}
		w.says(".asof", "1er mars 2020")
	})
}
