package party

import (
	"slices"
	"strings"

	"beffroi/internal/platform/calendar"
)

// Tree is every body of the register at one moment, with who is under whom.
// It is immutable; its bodies are shared: read, never write.
type Tree struct {
	list     []*Body // by name
	byRef    map[string]*Body
	children map[string][]*Body
	before   map[string][]*Body // by successor
}

// NewTree arranges bodies, given in the order in which lists show them.
func NewTree(list []*Body) *Tree {
	t := &Tree{list: list, byRef: make(map[string]*Body, len(list)), children: map[string][]*Body{}, before: map[string][]*Body{}}
	for _, b := range list {
		t.byRef[b.Ref] = b
		if b.Parent != "" {
			t.children[b.Parent] = append(t.children[b.Parent], b)
		}
		if b.Successor != "" {
			t.before[b.Successor] = append(t.before[b.Successor], b)
		}
	}
	return t
}

// All are the bodies by French name.
func (t *Tree) All() []*Body { return t.list }

// Body is the body of a reference, nil when there is none.
func (t *Tree) Body(ref string) *Body { return t.byRef[ref] }

// Children are the bodies under one that exist on a day, by name.
func (t *Tree) Children(ref string, day calendar.Date) []*Body {
	return inForce(t.children[ref], day)
}

// Predecessors are the bodies that name this one as their successor.
func (t *Tree) Predecessors(ref string) []*Body { return t.before[ref] }

// Path is the refs from a body up to the top, itself first. It ends at a
// circle, so that bad data cannot hang a page.
func (t *Tree) Path(ref string) []string {
	var path []string
	for b := t.byRef[ref]; b != nil && !slices.Contains(path, b.Ref); b = t.byRef[b.Parent] {
		path = append(path, b.Ref)
	}
	return path
}

// Latest follows successors from a body to the one that exists today.
func (t *Tree) Latest(ref string) *Body {
	b := t.byRef[ref]
	for steps := 0; b != nil && b.Successor != "" && t.byRef[b.Successor] != nil && steps < len(t.list); steps++ {
		b = t.byRef[b.Successor]
	}
	return b
}

func inForce(list []*Body, day calendar.Date) []*Body {
	var kept []*Body
	for _, b := range list {
		if b.Period.Contains(day) {
			kept = append(kept, b)
		}
	}
	return kept
}

// Problem is something wrong with a body's place among the others. Hard ones
// refuse the body; the rest are warnings.
type Problem struct {
	Field string
	Code  string
	Args  map[string]any
	Hard  bool
}

// Check finds what is wrong with a body as it stands in the tree.
// i18n: fault.party.cycle fault.party.outside fault.party.successor fault.register.unknown
func (t *Tree) Check(b *Body) []Problem {
	var list []Problem
	hard := func(field, code string, args map[string]any) {
		list = append(list, Problem{Field: field, Code: code, Args: args, Hard: true})
	}
	parent := t.byRef[b.Parent]
	switch {
	case b.Parent == "":
	case parent == nil:
		hard("parent", "register.unknown", map[string]any{"value": b.Parent})
	default:
		if circle := t.circle(b, func(x *Body) string { return x.Parent }); circle != "" {
			hard("parent", "party.cycle", map[string]any{"path": circle})
		}
		if !within(b.Period, parent.Period) {
			list = append(list, Problem{Field: "valid_from", Code: "party.outside", Args: map[string]any{"parent": b.Parent}})
		}
	}
	switch {
	case b.Successor == "":
	case t.byRef[b.Successor] == nil:
		hard("successor", "register.unknown", map[string]any{"value": b.Successor})
	case b.Period.To.IsZero():
		hard("successor", "party.successor", nil)
	default:
		if circle := t.circle(b, func(x *Body) string { return x.Successor }); circle != "" {
			hard("successor", "party.cycle", map[string]any{"path": circle})
		}
	}
	return list
}

// circle follows a link from a body; when it comes back to it, the way is told.
func (t *Tree) circle(b *Body, next func(*Body) string) string {
	way := []string{b.Ref}
	for ref := next(b); ref != "" && len(way) <= len(t.list)+1; {
		way = append(way, ref)
		if ref == b.Ref {
			return strings.Join(way, " → ")
		}
		x := t.byRef[ref]
		if x == nil {
			return ""
		}
		ref = next(x)
	}
	return ""
}

// within tells whether a period stays inside another; an unknown beginning is
// taken to be inside, since nothing shows the contrary.
func within(inner, outer calendar.Period) bool {
	if !inner.From.IsZero() && inner.From.Before(outer.From) {
		return false
	}
	return outer.To.IsZero() || !inner.To.IsZero() && !inner.To.After(outer.To)
}
