package jobs

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
)

// tally counts what handlers did.
type tally struct {
	mu sync.Mutex
	n  map[int64]int
}

func (c *tally) add(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[int64]int{}
	}
	c.n[id]++
}

func (c *tally) total() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, times := range c.n {
		n += times
	}
	return n
}

// start runs runners until the test, or the returned function, stops them.
func start(t testing.TB, runners ...*Runner) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	for _, r := range runners {
		r.Poll = 2 * time.Millisecond
		group.Go(func() {
			if err := r.Run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	stop = func() { cancel(); group.Wait() }
	t.Cleanup(stop)
	return stop
}

// until waits for something to become true.
func until(t testing.TB, what string, f func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !f() {
		if time.Now().After(deadline) {
			t.Fatalf("in vain: %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func stands(t testing.TB, q *Queue, id int64, s State) func() bool {
	return func() bool { return only(t, q, id).State == s }
}

func scheduled(t testing.TB, q *Queue) func() bool {
	return func() bool {
		o, err := q.Overview(context.Background(), auth.System("test"))
		if err != nil {
			t.Error(err)
		}
		return len(o.Schedules) > 0 && o.Schedules[0].Next.After(o.Schedules[0].Last)
	}
}

// Two processes with two workers each: every job is done once.
func TestEachJobOnce(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		const n = 400
		one, two := NewQueue(h.open(t)), NewQueue(h.open(t))
		var specs []Spec
		for i := range n {
			specs = append(specs, Spec{Kind: "a", Payload: i})
		}
		add(t, one, specs...)
		var done tally
		var by [2]tally
		var both sync.WaitGroup // neither goes on before the other has begun
		both.Add(2)
		var begun [2]sync.Once
		handler := func(r int) Handler {
			return func(_ context.Context, j Job) error {
				done.add(j.ID)
				by[r].add(j.ID)
				begun[r].Do(both.Done)
				both.Wait()
				return nil
			}
		}
		stop := start(t, &Runner{Queue: one, Handlers: map[string]Handler{"a": handler(0)}, Workers: 2}, &Runner{Queue: two, Handlers: map[string]Handler{"a": handler(1)}, Workers: 2})
		until(t, "all done", func() bool { return len(jobs(t, one, Filter{State: Done})) == n })
		stop()
		if len(done.n) != n || done.total() != n {
			t.Errorf("%d jobs were done %d times", len(done.n), done.total())
		}
		t.Logf("one did %d, the other %d", by[0].total(), by[1].total())
	})
}

// The target of the house: 10,000 due timers in 10 s.
func TestTenThousandTimers(t *testing.T) {
	if testing.Short() {
		t.Skip("runs ten thousand jobs")
	}
	each(t, func(t *testing.T, h house) {
		const n = 10_000
		q := NewQueue(h.open(t))
		rows := make([][]any, n)
		for i := range rows {
			rows[i] = []any{"a", "null", "ready", 0, db.At(h.clock.Now().Add(time.Hour)), 0, 1, 0, "", db.At(h.clock.Now())}
		}
		write(t, q.db, func(tx *db.Tx) error {
			return tx.Insert("job", []string{"kind", "payload", "state", "priority", "run_at", "attempt", "max_attempts", "lease", "error", "created_at"}, rows)
		})
		var done tally
		stop := start(t, &Runner{Queue: q, Handlers: map[string]Handler{"a": func(_ context.Context, j Job) error { done.add(j.ID); return nil }}})
		time.Sleep(20 * time.Millisecond)
		if done.total() != 0 {
			t.Fatal("a timer runs before its hour")
		}
		h.clock.move(time.Hour)
		begin := time.Now()
		until(t, "all done", func() bool { return done.total() >= n })
		stop()
		took := time.Since(begin)
		t.Logf("%d timers in %v", n, took)
		if done.total() != n || len(jobs(t, q, Filter{State: Done})) != n {
			t.Errorf("%d runs, %d done", done.total(), len(jobs(t, q, Filter{State: Done})))
		}
		if took > 10*time.Second {
			t.Errorf("%v is too slow", took)
		}
	})
}

func TestRetriesThenDead(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		q := NewQueue(h.open(t))
		var tries tally
		id := add(t, q, Spec{Kind: "a", MaxAttempts: 3})
		start(t, &Runner{Queue: q, Handlers: map[string]Handler{"a": func(_ context.Context, j Job) error {
			tries.add(j.ID)
			if j.Attempt == 2 {
				panic("\x00\xff broken")
			}
			return errors.New("no luck")
		}}})
		for i, wait := range []time.Duration{time.Second, 16 * time.Second} {
			until(t, "a try", func() bool { j := only(t, q, id); return j.State == Ready && j.Attempt == i+1 })
			j := only(t, q, id)
			if pause := j.RunAt.Sub(h.clock.Now()); pause < wait*9/10 || pause > wait*11/10 {
				t.Errorf("after attempt %d it waits %v", i+1, pause)
			}
			h.clock.move(wait * 8 / 10)
			time.Sleep(15 * time.Millisecond)
			if n := tries.total(); n != i+1 {
				t.Errorf("%d tries before their time", n)
			}
			h.clock.move(wait)
		}
		until(t, "the end", stands(t, q, id, Dead))
		if j := only(t, q, id); tries.total() != 3 || j.Error != "no luck" || j.Attempt != 3 || j.Finished.IsZero() {
			t.Errorf("%d tries, %+v", tries.total(), j)
		}
	})
}

func TestLostLeaseIsTakenAgain(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		q := NewQueue(h.open(t))
		id := add(t, q, Spec{Kind: "a"})
		last := add(t, q, Spec{Kind: "a", MaxAttempts: 1})
		lost := take(t, q, 2) // by a process that dies now
		var done tally
		start(t, &Runner{Queue: q, Handlers: map[string]Handler{"a": func(_ context.Context, j Job) error { done.add(j.ID); return nil }}})
		h.clock.move(leaseTime)
		time.Sleep(20 * time.Millisecond)
		if done.total() != 0 {
			t.Fatal("a lease is lost before its end")
		}
		h.clock.move(time.Second)
		until(t, "taken again", stands(t, q, id, Done))
		until(t, "a dead letter", stands(t, q, last, Dead))
		if j := only(t, q, id); j.Attempt != 2 || done.total() != 1 {
			t.Errorf("%+v, %d runs", j, done.total())
		}
		end(t, q, lost[0], settlement{state: Dead, runAt: h.clock.Now(), attempt: 1, err: "late"}) // it was only asleep
		if j := only(t, q, id); j.State != Done {
			t.Errorf("who lost the lease still settles: %+v", j)
		}
	})
}

