package jobs

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/privacy"
	"beffroi/test/pg"
)

// watch is a clock that the test moves.
type watch struct {
	mu sync.Mutex
	at time.Time
}

func newWatch() *watch { return &watch{at: dbtest.Now()} }

func (w *watch) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *watch) move(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

func schemas() []db.Schema { return []db.Schema{audit.Schema(), Schema()} }

// house is one database; open gives it as another process has it.
type house struct {
	url   string
	clock *watch
}

func (h house) open(t testing.TB) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), h.url, h.clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	if _, err := d.Migrate(context.Background(), schemas()); err != nil {
		t.Fatal(err)
	}
	return d
}

// each runs a test on both engines, with a clock to move.
func each(t *testing.T, f func(t *testing.T, h house)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, house{"sqlite:" + filepath.Join(t.TempDir(), "test.db"), newWatch()}) })
	t.Run("postgres", func(t *testing.T) { f(t, house{pg.Shared(t), newWatch()}) })
}

// write runs f or fails the test.
func write(t testing.TB, d *db.DB, f func(*db.Tx) error) {
	t.Helper()
	if err := d.Write(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

// add writes jobs and gives the id of the last.
func add(t testing.TB, q *Queue, specs ...Spec) (id int64) {
	t.Helper()
	write(t, q.db, func(tx *db.Tx) (err error) {
		for _, s := range specs {
			if id, err = q.Enqueue(tx, s); err != nil {
				return err
			}
		}
		return nil
	})
	return id
}

func jobs(t testing.TB, q *Queue, f Filter) []Job {
	t.Helper()
	f.Limit = 100_000
	list, err := q.List(context.Background(), auth.System("test"), f)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func only(t testing.TB, q *Queue, id int64) Job {
	t.Helper()
	list := jobs(t, q, Filter{Below: id + 1})
	if len(list) == 0 || list[0].ID != id {
		t.Fatalf("job %d is gone", id)
	}
	return list[0]
}

func TestJobBelongsToItsTransaction(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		q := NewQueue(h.open(t))
		undone := errors.New("undone")
		err := q.db.Write(t.Context(), func(tx *db.Tx) error {
			if _, err := q.Enqueue(tx, Spec{Kind: "a"}); err != nil {
				return err
			}
			if err := q.Emit(tx, Event{Kind: "e"}); err != nil {
				return err
			}
			return undone
		})
		if !errors.Is(err, undone) || len(jobs(t, q, Filter{})) != 0 {
			t.Errorf("%v leaves %v", err, jobs(t, q, Filter{}))
		}
		if len(q.wake) != 0 {
			t.Error("a transaction that was rolled back wakes a runner")
		}
		id := add(t, q, Spec{Kind: "a", Payload: map[string]int{"n": 7}, Priority: -3, RunAt: h.clock.Now().Add(time.Hour), MaxAttempts: 2})
		if len(q.wake) != 1 {
			t.Error("no runner is woken")
		}
		j := only(t, q, id)
		var payload struct{ N int }
		if err := j.Decode(&payload); err != nil || payload.N != 7 || j.State != Ready || j.Priority != -3 || j.MaxAttempts != 2 || !j.RunAt.Equal(h.clock.Now().Add(time.Hour)) {
			t.Errorf("%+v, %v", j, err)
		}
		if err := j.Decode(new(string)); err == nil {
			t.Error("an object is read as text")
		}
		err = q.db.Write(t.Context(), func(tx *db.Tx) error {
			_, err := q.Enqueue(tx, Spec{Kind: "a", Payload: func() {}})
			return err
		})
		if err == nil {
			t.Error("a payload that is no JSON is taken")
		}
	})
}

func TestEventsBecomeJobs(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		q := NewQueue(h.open(t), Subscription{"project.decided", "mail"}, Subscription{"project.decided", "index"}, Subscription{"other", "mail"})
		ref := object.Ref{Kind: "project", Key: "P-1"}
		write(t, q.db, func(tx *db.Tx) error {
			for _, kind := range []string{"project.decided", "nobody.listens"} {
				if err := q.Emit(tx, Event{Kind: kind, Object: ref, Data: map[string]string{"to": "done"}}); err != nil {
					return err
				}
			}
			return nil
		})
		list := jobs(t, q, Filter{})
		if len(list) != 2 || list[0].Kind != "index" || list[1].Kind != "mail" {
			t.Fatalf("jobs %+v", list)
		}
		var e struct {
			Event
			Data map[string]string `json:"data"`
		}
		if err := list[0].Decode(&e); err != nil || e.Event.ID == 0 || e.Object != ref || e.Kind != "project.decided" || e.Data["to"] != "done" {
			t.Errorf("%+v, %v", e, err)
		}
	})
}

