package mail

import (
	"strings"
	"testing"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/test/smtpd"
)

// The link at the foot of a letter: it stops letters of that topic to that
// address, and no others; nobody can make one.
func TestStop(t *testing.T) {
	each(t, func(t *testing.T, h *desk, box *smtpd.Server) {
		h.send(t, call())
		if err := h.work(t, 1); err != nil {
			t.Fatal(err)
		}
		link := box.Letters()[0].Message(t).Header.Get("List-Unsubscribe")
		token := strings.TrimSuffix(strings.TrimPrefix(link, "<https://beffroi.province.test"+StopPath), ">")
		if r, err := h.Stopping(h.ctx, token); err != nil || r.To.Mail != "anne@example.org" {
			t.Fatalf("%+v, %v", r, err)
		}
		for i := range token {
			forged := token[:i] + string(rune('A'+(token[i]+1)%26)) + token[i+1:]
			if forged == token {
				continue
			}
			if err := h.Stop(h.ctx, forged); fault.KindOf(err) != fault.NotFound {
				t.Errorf("%s: %v", forged, err)
			}
		}
		for _, bad := range []string{"", "x", token[:10], token + "A", h.stopToken(999), "\x00", strings.Repeat("A", 32)} {
			if _, err := h.Stopping(h.ctx, bad); fault.KindOf(err) != fault.NotFound {
				t.Errorf("%q: %v", bad, err)
			}
		}
		for range 2 {
			if err := h.Stop(h.ctx, token); err != nil {
				t.Fatal(err)
			}
		}
		other, topic, security := call(), call(), call()
		other.To.Mail, topic.Topic, security.Security = "bob@example.org", "calls of Mons", true
		for i, c := range []struct {
			l    Letter
			want State
		}{{call(), Withheld}, {other, Sent}, {topic, Sent}, {security, Sent}} {
			h.send(t, c.l)
			if err := h.work(t, 1); err != nil {
				t.Fatal(err)
			}
			if r := h.letters(t)[0]; r.State != c.want || c.want == Withheld && r.Answer != becauseStopped {
				t.Errorf("%d: %+v", i, r)
			}
		}
	})
}

// Of an account's letter another room is asked first.
func TestStopOfAccount(t *testing.T) {
	each(t, func(t *testing.T, h *desk, box *smtpd.Server) {
		var asked []string
		h.office.Stop = func(_ *db.Tx, account int64, topic string) (bool, error) {
			asked = append(asked, topic)
			return topic == "test", nil
		}
		h.send(t, Letter{Account: 1, Kind: "test"})
		h.send(t, Letter{Account: 1, Kind: "test", Topic: "mine"})
		for id := range int64(2) {
			if err := h.Stop(h.ctx, h.stopToken(id+1)); err != nil {
				t.Fatal(err)
			}
		}
		if strings.Join(asked, " ") != "test mine" {
			t.Errorf("asked %q", asked)
		}
		if err := h.work(t, 1); err != nil {
			t.Fatal(err)
		}
		if list := h.letters(t); list[1].State != Sent || list[0].State != Withheld {
			t.Errorf("%+v", list)
		}
	})
}

// Who may look, post again and clear.
func TestRights(t *testing.T) {
	h := open(t, dbOne(t), nil)
	h.send(t, call())
	for role, may := range map[auth.Role][2]bool{auth.Admin: {true, true}, auth.Auditor: {true, false}, auth.Agent: {false, false}, auth.Registrar: {false, false}} {
		actor := auth.Actor{Account: 9, Username: "x", Grants: []auth.Grant{{Role: role}}}
		_, err := h.Overview(h.ctx, actor, Filter{})
		if (err == nil) != may[0] {
			t.Errorf("%s looks: %v", role, err)
		}
		for _, err := range []error{h.Again(h.ctx, actor, 99), h.Clear(h.ctx, actor, "a@b.be")} {
			if (fault.KindOf(err) == fault.NotFound) != may[1] || err == nil {
				t.Errorf("%s: %v", role, err)
			}
		}
	}
	o, err := h.Overview(h.ctx, admin, Filter{})
	if err != nil || len(o.Letters) != 1 || o.Letters[0].Subject+o.Letters[0].Body+o.Letters[0].Link != "" {
		t.Errorf("the log shows the words of letters: %+v, %v", o, err)
	}
	if err := h.Again(h.ctx, admin, 1); fault.KindOf(err) != fault.Conflict {
		t.Errorf("queued again while it is queued: %v", err)
	}
}

