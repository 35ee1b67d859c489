package app_test

import (
	"context"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"beffroi/internal/app"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/mail"
	"beffroi/internal/platform/notice"
	"beffroi/internal/platform/personal"
	"beffroi/internal/platform/secret"
)

// rows counts the rows of every table.
func rows(t *testing.T, d *db.DB) map[string]int64 {
	t.Helper()
	counts := map[string]int64{}
	for table := range liveTables(t, d) {
		err := d.Read(t.Context(), func(tx *db.Tx) (err error) {
			counts[table], _, err = db.One(tx, db.Value[int64], "SELECT count(*) FROM "+table)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return counts
}

func alter(t *testing.T, d *db.DB, text string, args ...any) {
	t.Helper()
	if err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(text, args...); return err }); err != nil {
		t.Fatal(err)
	}
}

// A job may come twice: each handler, run again, changes nothing more.
func TestHandlersRunTwice(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.write(t)
		w.enter(t, auth.Admin)
		long := db.At(w.DB.Clock().Now().Add(-1000 * time.Hour))
		alter(t, w.DB, "UPDATE account_session SET seen_at = $1, created_at = $1", long)
		alter(t, w.DB, "INSERT INTO intake_file (hash, name, size, data, actor, at) VALUES ('forgotten', 'a.csv', 1, $1, 'demo-analyst', $2)", []byte("a"), long)
		alter(t, w.DB, "INSERT INTO webhook (id, key, label, url, kinds, salt, owner, state, created_at) VALUES (1, 'k', 'l', 'https://example.org/', '*', 's', 'o', 'paused', $1)", long)
		alter(t, w.DB, "INSERT INTO webhook_delivery (message, webhook, kind, body, state, attempts, outcome, status, took_ms, answer, created_at) VALUES ('m', 1, 'k', '{}', 'dropped', 0, '', 0, 0, '', $1)", long)
		alter(t, w.DB, "INSERT INTO job (kind, payload, state, priority, run_at, attempt, max_attempts, lease, error, created_at, finished_at) VALUES ('a', 'null', 'done', 0, $1, 1, 1, 1, '', $1, $1)", long)
		const file = "INSERT INTO file (id, sha256, size, type, name, use, owner_kind, owner_key, state, finding, created_at, actor, removed_at, removed_by) VALUES ($1, '', 1, '', 'a', '', 'mission', 'TER-EAU', 'waiting', '', $2, 'demo-registrar', $3, '')"
		now := db.At(w.DB.Clock().Now())
		alter(t, w.DB, file, int64(900), now, db.Time{})
		alter(t, w.DB, file, int64(901), now, long)
		payloads := map[string]string{"file.scan": "900"}
		alter(t, w.DB, "INSERT INTO privacy_hold (kind, object_key, reason, placed_by, placed_at, ended_at, ended_by) VALUES ('job', '1', 'a', 'a', $1, $1, 'a')", db.At(w.DB.Clock().Now().Add(-4*365*24*time.Hour)))
		alter(t, w.DB, `INSERT INTO mail_letter (to_name, to_mail, lang, kind, topic, subject, body, button, link, security, token, state, attempts, answer, at)
			VALUES ('', 'a@b.test', 'fr', 'test', 'test', 's', 'b', '', '', FALSE, 't', 'sent', 1, '', $1)`, db.At(w.DB.Clock().Now().Add(-9000*time.Hour)))
		alter(t, w.DB, `INSERT INTO notice (account, kind, object_kind, object_key, args, key, mail, since, at) VALUES (1, 'job.dead', 'job', '1', '{}', 'k', 'none', $1, $1)`, db.At(w.DB.Clock().Now().Add(-9000*time.Hour)))
		changes := map[string]string{"audit.checkpoint": "audit_checkpoint", "import.sweep": "intake_file", "file.scan": "audit_entry", "file.sweep": "file", "job.sweep": "job", "session.sweep": "account_session", "webhook.sweep": "webhook_delivery", "mail.sweep": "mail_letter", "notice.sweep": "notice", "privacy.retain": "privacy_hold"}
		// These want a payload and have tests of their own.
		byRequest := []string{personal.JobErase, personal.JobExport, secret.JobReseal, mail.PostJob, notice.PostJob, notice.DailyJob, notice.WeeklyJob, "job.dead", auth.ResetLetter}
		kinds := slices.DeleteFunc(slices.Collect(maps.Keys(changes)), func(kind string) bool { return kind == "privacy.retain" })
		if len(changes)+len(byRequest) != len(w.Handlers()) {
			t.Fatalf("handlers %v", slices.Sorted(maps.Keys(w.Handlers())))
		}
		for _, kind := range append(kinds, "privacy.retain") { // last: it does what the sweeps do, too
			handle := w.Handlers()[kind]
			before := rows(t, w.DB)
			j := jobs.Job{Kind: kind, Payload: []byte(payloads[kind])}
			if err := handle(t.Context(), j); err != nil {
				t.Errorf("%s: %v", kind, err)
			}
			once := rows(t, w.DB)
			if table := changes[kind]; table == "" || before[table] == once[table] {
				t.Errorf("%s did nothing to %q: the test proves nothing about it", kind, table)
			}
			if err := handle(t.Context(), j); err != nil {
				t.Errorf("%s again: %v", kind, err)
			}
			if twice := rows(t, w.DB); !maps.Equal(once, twice) {
				t.Errorf("%s twice leaves %v, once %v", kind, twice, once)
			}
		}
		if err := w.DB.Read(t.Context(), func(tx *db.Tx) error { _, err := audit.Verify(tx); return err }); err != nil {
			t.Error(err)
		}
	})
}

