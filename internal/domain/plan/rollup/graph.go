// Package rollup makes the numbers of a plan's higher levels out of those of its
// leaves: progress with its coverage, money without double counting, rates of
// indicators, and flags that are derived and never typed in (consolidation,
// consolidatie).
//
// # The graph
//
// A node has a primary parent and may contribute to further objectives. Each
// parent has a share of the node's money in basis points; the shares of a node
// sum to 10000, 0 included. The graph has no loop.
//
// # Leaves
//
// The leaves below n are the distinct actions without anything below them that
// are reached from n through primary parents and contributions, and whose state
// counts (drafts and abandoned actions do not). An action that is reached twice
// counts once; an action with sub-actions is no leaf.
package rollup

import (
	"slices"
	"strings"
)

// Whole is all of a node's money, in basis points; it is also a progress of 100 %.
const Whole = 10_000

// Unreported is the progress of a leaf that nobody reported on.
const Unreported = -1

// Share is the part of a node's money that goes to one parent, 0..Whole.
type Share struct {
	Parent int   // index of the node
	Points int64 // basis points
}

// Node is a node of the plan with what matters for sums.
type Node struct {
	Key      string  // breaks ties of cents, named in refusals; unique
	Parents  []Share // the primary parent first; none for a node at the top
	Action   bool    // a leaf when nothing is below it
	Counts   bool    // its state counts
	Progress int64   // of a leaf: 0..Whole, or Unreported
	Weight   int64   // of a leaf, ≥ 0
}

// InputError is a node that makes no sense. Reason is one of "parent",
// "duplicate", "shares", "share", "ancestor", "loop", "progress", "weight". Loop
// names a loop of nodes, the first one again at the end.
type InputError struct {
	Key    string
	Reason string
	Loop   []string
}

// Error names the node.
func (e *InputError) Error() string {
	if e.Reason == "loop" {
		return "rollup: loop: " + strings.Join(e.Loop, " → ")
	}
	return "rollup: " + e.Key + ": wrong " + e.Reason
}

// Graph is a checked plan. It is not safe for concurrent use.
type Graph struct {
	nodes    []Node
	children [][]int // primary and contributing
	rank     []int   // every node has a smaller rank than its parents
	seen     []int   // stamp of the walk that came by last
	walk     int
}

// New checks nodes and makes the graph. The nodes are kept, not copied. Errors:
// *InputError.
func New(nodes []Node) (*Graph, error) {
	g := &Graph{nodes: nodes, children: make([][]int, len(nodes)), rank: make([]int, len(nodes)), seen: make([]int, len(nodes))}
	for i, n := range nodes {
		if err := g.check(n); err != nil {
			return nil, err
		}
		for _, s := range n.Parents {
			g.children[s.Parent] = append(g.children[s.Parent], i)
		}
	}
	if err := g.order(); err != nil {
		return nil, err
	}
	return g, g.ancestors()
}

func (g *Graph) check(n Node) error {
	var sum int64
	for i, s := range n.Parents {
		switch {
		case s.Parent < 0 || s.Parent >= len(g.nodes):
			return &InputError{Key: n.Key, Reason: "parent"}
		case s.Points < 0 || s.Points > Whole:
			return &InputError{Key: n.Key, Reason: "share"}
		case slices.ContainsFunc(n.Parents[:i], func(o Share) bool { return o.Parent == s.Parent }):
			return &InputError{Key: n.Key, Reason: "duplicate"}
		}
		sum += s.Points
	}
	switch {
	case len(n.Parents) > 0 && sum != Whole:
		return &InputError{Key: n.Key, Reason: "shares"}
	case n.Progress < Unreported || n.Progress > Whole:
		return &InputError{Key: n.Key, Reason: "progress"}
	case n.Weight < 0:
		return &InputError{Key: n.Key, Reason: "weight"}
	}
	return nil
}

// order ranks the nodes, children before parents, or names a loop.
func (g *Graph) order() error {
	waits := make([]int, len(g.nodes))
	var queue []int
	for i, list := range g.children {
		if waits[i] = len(list); waits[i] == 0 {
			queue = append(queue, i)
		}
	}
	for at := 0; at < len(queue); at++ {
		g.rank[queue[at]] = at
		for _, s := range g.nodes[queue[at]].Parents {
			if waits[s.Parent]--; waits[s.Parent] == 0 {
				queue = append(queue, s.Parent)
			}
		}
	}
	if len(queue) == len(g.nodes) {
		return nil
	}
	return g.loop(waits)
}

// loop walks down from a node that waits, always to a child that waits too,
// until it comes round.
func (g *Graph) loop(waits []int) error {
	at := slices.IndexFunc(waits, func(w int) bool { return w > 0 })
	var path []int
	for !slices.Contains(path, at) {
		path = append(path, at)
		next := slices.IndexFunc(g.children[at], func(c int) bool { return waits[c] > 0 })
		at = g.children[at][next]
	}
	var keys []string
	for _, i := range path[slices.Index(path, at):] {
		keys = append(keys, g.nodes[i].Key)
	}
	if i := slices.Index(keys, slices.Min(keys)); i > 0 {
		keys = append(keys[i:], keys[:i]...)
	}
	return &InputError{Key: keys[0], Reason: "loop", Loop: append(keys, keys[0])}
}

// ancestors refuses contributions to a node's own ancestor: it has the node's
// money already.
func (g *Graph) ancestors() error {
	for _, n := range g.nodes {
		for i := 1; i < len(n.Parents); i++ {
			for at := n.Parents[0].Parent; ; at = g.nodes[at].Parents[0].Parent {
				if at == n.Parents[i].Parent {
					return &InputError{Key: n.Key, Reason: "ancestor"}
				}
				if len(g.nodes[at].Parents) == 0 {
					break
				}
			}
		}
	}
	return nil
}

// Reported gives the graph with other progress and weights of some leaves, by
// place: all else stays, and is shared.
func (g *Graph) Reported(leaves map[int]Node) *Graph {
	after := *g
	after.nodes, after.seen, after.walk = slices.Clone(g.nodes), make([]int, len(g.nodes)), 0
	for i, n := range leaves {
		after.nodes[i].Progress, after.nodes[i].Weight = n.Progress, n.Weight
	}
	return &after
}

// IsLeaf tells whether a node counts as a leaf of what is above it.
func (g *Graph) IsLeaf(i int) bool {
	return g.nodes[i].Action && g.nodes[i].Counts && len(g.children[i]) == 0
}

// Leaves are the distinct leaves below a node, itself when it is one, in the
// order of their indexes.
func (g *Graph) Leaves(i int) []int {
	g.walk++
	list := g.below(i, nil)
	slices.Sort(list)
	return list
}

func (g *Graph) below(i int, list []int) []int {
	if g.seen[i] == g.walk {
		return list
	}
	g.seen[i] = g.walk
	if g.IsLeaf(i) {
		list = append(list, i)
	}
	for _, child := range g.children[i] {
		list = g.below(child, list)
	}
	return list
}

// Above are the nodes above one, nearest first, itself included.
func (g *Graph) Above(i int) []int {
	g.walk++
	g.seen[i] = g.walk
	list := []int{i}
	for at := 0; at < len(list); at++ {
		for _, s := range g.nodes[list[at]].Parents {
			if g.seen[s.Parent] != g.walk {
				g.seen[s.Parent] = g.walk
				list = append(list, s.Parent)
			}
		}
	}
	slices.SortFunc(list, func(a, b int) int { return g.rank[a] - g.rank[b] })
	return list
}
