package auth

import (
	"context"
	"net/url"
	"strings"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

// The letters of this room.
const (
	InvitationLetter = "account.invitation"
	ResetLetter      = "account.reset"
)

// between is how long somebody waits for a second letter about her password.
const between = 5 * time.Minute

// Invitation is what somebody who was invited sees before she chooses how to
// sign in.
type Invitation struct {
	Username, Name string
}

// Correspond hands in the post, once. Without it whoever invites hands the link
// over, and administrators help those who forgot.
func (s *Service) Correspond(p Post) { s.post = p }

// Posts tells whether letters can be sent.
func (s *Service) Posts() bool { return s.post != nil }

// Invite opens an account without a password and sends its holder a link by
// which she chooses how to sign in, once, within a week. The link is returned
// for whoever has to hand it over.
func (s *Service) Invite(ctx context.Context, actor Actor, n NewAccount) (link string, err error) {
	if err := Manage.Check(actor, Target{}); err != nil {
		return "", err
	}
	if n.Language == "" {
		n.Language = "fr"
	}
	if err := n.checkPerson(); err != nil {
		return "", err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		a, err := s.open(tx, actor, n, "")
		if err == nil {
			link, err = s.invite(tx, a)
		}
		return err
	})
	return link, err
}

// InviteAgain takes back the link of an invitation and sends a new one. An
// account that has a way in already is Conflict.
func (s *Service) InviteAgain(ctx context.Context, actor Actor, username string) (link string, err error) {
	err = s.change(ctx, actor, username, "account.invite", func(tx *db.Tx, a Account) (before, after any, err error) {
		n, err := otherWays(tx, a.ID)
		if err == nil && (n > 0 || a.password != "") {
			err = fault.New(fault.Conflict, "account.hasway", nil)
		}
		if err == nil {
			err = deleteTickets(tx, a.ID, InvitationErrand)
		}
		if err == nil {
			link, err = s.invite(tx, a)
		}
		return nil, nil, err
	})
	return link, err
}

func (s *Service) invite(tx *db.Tx, a Account) (link string, err error) {
	ticket, err := issue(tx, InvitationErrand, a.ID, struct{}{})
	if err != nil {
		return "", err
	}
	link = "/welcome?ticket=" + url.QueryEscape(ticket)
	return link, s.send(tx, a, InvitationLetter, link)
}

func (s *Service) send(tx *db.Tx, a Account, kind, link string) error {
	if s.post == nil {
		return nil
	}
	return s.post.Send(tx, Letter{To: a.Email, Name: a.Name, Lang: a.Language, Kind: kind, Link: link, Args: map[string]string{"username": a.Username, "name": a.Name}})
}

// Invited reads an invitation and leaves it; Gone when it was used or is too old.
func (s *Service) Invited(ctx context.Context, ticket string) (Invitation, error) {
	return s.holder(ctx, InvitationErrand, ticket)
}

// Forgetful reads the ticket of a reset and leaves it; Gone as with Invited.
func (s *Service) Forgetful(ctx context.Context, ticket string) (Invitation, error) {
	return s.holder(ctx, ResetErrand, ticket)
}

func (s *Service) holder(ctx context.Context, errand Errand, ticket string) (i Invitation, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		id, err := peek(tx, errand, ticket, new(struct{}))
		if err != nil {
			return err
		}
		a, err := openAccount(tx, id)
		i = Invitation{Username: a.Username, Name: a.Name}
		return err
	})
	return i, err
}

// openAccount is the account of a ticket; one that is closed has none.
func openAccount(tx *db.Tx, id int64) (Account, error) {
	a, found, err := accountByID(tx, id)
	if err == nil && (!found || !a.Active) {
		err = fault.New(fault.Gone, "ticket.gone", nil)
	}
	return a, err
}

