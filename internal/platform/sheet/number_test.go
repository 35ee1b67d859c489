package sheet

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseNumber(t *testing.T) {
	tests := []struct {
		in         string
		any        string // result or code, in AnyStyle
		pointStyle string
		commaStyle string
	}{
		{"0", "0", "0", "0"},
		{"14293", "14293", "14293", "14293"},
		{" 14 293 ", "14293", "14293", "14293"},
		{"14\u00a0293", "14293", "14293", "14293"},
		{"14\u202f293\u202f001", "14293001", "14293001", "14293001"},
		{"14'293", "14293", "14293", "14293"},
		{"14’293", "14293", "14293", "14293"},
		{"14.293,5", "14293.5", CodeNumberBad, "14293.5"},
		{"14,293.5", "14293.5", "14293.5", CodeNumberBad},
		{"1.234.567", "1234567", CodeNumberBad, "1234567"},
		{"1,234,567", "1234567", "1234567", CodeNumberBad},
		{"14,304", CodeNumberAmbiguous, "14304", "14.304"},
		{"14.304", CodeNumberAmbiguous, "14.304", "14304"},
		{"-14,304", CodeNumberAmbiguous, "-14304", "-14.304"},
		{"14,30", "14.30", CodeNumberBad, "14.30"},
		{"14.30", "14.30", "14.30", CodeNumberBad},
		{"0,304", "0.304", CodeNumberBad, "0.304"},
		{"1234,567", "1234.567", CodeNumberBad, "1234.567"},
		{"5975.5832", "5975.5832", "5975.5832", CodeNumberBad},
		{"14 293,500", "14293.500", CodeNumberBad, "14293.500"},
		{"12,5 %", "12.5", CodeNumberBad, "12.5"},
		{"12.5%", "12.5", "12.5", CodeNumberBad},
		{"€ 1.234,50", "1234.50", CodeNumberBad, "1234.50"},
		{"1.234,50 €", "1234.50", CodeNumberBad, "1234.50"},
		{"EUR 12", "12", "12", "12"},
		{"-€ 5", "-5", "-5", "-5"},
		{"€ -5", "-5", "-5", "-5"},
		{"−5", "-5", "-5", "-5"},
		{"5-", "-5", "-5", "-5"},
		{"(5,00)", "-5.00", CodeNumberBad, "-5.00"},
		{"+5", "5", "5", "5"},
		{"007", "7", "7", "7"},
		{"-0,05", "-0.05", CodeNumberBad, "-0.05"},
		{"999999999999999999", "999999999999999999", "999999999999999999", "999999999999999999"},
		{"1000000000000000000", CodeNumberRange, CodeNumberRange, CodeNumberRange},
		{"0000000000000000000001", "1", "1", "1"},
		{"", CodeMissing, CodeMissing, CodeMissing},
		{" \u00a0", CodeMissing, CodeMissing, CodeMissing},
		{"-", CodeMissing, CodeMissing, CodeMissing},
		{"–", CodeMissing, CodeMissing, CodeMissing},
		{"NaN", CodeMissing, CodeMissing, CodeMissing},
		{"n.d.", CodeMissing, CodeMissing, CodeMissing},
		{"N/A", CodeMissing, CodeMissing, CodeMissing},
		{"…", CodeMissing, CodeMissing, CodeMissing},
		{"Inf", CodeNumberBad, CodeNumberBad, CodeNumberBad},
		{"1e5", CodeNumberBad, CodeNumberBad, CodeNumberBad},
		{"0x1F", CodeNumberBad, CodeNumberBad, CodeNumberBad},
		{"00-04", CodeNumberBad, CodeNumberBad, CodeNumberBad},
		{"1 2", CodeNumberBad, CodeNumberBad, CodeNumberBad},
		{"14 29", CodeNumberBad, CodeNumberBad, CodeNumberBad},
		{"14 293 1", CodeNumberBad, CodeNumberBad, CodeNumberBad},
		{"1,2,3", CodeNumberBad, CodeNumberBad, CodeNumberBad},
		{"1.2.3", CodeNumberBad, CodeNumberBad, CodeNumberBad},
		{"1,234.567,8", CodeNumberBad, CodeNumberBad, CodeNumberBad},
		{"--5", CodeNumberBad, CodeNumberBad, CodeNumberBad},
		{"(-5)", CodeNumberBad, CodeNumberBad, CodeNumberBad},
		{"(5", CodeNumberBad, CodeNumberBad, CodeNumberBad},
		{"5.", CodeNumberBad, CodeNumberBad, CodeNumberBad},
		{",5", CodeNumberBad, CodeNumberBad, CodeNumberBad},
		{"€", CodeNumberBad, CodeNumberBad, CodeNumberBad},
		{"٣", CodeNumberBad, CodeNumberBad, CodeNumberBad},
		{"12 habitants", CodeNumberBad, CodeNumberBad, CodeNumberBad},
	}
	for _, tt := range tests {
		for style, want := range map[NumberStyle]string{AnyStyle: tt.any, DecimalPoint: tt.pointStyle, DecimalComma: tt.commaStyle} {
			d, err := ParseNumber(tt.in, style)
			got := d.String()
			if e := (*Error)(nil); errors.As(err, &e) {
				got = e.Code
			}
			if got != want {
				t.Errorf("ParseNumber(%q, %d) = %s, want %s", tt.in, style, got, want)
			}
		}
	}
}

