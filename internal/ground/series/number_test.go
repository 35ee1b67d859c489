package series

import (
	"testing"

	"beffroi/internal/platform/sheet"
)

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		cell  string
		style sheet.NumberStyle
		want  string
		state State
		bad   bool
	}{
		{"14293", sheet.AnyStyle, "14293", Value, false},
		{"14 293", sheet.AnyStyle, "14293", Value, false},
		{"14,304", sheet.DecimalPoint, "14304", Value, false},
		{"14,304", sheet.DecimalComma, "14.304", Value, false},
		{"14,304", sheet.AnyStyle, "", Missing, true},
		{"27753.0", sheet.DecimalPoint, "27753", Value, false},
		{"3e-04", sheet.AnyStyle, "0.0003", Value, false},
		{"1.5e-2", sheet.AnyStyle, "0.015", Value, false},
		{"3e+04", sheet.AnyStyle, "", Missing, true},
		{"NaN", sheet.AnyStyle, "", Missing, false},
		{"", sheet.AnyStyle, "", Missing, false},
		{"c", sheet.AnyStyle, "", Suppressed, false},
		{"sans objet", sheet.AnyStyle, "", NotApplicable, false},
		{"12a", sheet.AnyStyle, "", Missing, true},
	} {
		d, state, err := number(c.cell, c.style)
		if (err != nil) != c.bad || err == nil && state != c.state || state == Value && err == nil && d.String() != c.want {
			t.Errorf("%q: %s %s %v", c.cell, d, state, err)
		}
	}
}

func TestRescale(t *testing.T) {
	for _, c := range []struct {
		d        sheet.Decimal
		decimals int
		want     int64
		ok       bool
	}{
		{sheet.Decimal{Unscaled: 12790, Scale: 2}, 2, 12790, true}, {sheet.Decimal{Unscaled: 1279, Scale: 1}, 2, 12790, true},
		{sheet.Decimal{Unscaled: 1500, Scale: 3}, 1, 15, true}, {sheet.Decimal{Unscaled: 1501, Scale: 3}, 1, 0, false}, {sheet.Decimal{Unscaled: 1 << 62}, 1, 0, false},
	} {
		if v, ok := rescale(c.d, c.decimals); ok != c.ok || v != c.want {
			t.Errorf("%v to %d: %d %v", c.d, c.decimals, v, ok)
		}
	}
}

// A number read is one that the sheet reads too, and never a panic.
func FuzzNumber(f *testing.F) {
	for _, s := range []string{"1", "14 293", "3e-04", "-1", "e-", "1e-99999999999", "c", "١"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, state, err := number(s, sheet.DecimalPoint)
		if err == nil && state == Value && (d.Scale < 0 || d.Scale > 18) {
			t.Errorf("%q has scale %d", s, d.Scale)
		}
	})
}

func TestTotals(t *testing.T) {
	figures := map[int64]Figure{1: {Value: 5}, 2: {Value: 7}, 3: {State: Missing}, 9: {Value: 13}}
	for _, c := range []struct {
		additive bool
		group    int64
		members  []int64
		want     Total
	}{
		{true, 0, []int64{1, 2}, Total{Value: 12, OK: true, How: "sum"}},
		{true, 9, []int64{1, 2}, Total{Value: 13, OK: true, How: "published"}},
		{false, 0, []int64{1, 2}, Total{How: "not_additive"}},
		{true, 0, []int64{1, 3, 4}, Total{How: "incomplete", Missing: 2}},
		{true, 0, nil, Total{How: "incomplete"}},
	} {
		if got := TotalOf(Dataset{Additive: c.additive}, figures, c.group, c.members); got != c.want {
			t.Errorf("%+v: %+v", c, got)
		}
	}
}
