package app

import (
	"context"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/mail"
	"beffroi/internal/platform/notice"
	"beffroi/internal/platform/object"
)

// noticeKinds are the kinds of notices of all rooms, in the order in which one
// chooses between them.
func noticeKinds() []notice.Kind {
	return []notice.Kind{{Name: roleGiven, Default: notice.Now}, {Name: roleEnded, Default: notice.Now}, {Name: jobDead, Default: notice.Now}}
}

// The kinds of notices of the house itself.
const (
	roleGiven = "role.given"
	roleEnded = "role.ended"
	jobDead   = "job.dead"
)

// tellDead is the kind of the job that tells of dead letters.
const tellDead = "job.dead"

// herald tells people what became of their roles.
type herald struct{ notices *notice.Service }

// RoleGiven tells of a new role, unless it only undoes an end that nobody has
// heard of.
func (h herald) RoleGiven(tx *db.Tx, account int64, g auth.Grant) error {
	return h.tell(tx, account, roleGiven, roleEnded, g.Role, g.Period.From)
}

// RoleEnded tells of the end of a role, unless nobody has heard of its beginning.
func (h herald) RoleEnded(tx *db.Tx, account int64, role auth.Role, last calendar.Date) error {
	return h.tell(tx, account, roleEnded, roleGiven, role, last)
}

func (h herald) tell(tx *db.Tx, account int64, kind, opposite string, role auth.Role, day calendar.Date) error {
	holder, ok, err := auth.AccountByID(tx, account)
	if err != nil || !ok {
		return err
	}
	ref := object.Ref{Kind: "account", Key: holder.Username}
	if undone, err := h.notices.Withdraw(tx, roleKey(opposite, ref, role)); err != nil || undone {
		return err
	}
	return h.notices.Tell(tx, notice.Notice{Account: account, Kind: kind, Ref: ref, Key: roleKey(kind, ref, role),
		Args: map[string]any{"role": notice.Word("role." + string(role)), "day": day}})
}

func roleKey(kind string, ref object.Ref, role auth.Role) string {
	return notice.Key(kind, ref) + " " + string(role)
}

// mourn is the job that tells administrators of a dead letter. Several of one
// kind are one notice. That a letter could not be posted is told in the list
// only: another letter would not arrive either.
func (h *House) mourn(ctx context.Context, j jobs.Job) error {
	var dead jobs.Deceased
	if err := j.Decode(&dead); err != nil {
		return err
	}
	return h.DB.Write(ctx, func(tx *db.Tx) error {
		admins, err := auth.Holders(tx, auth.Admin, clock.Today(h.DB.Clock()))
		if err != nil {
			return err
		}
		for _, a := range admins {
			err := h.Notice.Tell(tx, notice.Notice{Account: a.ID, Kind: jobDead, Ref: object.Ref{Kind: "job", Key: dead.Kind}, Args: map[string]any{"kind": h.nameOfJob(dead.Kind)}, Quiet: dead.Kind == mail.PostJob})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// nameOfJob is the name of a kind of job; one without a text shows its code.
func (h *House) nameOfJob(kind string) any {
	if key := "job.kind." + kind; h.Bundle.Printer("").Has(key) {
		return notice.Word(key)
	}
	return kind
}

// post sends the letters of accounts: invitations and forgotten passwords.
type post struct{ letters *mail.Service }

// Send writes a letter about an account; its kind is one of those that are never
// held back nor unsubscribed.
func (p post) Send(tx *db.Tx, l auth.Letter) error {
	args := make(map[string]any, len(l.Args))
	for name, value := range l.Args {
		args[name] = value
	}
	return p.letters.Send(tx, mail.Letter{To: mail.Address{Name: l.Name, Mail: l.To}, Lang: l.Lang, Kind: l.Kind, Args: args, Link: l.Link, Security: true})
}
