package calendar_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"beffroi/internal/platform/calendar"

	"pgregory.net/rapid"
)

func day(s string) calendar.Date { return calendar.MustParse(s) }

func TestNewRefusesDaysThatDoNotExist(t *testing.T) {
	for _, c := range []struct {
		year, month, day int
		ok               bool
	}{
		{2026, 11, 23, true}, {1800, 1, 1, true}, {2200, 12, 31, true}, {2024, 2, 29, true}, {2000, 2, 29, true},
		{1799, 12, 31, false}, {2201, 1, 1, false}, {2023, 2, 29, false}, {1900, 2, 29, false},
		{2026, 4, 31, false}, {2026, 0, 1, false}, {2026, 13, 1, false}, {2026, 1, 0, false}, {2026, 1, 32, false},
		{2026, -1, 1, false}, {2026, 257, 1, false}, {67562, 11, 23, false},
	} {
		d, err := calendar.New(c.year, time.Month(c.month), c.day)
		if (err == nil) != c.ok {
			t.Errorf("New(%d, %d, %d): error %v, want ok %v", c.year, c.month, c.day, err, c.ok)
		}
		if err != nil && (!errors.Is(err, calendar.ErrDate) || !d.IsZero()) {
			t.Errorf("New(%d, %d, %d) = %v, %v; want the zero Date and ErrDate", c.year, c.month, c.day, d, err)
		}
		if err == nil && (d.Year() != c.year || int(d.Month()) != c.month || d.Day() != c.day) {
			t.Errorf("New(%d, %d, %d) = %v", c.year, c.month, c.day, d)
		}
	}
}

func TestParse(t *testing.T) {
	if d, err := calendar.Parse("2026-11-23"); err != nil || d.String() != "2026-11-23" {
		t.Errorf("Parse = %v, %v", d, err)
	}
	for _, bad := range []string{"", "2026-11-2", "2026-11-233", "2026/11/23", "23-11-2026", "+026-11-23", "2026-1a-23",
		"2026-11--3", "2026-02-30", "１２３-", strings.Repeat("9", 5000)} {
		_, err := calendar.Parse(bad)
		if !errors.Is(err, calendar.ErrDate) {
			t.Errorf("Parse(%.20q): %v, want ErrDate", bad, err)
		} else if len(err.Error()) > 200 {
			t.Errorf("Parse(%.20q): error of %d bytes", bad, len(err.Error()))
		}
	}
}

func TestMustParsePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic on a bad table entry")
		}
	}()
	calendar.MustParse("2026-13-01")
}

func TestArithmetic(t *testing.T) {
	for _, c := range []struct{ name, got, want string }{
		{"leap day", day("2024-02-28").AddDays(1).String(), "2024-02-29"},
		{"back over a year", day("2026-01-01").AddDays(-1).String(), "2025-12-31"},
		{"summer time changes no day", day("2026-03-28").AddDays(2).String(), "2026-03-30"},
		{"clamped month", day("2026-01-31").AddMonths(1).String(), "2026-02-28"},
		{"clamped leap month", day("2024-01-31").AddMonths(1).String(), "2024-02-29"},
		{"year back", day("2024-02-29").AddMonths(-12).String(), "2023-02-28"},
		{"over December", day("2026-11-30").AddMonths(3).String(), "2027-02-28"},
		{"back to December", day("2026-01-15").AddMonths(-1).String(), "2025-12-15"},
		{"days stop at the end", day("2200-12-31").AddDays(1 << 62).String(), "2200-12-31"},
		{"days stop at the beginning", day("1800-01-01").AddDays(-1 << 62).String(), "1800-01-01"},
		{"months stop at the end", day("2200-12-01").AddMonths(1 << 62).String(), "2200-12-31"},
		{"months stop at the beginning", day("1800-01-15").AddMonths(-1).String(), "1800-01-01"},
		{"end of year", day("2024-02-29").EndOfYear().String(), "2024-12-31"},
		{"unset plus days", calendar.Date{}.AddDays(3).String(), ""},
		{"unset plus months", calendar.Date{}.AddMonths(3).String(), ""},
		{"unset end of year", calendar.Date{}.EndOfYear().String(), ""},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
	if n := day("2026-11-23").DaysSince(day("2018-12-03")); n != 2912 {
		t.Errorf("DaysSince = %d, want 2912", n)
	}
	if n := day("2026-11-23").DaysSince(calendar.Date{}); n != 0 {
		t.Errorf("DaysSince unset = %d, want 0", n)
	}
}

func TestOfAndTime(t *testing.T) {
	west := time.FixedZone("west", -5*3600)
	at := time.Date(2026, 1, 1, 2, 0, 0, 0, time.UTC)
	if d := calendar.Of(at.In(west)); d != day("2025-12-31") {
		t.Errorf("Of keeps the day of the location: %v", d)
	}
	if got := day("2026-01-01").Time(west); !got.Equal(time.Date(2026, 1, 1, 5, 0, 0, 0, time.UTC)) {
		t.Errorf("Time = %v", got)
	}
	if !(calendar.Date{}).Time(west).IsZero() {
		t.Error("the zero Date has no instant")
	}
	if d := calendar.Of(time.Time{}); d != day("1800-01-01") {
		t.Errorf("Of(year 1) = %v, want the first accepted day", d)
	}
	if d := calendar.Of(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)); d != day("2200-12-31") {
		t.Errorf("Of(year 9999) = %v, want the last accepted day", d)
	}
}

