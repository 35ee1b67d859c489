package rollup

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"beffroi/internal/platform/money"
)

func leaf(key string, progress, weight int64, parents ...Share) Node {
	return Node{Key: key, Parents: parents, Action: true, Counts: true, Progress: progress, Weight: weight}
}

func group(key string, parents ...Share) Node {
	return Node{Key: key, Parents: parents, Counts: true, Progress: Unreported}
}

func all(parent int) Share { return Share{parent, Whole} }

func graph(t testing.TB, nodes []Node) *Graph {
	t.Helper()
	g, err := New(nodes)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

type fataler interface {
	Helper()
	Fatal(args ...any)
}

func sums(t fataler, g *Graph, lines []Line) []money.Cents {
	t.Helper()
	s, err := g.Sums(1, lines)
	if err != nil {
		t.Fatal(err)
	}
	return s[0]
}

// Two objectives below one, an action that serves both.
func shared() []Node {
	return []Node{group("OS.1"), group("OO.1.1", all(0)), group("OO.1.2", all(0)),
		leaf("A.1", 5000, 1, Share{1, 6667}, Share{2, 3333}), leaf("A.2", Unreported, 1, all(1)), leaf("A.3", 10000, 2, all(2))}
}

func TestProgressCountsDistinctLeaves(t *testing.T) {
	g := graph(t, shared())
	for i, want := range map[int]struct{ value, coverage string }{
		0: {"5/6", "3/4"}, // (1·50 % + 2·100 %) / 3; three of four
		1: {"1/2", "1/2"}, 2: {"5/6", "1/1"}, 3: {"1/2", "1/1"}, 4: {"nil", "0/1"},
	} {
		p := g.Progress(i)
		value := "nil"
		if p.Value != nil {
			value = p.Value.String()
		}
		if value != want.value || p.Coverage.String() != want.coverage {
			t.Errorf("%s: %s, coverage %s; want %v", g.nodes[i].Key, value, p.Coverage, want)
		}
	}
	if got := g.Total(); got.Value.Cmp(g.Progress(0).Value) != 0 || got.Leaves != 3 {
		t.Errorf("all leaves: %+v", got)
	}
	p := g.Progress(0)
	if p.Leaves != 3 || p.Reported != 2 || len(p.Terms) != 3 || p.Terms[0] != (Term{3, 1, 5000}) {
		t.Errorf("%+v", p)
	}
	if points, known := p.Points(5000); points != 8333 || !known {
		t.Errorf("%d %t", points, known)
	}
	if _, known := p.Points(7501); known {
		t.Error("three quarters are enough for a threshold above")
	}
}

func TestWhatDoesNotCount(t *testing.T) {
	nodes := shared()
	nodes[3].Counts = false                                   // a draft
	nodes = append(nodes, leaf("SA.2.1", 2500, 0, all(4)))    // A.2 is no leaf any more
	nodes = append(nodes, group("OO.1.3", all(0)))            // an empty objective is no action
	nodes = append(nodes, leaf("A.4", Unreported, 0, all(7))) // weights of zero fall back to equal ones
	nodes = append(nodes, leaf("A.5", 4000, 0, all(7)))
	g := graph(t, nodes)
	if got := g.Leaves(0); !slices.Equal(got, []int{5, 6, 8, 9}) {
		t.Errorf("leaves %v", got)
	}
	if p := g.Progress(7); p.Value.String() != "2/5" || p.Coverage.String() != "1/2" {
		t.Errorf("equal weights: %+v", p)
	}
	if p := graph(t, []Node{group("x")}).Progress(0); p.Value != nil || p.Coverage.Sign() != 0 {
		t.Errorf("nothing: %+v", p)
	}
}

func TestMoney(t *testing.T) {
	g := graph(t, shared())
	got := sums(t, g, []Line{{Node: 3, Amount: 100}, {Node: 4, Amount: 1}, {Node: 1, Amount: 5}, {Node: 0, Amount: 7}})
	if want := []money.Cents{113, 73, 33, 100, 1, 0}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	nodes := shared()
	nodes[3].Counts = false
	if got := sums(t, graph(t, nodes), []Line{{Node: 3, Amount: 100}}); !slices.Equal(got, []money.Cents{0, 0, 0, 100, 0, 0}) {
		t.Errorf("the money of a draft is shown at the draft only: %v", got)
	}
	if _, err := g.Sums(1, []Line{{Node: 4, Amount: 1 << 62}, {Node: 5, Amount: 1 << 62}}); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("overflow: %v", err)
	}
	flow, err := g.Flow(3, 100)
	if err != nil || !slices.Equal(flow, []Line{{Node: 3, Amount: 100}, {Node: 1, Amount: 67}, {Node: 2, Amount: 33}, {Node: 0, Amount: 100}}) {
		t.Errorf("%v %v", flow, err)
	}
}

