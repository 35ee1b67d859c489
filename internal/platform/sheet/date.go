package sheet

import (
	"strconv"
	"strings"
	"time"
)

// Date is a civil day of the Gregorian calendar, years 1 to 9999.
type Date struct{ Year, Month, Day int }

// maxSerial is the serial number of 9999-12-31.
const maxSerial = 2_958_465

// String writes YYYY-MM-DD.
func (d Date) String() string {
	b := make([]byte, 0, 10)
	for div := 1000; div > 0; div /= 10 {
		b = append(b, byte('0'+d.Year/div%10))
	}
	return string(b) + "-" + twoDigits(int64(d.Month)) + "-" + twoDigits(int64(d.Day))
}

// Valid reports whether the day exists.
func (d Date) Valid() bool {
	if d.Year < 1 || d.Year > 9999 || d.Month < 1 || d.Month > 12 || d.Day < 1 {
		return false
	}
	return d.Day <= time.Date(d.Year, time.Month(d.Month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// ParseDate reads a day: ISO 2024-05-06, day first 06/05/2024, 6-5-2024 or
// 6.5.2024, 20240506, or a spreadsheet serial number of five digits (10000 is
// 1927-05-18). A time of the day behind an ISO date is dropped, one with a
// zone refused, since the day then depends on the zone. Years have four
// digits. Errors: ErrMissing, CodeDateBad.
func ParseDate(s string) (Date, error) {
	s = Clean(s)
	if isMissing(s) {
		return Date{}, ErrMissing
	}
	d, ok := parseDate(s)
	if !ok {
		return Date{}, &Error{Code: CodeDateBad, Value: excerpt(s)}
	}
	return d, nil
}

func parseDate(s string) (Date, bool) {
	if allDigits(s) {
		return parseDigits(s)
	}
	day, clock, hasClock := strings.Cut(s, "T")
	if !hasClock {
		day, clock, hasClock = strings.Cut(s, " ")
	}
	if hasClock && !isClock(clock) {
		return Date{}, false
	}
	for _, sep := range []string{"-", "/", "."} {
		if strings.Count(day, sep) != 2 {
			continue
		}
		f := strings.Split(day, sep)
		if sep == "-" && len(f[0]) == 4 {
			return dateOf(f[0], f[1], f[2])
		}
		return dateOf(f[2], f[1], f[0])
	}
	return Date{}, false
}

func parseDigits(s string) (Date, bool) {
	switch len(s) {
	case 8:
		return dateOf(s[:4], s[4:6], s[6:])
	case 5:
		n, _ := strconv.Atoi(s)
		if n < 10_000 {
			return Date{}, false
		}
		return dateOfSerial(n)
	}
	return Date{}, false
}

// isClock accepts hh:mm, hh:mm:ss and fractions of a second, without a zone.
func isClock(s string) bool {
	for _, layout := range []string{"15:04", "15:04:05"} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

func dateOf(year, month, day string) (Date, bool) {
	if len(year) != 4 || len(month) > 2 || len(day) > 2 ||
		!allDigits(year) || !allDigits(month) || !allDigits(day) {
		return Date{}, false
	}
	var d Date
	d.Year, _ = strconv.Atoi(year)
	d.Month, _ = strconv.Atoi(month)
	d.Day, _ = strconv.Atoi(day)
	return d, d.Valid()
}

// dateOfSerial turns a serial number of the 1900 date system into a day.
// Number 60 is 29 February 1900, which never was; the numbers before it are
// one day off for that reason (ECMA-376 part 1, 18.17.4.1).
func dateOfSerial(n int) (Date, bool) {
	if n < 1 || n > maxSerial || n == 60 {
		return Date{}, false
	}
	if n < 60 {
		n++
	}
	t := time.Date(1899, time.December, 30+n, 0, 0, 0, 0, time.UTC)
	return Date{t.Year(), int(t.Month()), t.Day()}, true
}

// serial is the inverse of dateOfSerial; 0 for a day before 1900-03-01, which
// no two spreadsheets agree on.
func (d Date) serial() int {
	const epoch = -25_569 // 1899-12-30 in days from 1970-01-01
	t := time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC)
	n := int(t.Unix()/86400) - epoch
	if n <= 60 {
		return 0
	}
	return n
}
