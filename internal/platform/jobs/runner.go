package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"beffroi/internal/platform/db"
)

// Handler does the jobs of one kind. It must be idempotent: after a crash the
// same job comes again. It should stop when the context ends. An error means
// that the job is to be tried again later.
type Handler func(ctx context.Context, j Job) error

// Schedule makes a job of a kind whenever its expression (see ParseCron) says,
// once for all processes over the database. Occasions that were missed while
// nothing ran are made up for by one job; while the last one is still live no
// other is made.
type Schedule struct{ Kind, Cron string }

// aheadAtMost bounds the jobs that one runner takes at a time.
const aheadAtMost = 256

// Runner takes due jobs and runs them. Any number of runners, in any number of
// processes, may work over one database.
type Runner struct {
	Queue     *Queue
	Handlers  map[string]Handler // by kind; other kinds are left to other runners
	Schedules []Schedule
	Workers   int           // jobs at a time, 2 when 0
	Poll      time.Duration // how often to look for work unasked, 1 s when 0
	Grace     time.Duration // how long a job may go on once the program stops, 10 s when 0
	Mourner   string        // kind of the job that is made of each dead letter, which is its payload; "" for none
	Log       *slog.Logger

	kinds []string
	crons map[string]Cron
}

// taking names one taking of a job.
type taking struct{ id, lease int64 }

func (j Job) taking() taking { return taking{j.ID, j.lease} }

// flight is a job that this runner has taken.
type flight struct {
	job  Job
	ctx  context.Context
	stop context.CancelFunc
}

// result is how a taking ended.
type result struct {
	job      Job
	err      error
	released bool // it was not done and may be taken again at once
}

// Run works until the context ends, then lets the running jobs finish and gives
// back those that have not begun. It returns an error only for a wrong schedule
// or when the schedules cannot be written.
func (r *Runner) Run(ctx context.Context) error {
	if err := r.prepare(ctx); err != nil {
		return err
	}
	queue, results := make(chan flight, aheadAtMost), make(chan result, aheadAtMost)
	var workers sync.WaitGroup
	for range r.Workers {
		workers.Go(func() { work(ctx, r.Handlers, queue, results) })
	}
	k := keeper{Runner: r, queue: queue, results: results, flights: map[taking]flight{}}
	k.run(ctx)
	close(queue)
	k.finish(ctx)
	workers.Wait()
	return nil
}

func (r *Runner) prepare(ctx context.Context) error {
	r.kinds = slices.Sorted(maps.Keys(r.Handlers))
	r.crons = map[string]Cron{}
	for _, s := range r.Schedules {
		c, err := ParseCron(s.Cron)
		if err != nil {
			return fmt.Errorf("jobs: schedule of %s: %w", s.Kind, err)
		}
		if r.Handlers[s.Kind] == nil {
			return fmt.Errorf("jobs: schedule of %s: nobody handles it", s.Kind)
		}
		r.crons[s.Kind] = c
	}
	if len(r.kinds) == 0 {
		return fmt.Errorf("jobs: a runner without handlers")
	}
	if r.Workers <= 0 {
		r.Workers = 2
	}
	if r.Poll <= 0 {
		r.Poll = time.Second
	}
	if r.Grace <= 0 {
		r.Grace = 10 * time.Second
	}
	if r.Log == nil {
		r.Log = slog.New(slog.DiscardHandler)
	}
	return r.Queue.db.Write(ctx, func(tx *db.Tx) error {
		for _, s := range r.Schedules {
			if err := keepSchedule(tx, s); err != nil {
				return err
			}
		}
		return nil
	})
}

// work runs what comes; once ctx has ended it gives back what had not begun.
func work(ctx context.Context, handlers map[string]Handler, queue <-chan flight, results chan<- result) {
	for f := range queue {
		if ctx.Err() != nil {
			results <- result{job: f.job, released: true}
			continue
		}
		err := attempt(handlers[f.job.Kind], f)
		results <- result{job: f.job, err: err, released: err != nil && ctx.Err() != nil && f.ctx.Err() != nil}
	}
}

