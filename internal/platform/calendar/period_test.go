package calendar_test

import (
	"testing"

	"beffroi/internal/platform/calendar"

	"pgregory.net/rapid"
)

func period(from, to string) (p calendar.Period) {
	if from != "" {
		p.From = day(from)
	}
	if to != "" {
		p.To = day(to)
	}
	return p
}

func TestContainsBothEnds(t *testing.T) {
	term := period("2018-12-03", "2024-12-01")
	for d, want := range map[string]bool{
		"2018-12-02": false, "2018-12-03": true, "2021-06-30": true, "2024-12-01": true, "2024-12-02": false,
	} {
		if term.Contains(day(d)) != want {
			t.Errorf("Contains(%s) = %v", d, !want)
		}
	}
	if term.Contains(calendar.Date{}) || period("", "").Contains(calendar.Date{}) {
		t.Error("an unset date is in no period")
	}
	if !period("2018-12-03", "").Contains(day("2200-12-31")) || !period("", "2018-12-03").Contains(day("1800-01-01")) {
		t.Error("an open end has no limit")
	}
}

func TestOverlaps(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b calendar.Period
		want bool
	}{
		{"share one day", period("2018-01-01", "2018-12-31"), period("2018-12-31", ""), true},
		{"follow each other", period("2018-01-01", "2018-12-31"), period("2019-01-01", ""), false},
		{"inside", period("2018-01-01", "2024-12-31"), period("2020-01-01", "2020-12-31"), true},
		{"both open at the end", period("2018-01-01", ""), period("2024-01-01", ""), true},
		{"always and a day", period("", ""), period("2020-01-01", "2020-01-01"), true},
		{"invalid inside", period("2018-01-01", "2024-12-31"), period("2020-02-01", "2020-01-01"), false},
	} {
		if c.a.Overlaps(c.b) != c.want || c.b.Overlaps(c.a) != c.want {
			t.Errorf("%s: %v and %v, want %v both ways", c.name, c.a, c.b, c.want)
		}
	}
}

// The rule by enumeration: overlapping is having a day in common.
func TestOverlapIsACommonDay(t *testing.T) {
	const first, last = 10, 30
	at := func(n int) calendar.Date {
		if n < first || n > last {
			return calendar.Date{}
		}
		return day("2026-01-01").AddDays(n)
	}
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) calendar.Date { return at(rapid.IntRange(first-3, last+3).Draw(t, label)) }
		a := calendar.Period{From: draw("a.From"), To: draw("a.To")}
		b := calendar.Period{From: draw("b.From"), To: draw("b.To")}
		common, some := false, false
		for n := range last + 10 {
			d := day("2026-01-01").AddDays(n)
			common = common || a.Contains(d) && b.Contains(d)
			some = some || a.Contains(d)
		}
		if a.Valid() != some {
			t.Fatalf("Valid(%v) = %v, but it has a day: %v", a, a.Valid(), some)
		}
		if a.Overlaps(b) != common {
			t.Fatalf("%v overlaps %v = %v, but a common day: %v", a, b, a.Overlaps(b), common)
		}
	})
}