func TestErrMissing(t *testing.T) {
	if _, err := ParseDecimal("n.d."); !errors.Is(err, ErrMissing) {
		t.Error("n.d. is not missing")
	}
	if _, err := ParseDecimal("x"); errors.Is(err, ErrMissing) {
		t.Error("x is missing")
	}
}

func TestDetectNumberStyle(t *testing.T) {
	tests := []struct {
		in   string
		want NumberStyle
	}{
		{"1;2;3", AnyStyle},
		{"1,5;14,304", DecimalComma},
		{"14,304;1.234,5", DecimalComma},
		{"14,304;1,234,567", DecimalPoint},
		{"14.304;12.5", DecimalPoint},
		{"14,304;12,5;12.5", AnyStyle},           // they disagree
		{"14,304;8,120;1,002", AnyStyle},         // could be kilometres with metres
		{"14,304;8,120;1,002;950", DecimalPoint}, // 950 has no decimals: thousands
		{"14.304;8.120;1.002;950", DecimalComma},
		{"14,304;8,120;950", AnyStyle},            // too few to decide
		{"14,304;8,120;1,002;950;2500", AnyStyle}, // 2500 is not grouped
		{"14,304;8.120;1,002;950", AnyStyle},
		{"n.d.;-;;Total", AnyStyle},
		{"€ 12,50;n.d.;x", DecimalComma},
	}
	for _, tt := range tests {
		if got := DetectNumberStyle(strings.Split(tt.in, ";")); got != tt.want {
			t.Errorf("DetectNumberStyle(%s) = %d, want %d", tt.in, got, tt.want)
		}
	}
}

func TestParseCents(t *testing.T) {
	tests := []struct {
		in    string
		style NumberStyle
		want  int64
		code  string
	}{
		{"0", AnyStyle, 0, ""},
		{"12", AnyStyle, 1200, ""},
		{"€ 1.234,5", DecimalComma, 123450, ""},
		{"€ 1.234,50", DecimalComma, 123450, ""},
		{"1 234,5000", DecimalComma, 123450, ""},
		{"-0,01", DecimalComma, -1, ""},
		{"0.29", DecimalPoint, 29, ""}, // 28 through a float
		{"12,345", DecimalComma, 0, CodeNumberFractional},
		{"12,345", AnyStyle, 0, CodeNumberAmbiguous},
		{"92233720368547758", AnyStyle, 9223372036854775800, ""},
		{"92233720368547759", AnyStyle, 0, CodeNumberRange},
		{"-92233720368547759", AnyStyle, 0, CodeNumberRange},
		{"999999999999999999", AnyStyle, 0, CodeNumberRange},
		{"n.d.", AnyStyle, 0, CodeMissing},
		{"douze", AnyStyle, 0, CodeNumberBad},
	}
	for _, tt := range tests {
		got, err := ParseCents(tt.in, tt.style)
		if got != tt.want || (tt.code == "") != (err == nil) || err != nil && !IsCode(err, tt.code) {
			t.Errorf("ParseCents(%q, %d) = %d, %v; want %d %s", tt.in, tt.style, got, err, tt.want, tt.code)
		}
	}
}

// Whatever is written in either style, dressed in any way, is read as the same
// exact number.
func TestNumberProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Decimal{
			Unscaled: rapid.Int64Range(-999_999_999_999_999_999, 999_999_999_999_999_999).Draw(t, "unscaled"),
			Scale:    rapid.IntRange(0, maxScale).Draw(t, "scale"),
		}
		style := rapid.SampledFrom([]NumberStyle{DecimalPoint, DecimalComma}).Draw(t, "style")
		s := dress(t, d, style)
		got, err := ParseNumber(s, style)
		if err != nil || got != d {
			t.Fatalf("ParseNumber(%q, %d) = %v, %v; want %v", s, style, got, err, d)
		}
		free, err := ParseNumber(s, AnyStyle)
		if err == nil && free != d {
			t.Fatalf("ParseNumber(%q, AnyStyle) = %v; want %v or a refusal", s, free, d)
		}
	})
}