// Filters of the log, and its pages.
func TestFilter(t *testing.T) {
	each(t, func(t *testing.T, h *desk, box *smtpd.Server) {
		other := call()
		other.To.Mail = "Bob@example.org"
		h.send(t, call())
		h.send(t, other)
		h.send(t, Letter{Account: 1, Kind: "test"})
		if err := h.work(t, 1); err != nil {
			t.Fatal(err)
		}
		h.send(t, call())
		for _, c := range []struct {
			f    Filter
			want int
		}{{Filter{}, 4}, {Filter{State: Sent}, 3}, {Filter{State: Queued}, 1}, {Filter{Kind: "call"}, 3}, {Filter{To: "bob@example.org"}, 1}, {Filter{Below: 3}, 2}, {Filter{Limit: 1}, 1}, {Filter{Kind: "call", State: Sent, To: "BOB@example.org"}, 1}} {
			if c.f.Limit == 0 {
				c.f.Limit = 9
			}
			o, err := h.Overview(h.ctx, admin, c.f)
			if err != nil || len(o.Letters) != c.want || o.States[Sent] != 3 {
				t.Errorf("%+v: %d letters, %v", c.f, len(o.Letters), err)
			}
		}
	})
}

// After 90 days the words go, after a year the record.
func TestTidy(t *testing.T) {
	each(t, func(t *testing.T, h *desk, box *smtpd.Server) {
		h.send(t, call())
		h.send(t, call())
		h.send(t, call())
		age := func(id int64, days int) {
			t.Helper()
			if err := h.d.Write(h.ctx, func(tx *db.Tx) error {
				_, err := tx.Exec("UPDATE mail_letter SET at = $1, state = 'failed' WHERE id = $2", db.At(tx.Now().AddDate(0, 0, -days)), id)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		age(1, 366)
		age(2, 91)
		age(3, 89)
		for range 2 {
			if err := h.Tidy(h.ctx); err != nil {
				t.Fatal(err)
			}
		}
		list := h.letters(t)
		if len(list) != 2 || list[0].Body == "" || list[1].Subject+list[1].Body+list[1].Link+list[1].Button != "" || list[1].To.Mail == "" {
			t.Errorf("%+v", list)
		}
		if err := h.Again(h.ctx, admin, 2); fault.KindOf(err) != fault.Conflict {
			t.Errorf("a letter without words is posted: %v", err)
		}
	})
}

// The trial letter goes beside the queue.
func TestTry(t *testing.T) {
	h := open(t, dbOne(t), nil)
	to := Address{Mail: "anne@example.org"}
	if _, err := h.Try(h.ctx, to, "nl"); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("without a server: %v", err)
	}
	if at, err := h.Check(h.ctx); at != "" || err != nil {
		t.Errorf("%s, %v", at, err)
	}
	box := smtpd.Plain(t)
	h.office.Server = plain(t, box)
	if answer, err := h.Try(h.ctx, to, "nl"); err != nil || !strings.Contains(answer, "OK") {
		t.Errorf("%s, %v", answer, err)
	}
	if got := box.Letters(); len(got) != 1 || decode(t, got[0].Message(t).Header.Get("Subject")) != "Testbericht van Beffroi" || got[0].Message(t).Header.Get("List-Unsubscribe") != "" || len(h.letters(t)) != 0 {
		t.Errorf("%+v", got)
	}
	if _, err := h.Try(h.ctx, Address{Mail: "a\r\n@b.be"}, "nl"); fault.KindOf(err) != fault.Invalid {
		t.Errorf("%v", err)
	}
	box.Answer = func(step smtpd.Step, _ string) error {
		if step == smtpd.From {
			return smtpd.Refusal(550, [3]int{5, 7, 1}, "not from here")
		}
		return nil
	}
	if _, err := h.Try(h.ctx, to, "nl"); fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "not from here") {
		t.Errorf("%v", err)
	}
	if _, err := h.Check(h.ctx); err == nil || !strings.Contains(err.Error(), "not from here") {
		t.Errorf("a sender that is refused passes the check: %v", err)
	}
}
