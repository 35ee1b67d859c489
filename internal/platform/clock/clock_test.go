package clock_test

import (
	"testing"
	"time"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
)

func TestTodayIsTheDayInBrussels(t *testing.T) {
	for utc, want := range map[string]string{
		"2026-11-22T22:59:59Z": "2026-11-22", // winter, UTC+1
		"2026-11-22T23:00:00Z": "2026-11-23",
		"2026-07-20T21:59:59Z": "2026-07-20", // summer, UTC+2
		"2026-07-20T22:00:00Z": "2026-07-21",
		"2026-12-31T23:30:00Z": "2027-01-01",
	} {
		at, err := time.Parse(time.RFC3339, utc)
		if err != nil {
			t.Fatal(err)
		}
		if got := clock.Today(clock.Fixed(at)); got != calendar.MustParse(want) {
			t.Errorf("at %s it is %v, want %s", utc, got, want)
		}
	}
}

func TestFixedIsUTC(t *testing.T) {
	at := time.Date(2026, 11, 23, 15, 0, 0, 0, clock.Brussels())
	got := clock.Fixed(at).Now()
	if !got.Equal(at) || got.Location() != time.UTC || got.Hour() != 14 {
		t.Errorf("Now = %v, want 14:00 UTC", got)
	}
}

func TestSystemIsNowInUTC(t *testing.T) {
	before := time.Now()
	got := clock.System().Now()
	if got.Before(before) || got.Sub(before) > time.Minute || got.Location() != time.UTC {
		t.Errorf("Now = %v, the machine says %v", got, before)
	}
}

func TestBrusselsKnowsItsHistory(t *testing.T) {
	for instant, want := range map[string]int{
		"1976-07-01T00:00:00Z": 3600, // no summer time between 1946 and 1977
		"1977-07-01T00:00:00Z": 7200,
		"2026-01-01T00:00:00Z": 3600,
		"2026-07-01T00:00:00Z": 7200,
	} {
		at, err := time.Parse(time.RFC3339, instant)
		if err != nil {
			t.Fatal(err)
		}
		if _, offset := at.In(clock.Brussels()).Zone(); offset != want {
			t.Errorf("%s: %d s ahead of UTC, want %d", instant, offset, want)
		}
	}
}
