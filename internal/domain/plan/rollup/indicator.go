package rollup

import "math/big"

// Direction is where an indicator should go.
type Direction string

// The directions.
const (
	Up   Direction = "up"
	Down Direction = "down"
	Hold Direction = "hold" // stay between two values
)

// Rate is how much of the way from baseline to target an indicator has come:
// 100 × (value − baseline) / (target − baseline) for both ways. Where baseline
// and target leave no way to go, it is all or nothing. Raw may be below 0 or
// above 1 and is shown beside the clamped Value. Either is nil when a number is
// missing. Source: the French State's PILOTE, indic_ta.
type Rate struct {
	Raw   *big.Rat
	Value *big.Rat // 0..1
}

// RateOf computes the rate of an indicator that goes up or down; nil numbers are
// unknown.
func RateOf(d Direction, baseline, value, target *big.Rat) Rate {
	if baseline == nil || value == nil || target == nil {
		return Rate{}
	}
	way := target.Cmp(baseline)
	if d == Down {
		way = -way
	}
	if way <= 0 { // there is already what is aimed at
		reached := value.Cmp(target)
		if d == Down {
			reached = -reached
		}
		return whole(reached >= 0)
	}
	raw := new(big.Rat).Sub(value, baseline)
	raw.Quo(raw, new(big.Rat).Sub(target, baseline))
	return Rate{Raw: raw, Value: clamp(raw)}
}

// RateOfBand is 1 inside the band, both ends included, and 0 outside.
func RateOfBand(low, value, high *big.Rat) Rate {
	if low == nil || value == nil || high == nil {
		return Rate{}
	}
	return whole(value.Cmp(low) >= 0 && value.Cmp(high) <= 0)
}

func whole(reached bool) Rate {
	r := new(big.Rat)
	if reached {
		r.SetInt64(1)
	}
	return Rate{Raw: r, Value: r}
}

func clamp(r *big.Rat) *big.Rat {
	one := big.NewRat(1, 1)
	switch {
	case r.Sign() < 0:
		return new(big.Rat)
	case r.Cmp(one) > 0:
		return one
	}
	return r
}

// Weighted is a rate with its weight among others.
type Weighted struct {
	Rate   *big.Rat // nil when unknown
	Weight int64    // ≥ 0; 0 where it does not apply
}

// Composite is the rate of several indicators together, weights renormalised to
// those that apply. Value is nil unless all of those have a rate: Known of
// Expected is what to show then.
type Composite struct {
	Value           *big.Rat
	Known, Expected int
}

// Compose makes one rate of several.
func Compose(list []Weighted) Composite {
	var c Composite
	sum, all := new(big.Rat), new(big.Rat)
	for _, r := range list {
		if r.Weight <= 0 {
			continue
		}
		c.Expected++
		if r.Rate == nil {
			continue
		}
		c.Known++
		w := new(big.Rat).SetInt64(r.Weight)
		all.Add(all, w)
		sum.Add(sum, w.Mul(w, r.Rate))
	}
	if c.Expected > 0 && c.Known == c.Expected {
		c.Value = sum.Quo(sum, all)
	}
	return c
}

// Ratio is a value given as numerator and denominator, such as classes renovated
// of all classes.
type Ratio struct{ Numerator, Denominator *big.Rat }

// Pool aggregates ratios as sum of numerators over sum of denominators; nil when
// a part is unknown or the denominators sum to zero.
func Pool(list []Ratio) *big.Rat {
	n, d := new(big.Rat), new(big.Rat)
	for _, r := range list {
		if r.Numerator == nil || r.Denominator == nil {
			return nil
		}
		n.Add(n, r.Numerator)
		d.Add(d, r.Denominator)
	}
	if d.Sign() == 0 {
		return nil
	}
	return n.Quo(n, d)
}
