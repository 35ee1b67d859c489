package key

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"beffroi/internal/platform/money"
)

// WholeWeight is what the weights of a key sum to, in basis points.
const WholeWeight = 10_000

// The reasons why criteria give no shares.
var (
	ErrWeights  = errors.New("the weights do not sum to 10000")
	ErrNegative = errors.New("a value is negative")
	ErrZero     = errors.New("the values of a criterion sum to zero")
	ErrEmpty    = errors.New("no commune to divide between")
)

// MissingError names the communes that have no value in a criterion.
type MissingError struct {
	Criterion int // index, from 0
	Codes     []string
}

// Error lists the codes.
func (e *MissingError) Error() string {
	return fmt.Sprintf("criterion %d has no value for %s", e.Criterion+1, strings.Join(e.Codes, ", "))
}

// Criterion is one criterion with the value of each commune, by code. All
// criteria of a key must know the same communes. Weight is in basis points.
type Criterion struct {
	Weight int64
	Values map[string]int64
}

// Shares gives each commune its exact share; they sum to 1.
// Errors: ErrWeights, ErrNegative, ErrZero, ErrEmpty, *MissingError.
func Shares(criteria []Criterion) (map[string]*big.Rat, error) {
	codes, err := checkCriteria(criteria)
	if err != nil {
		return nil, err
	}
	shares := make(map[string]*big.Rat, len(codes))
	for _, code := range codes {
		shares[code] = new(big.Rat)
	}
	for k, c := range criteria {
		if c.Weight == 0 {
			continue // its values play no part, and may well sum to zero
		}
		sum := new(big.Int)
		for _, v := range c.Values {
			sum.Add(sum, big.NewInt(v))
		}
		if sum.Sign() == 0 {
			return nil, fmt.Errorf("criterion %d: %w", k+1, ErrZero)
		}
		whole := new(big.Int).Mul(sum, big.NewInt(WholeWeight))
		for _, code := range codes {
			part := new(big.Int).Mul(big.NewInt(c.Weight), big.NewInt(c.Values[code]))
			shares[code].Add(shares[code], new(big.Rat).SetFrac(part, whole))
		}
	}
	return shares, nil
}

// checkCriteria gives the codes of all criteria, in order.
func checkCriteria(criteria []Criterion) ([]string, error) {
	all := map[string]bool{}
	var weights int64
	for k, c := range criteria {
		if c.Weight < 0 || c.Weight > WholeWeight {
			return nil, ErrWeights
		}
		weights += c.Weight
		for code, v := range c.Values {
			if v < 0 {
				return nil, fmt.Errorf("criterion %d, %s: %w", k+1, code, ErrNegative)
			}
			all[code] = true
		}
	}
	if weights != WholeWeight {
		return nil, ErrWeights
	}
	if len(all) == 0 {
		return nil, ErrEmpty
	}
	codes := slices.Sorted(maps.Keys(all))
	for k, c := range criteria {
		if lacking := without(codes, c.Values); len(lacking) > 0 {
			return nil, &MissingError{Criterion: k, Codes: lacking}
		}
	}
	return codes, nil
}

func without(codes []string, values map[string]int64) (lacking []string) {
	for _, code := range codes {
		if _, ok := values[code]; !ok {
			lacking = append(lacking, code)
		}
	}
	return lacking
}

// EqualShares gives each code the same share. ErrEmpty without codes.
func EqualShares(codes []string) (map[string]*big.Rat, error) {
	if len(codes) == 0 {
		return nil, ErrEmpty
	}
	shares := make(map[string]*big.Rat, len(codes))
	for _, code := range codes {
		shares[code] = big.NewRat(1, int64(len(codes)))
	}
	return shares, nil
}

// Portion is what one commune gets of an amount, and why.
type Portion struct {
	Code   string
	Share  *big.Rat    // of the whole, exact
	Exact  *big.Rat    // Share × total, in cents
	Amount money.Cents // Exact cut to the cent, or one cent more
	Rank   int         // place by size of remainder, from 1; ties by code
	Up     bool        // got one of the cents left over
}

// Allocate divides a total by shares, largest remainder first, ties by code. The
// portions are in order of code and sum exactly to total.
func Allocate(total money.Cents, shares map[string]*big.Rat) ([]Portion, error) {
	codes := slices.Sorted(maps.Keys(shares))
	parts := make([]money.Part, len(codes))
	for i, code := range codes {
		parts[i] = money.Part{Code: code, Weight: shares[code]}
	}
	amounts, err := money.Split(total, parts)
	if err != nil {
		return nil, err
	}
	list := make([]Portion, len(codes))
	for i, code := range codes {
		list[i] = Portion{Code: code, Share: shares[code], Amount: amounts[i],
			Exact: new(big.Rat).Mul(shares[code], new(big.Rat).SetInt64(int64(total)))}
	}
	rank(list)
	return list, nil
}

// rank orders the portions by remainder, as the split did.
func rank(list []Portion) {
	rest := make([]*big.Rat, len(list))
	order := make([]int, len(list))
	for i, p := range list {
		size := new(big.Rat).Abs(p.Exact)
		floor := new(big.Int).Quo(size.Num(), size.Denom())
		rest[i], order[i] = new(big.Rat).Sub(size, new(big.Rat).SetInt(floor)), i
		got := new(big.Int).Abs(big.NewInt(int64(p.Amount)))
		list[i].Up = got.Cmp(floor) > 0
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(rest[b].Cmp(rest[a]), cmp.Compare(list[a].Code, list[b].Code)) })
	for at, i := range order {
		list[i].Rank = at + 1
	}
}

// Divider divides many amounts by the same shares. Whole weights, which single
// criteria and equal shares have, need no big numbers.
type Divider struct {
	Codes   []string // in order
	weights []int64
	parts   []money.Part
}

// NewDivider prepares shares.
func NewDivider(shares map[string]*big.Rat) *Divider {
	d := &Divider{Codes: slices.Sorted(maps.Keys(shares))}
	for _, code := range d.Codes {
		d.parts = append(d.parts, money.Part{Code: code, Weight: shares[code]})
	}
	return d
}

// NewIntDivider prepares whole weights by code.
func NewIntDivider(weights map[string]int64) *Divider {
	d := &Divider{Codes: slices.Sorted(maps.Keys(weights))}
	for _, code := range d.Codes {
		d.weights = append(d.weights, weights[code])
	}
	return d
}

// Split divides a total; the result is in the order of Codes and sums to it.
func (d *Divider) Split(total money.Cents) ([]money.Cents, error) {
	if d.weights != nil {
		return money.SplitInt(total, d.Codes, d.weights)
	}
	return money.Split(total, d.parts)
}