func TestRefused(t *testing.T) {
	for want, nodes := range map[string][]Node{
		"parent":    {group("a", all(5))},
		"share":     {group("a"), group("b", Share{0, -1})},
		"shares":    {group("a"), group("b", Share{0, 9999})},
		"duplicate": {group("a"), group("b", Share{0, 5000}, Share{0, 5000})},
		"progress":  {leaf("a", 10001, 1)},
		"weight":    {leaf("a", 0, -1)},
		"ancestor":  {group("a"), group("b", all(0)), leaf("c", 0, 0, Share{1, 5000}, Share{0, 5000})},
		"loop":      {group("b", all(1)), group("a", all(2)), group("c", all(0))},
	} {
		_, err := New(nodes)
		e, ok := errors.AsType[*InputError](err)
		if !ok || e.Reason != want {
			t.Errorf("%s: %v", want, err)
		}
		if want == "loop" && strings.Join(e.Loop, " ") != "a b c a" {
			t.Errorf("the loop is %v", e.Loop)
		}
	}
}

func TestAdjust(t *testing.T) {
	got, ok := Adjust(3, []Share{{9, 2000}, {5, 0}})
	if !ok || !slices.Equal(got, []Share{{3, 8000}, {5, 0}, {9, 2000}}) {
		t.Errorf("%v %t", got, ok)
	}
	if _, ok := Adjust(3, []Share{{9, 8000}, {5, 2001}}); ok {
		t.Error("more than the whole")
	}
}

// drawPlan draws a plan of up to four levels; a node below the top has one to
// three parents of the level above.
func drawPlan(t *rapid.T) []Node {
	levels := rapid.IntRange(2, 4).Draw(t, "levels")
	var nodes []Node
	var above []int
	for level := range levels {
		var here []int
		for range rapid.IntRange(1, 4).Draw(t, "count") {
			n := group(fmt.Sprintf("n%02d", len(nodes)))
			if level == levels-1 {
				n = leaf(n.Key, rapid.Int64Range(Unreported, Whole).Draw(t, "progress"), rapid.Int64Range(0, 1<<40).Draw(t, "weight"))
				n.Counts = rapid.IntRange(0, 4).Draw(t, "counts") > 0
			}
			n.Parents = drawShares(t, above)
			here = append(here, len(nodes))
			nodes = append(nodes, n)
		}
		above = here
	}
	return nodes
}

func drawShares(t *rapid.T, above []int) []Share {
	if len(above) == 0 {
		return nil
	}
	parents := rapid.Permutation(above).Draw(t, "parents")[:rapid.IntRange(1, min(3, len(above))).Draw(t, "links")]
	rest := int64(Whole)
	var shares []Share
	for _, p := range parents[1:] {
		points := rapid.Int64Range(0, rest).Draw(t, "points")
		rest -= points
		shares = append(shares, Share{p, points})
	}
	return append([]Share{{parents[0], rest}}, shares...)
}

func drawLines(t *rapid.T, nodes []Node) (lines []Line) {
	for range rapid.IntRange(1, 6).Draw(t, "lines") {
		lines = append(lines, Line{Node: rapid.IntRange(0, len(nodes)-1).Draw(t, "node"), Amount: money.Cents(rapid.Int64Range(-1_000_000, 1_000_000).Draw(t, "amount"))})
	}
	return lines
}

// Money is neither made nor lost, nor counted twice: the nodes at the top have
// what counts; each node has its own and what its children give; and what one
// line gives a node is within a cent a step of its exact portion.
func TestMoneyIsConserved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := drawPlan(t)
		lines := drawLines(t, nodes)
		g, err := New(nodes)
		if err != nil {
			t.Fatal(err)
		}
		got := sums(t, g, lines)
		var top, want money.Cents
		for i, n := range nodes {
			if len(n.Parents) == 0 {
				top += got[i]
			}
		}
		for _, l := range lines {
			if nodes[l.Node].Counts || len(nodes[l.Node].Parents) == 0 {
				want += l.Amount
			}
			for i := range nodes {
				near(t, g, l, i)
			}
		}
		if top != want {
			t.Fatalf("at the top %d, counting lines %d", top, want)
		}
	})
}

// near holds the cents of one line against its exact portion.
func near(t *rapid.T, g *Graph, l Line, to int) {
	if !g.nodes[l.Node].Counts {
		return
	}
	got := sums(t, g, []Line{l})[to]
	portion := g.Portion(l.Node, to)
	exact := new(big.Rat).Mul(portion, big.NewRat(int64(l.Amount), 1))
	gap := exact.Sub(exact, big.NewRat(int64(got), 1))
	if gap.Abs(gap).Cmp(big.NewRat(9, 1)) >= 0 || portion.Cmp(big.NewRat(1, 1)) > 0 {
		t.Fatalf("%d of %s at %s, exact %s", got, g.nodes[l.Node].Key, g.nodes[to].Key, exact)
	}
	if max(got, -got) > max(l.Amount, -l.Amount) {
		t.Fatalf("%d of a line of %d", got, l.Amount)
	}
}

