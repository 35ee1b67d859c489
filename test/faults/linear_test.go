package faults_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"beffroi/internal/app"
	"beffroi/internal/ground/ledger"
	"beffroi/internal/ground/series"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/jobs"
	"beffroi/test/pg"
)

// history is what several hands did at once, with when each began and ended.
type history struct {
	mu    sync.Mutex
	began time.Time
	ops   []porcupine.Operation
}

func newHistory() *history { return &history{began: time.Now()} }

func (h *history) since() int64 { return int64(time.Since(h.began)) }

// add keeps one deed of a hand that began at the instant call.
func (h *history) add(hand int, call int64, input, output any) {
	end := h.since()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, porcupine.Operation{ClientId: hand, Input: input, Call: call, Output: output, Return: end})
}

// linearizable tells whether the deeds could have been done one after the
// other, each at some instant between its beginning and its end.
func (h *history) linearizable(t *testing.T, m porcupine.Model) bool {
	t.Helper()
	switch result := porcupine.CheckOperationsTimeout(m, h.ops, time.Minute); result {
	case porcupine.Unknown:
		t.Fatalf("no answer about %d deeds in time", len(h.ops))
		return false
	default:
		return result == porcupine.Ok
	}
}

// counting is a counter without gaps: each deed gives the number after the last.
func counting(first int64) porcupine.Model {
	return porcupine.Model{
		Init:              func() any { return first },
		Step:              func(state, _, output any) (bool, any) { return output == state, state.(int64) + 1 },
		DescribeOperation: func(_, output any) string { return fmt.Sprint(output) },
	}
}

// deed of a job: written, then taken.
type deed struct {
	job   int64
	taken bool
}

// once is the life of each job by itself: it is written, then taken, once.
var once = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byJob := map[int64][]porcupine.Operation{}
		for _, op := range history {
			byJob[op.Input.(deed).job] = append(byJob[op.Input.(deed).job], op)
		}
		var list [][]porcupine.Operation
		for _, ops := range byJob {
			list = append(list, ops)
		}
		return list
	},
	Init: func() any { return 0 },
	Step: func(state, input, _ any) (bool, any) {
		if input.(deed).taken {
			return state == 1, 2
		}
		return state == 0, 1
	},
}

// both runs a test on the demonstration on both engines.
func both(t *testing.T, f func(t *testing.T, address string)) {
	t.Run("sqlite", func(t *testing.T) {
		address, _ := demonstration(t, filepath.Join(t.TempDir(), "beffroi.db"))
		f(t, address)
	})
	t.Run("postgres", func(t *testing.T) {
		address := pg.Shared(t)
		move(t, address)
		f(t, address)
	})
}

// bare runs a test on both engines on a database of jobs and seats alone.
func bare(t *testing.T, f func(t *testing.T, address string)) {
	for engine, address := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "beffroi.db") },
		"postgres": func(t *testing.T) string { return pg.Shared(t) },
	} {
		t.Run(engine, func(t *testing.T) {
			at := address(t)
			if _, err := connect(t, at).Migrate(t.Context(), append(seatSchema(), jobs.Schema())); err != nil {
				t.Fatal(err)
			}
			f(t, at)
		})
	}
}

