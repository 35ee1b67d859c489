package calendar

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Dates of Easter as the observatories publish them, extremes included: 22 March
// (1818) and 25 April (1886, 1943, 2038).
func TestEaster(t *testing.T) {
	for _, day := range []string{"1818-03-22", "1886-04-25", "1943-04-25", "1961-04-02", "2000-04-23", "2019-04-21", "2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2038-04-25", "2100-03-28"} {
		want := MustParse(day)
		if got := Easter(want.Year()); got != want {
			t.Errorf("%d: %s, want %s", want.Year(), got, want)
		}
	}
	if !Easter(1799).IsZero() || !Easter(2201).IsZero() || Holidays(2201) != nil {
		t.Error("a year that is not accepted has an Easter")
	}
}

// The public holidays of 2026 as the federal administration publishes them.
func TestHolidays(t *testing.T) {
	var got []string
	for _, d := range Holidays(2026) {
		got = append(got, d.String())
	}
	want := []string{"2026-01-01", "2026-04-06", "2026-05-01", "2026-05-14", "2026-05-25", "2026-07-21", "2026-08-15", "2026-11-01", "2026-11-11", "2026-12-25"}
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

// 1 May 2008 was Labour Day and Ascension at once: nine days off, not ten.
func TestHolidaysThatMeet(t *testing.T) {
	list := slices.Compact(Holidays(2008))
	if len(list) != 9 || !slices.Contains(list, MustParse("2008-05-01")) {
		t.Errorf("%v", list)
	}
}

func TestWorkdays(t *testing.T) {
	w := NewWorkdays(MustParse("2026-12-28"))
	for day, want := range map[string]bool{
		"1800-01-01": false, "1800-01-02": true, "2026-11-20": true, "2026-11-21": false, "2026-11-11": false, "2026-12-24": true, "2026-12-25": false,
		"2026-12-28": false, "2026-12-29": true, "2200-12-31": true,
	} {
		if w.Is(MustParse(day)) != want {
			t.Errorf("%s: %t", day, !want)
		}
	}
	// 2026 has 261 days from Monday to Friday; eight holidays fall on them, and one closure.
	if n := w.Between(MustParse("2026-01-01"), MustParse("2026-12-31")); n != 252 {
		t.Errorf("%d working days in 2026", n)
	}
	if w.Is(Date{}) || w.Index(Date{}) != 0 || w.Between(Date{}, MustParse("2026-01-05")) != 0 || w.Between(MustParse("2026-01-06"), MustParse("2026-01-05")) != 0 {
		t.Error("days that are unset count")
	}
	if w.At(-1) != MustParse("1800-01-02") || w.At(1<<40) != MustParse("2200-12-31") {
		t.Error("indexes are not clamped")
	}
}

func TestWorkdaysAreCountedOneByOne(t *testing.T) {
	w := NewWorkdays()
	rapid.Check(t, func(t *rapid.T) {
		first := MustParse("1990-01-01").AddDays(rapid.IntRange(0, 30000).Draw(t, "first"))
		last := first.AddDays(rapid.IntRange(0, 400).Draw(t, "days"))
		n := 0
		for d := first; !d.After(last); d = d.AddDays(1) {
			weekday := d.Time(time.UTC).Weekday()
			if weekday != time.Saturday && weekday != time.Sunday && !slices.Contains(Holidays(d.Year()), d) {
				n++
			}
		}
		if got := w.Between(first, last); got != n {
			t.Fatalf("%s to %s: %d, counted %d", first, last, got, n)
		}
		next := first
		for !w.Is(next) {
			next = next.AddDays(1)
		}
		if got := w.At(w.Index(first)); got != next {
			t.Fatalf("the working day from %s on is %s, not %s", first, next, got)
		}
	})
}
