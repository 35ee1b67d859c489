// Package totp makes and checks the six-digit codes of authenticators: RFC 6238
// (time-based one-time passwords) over RFC 4226 (HOTP) with SHA-1, six digits and
// steps of thirty seconds, the one form that every authenticator speaks.
package totp

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

const (
	step   = 30 // seconds
	digits = 6
	size   = 20 // bytes of a secret: as long as the hash (RFC 4226, section 4)
)

var encoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewSecret gives 160 random bits in base32, as authenticators take them.
func NewSecret() string {
	b := make([]byte, size)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return encoding.EncodeToString(b)
}

// Step is the number of an instant's step since 1970.
func Step(t time.Time) int64 { return t.Unix() / step }

// Code is the code of a step; an error when the secret is not base32.
func Code(secret string, n int64) (string, error) {
	key, err := encoding.DecodeString(secret)
	if err != nil {
		return "", fmt.Errorf("totp: %w", err)
	}
	return code(key, n, digits), nil
}

// code is the truncation of RFC 4226, section 5.3.
func code(key []byte, n int64, digits int) string {
	mac := hmac.New(sha1.New, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(n)))
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	value := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	text := fmt.Sprintf("%010d", value)
	return text[len(text)-digits:]
}

// Check looks for a code in the step of now and its two neighbours, for clocks
// that go wrong, and gives the step it belongs to. Steps up to after were used
// before and fit no more: a code is taken once (RFC 6238, section 5.2).
func Check(secret, typed string, now time.Time, after int64) (n int64, ok bool) {
	typed = strings.ReplaceAll(typed, " ", "")
	for n := Step(now) - 1; n <= Step(now)+1; n++ {
		want, err := Code(secret, n)
		if err == nil && n > after && subtle.ConstantTimeCompare([]byte(want), []byte(typed)) == 1 {
			return n, true
		}
	}
	return 0, false
}

// URI is what an authenticator reads from a QR code: the house, the account and
// the secret.
func URI(house, account, secret string) string {
	q := url.Values{"secret": {secret}, "issuer": {house}}
	return "otpauth://totp/" + url.PathEscape(house+":"+account) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// Grouped is a secret in groups of four, as one types it.
func Grouped(secret string) string {
	var b strings.Builder
	for i, r := range secret {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
