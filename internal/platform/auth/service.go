package auth

import (
	"context"
	"strings"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/object"
)

// Manage is the rule of everything that touches accounts.
var Manage = Rule{Name: "account.manage", Roles: []Role{Admin}}

// ReadAccounts is the rule of whoever may look at the accounts of others.
var ReadAccounts = Rule{Name: "account.list", Roles: []Role{Admin, Auditor}}

// Service keeps accounts, sessions and tokens.
type Service struct {
	db       *db.DB
	throttle *Throttle
	mandates Mandates
	domains  func() []string
	seal     []byte
	post     Post
	herald   Herald
}

// NewService makes the service over an open database.
func NewService(d *db.DB) *Service { return &Service{db: d, throttle: NewThrottle(d.Clock())} }

// Connect hands in, once, what the house knows: the mandates on which roles may
// hang, and the domains that a token's scope may name. Without them no role
// hangs on a mandate, and any domain is taken.
func (s *Service) Connect(m Mandates, domains func() []string) { s.mandates, s.domains = m, domains }

// Object points at an account.
func Object(username string) object.Ref { return object.Ref{Kind: "account", Key: username} }

// change is the frame of the verbs on one account: they are an administrator's,
// and what f tells of before and after is audited.
func (s *Service) change(ctx context.Context, actor Actor, username, action string, f func(tx *db.Tx, a Account) (before, after any, err error)) error {
	if err := Manage.Check(actor, Target{}); err != nil {
		return err
	}
	return s.revise(ctx, actor, username, action, f)
}

// revise is change after the rule was checked.
func (s *Service) revise(ctx context.Context, actor Actor, username, action string, f func(tx *db.Tx, a Account) (before, after any, err error)) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		a, ok, err := accountByName(tx, username)
		if err != nil {
			return err
		}
		if !ok {
			return fault.Missing("account")
		}
		before, after, err := f(tx, a)
		if err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: action, Object: Object(username), Before: before, After: after})
	})
}

// clip cuts foreign text to n bytes that a database can hold.
func clip(s string, n int) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s[:min(len(s), n)], ""), "\x00", "")
}
