package app_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/mail"
	"beffroi/test/smtpd"
)

const form = "application/x-www-form-urlencoded"

// posted writes a letter and has it posted; it gives the letter.
func (w *world) posted(t *testing.T, l mail.Letter) mail.Record {
	t.Helper()
	if err := w.DB.Write(t.Context(), func(tx *db.Tx) error { return w.Mail.Send(tx, l) }); err != nil {
		t.Fatal(err)
	}
	doDue(t, w.House)
	o, err := w.Mail.Overview(t.Context(), auth.System("test"), mail.Filter{Limit: 1})
	if err != nil || len(o.Letters) != 1 {
		t.Fatal(o, err)
	}
	return o.Letters[0]
}

// The address of List-Unsubscribe: a page asks, a mail program's one click
// stops, without cookies, in both encodings that RFC 8058 allows.
func TestUnsubscribing(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.write(t)
		outside := mail.Letter{To: mail.Address{Mail: "anne@example.org"}, Kind: "test"}
		r := w.posted(t, outside)
		at := w.Mail.Letterhead(r).StopHref
		at = at[strings.Index(at, mail.StopPath):]
		asked := w.get(t, at, "Accept-Language", "en")
		if asked.Code != 200 || !strings.Contains(asked.Body.String(), "somebody tried sending to your address") || !strings.Contains(asked.Body.String(), `method="post"`) {
			t.Errorf("%d\n%s", asked.Code, asked.Body)
		}
		if r := w.posted(t, outside); r.State != mail.Kept {
			t.Errorf("asking stops: %+v", r)
		}
		var multi bytes.Buffer
		multi.WriteString("--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n")
		for media, body := range map[string]string{form: "List-Unsubscribe=One-Click", "multipart/form-data; boundary=b": multi.String()} {
			if rec := w.ask(t, "", http.MethodPost, at, body, "Content-Type", media); rec.Code != 200 || len(rec.Result().Cookies()) != 0 {
				t.Errorf("%s: %d\n%s", media, rec.Code, rec.Body)
			}
		}
		if r := w.posted(t, outside); r.State != mail.Withheld {
			t.Errorf("one click changes nothing: %+v", r)
		}
		if rec := w.ask(t, "", http.MethodPost, "/mail/stop?letter=forged", "List-Unsubscribe=One-Click", "Content-Type", form); rec.Code != 404 {
			t.Errorf("a forged token: %d", rec.Code)
		}
		if rec := w.ask(t, "", http.MethodPost, "/mail/stop", "", "Content-Type", form); rec.Code != 404 {
			t.Errorf("no token: %d", rec.Code)
		}
	})
}

// The log: who may look, post again and lift a block; it never shows the words.
func TestMailLog(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.write(t)
		r := w.posted(t, mail.Letter{To: mail.Address{Name: "Anne", Mail: "anne@example.org"}, Kind: "test", Lang: "en"})
		alter(t, w.DB, "UPDATE mail_letter SET state = 'refused', answer = '550 5.1.1 <nobody> here' WHERE id = $1", r.ID)
		alter(t, w.DB, "INSERT INTO mail_failure (address, reason, at) VALUES ('anne@example.org', '5.1.1 gone', $1)", db.At(w.DB.Clock().Now()))
		for role, verbs := range map[auth.Role]bool{auth.Admin: true, auth.Auditor: false} {
			page := w.ask(t, role, "GET", "/staff/mail?lang=en&to=Anne@example.org", "").Body.String()
			for _, want := range []string{"anne@example.org", "550 5.1.1 &lt;nobody&gt; here", "refused", "5.1.1 gone", "trial letter"} {
				if !strings.Contains(page, want) {
					t.Errorf("%s: %q is not on the page", role, want)
				}
			}
			if strings.Contains(page, "Post again: letter") != verbs || strings.Contains(page, "Lift the block on") != verbs {
				t.Errorf("%s sees too much or too little", role)
			}
			if strings.Contains(page, "the mail server accepted it") {
				t.Errorf("%s reads the letter", role)
			}
		}
		csv := w.ask(t, auth.Admin, "GET", "/staff/mail?format=csv&state=refused", "").Body.String()
		if !strings.Contains(csv, "anne@example.org") || strings.Count(csv, "\n") != 2 {
			t.Errorf("the file:\n%s", csv)
		}
		for _, c := range []struct {
			address, body string
			want          int
		}{
			{"/staff/mail/addresses", "address=" + url.QueryEscape("anne@example.org"), 303},
			{"/staff/mail/addresses", "address=" + url.QueryEscape("anne@example.org"), 404},
			{"/staff/mail/999999", "", 404},
			{"/staff/mail/x", "", 404},
			{"/staff/mail/1", "words=other", 400},
		} {
			if rec := w.ask(t, auth.Admin, "POST", c.address, c.body, "Content-Type", form); rec.Code != c.want {
				t.Errorf("%s %s: %d, want %d", c.address, c.body, rec.Code, c.want)
			}
		}
		for role, want := range map[auth.Role]int{auth.Agent: 404, auth.Auditor: 200} { // the block that was lifted names the address
			if rec := w.ask(t, role, "GET", "/history/letter/address", ""); rec.Code != want || strings.Contains(rec.Body.String(), "anne@example.org") != (want == 200) {
				t.Errorf("history as %s: %d", role, rec.Code)
			}
		}
		again := "/staff/mail/" + strings.TrimPrefix(r.Ref().String(), "letter:")
		for _, want := range []int{303, 409} {
			if rec := w.ask(t, auth.Admin, "POST", again, "", "Content-Type", form); rec.Code != want {
				t.Errorf("posting again: %d, want %d", rec.Code, want)
			}
		}
	})
}

