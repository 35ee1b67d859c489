package finder

import (
	"slices"

	"beffroi/internal/platform/auth"
)

// Audience is who may find a document, as data: an actor does when one of the
// keys that they hold is among these. The zero Audience is nobody.
type Audience []string

// The keys of everybody and of whoever has an account. The others are a role, a
// body and a domain, as in a grant, or a role held for anything.
const (
	everybody = "*"
	signedIn  = "+"
)

func grantKey(role auth.Role, body, domain string) string {
	return string(role) + "|" + body + "|" + domain
}

// Seen makes the audience that a view rule and the place of an object give: an
// actor holds one of its keys exactly when rule.Check lets them see target.
func Seen(rule auth.Rule, target auth.Target) Audience {
	if rule.Public {
		return Audience{everybody}
	}
	var list Audience
	if rule.SignedIn {
		list = append(list, signedIn)
	}
	for _, role := range rule.Roles {
		for _, body := range append([]string{""}, target.Bodies...) {
			list = append(list, grantKey(role, body, ""), grantKey(role, body, target.Domain))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Passing makes the audience of whoever passes a rule for anything at all: an
// actor holds one of its keys exactly when rule.Gate lets them in.
func Passing(rule auth.Rule) Audience {
	if rule.Public || rule.SignedIn {
		return Seen(rule, auth.Target{})
	}
	var list Audience
	for _, role := range rule.Roles {
		list = append(list, string(role))
	}
	slices.Sort(list)
	return list
}

// held are the keys that an actor holds.
func held(a auth.Actor) []string {
	keys := []string{everybody}
	if a.SignedIn() {
		keys = append(keys, signedIn)
	}
	for _, g := range a.Grants {
		keys = append(keys, string(g.Role), grantKey(g.Role, g.Body, g.Domain))
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
