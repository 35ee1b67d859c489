package auth_test

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

// code is the code of a refusal, "" when there was none.
func code(err error) string {
	if err == nil {
		return ""
	}
	e := fault.From(err)
	if len(e.Fields) > 0 {
		return e.Fields[0].Code
	}
	return e.Code
}

func TestMySessions(t *testing.T) {
	each(t, func(h house) {
		first, second, third := h.open(), h.open(), h.open()
		me := h.resume(first)
		list, err := h.Sessions(h.Context(), me)
		h.must(err)
		current := 0
		for _, s := range list {
			if s.Current {
				current++
			}
			if s.Agent != "agent" || s.Network != home || s.Created.IsZero() || len(s.Ref) != 16 {
				h.Errorf("session %+v", s)
			}
		}
		if len(list) != 3 || current != 1 {
			h.Fatalf("%d sessions, %d of them this one", len(list), current)
		}
		for _, s := range list {
			if s.Current {
				continue
			}
			h.must(h.EndSession(h.Context(), me, s.Ref))
			break
		}
		alive := 0
		for _, token := range []string{second, third} {
			if h.resume(token).SignedIn() {
				alive++
			}
		}
		if alive != 1 {
			h.Errorf("%d of two others live after one was ended", alive)
		}
		h.must(h.EndSession(h.Context(), me, ""))
		if h.resume(second).SignedIn() || h.resume(third).SignedIn() || !h.resume(first).SignedIn() {
			h.Error("ending all others")
		}
	})
}

// Nobody ends, lists or takes what is another's.
func TestSessionsAndTokensOfOthers(t *testing.T) {
	each(t, func(h house) {
		n := anna()
		n.Username = "bram"
		h.must(h.Create(h.Context(), admin, n))
		anna := h.resume(h.open())
		token, err := h.SignIn(h.Context(), "bram", secret, atHome)
		h.must(err)
		bram := h.resume(token)
		mine, err := h.Sessions(h.Context(), anna)
		h.must(err)
		if len(mine) != 1 {
			h.Fatalf("anna sees %d sessions", len(mine))
		}
		if got := code(h.EndSession(h.Context(), bram, mine[0].Ref)); got != "absent" {
			h.Errorf("bram ends anna's session: %q", got)
		}
		secret := h.token(3)
		tokens, err := h.Tokens(h.Context(), anna, "anna")
		h.must(err)
		if len(tokens) != 1 || tokens[0].Label != "script" {
			h.Fatalf("tokens %+v", tokens)
		}
		if _, err := h.Tokens(h.Context(), bram, "anna"); fault.KindOf(err) != fault.Forbidden {
			h.Errorf("bram lists anna's tokens: %v", err)
		}
		for actor, want := range map[string]string{"own": "absent", "other": "forbidden"} {
			name := map[string]string{"own": "bram", "other": "anna"}[actor]
			if got := code(h.RevokeToken(h.Context(), bram, name, tokens[0].Ref)); got != want {
				h.Errorf("bram revokes anna's token as %s: %q", actor, got)
			}
		}
		if _, err := h.Bearer(h.Context(), secret); err != nil {
			h.Fatal(err)
		}
		h.must(h.RevokeToken(h.Context(), anna, "anna", tokens[0].Ref))
		if _, err := h.Bearer(h.Context(), secret); fault.KindOf(err) != fault.Unauthenticated {
			h.Errorf("a revoked token: %v", err)
		}
	})
}