// The server keeps the schedules, does what is due and stops when told.
func TestServeWorks(t *testing.T) {
	address := demos[0].copy(t)
	h := open(t, address)
	defer h.Close()
	alter(t, h.DB, "DELETE FROM job_schedule")
	var id int64
	if err := h.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
		id, err = h.Jobs.Enqueue(tx, jobs.Spec{Kind: "session.sweep"})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	code := make(chan int, 1)
	go func() {
		code <- app.Main(ctx, "test", []string{"serve", "--db", address, "--listen", "127.0.0.1:0", "--log", "off"}, nil, strings.NewReader(""), io.Discard, io.Discard)
	}()
	deadline := time.Now().Add(30 * time.Second)
	for {
		list, err := h.Jobs.List(t.Context(), auth.System("test"), jobs.Filter{Below: id + 1, Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		if list[0].State == jobs.Done {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server does not work: %+v", list[0])
		}
		time.Sleep(20 * time.Millisecond)
	}
	o, err := h.Jobs.Overview(t.Context(), auth.System("test"))
	if err != nil || len(o.Schedules) < 5 {
		t.Errorf("schedules %+v, %v", o.Schedules, err)
	}
	stop()
	select {
	case c := <-code:
		if c != 0 {
			t.Errorf("exit code %d", c)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("it does not stop")
	}
}

// The staff page shows a dead letter and lets administrators retry it.
func TestJobsPage(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.write(t)
		at := db.At(w.DB.Clock().Now())
		alter(t, w.DB, "INSERT INTO job (id, kind, payload, state, priority, run_at, attempt, max_attempts, lease, error, created_at, finished_at) VALUES (900, 'session.sweep', 'null', 'dead', 0, $1, 10, 10, 10, 'disk <full>', $1, $1)", at)
		page := w.ask(t, auth.Admin, "GET", "/staff/jobs?state=dead&lang=en", "").Body.String()
		for _, want := range []string{"Remove expired sessions", "disk &lt;full&gt;", "dead letter", "Retry job 900", "10 / 10"} {
			if !strings.Contains(page, want) {
				t.Errorf("%q is not on the page", want)
			}
		}
		if page := w.ask(t, auth.Auditor, "GET", "/staff/jobs?state=dead&lang=en", "").Body.String(); !strings.Contains(page, "disk &lt;full&gt;") || strings.Contains(page, "Retry job 900") {
			t.Error("an auditor sees too much or too little")
		}
		form := []string{"Content-Type", "application/x-www-form-urlencoded"}
		for _, c := range []struct {
			do   string
			want int
		}{{"retry", 303}, {"retry", 409}, {"cancel", 303}, {"cancel", 409}, {"burn", 400}} {
			if rec := w.ask(t, auth.Admin, "POST", "/staff/jobs/900", "do="+c.do, form...); rec.Code != c.want {
				t.Errorf("%s answers %d, want %d", c.do, rec.Code, c.want)
			}
		}
		if page := w.ask(t, auth.Admin, "GET", "/staff/jobs?state=dead&lang=en", "").Body.String(); strings.Contains(page, "Retry job 900") {
			t.Error("it is a dead letter still")
		}
	})
}
