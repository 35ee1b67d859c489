package personal

import (
	"context"
	"errors"
	"strconv"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/privacy"
)

// Due is what of a table has had its time.
type Due struct {
	Table  string        `json:"table"`
	Event  string        `json:"event"` // word of privacy.event.*, from which the time counts
	After  time.Duration `json:"-"`
	Person bool          `json:"person"` // each row is a person who is erased
	Rows   int64         `json:"rows"`   // whose time is up, those that are held included
	Held   int64         `json:"held"`
	Oldest time.Time     `json:"oldest,omitzero"` // when the event of the oldest of them was
}

// Gone is how many rows went from a table.
type Gone struct {
	Table string
	Rows  int64
}

// batchSize bounds what one transaction of the retention removes, so that
// writers wait for a moment only.
const batchSize = 1000

// Due tells what Retain would remove now, table by table; it changes nothing.
func (s *Service) Due(tx *db.Tx, actor auth.Actor) ([]Due, error) {
	if err := View.Check(actor, auth.Target{}); err != nil {
		return nil, err
	}
	holds, err := s.shield(tx)
	if err != nil {
		return nil, err
	}
	return countDue(tx, s.terms(), holds)
}

// terms are the tables whose rows have a time.
func (s *Service) terms() (list []privacy.Table) {
	for _, t := range s.tables {
		if t.Term.Column != "" {
			list = append(list, t)
		}
	}
	return list
}

// Retain removes everything whose time is up and that no hold covers. A run
// that is cut short has removed whole batches; the next one goes on.
func (s *Service) Retain(ctx context.Context, actor auth.Actor) (gone []Gone, err error) {
	if err := Manage.Check(actor, auth.Target{}); err != nil {
		return nil, err
	}
	for i := range s.terms() { // later tables hang on earlier ones
		t := s.terms()[len(s.terms())-1-i]
		var n int64
		if t.Term.Person {
			n, err = s.retainPersons(ctx, actor, t)
		} else {
			n, err = s.retainRows(ctx, t)
		}
		if n > 0 {
			gone = append(gone, Gone{t.Name, n})
		}
		if err != nil {
			break
		}
	}
	return gone, errors.Join(err, s.noteRetention(context.WithoutCancel(ctx), actor, gone))
}

func (s *Service) retainRows(ctx context.Context, t privacy.Table) (total int64, err error) {
	for {
		var n int64
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			holds, err := s.shield(tx)
			if err != nil {
				return err
			}
			live, err := liveTable(tx, t.Name)
			if err != nil {
				return err
			}
			n, err = deleteDue(tx, t, live.Key(), holds, batchSize)
			return err
		})
		if total += n; err != nil || n < batchSize {
			return total, err
		}
	}
}

// retainPersons erases persons one by one; who cannot be erased now is passed over.
func (s *Service) retainPersons(ctx context.Context, actor auth.Actor, t privacy.Table) (total int64, err error) {
	after := ""
	for {
		var keys []string
		err := s.db.Read(ctx, func(tx *db.Tx) error {
			holds, err := s.shield(tx)
			if err != nil {
				return err
			}
			keys, err = duePersons(tx, t, holds, after, batchSize)
			return err
		})
		if err != nil || len(keys) == 0 {
			return total, err
		}
		for _, key := range keys {
			done, err := s.eraseNow(ctx, actor, object.Ref{Kind: t.Things[0].Kind, Key: key})
			if err != nil {
				return total, err
			}
			if done {
				total++
			}
		}
		after = keys[len(keys)-1]
	}
}

func (s *Service) noteRetention(ctx context.Context, actor auth.Actor, gone []Gone) error {
	if len(gone) == 0 {
		return nil
	}
	summary := map[string]string{}
	for _, g := range gone {
		summary[g.Table] = strconv.FormatInt(g.Rows, 10)
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "privacy.retain", Object: object.Ref{Kind: "retention", Key: today(tx).String()}, Summary: summary})
	})
}
