package auth

import (
	"context"
	"strings"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

// Identity is somebody at an identity provider. Issuer and Subject together name
// her for ever; Label only helps her to recognise it.
type Identity struct {
	Issuer  string    `json:"issuer"`
	Subject string    `json:"subject"`
	Label   string    `json:"label"`
	Linked  time.Time `json:"linked"`
	Used    time.Time `json:"used,omitzero"`
}

// SignInWith opens the session of the account to which an identity is linked.
// An identity that opens nothing is Forbidden: a first sign-in needs an
// invitation, or a link made from one's own account.
func (s *Service) SignInWith(ctx context.Context, who Identity, p Proof, v Visit) (token string, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		a, ok, err := accountOfIdentity(tx, who.Issuer, who.Subject)
		if err != nil {
			return err
		}
		if !ok || !a.Active {
			return fault.New(fault.Forbidden, "provider.unknown", nil)
		}
		if err := usedIdentity(tx, who); err != nil {
			return err
		}
		if p.At.After(tx.Now()) {
			p.At = tx.Now() // a clock that is ahead keeps no session fresh
		}
		token, err = s.enter(tx, a, v, p)
		return err
	})
	return token, err
}

// Link makes an identity open one's own account.
func (s *Service) Link(ctx context.Context, actor Actor, who Identity) error {
	if err := s.ownFresh(actor); err != nil {
		return err
	}
	return s.revise(ctx, actor, actor.Username, "identity.link", func(tx *db.Tx, a Account) (before, after any, err error) {
		return nil, map[string]string{"issuer": who.Issuer, "subject": who.Subject}, link(tx, a, who)
	})
}

func link(tx *db.Tx, a Account, who Identity) error {
	owner, taken, err := accountOfIdentity(tx, who.Issuer, who.Subject)
	switch {
	case err != nil:
		return err
	case taken && owner.ID != a.ID:
		return fault.New(fault.Conflict, "provider.taken", nil)
	case taken:
		return usedIdentity(tx, who)
	}
	return insertIdentity(tx, a.ID, who)
}

// Unlink takes an identity from one's own account, unless nothing else opens it.
func (s *Service) Unlink(ctx context.Context, actor Actor, issuer, subject string) error {
	if err := s.ownFresh(actor); err != nil {
		return err
	}
	return s.revise(ctx, actor, actor.Username, "identity.unlink", func(tx *db.Tx, a Account) (before, after any, err error) {
		n, err := deleteIdentity(tx, a.ID, issuer, subject)
		if err == nil && n == 0 {
			err = fault.Missing("identity")
		}
		if err == nil {
			err = stillOpens(tx, a)
		}
		return map[string]string{"issuer": issuer, "subject": subject}, nil, err
	})
}

// stillOpens refuses to take the last way into an account.
func stillOpens(tx *db.Tx, a Account) error {
	n, err := otherWays(tx, a.ID)
	if err == nil && n == 0 && a.password == "" {
		err = fault.New(fault.Conflict, "ways.last", nil)
	}
	return err
}

// Identities lists those that open one's own account.
func (s *Service) Identities(ctx context.Context, actor Actor) (list []Identity, err error) {
	if err := ownSession(actor); err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		list, err = identitiesOf(tx, actor.Account)
		return err
	})
	return list, err
}

// Invitation is what somebody who was invited sees before she chooses how to
// sign in.
type Invitation struct {
	Username, Name string
}

// Invited reads an invitation and leaves it; Gone when it was used or is too old.
func (s *Service) Invited(ctx context.Context, ticket string) (i Invitation, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		id, err := peek(tx, InvitationErrand, ticket, new(struct{}))
		if err != nil {
			return err
		}
		a, found, err := accountByID(tx, id)
		if err != nil || !found {
			return missingOr(err, "account")
		}
		i = Invitation{Username: a.Username, Name: a.Name}
		return nil
	})
	return i, err
}

// AcceptWith takes an invitation by an identity at a provider, which opens the
// account from then on.
func (s *Service) AcceptWith(ctx context.Context, ticket string, who Identity, p Proof, v Visit) (token string, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		a, err := invited(tx, ticket)
		if err != nil {
			return err
		}
		if err := link(tx, a, who); err != nil {
			return err
		}
		if err := accepted(tx, a, "provider"); err != nil {
			return err
		}
		token, err = s.enter(tx, a, v, p)
		return err
	})
	return token, err
}

// Accept takes an invitation by a password.
func (s *Service) Accept(ctx context.Context, ticket, password string, v Visit) (token string, err error) {
	i, err := s.Invited(ctx, ticket)
	if err != nil {
		return "", err
	}
	if err := acceptPassword(i.Username, password); err != nil {
		return "", err
	}
	hash := hashPassword(password)
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		a, err := invited(tx, ticket)
		if err != nil {
			return err
		}
		if err := setPassword(tx, a.ID, hash); err != nil {
			return err
		}
		if err := accepted(tx, a, "password"); err != nil {
			return err
		}
		token, err = s.enter(tx, a, v, Proof{Methods: []string{"password"}})
		return err
	})
	return token, err
}

// invited takes the ticket of an invitation to an account that is open.
func invited(tx *db.Tx, ticket string) (Account, error) {
	id, err := claim(tx, InvitationErrand, ticket, new(struct{}))
	if err != nil {
		return Account{}, err
	}
	a, found, err := accountByID(tx, id)
	if err == nil && (!found || !a.Active) {
		err = fault.New(fault.Gone, "ticket.gone", nil)
	}
	return a, err
}

func accepted(tx *db.Tx, a Account, by string) error {
	return audit.Record(tx, audit.Entry{Actor: a.Username, Action: "account.accept", Object: Object(a.Username), Summary: map[string]string{"by": by}})
}

// isAddress tells whether what was typed is rather an e-mail address than a name.
func isAddress(typed string) bool { return strings.Contains(typed, "@") }
