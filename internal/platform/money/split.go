package money

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"math/bits"
	"slices"
)

// The reasons why a total cannot be split.
var (
	ErrNoWeight       = errors.New("the weights sum to zero")
	ErrNegativeWeight = errors.New("negative weight")
	ErrDuplicateCode  = errors.New("duplicate code")
	ErrLengths        = errors.New("as many weights as codes are needed")
)

// Part is one beneficiary of a split: Code names it and breaks ties, Weight (≥ 0,
// nil counts as 0) is its exact share relative to the others.
type Part struct {
	Code   string
	Weight *big.Rat
}

// Split shares total between parts in proportion to their weights, by largest
// remainder (Hamilton's method): each part gets its exact share rounded down,
// then the cents left go one by one to the largest remainders, ties to the
// smaller Code. The result is in the order of parts, and sums exactly to total.
// Each share is less than one cent away from the exact one; a greater weight never gets
// less; the order of parts does not matter; Split(-total) is -Split(total).
//
// Hamilton's method is not house-monotone: one cent more in total may take a cent
// from one part (the Alabama paradox). Accounts accept this, seats would not.
//
// Errors: ErrNoWeight, ErrNegativeWeight, ErrDuplicateCode.
func Split(total Cents, parts []Part) ([]Cents, error) {
	codes := make([]string, len(parts))
	weights, sum, err := wholeWeights(parts)
	if err != nil {
		return nil, err
	}
	for i, p := range parts {
		codes[i] = p.Code
	}
	if err := unique(codes); err != nil {
		return nil, err
	}
	amount := new(big.Int).SetUint64(total.abs())
	floors := make([]uint64, len(parts))
	rests := make([]*big.Int, len(parts))
	for i, w := range weights {
		q, r := new(big.Int).QuoRem(w.Mul(w, amount), sum, new(big.Int))
		floors[i], rests[i] = q.Uint64(), r
	}
	order := byRemainder(codes, func(i, j int) int { return rests[i].Cmp(rests[j]) })
	return settle(total, floors, order), nil
}

// SplitInt is Split for whole weights (inhabitants, hours), without big numbers.
// The same errors, and ErrLengths, and ErrOverflow if the weights sum beyond 64 bits.
func SplitInt(total Cents, codes []string, weights []int64) ([]Cents, error) {
	if len(codes) != len(weights) {
		return nil, ErrLengths
	}
	sum, err := sumWeights(codes, weights)
	if err != nil {
		return nil, err
	}
	if err := unique(codes); err != nil {
		return nil, err
	}
	floors := make([]uint64, len(codes))
	rests := make([]uint64, len(codes))
	for i, w := range weights {
		// hi ≤ w/2 < sum, because total is at most 2⁶³ and w ≤ sum, as Div64 requires.
		hi, lo := bits.Mul64(total.abs(), uint64(w))
		floors[i], rests[i] = bits.Div64(hi, lo, sum)
	}
	order := byRemainder(codes, func(i, j int) int { return cmp.Compare(rests[i], rests[j]) })
	return settle(total, floors, order), nil
}

// wholeWeights brings the weights to one denominator, which then plays no part.
func wholeWeights(parts []Part) (weights []*big.Int, sum *big.Int, err error) {
	common, zero, sum := big.NewInt(1), new(big.Rat), new(big.Int)
	for _, p := range parts {
		if p.Weight != nil {
			gcd := new(big.Int).GCD(nil, nil, common, p.Weight.Denom())
			common.Mul(common, gcd.Quo(p.Weight.Denom(), gcd))
		}
	}
	for _, p := range parts {
		w := cmp.Or(p.Weight, zero)
		if w.Sign() < 0 {
			return nil, nil, fmt.Errorf("%s: %w", p.Code, ErrNegativeWeight)
		}
		whole := new(big.Int).Quo(common, w.Denom())
		weights = append(weights, whole.Mul(whole, w.Num()))
		sum.Add(sum, whole)
	}
	if sum.Sign() == 0 {
		return nil, nil, ErrNoWeight
	}
	return weights, sum, nil
}

func sumWeights(codes []string, weights []int64) (sum uint64, err error) {
	var carry uint64
	for i, w := range weights {
		if w < 0 {
			return 0, fmt.Errorf("%s: %w", codes[i], ErrNegativeWeight)
		}
		if sum, carry = bits.Add64(sum, uint64(w), 0); carry != 0 {
			return 0, ErrOverflow
		}
	}
	if sum == 0 {
		return 0, ErrNoWeight
	}
	return sum, nil
}

// unique refuses equal codes: a tie between them would depend on their order.
func unique(codes []string) error {
	seen := make(map[string]bool, len(codes))
	for _, c := range codes {
		if seen[c] {
			return fmt.Errorf("%s: %w", c, ErrDuplicateCode)
		}
		seen[c] = true
	}
	return nil
}

// byRemainder returns the parts' indexes, largest remainder first, ties by code.
func byRemainder(codes []string, compare func(i, j int) int) []int {
	order := make([]int, len(codes))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(compare(j, i), cmp.Compare(codes[i], codes[j]))
	})
	return order
}

// settle hands out the cents that rounding down left, then restores the sign.
// No share exceeds total in magnitude, so each fits in Cents.
func settle(total Cents, floors []uint64, order []int) []Cents {
	left := total.abs()
	for _, f := range floors {
		left -= f
	}
	for _, i := range order[:left] {
		floors[i]++
	}
	shares := make([]Cents, len(floors))
	for i, f := range floors {
		if shares[i] = Cents(f); total < 0 {
			shares[i] = Cents(-f)
		}
	}
	return shares
}
