package totp

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The vectors of RFC 6238, appendix B, for SHA-1: eight digits.
func TestVectorsOfTheRFC(t *testing.T) {
	key := []byte("12345678901234567890")
	for unix, want := range map[int64]string{59: "94287082", 1111111109: "07081804", 1111111111: "14050471",
		1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130"} {
		if got := code(key, Step(time.Unix(unix, 0)), 8); got != want {
			t.Errorf("at %d: %s, want %s", unix, got, want)
		}
	}
}

// The vectors of RFC 4226, appendix D: six digits, counters 0 to 9.
func TestVectorsOfHOTP(t *testing.T) {
	secret := encoding.EncodeToString([]byte("12345678901234567890"))
	for n, want := range []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"} {
		if got, err := Code(secret, int64(n)); err != nil || got != want {
			t.Errorf("counter %d: %s, %v, want %s", n, got, err, want)
		}
	}
}

func TestCheck(t *testing.T) {
	secret, now := NewSecret(), time.Unix(1_800_000_015, 0)
	for shift, fits := range map[int64]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
		want := Step(now) + shift
		c, err := Code(secret, want)
		if err != nil {
			t.Fatal(err)
		}
		if n, ok := Check(secret, c, now, 0); ok != fits || ok && n != want {
			t.Errorf("%d steps away: %t", shift, ok)
		}
		if _, ok := Check(secret, c[:3]+" "+c[3:], now, 0); ok != fits {
			t.Errorf("%d steps away, with a blank: %t", shift, ok)
		}
		if _, ok := Check(secret, c, now, want); ok {
			t.Errorf("%d steps away: taken twice", shift)
		}
	}
	for _, bad := range []string{"", "12345", "1234567", "abcdef", "١٢٣٤٥٦"} {
		if _, ok := Check(secret, bad, now, 0); ok {
			t.Errorf("%q is taken", bad)
		}
	}
	if _, ok := Check("not base32!", "000000", now, 0); ok {
		t.Error("a broken secret takes a code")
	}
}

// A code of a step that was used, or of an older one, never comes back.
func TestNoCodeTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := NewSecret()
		now := time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "now"), 0)
		after := int64(-1)
		for range 6 {
			now = now.Add(time.Duration(rapid.IntRange(0, 45).Draw(t, "pause")) * time.Second)
			c, err := Code(secret, Step(now)+int64(rapid.IntRange(-2, 2).Draw(t, "drift")))
			if err != nil {
				t.Fatal(err)
			}
			n, ok := Check(secret, c, now, after)
			if !ok {
				continue
			}
			if n <= after || n < Step(now)-1 || n > Step(now)+1 {
				t.Fatalf("step %d at %d, after %d", n, Step(now), after)
			}
			after = n
			if m, again := Check(secret, c, now, after); again && m == n {
				t.Fatal("the same step twice")
			}
		}
	})
}

func TestURI(t *testing.T) {
	u, err := url.Parse(URI("Province de Hainaut", "c.exemple", "ABC"))
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Province de Hainaut:c.exemple" ||
		u.Query().Get("secret") != "ABC" || u.Query().Get("issuer") != "Province de Hainaut" || strings.Contains(u.String(), "+") {
		t.Errorf("%v, %v", u, err)
	}
	if got := Grouped("ABCDEFGHIJ"); got != "ABCD EFGH IJ" {
		t.Errorf("grouped: %q", got)
	}
}
