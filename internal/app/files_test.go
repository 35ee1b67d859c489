package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/files"
)

// upload is a form with files, as a browser sends it: name, content, name, content.
func upload(t testing.TB, parts ...string) (body, contentType string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i+1 < len(parts); i += 2 {
		part, err := w.CreateFormFile("file", parts[i])
		if err == nil {
			_, err = part.Write([]byte(parts[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), w.FormDataContentType()
}

const plan = "%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"

// send posts files to a mission and gives the answer.
func send(t testing.TB, w *world, role auth.Role, parts ...string) *httptest.ResponseRecorder {
	t.Helper()
	body, contentType := upload(t, parts...)
	return w.ask(t, role, "POST", "/missions/TER-EAU/files", body, "Content-Type", contentType)
}

// listed are the files of a mission as the API gives them to everybody.
func listed(t testing.TB, w *world) (list []files.Document) {
	t.Helper()
	rec := w.get(t, "/api/v1/missions/TER-EAU/files")
	if err := json.Unmarshal(rec.Body.Bytes(), &list); err != nil {
		t.Fatalf("%d: %v", rec.Code, err)
	}
	return list
}

// TestFilesByForm goes the whole way: bring in, show, give out, take away, put back.
func TestFilesByForm(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.write(t)
		if rec := send(t, w, auth.Registrar, "Plan été.pdf", plan, "note.txt", "une note"); rec.Code != http.StatusSeeOther {
			t.Fatalf("%d\n%s", rec.Code, rec.Body)
		}
		list := listed(t, w)
		if len(list) != 3 {
			t.Fatalf("%d files", len(list))
		}
		f := list[1]
		if page := w.get(t, "/missions/TER-EAU").Body.String(); !strings.Contains(page, f.Href) || !strings.Contains(page, "Plan été.pdf") || !strings.Contains(page, "PDF, ") {
			t.Error("the page of the mission does not show the file")
		}
		rec := w.get(t, f.Href)
		if rec.Code != 200 || rec.Body.String() != plan {
			t.Errorf("%d %q", rec.Code, rec.Body)
		}
		for name, want := range map[string]string{"Content-Type": "application/pdf", "X-Content-Type-Options": "nosniff", "ETag": `"` + string(f.Sum) + `"`, "Accept-Ranges": "bytes",
			"Content-Disposition":     `attachment; filename="Plan _t_.pdf"; filename*=UTF-8''Plan%20%C3%A9t%C3%A9.pdf`,
			"Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'"} {
			if got := rec.Header().Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		remove := fmt.Sprintf("/missions/TER-EAU/files/%d/remove", f.ID)
		if rec := w.ask(t, auth.Registrar, "POST", remove, ""); rec.Code != http.StatusSeeOther {
			t.Errorf("removing: %d", rec.Code)
		}
		if got := w.get(t, f.Href).Code; got != 404 || len(listed(t, w)) != 2 {
			t.Errorf("removed, it answers %d", got)
		}
		kept := w.ask(t, auth.Registrar, "GET", "/missions/TER-EAU/files", "").Body.String()
		if !strings.Contains(kept, strings.Replace(remove, "remove", "restore", 1)) {
			t.Error("nobody offers to put it back")
		}
		if rec := w.ask(t, auth.Registrar, "POST", strings.Replace(remove, "remove", "restore", 1), ""); rec.Code != http.StatusSeeOther || w.get(t, f.Href).Code != 200 {
			t.Errorf("putting back: %d", rec.Code)
		}
		history := w.ask(t, auth.Auditor, "GET", "/history/mission/TER-EAU", "").Body.String()
		for _, action := range []string{"file.add", "file.remove", "file.restore"} {
			if !strings.Contains(history, action) {
				t.Errorf("the history lacks %s", action)
			}
		}
	})
}

// A refusal comes back as the form with its reason, and nothing is kept.
func TestFilesRefused(t *testing.T) {
	w := demos[0].write(t)
	for what, c := range map[string]struct {
		parts []string
		code  int
		says  string
	}{
		"nothing":        {nil, 422, "Aucun fichier"},
		"an empty file":  {[]string{"a.txt", ""}, 422, "vide"},
		"a page":         {[]string{"a.html", "<html><script>alert(1)</script>"}, 422, "page web"},
		"another name":   {[]string{"a.png", plan}, 422, "PDF"},
		"a program":      {[]string{"a.exe", "MZ\x90\x00"}, 422, "accepté"},
		"too much":       {[]string{"a.txt", strings.Repeat("x", 20_000_001)}, 422, "20"},
		"far too much":   {[]string{"a.txt", strings.Repeat("x", 22<<20)}, 413, ""},
		"what is there":  {[]string{"b.pdf", mustRead(t, "../../packs/hainaut/files/note-exemple-eau.pdf")}, 422, "note-exemple-eau.pdf"},
		"one bad of two": {[]string{"good.txt", "good", "bad.html", "<html>"}, 422, "page web"},
	} {
		rec := send(t, w, auth.Registrar, c.parts...)
		if rec.Code != c.code && !(c.code == 413 && rec.Code == 422) || !strings.Contains(rec.Body.String(), c.says) || !strings.Contains(rec.Body.String(), `type="file"`) {
			t.Errorf("%s: %d\n%.300s", what, rec.Code, rec.Body)
		}
	}
	if n := len(listed(t, w)); n != 2 { // that of the demonstration and the good one
		t.Errorf("%d files", n)
	}
	if rec := w.ask(t, auth.Registrar, "POST", "/missions/TER-EAU/files", "file=x", "Content-Type", "application/x-www-form-urlencoded"); rec.Code != 422 {
		t.Errorf("a form without files: %d", rec.Code)
	}
	for _, at := range []string{"/missions/GHOST/files", "/files/999/x.pdf", "/files/1/other.pdf", "/files/x/note-exemple-eau.pdf", "/files/9999999999999999999/x"} {
		if got := w.ask(t, auth.Registrar, "GET", at, "").Code; got != 404 {
			t.Errorf("%s: %d", at, got)
		}
	}
}

func mustRead(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.FromSlash(path))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Ranges count the bytes of the file, also when the reader takes gzip.
func TestFileRanges(t *testing.T) {
	w := demos[0].read(t)
	whole := mustRead(t, "../../packs/hainaut/files/budget-exemple.csv")
	const at = "/files/2/budget-exemple.csv"
	for asked, want := range map[string]struct {
		code int
		body string
	}{
		"":              {200, whole},
		"bytes=0-4":     {206, whole[:5]},
		"bytes=5-":      {206, whole[5:]},
		"bytes=-3":      {206, whole[len(whole)-3:]},
		"bytes=9999-":   {416, ""},
		"bytes=4-2":     {416, ""},
		"cows=1-2":      {416, ""},
		"bytes=0-99999": {206, whole},
	} {
		rec := w.get(t, at, "Range", asked, "Accept-Encoding", "gzip")
		if rec.Code != want.code || want.body != "" && (rec.Body.String() != want.body || rec.Header().Get("Content-Encoding") != "") {
			t.Errorf("%q: %d %q", asked, rec.Code, rec.Body)
		}
	}
	tag := w.get(t, at).Header().Get("ETag")
	if rec := w.get(t, at, "If-Range", tag, "Range", "bytes=0-4"); rec.Code != 206 {
		t.Errorf("If-Range with its tag: %d", rec.Code)
	}
	if rec := w.get(t, at, "If-Range", `"other"`, "Range", "bytes=0-4"); rec.Code != 200 {
		t.Errorf("If-Range with another tag: %d", rec.Code)
	}
}

// The API takes the bytes themselves as the body.
func TestFilesByAPI(t *testing.T) {
	w := demos[0].write(t)
	const at = "/api/v1/missions/TER-EAU/files"
	var f files.Document
	rec := w.ask(t, auth.Registrar, "POST", at+"?name=plan.pdf", plan, "Content-Type", "application/pdf")
	if err := json.Unmarshal(rec.Body.Bytes(), &f); err != nil || rec.Code != 201 || f.Size != int64(len(plan)) || f.State != files.Clean {
		t.Fatalf("%d %s %v", rec.Code, rec.Body, err)
	}
	if rec := w.get(t, f.Href); rec.Body.String() != plan {
		t.Errorf("%d %q", rec.Code, rec.Body)
	}
	for query, want := range map[string]string{"?name=plan.pdf": "file.twice", "": "param.required", "?name=plan.png": "file.extension"} {
		if rec := w.ask(t, auth.Registrar, "POST", at+query, plan+map[bool]string{true: "\n", false: ""}[want == "file.extension"]); !strings.Contains(rec.Body.String(), want) {
			t.Errorf("%q: %d %s", query, rec.Code, rec.Body)
		}
	}
	if rec := w.ask(t, auth.Registrar, "POST", at+"?name=a.txt", strings.Repeat("x", 21<<20)); rec.Code != 413 && rec.Code != 422 {
		t.Errorf("too much: %d", rec.Code)
	}
	one := fmt.Sprintf("%s/%d", at, f.ID)
	if rec := w.ask(t, auth.Analyst, "DELETE", one, ""); rec.Code != 403 {
		t.Errorf("an analyst removes: %d", rec.Code)
	}
	if rec := w.ask(t, auth.Registrar, "DELETE", one, ""); rec.Code != 200 || w.get(t, f.Href).Code != 404 {
		t.Errorf("removing: %d", rec.Code)
	}
	if rec := w.ask(t, auth.Registrar, "DELETE", one, ""); rec.Code != 404 {
		t.Errorf("removing twice: %d", rec.Code)
	}
}

func TestFilesByCommand(t *testing.T) {
	database := demos[0].copy(t)
	dir := t.TempDir()
	in, out := filepath.Join(dir, "convention.txt"), filepath.Join(dir, "out.txt")
	if err := os.WriteFile(in, []byte("une convention"), 0o600); err != nil {
		t.Fatal(err)
	}
	id, _, _ := strings.Cut(must(t, database, "files", "add", "mission:TER-EAU", in).out, "\t")
	if got := must(t, database, "files", "list", "mission:TER-EAU").out; strings.Count(got, "\n") != 2 || !strings.Contains(got, "convention.txt\ttext/plain\t14\t") {
		t.Errorf("list: %s", got)
	}
	if got := must(t, database, "files", "get", id).out; got != "une convention" {
		t.Errorf("get: %q", got)
	}
	must(t, database, "files", "get", id, "-o", out)
	if mustRead(t, out) != "une convention" {
		t.Error("get -o wrote something else")
	}
	must(t, database, "files", "remove", "mission:TER-EAU", id)
	if got := run(t, database, "files", "get", id); got.code != 1 {
		t.Errorf("removed: %s", got)
	}
	must(t, database, "files", "restore", "mission:TER-EAU", id)
	if got := must(t, database, "files", "sweep", "--dry-run").out; !strings.Contains(got, "0 rows") || !strings.Contains(got, "would be removed") {
		t.Errorf("sweep: %s", got)
	}
	if got := must(t, database, "files", "verify").out; !strings.HasPrefix(got, "ok    3 blobs") {
		t.Errorf("verify: %s", got)
	}
	if got := must(t, database, "doctor").out; !strings.Contains(got, "ok    files      3 blobs") {
		t.Errorf("doctor: %s", got)
	}
	// Negative control: bytes that are elsewhere are missed.
	for _, command := range [][]string{{"files", "verify"}, {"doctor"}} {
		if got := run(t, database, append(command, "--files", t.TempDir())...); got.code != 1 || !strings.Contains(got.out, "FAIL") {
			t.Errorf("%v without the bytes: %s", command, got)
		}
	}
	for _, bad := range []string{"files", "files nothing", "files list", "files list mission", "files get x", "files add mission:TER-EAU"} {
		if got := run(t, database, strings.Fields(bad)...); got.code != 2 {
			t.Errorf("%s: %s", bad, got)
		}
	}
	for _, bad := range []string{"files list ghost:1", "files list mission:GHOST", "files get 99", "files add mission:TER-EAU /no/such/file", "doctor --clamd nonsense", "doctor --files s3://", "doctor --clamd unix:/no/such/socket"} {
		if got := run(t, database, strings.Fields(bad)...); got.code != 1 {
			t.Errorf("%s: %s", bad, got)
		}
	}
}

// Files travel in archives, and a drill notices when they do not.
func TestFilesInArchives(t *testing.T) {
	database, dir := demos[0].copy(t), t.TempDir()
	archive, elsewhere := filepath.Join(dir, "a.tar.gz"), filepath.Join(dir, "elsewhere")
	if got := must(t, database, "backup", "-o", archive).out; !strings.Contains(got, "2 files, 27450 bytes") || strings.Contains(got, "WARNING") {
		t.Errorf("backup: %s", got)
	}
	target := "sqlite:" + filepath.Join(dir, "new.db")
	must(t, target, "restore", archive, "--files", elsewhere)
	if got := must(t, target, "files", "verify", "--files", elsewhere).out; !strings.HasPrefix(got, "ok    2 blobs") {
		t.Errorf("verify: %s", got)
	}
	if got := must(t, database, "drill", archive).out; !strings.Contains(got, "2 files read to their end") {
		t.Errorf("drill: %s", got)
	}
	// Negative control: an archive without the bytes says so and fails the drill.
	if got := must(t, database, "backup", "-o", archive, "--files", t.TempDir()).out; strings.Count(got, "WARNING") != 2 || !strings.Contains(got, "0 files") {
		t.Errorf("backup without the bytes: %s", got)
	}
	if got := run(t, database, "drill", archive); got.code != 1 || !strings.Contains(got.err, "missing or damaged") {
		t.Errorf("drill without the bytes: %s", got)
	}
}
