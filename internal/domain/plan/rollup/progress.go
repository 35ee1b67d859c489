package rollup

import "math/big"

// Progress is how far the leaves below a node have come:
//
//	progress = Σ w·p / Σ w   over the leaves that reported
//	coverage = Σ w of those that reported / Σ w of all
//
// Weights that sum to zero are replaced by equal ones. Both are exact; rounding
// is for showing only.
type Progress struct {
	Value    *big.Rat // 0..1, nil when no leaf reported
	Coverage *big.Rat // 0..1, 0 without leaves
	Leaves   int
	Reported int
	Terms    []Term // one for each leaf: the whole explanation
}

// Term is the part of one leaf in a progress.
type Term struct {
	Node     int
	Weight   int64 // 1 where equal weights replace those that sum to zero
	Progress int64 // basis points, Unreported when unknown
}

// Progress computes the progress of a node.
func (g *Graph) Progress(i int) Progress { return g.over(g.Leaves(i)) }

// Total computes the progress of all leaves together.
func (g *Graph) Total() Progress {
	var leaves []int
	for i := range g.nodes {
		if g.IsLeaf(i) {
			leaves = append(leaves, i)
		}
	}
	return g.over(leaves)
}

func (g *Graph) over(leaves []int) Progress {
	p := Progress{Coverage: new(big.Rat), Leaves: len(leaves), Terms: make([]Term, len(leaves))}
	equal := true
	for k, leaf := range leaves {
		n := g.nodes[leaf]
		p.Terms[k] = Term{leaf, n.Weight, n.Progress}
		equal = equal && n.Weight == 0
	}
	var done, known, all, x, y big.Int
	for k := range p.Terms {
		t := &p.Terms[k]
		if equal {
			t.Weight = 1
		}
		all.Add(&all, x.SetInt64(t.Weight))
		if t.Progress == Unreported {
			continue
		}
		p.Reported++
		known.Add(&known, &x)
		done.Add(&done, x.Mul(&x, y.SetInt64(t.Progress)))
	}
	if all.Sign() > 0 {
		p.Coverage.SetFrac(&known, &all)
	}
	if known.Sign() > 0 {
		p.Value = new(big.Rat).SetFrac(&done, new(big.Int).Mul(&known, big.NewInt(Whole)))
	}
	return p
}

// Points is the progress in basis points, rounded half away from zero; known is
// false when nobody reported, or when the coverage is below the threshold in
// basis points, so that a few early reports do not speak for all.
func (p Progress) Points(threshold int64) (points int64, known bool) {
	if p.Value == nil || Points(p.Coverage) < threshold {
		return 0, false
	}
	return Points(p.Value), true
}

// Points writes a ratio in basis points, rounded half away from zero.
func Points(r *big.Rat) int64 {
	n := new(big.Int).Mul(r.Num(), big.NewInt(2*Whole))
	d := new(big.Int).Mul(r.Denom(), big.NewInt(2))
	half := new(big.Int).Set(r.Denom())
	if n.Sign() < 0 {
		half.Neg(half)
	}
	return n.Add(n, half).Quo(n, d).Int64()
}
