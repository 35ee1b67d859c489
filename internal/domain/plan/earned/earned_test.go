package earned

import (
	"errors"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"beffroi/internal/platform/money"
)

func text(r *big.Rat, decimals int) string {
	if r == nil {
		return "nil"
	}
	return r.FloatString(decimals)
}

// The worked example of the practice: a budget of 100,000, half planned, 40 %
// done, 45,000 spent.
func TestTextbook(t *testing.T) {
	v, err := Of([]Item{{Budget: 10_000_000, Planned: 5000, Done: 4000, Spent: 4_500_000}})
	if err != nil {
		t.Fatal(err)
	}
	if v.PV != 5_000_000 || v.EV != 4_000_000 || v.AC != 4_500_000 || v.SV != -1_000_000 || v.CV != -500_000 {
		t.Errorf("%+v", v)
	}
	if text(v.SPI, 3) != "0.800" || text(v.CPI, 3) != "0.889" || text(v.TCPI, 3) != "1.091" {
		t.Errorf("SPI %s CPI %s TCPI %s", text(v.SPI, 3), text(v.CPI, 3), text(v.TCPI, 3))
	}
	if *v.EAC != 11_250_000 || *v.ETC != 6_750_000 || *v.VAC != -1_250_000 {
		t.Errorf("EAC %s ETC %s VAC %s", v.EAC, v.ETC, v.VAC)
	}
}

func TestUnknownIsNeverInfinite(t *testing.T) {
	for name, c := range map[string]struct {
		items               []Item
		spi, cpi, tcpi, eac bool // known
	}{
		"nothing":             {nil, false, false, false, false},
		"not begun":           {[]Item{{Budget: 100}}, false, false, true, false},
		"nothing spent":       {[]Item{{Budget: 100, Planned: 5000, Done: 5000}}, true, false, true, false},
		"spent, nothing done": {[]Item{{Budget: 100, Planned: 5000, Spent: 50}}, true, true, true, false},
		"spent to the end":    {[]Item{{Budget: 100, Planned: 5000, Done: 5000, Spent: 100}}, true, true, false, true},
		"without a budget":    {[]Item{{Planned: 5000, Done: 5000, Spent: 10}}, false, true, true, false},
		"early":               {[]Item{{Budget: 100, Done: 5000, Spent: 10}}, false, true, true, true},
	} {
		v, err := Of(c.items)
		if err != nil || (v.SPI != nil) != c.spi || (v.CPI != nil) != c.cpi || (v.TCPI != nil) != c.tcpi || (v.EAC != nil) != c.eac {
			t.Errorf("%s: %+v %v", name, v, err)
		}
	}
	for _, bad := range []Item{{Budget: -1}, {Planned: 10001}, {Done: -1}} {
		if _, err := Of([]Item{bad}); !errors.Is(err, ErrInput) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if _, err := Of([]Item{{Budget: 1 << 62}, {Budget: 1 << 62}}); !errors.Is(err, money.ErrOverflow) {
		t.Error(err)
	}
}

// A cent is rounded once, for the whole: three thirds of a cent are a cent.
func TestRoundsOnce(t *testing.T) {
	v, err := Of([]Item{{Budget: 1, Done: 3334}, {Budget: 1, Done: 3333}, {Budget: 1, Done: 3333}})
	if err != nil || v.EV != 1 {
		t.Errorf("%d %v", v.EV, err)
	}
}

// Worked out by hand on a curve of four periods.
func TestEarnedSchedule(t *testing.T) {
	curve := []money.Cents{100, 300, 600, 1000}
	for _, c := range []struct {
		ev          money.Cents
		passed      int
		es, sv, spi string
	}{
		{0, 2, "0.00", "-2.00", "0.00"}, {50, 2, "0.50", "-1.50", "0.25"}, {100, 1, "1.00", "0.00", "1.00"}, {450, 3, "2.50", "-0.50", "0.83"},
		{450, 2, "2.50", "0.50", "1.25"}, {1000, 4, "4.00", "0.00", "1.00"}, {1000, 6, "4.00", "-2.00", "0.67"}, {450, 0, "2.50", "2.50", "nil"},
	} {
		s, err := ScheduleOf(curve, c.ev, c.passed)
		if err != nil || text(s.ES, 2) != c.es || text(s.SV, 2) != c.sv || text(s.SPI, 2) != c.spi {
			t.Errorf("%+v: %s %s %s %v", c, text(s.ES, 2), text(s.SV, 2), text(s.SPI, 2), err)
		}
	}
	for _, empty := range [][]money.Cents{nil, {0, 0}} {
		if s, err := ScheduleOf(empty, 5, 1); err != nil || s.ES != nil {
			t.Errorf("%v: %v", s, err)
		}
	}
	if _, err := ScheduleOf([]money.Cents{5, 4}, 1, 1); !errors.Is(err, ErrInput) {
		t.Error("a planned value that falls is taken")
	}
}

// When the work goes as planned, to the day and to the cent, all indexes are 1.
func TestOnPlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var items []Item
		for range rapid.IntRange(1, 8).Draw(t, "items") {
			done := rapid.Int64Range(1, 100).Draw(t, "done") * 100
			budget := money.Cents(rapid.Int64Range(1, 1_000_000).Draw(t, "budget") * 100)
			items = append(items, Item{Budget: budget, Planned: done, Done: done, Spent: budget / 100 * money.Cents(done/100)})
		}
		v, err := Of(items)
		one := big.NewRat(1, 1)
		if err != nil || v.SV != 0 || v.CV != 0 || v.SPI.Cmp(one) != 0 || v.CPI.Cmp(one) != 0 || *v.EAC != v.BAC || *v.VAC != 0 {
			t.Fatalf("%+v %v", v, err)
		}
	})
}

// The earned schedule of the curve's own points is their number.
func TestScheduleOfTheCurveItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var curve []money.Cents
		sum := money.Cents(0)
		for range rapid.IntRange(1, 12).Draw(t, "periods") {
			sum += money.Cents(rapid.Int64Range(1, 1000).Draw(t, "step"))
			curve = append(curve, sum)
		}
		k := rapid.IntRange(1, len(curve)).Draw(t, "period")
		s, err := ScheduleOf(curve, curve[k-1], k)
		if err != nil || s.ES.Cmp(big.NewRat(int64(k), 1)) != 0 || s.SPI.Cmp(big.NewRat(1, 1)) != 0 {
			t.Fatalf("%v %v", s, err)
		}
	})
}
