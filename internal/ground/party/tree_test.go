package party

import (
	"strings"
	"testing"

	"beffroi/internal/platform/calendar"
)

func body(ref, parent string) *Body {
	return &Body{Ref: ref, Kind: ServiceBody, NameFR: ref, Parent: parent}
}

func TestTreePathAndChildren(t *testing.T) {
	ended := body("old", "b")
	ended.Period.To, ended.Successor = calendar.MustParse("2024-12-31"), "c"
	tree := NewTree([]*Body{body("a", ""), body("b", "a"), body("c", "b"), ended})
	if got := strings.Join(tree.Path("c"), " "); got != "c b a" {
		t.Errorf("path %s", got)
	}
	if n := len(tree.Children("b", calendar.MustParse("2026-01-01"))); n != 1 {
		t.Errorf("%d children today", n)
	}
	if n := len(tree.Children("b", calendar.MustParse("2024-12-31"))); n != 2 {
		t.Errorf("%d children on the last day", n)
	}
	if b := tree.Latest("old"); b.Ref != "c" {
		t.Errorf("latest %s", b.Ref)
	}
	if list := tree.Predecessors("c"); len(list) != 1 || list[0].Ref != "old" {
		t.Errorf("predecessors %v", list)
	}
}

func TestCirclesAreRefusedAndHarmless(t *testing.T) {
	a, b := body("a", "b"), body("b", "a")
	a.Period.To, b.Period.To = calendar.MustParse("2020-01-01"), calendar.MustParse("2020-01-01")
	a.Successor, b.Successor = "b", "a"
	tree := NewTree([]*Body{a, b})
	if got := strings.Join(tree.Path("a"), " "); got != "a b" {
		t.Errorf("path %s", got)
	}
	if tree.Latest("a") == nil {
		t.Error("latest hangs or is lost")
	}
	found := map[string]any{}
	for _, p := range tree.Check(a) {
		if p.Hard {
			found[p.Field] = p.Args["path"]
		}
	}
	if found["parent"] != "a → b → a" || found["successor"] != "a → b → a" {
		t.Errorf("%v", found)
	}
	self := body("s", "s")
	if list := NewTree([]*Body{self}).Check(self); len(list) == 0 || list[0].Code != "party.cycle" {
		t.Errorf("its own parent: %v", list)
	}
}

func TestTreeCheck(t *testing.T) {
	day := calendar.MustParse
	parent := body("p", "")
	parent.Period = calendar.Period{From: day("2000-01-01"), To: day("2020-12-31")}
	for _, c := range []struct {
		name   string
		change func(*Body)
		code   string
		hard   bool
	}{
		{"unknown parent", func(b *Body) { b.Parent = "x" }, "register.unknown", true},
		{"unknown successor", func(b *Body) { b.Successor, b.Period.To = "x", day("2019-01-01") }, "register.unknown", true},
		{"successor of a living body", func(b *Body) { b.Parent, b.Successor = "", "p" }, "party.successor", true},
		{"outlives its parent", func(b *Body) {}, "party.outside", false},
		{"older than its parent", func(b *Body) { b.Period = calendar.Period{From: day("1999-01-01"), To: day("2010-01-01")} }, "party.outside", false},
		{"inside", func(b *Body) { b.Period = calendar.Period{To: day("2010-01-01")} }, "", false},
	} {
		b := body("b", "p")
		c.change(b)
		list := NewTree([]*Body{parent, b}).Check(b)
		if c.code == "" && len(list) > 0 || c.code != "" && (len(list) != 1 || list[0].Code != c.code || list[0].Hard != c.hard) {
			t.Errorf("%s: %v", c.name, list)
		}
	}
}
