package auth

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"strings"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth/totp"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

// Codes is the state of somebody's authenticator.
type Codes struct {
	On       bool
	Secret   string // while it waits for its first code, "" otherwise
	Recovery int    // recovery codes left
}

const (
	recoveryCodes = 10
	recoveryBytes = 10 // 80 random bits: nobody tries them all against their hash
	maxTries      = 5  // of the second step, then the password is asked again
)

// MyCodes tells whether one's own sign-in asks for a code.
func (s *Service) MyCodes(ctx context.Context, actor Actor) (c Codes, err error) {
	if err := ownSession(actor); err != nil {
		return c, err
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		row, _, err := codesOf(tx, actor.Account)
		c = Codes{On: row.confirmed, Recovery: row.recovery}
		if !row.confirmed {
			c.Secret = row.secret
		}
		return err
	})
	return c, err
}

// BeginCodes draws a secret for an authenticator; it counts once ConfirmCodes
// has seen a code of it.
func (s *Service) BeginCodes(ctx context.Context, actor Actor) error {
	if err := s.ownFresh(actor); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		row, _, err := codesOf(tx, actor.Account)
		if err != nil {
			return err
		}
		if row.confirmed {
			return fault.New(fault.Conflict, "codes.on", nil)
		}
		return replaceCodes(tx, actor.Account, totp.NewSecret())
	})
}

// ConfirmCodes turns codes on with the first one, and gives the recovery codes,
// which are never shown again.
func (s *Service) ConfirmCodes(ctx context.Context, actor Actor, typed string) (recovery []string, err error) {
	if err := s.ownFresh(actor); err != nil {
		return nil, err
	}
	recovery, hashes := newRecovery()
	err = s.revise(ctx, actor, actor.Username, "codes.on", func(tx *db.Tx, a Account) (before, after any, err error) {
		row, _, err := codesOf(tx, a.ID)
		switch {
		case err != nil:
			return nil, nil, err
		case row.confirmed:
			return nil, nil, fault.New(fault.Conflict, "codes.on", nil)
		}
		step, ok := totp.Check(row.secret, typed, tx.Now(), row.last)
		if !ok {
			return nil, nil, fault.Bad("code", "", "codes.wrong", nil)
		}
		if _, err := useStep(tx, a.ID, step); err != nil {
			return nil, nil, err
		}
		return nil, nil, replaceRecovery(tx, a.ID, hashes)
	})
	return recovery, err
}

// RenewRecovery replaces the recovery codes.
func (s *Service) RenewRecovery(ctx context.Context, actor Actor) (recovery []string, err error) {
	if err := s.ownFresh(actor); err != nil {
		return nil, err
	}
	recovery, hashes := newRecovery()
	err = s.revise(ctx, actor, actor.Username, "codes.recovery", func(tx *db.Tx, a Account) (before, after any, err error) {
		row, _, err := codesOf(tx, a.ID)
		if err == nil && !row.confirmed {
			err = fault.Missing("codes")
		}
		if err != nil {
			return nil, nil, err
		}
		return nil, nil, replaceRecovery(tx, a.ID, hashes)
	})
	return recovery, err
}

// EndCodes turns codes off: a person her own, an administrator those of somebody
// who lost her authenticator and her recovery codes.
func (s *Service) EndCodes(ctx context.Context, actor Actor, username string) error {
	if err := s.ownOrManaged(actor, username); err != nil {
		return err
	}
	return s.revise(ctx, actor, username, "codes.off", func(tx *db.Tx, a Account) (before, after any, err error) {
		if _, found, err := codesOf(tx, a.ID); err != nil || !found {
			return nil, nil, missingOr(err, "codes")
		}
		return nil, nil, deleteCodes(tx, a.ID)
	})
}

func missingOr(err error, what string) error {
	if err != nil {
		return err
	}
	return fault.Missing(what)
}

var recoveryForm = base32.StdEncoding.WithPadding(base32.NoPadding)

// newRecovery draws recovery codes, such as MZXW-6YTB-OI4D-2Q7A, with their hashes.
func newRecovery() (codes, hashes []string) {
	for range recoveryCodes {
		b := make([]byte, recoveryBytes)
		_, _ = rand.Read(b) // never fails since Go 1.24
		text := recoveryForm.EncodeToString(b)
		hashes = append(hashes, tokenHash(text))
		codes = append(codes, strings.ReplaceAll(totp.Grouped(text), " ", "-"))
	}
	return codes, hashes
}

// recoveryHash is the hash of a recovery code however it was typed.
func recoveryHash(typed string) string {
	return tokenHash(strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(typed)))
}

// secondMark begins the ticket of who still owes a code.
const secondMark = "2."

// AwaitsCode tells whether what SignIn gave is no session yet: SecondFactor
// makes it one.
func AwaitsCode(token string) bool { return strings.HasPrefix(token, secondMark) }

// halfway is what is kept between the password and the code.
type halfway struct {
	Tries int
	Proof Proof
}

// SecondFactor takes the code of an authenticator, or a recovery code, and opens
// the session. After five wrong ones the password is asked again.
func (s *Service) SecondFactor(ctx context.Context, ticket, typed string, v Visit) (token string, err error) {
	ticket = strings.TrimPrefix(ticket, secondMark)
	var refused error // told after the transaction, which counts the try
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		var h halfway
		refused = nil
		id, err := peek(tx, SecondErrand, ticket, &h)
		if err != nil {
			return err
		}
		a, found, err := accountByID(tx, id)
		if err != nil || !found || !a.Active {
			return missingOr(err, "account")
		}
		method, err := takeCode(tx, a, typed)
		if err != nil {
			return err
		}
		if method == "" {
			refused = fault.Bad("code", "", "codes.wrong", nil)
			return another(tx, ticket, h)
		}
		if _, err := claim(tx, SecondErrand, ticket, &h); err != nil {
			return err
		}
		h.Proof.Methods = append(h.Proof.Methods, method)
		token, err = openSession(tx, a, v, h.Proof)
		s.succeeded(a.Username, v)
		return err
	})
	if err == nil {
		err = refused
	}
	return token, err
}

// another counts a wrong code; the last one takes the ticket back.
func another(tx *db.Tx, ticket string, h halfway) error {
	h.Tries++
	if h.Tries >= maxTries {
		_, _, err := takeTicket(tx, tokenHash(ticket), SecondErrand)
		return err
	}
	text, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("auth: ticket: %w", err)
	}
	return rewriteTicket(tx, tokenHash(ticket), string(text))
}

// takeCode tells by what somebody proved herself: "code", "recovery", or "" when
// the code is wrong. A code is taken once, a recovery code too.
func takeCode(tx *db.Tx, a Account, typed string) (method string, err error) {
	row, _, err := codesOf(tx, a.ID)
	if err != nil || !row.confirmed {
		return "", err
	}
	if step, ok := totp.Check(row.secret, typed, tx.Now(), row.last); ok {
		taken, err := useStep(tx, a.ID, step)
		if err != nil || !taken {
			return "", err
		}
		return "code", nil
	}
	taken, err := useRecovery(tx, a.ID, recoveryHash(typed))
	if err != nil || !taken {
		return "", err
	}
	return "recovery", audit.Record(tx, audit.Entry{Actor: a.Username, Action: "codes.recovered", Object: Object(a.Username),
		Summary: map[string]string{"left": fmt.Sprint(row.recovery - 1)}})
}