// same compares progress and money of nodes by key.
func same(t *rapid.T, a, b *Graph, linesA, linesB []Line, keys func(string) bool) {
	t.Helper()
	sumsA, sumsB := sums(t, a, linesA), sums(t, b, linesB)
	for i, n := range a.nodes {
		j := slices.IndexFunc(b.nodes, func(o Node) bool { return o.Key == n.Key })
		if j < 0 || !keys(n.Key) {
			continue
		}
		p, q := a.Progress(i), b.Progress(j)
		if (p.Value == nil) != (q.Value == nil) || p.Value != nil && p.Value.Cmp(q.Value) != 0 || p.Coverage.Cmp(q.Coverage) != 0 {
			t.Fatalf("%s: progress %v of %v, then %v of %v", n.Key, p.Value, p.Coverage, q.Value, q.Coverage)
		}
		if sumsA[i] != sumsB[j] {
			t.Fatalf("%s: money %d, then %d", n.Key, sumsA[i], sumsB[j])
		}
	}
}

func every(string) bool { return true }

// Law: the order of nodes and of children does not matter.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := drawPlan(t)
		lines := drawLines(t, nodes)
		order := make([]int, len(nodes))
		for i := range order {
			order[i] = i
		}
		order = rapid.Permutation(order).Draw(t, "order") // new place → old
		moved := make([]Node, len(nodes))
		place := func(old int) int { return slices.Index(order, old) }
		for i, old := range order {
			moved[i] = nodes[old]
			moved[i].Parents = nil
			for _, s := range nodes[old].Parents {
				moved[i].Parents = append(moved[i].Parents, Share{place(s.Parent), s.Points})
			}
		}
		var movedLines []Line
		for _, l := range slices.Backward(lines) {
			movedLines = append(movedLines, Line{Node: place(l.Node), Amount: l.Amount})
		}
		same(t, must(New(nodes)), must(New(moved)), lines, movedLines, every)
	})
}

func must(g *Graph, err error) *Graph {
	if err != nil {
		panic(err)
	}
	return g
}

// Law: a leaf cut in two with the same progress, its weight shared between both,
// changes nothing above; read backwards, merging equal leaves changes nothing.
func TestSplittingALeafChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := drawPlan(t)
		i := len(nodes) - 1
		nodes[i].Weight = max(nodes[i].Weight, 1)
		lines := drawLines(t, nodes)
		cut := slices.Clone(nodes)
		cut[i].Weight = rapid.Int64Range(0, nodes[i].Weight).Draw(t, "part")
		twin := cut[i]
		twin.Key, twin.Weight = "twin", nodes[i].Weight-cut[i].Weight
		cut = append(cut, twin)
		same(t, must(New(nodes)), must(New(cut)), lines, lines, func(key string) bool { return key != nodes[i].Key })
	})
}

// Law: adding a contribution with a share of zero moves no money at all, and no
// progress but that of the objective that gained the leaf and of those above.
func TestZeroShareMovesNoMoney(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := drawPlan(t)
		lines := drawLines(t, nodes)
		i := len(nodes) - 1
		more := slices.Clone(nodes)
		more = append(more, group("new"))
		more[i].Parents = append(slices.Clone(nodes[i].Parents), Share{len(nodes), 0})
		a, b := must(New(nodes)), must(New(more))
		same(t, a, b, lines, lines, every)
		if sums(t, b, lines)[len(nodes)] != 0 || b.Progress(len(nodes)).Leaves != len(b.Leaves(i)) {
			t.Fatal("a share of zero brings the leaf, and no money")
		}
	})
}

// Progress lies between the smallest and the greatest of the leaves that reported.
func TestProgressIsAMean(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := must(New(drawPlan(t)))
		for i := range g.nodes {
			p := g.Progress(i)
			low, high := int64(Whole), int64(0)
			for _, term := range p.Terms {
				if term.Progress != Unreported {
					low, high = min(low, term.Progress), max(high, term.Progress)
				}
			}
			if p.Value == nil {
				continue
			}
			if p.Value.Cmp(big.NewRat(low, Whole)) < 0 || p.Value.Cmp(big.NewRat(high, Whole)) > 0 || p.Coverage.Cmp(big.NewRat(1, 1)) > 0 {
				t.Fatalf("%s is not between %d and %d", p.Value, low, high)
			}
		}
	})
}

// Portions over the parents' top sum to one.
func TestPortion(t *testing.T) {
	g := graph(t, shared())
	for _, c := range []struct {
		from, to int
		want     string
	}{{3, 1, "6667/10000"}, {3, 0, "1/1"}, {3, 5, "0/1"}, {0, 3, "0/1"}, {3, 3, "1/1"}} {
		if got := g.Portion(c.from, c.to); got.String() != c.want {
			t.Errorf("%d to %d: %s, want %s", c.from, c.to, got, c.want)
		}
	}
}