// A token makes no tokens, an old session none either.
func TestTokensAreMadeFromAFreshSession(t *testing.T) {
	each(t, func(h house) {
		until := clock.Today(h.c).AddDays(1)
		me := h.resume(h.open())
		read := auth.Scope{Domain: "ledger"}
		made, err := h.IssueToken(h.Context(), me, "anna", "mine", until, read)
		h.must(err)
		robot, err := h.Bearer(h.Context(), made)
		h.must(err)
		if len(robot.Scopes) != 1 || robot.Scopes[0] != read {
			h.Errorf("scopes %v", robot.Scopes)
		}
		for name, try := range map[string]error{
			"a token":       second(h.IssueToken(h.Context(), robot, "anna", "x", until)),
			"another":       second(h.IssueToken(h.Context(), me, "bram", "x", until)),
			"ending":        h.EndSession(h.Context(), robot, ""),
			"the password":  h.ChangePassword(h.Context(), robot, secret, other, atHome),
			"no scope":      second(h.IssueToken(h.Context(), me, "anna", "x", until, []auth.Scope{}...)),
			"no label":      second(h.IssueToken(h.Context(), me, "anna", "", until)),
			"wrong present": h.ChangePassword(h.Context(), me, other, other, atHome),
		} {
			want := map[string]string{"a token": "forbidden", "another": "forbidden", "ending": "account.session", "the password": "account.session",
				"no scope": "token.scope.none", "no label": "required", "wrong present": "password.current"}[name]
			if got := code(try); got != want {
				h.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		h.c.advance(15 * time.Minute)
		if _, err := h.IssueToken(h.Context(), me, "anna", "x", until); err != nil {
			h.Errorf("after a quarter of an hour: %v", err)
		}
		h.c.advance(time.Second)
		if got := code(second(h.IssueToken(h.Context(), me, "anna", "x", until))); got != "signin.again" {
			h.Errorf("later: %q", got)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestScopes(t *testing.T) {
	ledger := auth.Rule{Name: "ledger.post", Roles: []auth.Role{auth.Accountant}}
	for _, c := range []struct {
		scopes string
		rule   auth.Rule
		write  bool
		passes bool
	}{
		{"write", ledger, true, true},
		{"write", ledger, false, true},
		{"read", ledger, false, true},
		{"read", ledger, true, false},
		{"read:ledger", ledger, false, true},
		{"read:ledger", ledger, true, false},
		{"write:ledger", ledger, true, true},
		{"write:body read:ledger", ledger, true, false},
		{"write:body", ledger, false, false},
		{"read:led", ledger, false, false},
		{"read:body", auth.Rule{Name: "ledger.view", Public: true}, false, true},
		{"read", auth.Rule{Name: "session.open", Public: true}, true, false},
	} {
		scopes, err := auth.ParseScopes(c.scopes)
		if err != nil {
			t.Fatal(err)
		}
		if got := (auth.Actor{Scopes: scopes}).Scoped(c.rule, c.write) == nil; got != c.passes {
			t.Errorf("%s for %s, writing %t: %t", c.scopes, c.rule.Name, c.write, got)
		}
	}
	if (auth.Actor{}).Scoped(ledger, true) != nil {
		t.Error("a session has no scopes")
	}
	for _, bad := range []string{"", " ", "admin", "read:", "read:Ledger", "write ledger", "read:a b", ":ledger", "read;write", "read:é"} {
		if _, err := auth.ParseScopes(bad); fault.KindOf(err) != fault.Invalid || err == nil {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// What a scope writes, it reads; and writing lets in whoever may read.
func TestScopesReadWhatTheyWrite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := auth.Scope{Write: rapid.Bool().Draw(t, "write"), Domain: rapid.StringMatching(`([a-z][a-z-]{0,8})?`).Draw(t, "domain")}
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var back auth.Scope
		if err := json.Unmarshal(text, &back); err != nil || back != s {
			t.Fatalf("%s came back as %v, %v", text, back, err)
		}
		rule := auth.Rule{Name: rapid.SampledFrom([]string{"a.b", "body.edit", s.Domain + ".x"}).Draw(t, "rule"), SignedIn: true}
		actor := auth.Actor{Scopes: []auth.Scope{s}}
		if actor.Scoped(rule, true) == nil && actor.Scoped(rule, false) != nil {
			t.Fatalf("%v writes and does not read %s", s, rule.Name)
		}
	})
}

func TestTokenDomains(t *testing.T) {
	each(t, func(h house) {
		h.Connect(nil, func() []string { return []string{"body", "ledger"} })
		until := clock.Today(h.c).AddDays(1)
		if got := code(second(h.IssueToken(h.Context(), admin, "anna", "x", until, auth.Scope{Domain: "ledgr"}))); got != "token.scope.domain" {
			h.Errorf("a domain that there is not: %q", got)
		}
		_, err := h.IssueToken(h.Context(), admin, "anna", "x", until, auth.Scope{Domain: "body"}, auth.Scope{})
		h.must(err)
	})
}

// An administrator's session left alone ends after half an hour.
func TestAdministratorsAreIdleForLess(t *testing.T) {
	each(t, func(h house) {
		h.must(h.Grant(h.Context(), admin, "anna", auth.Grant{Role: auth.Admin}))
		token := h.open()
		h.c.advance(30 * time.Minute)
		if !h.resume(token).SignedIn() {
			h.Error("ended after half an hour to the second")
		}
		h.c.advance(30*time.Minute + time.Second)
		if h.resume(token).SignedIn() {
			h.Error("lives on")
		}
	})
}

func TestRevoke(t *testing.T) {
	each(t, func(h house) {
		today := clock.Today(h.c)
		if got := code(h.Revoke(h.Context(), admin, "anna", auth.Analyst, calendar.Date{})); got != "account.notheld" {
			h.Errorf("a role not held: %q", got)
		}
		h.must(h.Revoke(h.Context(), admin, "anna", auth.Registrar, today.AddDays(2)))
		for i, want := range []int{1, 1, 1, 0} {
			if got := len(h.resume(h.open()).Grants); got != want {
				h.Errorf("day %d: %d roles", i, got)
			}
			h.c.advance(24 * time.Hour)
		}
		if got := code(h.Revoke(h.Context(), admin, "anna", auth.Registrar, calendar.Date{})); got != "account.notheld" {
			h.Errorf("a role that ended: %q", got)
		}
	})
}

// mandates stands for the register of bodies.
type mandates map[string]calendar.Period

func (m mandates) MandatePeriod(_ *db.Tx, ref string) (calendar.Period, bool, error) {
	p, ok := m[ref]
	return p, ok, nil
}

func TestARoleFollowsItsMandate(t *testing.T) {
	each(t, func(h house) {
		today := clock.Today(h.c)
		h.Connect(mandates{"college-m1": {From: today.AddDays(1)}}, nil)
		g := auth.Grant{Role: auth.Auditor, Mandate: "college-m1"}
		h.must(h.Grant(h.Context(), admin, "anna", g))
		auditor := func() bool {
			for _, g := range h.resume(h.open()).Grants {
				if g.Role == auth.Auditor {
					return true
				}
			}
			return false
		}
		follow := func(p calendar.Period) {
			h.must(h.d.Write(h.Context(), func(tx *db.Tx) error { return auth.FollowMandate(tx, admin, "college-m1", p) }))
		}
		if auditor() {
			h.Error("before the mandate")
		}
		h.c.advance(24 * time.Hour)
		if !auditor() {
			h.Error("not from the first day of the mandate")
		}
		follow(calendar.Period{From: today.AddDays(1), To: today.AddDays(1)})
		h.c.advance(24 * time.Hour)
		if auditor() {
			h.Error("the role outlives its mandate")
		}
		follow(calendar.Period{From: today.AddDays(1)})
		if !auditor() {
			h.Error("a mandate whose end was a mistake")
		}
		h.must(h.Revoke(h.Context(), admin, "anna", auth.Auditor, calendar.Date{}))
		follow(calendar.Period{From: today})
		if auditor() {
			h.Error("the mandate brought back a role that was taken away")
		}
		for _, bad := range []struct {
			grant auth.Grant
			code  string
		}{
			{auth.Grant{Role: auth.Agent, Mandate: "nobody"}, "account.mandate"},
			{auth.Grant{Role: auth.Agent, Mandate: "college-m1", Period: calendar.Period{From: today}}, "account.mandate.dates"},
		} {
			if got := code(h.Grant(h.Context(), admin, "anna", bad.grant)); got != bad.code {
				h.Errorf("%+v: %q", bad.grant, got)
			}
		}
		if n := h.count("SELECT count(*) FROM audit_entry WHERE action = 'account.mandate'"); n != 2 {
			h.Errorf("%d entries of roles that followed; the third time there was none to follow", n)
		}
	})
}
