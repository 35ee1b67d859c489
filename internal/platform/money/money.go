// Package money counts euros in whole cents and splits them exactly.
// No float ever holds or decides an amount.
package money

import (
	"errors"
	"math/bits"
	"strconv"
)

// ErrOverflow says that a result does not fit in 64 bits (about 92 million billion euros).
var ErrOverflow = errors.New("amount out of range")

// Cents is an amount in euro cents, negative for what is owed or taken back.
type Cents int64

// Add returns c + o, or ErrOverflow.
func (c Cents) Add(o Cents) (Cents, error) {
	sum := c + o
	if (sum > c) != (o > 0) {
		return 0, ErrOverflow
	}
	return sum, nil
}

// Sub returns c - o, or ErrOverflow.
func (c Cents) Sub(o Cents) (Cents, error) {
	diff := c - o
	if (diff < c) != (o > 0) {
		return 0, ErrOverflow
	}
	return diff, nil
}

// Mul returns c × n, or ErrOverflow.
func (c Cents) Mul(n int64) (Cents, error) {
	hi, lo := bits.Mul64(c.abs(), Cents(n).abs())
	if hi != 0 {
		return 0, ErrOverflow
	}
	return signed(lo, (c < 0) != (n < 0))
}

// String returns the amount in euros with a point and two decimals: "1234.56",
// "-0.05". It is for files and logs; screens use the language's own format.
func (c Cents) String() string {
	b := make([]byte, 0, 24)
	if c < 0 {
		b = append(b, '-')
	}
	b = strconv.AppendUint(b, c.abs()/100, 10)
	rest := byte(c.abs() % 100)
	return string(append(b, '.', '0'+rest/10, '0'+rest%10))
}

// abs is unsigned because the most negative amount has no positive twin.
func (c Cents) abs() uint64 {
	if c < 0 {
		return -uint64(c)
	}
	return uint64(c)
}

// signed gives magnitude its sign back, or ErrOverflow.
func signed(magnitude uint64, negative bool) (Cents, error) {
	const limit = 1 << 63
	switch {
	case negative && magnitude <= limit:
		return Cents(-magnitude), nil
	case !negative && magnitude < limit:
		return Cents(magnitude), nil
	}
	return 0, ErrOverflow
}
