package auth

import (
	"net/netip"
	"strings"
	"sync"
	"time"

	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/fault"
)

// Throttle slows guessing without ever locking an account. A stranger's attempts
// fill a bucket of the account in his network and a bucket of his network, and
// wrong guesses in a row make him wait twice as long each time. A browser that
// signed in to the account before has a bucket of its own: whoever guesses, from
// next door or through the same proxy, does not keep the holder out.
//
// Buckets live in memory: each process counts for itself, and a restart forgets.
type Throttle struct {
	clock   clock.Clock
	mu      sync.Mutex
	buckets map[string]bucket
}

type bucket struct {
	tokens float64
	row    int // attempts in a row that did not succeed
	at     time.Time
}

// Rates of sign-in (attempts a minute; the bucket holds one minute's worth).
const (
	perAccount = 5
	perNetwork = 20
	maxBuckets = 100_000
	patience   = 10               // wrong guesses in a row before the delay grows
	maxDelay   = 15 * time.Minute // as long as it ever gets
)

// NewThrottle makes an empty throttle.
func NewThrottle(c clock.Clock) *Throttle { return &Throttle{clock: c, buckets: map[string]bucket{}} }

// keys are the buckets of an attempt with their rates; Device must have been
// checked to be one of the account's.
func keys(username string, v Visit) map[string]float64 {
	if v.Device != "" {
		return map[string]float64{"d " + username + " " + v.Device: perAccount}
	}
	return map[string]float64{"a " + username + " " + v.Network: perAccount, "n " + v.Network: perNetwork}
}

// Attempt takes a token from each bucket, or refuses with TooMany and the
// seconds to wait.
func (t *Throttle) Attempt(username string, v Visit) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forget()
	now := t.clock.Now()
	list := keys(username, v)
	var wait time.Duration
	for key, rate := range list {
		wait = max(wait, t.wait(key, rate, now))
	}
	if wait > 0 {
		return fault.New(fault.TooMany, "signin.slow", fault.Args{"seconds": int64(wait/time.Second) + 1})
	}
	for key, rate := range list {
		t.take(key, rate, now)
	}
	return nil
}

// Succeeded gives the account its tokens back, and the network the one that this
// attempt took: a house full of colleagues who sign in at nine is no attack.
func (t *Throttle) Succeeded(username string, v Visit) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key := range keys(username, v) {
		if b, ok := t.buckets[key]; ok && strings.HasPrefix(key, "n ") {
			t.buckets[key] = bucket{tokens: min(perNetwork, b.tokens+1), at: b.at}
		} else {
			delete(t.buckets, key)
		}
	}
}

func (t *Throttle) level(key string, rate float64, now time.Time) float64 {
	b, ok := t.buckets[key]
	if !ok {
		return rate
	}
	if b.at.After(now) { // the clock was set back: nobody waits until it comes there again
		b.at = now
		t.buckets[key] = b
	}
	return min(rate, b.tokens+now.Sub(b.at).Minutes()*rate)
}

// wait is how long a bucket refuses: until it holds a token, and after many wrong
// guesses on one account for twice as long each time.
func (t *Throttle) wait(key string, rate float64, now time.Time) (wait time.Duration) {
	if missing := 1 - t.level(key, rate, now); missing > 0 {
		wait = time.Duration(missing / rate * float64(time.Minute))
	}
	b := t.buckets[key]
	if extra := b.row - patience; extra >= 0 && !strings.HasPrefix(key, "n ") {
		delay := min(maxDelay, time.Second<<min(extra+4, 20))
		wait = max(wait, min(delay, delay-now.Sub(b.at))) // a clock that was set back adds nothing
	}
	return wait
}

func (t *Throttle) take(key string, rate float64, now time.Time) {
	b := t.buckets[key]
	if now.Sub(b.at) >= time.Hour {
		b.row = 0
	}
	t.buckets[key] = bucket{tokens: t.level(key, rate, now) - 1, row: b.row + 1, at: now}
}

// forget empties a map that an attack has filled; after a while all buckets are
// full anyway.
func (t *Throttle) forget() {
	if len(t.buckets) < maxBuckets {
		return
	}
	now := t.clock.Now()
	for k, b := range t.buckets {
		if now.Sub(b.at) > maxDelay {
			delete(t.buckets, k)
		}
	}
}

// Network is the prefix of an address that counts as one visitor: /24 or /48.
func Network(remote string) string {
	addr, err := netip.ParseAddrPort(remote)
	ip := addr.Addr()
	if err != nil {
		if ip, err = netip.ParseAddr(remote); err != nil {
			return "unknown"
		}
	}
	bits := 48
	if ip = ip.Unmap(); ip.Is4() {
		bits = 24
	}
	p, err := ip.Prefix(bits)
	if err != nil {
		return "unknown"
	}
	return p.String()
}
