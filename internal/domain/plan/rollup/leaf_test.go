package rollup

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"beffroi/internal/platform/calendar"
)

func day(s string) calendar.Date {
	if s == "" {
		return calendar.Date{}
	}
	return calendar.MustParse(s)
}

func TestByMilestones(t *testing.T) {
	for _, c := range []struct {
		steps []Step
		want  int64
	}{{nil, Unreported}, {[]Step{{1, true}, {3, false}}, 2500}, {[]Step{{0, true}, {0, false}, {0, false}}, 3333}, {[]Step{{5, true}}, Whole}, {[]Step{{2, false}, {0, true}}, 0}} {
		if got := ByMilestones(c.steps); got != c.want {
			t.Errorf("%v: %d, want %d", c.steps, got, c.want)
		}
	}
}

func TestExpected(t *testing.T) {
	w := calendar.NewWorkdays()
	// Two weeks from Monday 16 November 2026: ten working days.
	p := calendar.Period{From: day("2026-11-16"), To: day("2026-11-27")}
	for on, want := range map[string]int64{"2026-11-15": 0, "2026-11-16": 1000, "2026-11-20": 5000, "2026-11-22": 5000, "2026-11-26": 9000, "2026-11-27": Whole, "2027-01-01": Whole} {
		if got := Expected(p, day(on), w); got != want {
			t.Errorf("%s: %d, want %d", on, got, want)
		}
	}
	weekend := calendar.Period{From: day("2026-11-21"), To: day("2026-11-22")}
	if Expected(weekend, day("2026-11-21"), w) != 0 || Expected(weekend, day("2026-11-22"), w) != Whole {
		t.Error("a weekend is expected on its last day")
	}
	for _, p := range []calendar.Period{{}, {From: day("2026-11-16")}, {From: day("2026-11-16"), To: day("2026-11-01")}} {
		if Expected(p, day("2026-11-20"), w) != Unreported {
			t.Errorf("%v", p)
		}
	}
}