// attempt makes a panic of the handler an error: one bad job must not take the
// others with it.
func attempt(h Handler, f flight) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return h(f.ctx, f.job)
}

// keeper is the one goroutine of a runner that touches the database.
type keeper struct {
	*Runner
	queue   chan<- flight
	results <-chan result
	flights map[taking]flight
	done    []result  // ended, not yet written
	beat    time.Time // when the leases were last renewed; at first never
}

func (k *keeper) run(ctx context.Context) {
	poll := time.NewTicker(k.Poll)
	defer poll.Stop()
	for ctx.Err() == nil {
		if err := k.turn(ctx); err != nil && ctx.Err() == nil {
			k.Log.Error("jobs", "error", err.Error())
			pause(ctx, k.Poll)
		}
		select {
		case <-ctx.Done():
		case <-poll.C:
		case <-k.Queue.wake:
		case res := <-k.results:
			k.done = append(k.done, res)
		}
		k.collect()
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// collect takes the other results that are there, so that one transaction
// writes them all.
func (k *keeper) collect() {
	for {
		select {
		case res := <-k.results:
			k.done = append(k.done, res)
		default:
			return
		}
	}
}

// turn writes what ended, fires schedules, renews leases and takes new jobs, in
// one transaction; when there is nothing of all this it only reads. How many
// jobs are taken follows from how many just ended: short ones are taken by the
// hundred, of long ones little more than there are workers, so that other
// runners find some.
func (k *keeper) turn(ctx context.Context) error {
	beat := k.Queue.db.Clock().Now().Sub(k.beat).Abs() >= beatEvery
	room := min(aheadAtMost, k.Workers+2*len(k.done)) - (len(k.flights) - len(k.done))
	if len(k.done) == 0 && !beat {
		found, err := k.look(ctx, room > 0)
		if err != nil || !found {
			return err
		}
	}
	var taken []Job
	var lost []taking
	err := k.Queue.db.Write(ctx, func(tx *db.Tx) (err error) {
		taken, lost = nil, nil                                 // it may run again
		beat = beat || tx.Now().Sub(k.beat).Abs() >= beatEvery // the clock may have jumped since
		if err := k.settle(tx); err != nil {
			return err
		}
		if beat {
			if lost, err = k.renew(tx); err != nil {
				return err
			}
			if err := rejoin(tx); err != nil {
				return err
			}
		}
		if err := k.fire(tx); err != nil {
			return err
		}
		dead, err := release(tx)
		if err != nil {
			return err
		}
		if err := k.mourn(tx, dead...); err != nil || room <= 0 {
			return err
		}
		taken, err = claim(tx, k.kinds, room)
		return err
	})
	if err != nil {
		return err
	}
	if beat {
		k.beat = k.Queue.db.Clock().Now()
	}
	k.forget()
	for _, t := range lost {
		if f, ok := k.flights[t]; ok { // what has just ended holds no lease either
			f.stop()
		}
	}
	k.launch(ctx, taken)
	return nil
}

// look tells whether a turn would find anything to do; without room for jobs
// those that are due do not count.
func (k *keeper) look(ctx context.Context, room bool) (found bool, err error) {
	err = k.Queue.db.Read(ctx, func(tx *db.Tx) error {
		if found, err = overdue(tx); err != nil || found {
			return err
		}
		if room {
			if found, err = waiting(tx, k.kinds); err != nil || found {
				return err
			}
		}
		due, err := k.due(tx)
		found = len(due) > 0
		return err
	})
	return found, err
}

// due lists the schedules of this runner whose next instant has come, and those
// that fired in what is now the future.
func (k *keeper) due(tx *db.Tx) (kinds []string, err error) {
	if len(k.crons) == 0 {
		return nil, nil
	}
	list, err := schedules(tx)
	for _, s := range list {
		cron, ok := k.crons[s.Kind]
		if ok && (!cron.Next(s.Last).After(tx.Now()) || s.Last.After(tx.Now().Add(clockSlack))) {
			kinds = append(kinds, s.Kind)
		}
	}
	return kinds, err
}

// fire writes a job for each due schedule. The row says when it last fired, and
// one writer at a time reads and changes it: two processes cannot both fire.
func (k *keeper) fire(tx *db.Tx) error {
	kinds, err := k.due(tx)
	if err != nil {
		return err
	}
	for _, kind := range kinds {
		if err := ran(tx, kind); err != nil {
			return err
		}
		if _, err := k.Queue.Enqueue(tx, Spec{Kind: kind, Dedupe: "schedule"}); err != nil {
			return err
		}
	}
	return nil
}

func (k *keeper) settle(tx *db.Tx) error {
	for _, res := range k.done {
		end := res.outcome(tx.Now())
		ours, err := settle(tx, res.job.taking(), end)
		if err != nil {
			return err
		}
		if !ours || end.state != Dead {
			continue
		}
		if err := k.mourn(tx, res.job); err != nil {
			return err
		}
	}
	return nil
}

// Deceased is the payload of the job that is made of a dead letter.
type Deceased struct {
	ID   int64  `json:"id"`
	Kind string `json:"kind"`
}

// mourn makes a job of each dead letter, but of those that were made so: a
// mourner that dies has nobody to tell.
func (k *keeper) mourn(tx *db.Tx, dead ...Job) error {
	for _, j := range dead {
		if k.Mourner == "" || j.Kind == k.Mourner {
			continue
		}
		if _, err := k.Queue.Enqueue(tx, Spec{Kind: k.Mourner, Payload: Deceased{j.ID, j.Kind}}); err != nil {
			return err
		}
	}
	return nil
}

// outcome decides what becomes of a job.
func (res result) outcome(now time.Time) settlement {
	j := res.job
	switch {
	case res.released:
		return settlement{Ready, j.RunAt, j.Attempt - 1, j.Error}
	case res.err == nil:
		return settlement{Done, j.RunAt, j.Attempt, ""}
	case j.Attempt < j.MaxAttempts:
		return settlement{Ready, now.Add(delay(j.Attempt)), j.Attempt, excerpt(res.err)}
	}
	return settlement{Dead, j.RunAt, j.Attempt, excerpt(res.err)}
}

// excerpt is an error as both databases can keep it.
func excerpt(err error) string {
	const longest = 2000
	text := err.Error()
	return strings.ReplaceAll(strings.ToValidUTF8(text[:min(len(text), longest)], ""), "\x00", "")
}

func (k *keeper) renew(tx *db.Tx) (lost []taking, err error) {
	for t := range k.flights {
		held, err := renew(tx, t)
		if err != nil {
			return nil, err
		}
		if !held {
			lost = append(lost, t)
		}
	}
	return lost, nil
}

// forget drops the flights whose end is written.
func (k *keeper) forget() {
	for _, res := range k.done {
		t := res.job.taking()
		k.flights[t].stop()
		delete(k.flights, t)
	}
	k.done = k.done[:0]
}

func (k *keeper) launch(ctx context.Context, taken []Job) {
	for _, j := range taken {
		own, stop := context.WithCancel(context.WithoutCancel(ctx)) // what runs may finish when the program stops
		f := flight{j, own, stop}
		k.flights[j.taking()] = f
		k.queue <- f // never blocks: there is room for all flights
	}
}

// finish waits for what is in flight, and after Grace asks it to stop.
func (k *keeper) finish(ctx context.Context) {
	patience := time.AfterFunc(k.Grace, k.stopper())
	defer patience.Stop()
	for len(k.done) < len(k.flights) {
		k.done = append(k.done, <-k.results)
	}
	err := k.Queue.db.Write(context.WithoutCancel(ctx), k.settle)
	if err != nil {
		k.Log.Error("jobs", "error", err.Error()) // the leases run out and the jobs come again
	}
	k.forget()
}

// stopper stops the flights there are now; it is called from another goroutine.
func (k *keeper) stopper() func() {
	list := slices.Collect(maps.Values(k.flights))
	return func() {
		for _, f := range list {
			f.stop()
		}
	}
}
