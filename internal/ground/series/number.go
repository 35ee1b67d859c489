package series

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"beffroi/internal/platform/sheet"
)

// hidden and inapplicable are the signs by which publishers say why there is no
// number, beside the usual signs for "no data" that the sheet knows.
var (
	hidden       = []string{"c", "(c)", "s", "x", "confidentiel", "confidential", "vertrouwelijk"}
	inapplicable = []string{"s.o.", "so", "sans objet", "n.v.t.", "nvt", "not applicable"}
)

// number reads a cell: an exact decimal, or the state that explains why there is
// none. Most cells are plain digits and take the short way.
func number(cell string, style sheet.NumberStyle) (sheet.Decimal, State, error) {
	if d, ok := plain(cell); ok {
		return d, Value, nil
	}
	if d, ok := exponent(cell); ok {
		return d, Value, nil
	}
	d, err := sheet.ParseNumber(cell, style)
	switch {
	case err == nil:
		return trim(d), Value, nil
	case errors.Is(err, sheet.ErrMissing):
		return d, Missing, nil
	}
	word := strings.ToLower(sheet.Clean(cell))
	switch {
	case slices.Contains(hidden, word):
		return d, Suppressed, nil
	case slices.Contains(inapplicable, word):
		return d, NotApplicable, nil
	}
	return d, Missing, err
}

func plain(s string) (sheet.Decimal, bool) {
	if len(s) == 0 || len(s) > 18 {
		return sheet.Decimal{}, false
	}
	var n int64
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return sheet.Decimal{}, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	return sheet.Decimal{Unscaled: n}, true
}

// exponent reads "3e-04", as statistics programs write small numbers. It is exact
// while the mantissa has no more digits than it shows; a positive exponent has
// lost some and is refused.
func exponent(s string) (sheet.Decimal, bool) {
	mantissa, power, ok := strings.Cut(strings.ToLower(s), "e-")
	n, err := strconv.Atoi(power)
	if !ok || err != nil || n < 0 || n > MaxDecimals {
		return sheet.Decimal{}, false
	}
	d, err := sheet.ParseNumber(mantissa, sheet.DecimalPoint)
	if err != nil || d.Scale+n > MaxDecimals {
		return sheet.Decimal{}, false
	}
	d.Scale += n
	return trim(d), true
}

// trim drops the zeros at the end of decimals: "27753.0" is a whole number.
func trim(d sheet.Decimal) sheet.Decimal {
	for d.Scale > 0 && d.Unscaled%10 == 0 {
		d.Unscaled /= 10
		d.Scale--
	}
	return d
}

// rescale gives the value at a scale; false when it has more decimals than that
// or does not fit in 64 bits.
func rescale(d sheet.Decimal, decimals int) (int64, bool) {
	if d = trim(d); d.Scale > decimals {
		return 0, false
	}
	v := d.Unscaled
	for range decimals - d.Scale {
		next := v * 10
		if next/10 != v {
			return 0, false
		}
		v = next
	}
	return v, true
}

// styleOf decides how the numbers of a column are written. Columns without any
// separator, which most are, need no decision.
func styleOf(cells []string) sheet.NumberStyle {
	if !slices.ContainsFunc(cells, func(s string) bool { return strings.ContainsAny(s, ".,") }) {
		return sheet.AnyStyle
	}
	return sheet.DetectNumberStyle(cells)
}

// counted are units that cannot be negative, and summable those whose communes
// can be summed.
var counted = []string{"persons", "person", "count", "units", "households", "sales", "returns", "inhabitants", "habitants", "dwellings", "ha", "km", "km2", "km²", "ménages", "unités"}

// averages are words in a key that tell a figure which cannot be summed.
var averages = []string{"median", "mean", "average", "rate", "_per_", "share", "rank", "decile", "score", "percent", "_q1", "_q3", "ratio", "index"}

// canSum guesses whether a new dataset may be summed over communes; the analyst
// can say otherwise.
func canSum(key, unit string) bool {
	if slices.ContainsFunc(averages, func(w string) bool { return strings.Contains(key, w) }) {
		return false
	}
	return slices.Contains(counted, strings.ToLower(unit)) || unit == "EUR"
}
