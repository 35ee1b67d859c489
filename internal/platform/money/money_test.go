package money_test

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"beffroi/internal/platform/money"

	"pgregory.net/rapid"
)

func TestString(t *testing.T) {
	for cents, want := range map[money.Cents]string{
		0: "0.00", 5: "0.05", -5: "-0.05", 100: "1.00", 123456: "1234.56", -123456: "-1234.56",
		math.MaxInt64: "92233720368547758.07", math.MinInt64: "-92233720368547758.08",
	} {
		if got := cents.String(); got != want {
			t.Errorf("%d = %q, want %q", int64(cents), got, want)
		}
	}
}

// edge draws numbers near the limits as often as ordinary ones.
func edge(t *rapid.T, label string) int64 {
	return rapid.OneOf(
		rapid.Int64(),
		rapid.Int64Range(-1000, 1000),
		rapid.Int64Range(math.MaxInt64-1000, math.MaxInt64),
		rapid.Int64Range(math.MinInt64, math.MinInt64+1000),
		rapid.Int64Range(-4_000_000_000, 4_000_000_000),
	).Draw(t, label)
}

func TestCheckedArithmeticAgreesWithBigNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := edge(t, "a"), edge(t, "b")
		x, y := big.NewInt(a), big.NewInt(b)
		check := func(op string, got money.Cents, err error, want *big.Int) {
			if want.IsInt64() {
				if err != nil || int64(got) != want.Int64() {
					t.Fatalf("%d %s %d = %d, %v; want %v", a, op, b, int64(got), err, want)
				}
			} else if !errors.Is(err, money.ErrOverflow) {
				t.Fatalf("%d %s %d = %d, %v; want ErrOverflow", a, op, b, int64(got), err)
			}
		}
		sum, err := money.Cents(a).Add(money.Cents(b))
		check("+", sum, err, new(big.Int).Add(x, y))
		diff, err := money.Cents(a).Sub(money.Cents(b))
		check("-", diff, err, new(big.Int).Sub(x, y))
		product, err := money.Cents(a).Mul(b)
		check("×", product, err, new(big.Int).Mul(x, y))
	})
}
