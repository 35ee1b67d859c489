package mail

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/object"
)

// The rules of the log of letters, of whoever posts one again or clears an
// address, and of whoever reads the letters kept for herself.
var (
	View   = auth.Rule{Name: "mail.view", Roles: []auth.Role{auth.Auditor, auth.Admin}}
	Manage = auth.Rule{Name: "mail.manage", Roles: []auth.Role{auth.Admin}}
	Own    = auth.Rule{Name: "mail.own", SignedIn: true}
)

// How long letters last.
const (
	keepWords  = 90 * 24 * time.Hour
	keepRecord = 365 * 24 * time.Hour
)

// Filter narrows a list; zero fields do not narrow. Below is an id under which
// to read (keyset paging, newest first).
type Filter struct {
	State   State
	Kind    string
	To      string // address
	Below   int64
	Limit   int
	account int64
}

// Overview is the log of letters: how many stand where, and the addresses that
// are written to no more (the 200 newest).
type Overview struct {
	Letters  []Record
	States   map[State]int64
	Failures []Failure
}

// Overview reads the log, newest first. The words of the letters are left out:
// a reset link is for its reader alone.
func (s *Service) Overview(ctx context.Context, actor auth.Actor, f Filter) (o Overview, err error) {
	if err := View.Check(actor, auth.Target{}); err != nil {
		return o, err
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		if o.Letters, err = listLetters(tx, f); err != nil {
			return err
		}
		if o.States, err = countStates(tx); err != nil {
			return err
		}
		o.Failures, err = failures(tx, 200)
		return err
	})
	for i := range o.Letters {
		o.Letters[i].Subject, o.Letters[i].Body, o.Letters[i].Link = "", "", ""
	}
	return o, err
}

// Mailbox lists the letters to the actor that were kept instead of posted,
// newest first; administrators see everybody's in a demonstration.
func (s *Service) Mailbox(ctx context.Context, actor auth.Actor, f Filter) (list []Record, err error) {
	if err := Own.Check(actor, auth.Target{}); err != nil {
		return nil, err
	}
	f.State = Kept
	if !s.sees(actor) {
		f.account = actor.Account
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		list, err = listLetters(tx, f)
		return err
	})
	return list, err
}

// sees tells whether the actor reads letters to others. Outside of
// demonstrations nobody does: whoever reads the reset letter of another becomes
// the other.
func (s *Service) sees(actor auth.Actor) bool {
	return s.office.Demo && Manage.Check(actor, auth.Target{}) == nil
}

// Kept reads one letter of the mailbox.
func (s *Service) Kept(ctx context.Context, actor auth.Actor, id int64) (r Record, err error) {
	if err := Own.Check(actor, auth.Target{}); err != nil {
		return r, err
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		found := false
		if r, found, err = letterByID(tx, id); err != nil {
			return err
		}
		if !found || r.State != Kept || r.Account != actor.Account && !s.sees(actor) {
			return fault.Missing("letter")
		}
		return nil
	})
	return r, err
}

// Specimen is the trial letter as the actor would get it: what letters look like.
func (s *Service) Specimen(actor auth.Actor) (Record, error) {
	lang := s.bundle.Printer(actor.Language).Lang()
	r, err := s.write(Letter{To: Address{Name: actor.Name}, Kind: "test", Lang: lang})
	r.At = s.db.Clock().Now()
	return r, err
}

// Again queues a letter that did not arrive.
func (s *Service) Again(ctx context.Context, actor auth.Actor, id int64) error {
	if err := Manage.Check(actor, auth.Target{}); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		r, ok, err := letterByID(tx, id)
		if err != nil {
			return err
		}
		if !ok {
			return fault.Missing("letter")
		}
		if !r.State.May(Queued) || r.Body == "" { // its words may be gone
			return fault.New(fault.Conflict, "letter.state", fault.Args{"id": id, "state": string(r.State)})
		}
		if err := settle(tx, id, Queued, ""); err != nil {
			return err
		}
		if _, err := s.queue.Enqueue(tx, jobs.Spec{Kind: PostJob, Payload: parcel{id}, Dedupe: fmt.Sprint(id), MaxAttempts: attempts}); err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "letter.again", Object: r.Ref(),
			Before: map[string]any{"state": r.State}, After: map[string]any{"state": Queued}})
	})
}

// Clear lets an address be written to again.
func (s *Service) Clear(ctx context.Context, actor auth.Actor, address string) error {
	if err := Manage.Check(actor, auth.Target{}); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		removed, err := removeFailure(tx, address)
		if err != nil {
			return err
		}
		if !removed {
			return fault.Missing("address")
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "address.clear", Object: object.Ref{Kind: "letter", Key: "address"},
			Before: map[string]any{"address": fold(address)}})
	})
}

// Try posts a trial letter at once, beside the queue, and gives the server's
// answer.
func (s *Service) Try(ctx context.Context, to Address, lang string) (answer string, err error) {
	l := Letter{To: to, Kind: "test", Lang: lang}
	if err := l.check(); err != nil {
		return "", err
	}
	if s.office.Server == nil {
		return "", fault.New(fault.Unavailable, "mail.server", nil)
	}
	r, err := s.write(l)
	if err != nil {
		return "", err
	}
	r.id, r.At = r.token+"@"+s.office.From.host(), s.db.Clock().Now()
	m, err := s.message(ctx, r)
	if err != nil {
		return "", err
	}
	o := s.office.Server.post(ctx, m)
	if !o.delivered {
		return "", fault.New(fault.Unavailable, "mail.try", fault.Args{"reason": clip(o.answer)})
	}
	return o.answer, nil
}

// Check tells whether letters could leave now: the address of the server that
// takes our sender, "" when there is no server.
func (s *Service) Check(ctx context.Context) (string, error) {
	if s.office.Server == nil {
		return "", nil
	}
	return s.office.Server.check(ctx, cmp.Or(s.office.Return, s.office.From.Mail))
}

// Tidy takes the words out of letters after 90 days and forgets them after a
// year.
func (s *Service) Tidy(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if err := blank(tx, tx.Now().Add(-keepWords)); err != nil {
			return err
		}
		return forget(tx, tx.Now().Add(-keepRecord))
	})
}
