package app_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"beffroi/internal/app"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/web"
)

const formType = "application/x-www-form-urlencoded"

func (w *world) post(t testing.TB, role auth.Role, address string, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return w.ask(t, role, "POST", address, form.Encode(), "Content-Type", formType)
}

// says fails unless a page answers with a status and holds some texts.
func says(t *testing.T, rec *httptest.ResponseRecorder, status int, texts ...string) {
	t.Helper()
	if rec.Code != status {
		t.Errorf("answered %d, want %d: %.300s", rec.Code, status, rec.Body)
	}
	for _, want := range texts {
		if !strings.Contains(rec.Body.String(), want) {
			t.Errorf("%q is not on the page", want)
		}
	}
}

// From "my data": look, take a copy, ask for erasure, think again.
func TestMyData(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.write(t)
		says(t, w.ask(t, auth.Agent, "GET", "/staff/me/data?lang=en", ""), 200, "Keep the accounts", "identity", "Download the copy (ZIP)", "Ask for the erasure of my data", "replaced by a pseudonym")
		rec := w.post(t, auth.Agent, "/staff/me/data", "do", "export")
		if rec.Code != 200 || rec.Header().Get("Content-Type") != "application/zip" || rec.Header().Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %v", rec.Code, rec.Header())
		}
		files := unzip(t, rec.Body.Bytes())
		var doc struct {
			Person   struct{ Kind, Key string }
			Sections []struct {
				Table string
				Rows  []map[string]any
			}
		}
		if err := json.Unmarshal([]byte(files["data.json"]), &doc); err != nil || doc.Person.Key != "demo-agent" {
			t.Fatalf("%+v, %v", doc, err)
		}
		held := map[string]int{}
		for _, s := range doc.Sections {
			held[s.Table] += len(s.Rows)
		}
		if held["account"] == 0 || held["account_session"] != 1 || held["account_grant"] != 1 || held["audit_entry"] < 2 {
			t.Errorf("the copy holds %v", held)
		}
		for _, not := range []string{"$argon2id", "token_hash", "demo-admin@", "salt"} {
			if strings.Contains(files["data.json"], not) {
				t.Errorf("the copy holds %s", not)
			}
		}
		for _, want := range []string{`<html lang="fr">`, "<h1>", "demo-agent", `<th scope="col"`, "<caption"} {
			if !strings.Contains(files["index.html"], want) {
				t.Errorf("the page of the copy lacks %s", want)
			}
		}
		if regexp.MustCompile(`(src|href)="(https?:)?//`).MatchString(files["index.html"]) || strings.Contains(files["index.html"], "<script") {
			t.Error("the page of the copy needs something from elsewhere")
		}
		says(t, w.post(t, auth.Agent, "/staff/me/data", "do", "erase"), 303)
		says(t, w.ask(t, auth.Agent, "GET", "/staff/me/data?lang=en", ""), 200, "Erasure due on", "7 December 2026", "Withdraw the request for erasure")
		says(t, w.post(t, auth.Agent, "/staff/me/data", "do", "erase"), 409)
		id := fmt.Sprint(count(t, w.DB, "SELECT max(id) FROM privacy_request"))
		says(t, w.post(t, auth.Analyst, "/staff/me/data", "do", "withdraw", "id", id), 404)
		says(t, w.post(t, auth.Agent, "/staff/me/data", "do", "withdraw", "id", id), 303)
		says(t, w.ask(t, auth.Agent, "GET", "/staff/me/data?lang=en", ""), 200, "withdrawn", "Ask for the erasure of my data")
		says(t, w.post(t, auth.Agent, "/staff/me/data", "do", "burn"), 400)
		says(t, w.post(t, auth.Agent, "/staff/me/data", "do", "fetch", "id", id), 404)
		says(t, w.post(t, auth.Admin, "/staff/me/data", "do", "erase"), 409, "seul") // nobody else administers the house
	})
}

func unzip(t *testing.T, archive []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(text)
	}
	return files
}

