package rollup

import (
	"cmp"
	"math/big"
	"slices"

	"beffroi/internal/platform/money"
)

// Line is an amount that a node has of its own. Class is what the caller sums
// apart (a year, a stage), a small number from 0 on.
type Line struct {
	Node   int
	Class  int
	Amount money.Cents
}

// Sums adds up lines: the amount of each class for each node, as [class][node].
//
// A line belongs to its node whole. If the node's state counts, it flows on to
// the node's parents by their shares, cut to the cent by largest remainder with
// ties to the smaller key, and from each parent on to the next. What comes
// together again is added: a node never has more of a line than the line, and
// the nodes at the top have together all of it, to the cent. Errors:
// money.ErrOverflow.
func (g *Graph) Sums(classes int, lines []Line) ([][]money.Cents, error) {
	sums := make([][]money.Cents, classes)
	for c := range sums {
		sums[c] = make([]money.Cents, len(g.nodes))
	}
	for _, l := range lines {
		if err := g.flow(sums[l.Class], l); err != nil {
			return nil, err
		}
	}
	return sums, nil
}

// Flow is what one amount of a node gives to it and to every node above it, from
// the node on upwards.
func (g *Graph) Flow(node int, amount money.Cents) ([]Line, error) {
	above := g.Above(node)
	sum := make([]money.Cents, len(g.nodes))
	if err := g.flow(sum, Line{Node: node, Amount: amount}); err != nil {
		return nil, err
	}
	list := make([]Line, len(above))
	for k, i := range above {
		list[k] = Line{Node: i, Amount: sum[i]}
	}
	return list, nil
}

// flow adds a line to the sums of its node and of those above.
func (g *Graph) flow(sum []money.Cents, l Line) (err error) {
	if !g.nodes[l.Node].Counts {
		sum[l.Node], err = sum[l.Node].Add(l.Amount)
		return err
	}
	pending := []Line{l}
	for len(pending) > 0 {
		at := g.lowest(pending)
		now := pending[at]
		pending = slices.Delete(pending, at, at+1)
		if sum[now.Node], err = sum[now.Node].Add(now.Amount); err != nil {
			return err
		}
		if pending, err = g.pass(pending, now); err != nil {
			return err
		}
	}
	return nil
}

// lowest finds what must flow next: all that flows into it has arrived.
func (g *Graph) lowest(pending []Line) int {
	at := 0
	for i := range pending {
		if g.rank[pending[i].Node] < g.rank[pending[at].Node] {
			at = i
		}
	}
	return at
}

// pass splits what a node has of a line between its parents.
func (g *Graph) pass(pending []Line, now Line) ([]Line, error) {
	parents := g.nodes[now.Node].Parents
	parts := []money.Cents{now.Amount}
	if len(parents) > 1 {
		var err error
		if parts, err = g.split(now.Amount, parents); err != nil {
			return nil, err
		}
	}
	for i, s := range parents {
		if at := slices.IndexFunc(pending, func(l Line) bool { return l.Node == s.Parent }); at >= 0 {
			pending[at].Amount += parts[i] // parts of one line never exceed it
		} else if parts[i] != 0 {
			pending = append(pending, Line{Node: s.Parent, Amount: parts[i]})
		}
	}
	return pending, nil
}

func (g *Graph) split(amount money.Cents, parents []Share) ([]money.Cents, error) {
	keys, weights := make([]string, len(parents)), make([]int64, len(parents))
	for i, s := range parents {
		keys[i], weights[i] = g.nodes[s.Parent].Key, s.Points
	}
	return money.SplitInt(amount, keys, weights)
}

// Portion is the exact share of a node's money that reaches a node above it:
// the sum over all paths of the products of their shares, 0..1. The cents of
// Sums come as near to it as cents can.
func (g *Graph) Portion(from, to int) *big.Rat {
	portions := map[int]*big.Rat{from: big.NewRat(1, 1)}
	for _, i := range g.Above(from) {
		for _, s := range g.nodes[i].Parents {
			part := new(big.Rat).Mul(portions[i], big.NewRat(s.Points, Whole))
			if sum := portions[s.Parent]; sum != nil {
				part.Add(part, sum)
			}
			portions[s.Parent] = part
		}
	}
	if p := portions[to]; p != nil {
		return p
	}
	return new(big.Rat)
}

// Adjust gives the shares of a node after contributions were changed: those
// wanted for the parents but the first, the rest to the primary parent, which
// stands first. ok is false when they are more than the whole.
func Adjust(primary int, contributions []Share) (shares []Share, ok bool) {
	rest := int64(Whole)
	for _, c := range contributions {
		rest -= c.Points
	}
	list := slices.SortedFunc(slices.Values(contributions), func(a, b Share) int { return cmp.Compare(a.Parent, b.Parent) })
	return append([]Share{{primary, rest}}, list...), rest >= 0
}
