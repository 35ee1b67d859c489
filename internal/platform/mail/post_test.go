package mail

import (
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/jobs"
	"beffroi/test/smtpd"
)

func dbOne(t *testing.T) *db.DB { return dbtest.SQLite(t, schemas()) }

// What arrives, read as a mail program reads it.
func TestWhatArrives(t *testing.T) {
	each(t, func(t *testing.T, h *desk, box *smtpd.Server) {
		l := call()
		l.Items = []string{"Fiche 12 : à vérifier", "Fiche 13\r\nsur deux lignes"}
		h.send(t, l)
		if err := h.work(t, 1); err != nil {
			t.Fatal(err)
		}
		got := box.Letters()
		if len(got) != 1 || got[0].From != "noreply@province.test" || len(got[0].To) != 1 || got[0].To[0] != "anne@example.org" || !asciiLines(got[0].Data) {
			t.Fatalf("%+v", got)
		}
		m := got[0].Message(t)
		r := h.only(t)
		for name, want := range map[string]string{
			"Subject": "Appel « Été à l’école » : dépôt ouvert", "Auto-Submitted": "auto-generated", "Content-Language": "fr",
			"Message-ID": "<" + r.token + "@province.test>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
			"Date": dbtest.Now().Format("Mon, 02 Jan 2006 15:04:05 -0700"), "MIME-Version": "1.0",
			"List-Unsubscribe": "<https://beffroi.province.test/mail/stop?letter=" + h.stopToken(r.ID) + ">",
		} {
			if have := decode(t, m.Header.Get(name)); have != want {
				t.Errorf("%s: %q, want %q", name, have, want)
			}
		}
		to, err := m.Header.AddressList("To")
		if err != nil || len(to) != 1 || to[0].Name != "Anne-Élise Dupré" || to[0].Address != "anne@example.org" {
			t.Errorf("to %v, %v", to, err)
		}
		if from, err := m.Header.AddressList("From"); err != nil || from[0].Name != "Province de Hainaut – Beffroi" {
			t.Errorf("from %v, %v", from, err)
		}
		text, page := parts(t, m)
		for _, part := range []string{text, page} {
			for _, want := range []string{"Bonjour Anne-Élise Dupré,", "L’appel Été à l’école est ouvert jusqu’au 30 juin.", "Déposez votre dossier en ligne.", "Voir l’appel",
				"https://beffroi.province.test/calls/7", "Fiche 12 : à vérifier", "Fiche 13  sur deux lignes", "Vous suivez les appels de la Province.",
				"Ne plus recevoir ces messages", "https://beffroi.province.test/mail/stop?letter=", "Beffroi · Province de Hainaut"} {
				if !strings.Contains(part, want) {
					t.Errorf("%q is missing in\n%s", want, part)
				}
			}
		}
		if r.State != Sent || r.Attempts != 1 || !strings.Contains(r.Answer, "OK") || r.Tried.IsZero() {
			t.Errorf("%+v", r)
		}
		if err := h.work(t, 2); err != nil || len(box.Letters()) != 1 {
			t.Errorf("posted twice: %v", err)
		}
	})
}

// The document: one h1, its language, one link for the button and one to stop;
// no table, no script, no style sheet, no picture, and no colour of text or
// ground but on the button, so that dark mode stays readable.
func TestLetterheadHTML(t *testing.T) {
	h := open(t, dbOne(t), nil)
	l := call()
	l.Items = []string{"<script>alert(1)</script>"}
	r, err := h.write(l)
	if err != nil {
		t.Fatal(err)
	}
	r.ID = 1
	page, err := h.Letterhead(r).HTML(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		count[n.Data]++
		for _, a := range n.Attr {
			if n.Data == "html" && a.Key == "lang" && a.Val != "fr" {
				t.Errorf("lang %q", a.Val)
			}
			if a.Key == "style" && n.Data != "a" && (strings.Contains(";"+a.Val, ";color:") || strings.Contains(a.Val, "background")) {
				t.Errorf("%s has colours of its own: %s", n.Data, a.Val)
			}
			if strings.HasPrefix(a.Key, "on") || a.Key == "src" {
				t.Errorf("%s %s", n.Data, a.Key)
			}
		}
	}
	for name, want := range map[string]int{"h1": 1, "main": 1, "footer": 1, "title": 1, "a": 2, "ul": 1, "li": 1, "table": 0, "script": 0, "style": 0, "img": 0, "link": 0} {
		if count[name] != want {
			t.Errorf("%d of %s, want %d", count[name], name, want)
		}
	}
}