func TestUniqueWhileLive(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		q := NewQueue(h.open(t))
		first := add(t, q, Spec{Kind: "a", Dedupe: "x"})
		if again := add(t, q, Spec{Kind: "a", Dedupe: "x"}); again != first {
			t.Errorf("a second job %d beside %d", again, first)
		}
		add(t, q, Spec{Kind: "a", Dedupe: "y"}, Spec{Kind: "b", Dedupe: "x"}, Spec{Kind: "a"}, Spec{Kind: "a"})
		if n := len(jobs(t, q, Filter{})); n != 5 {
			t.Fatalf("%d jobs", n)
		}
		take(t, q, 1)
		if again := add(t, q, Spec{Kind: "a", Dedupe: "x"}); again != first {
			t.Error("a running job is not counted as live")
		}
		end(t, q, only(t, q, first), settlement{state: Dead, runAt: h.clock.Now(), attempt: 1, err: "x"})
		second := add(t, q, Spec{Kind: "a", Dedupe: "x"})
		if second == first {
			t.Error("a dead job keeps others out")
		}
		err := q.Retry(t.Context(), auth.System("test"), first)
		if fault.KindOf(err) != fault.Conflict || fault.From(err).Code != "job.twice" {
			t.Errorf("retried beside a live one: %v", err)
		}
	})
}

// take claims and end settles as a runner does.
func take(t testing.TB, q *Queue, n int) (list []Job) {
	t.Helper()
	write(t, q.db, func(tx *db.Tx) (err error) {
		list, err = claim(tx, []string{"a", "b"}, n)
		return err
	})
	return list
}

func end(t testing.TB, q *Queue, j Job, s settlement) {
	t.Helper()
	write(t, q.db, func(tx *db.Tx) error { _, err := settle(tx, j.taking(), s); return err })
}

func TestClaimOrder(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		q := NewQueue(h.open(t))
		now := h.clock.Now()
		for _, s := range []Spec{{Kind: "a", Payload: 5, Priority: 1, RunAt: now.Add(-time.Hour)}, {Kind: "a", Payload: 3, RunAt: now}, {Kind: "b", Payload: 2, RunAt: now.Add(-time.Minute)},
			{Kind: "a", Payload: 4, RunAt: now}, {Kind: "a", Payload: 1, Priority: -1, RunAt: now}, {Kind: "a", Payload: 9, RunAt: now.Add(time.Microsecond)}, {Kind: "foreign", Payload: 9}} {
			add(t, q, s)
		}
		var got []string
		for _, n := range []int{2, 1, 5} {
			for _, j := range take(t, q, n) {
				got = append(got, string(j.Payload))
				if j.State != Running || j.Attempt != 1 || j.lease != 1 {
					t.Errorf("%+v", j)
				}
			}
		}
		if strings.Join(got, "") != "12345" {
			t.Errorf("order %v", got)
		}
	})
}

