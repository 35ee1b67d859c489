// Package calendar holds civil dates and periods of civil dates.
//
// Laws, mandates and budgets are dated by day, not by instant. A Date has no
// time zone, so that a mandate that starts on 1 December starts that day for
// every reader, whatever the machine's zone.
package calendar

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// The accepted years. Before 1800 the Belgian civil registers do not exist and
// after 2200 a date is a typing error.
const (
	MinYear = 1800
	MaxYear = 2200
)

// ErrDate is wrapped by every error about a date that cannot be read or does not exist.
var ErrDate = errors.New("not a date between 1800-01-01 and 2200-12-31")

// Date is a day of the Gregorian calendar, 1800-01-01 to 2200-12-31. Dates are
// comparable with ==. The zero Date means "unset".
type Date struct {
	year       int16
	month, day uint8
}

// New returns the date, or an error wrapping ErrDate if the day does not exist
// (30 February) or the year is outside MinYear..MaxYear.
func New(year int, month time.Month, day int) (Date, error) {
	if year < MinYear || year > MaxYear || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return Date{}, fmt.Errorf("%04d-%02d-%02d: %w", year, int(month), day, ErrDate)
	}
	return Date{int16(year), uint8(month), uint8(day)}, nil
}

// Parse reads an ISO 8601 date, "2026-11-23", and nothing else. Errors wrap ErrDate.
func Parse(s string) (Date, error) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return Date{}, fmt.Errorf("%q: %w", clip(s), ErrDate)
	}
	year, okYear := digits(s[:4])
	month, okMonth := digits(s[5:7])
	day, okDay := digits(s[8:])
	if !okYear || !okMonth || !okDay {
		return Date{}, fmt.Errorf("%q: %w", s, ErrDate)
	}
	return New(year, time.Month(month), day)
}

// MustParse is Parse for tests and tables written in code; it panics on a bad date.
func MustParse(s string) Date {
	d, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

// Of returns the day that t shows in its own location, clamped to the accepted range.
func Of(t time.Time) Date {
	year, month, day := t.Date()
	switch {
	case year < MinYear:
		return Date{MinYear, 1, 1}
	case year > MaxYear:
		return Date{MaxYear, 12, 31}
	}
	return Date{int16(year), uint8(month), uint8(day)}
}

// Year returns 1800..2200, or 0 for the zero Date.
func (d Date) Year() int { return int(d.year) }

// Month returns January..December, or 0 for the zero Date.
func (d Date) Month() time.Month { return time.Month(d.month) }

// Day returns 1..31, or 0 for the zero Date.
func (d Date) Day() int { return int(d.day) }

// IsZero reports whether d is unset.
func (d Date) IsZero() bool { return d == Date{} }

// String returns "2026-11-23", or "" for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return string(d.appendISO(make([]byte, 0, 10)))
}

// Compare returns -1, 0 or +1. The zero Date comes before every other.
func (d Date) Compare(o Date) int {
	return cmp.Or(cmp.Compare(d.year, o.year), cmp.Compare(d.month, o.month), cmp.Compare(d.day, o.day))
}

// Before reports whether d is an earlier day than o.
func (d Date) Before(o Date) bool { return d.Compare(o) < 0 }

// After reports whether d is a later day than o.
func (d Date) After(o Date) bool { return d.Compare(o) > 0 }

// AddDays returns the date n days later (earlier if n is negative), clamped to
// the accepted range. The zero Date stays zero.
func (d Date) AddDays(n int) Date {
	if d.IsZero() {
		return d
	}
	const span = (MaxYear - MinYear + 1) * 366 // clamps first, so that the addition cannot overflow
	return Of(d.utc().AddDate(0, 0, min(max(n, -span), span)))
}

// AddMonths returns the same day n months later (earlier if n is negative); a
// day that does not exist there becomes the last of its month: 31 January + 1
// month = 28 or 29 February. Results are clamped to the accepted range. The
// zero Date stays zero.
func (d Date) AddMonths(n int) Date {
	if d.IsZero() {
		return d
	}
	const span = (MaxYear - MinYear + 1) * 12
	months := d.Year()*12 + int(d.month) - 1 + min(max(n, -span), span)
	year, month := months/12, time.Month(months%12+1)
	switch {
	case year < MinYear:
		return Date{MinYear, 1, 1}
	case year > MaxYear:
		return Date{MaxYear, 12, 31}
	}
	return Date{int16(year), uint8(month), uint8(min(d.Day(), daysIn(year, month)))}
}

// DaysSince returns the number of days from o to d, negative when d is earlier.
// It returns 0 if either is the zero Date.
func (d Date) DaysSince(o Date) int {
	if d.IsZero() || o.IsZero() {
		return 0
	}
	return int((d.utc().Unix() - o.utc().Unix()) / secondsPerDay)
}

// EndOfYear returns 31 December of d's year. The zero Date stays zero.
func (d Date) EndOfYear() Date {
	if d.IsZero() {
		return d
	}
	return Date{d.year, 12, 31}
}

// Time returns the instant at which the day begins in loc, or the zero Time for
// the zero Date.
func (d Date) Time(loc *time.Location) time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	return time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, loc)
}

const secondsPerDay = 24 * 60 * 60

func (d Date) utc() time.Time { return d.Time(time.UTC) }

func (d Date) appendISO(b []byte) []byte {
	y := d.Year()
	b = append(b, digit(y/1000), digit(y/100), digit(y/10), digit(y), '-')
	b = append(b, digit(int(d.month)/10), digit(int(d.month)), '-')
	return append(b, digit(d.Day()/10), digit(d.Day()))
}

func digit(n int) byte { return byte('0' + n%10) }

// digits reads an unsigned decimal number; unlike strconv it refuses signs and underscores.
func digits(s string) (n int, ok bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

func daysIn(year int, month time.Month) int {
	switch month {
	case time.April, time.June, time.September, time.November:
		return 30
	case time.February:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// clip keeps error messages short whatever the input.
func clip(s string) string { return s[:min(len(s), 32)] }
