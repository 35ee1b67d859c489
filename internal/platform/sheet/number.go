package sheet

import (
	"math"
	"strings"
)

// NumberStyle tells the sign before the decimals; the other one, spaces and
// apostrophes may group thousands.
type NumberStyle uint8

const (
	// AnyStyle reads each number by itself and refuses "14,304" and "14.304",
	// which group thousands in one style and start decimals in the other.
	AnyStyle NumberStyle = iota
	// DecimalPoint is 14,293.5.
	DecimalPoint
	// DecimalComma is 14.293,5.
	DecimalComma
)

// ParseDecimal is ParseNumber in AnyStyle.
func ParseDecimal(s string) (Decimal, error) { return ParseNumber(s, AnyStyle) }

// ParseNumber reads an exact number with any usual dress: spaces, thousands in
// groups of three, a leading or trailing sign, parentheses for a negative
// amount, € or EUR, and %. A percentage is the number before the sign: "12,5 %"
// is 12.5. Exponents are refused: a program that wrote one has already lost
// digits. Errors: ErrMissing, CodeNumberBad, CodeNumberAmbiguous,
// CodeNumberRange (more than 18 digits).
func ParseNumber(s string, style NumberStyle) (Decimal, error) {
	s = Clean(s)
	if isMissing(s) {
		return Decimal{}, ErrMissing
	}
	body, negative, ok := undress(s)
	if !ok {
		return Decimal{}, &Error{Code: CodeNumberBad, Value: excerpt(s)}
	}
	if style == AnyStyle {
		if style = styleOf(body); style == AnyStyle && strings.ContainsAny(body, ".,") {
			code := CodeNumberBad
			if isGrouped(body, ',') || isGrouped(body, '.') {
				code = CodeNumberAmbiguous
			}
			return Decimal{}, &Error{Code: code, Value: excerpt(s)}
		}
	}
	d, code := digits(body, style)
	if code != "" {
		return Decimal{}, &Error{Code: code, Value: excerpt(s)}
	}
	if negative {
		d.Unscaled = -d.Unscaled
	}
	return d, nil
}

// undress takes sign, currency, percent sign and parentheses off a cleaned
// number and leaves digits with separators.
func undress(s string) (body string, negative, ok bool) {
	s = trimUnit(s)
	if inner, cut := strings.CutPrefix(s, "("); cut {
		if inner, cut = strings.CutSuffix(inner, ")"); !cut {
			return "", false, false
		}
		return trimUnit(inner), true, true
	}
	for _, minus := range []string{"-", "−", "+"} {
		rest, cut := strings.CutPrefix(s, minus)
		if !cut {
			if minus == "+" {
				continue
			}
			rest, cut = strings.CutSuffix(s, minus)
		}
		if cut {
			return trimUnit(rest), minus != "+", true
		}
	}
	return s, false, true
}

// trimUnit removes one currency or percent sign.
func trimUnit(s string) string {
	s = strings.TrimSpace(s)
	for _, unit := range []string{"€", "EUR", "eur", "%"} {
		if rest, ok := strings.CutSuffix(s, unit); ok {
			return strings.TrimSpace(rest)
		}
		if rest, ok := strings.CutPrefix(s, unit); ok && unit != "%" {
			return strings.TrimSpace(rest)
		}
	}
	return s
}

// styleOf tells the style that a number shows by itself, AnyStyle when it
// shows none.
func styleOf(body string) NumberStyle {
	comma, point := strings.LastIndexByte(body, ','), strings.LastIndexByte(body, '.')
	switch {
	case comma < 0 && point < 0:
		return AnyStyle
	case comma >= 0 && point >= 0:
		if comma > point {
			return DecimalComma
		}
		return DecimalPoint
	case comma >= 0:
		return styleOfOne(body, ',', DecimalComma, DecimalPoint)
	}
	return styleOfOne(body, '.', DecimalPoint, DecimalComma)
}

// styleOfOne judges a number with one kind of separator: it starts the
// decimals unless thousands could be grouped by it, it groups when it is
// repeated, and it may be either before exactly three digits.
func styleOfOne(body string, sep byte, decimal, grouping NumberStyle) NumberStyle {
	switch {
	case !isGrouped(body, sep):
		if strings.Count(body, string(sep)) > 1 {
			return AnyStyle // neither: refused as bad
		}
		return decimal
	case strings.Count(body, string(sep)) > 1:
		return grouping
	}
	return AnyStyle
}

