package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

// Queue is where rooms leave work and what happened, and where staff look
// after it.
type Queue struct {
	db   *db.DB
	subs []Subscription
	wake chan struct{}
}

// NewQueue makes the queue over an open database.
func NewQueue(d *db.DB, subs ...Subscription) *Queue {
	return &Queue{db: d, subs: subs, wake: make(chan struct{}, 1)}
}

// Enqueue writes a job in the caller's transaction: it is run if and only if
// that commits. A job whose dedupe key is taken is not written; the id is then
// that of the live job.
func (q *Queue) Enqueue(tx *db.Tx, s Spec) (id int64, err error) {
	if id, err = Enqueue(tx, s); err == nil {
		tx.After(q.nudge)
	}
	return id, err
}

// Enqueue is Queue.Enqueue for a room that does not hold the queue: a runner
// finds the job when it next looks, within a second.
func Enqueue(tx *db.Tx, s Spec) (id int64, err error) {
	payload, err := json.Marshal(s.Payload)
	if err != nil {
		return 0, fmt.Errorf("jobs: payload of %s: %w", s.Kind, err)
	}
	if s.RunAt.IsZero() {
		s.RunAt = tx.Now()
	}
	if s.MaxAttempts <= 0 {
		s.MaxAttempts = attempts
	}
	id, added, err := insertJob(tx, s, string(payload))
	if err == nil && !added {
		return liveJob(tx, s.Kind, s.Dedupe)
	}
	return id, err
}

// nudge wakes a runner of this process; runners elsewhere look every second.
func (q *Queue) nudge() {
	select {
	case q.wake <- struct{}{}:
	default: // somebody is about to look already
	}
}

// Emit records an event and, in the same transaction, a job for each of its
// subscriptions.
func (q *Queue) Emit(tx *db.Tx, e Event) error {
	data, err := json.Marshal(e.Data)
	if err != nil {
		return fmt.Errorf("jobs: event %s: %w", e.Kind, err)
	}
	if e.ID, err = insertEvent(tx, e, string(data)); err != nil {
		return err
	}
	for _, s := range q.subs {
		if s.Event != e.Kind {
			continue
		}
		if _, err := q.Enqueue(tx, Spec{Kind: s.Job, Payload: e}); err != nil {
			return err
		}
	}
	return nil
}

// Tidy removes done and cancelled jobs, and events, after a fortnight.
func (q *Queue) Tidy(ctx context.Context) error {
	return q.db.Write(ctx, func(tx *db.Tx) error { return tidy(tx, tx.Now().Add(-keepFor)) })
}

// Filter narrows a list; zero fields do not narrow. Below is an id under which
// to read (keyset paging, newest first).
type Filter struct {
	State State
	Kind  string
	Below int64
	Limit int
}

// List reads jobs, newest first.
func (q *Queue) List(ctx context.Context, actor auth.Actor, f Filter) (list []Job, err error) {
	if err := View.Check(actor, auth.Target{}); err != nil {
		return nil, err
	}
	err = q.db.Read(ctx, func(tx *db.Tx) error {
		list, err = listJobs(tx, f)
		return err
	})
	return list, err
}

// Recurrence is a schedule as it is kept.
type Recurrence struct {
	Schedule
	Last time.Time // when it last fired, or was first written
	Next time.Time
}

// Overview is how many jobs stand where, and what recurs.
type Overview struct {
	States    map[State]int64
	Schedules []Recurrence
}

// Overview reads the state of the whole queue.
func (q *Queue) Overview(ctx context.Context, actor auth.Actor) (o Overview, err error) {
	if err := View.Check(actor, auth.Target{}); err != nil {
		return o, err
	}
	err = q.db.Read(ctx, func(tx *db.Tx) error {
		if o.States, err = countStates(tx); err != nil {
			return err
		}
		o.Schedules, err = schedules(tx)
		return err
	})
	for i, s := range o.Schedules {
		cron, err := ParseCron(s.Cron)
		if err != nil {
			return o, err
		}
		o.Schedules[i].Next = cron.Next(s.Last)
	}
	return o, err
}

// Retry makes a dead letter ready again, with all its attempts.
func (q *Queue) Retry(ctx context.Context, actor auth.Actor, id int64) error {
	return q.change(ctx, actor, id, Ready, "job.retry", retry)
}

// Cancel gives up a job. One that is running is told to stop within a minute.
func (q *Queue) Cancel(ctx context.Context, actor auth.Actor, id int64) error {
	return q.change(ctx, actor, id, Cancelled, "job.cancel", cancel)
}

// change moves a job by hand. Running to ready belongs to the runners alone.
func (q *Queue) change(ctx context.Context, actor auth.Actor, id int64, to State, action string, f func(*db.Tx, int64) error) error {
	if err := Manage.Check(actor, auth.Target{}); err != nil {
		return err
	}
	return q.db.Write(ctx, func(tx *db.Tx) error {
		j, ok, err := jobByID(tx, id)
		if err != nil {
			return err
		}
		if !ok {
			return fault.Missing("job")
		}
		if !j.State.May(to) || to == Ready && j.State != Dead {
			return fault.New(fault.Conflict, "job.state", fault.Args{"id": id, "state": string(j.State)})
		}
		if err := f(tx, id); db.IsUnique(err) {
			return fault.New(fault.Conflict, "job.twice", fault.Args{"id": id})
		} else if err != nil {
			return err
		}
		tx.After(q.nudge)
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: action, Object: j.Ref(),
			Before: map[string]any{"state": j.State}, After: map[string]any{"state": to}})
	})
}
