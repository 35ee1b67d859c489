package calendar

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// MarshalText returns "2026-11-23", or empty text for the zero Date.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes. Errors wrap ErrDate.
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d, err = parseOrZero(string(text))
	return err
}

// Value stores the date as ISO text, the zero Date as NULL.
func (d Date) Value() (driver.Value, error) {
	if d.IsZero() {
		return nil, nil
	}
	return d.String(), nil
}

// Scan reads NULL, ISO text or the time.Time that PostgreSQL drivers return for
// a DATE column. Of a time.Time it keeps the day shown in its own location.
func (d *Date) Scan(src any) (err error) {
	switch v := src.(type) {
	case nil:
		*d = Date{}
	case string:
		*d, err = parseOrZero(v)
	case []byte:
		*d, err = parseOrZero(string(v))
	case time.Time:
		*d, err = New(v.Date())
	default:
		err = fmt.Errorf("a %T: %w", src, ErrDate)
	}
	return err
}

func parseOrZero(s string) (Date, error) {
	if s == "" {
		return Date{}, nil
	}
	return Parse(s)
}
