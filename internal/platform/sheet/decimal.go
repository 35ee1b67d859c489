package sheet

import (
	"math/big"
	"strconv"
	"strings"
)

// Decimal is an exact decimal number, Unscaled / 10^Scale. Scale is 0 to 18
// and keeps the decimals as written: 14.50 is {1450, 2}.
type Decimal struct {
	Unscaled int64
	Scale    int
}

// maxScale is the largest scale of a Decimal; 10^18 is the largest power of
// ten in an int64.
const maxScale = 18

// String writes plain digits with a point, such as -0.05.
func (d Decimal) String() string { return d.format('.') }

func (d Decimal) format(point byte) string {
	s := strconv.FormatInt(d.Unscaled, 10)
	if d.Scale <= 0 {
		return s
	}
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	if lack := d.Scale + 1 - len(s); lack > 0 {
		s = strings.Repeat("0", lack) + s
	}
	cut := len(s) - d.Scale
	return sign + s[:cut] + string(point) + s[cut:]
}

// Rat gives the exact value.
func (d Decimal) Rat() *big.Rat {
	return big.NewRat(d.Unscaled, pow10(max(d.Scale, 0)))
}

func pow10(n int) int64 {
	p := int64(1)
	for ; n > 0; n-- {
		p *= 10
	}
	return p
}
