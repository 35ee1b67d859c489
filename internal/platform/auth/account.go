package auth

import (
	"context"
	"errors"
	"net/mail"
	"regexp"
	"slices"
	"strings"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

// NewAccount is what is needed to open an account.
type NewAccount struct {
	Username, Name, Email, Language, Password string
	Grants                                    []Grant
}

// maxUsername is the longest name that usernameForm takes.
const maxUsername = 63

var usernameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,62}$`)

// check refuses what cannot be an account, all at once.
func (n NewAccount) check() error {
	var f fault.Fields
	if err := f.Merge(n.checkPerson()); err != nil {
		return err
	}
	if err := f.Merge(acceptPassword(n.Username, n.Password)); err != nil {
		return err
	}
	return f.Err()
}

// checkPerson is check without the password, which somebody invited chooses herself.
func (n NewAccount) checkPerson() error {
	var f fault.Fields
	if !usernameForm.MatchString(n.Username) {
		f.Add("username", n.Username, "account.username", nil)
	}
	if strings.TrimSpace(n.Name) == "" || len(n.Name) > 200 {
		f.Add("name", n.Name, "required", nil)
	}
	if _, err := mail.ParseAddress(n.Email); err != nil {
		f.Add("email", n.Email, "account.email", nil)
	}
	for _, g := range n.Grants {
		if err := f.Merge(g.check()); err != nil {
			return err
		}
	}
	return f.Err()
}

// check refuses an unknown role, a period that ends before it begins, and dates
// beside a mandate, which has its own.
func (g Grant) check() error {
	switch {
	case !slices.Contains(Roles(), g.Role), !g.Period.Valid():
		return fault.Bad("role", string(g.Role), "account.role", nil)
	case g.Mandate != "" && !(g.Period.From.IsZero() && g.Period.To.IsZero()):
		return fault.Bad("mandate", g.Mandate, "account.mandate.dates", nil)
	}
	return nil
}

// Create opens an account with its roles.
func (s *Service) Create(ctx context.Context, actor Actor, n NewAccount) error {
	if err := Manage.Check(actor, Target{}); err != nil {
		return err
	}
	if n.Language == "" {
		n.Language = "fr"
	}
	if err := n.check(); err != nil {
		return err
	}
	hash := hashPassword(n.Password)
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := s.open(tx, actor, n, hash)
		return err
	})
}

// open inserts an account with its roles and tells the audit.
func (s *Service) open(tx *db.Tx, actor Actor, n NewAccount, hash string) (a Account, err error) {
	a = Account{Username: n.Username, Name: n.Name, Email: n.Email, Language: n.Language, Active: true, password: hash}
	if past, err := audit.List(tx, audit.Filter{Object: Object(n.Username), Limit: 1}); err != nil || len(past) > 0 {
		return a, errors.Join(err, fault.Bad("username", n.Username, "account.taken", nil)) // of somebody erased: her deeds stay hers
	}
	a.ID, err = insertAccount(tx, a)
	if db.IsUnique(err) {
		return a, fault.Bad("username", n.Username, "account.taken", nil)
	}
	if err != nil {
		return a, err
	}
	for _, g := range n.Grants {
		if g, err = s.dated(tx, g); err != nil {
			return a, err
		}
		if err := insertGrant(tx, a.ID, g, actor.Username); err != nil {
			return a, err
		}
		if err := s.roleGiven(tx, a.ID, g); err != nil {
			return a, err
		}
		a.Grants = append(a.Grants, g)
	}
	return a, audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "account.create", Object: Object(a.Username),
		After: map[string]any{"name": a.Name, "email": a.Email, "grants": a.Grants}})
}

// dated gives a grant its period: that of its mandate, or from today when no
// first day was given.
func (s *Service) dated(tx *db.Tx, g Grant) (Grant, error) {
	if g.Mandate == "" {
		if g.Period.From.IsZero() {
			g.Period.From = clock.Today(s.db.Clock())
		}
		if !g.Period.Valid() {
			return g, fault.Bad("role", string(g.Role), "account.role", nil)
		}
		return g, nil
	}
	ok := false
	var err error
	if s.mandates != nil {
		g.Period, ok, err = s.mandates.MandatePeriod(tx, g.Mandate)
	}
	if err == nil && !ok {
		err = fault.Bad("mandate", g.Mandate, "account.mandate", fault.Args{"value": g.Mandate})
	}
	return g, err
}

// Grant gives a role from a day on (today when none is given), or for as long
// as a mandate lasts.
func (s *Service) Grant(ctx context.Context, actor Actor, username string, g Grant) error {
	if err := Manage.Check(actor, Target{}); err != nil {
		return err
	}
	if err := g.check(); err != nil {
		return err
	}
	return s.change(ctx, actor, username, "account.grant", func(tx *db.Tx, a Account) (before, after any, err error) {
		if g, err = s.dated(tx, g); err != nil {
			return nil, nil, err
		}
		return s.regrant(tx, a, func() error {
			if err := insertGrant(tx, a.ID, g, actor.Username); err != nil {
				return err
			}
			return s.roleGiven(tx, a.ID, g)
		})
	})
}

// Revoke ends every grant of a role after its last day: the end of yesterday
// when none is given. A role that is not held after that day is a refusal.
func (s *Service) Revoke(ctx context.Context, actor Actor, username string, role Role, last calendar.Date) error {
	if last.IsZero() {
		last = clock.Today(s.db.Clock()).AddDays(-1)
	}
	return s.change(ctx, actor, username, "account.revoke", func(tx *db.Tx, a Account) (before, after any, err error) {
		return s.regrant(tx, a, func() error {
			n, err := endGrants(tx, a.ID, role, last)
			if err == nil && n == 0 {
				err = fault.Bad("role", string(role), "account.notheld", fault.Args{"name": username})
			}
			if err != nil {
				return err
			}
			return s.roleEnded(tx, a.ID, role, last)
		})
	})
}

// regrant gives the roles of an account before and after f.
func (s *Service) regrant(tx *db.Tx, a Account, f func() error) (before, after any, err error) {
	old, err := grantsOf(tx, a.ID)
	if err != nil {
		return nil, nil, err
	}
	if err := f(); err != nil {
		return nil, nil, err
	}
	fresh, err := grantsOf(tx, a.ID)
	return map[string]any{"grants": old}, map[string]any{"grants": fresh}, err
}

// FollowMandate gives the roles that hang on a mandate its period; whoever
// changes a mandate calls it in the same transaction. Roles that were taken
// away before their time stay away.
func FollowMandate(tx *db.Tx, actor Actor, ref string, p calendar.Period) error {
	holders, err := mandateHolders(tx, ref)
	if err != nil || len(holders) == 0 {
		return err
	}
	if err := redateGrants(tx, ref, p); err != nil {
		return err
	}
	for _, username := range holders {
		err := audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "account.mandate", Object: Object(username),
			After: map[string]any{"mandate": ref, "period": p}})
		if err != nil {
			return err
		}
	}
	return nil
}

// SetActive opens or closes an account; closing ends its sessions and tokens.
func (s *Service) SetActive(ctx context.Context, actor Actor, username string, active bool) error {
	return s.change(ctx, actor, username, "account.active", func(tx *db.Tx, a Account) (before, after any, err error) {
		err = setActive(tx, a.ID, active)
		if err == nil && !active {
			err = endAll(tx, a.ID)
		}
		return map[string]any{"active": a.Active}, map[string]any{"active": active}, err
	})
}

// SetPassword replaces a password and ends the account's sessions and tokens.
func (s *Service) SetPassword(ctx context.Context, actor Actor, username, password string) error {
	if err := Manage.Check(actor, Target{}); err != nil { // before the costly hash
		return err
	}
	return s.setPassword(ctx, actor, username, password)
}

func (s *Service) setPassword(ctx context.Context, actor Actor, username, password string) error {
	if err := acceptPassword(username, password); err != nil {
		return err
	}
	hash := hashPassword(password)
	return s.revise(ctx, actor, username, "account.password", func(tx *db.Tx, a Account) (before, after any, err error) {
		if err := setPassword(tx, a.ID, hash); err != nil {
			return nil, nil, err
		}
		return nil, nil, endAll(tx, a.ID)
	})
}

// List gives every account with its grants, by name. A house has hundreds of
// accounts, not millions: one page holds them.
func (s *Service) List(ctx context.Context, actor Actor) (list []Account, err error) {
	if err := ReadAccounts.Check(actor, Target{}); err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		list, err = Accounts(tx)
		return err
	})
	return list, err
}

// Get is one account with its grants; NotFound when there is none.
func (s *Service) Get(ctx context.Context, actor Actor, username string) (a Account, err error) {
	if err := ReadAccounts.Check(actor, Target{}); err != nil {
		return a, err
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		a, err = accountWithGrants(tx, username)
		return err
	})
	return a, err
}

func accountWithGrants(tx *db.Tx, username string) (Account, error) {
	a, ok, err := accountByName(tx, username)
	if err != nil {
		return a, err
	}
	if !ok {
		return a, fault.Missing("account")
	}
	a.Grants, err = grantsOf(tx, a.ID)
	return a, err
}

// Of gives another person as an actor, with the roles in force today: to explain
// what she may do. Everybody may ask about herself.
func (s *Service) Of(ctx context.Context, actor Actor, username string) (Actor, error) {
	if username == actor.Username {
		return actor, nil
	}
	a, err := s.Get(ctx, actor, username)
	return Actor{Account: a.ID, Username: a.Username, Name: a.Name, Language: a.Language, Grants: inForce(a.Grants, clock.Today(s.db.Clock()))}, err
}
