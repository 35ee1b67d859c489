package site

import (
	"testing"

	"pgregory.net/rapid"

	"beffroi/internal/ground/ledger"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/money"
)

func explained(int, ledger.Kind, ledger.Measure) string { return "/ledger/explain" }

func TestLatestYearIsTheLastWholeOne(t *testing.T) {
	sums := []ledger.Sum{
		{Year: 2026, Kind: ledger.Works, Measure: ledger.EurCents, Amount: 5_00},
		{Year: 2025, Kind: ledger.Works, Measure: ledger.EurCents, Amount: 70_00},
		{Year: 2025, Kind: ledger.Grant, Measure: ledger.EurCents, Amount: 30_00},
		{Year: 2025, Kind: ledger.Hours, Measure: ledger.InHours, Amount: 12},
		{Year: 2022, Kind: ledger.Grant, Measure: ledger.EurCents, Amount: 1_00},
	}
	m := moneyOf(sums, sums, calendar.MustParse("2026-11-23"), explained)
	if m.Latest != 2025 || !m.Partial || m.Total != 100_00 || m.Whole != 100_00 {
		t.Errorf("latest %d, partial %t, total %d, whole %d", m.Latest, m.Partial, m.Total, m.Whole)
	}
	if len(m.Years) != 5 || m.Years[1].Year != 2023 || m.Years[1].Total != 0 {
		t.Errorf("a year without money is shown as nothing: %v", m.Years)
	}
	if len(m.Kinds) != 2 || m.Kinds[0].Kind != ledger.Works || len(m.InKind) != 1 {
		t.Errorf("kinds %v, in kind %v", m.Kinds, m.InKind)
	}
	ended := moneyOf(sums, sums, calendar.MustParse("2026-12-31"), explained)
	if ended.Latest != 2026 || ended.Partial {
		t.Errorf("on the last day the year is whole: %d, %t", ended.Latest, ended.Partial)
	}
	if none := moneyOf(nil, nil, calendar.MustParse("2026-11-23"), explained); none.Latest != 0 || len(none.Years) != 0 {
		t.Errorf("without entries: %+v", none)
	}
}

// The kinds of the latest year are the total, and each year's kinds that year's.
func TestKindsMakeTheTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sums := rapid.SliceOf(rapid.Custom(func(t *rapid.T) ledger.Sum {
			return ledger.Sum{Year: rapid.IntRange(2015, 2026).Draw(t, "year"), Kind: rapid.SampledFrom(ledger.Kinds()).Draw(t, "kind"),
				Measure: ledger.EurCents, Amount: rapid.Int64Range(-1e12, 1e12).Draw(t, "amount")}
		})).Draw(t, "sums")
		m := moneyOf(sums, sums, calendar.MustParse("2026-06-30"), explained)
		var kinds money.Cents
		for _, k := range m.Kinds {
			kinds += money.Cents(k.Amount)
		}
		if kinds != m.Total || m.Total != m.Whole {
			t.Fatalf("kinds %d, total %d, whole %d", kinds, m.Total, m.Whole)
		}
		for _, y := range m.Years {
			var sum money.Cents
			for _, v := range y.Kinds {
				sum += v
			}
			if sum != y.Total {
				t.Fatalf("%d: kinds %d, total %d", y.Year, sum, y.Total)
			}
		}
	})
}

func TestPerHead(t *testing.T) {
	for _, c := range []struct {
		amount      money.Cents
		inhabitants int64
		want        money.Cents
		ok          bool
	}{{100, 3, 33, true}, {200, 3, 67, true}, {-200, 3, -67, true}, {50, 100, 1, true}, {49, 100, 0, true}, {100, 0, 0, false}} {
		if got, ok := perHead(c.amount, c.inhabitants); got != c.want || ok != c.ok {
			t.Errorf("%d cents among %d: %d %t, want %d %t", c.amount, c.inhabitants, got, ok, c.want, c.ok)
		}
	}
}

func TestColoursAreKeptForTheLargest(t *testing.T) {
	order := ledger.Kinds()
	for i, k := range order {
		want := min(i+1, 5)
		if got := category(order, k); got != want {
			t.Errorf("%s has colour %d, want %d", k, got, want)
		}
	}
	if got := category(order[:5], order[4]); got != 5 {
		t.Errorf("the fifth of five has colour %d", got)
	}
}

func TestSizeClasses(t *testing.T) {
	for n, want := range map[int64]int{0: 0, 4_999: 0, 5_000: 1, 19_999: 2, 20_000: 3, 200_000: 4} {
		if got := sizeClass(n); got != want {
			t.Errorf("%d inhabitants: class %d, want %d", n, got, want)
		}
	}
}
