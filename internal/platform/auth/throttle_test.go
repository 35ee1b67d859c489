package auth_test

import (
	"testing"
	"time"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/fault"
)

// movable is a clock that the test turns.
type movable struct{ now time.Time }

func (m *movable) Now() time.Time          { return m.now }
func (m *movable) advance(d time.Duration) { m.now = m.now.Add(d) }

func seconds(t *testing.T, err error) int64 {
	t.Helper()
	e := fault.From(err)
	if e.Kind != fault.TooMany || e.Code != "signin.slow" {
		t.Fatalf("got %v, want too many", err)
	}
	return e.Args["seconds"].(int64)
}

func from(network string) auth.Visit { return auth.Visit{Network: network} }

func attempts(t *testing.T, th *auth.Throttle, n int, user, network string) {
	t.Helper()
	for i := range n {
		if err := th.Attempt(user, from(network)); err != nil {
			t.Fatalf("attempt %d of %s from %s: %v", i+1, user, network, err)
		}
	}
}

func TestFiveAttemptsAMinute(t *testing.T) {
	c := &movable{now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}
	th := auth.NewThrottle(c)
	attempts(t, th, 5, "anna", "here")
	wait := seconds(t, th.Attempt("anna", from("here")))
	if wait < 12 || wait > 13 {
		t.Errorf("told to wait %d s, a fifth of a minute is 12", wait)
	}
	c.advance(11 * time.Second)
	seconds(t, th.Attempt("anna", from("here")))
	c.advance(time.Duration(wait-11) * time.Second)
	attempts(t, th, 1, "anna", "here")
	seconds(t, th.Attempt("anna", from("here")))
	c.advance(time.Hour)
	attempts(t, th, 5, "anna", "here") // a minute's worth, not an hour's
	seconds(t, th.Attempt("anna", from("here")))
}

func TestAStrangerCannotLockTheHolderOut(t *testing.T) {
	c := &movable{now: time.Now()}
	th := auth.NewThrottle(c)
	attempts(t, th, 5, "anna", "stranger")
	for range 100 {
		seconds(t, th.Attempt("anna", from("stranger")))
	}
	attempts(t, th, 5, "anna", "home")
}

func TestANetworkHasItsOwnLimit(t *testing.T) {
	c := &movable{now: time.Now()}
	th := auth.NewThrottle(c)
	for i := range 20 {
		attempts(t, th, 1, string(rune('a'+i)), "net")
	}
	if wait := seconds(t, th.Attempt("z", from("net"))); wait < 3 || wait > 4 {
		t.Errorf("told to wait %d s", wait)
	}
	attempts(t, th, 1, "z", "another")
}

func TestSuccessGivesTheAccountItsAttemptsBack(t *testing.T) {
	c := &movable{now: time.Now()}
	th := auth.NewThrottle(c)
	attempts(t, th, 5, "anna", "here")
	th.Succeeded("anna", from("here"))
	attempts(t, th, 5, "anna", "here")
	seconds(t, th.Attempt("anna", from("here")))
}

func TestNetwork(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.77:1234": "192.0.2.0/24", "192.0.2.77": "192.0.2.0/24", "[::ffff:192.0.2.1]:80": "192.0.2.0/24",
		"[2001:db8:1:2::3]:443": "2001:db8:1::/48", "2001:db8:1:ffff::1": "2001:db8:1::/48",
		"": "unknown", "@": "unknown", "example.org:80": "unknown",
	} {
		if got := auth.Network(remote); got != want {
			t.Errorf("Network(%q) = %q, want %q", remote, got, want)
		}
	}
}

// Whoever keeps guessing waits twice as long each time, a quarter of an hour at
// most, and the holder's own browser not at all.
func TestTheDelayGrows(t *testing.T) {
	c := &movable{now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}
	th := auth.NewThrottle(c)
	var waits []int64
	for range 20 {
		for th.Attempt("anna", from("here")) != nil {
			c.advance(time.Duration(seconds(t, th.Attempt("anna", from("here")))) * time.Second)
		}
		waits = append(waits, seconds(t, attemptUntilRefused(th, "anna", from("here"))))
	}
	last := waits[len(waits)-1]
	if last < 890 || last > 901 || waits[0] > 13 {
		t.Errorf("waits %v", waits)
	}
	for i := 1; i < len(waits); i++ {
		if waits[i-1] > 13 && waits[i] < waits[i-1] {
			t.Errorf("the wait shrinks: %v", waits)
		}
	}
	holder := auth.Visit{Network: "here", Device: "hers"}
	for range 5 {
		if err := th.Attempt("anna", holder); err != nil {
			t.Fatalf("her own browser: %v", err)
		}
	}
	seconds(t, th.Attempt("anna", holder)) // it has a limit of its own
}

func attemptUntilRefused(th *auth.Throttle, user string, v auth.Visit) error {
	for {
		if err := th.Attempt(user, v); err != nil {
			return err
		}
	}
}

// A house full of colleagues behind one address signs in at nine.
func TestSuccessGivesTheNetworkItsAttemptsBack(t *testing.T) {
	c := &movable{now: time.Now()}
	th := auth.NewThrottle(c)
	for i := range 200 {
		user := string(rune('a' + i))
		attempts(t, th, 1, user, "office")
		th.Succeeded(user, from("office"))
	}
	attempts(t, th, 1, "zoé", "office")
}

func TestTheClockIsSetBack(t *testing.T) {
	c := &movable{now: time.Now()}
	th := auth.NewThrottle(c)
	attempts(t, th, 5, "anna", "here")
	c.now = c.now.Add(-24 * time.Hour)
	if wait := seconds(t, th.Attempt("anna", from("here"))); wait > 13 {
		t.Errorf("told to wait %d s", wait)
	}
	c.now = c.now.Add(13 * time.Second)
	attempts(t, th, 1, "anna", "here")
}
