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

func attempts(t *testing.T, th *auth.Throttle, n int, user, network string) {
	t.Helper()
	for i := range n {
		if err := th.Attempt(user, network); err != nil {
			t.Fatalf("attempt %d of %s from %s: %v", i+1, user, network, err)
		}
	}
}

func TestFiveAttemptsAMinute(t *testing.T) {
	c := &movable{now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}
	th := auth.NewThrottle(c)
	attempts(t, th, 5, "anna", "here")
	wait := seconds(t, th.Attempt("anna", "here"))
	if wait < 12 || wait > 13 {
		t.Errorf("told to wait %d s, a fifth of a minute is 12", wait)
	}
	c.advance(11 * time.Second)
	seconds(t, th.Attempt("anna", "here"))
	c.advance(time.Duration(wait-11) * time.Second)
	attempts(t, th, 1, "anna", "here")
	seconds(t, th.Attempt("anna", "here"))
	c.advance(time.Hour)
	attempts(t, th, 5, "anna", "here") // a minute's worth, not an hour's
	seconds(t, th.Attempt("anna", "here"))
}

func TestAStrangerCannotLockTheHolderOut(t *testing.T) {
	c := &movable{now: time.Now()}
	th := auth.NewThrottle(c)
	attempts(t, th, 5, "anna", "stranger")
	for range 100 {
		seconds(t, th.Attempt("anna", "stranger"))
	}
	attempts(t, th, 5, "anna", "home")
}

func TestANetworkHasItsOwnLimit(t *testing.T) {
	c := &movable{now: time.Now()}
	th := auth.NewThrottle(c)
	for i := range 20 {
		attempts(t, th, 1, string(rune('a'+i)), "net")
	}
	if wait := seconds(t, th.Attempt("z", "net")); wait < 3 || wait > 4 {
		t.Errorf("told to wait %d s", wait)
	}
	attempts(t, th, 1, "z", "another")
}

func TestSuccessGivesTheAccountItsAttemptsBack(t *testing.T) {
	c := &movable{now: time.Now()}
	th := auth.NewThrottle(c)
	attempts(t, th, 5, "anna", "here")
	th.Succeeded("anna", "here")
	attempts(t, th, 5, "anna", "here")
	seconds(t, th.Attempt("anna", "here"))
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

func TestTheClockIsSetBack(t *testing.T) {
	c := &movable{now: time.Now()}
	th := auth.NewThrottle(c)
	attempts(t, th, 5, "anna", "here")
	c.now = c.now.Add(-24 * time.Hour)
	if wait := seconds(t, th.Attempt("anna", "here")); wait > 13 {
		t.Errorf("told to wait %d s", wait)
	}
	c.now = c.now.Add(13 * time.Second)
	attempts(t, th, 1, "anna", "here")
}
