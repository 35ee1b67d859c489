// Package earned is earned value management on ordinary budget data: what should
// have been done by a day, what was done, and what it cost (valeur acquise,
// verdiende waarde).
//
// All of it is about one frozen baseline. Amounts are exact until they are
// rounded to the cent, once, half away from zero. A number whose denominator is
// zero is nil: unknown, never infinite.
//
// Sources: Practice Standard for Earned Value Management, PMI; W. Lipke,
// "Schedule is Different", 2003, for the earned schedule.
package earned

import (
	"errors"
	"math/big"

	"beffroi/internal/platform/money"
)

// Whole is a progress of 100 %, in basis points.
const Whole = 10_000

// Item is a piece of work of the baseline.
type Item struct {
	Budget  money.Cents // at completion, ≥ 0
	Planned int64       // of it by the day, basis points
	Done    int64       // of it by the day, basis points
	Spent   money.Cents // booked by the day
}

// ErrInput is wrapped by the errors about items and curves that make no sense.
var ErrInput = errors.New("earned value needs budgets of 0 or more, progress from 0 to 10000 and a planned value that never falls")

// Value is the earned value of a set of items on a day. Pointers are nil when the
// number has no meaning.
type Value struct {
	BAC, PV, EV, AC money.Cents // budget at completion, planned, earned, actual
	SV, CV          money.Cents // schedule and cost variance: EV − PV, EV − AC
	SPI, CPI        *big.Rat    // EV / PV, EV / AC
	EAC, ETC, VAC   *money.Cents
	TCPI            *big.Rat // (BAC − EV) / (BAC − AC)
}

// Of computes the earned value of items.
func Of(items []Item) (Value, error) {
	pv, ev := new(big.Rat), new(big.Rat)
	var v Value
	var err error
	for _, i := range items {
		if i.Budget < 0 || i.Planned < 0 || i.Planned > Whole || i.Done < 0 || i.Done > Whole {
			return Value{}, ErrInput
		}
		if v.BAC, err = v.BAC.Add(i.Budget); err != nil {
			return Value{}, err
		}
		if v.AC, err = v.AC.Add(i.Spent); err != nil {
			return Value{}, err
		}
		pv.Add(pv, part(i.Budget, i.Planned))
		ev.Add(ev, part(i.Budget, i.Done))
	}
	v.PV, _ = cents(pv) // at most BAC, which fits
	v.EV, _ = cents(ev)
	v.SV, v.CV = v.EV-v.PV, v.EV-v.AC
	return v.indexes(pv, ev), nil
}

func part(budget money.Cents, points int64) *big.Rat {
	n := new(big.Int).Mul(big.NewInt(int64(budget)), big.NewInt(points))
	return new(big.Rat).SetFrac(n, big.NewInt(Whole))
}

// indexes fills what divides; pv and ev are exact.
func (v Value) indexes(pv, ev *big.Rat) Value {
	ac, bac := new(big.Rat).SetInt64(int64(v.AC)), new(big.Rat).SetInt64(int64(v.BAC))
	v.SPI, v.CPI = ratio(ev, pv), ratio(ev, ac)
	v.TCPI = ratio(new(big.Rat).Sub(bac, ev), new(big.Rat).Sub(bac, ac))
	if v.CPI == nil || v.CPI.Sign() == 0 {
		return v
	}
	if eac, ok := cents(new(big.Rat).Quo(bac, v.CPI)); ok {
		etc, vac := eac-v.AC, v.BAC-eac
		v.EAC, v.ETC, v.VAC = &eac, &etc, &vac
	}
	return v
}

func ratio(n, d *big.Rat) *big.Rat {
	if d.Sign() == 0 {
		return nil
	}
	return new(big.Rat).Quo(n, d)
}

// cents rounds half away from zero; ok is false beyond 64 bits.
func cents(r *big.Rat) (c money.Cents, ok bool) {
	n, two := new(big.Int).Mul(r.Num(), big.NewInt(2)), big.NewInt(2)
	half := new(big.Int).Set(r.Denom())
	if n.Sign() < 0 {
		half.Neg(half)
	}
	n.Add(n, half).Quo(n, two.Mul(two, r.Denom()))
	return money.Cents(n.Int64()), n.IsInt64()
}

// Schedule is the earned schedule: time in place of money.
type Schedule struct {
	ES  *big.Rat // periods in which the plan meant to have earned this much; nil without a plan
	SV  *big.Rat // ES − periods passed
	SPI *big.Rat // ES / periods passed
}

// ScheduleOf places the earned value ev on the curve of the planned value: curve
// holds the cumulative planned value at the end of each period, passed is how many
// periods have gone. ES = C + (EV − PV_C) / (PV_C+1 − PV_C), where C is the number
// of the last period whose planned value is earned; all periods when everything
// is. A curve that falls is ErrInput.
func ScheduleOf(curve []money.Cents, ev money.Cents, passed int) (Schedule, error) {
	before, c := money.Cents(0), 0
	for i, pv := range curve {
		if pv < before {
			return Schedule{}, ErrInput
		}
		if pv <= ev {
			c = i + 1
		}
		before = pv
	}
	if len(curve) == 0 || before == 0 || ev < 0 {
		return Schedule{}, nil
	}
	es := big.NewRat(int64(c), 1)
	if c < len(curve) {
		start := money.Cents(0)
		if c > 0 {
			start = curve[c-1]
		}
		es.Add(es, big.NewRat(int64(ev-start), int64(curve[c]-start)))
	}
	at := big.NewRat(int64(passed), 1)
	return Schedule{ES: es, SV: new(big.Rat).Sub(es, at), SPI: ratio(es, at)}, nil
}