func anyDate(t *rapid.T, label string) calendar.Date {
	return day("1800-01-01").AddDays(rapid.IntRange(0, 146462).Draw(t, label))
}

func TestOrderAndDistanceAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyDate(t, "a"), anyDate(t, "b")
		n := a.DaysSince(b)
		if b.AddDays(n) != a {
			t.Fatalf("%v + %d days = %v, want %v", b, n, b.AddDays(n), a)
		}
		if a.Compare(b) != max(-1, min(1, n)) || a.Before(b) != (n < 0) || a.After(b) != (n > 0) {
			t.Fatalf("order of %v and %v disagrees with %d days", a, b, n)
		}
		if strings.Compare(a.String(), b.String()) != a.Compare(b) {
			t.Fatalf("text order of %v and %v differs", a, b)
		}
		if got, err := calendar.Parse(a.String()); err != nil || got != a {
			t.Fatalf("Parse(%q) = %v, %v", a.String(), got, err)
		}
	})
}

func TestAddMonthsKeepsTheDayOrTheLastOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := day("1900-01-01").AddDays(rapid.IntRange(0, 73000).Draw(t, "day"))
		n := rapid.IntRange(-1000, 1000).Draw(t, "months")
		got := d.AddMonths(n)
		if steps := (got.Year()-d.Year())*12 + int(got.Month()-d.Month()); steps != n {
			t.Fatalf("%v + %d months = %v, %d months away", d, n, got, steps)
		}
		if got.Day() != d.Day() && (got.Day() > d.Day() || got.AddDays(1).Day() != 1) {
			t.Fatalf("%v + %d months = %v, neither the same day nor the last", d, n, got)
		}
	})
}

func TestJSON(t *testing.T) {
	type row struct {
		Day    calendar.Date   `json:"day"`
		Unset  calendar.Date   `json:"unset"`
		Period calendar.Period `json:"period"`
	}
	in := row{Day: day("2026-11-23"), Period: calendar.Period{From: day("2024-12-01")}}
	text, err := json.Marshal(in)
	if want := `{"day":"2026-11-23","unset":"","period":{"from":"2024-12-01"}}`; err != nil || string(text) != want {
		t.Fatalf("Marshal = %s, %v; want %s", text, err, want)
	}
	var out row
	if err := json.Unmarshal(text, &out); err != nil || out != in {
		t.Errorf("Unmarshal = %+v, %v", out, err)
	}
	if err := json.Unmarshal([]byte(`{"day":"2026-02-30"}`), &out); !errors.Is(err, calendar.ErrDate) {
		t.Errorf("Unmarshal of 30 February: %v", err)
	}
}

func TestDatabase(t *testing.T) {
	want := day("2026-11-23")
	for _, src := range []any{"2026-11-23", []byte("2026-11-23"), time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)} {
		var d calendar.Date
		if err := d.Scan(src); err != nil || d != want {
			t.Errorf("Scan(%T) = %v, %v", src, d, err)
		}
	}
	d := want
	if err := d.Scan(nil); err != nil || !d.IsZero() {
		t.Errorf("Scan(nil) = %v, %v", d, err)
	}
	for _, src := range []any{int64(20261123), "2026-11-23 00:00:00", time.Date(1600, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if err := new(calendar.Date).Scan(src); !errors.Is(err, calendar.ErrDate) {
			t.Errorf("Scan(%v): %v, want ErrDate", src, err)
		}
	}
	if v, err := want.Value(); err != nil || v != "2026-11-23" {
		t.Errorf("Value = %v, %v", v, err)
	}
	if v, err := (calendar.Date{}).Value(); err != nil || v != nil {
		t.Errorf("Value of the zero Date = %v, %v; want NULL", v, err)
	}
}

func FuzzParseDate(f *testing.F) {
	for _, seed := range []string{"2026-11-23", "1800-01-01", "2200-12-31", "2024-02-29", "", "0000-00-00", "2026-11-2 "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := calendar.Parse(s)
		if err != nil {
			if !d.IsZero() {
				t.Fatalf("Parse(%q) = %v with an error", s, d)
			}
			return
		}
		std, stdErr := time.Parse(time.DateOnly, s)
		if stdErr != nil || d.String() != s || calendar.Of(std) != d {
			t.Fatalf("Parse(%q) = %v; package time says %v, %v", s, d, std, stdErr)
		}
	})
}
