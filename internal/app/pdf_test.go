package app_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"beffroi/internal/platform/pdf"
)

// TestPagesAsPDF prints the pages that offer it: tagged, in the reader's
// language, twice the same, and the commune's on two sheets at most.
func TestPagesAsPDF(t *testing.T) {
	if pdf.Find() == "" {
		t.Skip("no Chromium on this machine")
	}
	h := openWith(t, demos[0].copy(t), pdf.Find())
	w := &world{House: h, handler: h.Handler()}
	t.Cleanup(func() { _ = h.Close() })
	for address, words := range map[string][]string{
		"/communes/53053":                  {"Mons", "Situation au 23 novembre 2026", "/communes/53053, situation au 23 novembre 2026", "1/2"},
		"/province?as_of=2026-01-01":       {"1er janvier 2026"},
		"/missions/TER-EAU?lang=en":        {"Watercourses and flood control", "note-exemple-eau.pdf", "situation on 23 November 2026"},
		"/bodies/" + sampleBody(t, w) + "": nil,
	} {
		page := w.get(t, address)
		if !strings.Contains(page.Body.String(), "format=pdf") {
			t.Errorf("%s does not offer a PDF", address)
		}
		rec := w.get(t, with(address, "format", "pdf"))
		doc := rec.Body.Bytes()
		if rec.Code != 200 || rec.Header().Get("Content-Type") != "application/pdf" || !strings.HasPrefix(rec.Header().Get("Content-Disposition"), `attachment; filename="`) {
			t.Errorf("%s: %d %v", address, rec.Code, rec.Header())
			continue
		}
		for _, want := range []string{"/StructTreeRoot", "/MarkInfo", "/Lang (", "/Title", "/DisplayDocTitle true"} {
			if !bytes.Contains(doc, []byte(want)) {
				t.Errorf("%s: %s is not in the document", address, want)
			}
		}
		sheets := sheetsOf(t, doc)
		all := strings.Join(strings.Fields(strings.Join(sheets, " ")), " ")
		for _, want := range words {
			if !strings.Contains(all, want) {
				t.Errorf("%s: %q is not in %q", address, want, all)
			}
		}
		if strings.HasPrefix(address, "/communes") && len(sheets) > 2 {
			t.Errorf("%s needs %d sheets", address, len(sheets))
		}
		if again := w.get(t, with(address, "format", "pdf")); !bytes.Equal(again.Body.Bytes(), doc) {
			t.Errorf("%s: two printings differ", address)
		}
	}
	if rec := w.get(t, "/communes/99999?format=pdf"); rec.Code != 404 || !strings.Contains(rec.Header().Get("Content-Type"), "html") {
		t.Errorf("a commune that is not: %d", rec.Code)
	}
	if rec := w.get(t, "/missions/TER-EAU?format=csv"); rec.Code != 400 {
		t.Errorf("a page as CSV: %d", rec.Code)
	}
}

func sampleBody(t *testing.T, w *world) string {
	t.Helper()
	for _, r := range w.Routes.List() {
		if r.Pattern == "/bodies/{ref}" {
			return r.Sample["ref"]
		}
	}
	t.Fatal("there are no bodies")
	return ""
}

func sheetsOf(t *testing.T, doc []byte) []string {
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

// Without a Chromium no page offers a PDF, and who asks is told what to do.
func TestNoPDF(t *testing.T) {
	w := demos[0].read(t)
	if page := w.get(t, "/communes/53053").Body.String(); strings.Contains(page, "format=pdf") || !strings.Contains(page, "data-print") {
		t.Error("a PDF that cannot be made is offered, or printing is not")
	}
	if rec := w.get(t, "/communes/53053?format=pdf"); rec.Code != 503 || !strings.Contains(rec.Body.String(), "imprimez-la") {
		t.Errorf("%d\n%.300s", rec.Code, rec.Body)
	}
}
