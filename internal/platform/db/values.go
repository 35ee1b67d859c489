package db

import (
	"context"
	"database/sql/driver"
	"fmt"
	"sync/atomic"
	"time"
)

// Time is an instant as both engines keep it: TIMESTAMPTZ on PostgreSQL, text of
// fixed width in UTC on SQLite, so that the order of text is the order of time.
type Time struct{ time.Time }

// instantLayout has microseconds, the finest that PostgreSQL keeps.
const instantLayout = "2006-01-02T15:04:05.000000Z"

// At wraps an instant.
func At(t time.Time) Time { return Time{t} }

// Value writes the instant; the zero instant is NULL.
func (t Time) Value() (driver.Value, error) {
	if t.IsZero() {
		return nil, nil
	}
	return t.UTC().Format(instantLayout), nil
}

// Scan reads what either engine gives; NULL is the zero instant.
func (t *Time) Scan(v any) (err error) {
	switch x := v.(type) {
	case nil:
		t.Time = time.Time{}
	case time.Time:
		t.Time = x.UTC()
	case string:
		t.Time, err = time.Parse(instantLayout, x)
	default:
		return fmt.Errorf("db: an instant cannot be read from %T", v)
	}
	return err
}

// Null makes an empty text NULL when written and NULL an empty text when read.
type Null string

// Value writes "" as NULL.
func (n Null) Value() (driver.Value, error) {
	if n == "" {
		return nil, nil
	}
	return string(n), nil
}

// Scan reads NULL as "".
func (n *Null) Scan(v any) error {
	switch x := v.(type) {
	case nil:
		*n = ""
	case string:
		*n = Null(x)
	case []byte:
		*n = Null(x)
	default:
		return fmt.Errorf("db: text cannot be read from %T", v)
	}
	return nil
}

// NullID makes a zero key NULL and NULL a zero key.
type NullID int64

// Value writes 0 as NULL.
func (n NullID) Value() (driver.Value, error) {
	if n == 0 {
		return nil, nil
	}
	return int64(n), nil
}

// Scan reads NULL as 0.
func (n *NullID) Scan(v any) error {
	switch x := v.(type) {
	case nil:
		*n = 0
	case int64:
		*n = NullID(x)
	default:
		return fmt.Errorf("db: a key cannot be read from %T", v)
	}
	return nil
}

// Counter counts the statements of one request, so that a test can assert that
// a page needs a constant number of them. A nil Counter counts nothing.
type Counter struct{ n atomic.Int64 }

func (c *Counter) add() {
	if c != nil {
		c.n.Add(1)
	}
}

// N is the number of statements so far.
func (c *Counter) N() int64 { return c.n.Load() }

type counterKey struct{}

// WithCounter gives a context whose transactions count their statements.
func WithCounter(ctx context.Context) (context.Context, *Counter) {
	c := &Counter{}
	return context.WithValue(ctx, counterKey{}, c), c
}

func counterOf(ctx context.Context) *Counter {
	c, _ := ctx.Value(counterKey{}).(*Counter)
	return c
}
