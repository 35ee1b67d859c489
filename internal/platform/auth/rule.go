// Package auth knows who acts and what they may do: accounts with passwords
// (argon2id), sessions, tokens, and roles held for a body and a domain between
// two dates. Access rules are plain values, one per action, so that the matrix
// of who may do what is generated and executed by tests.
package auth

import (
	"slices"
	"time"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
)

// Role is what a person is to the institution.
type Role string

// The roles. Each is held for a body and a domain, or for the whole house.
const (
	Agent      Role = "agent"      // reads the staff pages
	Registrar  Role = "registrar"  // keeps territory, bodies, organs, missions and projects
	Accountant Role = "accountant" // keeps the ledger and the keys
	Analyst    Role = "analyst"    // keeps datasets and figures
	Auditor    Role = "auditor"    // reads everything, audit included, changes nothing
	Admin      Role = "admin"      // keeps accounts and settings
)

// Roles lists every role, in the order of the access matrix.
func Roles() []Role { return []Role{Agent, Registrar, Accountant, Analyst, Auditor, Admin} }

// Grant is a role held for a body ("" = the whole house) and a domain ("" = all).
type Grant struct {
	Role   Role            `json:"role"`
	Body   string          `json:"body,omitempty"`
	Domain string          `json:"domain,omitempty"`
	Period calendar.Period `json:"period"`
	// Mandate is the reference of the mandate by which the role is held, "" when
	// it stands by itself: the period is then the mandate's.
	Mandate string `json:"mandate,omitempty"`
}

// Actor is who asks. The zero Actor is anybody: nobody signed in.
type Actor struct {
	Account  int64
	Username string
	Name     string
	Language string
	Grants   []Grant   // those in force today only
	Session  string    // hash of the session's token, "" for a token or a command
	Since    time.Time // when the session was opened
	By       string    // the administrator who looks through this account, "" for its holder
	Scopes   []Scope   // what the token may do; nil without one
}

// SignedIn tells whether somebody is known.
func (a Actor) SignedIn() bool { return a.Username != "" }

// System is the actor of commands typed on the machine itself, with every role.
func System(name string) Actor {
	a := Actor{Username: name, Name: name}
	for _, r := range Roles() {
		a.Grants = append(a.Grants, Grant{Role: r})
	}
	return a
}

// Target is what a rule decides about. Bodies holds the object's body and the
// bodies above it; empty fields belong to the whole house.
type Target struct {
	Bodies []string
	Domain string
	Hidden bool // the object is not public: who may not see it must not learn that it exists
}

// Rule is one access rule: who may do the action of this name.
type Rule struct {
	Name     string
	Public   bool   // anybody
	SignedIn bool   // anybody with an account
	Roles    []Role // holders of one of these roles, within its body and domain
}

// Gate decides before the object is known: may this actor do the action to
// anything at all? Unauthenticated or Forbidden otherwise.
func (r Rule) Gate(a Actor) error {
	switch {
	case r.Public:
		return nil
	case !a.SignedIn():
		return fault.New(fault.Unauthenticated, "signin", nil)
	case r.SignedIn, slices.ContainsFunc(a.Grants, func(g Grant) bool { return slices.Contains(r.Roles, g.Role) }):
		return nil
	}
	return fault.New(fault.Forbidden, "forbidden", fault.Args{"action": r.Name})
}

// Check decides for one object. A hidden object is NotFound to those who may
// not see it, never Forbidden.
func (r Rule) Check(a Actor, t Target) error {
	if r.Public || r.SignedIn && a.SignedIn() {
		return nil
	}
	if slices.ContainsFunc(a.Grants, func(g Grant) bool { return slices.Contains(r.Roles, g.Role) && g.covers(t) }) {
		return nil
	}
	if t.Hidden {
		return fault.Missing(r.Name)
	}
	if err := r.Gate(a); err != nil {
		return err
	}
	return fault.New(fault.Forbidden, "forbidden.scope", fault.Args{"action": r.Name})
}

// Through lists the grants by which an actor passes a rule; every grant when an
// account is all that the rule asks for.
func (a Actor) Through(r Rule) []Grant {
	var list []Grant
	for _, g := range a.Grants {
		if r.SignedIn || slices.Contains(r.Roles, g.Role) {
			list = append(list, g)
		}
	}
	return list
}

func (g Grant) covers(t Target) bool {
	return (g.Body == "" || slices.Contains(t.Bodies, g.Body)) && (g.Domain == "" || g.Domain == t.Domain)
}