func TestFlags(t *testing.T) {
	today := day("2026-11-23")
	sound := Facts{Started: true, Planned: calendar.Period{From: day("2026-01-01"), To: day("2026-12-31")}, Progress: 8000, Expected: 9000, Reported: day("2026-11-01"), StaleAfter: 90, Running: true, Piloted: true, Complete: true}
	for name, c := range map[string]struct {
		change func(*Facts)
		want   Flags
	}{
		"sound":                      {func(*Facts) {}, Flags{}},
		"late":                       {func(f *Facts) { f.Planned.To = day("2026-11-22") }, Flags{Late: true}},
		"last day":                   {func(f *Facts) { f.Planned.To = today }, Flags{}},
		"done":                       {func(f *Facts) { f.Planned.To, f.Done, f.Piloted = day("2026-11-22"), true, false }, Flags{}},
		"not begun":                  {func(f *Facts) { f.Started = false }, Flags{StartLate: true}},
		"begins today":               {func(f *Facts) { f.Started, f.Planned.From = false, today }, Flags{}},
		"foreseen late":              {func(f *Facts) { f.Forecast = day("2027-01-01") }, Flags{AtRisk: true}},
		"foreseen in time":           {func(f *Facts) { f.Forecast = f.Planned.To }, Flags{}},
		"fifteen points behind":      {func(f *Facts) { f.Progress = 7500 }, Flags{}},
		"more than that":             {func(f *Facts) { f.Progress = 7499 }, Flags{AtRisk: true}},
		"unknown progress":           {func(f *Facts) { f.Progress = Unreported }, Flags{}},
		"silent for 90 days":         {func(f *Facts) { f.Reported = day("2026-08-25") }, Flags{}},
		"silent for 91 days":         {func(f *Facts) { f.Reported = day("2026-08-24") }, Flags{Stale: true}},
		"silent for ever":            {func(f *Facts) { f.Reported = day("") }, Flags{Stale: true}},
		"silent, not running":        {func(f *Facts) { f.Reported, f.Running = day(""), false }, Flags{}},
		"nobody answers":             {func(f *Facts) { f.Piloted = false }, Flags{Orphan: true}},
		"incomplete, even when done": {func(f *Facts) { f.Complete, f.Done = false, true }, Flags{Incomplete: true}},
	} {
		f := sound
		c.change(&f)
		if got := f.Flags(today); got != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func rat(s string) *big.Rat {
	if s == "" {
		return nil
	}
	r, _ := new(big.Rat).SetString(s)
	return r
}

func text(r *big.Rat) string {
	if r == nil {
		return ""
	}
	return r.RatString()
}

func TestRateOf(t *testing.T) {
	for _, c := range []struct {
		d                       Direction
		baseline, value, target string
		raw, clamped            string
	}{
		{Up, "10", "15", "20", "1/2", "1/2"}, {Up, "10", "25", "20", "3/2", "1"}, {Up, "10", "5", "20", "-1/2", "0"},
		{Down, "20", "15", "10", "1/2", "1/2"}, {Down, "20", "5", "10", "3/2", "1"}, {Down, "20", "30", "10", "-1", "0"},
		{Up, "20", "20", "20", "1", "1"}, {Up, "20", "19", "20", "0", "0"}, {Up, "30", "25", "20", "1", "1"},
		{Down, "10", "10", "10", "1", "1"}, {Down, "10", "11", "10", "0", "0"}, {Down, "5", "8", "10", "1", "1"}, {Down, "5", "12", "10", "0", "0"},
		{Up, "", "15", "20", "", ""}, {Up, "10", "", "20", "", ""}, {Up, "10", "15", "", "", ""},
	} {
		if got := RateOf(c.d, rat(c.baseline), rat(c.value), rat(c.target)); text(got.Raw) != c.raw || text(got.Value) != c.clamped {
			t.Errorf("%+v: %s, %s", c, text(got.Raw), text(got.Value))
		}
	}
	for value, want := range map[string]string{"9": "0", "10": "1", "15": "1", "20": "1", "21": "0", "": ""} {
		if got := RateOfBand(rat("10"), rat(value), rat("20")); text(got.Value) != want {
			t.Errorf("band, %s: %s", value, text(got.Value))
		}
	}
}

// A falling indicator is a rising one seen in a mirror.
func TestRateIsSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) *big.Rat {
			return big.NewRat(rapid.Int64Range(-50, 50).Draw(t, name), rapid.Int64Range(1, 9).Draw(t, name))
		}
		b, v, a := draw("baseline"), draw("value"), draw("target")
		neg := func(r *big.Rat) *big.Rat { return new(big.Rat).Neg(r) }
		up, down := RateOf(Up, b, v, a), RateOf(Down, neg(b), neg(v), neg(a))
		if up.Raw.Cmp(down.Raw) != 0 || up.Value.Sign() < 0 || up.Value.Cmp(big.NewRat(1, 1)) > 0 {
			t.Fatalf("%s and %s", up.Raw, down.Raw)
		}
	})
}

func TestCompose(t *testing.T) {
	for _, c := range []struct {
		list  []Weighted
		value string
		known int
		of    int
	}{
		{nil, "", 0, 0}, {[]Weighted{{rat("1/2"), 1}, {rat("1"), 3}}, "7/8", 2, 2}, {[]Weighted{{rat("1/2"), 1}, {nil, 3}}, "", 1, 2},
		{[]Weighted{{rat("1/2"), 1}, {nil, 0}}, "1/2", 1, 1},
	} {
		if got := Compose(c.list); text(got.Value) != c.value || got.Known != c.known || got.Expected != c.of {
			t.Errorf("%v: %+v", c.list, got)
		}
	}
	if ByRates([]Weighted{{rat("2/3"), 1}}) != 6667 || ByRates(nil) != Unreported {
		t.Error("progress by rates")
	}
}

func TestPool(t *testing.T) {
	for want, list := range map[string][]Ratio{
		"1/2": {{rat("1"), rat("4")}, {rat("5"), rat("8")}}, "": {{rat("1"), rat("4")}, {nil, rat("8")}},
	} {
		if got := Pool(list); text(got) != want {
			t.Errorf("%s, want %s", text(got), want)
		}
	}
	if Pool(nil) != nil || Pool([]Ratio{{rat("1"), rat("0")}}) != nil {
		t.Error("a division by zero has a result")
	}
}

func TestPoints(t *testing.T) {
	for r, want := range map[string]int64{"1/3": 3333, "2/3": 6667, "1/20000": 1, "-1/20000": -1, "-1/3": -3333, "1": Whole, "3/2": 15000} {
		if got := Points(rat(r)); got != want {
			t.Errorf("%s: %d, want %d", r, got, want)
		}
	}
}