// A job longer than its lease keeps it, and is told when it is cancelled.
func TestLeasesAreRenewed(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		q := NewQueue(h.open(t))
		id := add(t, q, Spec{Kind: "a"})
		var runs tally
		told := make(chan struct{})
		handlers := map[string]Handler{"a": func(ctx context.Context, j Job) error {
			runs.add(j.ID)
			<-ctx.Done()
			close(told)
			return ctx.Err()
		}}
		start(t, &Runner{Queue: q, Handlers: handlers}, &Runner{Queue: NewQueue(h.open(t)), Handlers: handlers})
		until(t, "a run", func() bool { return runs.total() == 1 })
		for range 8 {
			h.clock.move(beatEvery)
			until(t, "a beat", func() bool {
				var lease db.Time
				err := q.db.Read(t.Context(), func(tx *db.Tx) (err error) {
					lease, _, err = db.One(tx, db.Value[db.Time], "SELECT lease_until FROM job WHERE id = $1", id)
					return err
				})
				return err == nil && lease.Equal(h.clock.Now().Add(leaseTime))
			})
		}
		if runs.total() != 1 {
			t.Errorf("%d runs at once", runs.total())
		}
		write(t, q.db, func(tx *db.Tx) error { return cancel(tx, id) })
		h.clock.move(beatEvery)
		select {
		case <-told:
		case <-time.After(20 * time.Second):
			t.Fatal("the handler is not told")
		}
		time.Sleep(20 * time.Millisecond)
		if j := only(t, q, id); j.State != Cancelled {
			t.Errorf("%+v", j)
		}
	})
}

func TestScheduleFiresOnce(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		one, two := NewQueue(h.open(t)), NewQueue(h.open(t))
		var runs tally
		runner := func(q *Queue) *Runner {
			return &Runner{Queue: q, Handlers: map[string]Handler{"tick": func(_ context.Context, j Job) error { runs.add(j.ID); return nil }}, Schedules: []Schedule{{"tick", "0 * * * *"}}}
		}
		stop := start(t, runner(one), runner(two))
		until(t, "the schedule is written", scheduled(t, one))
		time.Sleep(20 * time.Millisecond)
		if runs.total() != 0 {
			t.Fatal("it fires before its hour")
		}
		for hour := range 3 {
			h.clock.move(time.Hour)
			until(t, "a tick", func() bool { return runs.total() > hour })
			time.Sleep(20 * time.Millisecond)
			if runs.total() != hour+1 {
				t.Fatalf("%d ticks in %d hours", runs.total(), hour+1)
			}
		}
		stop()
		h.clock.move(100 * time.Hour) // nobody was there
		start(t, runner(one), runner(two))
		until(t, "a tick", func() bool { return runs.total() > 3 })
		time.Sleep(20 * time.Millisecond)
		if runs.total() != 4 {
			t.Errorf("%d ticks: what was missed is made up for once", runs.total())
		}
	})
}