func TestByHand(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		q := NewQueue(h.open(t))
		admin := auth.Actor{Username: "eve", Grants: []auth.Grant{{Role: auth.Admin}}}
		auditor := auth.Actor{Username: "otto", Grants: []auth.Grant{{Role: auth.Auditor}}}
		id := add(t, q, Spec{Kind: "a", MaxAttempts: 3})
		if err := q.Retry(t.Context(), auditor, id); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("an auditor retries: %v", err)
		}
		if _, err := q.List(t.Context(), auth.Actor{Username: "a", Grants: []auth.Grant{{Role: auth.Agent}}}, Filter{}); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("an agent reads: %v", err)
		}
		if _, err := q.Overview(t.Context(), auth.Actor{}); fault.KindOf(err) != fault.Unauthenticated {
			t.Errorf("anybody reads: %v", err)
		}
		if err := q.Cancel(t.Context(), admin, id+99); fault.KindOf(err) != fault.NotFound {
			t.Errorf("a job that is not there: %v", err)
		}
		for _, state := range []State{Ready, Running} {
			if j := only(t, q, id); j.State != state {
				t.Fatalf("%s, want %s", j.State, state)
			}
			if err := q.Retry(t.Context(), admin, id); fault.From(err).Code != "job.state" {
				t.Errorf("a %s job is retried: %v", state, err)
			}
			take(t, q, 1)
		}
		end(t, q, only(t, q, id), settlement{state: Dead, runAt: h.clock.Now(), attempt: 3, err: "boom"})
		h.clock.move(time.Hour)
		if err := q.Retry(t.Context(), admin, id); err != nil {
			t.Fatal(err)
		}
		if j := only(t, q, id); j.State != Ready || j.Attempt != 0 || j.Error != "boom" || !j.RunAt.Equal(h.clock.Now()) || !j.Finished.IsZero() {
			t.Errorf("retried: %+v", j)
		}
		if err := q.Cancel(t.Context(), admin, id); err != nil {
			t.Fatal(err)
		}
		if err := q.Cancel(t.Context(), admin, id); fault.From(err).Code != "job.state" {
			t.Errorf("cancelled twice: %v", err)
		}
		o, err := q.Overview(t.Context(), auditor)
		if err != nil || o.States[Cancelled] != 1 || o.States[Ready] != 0 {
			t.Errorf("overview %+v, %v", o, err)
		}
		var deeds []string
		err = q.db.Read(t.Context(), func(tx *db.Tx) error {
			list, err := audit.List(tx, audit.Filter{Object: Job{ID: id}.Ref(), Limit: 9})
			for _, e := range list {
				deeds = append(deeds, e.Actor+" "+e.Action)
			}
			return err
		})
		if err != nil || !slices.Equal(deeds, []string{"eve job.cancel", "eve job.retry"}) {
			t.Errorf("audit %v, %v", deeds, err)
		}
	})
}

func TestTidy(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		q := NewQueue(h.open(t))
		for _, state := range States() {
			add(t, q, Spec{Kind: "a", Payload: state})
			j := take(t, q, 1)[0]
			end(t, q, j, settlement{state: state, runAt: h.clock.Now().Add(1000 * time.Hour), attempt: 1})
		}
		write(t, q.db, func(tx *db.Tx) error { return q.Emit(tx, Event{Kind: "e"}) })
		for _, step := range []struct {
			wait time.Duration
			jobs int
		}{{keepFor, 5}, {time.Second, 3}} {
			h.clock.move(step.wait)
			if err := q.Tidy(t.Context()); err != nil {
				t.Fatal(err)
			}
			if list := jobs(t, q, Filter{}); len(list) != step.jobs {
				t.Errorf("after %v: %v", step.wait, list)
			}
		}
		for _, j := range jobs(t, q, Filter{}) {
			if j.State == Done || j.State == Cancelled {
				t.Errorf("%s is kept", j.State)
			}
		}
	})
}

func TestListFilters(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		q := NewQueue(h.open(t))
		for range 5 {
			add(t, q, Spec{Kind: "a"}, Spec{Kind: "b"})
		}
		take(t, q, 4)
		all := jobs(t, q, Filter{})
		for _, f := range []Filter{{}, {State: Running}, {State: Ready, Kind: "b"}, {Kind: "a"}, {Below: all[3].ID}, {Kind: "none"}} {
			var want []int64
			for _, j := range all {
				if (f.State == "" || j.State == f.State) && (f.Kind == "" || j.Kind == f.Kind) && (f.Below == 0 || j.ID < f.Below) {
					want = append(want, j.ID)
				}
			}
			var got []int64
			for _, j := range jobs(t, q, f) {
				got = append(got, j.ID)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%+v: %v, want %v", f, got, want)
			}
		}
	})
}