// isGrouped reports one to three digits, not beginning with 0, and then groups
// of three, each after sep.
func isGrouped(s string, sep byte) bool {
	groups := strings.Split(s, string(sep))
	if len(groups) < 2 || len(groups[0]) > 3 || !allDigits(groups[0]) || groups[0][0] == '0' {
		return false
	}
	for _, g := range groups[1:] {
		if len(g) != 3 || !allDigits(g) {
			return false
		}
	}
	return true
}

// digits reads digits with separators of a known style (of either, without
// separators) and returns the code of what is wrong.
func digits(body string, style NumberStyle) (Decimal, string) {
	point, group := ".", byte(',')
	if style == DecimalComma {
		point, group = ",", '.'
	}
	whole, decimals, hasPoint := strings.Cut(body, point)
	whole, ok := ungroup(whole, group)
	if !ok || hasPoint && !allDigits(decimals) {
		return Decimal{}, CodeNumberBad
	}
	all := strings.TrimLeft(whole+decimals, "0")
	if len(all) > 18 || len(decimals) > maxScale {
		return Decimal{}, CodeNumberRange
	}
	d := Decimal{Scale: len(decimals)}
	for _, c := range []byte(all) {
		d.Unscaled = d.Unscaled*10 + int64(c-'0')
	}
	return d, ""
}

// ungroup removes separators of thousands, all of one kind.
func ungroup(s string, group byte) (string, bool) {
	if allDigits(s) {
		return s, true
	}
	for _, sep := range []byte{group, ' ', '\''} {
		if isGrouped(s, sep) {
			return strings.ReplaceAll(s, string(sep), ""), true
		}
	}
	return "", false
}

// DetectNumberStyle decides the style of a column from its cells. Cells that
// show a style decide, if they agree. When every separated cell could be
// read both ways, the separator groups thousands if at least three cells have
// it, numbers below a thousand have none, and no longer number lacks it;
// with fixed decimals those small numbers would show theirs. Otherwise AnyStyle: the cells
// that can be read both ways will be refused, and a person decides.
func DetectNumberStyle(samples []string) NumberStyle {
	var count tally
	for _, s := range samples {
		s = Clean(s)
		if body, _, ok := undress(s); ok && !isMissing(s) {
			count.add(body)
		}
	}
	return count.style()
}

// tally counts what the numbers of a column look like.
type tally struct {
	comma, point             int // cells that show a style
	eitherComma, eitherPoint int // cells that can be read both ways
	small, long              int // bare digits, up to three and more
}

func (t *tally) add(body string) {
	switch styleOf(body) {
	case DecimalComma:
		t.comma++
		return
	case DecimalPoint:
		t.point++
		return
	}
	switch {
	case isGrouped(body, ','):
		t.eitherComma++
	case isGrouped(body, '.'):
		t.eitherPoint++
	case allDigits(body) && len(body) <= 3:
		t.small++
	case allDigits(body):
		t.long++
	}
}

func (t *tally) style() NumberStyle {
	switch {
	case t.comma > 0 && t.point == 0:
		return DecimalComma
	case t.point > 0 && t.comma == 0:
		return DecimalPoint
	case t.point > 0 || t.small == 0 || t.long > 0:
		return AnyStyle
	case t.eitherComma >= 3 && t.eitherPoint == 0:
		return DecimalPoint
	case t.eitherPoint >= 3 && t.eitherComma == 0:
		return DecimalComma
	}
	return AnyStyle
}

// ParseCents reads an amount of euros as exact cents. Further decimals must be
// zero. Errors: those of ParseNumber, CodeNumberFractional.
func ParseCents(s string, style NumberStyle) (int64, error) {
	d, err := ParseNumber(s, style)
	if err != nil {
		return 0, err
	}
	for ; d.Scale > 2; d.Scale-- {
		if d.Unscaled%10 != 0 {
			return 0, &Error{Code: CodeNumberFractional, Value: excerpt(Clean(s))}
		}
		d.Unscaled /= 10
	}
	for ; d.Scale < 2; d.Scale++ {
		if d.Unscaled > math.MaxInt64/10 || d.Unscaled < math.MinInt64/10 {
			return 0, &Error{Code: CodeNumberRange, Value: excerpt(Clean(s))}
		}
		d.Unscaled *= 10
	}
	return d.Unscaled, nil
}
