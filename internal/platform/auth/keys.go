package auth

import (
	"context"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

// Passkey is a key pair whose private half never leaves somebody's authenticator
// (WebAuthn). ID is the credential's, in base64url; Data is what package passkey
// keeps of it, the public key first.
type Passkey struct {
	ID      string
	Name    string // as its holder calls it
	Data    string
	Created time.Time
	Used    time.Time
	Cloned  time.Time // when its counter went backwards: it opens nothing since
}

const maxPasskeys = 20

// Passkeys lists one's own.
func (s *Service) Passkeys(ctx context.Context, actor Actor) (list []Passkey, err error) {
	if err := ownSession(actor); err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		list, err = passkeysOf(tx, actor.Account)
		return err
	})
	return list, err
}

// AddPasskey makes a passkey open one's own account.
func (s *Service) AddPasskey(ctx context.Context, actor Actor, k Passkey) error {
	if err := s.ownFresh(actor); err != nil {
		return err
	}
	if k.Name == "" || len(k.Name) > 100 {
		return fault.Bad("name", clip(k.Name, 100), "required", nil)
	}
	return s.revise(ctx, actor, actor.Username, "passkey.add", func(tx *db.Tx, a Account) (before, after any, err error) {
		list, err := passkeysOf(tx, a.ID)
		if err == nil && len(list) >= maxPasskeys {
			err = fault.New(fault.Conflict, "passkey.many", fault.Args{"n": int64(maxPasskeys)})
		}
		if err == nil {
			err = insertPasskey(tx, a.ID, k)
		}
		if db.IsUnique(err) {
			err = fault.New(fault.Conflict, "passkey.taken", nil)
		}
		return nil, map[string]string{"name": k.Name}, err
	})
}

// RemovePasskey takes a passkey from one's own account, unless nothing else opens it.
func (s *Service) RemovePasskey(ctx context.Context, actor Actor, id string) error {
	if err := s.ownFresh(actor); err != nil {
		return err
	}
	return s.revise(ctx, actor, actor.Username, "passkey.remove", func(tx *db.Tx, a Account) (before, after any, err error) {
		n, err := deletePasskey(tx, a.ID, id)
		if err == nil && n == 0 {
			err = fault.Missing("passkey")
		}
		if err == nil {
			err = stillOpens(tx, a)
		}
		return map[string]string{"id": id}, nil, err
	})
}

// PasskeyCheck verifies an authenticator's answer against the passkeys of the
// account that it names, and gives the one used with its new state. cloned tells
// that its counter went backwards: two authenticators hold the key.
type PasskeyCheck func(account int64, list []Passkey) (used Passkey, cloned bool, err error)

// SignInByPasskey opens the session of the account whose passkey answered. A
// passkey that seems to have been copied is shut, told to the audit and refused.
func (s *Service) SignInByPasskey(ctx context.Context, account int64, check PasskeyCheck, v Visit) (token string, err error) {
	var refused error
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		refused = nil
		a, found, err := accountByID(tx, account)
		if err != nil {
			return err
		}
		if !found || !a.Active {
			return fault.New(fault.Forbidden, "passkey.unknown", nil)
		}
		list, err := openingPasskeys(tx, a.ID)
		if err != nil {
			return err
		}
		used, cloned, err := check(a.ID, list)
		if err != nil {
			return err
		}
		if cloned {
			refused = fault.New(fault.Forbidden, "passkey.cloned", nil)
			return shut(tx, a, used)
		}
		if err := usedPasskey(tx, used); err != nil {
			return err
		}
		token, err = s.enter(tx, a, v, Proof{Methods: []string{"passkey"}})
		return err
	})
	if err == nil {
		err = refused
	}
	return token, err
}

func shut(tx *db.Tx, a Account, k Passkey) error {
	if err := shutPasskey(tx, k.ID); err != nil {
		return err
	}
	return audit.Record(tx, audit.Entry{Actor: a.Username, Action: "passkey.cloned", Object: Object(a.Username), Before: map[string]string{"name": k.Name}})
}