// A scheduled job that has not ended keeps the next one out.
func TestScheduleDoesNotPileUp(t *testing.T) {
	h := house{"sqlite:" + t.TempDir() + "/test.db", newWatch()}
	q := NewQueue(h.open(t))
	start(t, &Runner{Queue: q, Handlers: map[string]Handler{"tick": func(context.Context, Job) error { return errors.New("no") }}, Schedules: []Schedule{{"tick", "* * * * *"}}})
	until(t, "the schedule is written", scheduled(t, q))
	for tries := range 3 { // the third comes 81 s after the second
		h.clock.move(2 * time.Minute)
		until(t, "a try", func() bool {
			list := jobs(t, q, Filter{})
			return len(list) > 0 && list[0].Attempt > tries && list[0].State == Ready
		})
	}
	if list := jobs(t, q, Filter{}); len(list) != 1 {
		t.Errorf("%+v", list)
	}
}

// When the program stops, what runs may end, what waits is given back.
func TestStop(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		q := NewQueue(h.open(t))
		var ids []int64
		for range 3 {
			ids = append(ids, add(t, q, Spec{Kind: "a"}))
		}
		begun, goOn := make(chan int64, 3), make(chan struct{})
		r := &Runner{Queue: q, Workers: 1, Handlers: map[string]Handler{"a": func(context.Context, Job) error { begun <- 1; <-goOn; return nil }}}
		stop := start(t, r)
		<-begun
		time.AfterFunc(30*time.Millisecond, func() { close(goOn) })
		stop()
		for i, want := range []State{Done, Ready, Ready} {
			if j := only(t, q, ids[i]); j.State != want || j.Attempt != map[State]int{Done: 1}[want] {
				t.Errorf("%+v, want %s", j, want)
			}
		}
		stubborn := &Runner{Queue: q, Workers: 1, Grace: time.Millisecond, Handlers: map[string]Handler{"a": func(ctx context.Context, _ Job) error { begun <- 1; <-ctx.Done(); return ctx.Err() }}}
		stop = start(t, stubborn)
		<-begun
		stop()
		if j := only(t, q, ids[1]); j.State != Ready || j.Attempt != 0 || j.Error != "" {
			t.Errorf("what was stopped counts as a failure: %+v", j)
		}
	})
}

func TestRunnerRefusesWrongWiring(t *testing.T) {
	h := house{"sqlite:" + t.TempDir() + "/test.db", newWatch()}
	q := NewQueue(h.open(t))
	nothing := func(context.Context, Job) error { return nil }
	for name, r := range map[string]*Runner{
		"no handlers":         {Queue: q},
		"a wrong expression":  {Queue: q, Handlers: map[string]Handler{"a": nothing}, Schedules: []Schedule{{"a", "now"}}},
		"nobody's expression": {Queue: q, Handlers: map[string]Handler{"a": nothing}, Schedules: []Schedule{{"b", "* * * * *"}}},
	} {
		if err := r.Run(t.Context()); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// A database that fails is told of, and the results are written later.
func TestDatabaseFails(t *testing.T) {
	h := house{"sqlite:" + t.TempDir() + "/test.db", newWatch()}
	q := NewQueue(h.open(t))
	id := add(t, q, Spec{Kind: "a"})
	var log lockedBuffer
	begun, goOn := make(chan struct{}), make(chan struct{})
	var runs tally
	start(t, &Runner{Queue: q, Log: slog.New(slog.NewTextHandler(&log, nil)), Handlers: map[string]Handler{"a": func(_ context.Context, j Job) error {
		runs.add(j.ID)
		close(begun)
		<-goOn
		return nil
	}}})
	<-begun
	write(t, q.db, func(tx *db.Tx) error { _, err := tx.Exec("ALTER TABLE job RENAME TO away"); return err })
	close(goOn)
	until(t, "a line of log", func() bool { return strings.Contains(log.String(), "no such table") })
	write(t, q.db, func(tx *db.Tx) error { _, err := tx.Exec("ALTER TABLE away RENAME TO job"); return err })
	until(t, "done", stands(t, q, id, Done))
	if runs.total() != 1 {
		t.Errorf("%d runs", runs.total())
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Negative control of exactly-once: with its lease torn away a job runs twice,
// and the tally tells.
func TestTornLeaseRunsTwice(t *testing.T) {
	h := house{"sqlite:" + t.TempDir() + "/test.db", newWatch()}
	q := NewQueue(h.open(t))
	id := add(t, q, Spec{Kind: "a"})
	var runs tally
	goOn := make(chan struct{})
	handlers := map[string]Handler{"a": func(_ context.Context, j Job) error { runs.add(j.ID); <-goOn; return nil }}
	start(t, &Runner{Queue: q, Handlers: handlers}, &Runner{Queue: NewQueue(h.open(t)), Handlers: handlers})
	until(t, "a run", func() bool { return runs.total() == 1 })
	write(t, q.db, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE job SET lease_until = $1", db.At(h.clock.Now().Add(-time.Second)))
		return err
	})
	until(t, "a second run", func() bool { return runs.total() == 2 })
	close(goOn)
	until(t, "done", stands(t, q, id, Done))
}
