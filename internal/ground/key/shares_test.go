package key

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"beffroi/internal/platform/money"
)

// drawCriteria draws criteria over the same communes, each with some value, and
// weights that sum to 10000.
func drawCriteria(t *rapid.T) []Criterion {
	n := rapid.IntRange(1, 40).Draw(t, "communes")
	k := rapid.IntRange(1, 6).Draw(t, "criteria")
	left := int64(WholeWeight)
	list := make([]Criterion, k)
	for i := range list {
		w := left
		if i < k-1 {
			w = rapid.Int64Range(0, left).Draw(t, "weight")
		}
		left -= w
		list[i] = Criterion{Weight: w, Values: map[string]int64{}}
		for c := range n {
			list[i].Values[fmt.Sprintf("%05d", 51000+c)] = rapid.Int64Range(0, 1<<40).Draw(t, "value")
		}
		list[i].Values["51000"]++ // never all zero
	}
	return list
}

func TestSharesSumToOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shares, err := Shares(drawCriteria(t))
		if err != nil {
			t.Fatal(err)
		}
		sum := new(big.Rat)
		for _, s := range shares {
			if s.Sign() < 0 {
				t.Fatalf("a share of %s", s)
			}
			sum.Add(sum, s)
		}
		if sum.Cmp(big.NewRat(1, 1)) != 0 {
			t.Fatalf("the shares sum to %s", sum)
		}
	})
}

func TestAllocationIsExactAndFair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shares, err := Shares(drawCriteria(t))
		if err != nil {
			t.Fatal(err)
		}
		total := money.Cents(rapid.Int64().Draw(t, "total"))
		list, err := Allocate(total, shares)
		if err != nil {
			t.Fatal(err)
		}
		var sum money.Cents
		ranks := make([]int, 0, len(list))
		for _, p := range list {
			sum += p.Amount
			ranks = append(ranks, p.Rank)
			off := new(big.Rat).Sub(new(big.Rat).SetInt64(int64(p.Amount)), p.Exact)
			if off.Abs(off).Cmp(big.NewRat(1, 1)) >= 0 {
				t.Fatalf("%s is a cent or more off its exact share", p.Code)
			}
		}
		if sum != total {
			t.Fatalf("the portions sum to %d, not %d", sum, total)
		}
		slices.Sort(ranks)
		for i, r := range ranks {
			if r != i+1 {
				t.Fatalf("ranks %v", ranks)
			}
		}
		checkUp(t, list)
	})
}

// checkUp: the cents left over go to the first ranks and to nobody else.
func checkUp(t *rapid.T, list []Portion) {
	up := 0
	for _, p := range list {
		if p.Up {
			up++
		}
	}
	for _, p := range list {
		if p.Up != (p.Rank <= up) {
			t.Fatalf("%s has rank %d of %d cents left, up %v", p.Code, p.Rank, up, p.Up)
		}
	}
}

// The order in which criteria are given plays no part.
func TestSharesDoNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := drawCriteria(t)
		a, err := Shares(list)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Shares(rapid.Permutation(list).Draw(t, "order"))
		if err != nil {
			t.Fatal(err)
		}
		if !maps.EqualFunc(a, b, func(x, y *big.Rat) bool { return x.Cmp(y) == 0 }) {
			t.Fatal("another order gives other shares")
		}
	})
}

// Counting in other units (homogeneity of degree 0) changes no share.
func TestSharesDoNotDependOnUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := drawCriteria(t)
		a, err := Shares(list)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range list {
			factor := rapid.Int64Range(1, 1000).Draw(t, "factor")
			for code := range c.Values {
				c.Values[code] *= factor
			}
		}
		b, err := Shares(list)
		if err != nil {
			t.Fatal(err)
		}
		if !maps.EqualFunc(a, b, func(x, y *big.Rat) bool { return x.Cmp(y) == 0 }) {
			t.Fatal("another unit gives other shares")
		}
	})
}

// A divider gives what Allocate gives.
func TestDividersAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCriteria(t)[0]
		c.Weight = WholeWeight
		shares, err := Shares([]Criterion{c})
		if err != nil {
			t.Fatal(err)
		}
		total := money.Cents(rapid.Int64().Draw(t, "total"))
		list, err := Allocate(total, shares)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range []*Divider{NewDivider(shares), NewIntDivider(c.Values)} {
			amounts, err := d.Split(total)
			if err != nil {
				t.Fatal(err)
			}
			for i, a := range amounts {
				if a != list[i].Amount || d.Codes[i] != list[i].Code {
					t.Fatalf("%s: %d, not %d", d.Codes[i], a, list[i].Amount)
				}
			}
		}
	})
}

func TestSharesRefuse(t *testing.T) {
	ok := map[string]int64{"a": 1, "b": 2}
	for _, c := range []struct {
		name string
		list []Criterion
		want error
	}{
		{"weights below", []Criterion{{9999, ok}}, ErrWeights},
		{"weights above", []Criterion{{10000, ok}, {1, ok}}, ErrWeights},
		{"negative weight", []Criterion{{10001, ok}, {-1, ok}}, ErrWeights},
		{"negative value", []Criterion{{10000, map[string]int64{"a": 1, "b": -1}}}, ErrNegative},
		{"zero total", []Criterion{{5000, ok}, {5000, map[string]int64{"a": 0, "b": 0}}}, ErrZero},
		{"nobody", []Criterion{{10000, nil}}, ErrEmpty},
		{"no criterion", nil, ErrWeights},
	} {
		if _, err := Shares(c.list); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	_, err := Shares([]Criterion{{5000, ok}, {5000, map[string]int64{"a": 1}}})
	m, is := errors.AsType[*MissingError](err)
	if !is || m.Criterion != 1 || !slices.Equal(m.Codes, []string{"b"}) {
		t.Errorf("missing value: %v", err)
	}
	if _, err := EqualShares(nil); !errors.Is(err, ErrEmpty) {
		t.Errorf("equal among nobody: %v", err)
	}
}

func TestTwoCriteriaByHand(t *testing.T) {
	shares, err := Shares([]Criterion{
		{6000, map[string]int64{"a": 1, "b": 3}},  // 0.6 × 1/4, 0.6 × 3/4
		{4000, map[string]int64{"a": 50, "b": 0}}, // 0.4 × 1, 0
	})
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]*big.Rat{"a": big.NewRat(55, 100), "b": big.NewRat(45, 100)} {
		if shares[code].Cmp(want) != 0 {
			t.Errorf("%s = %s, want %s", code, shares[code], want)
		}
	}
}
