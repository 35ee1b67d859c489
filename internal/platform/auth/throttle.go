package auth

import (
	"net/netip"
	"sync"
	"time"

	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/fault"
)

// Throttle slows guessing without ever locking an account: a bucket per account
// from one network and a bucket per network, so that a stranger who guesses at
// an account cannot keep its holder out.
type Throttle struct {
	clock   clock.Clock
	mu      sync.Mutex
	buckets map[string]bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

// Rates of sign-in (attempts a minute; the bucket holds one minute's worth).
const (
	perAccount = 5
	perNetwork = 20
	maxBuckets = 100_000
)

// NewThrottle makes an empty throttle.
func NewThrottle(c clock.Clock) *Throttle { return &Throttle{clock: c, buckets: map[string]bucket{}} }

// Attempt takes a token from both buckets, or refuses with TooMany and the
// seconds to wait.
func (t *Throttle) Attempt(username, network string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forget()
	now := t.clock.Now()
	account, net := "a "+username+" "+network, "n "+network
	wait := max(t.wait(account, perAccount, now), t.wait(net, perNetwork, now))
	if wait > 0 {
		return fault.New(fault.TooMany, "signin.slow", fault.Args{"seconds": int64(wait/time.Second) + 1})
	}
	t.take(account, perAccount, now)
	t.take(net, perNetwork, now)
	return nil
}

// Succeeded gives the account its tokens back.
func (t *Throttle) Succeeded(username, network string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.buckets, "a "+username+" "+network)
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

func (t *Throttle) wait(key string, rate float64, now time.Time) time.Duration {
	if missing := 1 - t.level(key, rate, now); missing > 0 {
		return time.Duration(missing / rate * float64(time.Minute))
	}
	return 0
}

func (t *Throttle) take(key string, rate float64, now time.Time) {
	t.buckets[key] = bucket{tokens: t.level(key, rate, now) - 1, at: now}
}

// forget empties a map that an attack has filled; a minute later all buckets are full anyway.
func (t *Throttle) forget() {
	if len(t.buckets) < maxBuckets {
		return
	}
	now := t.clock.Now()
	for k, b := range t.buckets {
		if now.Sub(b.at) > time.Minute {
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
