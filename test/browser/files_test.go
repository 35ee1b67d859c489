package browser

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"beffroi/test/browser/probe"
	"beffroi/test/clamav"
)

const plan = "%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"

// TestFilesOfAMission: a registrar brings in a document, everybody downloads
// it, a part of it too; a virus is refused, where there is an antivirus.
func TestFilesOfAMission(t *testing.T) {
	t.Parallel()
	guard := ""
	if clamav.Installed() {
		guard = clamav.Start(t)
	} else {
		t.Log("clamd is not installed (Debian: clamav-daemon): no virus is tried")
	}
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const page = "/missions/TER-EAU/files"
	w := arrive(t, guarded(t, guard), page, "demo-registrar", true)
	send := func(path string) {
		w.page.Do(chromedp.SetUploadFiles("#file", []string{path}))
		w.follow("form[enctype] button")
	}
	send(file("Plan d’été.pdf", plan))
	w.says("#kept", "Plan d’été.pdf")
	send(file("page.html", "<html><script>alert(1)</script></html>"))
	w.says("main", "page web")
	if guard != "" {
		send(file("virus.txt", "texte "+clamav.Eicar))
		w.says("main", clamav.Finding)
	}
	w.open("/missions/TER-EAU")
	w.says("#files", "Plan d’été.pdf")
	href := probe.Eval[string](w.page, `document.querySelector('#files li:last-child a').getAttribute('href')`)
	if got := w.download(href, ""); got != plan {
		t.Errorf("everybody downloads %q", got)
	}
	if got := w.download(href, "bytes=0-4"); got != "%PDF-" {
		t.Errorf("the first bytes are %q", got)
	}
	w.open(page)
	w.follow("#kept tr:last-child button")
	w.says("#removed", "Plan d’été.pdf")
	if answer, err := http.Get(w.url + href); err != nil || answer.StatusCode != http.StatusNotFound {
		t.Errorf("removed, it is still given out: %v", err)
	}
}

// download gets an address as anybody, or a range of it.
func (w walker) download(address, bytes string) string {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.url+address, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if bytes != "" {
		r.Header.Set("Range", bytes)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || !strings.HasPrefix(answer.Header.Get("Content-Disposition"), "attachment") {
		w.t.Errorf("%s: %d %v, %v", address, answer.StatusCode, answer.Header, err)
	}
	return string(text)
}