// A letter of security has no way out and says why.
func TestSecurityLetter(t *testing.T) {
	each(t, func(t *testing.T, h *desk, box *smtpd.Server) {
		h.send(t, Letter{Account: 1, Kind: "test", Lang: "nl", Security: true})
		if err := h.work(t, 1); err != nil {
			t.Fatal(err)
		}
		m := box.Letters()[0].Message(t)
		text, page := parts(t, m)
		if m.Header.Get("List-Unsubscribe") != "" || strings.Contains(text+page, StopPath) || !strings.Contains(text, "het wordt altijd verstuurd") {
			t.Errorf("%v\n%s", m.Header, text)
		}
		if _, err := h.Stopping(h.ctx, h.stopToken(h.only(t).ID)); fault.KindOf(err) != fault.NotFound {
			t.Errorf("it can be stopped: %v", err)
		}
	})
}

// What each answer of a server does to the letter and to the address.
func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		step     smtpd.Step
		code     int
		enhanced [3]int
		last     bool
		want     State
		nobody   bool
	}{
		{smtpd.From, 451, [3]int{4, 7, 1}, false, Queued, false},
		{smtpd.From, 550, [3]int{5, 7, 1}, false, Refused, false},
		{smtpd.To, 450, [3]int{4, 2, 0}, false, Queued, false}, // greylisted
		{smtpd.To, 450, [3]int{4, 2, 0}, true, Failed, false},
		{smtpd.To, 550, [3]int{5, 1, 1}, false, Refused, true},
		{smtpd.To, 550, [3]int{5, 2, 1}, false, Refused, true},
		{smtpd.To, 552, [3]int{5, 2, 2}, false, Refused, false}, // full
		{smtpd.To, 550, [3]int{5, 7, 1}, false, Refused, false}, // not wanted
		{smtpd.Data, 452, [3]int{4, 3, 1}, false, Queued, false},
		{smtpd.Data, 554, [3]int{5, 7, 1}, false, Refused, false},
		{smtpd.Data, 552, [3]int{5, 1, 1}, false, Refused, false}, // the address was fine at its own step
	} {
		h := open(t, dbOne(t), nil)
		box := smtpd.Plain(t)
		h.office.Server = plain(t, box)
		box.Answer = func(step smtpd.Step, _ string) error {
			if step == c.step {
				return smtpd.Refusal(c.code, c.enhanced, "no thanks")
			}
			return nil
		}
		h.send(t, call())
		attempt := map[bool]int{true: attempts, false: 1}[c.last]
		err := h.work(t, attempt)
		r := h.only(t)
		if again := c.want == Queued || c.want == Failed; (err != nil) != again || r.State != c.want || !strings.Contains(r.Answer, "no thanks") || r.Attempts != 1 {
			t.Errorf("%+v: %v, %+v", c, err, r)
		}
		if err != nil && strings.Contains(err.Error(), "anne") {
			t.Errorf("the job's error names the address: %v", err)
		}
		o, err := h.Overview(h.ctx, admin, Filter{Limit: 9})
		if err != nil || (len(o.Failures) == 1) != c.nobody {
			t.Errorf("%+v: failures %+v, %v", c, o.Failures, err)
		}
		box.Answer = nil
		h.send(t, call())
		if err := h.work(t, 1); err != nil {
			t.Error(err)
		}
		if list := h.letters(t); (list[0].State == Withheld) != c.nobody || (list[0].State == Sent) == c.nobody {
			t.Errorf("%+v: the next letter is %+v", c, list[0])
		}
	}
}

// Each attempt carries the same Message-ID, and the same bytes altogether.
func TestAttemptsAreAlike(t *testing.T) {
	each(t, func(t *testing.T, h *desk, box *smtpd.Server) {
		var seen []smtpd.Envelope
		box.Took = func(e smtpd.Envelope) { seen = append(seen, e) }
		h.send(t, call())
		if err := h.work(t, 1); err != nil {
			t.Fatal(err)
		}
		// The server took it; the note of it is lost.
		if err := h.d.Write(h.ctx, func(tx *db.Tx) error { return settle(tx, h.only(t).ID, Queued, "") }); err != nil {
			t.Fatal(err)
		}
		if err := h.work(t, 2); err != nil {
			t.Fatal(err)
		}
		if len(seen) != 2 || string(seen[0].Data) != string(seen[1].Data) {
			t.Errorf("%d letters, not alike", len(seen))
		}
		var first string
		for range 20 { // what is ordered by lot shows
			m, err := h.message(h.ctx, h.only(t))
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			if _, err := m.WriteTo(&b); err != nil {
				t.Fatal(err)
			}
			if first == "" {
				first = b.String()
			}
			if b.String() != first {
				t.Fatalf("not alike:\n%s\n%s", first, b.String())
			}
		}
	})
}

