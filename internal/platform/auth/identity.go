package auth

import (
	"context"
	"time"

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