// Whatever happens to jobs, they only take the allowed steps, none gets lost,
// and the fence of a taking only grows.
func TestOnlyAllowedTransitions(t *testing.T) {
	h := house{"sqlite:" + filepath.Join(t.TempDir(), "test.db"), newWatch()}
	q := NewQueue(h.open(t))
	admin := auth.System("test")
	seen := map[[2]State]bool{}
	rapid.Check(t, func(rt *rapid.T) {
		var held []Job // takings, some of them long lost
		before := map[int64]Job{}
		for _, j := range jobs(t, q, Filter{}) {
			before[j.ID] = j
		}
		pick := func() (id int64) {
			if list := jobs(t, q, Filter{}); len(list) > 0 {
				id = list[rapid.IntRange(0, min(len(list), 8)-1).Draw(rt, "job")].ID
			}
			return id
		}
		rt.Repeat(map[string]func(*rapid.T){
			"enqueue": func(rt *rapid.T) {
				add(t, q, Spec{Kind: "a", MaxAttempts: rapid.IntRange(1, 3).Draw(rt, "attempts"), Dedupe: rapid.SampledFrom([]string{"", "", "x", "y"}).Draw(rt, "key")})
			},
			"claim": func(rt *rapid.T) { held = append(held, take(t, q, rapid.IntRange(1, 4).Draw(rt, "n"))...) },
			"settle": func(rt *rapid.T) {
				if len(held) == 0 {
					return
				}
				res := result{job: held[rapid.IntRange(0, len(held)-1).Draw(rt, "taking")]}
				switch rapid.IntRange(0, 2).Draw(rt, "how") {
				case 0:
					res.err = errors.New("no")
				case 1:
					res.released = true
				}
				end(t, q, res.job, res.outcome(h.clock.Now()))
			},
			"release": func(*rapid.T) { write(t, q.db, func(tx *db.Tx) error { _, err := release(tx); return err }) },
			"wait":    func(rt *rapid.T) { h.clock.move(time.Duration(rapid.IntRange(1, 400).Draw(rt, "s")) * time.Second) },
			"retry":   func(*rapid.T) { _ = q.Retry(context.Background(), admin, pick()) }, // may be refused
			"cancel":  func(*rapid.T) { _ = q.Cancel(context.Background(), admin, pick()) },
			"": func(rt *rapid.T) {
				after := map[int64]Job{}
				for _, j := range jobs(t, q, Filter{}) {
					after[j.ID] = j
				}
				for id, was := range before {
					is, ok := after[id]
					if !ok {
						rt.Fatalf("job %d is lost", id)
					}
					if was.State != is.State && !was.State.May(is.State) {
						rt.Fatalf("job %d went from %s to %s", id, was.State, is.State)
					}
					if is.lease < was.lease || is.Attempt > is.MaxAttempts || is.Attempt < 0 || is.Finished.IsZero() != (is.State == Ready || is.State == Running) {
						rt.Fatalf("%+v became %+v", was, is)
					}
					if was.State != is.State {
						seen[[2]State{was.State, is.State}] = true
					}
				}
				before = after
			},
		})
	})
	for from, list := range transitions {
		for _, to := range list {
			if !seen[[2]State{from, to}] {
				t.Errorf("%s → %s never happened: the test proves nothing about it", from, to)
			}
		}
	}
	for _, s := range []State{Done, Cancelled} {
		for _, to := range States() {
			if s.May(to) {
				t.Errorf("%s is an end and may become %s", s, to)
			}
		}
	}
}

func TestDelay(t *testing.T) {
	for attempt, seconds := range map[int]int64{1: 1, 2: 16, 3: 81, 4: 256, 9: 6561, 1 << 40: 100_000_000} {
		low, high := time.Duration(seconds)*time.Second*9/10, time.Duration(seconds)*time.Second*11/10
		different := map[time.Duration]bool{}
		for range 50 {
			d := delay(attempt)
			if d < low || d > high {
				t.Errorf("after attempt %d: %v", attempt, d)
			}
			different[d] = true
		}
		if len(different) < 2 {
			t.Errorf("after attempt %d always the same wait", attempt)
		}
	}
}

func TestPrivacyNamesEveryColumn(t *testing.T) {
	d := dbtest.SQLite(t, []db.Schema{Schema()})
	live := map[string][]string{}
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		_, err := db.All(tx, func(s db.Scanner) (struct{}, error) {
			var table, column string
			err := s.Scan(&table, &column)
			live[table] = append(live[table], column)
			return struct{}{}, err
		}, "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT IN ('schema_version', 'table_change')")
		return err
	})
	if err != nil || len(live) != 3 {
		t.Fatal(live, err)
	}
	for _, problem := range privacy.Compare(Privacy(), live) {
		t.Error(problem)
	}
}
