package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

// Errand is what a ticket is for. A ticket is a secret that opens one thing,
// once, for a while; only its hash is kept.
type Errand string

// The errands, and how long their tickets last.
const (
	SecondErrand     Errand = "second"     // after the password, before the code
	ProviderErrand   Errand = "provider"   // while somebody is at the identity provider
	PasskeyErrand    Errand = "passkey"    // while an authenticator answers
	InvitationErrand Errand = "invitation" // a new colleague chooses how to sign in
	ResetErrand      Errand = "reset"      // a password was forgotten
)

var lasting = map[Errand]time.Duration{SecondErrand: 5 * time.Minute, ProviderErrand: 10 * time.Minute, PasskeyErrand: 5 * time.Minute,
	InvitationErrand: 7 * 24 * time.Hour, ResetErrand: 30 * time.Minute}

// Hold makes a ticket that keeps data until Claim; account 0 is nobody's.
func (s *Service) Hold(ctx context.Context, errand Errand, account int64, data any) (ticket string, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		ticket, err = issue(tx, errand, account, data)
		return err
	})
	return ticket, err
}

// Claim takes a ticket, which opens nothing afterwards, and reads its data.
// Gone when it was used, is too old or never was.
func (s *Service) Claim(ctx context.Context, errand Errand, ticket string, data any) (account int64, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		account, err = claim(tx, errand, ticket, data)
		return err
	})
	return account, err
}

func issue(tx *db.Tx, errand Errand, account int64, data any) (ticket string, err error) {
	text, err := json.Marshal(data)
	if err != nil {
		return "", fmt.Errorf("auth: ticket: %w", err)
	}
	ticket, hash := newToken()
	return ticket, insertTicket(tx, hash, errand, account, string(text), tx.Now().Add(lasting[errand]))
}

func claim(tx *db.Tx, errand Errand, ticket string, data any) (account int64, err error) {
	t, ok, err := takeTicket(tx, tokenHash(ticket), errand)
	if err != nil {
		return 0, err
	}
	return t.open(tx, ok, data)
}

// peek reads a ticket and leaves it.
func peek(tx *db.Tx, errand Errand, ticket string, data any) (account int64, err error) {
	t, ok, err := ticketOf(tx, tokenHash(ticket), errand)
	if err != nil {
		return 0, err
	}
	return t.open(tx, ok, data)
}

func (t ticketRow) open(tx *db.Tx, found bool, data any) (account int64, err error) {
	if !found || !t.expires.After(tx.Now()) {
		return 0, fault.New(fault.Gone, "ticket.gone", nil)
	}
	return t.account, json.Unmarshal([]byte(t.data), data)
}
