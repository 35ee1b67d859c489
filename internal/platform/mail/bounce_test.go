package mail

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/test/smtpd"
)

// report is a notification in the form that Postfix gives it.
func report(messageID, action, status, diagnostic string) string {
	return strings.ReplaceAll(fmt.Sprintf(`From: MAILER-DAEMON@mail.test (Mail Delivery System)
To: noreply@province.test
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B/1.2"

This is a MIME-encapsulated message.

--B/1.2
Content-Description: Notification
Content-Type: text/plain; charset=utf-8

I'm sorry to have to inform you that your message could not be delivered.

--B/1.2
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.test
X-Postfix-Queue-ID: B
Arrival-Date: Mon, 23 Nov 2026 11:00:00 +0100 (CET)

Final-Recipient: rfc822; anne@example.org
Original-Recipient: rfc822;anne@example.org
Action: %s
Status: %s
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; %s

--B/1.2
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Return-Path: <noreply@province.test>
Message-ID: <%s>
Subject: =?utf-8?q?Appel?=

--B/1.2--
`, action, status, diagnostic, messageID), "\n", "\r\n")
}

func TestParseBounce(t *testing.T) {
	good := report("abc@province.test", "failed", "5.1.1", "550 5.1.1 <anne@example.org>: User unknown")
	want := Bounce{"abc@province.test", []Delivery{{"anne@example.org", "failed", "5.1.1", "550 5.1.1 <anne@example.org>: User unknown"}}}
	status := "Reporting-MTA: dns; mail.test\r\n\r\nFinal-Recipient: rfc822; anne@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 <anne@example.org>: User unknown"
	from := good[strings.Index(good, "Reporting-MTA"):strings.Index(good, "\r\n\r\n--B/1.2\r\nContent-Description: Undelivered")]
	for name, text := range map[string]string{
		"Postfix":            good,
		"bare newlines":      strings.ReplaceAll(good, "\r\n", "\n"),
		"no blank lines":     strings.Replace(good, from, status, 1),
		"comment of status":  strings.Replace(good, "Status: 5.1.1", "Status: 5.1.1 (bad destination)", 1),
		"other capitals":     strings.NewReplacer("Action: failed", "ACTION: Failed", "report-type=delivery-status", "Report-Type=Delivery-Status").Replace(good),
		"whole letter":       strings.Replace(good, "text/rfc822-headers", "message/rfc822", 1),
		"headers cut off":    strings.Replace(good, "Subject: =?utf-8?q?Appel?=\r\n\r\n", "", 1),
		"packed status":      strings.Replace(good, "message/delivery-status\r\n\r\n"+from, "message/delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\n"+base64.StdEncoding.EncodeToString([]byte(status)), 1),
		"many blank lines":   strings.Replace(good, "\r\n\r\nFinal-Recipient", "\r\n\r\n\r\n\r\nFinal-Recipient", 1),
		"part without type":  strings.Replace(good, "--B/1.2\r\n", "--B/1.2\r\n\r\nhello\r\n--B/1.2\r\n", 1),
		"internationalised":  strings.Replace(good, "message/delivery-status", "message/global-delivery-status", 1),
		"folded diagnostics": strings.Replace(good, "550 5.1.1 <", "550 5.1.1\r\n    <", 1),
	} {
		if got, err := ParseBounce(strings.NewReader(text)); err != nil || !cmp.Equal(got, want) {
			t.Errorf("%s: %v\n%s", name, err, cmp.Diff(want, got))
		}
	}
	for name, text := range map[string]string{
		"nothing":              "",
		"no message":           "hello",
		"an ordinary letter":   "Subject: hello\r\n\r\nhello\r\n",
		"a read receipt":       strings.Replace(good, "report-type=delivery-status", "report-type=disposition-notification", 1),
		"no boundary":          strings.Replace(good, `; boundary="B/1.2"`, "", 1),
		"no letter in it":      strings.Replace(good, "Message-ID", "X-ID", 1),
		"no recipient":         strings.Replace(good, "Action: failed", "X-Action: failed", 1),
		"cut off":              good[:strings.Index(good, "Final-Recipient")],
		"a line that is wrong": strings.Replace(good, "Action: failed", "Action failed", 1),
		"too large":            good + strings.Repeat("x", maxBounce),
	} {
		if got, err := ParseBounce(strings.NewReader(text)); fault.KindOf(err) != fault.Invalid && fault.KindOf(err) != fault.TooLarge {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func FuzzParseBounce(f *testing.F) {
	good := report("abc@province.test", "failed", "5.1.1", "550 5.1.1 User unknown")
	for _, seed := range []string{good, strings.ReplaceAll(good, "\r\n", "\n"), report("<>", "delayed", "4.2.2", "x"), good[:600], "Content-Type: multipart/report; boundary=a; report-type=delivery-status\n\n--a\nContent-Type: message/delivery-status\n\n\n\nAction: failed\n--a--"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := ParseBounce(strings.NewReader(text))
		if err != nil {
			if k := fault.KindOf(err); k != fault.Invalid && k != fault.TooLarge {
				t.Fatal(err)
			}
			return
		}
		if b.MessageID == "" || len(b.Recipients) == 0 {
			t.Fatalf("%+v", b)
		}
		for _, d := range b.Recipients {
			if all := d.Address + d.Action + d.Status + d.Diagnostic; !utf8.ValidString(all) || strings.ContainsAny(all, "\x00\r\n") {
				t.Fatalf("not fit to be kept: %+v", d)
			}
		}
	})
}

// What a bounce does to the letter and to its address.
func TestReturn(t *testing.T) {
	each(t, func(t *testing.T, h *desk, box *smtpd.Server) {
		for _, c := range []struct {
			action, status string
			want           State
			failed         bool
		}{
			{"delivered", "2.0.0", Sent, false},
			{"delayed", "4.4.7", Sent, false},
			{"failed", "4.4.7", Sent, false}, // given up on, but not for good
			{"failed", "5.2.2", Bounced, false},
			{"failed", "5.7.1", Bounced, false},
			{"failed", "5.1.1", Bounced, true},
			{"failed", "5.2.1", Bounced, true},
		} {
			h.send(t, call())
			if err := h.work(t, 1); err != nil {
				t.Fatal(err)
			}
			r := h.letters(t)[0]
			for range 2 {
				if _, err := h.Return(h.ctx, strings.NewReader(report(r.id, c.action, c.status, "words"))); err != nil {
					t.Fatal(err)
				}
			}
			r = h.letters(t)[0]
			o, err := h.Overview(h.ctx, admin, Filter{Limit: 1})
			if err != nil || r.State != c.want || (len(o.Failures) == 1) != c.failed {
				t.Errorf("%+v: %+v, %+v, %v", c, r, o.Failures, err)
			}
			if told := strings.Contains(r.Answer, "words"); told != (c.want == Bounced || c.action == "delayed") {
				t.Errorf("%+v: answer %q", c, r.Answer)
			}
			if !c.failed {
				continue
			}
			if o.Failures[0].Address != "anne@example.org" || o.Failures[0].Reason != c.status+" words" {
				t.Errorf("%+v", o.Failures)
			}
			shout := call()
			shout.To.Mail = "Anne@Example.ORG"
			h.send(t, shout)
			if err := h.work(t, 1); err != nil || h.letters(t)[0].State != Withheld || h.letters(t)[0].Answer != becauseBlocked {
				t.Errorf("%v, %+v", err, h.letters(t)[0])
			}
			if err := h.Clear(h.ctx, admin, "anne@example.org"); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.Clear(h.ctx, admin, "anne@example.org"); fault.KindOf(err) != fault.NotFound {
			t.Errorf("cleared twice: %v", err)
		}
	})
}

// A bounce of a letter that nobody sent silences nobody.
func TestForgedBounce(t *testing.T) {
	h := open(t, dbOne(t), nil)
	h.send(t, call())
	if _, err := h.Return(h.ctx, strings.NewReader(report("guess@province.test", "failed", "5.1.1", "x"))); fault.KindOf(err) != fault.NotFound {
		t.Errorf("%v", err)
	}
	if err := h.d.Read(h.ctx, func(tx *db.Tx) error {
		if failed, err := hasFailed(tx, "anne@example.org"); err != nil || failed {
			t.Errorf("silenced: %v", err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// Each file of testdata/bounce is a notification in the form of a server that
// is in wide use; all of them say that there is no such mailbox.
func TestBouncesOfServers(t *testing.T) {
	files, err := filepath.Glob("testdata/bounce/*.eml")
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b, err := ParseBounce(strings.NewReader(string(text)))
		if err != nil || b.MessageID != "2r5l4kq3@province.test" || len(b.Recipients) != 1 || !b.Recipients[0].failed() || !hopeless(b.Recipients[0].Status) || b.Recipients[0].Address != "anne@example.org" {
			t.Errorf("%s: %+v, %v", name, b, err)
		}
	}
}
