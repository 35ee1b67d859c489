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

// How long a session lives (ASVS 7.3): untouched, and at most. An administrator's
// screen left open closes sooner.
const (
	idle      = 60 * time.Minute
	idleAdmin = 30 * time.Minute
	absolute  = 12 * time.Hour
	touch     = time.Minute // seen_at is written at most this often
	fresh     = 15 * time.Minute
)

// Session is where somebody is signed in. Ref names it where it is ended.
type Session struct {
	Ref     string    `json:"ref"`
	Agent   string    `json:"agent"`   // what the browser says of itself
	Network string    `json:"network"` // first part of the address
	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen"`
	Methods []string  `json:"methods"` // as in Proof
	Current bool      `json:"current"` // the one that asks
}

// Visit is where somebody comes from.
type Visit struct {
	Agent   string // what the browser says of itself
	Network string // as Network gives it
	Device  string // the cookie of a browser that signed in before, "" for none
}

// Proof is how somebody showed who she is.
type Proof struct {
	Methods []string  // "password", "code", "recovery", "passkey", "provider"
	ACR     string    // what a provider says of how sure it is
	AMR     []string  // and of the means (RFC 8176)
	At      time.Time // when, if the provider says so
	IDToken string    // handed back at sign-out
}

// strong tells whether no code needs to be asked: a passkey is two factors, and
// a provider may have seen to them.
func (p Proof) strong() bool {
	return slices.Contains(p.Methods, "passkey") || slices.Contains(p.AMR, "mfa")
}

// SignIn checks a password and opens a session; token goes into the cookie. When
// AwaitsCode(token), a code is owed first. The refusal never says whether the
// name or the password was wrong.
func (s *Service) SignIn(ctx context.Context, username, password string, v Visit) (token string, err error) {
	a, err := s.checkPassword(ctx, username, password, v)
	if err != nil {
		return "", err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		token, err = s.enter(tx, a, v, Proof{Methods: []string{"password"}})
		return err
	})
	return token, err
}

// enter opens the session of somebody known, or asks for a code before.
func (s *Service) enter(tx *db.Tx, a Account, v Visit, p Proof) (token string, err error) {
	if !p.strong() {
		row, _, err := codesOf(tx, a.ID)
		if err != nil {
			return "", err
		}
		if row.confirmed {
			ticket, err := issue(tx, SecondErrand, a.ID, halfway{Proof: p})
			return secondMark + ticket, err
		}
	}
	s.succeeded(a.Username, v)
	return openSession(tx, a, v, p)
}

// checkPassword gives the account that a name and a password open.
func (s *Service) checkPassword(ctx context.Context, username, password string, v Visit) (a Account, err error) {
	username = clip(strings.ToLower(strings.TrimSpace(username)), maxUsername+1) // longer names are nobody's
	if err := s.attempt(username, v); err != nil {
		return a, err
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		a, _, err = accountByName(tx, username)
		return err
	})
	if err != nil {
		return a, err
	}
	if a.password == "" {
		decoy(password)
	}
	if !checkPassword(a.password, password) || !a.Active { // a closed account answers no faster
		return a, fault.New(fault.Invalid, "signin.wrong", nil)
	}
	return a, nil
}

// openSession writes the session of an account and tells the audit.
func openSession(tx *db.Tx, a Account, v Visit, p Proof) (token string, err error) {
	if err := deleteOldSessions(tx); err != nil {
		return "", err
	}
	token, hash := newToken()
	x := session{hash: hash, account: a.ID, created: tx.Now(), seen: tx.Now(), agent: clip(v.Agent, 200), network: v.Network, proof: p}
	if err := insertSession(tx, x); err != nil {
		return "", err
	}
	return token, audit.Record(tx, audit.Entry{Actor: a.Username, Action: "session.open", Object: Object(a.Username),
		Summary: map[string]string{"methods": strings.Join(p.Methods, " ")}})
}

// ChangePassword replaces one's own password, proven by the present one, and
// ends one's sessions and tokens: a screen left open is not enough.
func (s *Service) ChangePassword(ctx context.Context, actor Actor, current, password string, v Visit) error {
	if err := ownSession(actor); err != nil {
		return err
	}
	if _, err := s.checkPassword(ctx, actor.Username, current, v); err != nil {
		if e := fault.From(err); e.Kind == fault.Invalid {
			return fault.Bad("current", "", "password.current", nil)
		}
		return err
	}
	s.succeeded(actor.Username, v)
	return s.setPassword(ctx, actor, actor.Username, password)
}

