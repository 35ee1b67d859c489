package auth

import (
	"context"
	"fmt"
	"net/mail"
	"regexp"
	"strings"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/object"
)

// How long a session lives (ASVS 7.3): untouched, and at most.
const (
	idle     = 60 * time.Minute
	absolute = 12 * time.Hour
	touch    = time.Minute // seen_at is written at most this often
)

// Manage is the rule of everything that touches accounts.
var Manage = Rule{Name: "account.manage", Roles: []Role{Admin}}

// ReadAccounts is the rule of whoever may look at the accounts of others.
var ReadAccounts = Rule{Name: "account.list", Roles: []Role{Admin, Auditor}}

// Service keeps accounts and sessions.
type Service struct {
	db       *db.DB
	throttle *Throttle
	herald   Herald
}

// NewService makes the service over an open database.
func NewService(d *db.DB) *Service { return &Service{db: d, throttle: NewThrottle(d.Clock())} }

// NewAccount is what is needed to open an account.
type NewAccount struct {
	Username, Name, Email, Language, Password string
	Grants                                    []Grant
}

// maxUsername is the longest name that usernameForm takes.
const maxUsername = 63

var usernameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,62}$`)

func (n NewAccount) check() error {
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
		if !g.valid() {
			f.Add("role", string(g.Role), "account.role", nil)
		}
	}
	if err := f.Merge(acceptPassword(n.Username, n.Password)); err != nil {
		return err
	}
	return f.Err()
}

func (g Grant) valid() bool {
	for _, r := range Roles() {
		if r == g.Role {
			return g.Period.Valid()
		}
	}
	return false
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
		a := Account{Username: n.Username, Name: n.Name, Email: n.Email, Language: n.Language, Active: true, password: hash}
		id, err := insertAccount(tx, a)
		if db.IsUnique(err) {
			return fault.Bad("username", n.Username, "account.taken", nil)
		}
		if err != nil {
			return err
		}
		return s.grantAll(tx, actor, id, a, n.Grants)
	})
}

func (s *Service) grantAll(tx *db.Tx, actor Actor, id int64, a Account, grants []Grant) error {
	today := clock.Today(s.db.Clock())
	for i, g := range grants {
		if g.Period.From.IsZero() {
			g.Period.From = today
		}
		grants[i] = g
		if err := insertGrant(tx, id, g, actor.Username); err != nil {
			return err
		}
		if err := s.roleGiven(tx, id, g); err != nil {
			return err
		}
	}
	return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "account.create", Object: object.Ref{Kind: "account", Key: a.Username},
		After: map[string]any{"name": a.Name, "email": a.Email, "grants": grants}})
}

// Grant gives a role from a day on (today when none is given).
func (s *Service) Grant(ctx context.Context, actor Actor, username string, g Grant) error {
	if err := Manage.Check(actor, Target{}); err != nil {
		return err
	}
	if g.Period.From.IsZero() {
		g.Period.From = clock.Today(s.db.Clock())
	}
	if !g.valid() {
		return fault.Bad("role", string(g.Role), "account.role", nil)
	}
	return s.change(ctx, actor, username, "account.grant", g, func(tx *db.Tx, a Account) error {
		if err := insertGrant(tx, a.ID, g, actor.Username); err != nil {
			return err
		}
		return s.roleGiven(tx, a.ID, g)
	})
}

// Revoke ends every grant of a role at the end of yesterday.
func (s *Service) Revoke(ctx context.Context, actor Actor, username string, role Role) error {
	yesterday := clock.Today(s.db.Clock()).AddDays(-1)
	return s.change(ctx, actor, username, "account.revoke", role, func(tx *db.Tx, a Account) error {
		n, err := tx.Exec(`UPDATE account_grant SET valid_to = $1 WHERE account = $2 AND role = $3 AND (valid_to IS NULL OR valid_to > $1)`, yesterday, a.ID, string(role))
		if err != nil || n == 0 {
			return err
		}
		return s.roleEnded(tx, a.ID, role, yesterday)
	})
}

// SetActive opens or closes an account; closing ends its sessions and tokens.
func (s *Service) SetActive(ctx context.Context, actor Actor, username string, active bool) error {
	return s.change(ctx, actor, username, "account.active", active, func(tx *db.Tx, a Account) error {
		if _, err := tx.Exec("UPDATE account SET active = $1 WHERE id = $2", active, a.ID); err != nil || active {
			return err
		}
		return endAll(tx, a.ID)
	})
}

// SetPassword replaces a password and ends the account's sessions. A person may
// do it for herself, an administrator for anybody.
func (s *Service) SetPassword(ctx context.Context, actor Actor, username, password string) error {
	if actor.SignedIn() && actor.Username == username {
		actor.Grants = append(actor.Grants[:len(actor.Grants):len(actor.Grants)], Grant{Role: Admin})
	}
	if err := Manage.Check(actor, Target{}); err != nil { // before the costly hash
		return err
	}
	if err := acceptPassword(username, password); err != nil {
		return err
	}
	hash := hashPassword(password)
	return s.change(ctx, actor, username, "account.password", nil, func(tx *db.Tx, a Account) error {
		if _, err := tx.Exec("UPDATE account SET password = $1 WHERE id = $2", hash, a.ID); err != nil {
			return err
		}
		return endAll(tx, a.ID)
	})
}

func endAll(tx *db.Tx, account int64) error {
	for _, table := range []string{"account_session", "account_token"} {
		if _, err := tx.Exec("DELETE FROM "+table+" WHERE account = $1", account); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) change(ctx context.Context, actor Actor, username, action string, after any, f func(*db.Tx, Account) error) error {
	if err := Manage.Check(actor, Target{}); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		a, ok, err := accountByName(tx, username)
		if err != nil {
			return err
		}
		if !ok {
			return fault.Missing("account")
		}
		if err := f(tx, a); err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: action, Object: object.Ref{Kind: "account", Key: username}, After: after})
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

// Accounts reads every account with its grants, by name.
func Accounts(tx *db.Tx) ([]Account, error) {
	list, err := db.All(tx, scanAccount, "SELECT "+accountColumns+" FROM account ORDER BY username")
	if err != nil {
		return nil, err
	}
	index := map[int64]int{}
	for i, a := range list {
		index[a.ID] = i
	}
	_, err = db.All(tx, func(sc db.Scanner) (struct{}, error) {
		var id int64
		var g Grant
		if err := sc.Scan(&id, &g.Role, &g.Body, &g.Domain, &g.Period.From, &g.Period.To); err != nil {
			return struct{}{}, err
		}
		list[index[id]].Grants = append(list[index[id]].Grants, g)
		return struct{}{}, nil
	}, "SELECT account, role, body, domain, valid_from, valid_to FROM account_grant ORDER BY id")
	return list, err
}

// SignIn checks a password and opens a session; token goes into the cookie.
// The refusal never says whether the name or the password was wrong.
func (s *Service) SignIn(ctx context.Context, username, password, agent, network string) (token string, err error) {
	username = clip(strings.ToLower(strings.TrimSpace(username)), maxUsername+1) // longer names are nobody's
	if err := s.throttle.Attempt(username, network); err != nil {
		return "", err
	}
	var a Account
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		a, _, err = accountByName(tx, username)
		return err
	})
	if err != nil {
		return "", err
	}
	if a.password == "" {
		decoy(password)
	}
	if !checkPassword(a.password, password) || !a.Active { // a closed account answers no faster
		return "", fault.New(fault.Invalid, "signin.wrong", nil)
	}
	s.throttle.Succeeded(username, network)
	token, hash := newToken()
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec("DELETE FROM account_session WHERE created_at < $1", db.At(tx.Now().Add(-absolute))); err != nil {
			return err
		}
		if err := insertSession(tx, session{hash: hash, account: a.ID, created: tx.Now(), seen: tx.Now(), agent: clip(agent, 200), network: network}); err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{Actor: a.Username, Action: "session.open", Object: object.Ref{Kind: "account", Key: a.Username}})
	})
	return token, err
}

// Sweep removes sessions that can no longer be resumed and expired tokens.
func (s *Service) Sweep(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec("DELETE FROM account_session WHERE created_at < $1 OR seen_at < $2", db.At(tx.Now().Add(-absolute)), db.At(tx.Now().Add(-idle))); err != nil {
			return err
		}
		_, err := tx.Exec("DELETE FROM account_token WHERE expires_at <= $1", db.At(tx.Now()))
		return err
	})
}

// clip cuts foreign text to n bytes that a database can hold.
func clip(s string, n int) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s[:min(len(s), n)], ""), "\x00", "")
}

// SignOut ends a session.
func (s *Service) SignOut(ctx context.Context, actor Actor) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM account_session WHERE token_hash = $1", actor.Session)
		return err
	})
}

// Resume gives the actor of a session's token; the zero Actor when the session
// is unknown, too old, or its account closed.
func (s *Service) Resume(ctx context.Context, token string) (Actor, error) {
	hash := tokenHash(token)
	rows, err := s.actorRows(ctx, "account_session", "seen_at", hash)
	if err != nil || len(rows) == 0 {
		return Actor{}, err
	}
	now := s.db.Clock().Now()
	r := rows[0]
	if now.Sub(r.created) > absolute || now.Sub(r.seen) > idle {
		return Actor{}, nil
	}
	if now.Sub(r.seen) > touch {
		err = s.db.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE account_session SET seen_at = $1 WHERE token_hash = $2", db.At(tx.Now()), hash)
			return err
		})
	}
	return s.actor(rows, hash), err
}

// Bearer gives the actor of an API token; Unauthenticated when it is unknown or expired.
func (s *Service) Bearer(ctx context.Context, token string) (Actor, error) {
	rows, err := s.actorRows(ctx, "account_token", "expires_at", tokenHash(token))
	if err != nil {
		return Actor{}, err
	}
	if len(rows) == 0 || !rows[0].seen.After(s.db.Clock().Now()) {
		return Actor{}, fault.New(fault.Unauthenticated, "token", nil)
	}
	return s.actor(rows, ""), nil
}

func (s *Service) actorRows(ctx context.Context, table, column, hash string) (rows []actorRow, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		rows, err = db.All(tx, scanActor, fmt.Sprintf(actorColumns, column)+fmt.Sprintf(actorJoin, table), hash)
		return err
	})
	return rows, err
}

func (s *Service) actor(rows []actorRow, session string) Actor {
	a := rows[0].account
	actor := Actor{Account: a.ID, Username: a.Username, Name: a.Name, Language: a.Language, Session: session}
	var grants []Grant
	for _, r := range rows {
		if r.hasGrant {
			grants = append(grants, r.grant)
		}
	}
	actor.Grants = inForce(grants, clock.Today(s.db.Clock()))
	return actor
}

// IssueToken makes an API token for an account, valid until the end of a day.
// The token is returned once and never shown again.
func (s *Service) IssueToken(ctx context.Context, actor Actor, username, label string, until calendar.Date) (token string, err error) {
	if err := Manage.Check(actor, Target{}); err != nil {
		return "", err
	}
	token, hash := newToken()
	today := clock.Today(s.db.Clock())
	if until.Before(today) || until.After(today.AddDays(366)) {
		return "", fault.Bad("until", until.String(), "token.until", nil)
	}
	err = s.change(ctx, actor, username, "token.issue", map[string]string{"label": label, "until": until.String()}, func(tx *db.Tx, a Account) error {
		_, err := tx.Exec("INSERT INTO account_token (token_hash, account, label, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
			hash, a.ID, label, db.At(tx.Now()), db.At(until.AddDays(1).Time(clock.Brussels())))
		return err
	})
	return token, err
}

// Of gives another person as an actor, with the roles in force today: to explain
// what she may do. Everybody may ask about herself.
func (s *Service) Of(ctx context.Context, actor Actor, username string) (Actor, error) {
	if username == actor.Username {
		return actor, nil
	}
	if err := ReadAccounts.Check(actor, Target{}); err != nil {
		return Actor{}, err
	}
	var person Actor
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		a, ok, err := accountByName(tx, username)
		if err != nil {
			return err
		}
		if !ok {
			return fault.Missing("account")
		}
		grants, err := grantsOf(tx, a.ID)
		person = Actor{Account: a.ID, Username: a.Username, Name: a.Name, Language: a.Language, Grants: inForce(grants, clock.Today(s.db.Clock()))}
		return err
	})
	return person, err
}