// The mailbox: one's own letters, as text in the page and as a document whose
// policy lets nothing happen.
func TestMailbox(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		database := d.copy(t)
		w := newWorld(t, database)
		agent := actorOf(t, w.House, auth.Agent)
		r := w.posted(t, mail.Letter{Account: agent.Account, Kind: "notice", Link: "/communes/53053", Args: map[string]any{"text": "<b>Essai</b>"}})
		letter := "letter=" + strings.TrimPrefix(r.Ref().String(), "letter:")
		page := w.ask(t, auth.Agent, "GET", "/staff/mailbox?"+letter, "").Body.String()
		for _, want := range []string{"&lt;b&gt;Essai&lt;/b&gt;", "/communes/53053", "Ouvrir dans Beffroi", "Ne plus recevoir ces messages"} {
			if !strings.Contains(page, want) {
				t.Errorf("%q is not on the page", want)
			}
		}
		doc := w.ask(t, auth.Agent, "GET", "/staff/mailbox/letter?"+letter, "")
		if csp := doc.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "sandbox") || strings.Contains(csp, "script-src") || !strings.Contains(doc.Body.String(), "&lt;b&gt;Essai&lt;/b&gt;") {
			t.Errorf("policy %q", csp)
		}
		for role, want := range map[auth.Role]int{auth.Agent: 200, auth.Admin: 200, auth.Analyst: 404, auth.Auditor: 404} { // administrators read along in a demonstration
			for _, at := range []string{"/staff/mailbox?", "/staff/mailbox/letter?"} {
				if rec := w.ask(t, role, "GET", at+letter, ""); rec.Code != want {
					t.Errorf("%s as %s: %d, want %d", at, role, rec.Code, want)
				}
			}
		}
		if list := w.ask(t, auth.Agent, "GET", "/staff/mailbox", "").Body.String(); !strings.Contains(list, letter) {
			t.Error("it is not in the list")
		}
		alter(t, w.DB, "DELETE FROM setting WHERE name = 'demo'")
		real := open(t, database)
		defer real.Close()
		boss := actorOf(t, real, auth.Admin)
		if _, err := real.Mail.Kept(t.Context(), boss, r.ID); err == nil {
			t.Error("outside of a demonstration an administrator reads the letters of others")
		}
	})
}

// The list and the choices, by form and by API.
func TestNoticePages(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.write(t)
		page := w.ask(t, auth.Agent, "GET", "/staff/notices?lang=en", "").Body.String()
		for _, want := range []string{"You have the role “Agent” from", `class="news"`, "/history/account/demo-agent"} {
			if !strings.Contains(page, want) {
				t.Errorf("%q is not on the page", want)
			}
		}
		var rows struct {
			Items []struct {
				ID   int64
				Text string
				Read *time.Time
			}
		}
		rec := w.ask(t, auth.Agent, "GET", "/api/v1/notices?unread=1&lang=en", "")
		if err := json.Unmarshal(rec.Body.Bytes(), &rows); err != nil || len(rows.Items) != 1 || rows.Items[0].Read != nil || !strings.HasPrefix(rows.Items[0].Text, "You have the role") {
			t.Fatalf("%v: %s", err, rec.Body)
		}
		id := strings.Split(rec.Body.String(), ",")[0][len(`{"items":[{"id":`):]
		if rec := w.ask(t, auth.Analyst, "POST", "/staff/notices", "do=read&id="+id, "Content-Type", form); rec.Code != 404 {
			t.Errorf("another marks it: %d", rec.Code)
		}
		if rec := w.ask(t, auth.Agent, "POST", "/api/v1/notices/"+id+"/read", "", "Content-Type", "application/json"); rec.Code != 200 || strings.TrimSpace(rec.Body.String()) != `{"unread":0}` {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
		if page := w.ask(t, auth.Agent, "GET", "/staff/notices?lang=en", "").Body.String(); strings.Contains(page, `class="news"`) || strings.Contains(page, "Mark read") {
			t.Error("it is unread still")
		}
		for _, c := range []struct {
			address, body string
			want          int
		}{
			{"/staff/notices", "do=all", 303}, {"/staff/notices", "do=burn", 400}, {"/staff/notices", "do=read&id=x", 404},
			{"/staff/notices/choices", "role.given=daily&role.ended=never&job.dead=now", 303},
			{"/staff/notices/choices", "role.given=hourly&role.ended=weekly&job.dead=now", 422},
			{"/staff/notices/choices", "role.given=daily&unknown=daily", 400},
		} {
			rec := w.ask(t, auth.Agent, "POST", c.address, c.body, "Content-Type", form)
			if rec.Code != c.want {
				t.Errorf("%s %s: %d, want %d", c.address, c.body, rec.Code, c.want)
			}
			if c.want == 422 && (!strings.Contains(rec.Body.String(), `href="#role.given"`) || strings.Count(rec.Body.String(), "selected") != 2) {
				t.Errorf("what was typed is lost, or the summary does not lead to the field:\n%s", rec.Body)
			}
		}
		if list, err := w.Notice.Choices(t.Context(), actorOf(t, w.House, auth.Agent)); err != nil || list[0].Frequency != "daily" || list[1].Frequency != "never" {
			t.Errorf("%v, %v", list, err)
		}
		csv := w.ask(t, auth.Agent, "GET", "/staff/notices?format=csv&lang=en", "").Body.String()
		if !strings.Contains(csv, "role.given") || strings.Count(csv, "\n") != 2 {
			t.Errorf("the file:\n%s", csv)
		}
	})
}