// What has had its time, what is held, and whom one looks up.
func TestPrivacyBoard(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.write(t)
		long := db.At(w.DB.Clock().Now().Add(-1000 * time.Hour))
		for _, role := range []auth.Role{auth.Admin, auth.Auditor, auth.Analyst} { // whoever signs in sweeps old sessions
			w.enter(t, role)
		}
		alter(t, w.DB, "UPDATE account_session SET created_at = $1 WHERE account = (SELECT id FROM account WHERE username = 'demo-analyst')", long)
		says(t, w.ask(t, auth.Auditor, "GET", "/staff/privacy?lang=en", ""), 200, "account_session", "12 hours after sign-in", "Nothing is held")
		if page := w.ask(t, auth.Auditor, "GET", "/staff/privacy?lang=en", "").Body.String(); strings.Contains(page, "Remove 1 row now") {
			t.Error("an auditor may remove")
		}
		says(t, w.ask(t, auth.Admin, "GET", "/staff/privacy?lang=en", ""), 200, "Remove 1 row now")
		says(t, w.ask(t, auth.Auditor, "GET", "/staff/privacy?format=csv&lang=en", ""), 200, "account_session,12 hours after sign-in,1,0")
		says(t, w.ask(t, auth.Auditor, "GET", "/api/v1/privacy", ""), 200, `"table":"account_session","event":"signed-in","person":false,"rows":1,"held":0`)
		says(t, w.post(t, auth.Admin, "/staff/privacy/holds", "kind", "account", "key", "demo-analyst", "reason", "", "until", "31/01/2027"), 422, "demo-analyst", "31/01/2027")
		says(t, w.post(t, auth.Admin, "/staff/privacy/holds", "kind", "account", "key", "nobody", "reason", "litige"), 422, "nobody", "litige")
		says(t, w.post(t, auth.Admin, "/staff/privacy/holds", "kind", "account", "key", "demo-analyst", "reason", "litige"), 303)
		says(t, w.ask(t, auth.Admin, "GET", "/staff/privacy?lang=en", ""), 200, "litige", "Stop holding demo-analyst")
		says(t, w.post(t, auth.Admin, "/staff/privacy", "do", "retain"), 303)
		if n := count(t, w.DB, "SELECT count(*) FROM account_session WHERE created_at < (SELECT max(created_at) FROM account_session)"); n != 1 {
			t.Errorf("%d old sessions, one is held", n)
		}
		says(t, w.post(t, auth.Admin, "/staff/privacy/account/demo-analyst", "do", "erase"), 409)
		says(t, w.post(t, auth.Admin, "/staff/privacy/holds/1"), 303)
		says(t, w.post(t, auth.Admin, "/staff/privacy/holds/1"), 409)
		says(t, w.post(t, auth.Admin, "/staff/privacy", "do", "retain"), 303)
		if n := count(t, w.DB, "SELECT count(*) FROM account_session WHERE created_at < (SELECT max(created_at) FROM account_session)"); n != 0 {
			t.Errorf("%d old sessions", n)
		}
		rec := w.post(t, auth.Auditor, "/staff/privacy/find", "kind", "holder", "key", "Camille Exemple (fictif)")
		says(t, rec, 303)
		says(t, w.ask(t, auth.Auditor, "GET", rec.Header().Get("Location")+"?lang=en", ""), 200, "Camille Exemple", "a public mandate is a public fact")
		says(t, w.post(t, auth.Admin, rec.Header().Get("Location"), "do", "erase"), 409)
		says(t, w.post(t, auth.Admin, rec.Header().Get("Location"), "do", "export"), 200)
		if n := count(t, w.DB, "SELECT count(*) FROM audit_entry WHERE object_key LIKE 'Camille%'"); n != 0 {
			t.Error("the name of a holder stands in the audit for ever")
		}
		says(t, w.post(t, auth.Auditor, "/staff/privacy/find", "kind", "account", "key", "zzzz"), 422, "zzzz")
		body := `{"object":"import:1","reason":"contrôle","until":"2027-01-31"}`
		says(t, w.ask(t, auth.Admin, "POST", "/api/v1/privacy/holds", body, "Content-Type", "application/json"), 201, `"object":"import:1"`)
		says(t, w.ask(t, auth.Admin, "POST", "/api/v1/privacy/holds", `{"object":"x","reason":"y"}`, "Content-Type", "application/json"), 422)
	})
}

// The commands do what the pages do.
func TestPrivacyCommands(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		address, dir := d.copy(t), t.TempDir()
		if got := must(t, address, "privacy", "due"); !strings.Contains(got.out, "account_session") {
			t.Errorf("due: %s", got)
		}
		must(t, address, "privacy", "run", "--data", dir)
		file := filepath.Join(dir, "a.zip")
		must(t, address, "privacy", "export", "demo-agent", "-o", file)
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
		if got := must(t, address, "privacy", "hold", "account:demo-agent", "--reason", "litige", "--until", "2099-01-01"); !strings.Contains(got.out, "privacy release 1") {
			t.Errorf("hold: %s", got)
		}
		if got := run(t, address, "privacy", "erase", "demo-agent"); got.code != 1 || !strings.Contains(got.err, "held") {
			t.Errorf("erase: %s", got)
		}
		must(t, address, "privacy", "release", "1")
		if got := must(t, address, "privacy", "erase", "demo-agent"); !strings.Contains(got.out, "privacy withdraw 1") {
			t.Errorf("erase: %s", got)
		}
		if got := must(t, address, "privacy", "show", "demo-agent"); !strings.Contains(got.out, "erasure  waiting") && !strings.Contains(got.out, "waiting") {
			t.Errorf("show: %s", got)
		}
		must(t, address, "privacy", "withdraw", "1")
		for _, args := range [][]string{{"privacy"}, {"privacy", "burn"}, {"privacy", "erase"}, {"privacy", "release", "x"}, {"privacy", "export", "demo-agent"}, {"keys"}, {"keys", "make"}} {
			if got := run(t, address, args...); got.code != 2 {
				t.Errorf("%v: %s", args, got)
			}
		}
		for _, args := range [][]string{{"privacy", "erase", "nobody"}, {"privacy", "erase", "holder:Nobody"}, {"privacy", "show", ":"}, {"privacy", "hold", "demo-agent", "--reason", "x", "--until", "soon"}} {
			if got := run(t, address, args...); got.code != 1 {
				t.Errorf("%v: %s", args, got)
			}
		}
	})
}

