package auth

import (
	"context"
	"slices"
	"strings"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

const maxReason = 300

// View lets an administrator see the house as another account does, to help its
// holder: a new session, in which nothing can be changed, and whose beginning
// and end the audit tells under the administrator's name, with the reason. The
// session of before ends; so does this one when the administrator's would.
func (s *Service) View(ctx context.Context, actor Actor, username, reason string) (token string, err error) {
	if err := Manage.Check(actor, Target{}); err != nil {
		return "", err
	}
	if err := ownSession(actor); err != nil {
		return "", err
	}
	reason = strings.TrimSpace(reason)
	if reason == "" || len(reason) > maxReason {
		return "", fault.Bad("reason", clip(reason, maxReason), "required", nil)
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		a, ok, err := accountByName(tx, username)
		switch {
		case err != nil:
			return err
		case !ok:
			return fault.Missing("account")
		case a.ID == actor.Account, !a.Active:
			return fault.Bad("username", username, "viewing.whom", nil)
		}
		if token, err = swapSession(tx, actor.Session, a.ID); err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "session.view", Object: Object(username), After: map[string]string{"reason": reason}})
	})
	return token, err
}

// EndView gives the administrator her own eyes back, under a new token.
func (s *Service) EndView(ctx context.Context, actor Actor) (token string, err error) {
	if actor.By == "" {
		return "", fault.New(fault.Conflict, "viewing.none", nil)
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if token, err = swapSession(tx, actor.Session, 0); err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{Actor: actor.By, Action: "session.view.end", Object: Object(actor.Username)})
	})
	return token, err
}

// swapSession gives a session a new token and other eyes: those of an account,
// or (0) of its own.
func swapSession(tx *db.Tx, hash string, eyes int64) (token string, err error) {
	token, fresh := newToken()
	n, err := renameSession(tx, hash, fresh, eyes)
	if err == nil && n == 0 {
		err = fault.New(fault.Unauthenticated, "signin", nil)
	}
	return token, err
}

// stillKeeps tells whether who looks through another account may still do so.
func (s *Service) stillKeeps(ctx context.Context, id int64) (ok bool, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		a, found, err := accountByID(tx, id)
		if err != nil || !found || !a.Active {
			return err
		}
		grants, err := grantsOf(tx, id)
		ok = Manage.Check(Actor{Username: a.Username, Grants: inForce(grants, clock.Today(s.db.Clock()))}, Target{}) == nil
		return err
	})
	return ok, err
}

// idleLimit is how long a session may be left alone.
func (a Actor) idleLimit() time.Duration {
	if a.By != "" || slices.ContainsFunc(a.Grants, func(g Grant) bool { return g.Role == Admin }) {
		return idleAdmin
	}
	return idle
}