// The commands against a real server: a trial letter, a bounce from standard
// input, the doctor's line.
func TestMailCommands(t *testing.T) {
	database, box := demos[0].copy(t), smtpd.StartTLS(t)
	box.User, box.Password = "beffroi", "s3cret"
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("s3cret\nnot this\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	flags := []string{"--smtp", "smtp://beffroi@" + box.Addr + "?ca=" + box.CA, "--mail-from", "Beffroi <noreply@b.test>", "--mail-return", "bounces@b.test", "--smtp-password-file", secret}
	if got := must(t, database, append([]string{"mail", "test", "anne@example.org"}, flags...)...); !strings.Contains(got.out, "posted: ") {
		t.Error(got)
	}
	if got := box.Letters(); len(got) != 1 || got[0].From != "bounces@b.test" || got[0].Message(t).Header.Get("From") != `"Beffroi" <noreply@b.test>` {
		t.Errorf("%+v", got)
	}
	if got := must(t, database, append([]string{"doctor"}, flags...)...); !strings.Contains(got.out, "ok    mail       "+box.Addr+" takes our sender; 0 letters on their way") {
		t.Error(got)
	}
	if got := must(t, database, "doctor"); !strings.Contains(got.out, "ok    mail       no server") {
		t.Error(got)
	}
	box.Password = "changed"
	if got := run(t, database, append([]string{"doctor"}, flags...)...); got.code != 1 || !strings.Contains(got.out, "FAIL  mail") {
		t.Error(got)
	}
	for _, c := range []struct{ args, says string }{
		{"mail test anne@example.org", "No mail server"},
		{"mail test not-an-address --smtp smtp+plain://127.0.0.1:1 --mail-from a@b.test", "not an address"},
		{"mail test anne@example.org --smtp smtp+plain://127.0.0.1:1", "no valid sender"},
		{"mail test anne@example.org --smtp smtp+plain://127.0.0.1:1 --mail-from a@b.test", "did not take the message"},
		{"mail test anne@example.org --smtp http://x --mail-from a@b.test", "not the address of a mail server"},
		{"mail test anne@example.org --smtp smtp://a@x --mail-from a@b.test", "without a password"},
		{"mail test anne@example.org --smtp smtp://a@x --mail-from a@b.test --smtp-password-file /none", "/none"},
		{"serve --smtp smtp://x", "no valid sender"},
	} {
		if got := run(t, database, strings.Fields(c.args)...); got.code != 1 || !strings.Contains(got.err, c.says) {
			t.Errorf("%s: %s", c.args, got)
		}
	}
	for _, args := range []string{"mail", "mail post", "mail test", "mail bounce now"} {
		if got := run(t, database, strings.Fields(args)...); got.code != 2 {
			t.Errorf("%s: %s", args, got)
		}
	}
}

func TestMailBounceCommand(t *testing.T) {
	database, box := demos[0].copy(t), smtpd.Plain(t)
	h := mailed(t, database, box, demos[0].read(t).DB.Clock().Now())
	w := &world{House: h}
	w.posted(t, mail.Letter{To: mail.Address{Mail: "anne@example.org"}, Kind: "test"})
	sent := box.Letters()
	if len(sent) != 1 {
		t.Fatal("nothing was sent")
	}
	report := "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; anne@example.org\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 gone\n\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: " + sent[0].Message(t).Header.Get("Message-ID") + "\n\n--b--\n"
	if got := runWith(t, database, report, "mail", "bounce"); got.code != 0 || got.out != "failed 5.1.1 550 gone\n" {
		t.Error(got)
	}
	if r := w.posted(t, mail.Letter{To: mail.Address{Mail: "anne@example.org"}, Kind: "test"}); r.State != mail.Withheld {
		t.Errorf("%+v", r)
	}
	for input, says := range map[string]string{"Subject: hello\n\nhello\n": "not a delivery status notification", strings.Replace(report, "Message-ID: <", "Message-ID: <x", 1): "No letter of this platform"} {
		if got := runWith(t, database, input, "mail", "bounce"); got.code != 1 || !strings.Contains(got.err, says) {
			t.Errorf("%.40q: %s", input, got)
		}
	}
}