// A connection that breaks off in the middle is no delivery.
func TestBrokenConversations(t *testing.T) {
	h := open(t, dbOne(t), nil)
	box := smtpd.Plain(t)
	box.Drop = true
	h.office.Server = plain(t, box)
	h.send(t, call())
	if err := h.work(t, 1); err == nil || h.only(t).State != Queued {
		t.Errorf("dropped: %v, %+v", err, h.only(t))
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0") // answers nothing and ends
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := silent.Accept()
			if err != nil {
				return
			}
			_ = c.Close()
		}
	}()
	h.office.Server = parse(t, "smtp+plain://"+silent.Addr().String(), "")
	if err := h.work(t, 2); err == nil {
		t.Error("silence is taken for yes")
	}
	_ = silent.Close() // nobody listens any more
	if err := h.work(t, 3); err == nil || h.only(t).State != Queued {
		t.Error("nobody is taken for yes")
	}
	other := smtpd.Plain(t)
	h.office.Server = plain(t, other)
	if err := h.work(t, 4); err != nil || h.only(t).State != Sent || h.only(t).Attempts != 4 {
		t.Errorf("%v, %+v", err, h.only(t))
	}
}

// A server that says nothing for a while is waited for.
func TestSlowServer(t *testing.T) {
	h := open(t, dbOne(t), nil)
	box := smtpd.Plain(t)
	box.Answer = func(smtpd.Step, string) error { time.Sleep(150 * time.Millisecond); return nil }
	h.office.Server = plain(t, box)
	h.send(t, call())
	if err := h.work(t, 1); err != nil || h.only(t).State != Sent {
		t.Error(err)
	}
}

// Encryption and passwords, each with what must not work.
func TestEncryptionAndPasswords(t *testing.T) {
	starttls, implicit, clear := smtpd.StartTLS(t), smtpd.TLS(t), smtpd.Plain(t)
	starttls.User, starttls.Password = "beffroi", "s3cret"
	for _, c := range []struct {
		address, password string
		box               *smtpd.Server
		want              State
	}{
		{"smtp://beffroi@" + starttls.Addr + "?ca=" + starttls.CA + "&helo=app.province.test", "s3cret", starttls, Sent},
		{"smtp://beffroi@" + starttls.Addr + "?ca=" + starttls.CA, "wrong", starttls, Queued},
		{"smtp://" + starttls.Addr + "?ca=" + starttls.CA, "", starttls, Refused}, // it wants a password
		{"smtp://beffroi@" + starttls.Addr, "s3cret", starttls, Queued},           // a certificate of nobody
		{"smtp://" + clear.Addr, "", clear, Queued},                               // no encryption on offer
		{"smtps://" + implicit.Addr + "?ca=" + implicit.CA, "", implicit, Sent},
		{"smtps://" + implicit.Addr, "", implicit, Queued},
		{"smtps://" + clear.Addr, "", clear, Queued},
	} {
		before := len(c.box.Letters())
		h := open(t, dbOne(t), parse(t, c.address, c.password))
		h.send(t, call())
		err := h.work(t, 1)
		if r := h.only(t); r.State != c.want || (err != nil) != (c.want == Queued) {
			t.Errorf("%s: %v, %s, %s", c.address, err, r.State, r.Answer)
		}
		list := c.box.Letters()[before:]
		if (len(list) == 1) != (c.want == Sent) {
			t.Errorf("%s: %d letters arrived", c.address, len(list))
		}
		for _, e := range list {
			if !e.TLS {
				t.Errorf("%s: in the clear", c.address)
			}
		}
	}
	if e := starttls.Letters()[0]; e.User != "beffroi" || e.Helo != "app.province.test" {
		t.Errorf("%+v", e)
	}
	if _, err := parse(t, "smtp://beffroi@"+starttls.Addr+"?ca="+starttls.CA, "wrong").check(t.Context(), "a@province.test"); err == nil {
		t.Error("the check does not see a wrong password")
	}
	if at, err := parse(t, "smtp://beffroi@"+starttls.Addr+"?ca="+starttls.CA, "s3cret").check(t.Context(), "a@province.test"); err != nil || at != starttls.Addr {
		t.Errorf("%s, %v", at, err)
	}
}