func TestKeysCommands(t *testing.T) {
	address, dir := demos[0].copy(t), t.TempDir()
	file := filepath.Join(dir, "keys", "master.key")
	must(t, address, "keys", "make", file)
	if got := run(t, address, "keys", "make", file); got.code != 1 {
		t.Errorf("made twice: %s", got)
	}
	must(t, address, "keys", "list", "--master-key", file)
	must(t, address, "keys", "rotate", "--master-key", file)
	if got := run(t, address, "keys", "rotate", "--purpose", "weather"); got.code != 1 || !strings.Contains(got.err, "weather") {
		t.Errorf("rotate: %s", got)
	}
	if got := must(t, address, "doctor", "--master-key", file); !strings.Contains(got.out, "ok    keys") {
		t.Errorf("doctor: %s", got)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := run(t, address, "doctor", "--master-key", file); got.code != 1 || !strings.Contains(got.err, "chmod 600") {
		t.Errorf("a key that all may read: %s", got)
	}
}

// Whatever is asked, with whatever values, the log names nobody.
func TestLogsNameNobody(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		var log bytes.Buffer
		h, err := app.Open(t.Context(), app.Config{DB: d.copy(t), Pack: "hainaut", Log: "json"}, clock.Fixed(dbtest.Now()), &log)
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		w := &world{House: h, handler: h.Handler(), session: map[auth.Role]string{}, token: map[auth.Role]string{}}
		live(t, w)
		alter(t, w.DB, "UPDATE account SET name = $1, email = $2 WHERE username <> $3", markedName, markedEmail, markedUser)
		for _, r := range w.Routes.List() {
			for name := range r.Sample {
				if name == "username" || name == "key" && strings.HasPrefix(r.Pattern, "/staff/privacy/") {
					r.Sample[name] = markedUser
				}
			}
			headers := []string{"Content-Type", map[bool]string{true: "application/json", false: formType}[r.Kind == web.APIRoute]}
			if r.Pattern != "/signout" {
				w.ask(t, reader(r), r.Method, address(t, r), "", headers...)
			}
		}
		name, mail := url.QueryEscape(markedName), url.QueryEscape(markedEmail)
		for _, q := range []asked{{auth.Admin, "/history/account/" + markedUser}, {auth.Admin, "/staff/accounts/" + markedUser + "/nothing"}, {auth.Admin, "/staff/audit?actor=" + markedUser},
			{auth.Admin, "/staff/access?person=" + markedUser}, {"", "/search?q=" + name}, {"", "/communes?figure=" + mail}, {auth.Admin, "/staff/privacy/holder/" + url.PathEscape(markedName)}} {
			w.ask(t, q.role, "GET", q.address, "")
		}
		for _, pairs := range [][]string{{"/signin", "username", markedUser, "password", "wrong"}, {"/staff/accounts", "username", markedUser, "name", markedName, "email", markedEmail, "password", "x"},
			{"/staff/accounts", "username", "ok.name", "name", markedName, "email", markedEmail, "password", demoPassword, "role", "agent"}, {"/staff/accounts/" + markedUser, "do", "close"},
			{"/staff/privacy/find", "kind", "holder", "key", markedName}, {"/staff/privacy/holds", "kind", "account", "key", markedUser, "reason", markedEmail}, {"/staff/privacy/account/" + markedUser, "do", "erase"}} {
			w.post(t, auth.Admin, pairs[0], pairs[1:]...)
		}
		text := log.String()
		for _, mark := range []string{markedUser, markedName, markedEmail, name, mail, url.PathEscape(markedName)} {
			if i := strings.Index(text, mark); i >= 0 {
				t.Errorf("the log names somebody: …%s…", text[max(0, i-200):min(len(text), i+100)])
			}
		}
		for _, pattern := range []string{"/staff/accounts/{username}", "/staff/privacy/{kind}/{key}", "/history/{kind}/{key}"} {
			if !strings.Contains(text, pattern) {
				t.Errorf("the log does not tell of %s", pattern)
			}
		}
		w.get(t, "/communes/"+markedUser) // negative control: an address that everybody may open is told
		if !strings.Contains(log.String(), markedUser) {
			t.Error("the log tells nothing at all")
		}
	})
}
