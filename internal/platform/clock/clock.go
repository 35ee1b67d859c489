// Package clock is where the program learns what time it is, so that tests and
// replays can decide. Instants are UTC; the law's day is the day in Brussels.
package clock

import (
	"sync"
	"time"
	_ "time/tzdata" // the zone rules travel in the binary: servers without zone files must count the same days

	"beffroi/internal/platform/calendar"
)

// Clock tells the present instant, in UTC.
type Clock interface {
	Now() time.Time
}

// System returns the machine's clock, in UTC.
func System() Clock { return system{} }

// Fixed returns a clock stopped at t, for tests and for reproducible runs.
func Fixed(t time.Time) Clock { return fixed{t.UTC()} }

// Brussels returns Europe/Brussels, the zone in which legal days are counted.
func Brussels() *time.Location { return brussels() }

// Today returns the current day in Brussels.
func Today(c Clock) calendar.Date { return calendar.Of(c.Now().In(Brussels())) }

type system struct{}

func (system) Now() time.Time { return time.Now().UTC() }

type fixed struct{ at time.Time }

func (f fixed) Now() time.Time { return f.at }

var brussels = sync.OnceValue(func() *time.Location {
	loc, err := time.LoadLocation("Europe/Brussels")
	if err != nil {
		panic("clock: embedded zone rules lack Europe/Brussels: " + err.Error()) // the build is broken
	}
	return loc
})