// ownSession asks for a session of one's own: a token must not make tokens.
func ownSession(actor Actor) error {
	if !actor.SignedIn() {
		return fault.New(fault.Unauthenticated, "signin", nil)
	}
	if actor.Session == "" {
		return fault.New(fault.Forbidden, "account.session", nil)
	}
	if actor.By != "" {
		return fault.New(fault.Forbidden, "viewing.readonly", fault.Args{"name": actor.Username})
	}
	return nil
}

// ownFresh asks for a session that was opened a few minutes ago: what changes
// how one signs in wants to know who is there.
func (s *Service) ownFresh(actor Actor) error {
	if err := ownSession(actor); err != nil {
		return err
	}
	if !s.Fresh(actor) {
		return fault.New(fault.Forbidden, "signin.again", nil)
	}
	return nil
}

// Fresh tells whether a session was opened within the last fifteen minutes.
func (s *Service) Fresh(actor Actor) bool { return s.db.Clock().Now().Sub(actor.Since) <= fresh }

// ownOrManaged lets a person act on her own account from a fresh session, and an
// administrator on any.
func (s *Service) ownOrManaged(actor Actor, username string) error {
	if actor.Username == username && actor.Session != "" {
		return s.ownFresh(actor)
	}
	return Manage.Check(actor, Target{})
}

// SignOut ends a session and gives the ID token with which it was opened at a
// provider, "" when it was not.
func (s *Service) SignOut(ctx context.Context, actor Actor) (idToken string, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		idToken, err = deleteSession(tx, actor.Session)
		return err
	})
	return idToken, err
}

// Sessions lists one's own sessions, the last used first.
func (s *Service) Sessions(ctx context.Context, actor Actor) (list []Session, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		list, err = sessionsOf(tx, actor.Account)
		return err
	})
	for i := range list {
		list[i].Current = actor.Session != "" && list[i].Ref == refOf(actor.Session)
	}
	return list, err
}

// EndSession ends one of one's own sessions; ref "" ends all but the one that asks.
func (s *Service) EndSession(ctx context.Context, actor Actor, ref string) error {
	if err := ownSession(actor); err != nil {
		return err
	}
	return s.revise(ctx, actor, actor.Username, "session.end", func(tx *db.Tx, a Account) (before, after any, err error) {
		if ref == "" {
			return nil, nil, deleteOtherSessions(tx, a.ID, actor.Session)
		}
		n, err := deleteSessionRef(tx, a.ID, ref)
		if err == nil && n == 0 {
			err = fault.Missing("session")
		}
		return map[string]string{"ref": ref}, nil, err
	})
}

// Sweep removes sessions that can no longer be resumed and expired tokens.
func (s *Service) Sweep(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *db.Tx) error { return sweep(tx) })
}

// Resume gives the actor of a session's token; the zero Actor when the session
// is unknown, too old, or its account closed.
func (s *Service) Resume(ctx context.Context, token string) (Actor, error) {
	hash := tokenHash(token)
	rows, err := s.actorRows(ctx, sessionActor, hash)
	if err != nil || len(rows) == 0 {
		return Actor{}, err
	}
	actor := s.actor(rows)
	actor.Session, actor.Since, actor.By = hash, rows[0].proven, rows[0].by
	now, seen := s.db.Clock().Now(), rows[0].until
	if now.Sub(rows[0].created) > absolute || now.Sub(seen) > actor.idleLimit() || rows[0].created.Sub(now) > actor.idleLimit() { // the last: the clock was set back
		return Actor{}, nil
	}
	if actor.By != "" {
		if ok, err := s.stillKeeps(ctx, rows[0].holder); err != nil || !ok {
			return Actor{}, err
		}
	}
	if now.Sub(seen) > touch {
		err = s.db.Write(ctx, func(tx *db.Tx) error { return touchSession(tx, hash) })
	}
	if fault.KindOf(err) == fault.Unavailable { // on a full disk one can still read
		err = nil
	}
	return actor, err
}

func (s *Service) actorRows(ctx context.Context, query, hash string) (rows []actorRow, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		rows, err = db.All(tx, scanActor, query, hash)
		return err
	})
	return rows, err
}

// actor joins the rows of one session or token: the account with the roles of today.
func (s *Service) actor(rows []actorRow) Actor {
	a := rows[0].account
	actor := Actor{Account: a.ID, Username: a.Username, Name: a.Name, Language: a.Language}
	var grants []Grant
	for _, r := range rows {
		if r.hasGrant {
			grants = append(grants, r.grant)
		}
	}
	actor.Grants = inForce(grants, clock.Today(s.db.Clock()))
	return actor
}
