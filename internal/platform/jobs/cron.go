package jobs

import (
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"beffroi/internal/platform/clock"
)

// ErrCron is wrapped by every error about an expression that cannot be read.
var ErrCron = errors.New("not a schedule: minute hour day month weekday expected")

// Cron is a schedule in Brussels' wall-clock time: the instants whose minute,
// hour, day of month, month and weekday are all named. As in crontab(5), when
// both day of month and weekday are restricted either suffices.
type Cron struct {
	minute, hour, day, month, weekday uint64 // bit n is set when n is named
	anyDay, anyWeekday                bool
}

// fields are the bounds of the five fields; weekday 7 is Sunday too.
var fields = [5]struct{ from, to int }{{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 7}}

// everyHour is the hour field of "*".
const everyHour = 1<<24 - 1

// ParseCron reads five fields, each a list of "*", "n", "a-b", "*/step" and
// "a-b/step". Names of months and days are not taken, nor an expression that
// names no day of any year (30 February). Errors wrap ErrCron.
func ParseCron(text string) (Cron, error) {
	parts := strings.Fields(text)
	if len(parts) != len(fields) {
		return Cron{}, fmt.Errorf("%.40q: %w", text, ErrCron)
	}
	var masks [5]uint64
	for i, part := range parts {
		for item := range strings.SplitSeq(part, ",") {
			mask, err := cronItem(item, fields[i].from, fields[i].to)
			if err != nil {
				return Cron{}, fmt.Errorf("%.40q, %.20q: %w", text, item, err)
			}
			masks[i] |= mask
		}
	}
	c := Cron{masks[0], masks[1], masks[2], masks[3], masks[4] | masks[4]>>7&1, parts[2] == "*", parts[4] == "*"}
	if c.Next(time.Unix(0, 0)).IsZero() {
		return Cron{}, fmt.Errorf("%.40q names no day: %w", text, ErrCron)
	}
	return c, nil
}

func cronItem(item string, from, to int) (mask uint64, err error) {
	span, stepText, stepped := strings.Cut(item, "/")
	step := 1
	if stepped {
		if step, err = cronNumber(stepText, 1, to); err != nil {
			return 0, err
		}
	}
	first, last, ranged := strings.Cut(span, "-")
	switch {
	case span == "*":
	case stepped && !ranged:
		return 0, ErrCron
	default:
		if from, err = cronNumber(first, from, to); err != nil {
			return 0, err
		}
		if !ranged {
			to = from
		} else if to, err = cronNumber(last, from, to); err != nil {
			return 0, err
		}
	}
	for n := from; n <= to; n += step {
		mask |= 1 << n
	}
	return mask, nil
}

func cronNumber(text string, from, to int) (int, error) {
	n, err := strconv.ParseUint(text, 10, 8)
	if err != nil || int(n) < from || int(n) > to {
		return 0, ErrCron
	}
	return int(n), nil
}

// Next is the first instant of the schedule after another. A schedule with
// fixed hours keeps to the days when the clocks change: what falls into the
// hour that does not exist runs when that hour would have begun, and what falls
// into the hour that comes twice runs the first time. A schedule of every hour
// runs every hour that passes.
func (c Cron) Next(after time.Time) time.Time {
	local := after.In(clock.Brussels())
	year, month, day := local.Date()
	const years = 8 // 29 February 2096 to 29 February 2104
	for range years*366 + 1 {
		midnight := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
		if c.onDay(midnight) {
			if at := c.inDay(midnight, after); !at.IsZero() {
				return at
			}
		}
		day++
		year, month, day = time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Date()
	}
	return time.Time{}
}

func (c Cron) onDay(t time.Time) bool {
	day, weekday := c.day>>t.Day()&1 == 1, c.weekday>>int(t.Weekday())&1 == 1
	if c.month>>int(t.Month())&1 == 0 {
		return false
	}
	if c.anyDay || c.anyWeekday {
		return day && weekday
	}
	return day || weekday
}

// inDay is the first instant of a day, given as its midnight in UTC, after another.
func (c Cron) inDay(midnight, after time.Time) time.Time {
	if c.hour == everyHour {
		return c.inHours(midnight, after)
	}
	for hours := c.hour; hours != 0; hours &= hours - 1 {
		for minutes := c.minute; minutes != 0; minutes &= minutes - 1 {
			wall := midnight.Add(time.Duration(bits.TrailingZeros64(hours))*time.Hour + time.Duration(bits.TrailingZeros64(minutes))*time.Minute)
			if at := instantOf(wall); at.After(after) {
				return at
			}
		}
	}
	return time.Time{}
}

// inHours counts real minutes, in a day of 23, 24 or 25 hours.
func (c Cron) inHours(midnight, after time.Time) time.Time {
	at, end := instantOf(midnight), instantOf(midnight.AddDate(0, 0, 1))
	if next := after.Truncate(time.Minute).Add(time.Minute); next.After(at) {
		at = next.UTC()
	}
	for ; at.Before(end); at = at.Add(time.Minute) {
		if c.minute>>at.In(clock.Brussels()).Minute()&1 == 1 {
			return at
		}
	}
	return time.Time{}
}

// instantOf is the first instant at which Brussels' clocks show what wall shows
// in UTC; when they jump over it, the instant of the jump.
func instantOf(wall time.Time) time.Time {
	_, before := wall.AddDate(0, 0, -1).In(clock.Brussels()).Zone()
	_, later := wall.AddDate(0, 0, 1).In(clock.Brussels()).Zone()
	early := wall.Add(-time.Duration(max(before, later)) * time.Second) // the greater offset gives the earlier instant
	late := wall.Add(-time.Duration(min(before, later)) * time.Second)
	for _, at := range []time.Time{early, late} {
		if _, offset := at.In(clock.Brussels()).Zone(); at.Add(time.Duration(offset) * time.Second).Equal(wall) {
			return at
		}
	}
	jump, _ := late.In(clock.Brussels()).ZoneBounds()
	return jump.UTC()
}