// AcceptWith takes an invitation by an identity at a provider, which opens the
// account from then on.
func (s *Service) AcceptWith(ctx context.Context, ticket string, who Identity, p Proof, v Visit) (token string, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		a, err := redeem(tx, InvitationErrand, ticket)
		if err != nil {
			return err
		}
		if err := link(tx, a, who); err != nil {
			return err
		}
		if err := accepted(tx, a, "account.accept", "provider"); err != nil {
			return err
		}
		token, err = s.enter(tx, a, v, p)
		return err
	})
	return token, err
}

// Accept takes an invitation by a password, and opens the first session.
func (s *Service) Accept(ctx context.Context, ticket, password string, v Visit) (token string, err error) {
	return s.choose(ctx, InvitationErrand, "account.accept", ticket, password, v)
}

// Reset replaces a forgotten password, ends the account's sessions and tokens,
// and signs in; a code is asked for where one was before.
func (s *Service) Reset(ctx context.Context, ticket, password string, v Visit) (token string, err error) {
	return s.choose(ctx, ResetErrand, "account.reset", ticket, password, v)
}

func (s *Service) choose(ctx context.Context, errand Errand, action, ticket, password string, v Visit) (token string, err error) {
	i, err := s.holder(ctx, errand, ticket)
	if err != nil {
		return "", err
	}
	if err := acceptPassword(i.Username, password); err != nil {
		return "", err
	}
	hash := hashPassword(password)
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		a, err := redeem(tx, errand, ticket)
		if err != nil {
			return err
		}
		for _, step := range []func() error{
			func() error { return setPassword(tx, a.ID, hash) },
			func() error { return endAll(tx, a.ID) },
			func() error { return accepted(tx, a, action, "password") },
		} {
			if err := step(); err != nil {
				return err
			}
		}
		token, err = s.enter(tx, a, v, Proof{Methods: []string{"password"}})
		return err
	})
	return token, err
}

// redeem takes a ticket to an account that is open, and every other of its kind.
func redeem(tx *db.Tx, errand Errand, ticket string) (a Account, err error) {
	id, err := claim(tx, errand, ticket, new(struct{}))
	if err != nil {
		return a, err
	}
	if a, err = openAccount(tx, id); err != nil {
		return a, err
	}
	return a, deleteTickets(tx, id, errand)
}

func accepted(tx *db.Tx, a Account, action, by string) error {
	return audit.Record(tx, audit.Entry{Actor: a.Username, Action: action, Object: Object(a.Username), Summary: map[string]string{"by": by}})
}

// MayAskReset slows whoever asks for many letters about forgotten passwords.
func (s *Service) MayAskReset(v Visit) error { return s.attempt("forgotten", v) }

// SendReset writes to the holders of a username or an e-mail address a link by
// which they choose a new password, once, within half an hour. Nobody learns
// from it whether there is such an account: it answers the same, and whoever
// calls it does so later and elsewhere, so that it takes the same time. It may
// run twice and writes one letter.
func (s *Service) SendReset(ctx context.Context, typed string) error {
	typed = clip(strings.ToLower(strings.TrimSpace(typed)), 320)
	return s.db.Write(ctx, func(tx *db.Tx) error {
		list, err := accountsNamed(tx, typed)
		if err != nil || s.post == nil {
			return err
		}
		for _, a := range list {
			if err := s.sendReset(tx, a); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) sendReset(tx *db.Tx, a Account) error {
	recent, err := ticketSince(tx, a.ID, ResetErrand, tx.Now().Add(-between))
	if err != nil || recent {
		return err
	}
	if err := deleteTickets(tx, a.ID, ResetErrand); err != nil {
		return err
	}
	ticket, err := issue(tx, ResetErrand, a.ID, struct{}{})
	if err != nil {
		return err
	}
	if err := accepted(tx, a, "account.forgotten", "letter"); err != nil {
		return err
	}
	return s.send(tx, a, ResetLetter, "/signin/reset?ticket="+url.QueryEscape(ticket))
}