// connect opens the database as another process would.
func connect(t *testing.T, address string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), address, clock.System())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// together has hands do something so many times each, at once.
func together(t *testing.T, hands, times int, f func(hand int) error) {
	t.Helper()
	var all sync.WaitGroup
	for hand := range hands {
		all.Go(func() {
			for range times {
				if err := f(hand); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

const hands = 6

// Seats, and references of the ledger, taken by several hands through two
// connections as two processes have: a counter without gaps.
func TestCountersAreLinearizable(t *testing.T) {
	both(t, func(t *testing.T, address string) {
		houses := []*app.House{open(t, address, clock.System()), open(t, address, clock.System())}
		times := form(15, 150)
		seats := newHistory()
		together(t, hands, times, func(hand int) error {
			h, call := houses[hand%2], seats.since()
			n, err := takeSeat(t.Context(), h.DB, h.Jobs)
			seats.add(hand, call, nil, n)
			return err
		})
		if !seats.linearizable(t, counting(1)) {
			t.Errorf("%d seats were not taken one after the other", len(seats.ops))
		}
		refs := newHistory()
		first := count(t, houses[0].DB, "SELECT coalesce(max(number), 0) + 1 FROM ledger_entry WHERE year = 2025")
		together(t, hands, times, func(hand int) error {
			call := refs.since()
			e, err := houses[hand%2].Ledger.Post(t.Context(), auth.System("faults"), ledger.Posting{Date: calendar.MustParse("2025-03-01"), Kind: "service",
				Title: series.Text{FR: "Essai"}, Measure: "eur_cents", Amount: 10_001, Attribution: "shared", Base: []string{"53053", "53028"}})
			refs.add(hand, call, nil, int64(e.Ref.Number))
			return err
		})
		if !refs.linearizable(t, counting(first)) {
			t.Errorf("%d references were not given one after the other", len(refs.ops))
		}
		t.Logf("figure: %d seats and %d references by %d hands: linearizable", len(seats.ops), len(refs.ops), hands)
	})
}

// The control: a counter that reads in one transaction and writes in another is
// found out.
func TestABrokenCounterIsFound(t *testing.T) {
	bare(t, func(t *testing.T, address string) {
		d := connect(t, address)
		h := newHistory()
		together(t, hands, 30, func(hand int) error {
			call := h.since()
			n := count(t, d, "SELECT coalesce(max(n), 0) + 1 FROM fault_seat")
			time.Sleep(time.Millisecond) // so that others come in between
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec("INSERT INTO fault_seat (n, at) VALUES ($1, $2) ON CONFLICT (n) DO NOTHING", n, db.At(tx.Now()))
				return err
			})
			h.add(hand, call, nil, n)
			return err
		})
		if h.linearizable(t, counting(1)) {
			t.Error("a counter with a hole is taken for a good one: the test proves nothing")
		}
	})
}

// Jobs written by several hands and taken by two runners: each once.
func TestJobsAreTakenOnce(t *testing.T) {
	bare(t, func(t *testing.T, address string) {
		h := newHistory()
		var done sync.WaitGroup
		var databases []*db.DB
		var queues []*jobs.Queue
		ctx, stop := context.WithCancel(t.Context())
		var runners sync.WaitGroup
		for hand := range 2 {
			d := connect(t, address)
			q := jobs.NewQueue(d)
			databases, queues = append(databases, d), append(queues, q)
			r := &jobs.Runner{Queue: q, Workers: 4, Poll: 5 * time.Millisecond, Handlers: map[string]jobs.Handler{"faults.once": func(_ context.Context, j jobs.Job) error {
				h.add(100+hand, 0, deed{j.ID, true}, nil) // it was taken at some instant before now
				done.Done()
				return nil
			}}}
			runners.Go(func() {
				if err := r.Run(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		times := form(20, 200)
		done.Add(hands * times)
		together(t, hands, times, func(hand int) error {
			q, call := queues[hand%2], h.since()
			return databases[hand%2].Write(t.Context(), func(tx *db.Tx) error {
				id, err := q.Enqueue(tx, jobs.Spec{Kind: "faults.once"})
				tx.After(func() { h.add(hand, call, deed{id, false}, nil) })
				return err
			})
		})
		done.Wait()
		stop()
		runners.Wait()
		if !h.linearizable(t, once) || len(h.ops) != 2*hands*times {
			t.Errorf("%d deeds: a job was taken twice, or before it was written", len(h.ops))
		}
	})
}

// The control: two hands that look for a job in one transaction and take it in
// another take some twice.
func TestABrokenClaimIsFound(t *testing.T) {
	bare(t, func(t *testing.T, address string) {
		d := connect(t, address)
		q, h := jobs.NewQueue(d), newHistory()
		for range 40 {
			call := h.since()
			var id int64
			err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
				id, err = q.Enqueue(tx, jobs.Spec{Kind: "faults.broken"})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			h.add(0, call, deed{id, false}, nil)
		}
		together(t, hands, 20, func(hand int) error {
			id := count(t, d, "SELECT coalesce(min(id), 0) FROM job WHERE kind = 'faults.broken' AND state = 'ready'")
			if id == 0 {
				return nil
			}
			time.Sleep(time.Millisecond) // so that others come in between
			h.add(100+hand, 0, deed{id, true}, nil)
			return d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec("UPDATE job SET state = 'done' WHERE id = $1", id)
				return err
			})
		})
		if h.linearizable(t, once) {
			t.Error("jobs that were taken twice are taken for good ones: the test proves nothing")
		}
	})
}