func TestParseServer(t *testing.T) {
	for address, code := range map[string]string{
		"mail.example.org": "smtp.url", "http://mail.example.org": "smtp.url", "smtp://": "smtp.url", "smtp://mail.example.org:0": "smtp.url",
		"smtp://mail.example.org:99999": "smtp.url", "smtp://mail.example.org/path": "smtp.url", "smtp://mail.example.org?tls=off": "smtp.url",
		"smtp://mail.example.org?helo=": "smtp.url", "smtp://a:s3cret@mail.example.org": "smtp.password", "smtp://a@mail.example.org": "smtp.nopassword",
		"smtp://mail.example.org?ca=/none": "smtp.ca", "smtp://mail.example.org?ca=letter.go": "smtp.ca", "smtp://[": "smtp.url", "smtp://a:s3cret@[": "smtp.url",
	} {
		_, err := ParseServer(address, "")
		if e := fault.From(err); err == nil || e.Code != code {
			t.Errorf("%s: %v, want %s", address, err, code)
		}
		if e := fault.From(err); err != nil && strings.Contains(e.Args["value"].(string), "s3cret") {
			t.Errorf("%s: the refusal repeats the password", address)
		}
	}
	for _, address := range []string{"smtp://mail.example.org", "smtps://mail.example.org", "smtp+plain://localhost:2525", "smtp://mail.example.org:25?helo=a.b"} {
		if _, err := ParseServer(address, ""); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// Without a server letters are kept, and leave later only by hand.
func TestKept(t *testing.T) {
	dbtest.Each(t, schemas(), func(t *testing.T, d *db.DB) {
		h := open(t, d, nil)
		h.send(t, Letter{Account: 1, Kind: "test"})
		h.send(t, call())
		if err := h.work(t, 1); err != nil {
			t.Fatal(err)
		}
		zoe, other := auth.Actor{Account: 1, Username: "zoe"}, auth.Actor{Account: 2, Username: "other"}
		boss := auth.Actor{Account: 3, Username: "boss", Grants: []auth.Grant{{Role: auth.Admin}}}
		for _, c := range []struct {
			actor auth.Actor
			demo  bool
			want  int
		}{{zoe, false, 1}, {zoe, true, 1}, {other, true, 0}, {boss, false, 0}, {boss, true, 2}} {
			h.office.Demo = c.demo
			list, err := h.Mailbox(h.ctx, c.actor, Filter{Limit: 9})
			if err != nil || len(list) != c.want {
				t.Errorf("%s, demonstration %t: %d letters, %v", c.actor.Username, c.demo, len(list), err)
			}
			if _, err := h.Kept(h.ctx, c.actor, 1); (err == nil) != (c.want > 0) {
				t.Errorf("%s, demonstration %t: %v", c.actor.Username, c.demo, err)
			}
		}
		if _, err := h.Mailbox(h.ctx, auth.Actor{}, Filter{}); fault.KindOf(err) != fault.Unauthenticated {
			t.Errorf("a visitor: %v", err)
		}
		box := smtpd.Plain(t)
		h.office.Server = plain(t, box)
		if err := h.work(t, 2); err != nil || len(box.Letters()) != 0 {
			t.Errorf("kept letters leave by themselves: %v", err)
		}
		if err := h.Again(h.ctx, boss, 2); err != nil {
			t.Fatal(err)
		}
		if err := h.work(t, 1); err != nil || len(box.Letters()) != 1 {
			t.Errorf("%d letters, %v", len(box.Letters()), err)
		}
		if _, err := h.Kept(h.ctx, zoe, 2); fault.KindOf(err) != fault.NotFound {
			t.Errorf("what has left is in the mailbox still: %v", err)
		}
	})
}

// Nobody who lost access is written to, but for her security.
func TestClosedAccount(t *testing.T) {
	each(t, func(t *testing.T, h *desk, box *smtpd.Server) {
		h.send(t, Letter{Account: 1, Kind: "test"})
		h.send(t, Letter{Account: 1, Kind: "test", Security: true})
		if err := auth.NewService(h.d).SetActive(h.ctx, admin, "zoe", false); err != nil {
			t.Fatal(err)
		}
		if err := h.work(t, 1); err != nil {
			t.Fatal(err)
		}
		if list := h.letters(t); list[1].State != Withheld || list[1].Answer != becauseClosed || list[0].State != Sent || len(box.Letters()) != 1 {
			t.Errorf("%+v", list)
		}
	})
}

// A runner posts it, after a greylisting, and a dead job can be revived.
func TestByTheRunner(t *testing.T) {
	each(t, func(t *testing.T, h *desk, box *smtpd.Server) {
		h.send(t, call())
		if err := h.d.Write(h.ctx, func(tx *db.Tx) error { _, err := tx.Exec("UPDATE job SET state = 'dead', attempt = 14"); return err }); err != nil {
			t.Fatal(err)
		}
		if err := h.d.Write(h.ctx, func(tx *db.Tx) error { return settle(tx, h.only(t).ID, Failed, "x") }); err != nil {
			t.Fatal(err)
		}
		list, err := h.q.List(h.ctx, admin, jobs.Filter{State: jobs.Dead, Limit: 1})
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		if err := h.q.Retry(h.ctx, admin, list[0].ID); err != nil {
			t.Fatal(err)
		}
		if err := h.work(t, 1); err != nil || h.only(t).State != Sent || len(box.Letters()) != 1 {
			t.Errorf("%v, %+v", err, h.only(t))
		}
	})
}
