package outline

import (
	"cmp"
	"slices"
	"strings"

	"beffroi/internal/domain/plan/rollup"
)

// Tree is a plan with its nodes in the order of reading: parents before their
// children, siblings by position, then code. It does not change once made; nodes
// that are gone are kept apart.
type Tree struct {
	Plan  Plan
	Nodes []*Node
	Gone  []*Node // deleted, by code

	index    map[string]int // of Nodes, by code
	depth    []int
	children [][]int // by primary parent
	levels   []int
	phases   []Phase
}

// NewTree orders nodes. It never fails: what is not sound is told by Check. A node
// whose parent is missing or part of a loop stands at the top.
func NewTree(p Plan, nodes []*Node) *Tree {
	t := &Tree{Plan: p, index: make(map[string]int, len(nodes))}
	here := make(map[string]*Node, len(nodes))
	for _, n := range nodes {
		if n.Gone {
			t.Gone = append(t.Gone, n)
		} else {
			here[n.Code] = n
		}
	}
	below := make(map[string][]*Node, len(here))
	for _, n := range here {
		parent := n.Parent
		if here[parent] == nil || looped(here, n) {
			parent = ""
		}
		below[parent] = append(below[parent], n)
	}
	t.place(below, "", 0)
	slices.SortFunc(t.Gone, func(a, b *Node) int { return CompareCodes(a.Code, b.Code) })
	return t
}

// looped tells whether walking up from a node comes back to it.
func looped(here map[string]*Node, n *Node) bool {
	at := here[n.Parent]
	for range len(here) {
		switch {
		case at == nil:
			return false
		case at == n:
			return true
		}
		at = here[at.Parent]
	}
	return true // it leads into a loop
}

// place adds what is below a code.
func (t *Tree) place(below map[string][]*Node, code string, depth int) []int {
	list := below[code]
	slices.SortFunc(list, func(a, b *Node) int { return cmp.Or(cmp.Compare(a.Position, b.Position), CompareCodes(a.Code, b.Code)) })
	here := make([]int, len(list))
	for k, n := range list {
		i := len(t.Nodes)
		here[k] = i
		t.index[n.Code] = i
		t.Nodes, t.depth, t.children, t.levels = append(t.Nodes, n), append(t.depth, depth), append(t.children, nil), append(t.levels, t.Plan.Frame.Level(n.Code))
		t.phases = append(t.phases, t.Plan.phase(t.levels[i], n.State))
		t.children[i] = t.place(below, n.Code, depth+1)
	}
	return here
}

// CompareCodes orders codes by prefix, then number by number: A.9 before A.10.
func CompareCodes(a, b string) int {
	for {
		x, restA, moreA := strings.Cut(a, ".")
		y, restB, moreB := strings.Cut(b, ".")
		if c := comparePart(x, y); c != 0 {
			return c
		}
		if !moreA || !moreB {
			return cmp.Compare(len(restA), len(restB))
		}
		a, b = restA, restB
	}
}

// comparePart orders numbers without leading zeros by length first.
func comparePart(x, y string) int {
	if x != "" && y != "" && isDigit(x[0]) && isDigit(y[0]) && len(x) != len(y) {
		return cmp.Compare(len(x), len(y))
	}
	return strings.Compare(x, y)
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// Find gives the place of a code.
func (t *Tree) Find(code string) (int, bool) {
	i, ok := t.index[code]
	return i, ok
}

// Node gives the node of a code, nil when there is none.
func (t *Tree) Node(code string) *Node {
	if i, ok := t.index[code]; ok {
		return t.Nodes[i]
	}
	return nil
}

// Depth is how far below the top a node stands.
func (t *Tree) Depth(i int) int { return t.depth[i] }

// Children are the places of the nodes whose primary parent stands at i.
func (t *Tree) Children(i int) []int { return t.children[i] }

// Level is the level of a node; the zero Level when its prefix is unknown.
func (t *Tree) Level(i int) Level { return t.Plan.level(t.levels[i]) }

func (p Plan) level(i int) Level {
	if i < 0 || i >= len(p.Frame.Levels) {
		return Level{}
	}
	return p.Frame.Levels[i]
}

// Scope is the scope of a node's states.
func (t *Tree) Scope(n *Node) Scope { return t.Plan.ScopeOf(n.Code) }

// ScopeOf is the scope of the states of a code.
func (p Plan) ScopeOf(code string) Scope {
	if p.level(p.Frame.Level(code)).Action {
		return ForAction
	}
	return ForObjective
}

// Phase is the phase of a node's state; Draft when the plan does not know it.
func (t *Tree) Phase(n *Node) Phase {
	if i, ok := t.index[n.Code]; ok && t.Nodes[i] == n {
		return t.phases[i]
	}
	return t.Plan.phase(t.Plan.Frame.Level(n.Code), n.State)
}

func (p Plan) phase(level int, state string) Phase {
	scope := ForObjective
	if p.level(level).Action {
		scope = ForAction
	}
	s, ok := p.Frame.State(scope, state)
	if !ok {
		return Draft
	}
	return s.Phase
}

// Path are the primary ancestors of a node, from the top down.
func (t *Tree) Path(i int) (list []*Node) {
	for n := t.Nodes[i]; n.Parent != "" && len(list) <= t.depth[i]; {
		if n = t.Node(n.Parent); n == nil {
			break
		}
		list = append(list, n)
	}
	slices.Reverse(list)
	return list
}

// counts tells whether a node's state counts in sums.
func (t *Tree) counts(n *Node) bool {
	phase := t.Phase(n)
	return phase != Draft && phase != Abandoned
}

// Parents are the shares of a node's money: the primary parent first.
func (t *Tree) parents(n *Node) []rollup.Share {
	var more []rollup.Share
	for _, c := range n.Contributions {
		if i, ok := t.index[c.To]; ok {
			more = append(more, rollup.Share{Parent: i, Points: c.Share})
		}
	}
	primary, ok := t.index[n.Parent]
	switch {
	case !ok:
		return nil
	case len(more) == 0:
		return []rollup.Share{{Parent: primary, Points: rollup.Whole}}
	}
	shares, _ := rollup.Adjust(primary, more)
	return shares
}

// With gives the tree with a plan and some nodes replaced or added.
func (t *Tree) With(p Plan, changed []*Node) *Tree {
	if p.Version == t.Plan.Version && t.keeps(changed) {
		return t.replaced(p, changed)
	}
	here := make(map[string]bool, len(changed))
	list := make([]*Node, 0, len(t.Nodes)+len(t.Gone)+len(changed))
	for _, n := range changed {
		here[n.Code] = true
		list = append(list, n)
	}
	for _, nodes := range [][]*Node{t.Nodes, t.Gone} {
		for _, n := range nodes {
			if !here[n.Code] {
				list = append(list, n)
			}
		}
	}
	return NewTree(p, list)
}

// keeps tells whether changed nodes stay where they are.
func (t *Tree) keeps(changed []*Node) bool {
	for _, n := range changed {
		old := t.Node(n.Code)
		if old == nil || n.Gone || old.Parent != n.Parent || old.Position != n.Position {
			return false
		}
	}
	return true
}

// replaced is a tree of the same form with other nodes at some places.
func (t *Tree) replaced(p Plan, changed []*Node) *Tree {
	after := *t
	after.Plan, after.Nodes, after.phases = p, slices.Clone(t.Nodes), slices.Clone(t.phases)
	for _, n := range changed {
		i := t.index[n.Code]
		after.Nodes[i], after.phases[i] = n, p.phase(t.levels[i], n.State)
	}
	return &after
}
