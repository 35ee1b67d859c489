package probe

import (
	"fmt"
	"testing"
)

// Problem is one fault of a page.
type Problem struct {
	Rule   string // short name of the rule, stable
	Where  string // CSS path of the element, or the address
	Detail string // what is wrong with it
}

func (p Problem) String() string { return fmt.Sprintf("%s at %s: %s", p.Rule, p.Where, p.Detail) }

// Report fails the test once for each problem.
func Report(t testing.TB, problems []Problem) {
	t.Helper()
	for _, p := range problems {
		t.Error(p)
	}
}

// All runs the probes that hold for every page: Axe, Names, Targets, Keyboard,
// Reflow and CSP. The page ends up where Keyboard left it.
func All(p *Page) []Problem {
	var all []Problem
	for _, probe := range []func(*Page) []Problem{Axe, Names, Targets, Keyboard, Reflow, CSP} {
		all = append(all, probe(p)...)
	}
	return all
}