func dress(t *rapid.T, d Decimal, style NumberStyle) string {
	point, group := ".", ","
	if style == DecimalComma {
		point, group = ",", "."
	}
	s := strings.TrimPrefix(d.String(), "-")
	whole, decimals, has := strings.Cut(s, ".")
	sep := rapid.SampledFrom([]string{"", group, " ", "\u00a0", "\u202f", "'"}).Draw(t, "group")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + sep + whole[i:]
	}
	if has {
		whole += point + decimals
	}
	unit := rapid.SampledFrom([]string{"", " €", "€", " %", " EUR"}).Draw(t, "unit")
	if d.Unscaled >= 0 {
		return whole + unit
	}
	switch rapid.IntRange(0, 2).Draw(t, "minus") {
	case 0:
		return "(" + whole + unit + ")"
	case 1:
		return whole + "-" + unit
	}
	return "-" + whole + unit
}

func TestDecimal(t *testing.T) {
	tests := []struct {
		d    Decimal
		want string
	}{
		{Decimal{0, 0}, "0"}, {Decimal{0, 2}, "0.00"}, {Decimal{5, 2}, "0.05"}, {Decimal{-5, 2}, "-0.05"},
		{Decimal{1450, 2}, "14.50"}, {Decimal{-123, 1}, "-12.3"}, {Decimal{1, 18}, "0.000000000000000001"},
		{Decimal{math.MinInt64, 18}, "-9.223372036854775808"},
	}
	for _, tt := range tests {
		if got := tt.d.String(); got != tt.want {
			t.Errorf("String(%+v) = %s, want %s", tt.d, got, tt.want)
		}
		want, _ := new(big.Rat).SetString(tt.want)
		if got := tt.d.Rat(); got.Cmp(want) != 0 {
			t.Errorf("Rat(%+v) = %s, want %s", tt.d, got, want)
		}
	}
}

func TestParseDate(t *testing.T) {
	tests := map[string]string{
		"2024-05-06": "2024-05-06", "06/05/2024": "2024-05-06", "6/5/2024": "2024-05-06",
		"06-05-2024": "2024-05-06", "06.05.2024": "2024-05-06", " 06/05/2024\u00a0": "2024-05-06",
		"2024-05-06T00:00:00": "2024-05-06", "2024-05-06 10:30": "2024-05-06", "2024-05-06 10:30:00.000": "2024-05-06",
		"20240506": "2024-05-06", "45418": "2024-05-06", "10000": "1927-05-18",
		"29/02/2024": "2024-02-29", "29/02/2000": "2000-02-29", "2024-5-6": "2024-05-06",
		"29/02/2023": CodeDateBad, "29/02/1900": CodeDateBad, "31/04/2024": CodeDateBad, "00/01/2024": CodeDateBad,
		"05/13/2024": CodeDateBad, "06/05/24": CodeDateBad, "2024": CodeDateBad, "123": CodeDateBad, "09999": CodeDateBad,
		"2024/05/06": CodeDateBad, "2024-05-06T10:30:00Z": CodeDateBad, "2024-05-06T25:00": CodeDateBad,
		"6 mai 2024": CodeDateBad, "2024-05": CodeDateBad, "0000-01-01": CodeDateBad, "06/05-2024": CodeDateBad,
		"+6/05/2024": CodeDateBad, "": CodeMissing, "-": CodeMissing, "n.d.": CodeMissing,
	}
	for in, want := range tests {
		d, err := ParseDate(in)
		got := d.String()
		if e := (*Error)(nil); errors.As(err, &e) {
			got = e.Code
		}
		if got != want {
			t.Errorf("ParseDate(%q) = %s, want %s", in, got, want)
		}
	}
}

// Serial numbers of the 1900 system, against published correspondences.
func TestSerial(t *testing.T) {
	tests := map[int]string{1: "1900-01-01", 59: "1900-02-28", 61: "1900-03-01", 25569: "1970-01-01", 43831: "2020-01-01", maxSerial: "9999-12-31"}
	for n, want := range tests {
		d, ok := dateOfSerial(n)
		if !ok || d.String() != want {
			t.Errorf("serial %d = %v %v, want %s", n, d, ok, want)
		}
	}
	for _, n := range []int{0, -1, 60, maxSerial + 1} {
		if d, ok := dateOfSerial(n); ok {
			t.Errorf("serial %d = %v, want none", n, d)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(61, maxSerial).Draw(t, "n")
		d, ok := dateOfSerial(n)
		if !ok || !d.Valid() || d.serial() != n {
			t.Fatalf("serial %d: %v, back %d", n, d, d.serial())
		}
		if n >= 10_000 && n <= 99_999 {
			if parsed, err := ParseDate(strconv.Itoa(n)); err != nil || parsed != d {
				t.Fatalf("ParseDate(%d) = %v, %v", n, parsed, err)
			}
		}
	})
}
