package auth

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

// closing is the rule of whoever leaves.
const closing = "session.close"

// maxTokenDays is how long a token may live: a year.
const maxTokenDays = 366

// Scope is something that a token may do: to read, or to read and write, in one
// domain or (Domain "") everywhere. A domain is the first word of the names of
// access rules: "ledger", "body".
type Scope struct {
	Write  bool
	Domain string
}

var scopeForm = regexp.MustCompile(`^(read|write)(?::([a-z][a-z-]{0,40}))?$`)

// ParseScope reads "read", "write", "read:ledger" or "write:ledger".
func ParseScope(text string) (Scope, error) {
	m := scopeForm.FindStringSubmatch(text)
	if m == nil {
		return Scope{}, fault.Bad("scope", text, "token.scope.form", fault.Args{"value": clip(text, 60)})
	}
	return Scope{Write: m[1] == "write", Domain: m[2]}, nil
}

// ParseScopes reads scopes with blanks or commas between them; none is an error.
func ParseScopes(text string) ([]Scope, error) {
	var list []Scope
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ' ' || r == ',' }) {
		scope, err := ParseScope(word)
		if err != nil {
			return nil, err
		}
		list = append(list, scope)
	}
	if list == nil {
		return nil, fault.Bad("scope", "", "token.scope.none", nil)
	}
	return list, nil
}

// String is the scope as ParseScope reads it.
func (s Scope) String() string {
	text := "read"
	if s.Write {
		text = "write"
	}
	if s.Domain != "" {
		text += ":" + s.Domain
	}
	return text
}

// MarshalText makes a scope its text in JSON.
func (s Scope) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *Scope) UnmarshalText(text []byte) (err error) {
	*s, err = ParseScope(string(text))
	return err
}

func scopeTexts(scopes []Scope) string {
	list := make([]string, len(scopes))
	for i, s := range scopes {
		list[i] = s.String()
	}
	return strings.Join(list, " ")
}

// Domain is the field of the house that a rule belongs to: the first word of its name.
func (r Rule) Domain() string {
	domain, _, _ := strings.Cut(r.Name, ".")
	return domain
}

// Scoped refuses an actor whose token does not reach so far: a token without
// the fitting scope is Forbidden, even where its holder would pass the rule.
// Whoever came without a token, or asks for what is public, passes. Who looks
// through another's account changes nothing; she may only leave.
func (a Actor) Scoped(r Rule, write bool) error {
	if a.By != "" && write && r.Name != closing {
		return fault.New(fault.Forbidden, "viewing.readonly", fault.Args{"name": a.Username})
	}
	if a.Scopes == nil || r.Public && !write {
		return nil
	}
	need := Scope{write, r.Domain()}
	if slices.ContainsFunc(a.Scopes, func(s Scope) bool {
		return (s.Domain == "" || s.Domain == need.Domain) && (s.Write || !write)
	}) {
		return nil
	}
	return fault.New(fault.Forbidden, "token.scope", fault.Args{"value": need.String()})
}

// Token is an API token without its secret. Ref names it where it is revoked.
type Token struct {
	Ref     string    `json:"ref"`
	Label   string    `json:"label"`
	Scopes  []Scope   `json:"scopes"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
}

// IssueToken makes an API token for an account, valid until the end of a day of
// the next twelve months; without scopes it may do all that its holder may. A
// person makes it for herself, an administrator for anybody. The token is
// returned once and never shown again.
func (s *Service) IssueToken(ctx context.Context, actor Actor, username, label string, until calendar.Date, scopes ...Scope) (token string, err error) {
	if err := s.ownOrManaged(actor, username); err != nil {
		return "", err
	}
	if scopes == nil {
		scopes = []Scope{{Write: true}}
	}
	if err := s.checkToken(label, until, scopes); err != nil {
		return "", err
	}
	token, hash := newToken()
	t := Token{Label: label, Scopes: scopes, Expires: until.AddDays(1).Time(clock.Brussels())}
	after := map[string]string{"label": label, "until": until.String(), "scopes": scopeTexts(scopes)}
	err = s.revise(ctx, actor, username, "token.issue", func(tx *db.Tx, a Account) (any, any, error) {
		return nil, after, insertToken(tx, a.ID, hash, t)
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

func (s *Service) checkToken(label string, until calendar.Date, scopes []Scope) error {
	var f fault.Fields
	if label == "" || len(label) > 100 {
		f.Add("label", clip(label, 100), "required", nil)
	}
	today := clock.Today(s.db.Clock())
	if until.Before(today) || until.After(today.AddDays(maxTokenDays)) {
		f.Add("until", until.String(), "token.until", nil)
	}
	if len(scopes) == 0 {
		f.Add("scope", "", "token.scope.none", nil)
	}
	for _, scope := range scopes {
		if s.domains != nil && scope.Domain != "" && !slices.Contains(s.domains(), scope.Domain) {
			f.Add("scope", scope.String(), "token.scope.domain", fault.Args{"value": scope.Domain, "values": strings.Join(s.domains(), ", ")})
		}
	}
	return f.Err()
}

// Tokens lists the tokens of an account that still open something, newest first.
func (s *Service) Tokens(ctx context.Context, actor Actor, username string) (list []Token, err error) {
	if username != actor.Username {
		if err := ReadAccounts.Check(actor, Target{}); err != nil {
			return nil, err
		}
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		list, err = tokensOf(tx, username)
		return err
	})
	return list, err
}

// RevokeToken ends a token at once; NotFound when the account has none of this ref.
func (s *Service) RevokeToken(ctx context.Context, actor Actor, username, ref string) error {
	if err := Manage.Check(actor, Target{}); err != nil && (actor.Username != username || actor.Session == "") {
		return err
	}
	return s.revise(ctx, actor, username, "token.revoke", func(tx *db.Tx, a Account) (before, after any, err error) {
		n, err := deleteToken(tx, a.ID, ref)
		if err == nil && n == 0 {
			err = fault.Missing("token")
		}
		return map[string]string{"ref": ref}, nil, err
	})
}

// Bearer gives the actor of an API token; Unauthenticated when it is unknown or expired.
func (s *Service) Bearer(ctx context.Context, token string) (Actor, error) {
	rows, err := s.actorRows(ctx, tokenActor, tokenHash(token))
	if err != nil {
		return Actor{}, err
	}
	if len(rows) == 0 || !rows[0].until.After(s.db.Clock().Now()) {
		return Actor{}, fault.New(fault.Unauthenticated, "token", nil)
	}
	actor := s.actor(rows)
	actor.Scopes, err = ParseScopes(rows[0].scopes)
	return actor, err
}
