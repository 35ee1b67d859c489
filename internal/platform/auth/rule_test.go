package auth_test

import (
	"slices"
	"testing"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/fault"
	"pgregory.net/rapid"
)

// ok stands for no refusal in the tables below.
const ok = fault.Kind(-1)

func outcome(err error) fault.Kind {
	if err == nil {
		return ok
	}
	return fault.KindOf(err)
}

func holder(grants ...auth.Grant) auth.Actor {
	return auth.Actor{Username: "holder", Grants: grants}
}

var (
	nobody   = auth.Actor{}
	plain    = holder()
	analyst  = holder(auth.Grant{Role: auth.Analyst})
	ofBody   = holder(auth.Grant{Role: auth.Registrar, Body: "12"})
	ofDomain = holder(auth.Grant{Role: auth.Registrar, Domain: "roads"})
	ofBoth   = holder(auth.Grant{Role: auth.Registrar, Body: "12", Domain: "roads"})
	whole    = holder(auth.Grant{Role: auth.Registrar})
)

func TestRuleMatrix(t *testing.T) {
	public := auth.Rule{Name: "read", Public: true}
	staff := auth.Rule{Name: "staff", SignedIn: true}
	keep := auth.Rule{Name: "keep", Roles: []auth.Role{auth.Registrar, auth.Admin}}
	here := auth.Target{Bodies: []string{"12", "1"}, Domain: "roads"}
	elsewhere := auth.Target{Bodies: []string{"13", "1"}, Domain: "water"}
	hidden := auth.Target{Bodies: []string{"13"}, Domain: "roads", Hidden: true}
	const no, who, gone = fault.Forbidden, fault.Unauthenticated, fault.NotFound
	for _, c := range []struct {
		name                          string
		rule                          auth.Rule
		actor                         auth.Actor
		gate, here, elsewhere, hidden fault.Kind
	}{
		{"public to nobody", public, nobody, ok, ok, ok, ok},
		{"public to a holder", public, analyst, ok, ok, ok, ok},
		{"staff to nobody", staff, nobody, who, who, who, gone},
		{"staff to anyone", staff, plain, ok, ok, ok, ok},
		{"keep to nobody", keep, nobody, who, who, who, gone},
		{"keep without role", keep, plain, no, no, no, gone},
		{"keep with another role", keep, analyst, no, no, no, gone},
		{"keep for a body", keep, ofBody, ok, ok, no, gone},
		{"keep for a domain", keep, ofDomain, ok, ok, no, ok},
		{"keep for both", keep, ofBoth, ok, ok, no, gone},
		{"keep for the house", keep, whole, ok, ok, ok, ok},
		{"keep by the system", keep, auth.System("command"), ok, ok, ok, ok},
	} {
		got := []fault.Kind{outcome(c.rule.Gate(c.actor)), outcome(c.rule.Check(c.actor, here)), outcome(c.rule.Check(c.actor, elsewhere)), outcome(c.rule.Check(c.actor, hidden))}
		if want := []fault.Kind{c.gate, c.here, c.elsewhere, c.hidden}; !slices.Equal(got, want) {
			t.Errorf("%s: gate, here, elsewhere, hidden: %v, want %v", c.name, got, want)
		}
	}
}

func TestScopeIsNamedWhenItIsTheReason(t *testing.T) {
	keep := auth.Rule{Name: "keep", Roles: []auth.Role{auth.Registrar}}
	err := keep.Check(ofBody, auth.Target{Bodies: []string{"13"}})
	if e := fault.From(err); e.Code != "forbidden.scope" || e.Args["action"] != "keep" {
		t.Errorf("got %v", err)
	}
	if e := fault.From(keep.Check(plain, auth.Target{})); e.Code != "forbidden" {
		t.Errorf("got %v", e)
	}
}

// Whoever may do something to one object passes the gate, and nobody is told
// that a hidden object exists.
func TestGateNeverStopsWhomCheckLets(t *testing.T) {
	word := rapid.SampledFrom([]string{"", "a", "b"})
	rapid.Check(t, func(t *rapid.T) {
		role := rapid.SampledFrom(auth.Roles())
		rule := auth.Rule{Name: "r", Public: rapid.IntRange(0, 5).Draw(t, "public") == 0, SignedIn: rapid.IntRange(0, 3).Draw(t, "signed") == 0, Roles: rapid.SliceOfN(role, 0, 2).Draw(t, "roles")}
		actor := auth.Actor{Username: word.Draw(t, "user")}
		if actor.SignedIn() {
			for _, r := range rapid.SliceOfN(role, 0, 3).Draw(t, "grants") {
				actor.Grants = append(actor.Grants, auth.Grant{Role: r, Body: word.Draw(t, "body"), Domain: word.Draw(t, "domain")})
			}
		}
		target := auth.Target{Bodies: rapid.SliceOfN(word, 0, 2).Draw(t, "bodies"), Domain: word.Draw(t, "of"), Hidden: rapid.Bool().Draw(t, "hidden")}
		check, gate := outcome(rule.Check(actor, target)), outcome(rule.Gate(actor))
		if check == ok && gate != ok {
			t.Fatalf("checked but not let in: %v", gate)
		}
		if target.Hidden && check != ok && check != fault.NotFound {
			t.Fatalf("a hidden object answers %v", check)
		}
	})
}
