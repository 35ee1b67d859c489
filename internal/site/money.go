package site

import (
	"cmp"
	"slices"

	"beffroi/internal/ground/ledger"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/money"
)

// Money is what the Province spent for an area, in cents of euro.
type Money struct {
	Latest  int         `json:"latest_year"` // the last complete year with entries, 0 for none
	Years   []YearMoney `json:"years"`       // ascending
	Kinds   []KindMoney `json:"kinds"`       // of the latest year, largest first
	Total   money.Cents `json:"total_cents"` // of the latest year
	Whole   money.Cents `json:"province_total_cents"`
	InKind  []KindMoney `json:"in_kind,omitempty"` // hours and persons of the latest year
	Partial bool        `json:"partial"`           // the newest year is not over on the day asked for
}

// YearMoney is one year by kind.
type YearMoney struct {
	Year  int                         `json:"year"`
	Total money.Cents                 `json:"total_cents"`
	Kinds map[ledger.Kind]money.Cents `json:"kinds_cents"`
}

// KindMoney is one kind in the latest year. Amount is in cents for euros.
type KindMoney struct {
	Kind    ledger.Kind    `json:"kind"`
	Measure ledger.Measure `json:"measure"`
	Amount  int64          `json:"amount"`
	Whole   int64          `json:"province_amount"`
	Explain string         `json:"explain"`
}

// shownYears is how many years the picture holds.
const shownYears = 7

// moneyOf arranges the sums of an area and of the whole province.
func moneyOf(own, whole []ledger.Sum, asOf calendar.Date, explain func(year int, kind ledger.Kind, m ledger.Measure) string) Money {
	m := Money{Years: years(own, asOf)}
	for _, y := range m.Years {
		m.Partial = m.Partial || y.Year == asOf.Year() && asOf.Before(asOf.EndOfYear())
		if y.Year < asOf.Year() || !m.Partial {
			m.Latest = y.Year
		}
	}
	if m.Latest == 0 && len(m.Years) > 0 {
		m.Latest = m.Years[len(m.Years)-1].Year
	}
	for _, x := range whole {
		if x.Year == m.Latest && x.Measure == ledger.EurCents {
			m.Whole += money.Cents(x.Amount)
		}
	}
	for _, x := range own {
		if x.Year != m.Latest {
			continue
		}
		k := KindMoney{Kind: x.Kind, Measure: x.Measure, Amount: x.Amount, Whole: amountOf(whole, x), Explain: explain(x.Year, x.Kind, x.Measure)}
		if x.Measure == ledger.EurCents {
			m.Total += money.Cents(x.Amount)
			m.Kinds = append(m.Kinds, k)
		} else {
			m.InKind = append(m.InKind, k)
		}
	}
	slices.SortStableFunc(m.Kinds, func(a, b KindMoney) int { return cmp.Compare(b.Amount, a.Amount) })
	return m
}

func amountOf(list []ledger.Sum, like ledger.Sum) int64 {
	for _, x := range list {
		if x.Year == like.Year && x.Kind == like.Kind && x.Measure == like.Measure {
			return x.Amount
		}
	}
	return 0
}

// years gives the last years in euros, each present even when nothing was spent.
func years(own []ledger.Sum, asOf calendar.Date) []YearMoney {
	byYear := map[int]*YearMoney{}
	first, last := 0, 0
	for _, x := range own {
		if x.Measure != ledger.EurCents || x.Year > asOf.Year() {
			continue
		}
		y := byYear[x.Year]
		if y == nil {
			y = &YearMoney{Year: x.Year, Kinds: map[ledger.Kind]money.Cents{}}
			byYear[x.Year] = y
		}
		y.Kinds[x.Kind] += money.Cents(x.Amount)
		y.Total += money.Cents(x.Amount)
		if first == 0 || x.Year < first {
			first = x.Year
		}
		last = max(last, x.Year)
	}
	var list []YearMoney
	for year := max(first, last-shownYears+1); year <= last && last > 0; year++ {
		if y := byYear[year]; y != nil {
			list = append(list, *y)
		} else {
			list = append(list, YearMoney{Year: year, Kinds: map[ledger.Kind]money.Cents{}})
		}
	}
	return list
}

// order is the kinds by what they weigh over the shown years: the first four
// keep a colour of their own, the rest shares the fifth when there are more
// than five.
func (m Money) order() []ledger.Kind {
	sum := map[ledger.Kind]money.Cents{}
	for _, y := range m.Years {
		for k, v := range y.Kinds {
			sum[k] += v
		}
	}
	var list []ledger.Kind
	for _, k := range ledger.Kinds() {
		if sum[k] != 0 {
			list = append(list, k)
		}
	}
	slices.SortStableFunc(list, func(a, b ledger.Kind) int { return cmp.Compare(sum[b], sum[a]) })
	return list
}

// category is the colour, 1 to 5, of a kind in the pictures of a page.
func category(order []ledger.Kind, k ledger.Kind) int {
	i := slices.Index(order, k)
	if len(order) > 5 && i > 4 || i < 0 {
		i = 4
	}
	return i + 1
}

// perHead divides an amount by inhabitants, rounded half up to the cent; ok is
// false without inhabitants.
func perHead(amount money.Cents, inhabitants int64) (money.Cents, bool) {
	if inhabitants <= 0 {
		return 0, false
	}
	n := int64(amount)
	if n < 0 {
		return money.Cents(-((-n + inhabitants/2) / inhabitants)), true
	}
	return money.Cents((n + inhabitants/2) / inhabitants), true
}

// sizeBounds part the communes by inhabitants; a commune is compared with those
// of its class.
var sizeBounds = []int64{5_000, 10_000, 20_000, 50_000}

func sizeClass(inhabitants int64) int {
	for i, b := range sizeBounds {
		if inhabitants < b {
			return i
		}
	}
	return len(sizeBounds)
}
