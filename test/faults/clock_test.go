package faults_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/jobs"
)

// jumping is a clock that goes on from wherever it is set.
type jumping struct{ lead atomic.Int64 }

func (j *jumping) Now() time.Time        { return time.Now().UTC().Add(time.Duration(j.lead.Load())) }
func (j *jumping) jump(by time.Duration) { j.lead.Add(int64(by)) }

// eventually waits until f says true.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for began := time.Now(); !f(); time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > 20*time.Second {
			t.Fatalf("not in time: %s", what)
		}
	}
}

// The clock jumps an hour and a day, forward and back: jobs are done, schedules
// go on firing, each once, sessions end rather than live for ever.
func TestClockJumps(t *testing.T) {
	for _, by := range form([]time.Duration{24 * time.Hour, -time.Hour}, []time.Duration{time.Hour, 24 * time.Hour, -time.Hour, -24 * time.Hour}) {
		t.Run(by.String(), func(t *testing.T) {
			both(t, func(t *testing.T, address string) { jumpOnce(t, address, by) })
		})
	}
}

func jumpOnce(t *testing.T, address string, by time.Duration) {
	clk := &jumping{}
	h := open(t, address, clk)
	session, err := h.Auth.SignIn(t.Context(), "demo-admin", password, auth.Visit{Agent: "faults", Network: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	w := watch(t, h.DB)
	add := func() {
		t.Helper()
		if err := h.DB.Write(t.Context(), func(tx *db.Tx) error { _, err := h.Jobs.Enqueue(tx, jobs.Spec{Kind: "faults.job"}); return err }); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the schedule is there", func() bool {
		return count(t, h.DB, "SELECT count(*) FROM job_schedule WHERE kind = 'faults.hourly'") == 1
	})
	add() // in flight while the clock jumps
	eventually(t, "a job in flight", func() bool { return w.begun.Load() == 1 })
	clk.jump(by)
	add()
	close(w.goOn)
	eventually(t, "both jobs done", func() bool {
		return count(t, h.DB, "SELECT count(*) FROM job WHERE kind = 'faults.job' AND state = 'done'") == 2
	})
	if n := w.begun.Load(); n != 2 {
		t.Errorf("two jobs ran %d times", n)
	}
	// The hour that was jumped over is made up for by one firing, not by as many
	// as there were; and after a jump back the schedule does not stand still.
	eventually(t, "the schedule fired", func() bool { return w.fired.Load() >= 1 })
	time.Sleep(100 * time.Millisecond)
	if n := w.fired.Load(); n != 1 {
		t.Errorf("the schedule fired %d times", n)
	}
	clk.jump(time.Hour)
	eventually(t, "the schedule goes on", func() bool { return w.fired.Load() == 2 })
	w.stop()

	// A job written by a process that died, before the clock was set back.
	add()
	clk.jump(-24 * time.Hour)
	w = watch(t, h.DB)
	close(w.goOn)
	eventually(t, "the job of the future", func() bool { return w.begun.Load() == 1 })
	w.stop()

	actor, err := h.Auth.Resume(t.Context(), session)
	if err != nil || actor.Username != "" {
		t.Errorf("a session of another day: %q, %v", actor.Username, err)
	}
	if _, err := h.Auth.SignIn(t.Context(), "demo-admin", password, auth.Visit{Agent: "faults", Network: "127.0.0.1"}); err != nil {
		t.Errorf("signing in: %v", err)
	}
	if _, err := h.Jobs.Overview(t.Context(), auth.System("faults")); err != nil {
		t.Error(err)
	}
}

// watched is a runner whose jobs wait for a sign.
type watched struct {
	begun, fired atomic.Int64
	goOn         chan struct{}
	stop         func()
}

func watch(t *testing.T, d *db.DB) *watched {
	w := &watched{goOn: make(chan struct{})}
	r := &jobs.Runner{Queue: jobs.NewQueue(d), Poll: 5 * time.Millisecond, Schedules: []jobs.Schedule{{Kind: "faults.hourly", Cron: "0 * * * *"}}, Handlers: map[string]jobs.Handler{
		"faults.job": func(context.Context, jobs.Job) error {
			w.begun.Add(1)
			<-w.goOn
			return nil
		},
		"faults.hourly": func(context.Context, jobs.Job) error { w.fired.Add(1); return nil },
	}}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := r.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	w.stop = sync.OnceFunc(func() { cancel(); running.Wait() })
	t.Cleanup(w.stop)
	return w
}
