package mail

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/jobs"
	"beffroi/test/pg"
	"beffroi/test/smtpd"
)

// These tell a run of this test binary to be the process that gets killed.
const (
	childURL    = "BEFFROI_TEST_MAIL_CHILD"
	childServer = "BEFFROI_TEST_MAIL_SERVER"
)

func postForEver(url, server string) {
	d, err := db.Open(context.Background(), url, clock.System())
	if err != nil {
		panic(err)
	}
	b := i18n.New("fr", "nl", "en")
	for _, err := range []error{b.Load(Locale()), b.Load(callTexts)} {
		if err != nil {
			panic(err)
		}
	}
	out, err := ParseServer(server, "")
	if err != nil {
		panic(err)
	}
	s := NewService(d, jobs.NewQueue(d), b)
	s.Connect(Office{Server: out, From: Address{"Beffroi", "noreply@province.test"}, Seal: []byte("seal")})
	r := jobs.Runner{Queue: s.queue, Poll: 5 * time.Millisecond, Handlers: map[string]jobs.Handler{PostJob: s.Post}}
	panic(r.Run(context.Background()))
}

// Killed after the server took the letter and before that is noted: it is sent
// again, and carries the same Message-ID.
func TestKilledBeforeTheNote(t *testing.T) {
	for engine, url := range map[string]string{"sqlite": "sqlite:" + t.TempDir() + "/kill.db", "postgres": ""} {
		t.Run(engine, func(t *testing.T) {
			if url == "" {
				url = pg.Shared(t)
			}
			killed(t, url)
		})
	}
}

func killed(t *testing.T, url string) {
	d, err := db.Open(t.Context(), url, clock.System()) // the child lives by the machine's clock
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Migrate(t.Context(), schemas()); err != nil {
		t.Fatal(err)
	}
	box := smtpd.Plain(t)
	h := open(t, d, plain(t, box))
	h.send(t, call())
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childURL+"="+url, childServer+"=smtp+plain://"+box.Addr)
	took, dead := make(chan bool), make(chan bool)
	box.Took = func(smtpd.Envelope) { took <- true; <-dead } // dead before it hears yes
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-took:
	case <-time.After(20 * time.Second):
		t.Error("the child posts nothing")
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	box.Took = nil
	close(dead)
	if r := h.only(t); r.State != Queued || r.Attempts != 1 {
		t.Fatalf("killed too late to prove anything: %+v", r)
	}
	// The lease runs out and the job comes again.
	if err := d.Write(h.ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE job SET state = 'ready', lease_until = NULL")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := h.work(t, 2); err != nil {
		t.Fatal(err)
	}
	got := box.Letters()
	if len(got) != 2 || got[0].Message(t).Header.Get("Message-ID") != got[1].Message(t).Header.Get("Message-ID") || h.only(t).State != Sent {
		t.Errorf("%d letters, %+v", len(got), h.only(t))
	}
}
