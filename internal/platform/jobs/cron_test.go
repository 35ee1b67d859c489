package jobs

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"beffroi/internal/platform/clock"
)

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestCronNext(t *testing.T) {
	for _, c := range []struct{ name, cron, after, want string }{
		{"every minute", "* * * * *", "2026-11-23T11:00:00+01:00", "2026-11-23T11:01:00+01:00"},
		{"within the minute", "* * * * *", "2026-11-23T11:00:59.9+01:00", "2026-11-23T11:01:00+01:00"},
		{"hourly", "7 * * * *", "2026-11-23T11:07:00+01:00", "2026-11-23T12:07:00+01:00"},
		{"daily, later today", "30 4 * * *", "2026-11-23T04:29:59+01:00", "2026-11-23T04:30:00+01:00"},
		{"daily, tomorrow", "30 4 * * *", "2026-11-23T04:30:00+01:00", "2026-11-24T04:30:00+01:00"},
		{"list and step", "0,30 8-18/5 * * *", "2026-11-23T08:30:00+01:00", "2026-11-23T13:00:00+01:00"},
		{"steps", "*/20 6 * * *", "2026-11-23T06:20:00+01:00", "2026-11-23T06:40:00+01:00"},
		{"weekday", "0 9 * * 1-5", "2026-11-20T09:00:00+01:00", "2026-11-23T09:00:00+01:00"},
		{"Sunday as 7", "0 9 * * 7", "2026-11-23T09:00:00+01:00", "2026-11-29T09:00:00+01:00"},
		{"Sunday as 0", "0 9 * * 0", "2026-11-23T09:00:00+01:00", "2026-11-29T09:00:00+01:00"},
		{"Friday to Sunday", "0 9 * * 5-7", "2026-11-28T09:00:00+01:00", "2026-11-29T09:00:00+01:00"},
		{"day or weekday", "0 0 1 * 5", "2026-11-23T00:00:00+01:00", "2026-11-27T00:00:00+01:00"},
		{"the day of day or weekday", "0 0 1 * 5", "2026-11-27T00:00:00+01:00", "2026-12-01T00:00:00+01:00"},
		{"month", "0 0 1 3 *", "2026-11-23T00:00:00+01:00", "2027-03-01T00:00:00+01:00"},
		{"end of the year", "0 0 * * *", "2026-12-31T12:00:00+01:00", "2027-01-01T00:00:00+01:00"},
		{"leap day", "0 12 29 2 *", "2026-11-23T00:00:00+01:00", "2028-02-29T12:00:00+01:00"},
		{"leap day over 2100", "0 12 29 2 *", "2096-03-01T00:00:00+01:00", "2104-02-29T12:00:00+01:00"},
		{"summer time", "30 4 * * *", "2026-07-01T00:00:00+02:00", "2026-07-01T04:30:00+02:00"},
		{"the hour that is skipped", "30 2 * * *", "2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00"},
		{"after the hour that is skipped", "30 2 * * *", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"},
		{"several in the skipped hour are one", "*/15 2 * * *", "2026-03-29T03:00:00+02:00", "2026-03-30T02:00:00+02:00"},
		{"the hour that comes twice, before", "30 2 * * *", "2026-10-25T01:00:00+02:00", "2026-10-25T02:30:00+02:00"},
		{"the hour that comes twice, once", "30 2 * * *", "2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"},
		{"the hour after the one that comes twice", "30 3 * * *", "2026-10-25T02:30:00+02:00", "2026-10-25T03:30:00+01:00"},
		{"hourly over the skipped hour", "0 * * * *", "2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00"},
		{"hourly into the hour that comes twice", "0 * * * *", "2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"},
		{"hourly out of it", "0 * * * *", "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00"},
		{"midnight of the day that begins earlier than UTC's", "0 0 * * *", "2026-11-23T22:59:00Z", "2026-11-24T00:00:00+01:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cron, err := ParseCron(c.cron)
			if err != nil {
				t.Fatal(err)
			}
			if got := cron.Next(instant(t, c.after)); !got.Equal(instant(t, c.want)) {
				t.Errorf("after %s comes %s, want %s", c.after, got.In(clock.Brussels()).Format(time.RFC3339), c.want)
			}
		})
	}
}

func TestCronRefused(t *testing.T) {
	for _, text := range []string{"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *", "* * * 0 *", "* * * * 8",
		"5-2 * * * *", "-1 * * * *", "+1 * * * *", "a * * * *", "1, * * * *", "*/0 * * * *", "*/ * * * *", "5/10 * * * *", "1-2-3 * * * *", "* * * JAN *", "@daily",
		"0 0 30 2 *", "0 0 31 4,6,9,11 *", "999999999999 * * * *", "** * * * *"} {
		if _, err := ParseCron(text); !errors.Is(err, ErrCron) {
			t.Errorf("%q is taken: %v", text, err)
		}
	}
}

// Next against the plain reading: walk every minute and look at the clock on
// the wall, away from the days when the clocks change.
func TestCronNextIsTheFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		field := func(name string, items ...string) string { return rapid.SampledFrom(items).Draw(t, name) }
		text := strings.Join([]string{field("minute", "*", "0", "*/7", "5,50-55"), field("hour", "*", "3", "*/5", "22-23"),
			field("day", "*", "1", "28-31", "*/10"), field("month", "*", "*/2", "6"), field("weekday", "*", "1", "5-7")}, " ")
		cron, err := ParseCron(text)
		if err != nil {
			t.Fatal(err)
		}
		after := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.Int64Range(0, 120*24*3600).Draw(t, "second")) * time.Second)
		got := cron.Next(after)
		f := strings.Fields(text)
		matches := func(field string, i, n int) bool {
			for item := range strings.SplitSeq(field, ",") {
				mask, err := cronItem(item, fields[i].from, fields[i].to)
				if err != nil {
					t.Fatal(err)
				}
				if mask>>n&1 == 1 || i == 4 && n == 0 && mask>>7&1 == 1 {
					return true
				}
			}
			return false
		}
		for at := after.Truncate(time.Minute).Add(time.Minute); at.Before(after.AddDate(0, 1, 0)); at = at.Add(time.Minute) {
			w := at.In(clock.Brussels())
			day, weekday := matches(f[2], 2, w.Day()), matches(f[4], 4, int(w.Weekday()))
			onDay := day && weekday || f[2] != "*" && f[4] != "*" && (day || weekday)
			if onDay && matches(f[0], 0, w.Minute()) && matches(f[1], 1, w.Hour()) && matches(f[3], 3, int(w.Month())) {
				if !got.Equal(at) {
					t.Fatalf("%q after %s: %s, want %s", text, after, got, at)
				}
				return
			}
		}
		if got.Before(after.AddDate(0, 1, 0)) {
			t.Fatalf("%q after %s: %s, and the walk finds nothing", text, after, got)
		}
	})
}

func FuzzCron(f *testing.F) {
	for _, s := range []string{"* * * * *", "*/5 1-3 1,15 * 7", "0 0 29 2 *", "1-5/2 * * * *", "0 0 30 2 *", "\x00", "-/- * * * *"} {
		f.Add(s, int64(1_800_000_000))
	}
	f.Fuzz(func(t *testing.T, text string, second int64) {
		c, err := ParseCron(text)
		if err != nil {
			if !errors.Is(err, ErrCron) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		after := time.Unix(second%(1<<33), 0)
		next := c.Next(after)
		if !next.After(after) || next.Second() != 0 {
			t.Fatalf("%q after %s: %s", text, after, next)
		}
	})
}
