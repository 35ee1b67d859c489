package mail

import (
	"context"
	"fmt"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/jobs"
)

// parcel is the payload of a posting.
type parcel struct {
	Letter int64 `json:"letter"`
}

// Post is the job that posts a letter. It runs again until the server takes the
// letter or says that it never will; a letter that is no longer queued is left
// alone, so that it may run twice. A dead job that is retried posts its letter.
func (s *Service) Post(ctx context.Context, j jobs.Job) error {
	var p parcel
	if err := j.Decode(&p); err != nil {
		return err
	}
	r, ready, err := s.begin(ctx, p.Letter)
	if err != nil || !ready {
		return err
	}
	m, err := s.message(ctx, r)
	if err != nil {
		return err
	}
	return s.finish(ctx, r, s.office.Server.post(ctx, m), j.Attempt >= j.MaxAttempts)
}

// begin decides whether a letter is to be posted, and counts the attempt. The
// count is written before the server hears anything.
func (s *Service) begin(ctx context.Context, id int64) (r Record, ready bool, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		ready = false // it may run again
		found := false
		r, found, err = letterByID(tx, id)
		if err != nil || !found || r.State != Queued && r.State != Failed {
			return err
		}
		why, err := s.obstacle(tx, r)
		switch {
		case err != nil:
			return err
		case why != "":
			return settle(tx, id, Withheld, why)
		case s.office.Server == nil:
			return settle(tx, id, Kept, "")
		}
		if r.id == "" {
			r.id = r.token + "@" + s.office.From.host()
		}
		ready = true
		return attempt(tx, &r)
	})
	return r, ready, err
}

// obstacle tells why a letter must not leave, "" when it may.
func (s *Service) obstacle(tx *db.Tx, r Record) (string, error) {
	if failed, err := hasFailed(tx, r.To.Mail); err != nil || failed {
		return becauseBlocked, err
	}
	if r.Security {
		return "", nil
	}
	if stopped, err := isStopped(tx, r.To.Mail, r.Topic); err != nil || stopped {
		return becauseStopped, err
	}
	if r.Account == 0 {
		return "", nil
	}
	a, ok, err := auth.AccountByID(tx, r.Account)
	if err == nil && (!ok || !a.Active) {
		return becauseClosed, nil
	}
	return "", err
}

// finish writes down what the server said. The error of a temporary refusal
// makes the job come again; it names no address.
func (s *Service) finish(ctx context.Context, r Record, o outcome, last bool) error {
	state, again := Sent, error(nil)
	switch {
	case o.delivered:
	case o.final:
		state = Refused
	default:
		again = fmt.Errorf("mail: letter %d was not taken", r.ID)
		state = map[bool]State{true: Failed, false: Queued}[last]
	}
	err := s.db.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error { // what the server took is taken, whoever stops us
		if o.nobody {
			if err := addFailure(tx, r.To.Mail, clip(o.answer)); err != nil {
				return err
			}
		}
		return settle(tx, r.ID, state, clip(o.answer))
	})
	if err != nil {
		return err
	}
	return again
}

// clip makes a foreign answer fit to be kept.
func clip(s string) string {
	const most = 500
	if r := []rune(oneLine(s)); len(r) > most {
		return string(r[:most]) + "…"
	}
	return oneLine(s)
}
