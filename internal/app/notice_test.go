package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"beffroi/internal/app"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/mail"
	"beffroi/internal/platform/notice"
	"beffroi/test/smtpd"
)

// mailed opens a house over an address that posts to a server.
func mailed(t *testing.T, address string, box *smtpd.Server, at time.Time) *app.House {
	t.Helper()
	h, err := app.Open(context.Background(), app.Config{DB: address, Pack: "hainaut", Log: "off", URL: "https://b.test",
		Mail: app.MailConfig{SMTP: "smtp+plain://" + box.Addr, From: "Beffroi <noreply@b.test>"}}, moved(at), &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

// moved is a clock that stands.
type moved time.Time

func (m moved) Now() time.Time { return time.Time(m).UTC() }

// actorOf is an account of the demonstration as the house knows it.
func actorOf(t *testing.T, h *app.House, role auth.Role) auth.Actor {
	t.Helper()
	a, err := h.Auth.Of(t.Context(), auth.System("test"), "demo-"+string(role))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// doDue does every posting that is due.
func doDue(t *testing.T, h *app.House) {
	t.Helper()
	for _, kind := range []string{notice.PostJob, mail.PostJob} {
		list, err := h.Jobs.List(t.Context(), auth.System("test"), jobs.Filter{Kind: kind, State: jobs.Ready, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range list {
			if j.RunAt.After(h.DB.Clock().Now()) {
				continue
			}
			if err := h.Handlers()[kind](t.Context(), j); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// End to end: a role is given; it stands in the list at once and is in the
// post after ten minutes. One that is taken back before is never heard of.
func TestRoleIsTold(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		address, box := d.copy(t), smtpd.Plain(t)
		start := moved(d.read(t).DB.Clock().Now())
		h := mailed(t, address, box, time.Time(start))
		alter(t, h.DB, "DELETE FROM notice") // of the accounts that were opened
		system := auth.System("test")
		for _, name := range []string{"demo-agent", "demo-analyst"} {
			if err := h.Auth.Grant(t.Context(), system, name, auth.Grant{Role: auth.Registrar}); err != nil {
				t.Fatal(err)
			}
		}
		agent, analyst := actorOf(t, h, auth.Agent), actorOf(t, h, auth.Analyst)
		if n, err := h.Notice.Unread(t.Context(), agent); err != nil || n != 1 {
			t.Errorf("%d unread, %v", n, err)
		}
		if err := h.Auth.Revoke(t.Context(), system, "demo-analyst", auth.Registrar, calendar.Date{}); err != nil {
			t.Fatal(err)
		}
		if n, err := h.Notice.Unread(t.Context(), analyst); err != nil || n != 0 {
			t.Errorf("a role given and taken back: %d unread, %v", n, err)
		}
		doDue(t, h)
		if n := len(box.Letters()); n != 0 {
			t.Fatalf("%d letters at once", n)
		}
		later := mailed(t, address, box, time.Time(start).Add(10*time.Minute))
		doDue(t, later)
		got := box.Letters()
		if len(got) != 1 || got[0].To[0] != "demo-agent@example.org" {
			t.Fatalf("%+v", got)
		}
		if err := later.Auth.Revoke(t.Context(), system, "demo-agent", auth.Registrar, calendar.Date{}); err != nil {
			t.Fatal(err)
		}
		list, err := later.Notice.List(t.Context(), agent, notice.Filter{Limit: 9})
		p := later.Bundle.Printer("fr")
		if err != nil || len(list) != 2 || later.Notice.Text(p, list[0]) != "Votre rôle « Gestionnaire du registre » a pris fin" || later.Notice.Address(list[0]) != "/history/account/demo-agent" {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

// A dead letter is told to every administrator, once; that of a posting in the
// list only.
func TestDeadLetterIsTold(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.write(t)
		alter(t, w.DB, "DELETE FROM notice") // of the accounts that were opened
		admin := actorOf(t, w.House, auth.Admin)
		for _, kind := range []string{"session.sweep", mail.PostJob} {
			payload, err := json.Marshal(jobs.Deceased{ID: 1, Kind: kind})
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if err := w.Handlers()["job.dead"](t.Context(), jobs.Job{Payload: payload}); err != nil {
					t.Fatal(err)
				}
			}
		}
		list, err := w.Notice.List(t.Context(), admin, notice.Filter{Limit: 9})
		if err != nil || len(list) != 2 || !strings.HasSuffix(w.Notice.Text(w.Bundle.Printer("en"), list[1]), "Remove expired sessions and tokens") {
			t.Fatalf("%+v, %v", list, err)
		}
		var waiting int64
		if err := w.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
			waiting, _, err = db.One(tx, db.Value[int64], "SELECT count(*) FROM notice WHERE mail = 'waiting'")
			return err
		}); err != nil || waiting != 1 {
			t.Errorf("%d letters wait, %v", waiting, err)
		}
		if n, err := w.Notice.Unread(t.Context(), actorOf(t, w.House, auth.Agent)); err != nil || n != 0 {
			t.Errorf("an agent has %d", n)
		}
	})
}
