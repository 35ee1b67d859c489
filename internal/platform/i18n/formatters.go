package i18n

import (
	"fmt"
	"reflect"
	"time"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/money"
)

// formatter writes a parameter. Two languages may use different formats for one
// parameter only if their classes agree; the empty class agrees with all.
type formatter struct {
	class    string
	decimals int // when the parameter gives none
	append   func(p *Printer, b []byte, value any, decimals int) ([]byte, bool)
}

// formatters are the formats that a catalogue may name. The empty one writes
// strings as they are, whole numbers grouped, amounts, dates and instants long.
var formatters = map[string]formatter{
	"":           {"", 0, appendAuto},
	"text":       {"text", 0, textFormat(func(_ *Printer, s string) string { return s })},
	"quote":      {"text", 0, textFormat((*Printer).Quote)},
	"de":         {"text", 0, textFormat((*Printer).De)},
	"a":          {"text", 0, textFormat((*Printer).A)},
	"number":     {"number", 0, appendNumber},
	"percent":    {"number", 1, appendPercent},
	"year":       {"number", 0, appendYear},
	"bytes":      {"number", 0, appendBytes},
	"money":      {"money", 0, moneyFormat((*Printer).appendMoney)},
	"moneyshort": {"money", 0, moneyFormat((*Printer).appendMoneyShort)},
	"date":       {"date", 0, dateFormat((*Printer).Date)},
	"dateshort":  {"date", 0, dateFormat((*Printer).DateShort)},
	"instant":    {"instant", 0, appendInstant},
}

func appendAuto(p *Printer, b []byte, value any, _ int) ([]byte, bool) {
	switch v := value.(type) {
	case string:
		return append(b, v...), true
	case int:
		return p.style.appendInt(b, int64(v)), true
	case money.Cents:
		return p.appendMoney(b, v), true
	case calendar.Date:
		return append(b, p.Date(v)...), true
	case time.Time:
		return append(b, p.Instant(v)...), true
	}
	if s, ok := toText(value); ok {
		return append(b, s...), true
	}
	n, ok := toInt(value)
	if !ok {
		return b, false // a float needs a format, which decides its decimals
	}
	return p.style.appendInt(b, n), true
}

func textFormat(write func(*Printer, string) string) func(*Printer, []byte, any, int) ([]byte, bool) {
	return func(p *Printer, b []byte, value any, _ int) ([]byte, bool) {
		s, ok := toText(value)
		if !ok {
			return b, false
		}
		return append(b, write(p, s)...), true
	}
}

func moneyFormat(write func(*Printer, []byte, money.Cents) []byte) func(*Printer, []byte, any, int) ([]byte, bool) {
	return func(p *Printer, b []byte, value any, _ int) ([]byte, bool) {
		c, ok := value.(money.Cents)
		if !ok {
			return b, false
		}
		return write(p, b, c), true
	}
}

func dateFormat(write func(*Printer, calendar.Date) string) func(*Printer, []byte, any, int) ([]byte, bool) {
	return func(p *Printer, b []byte, value any, _ int) ([]byte, bool) {
		d, ok := value.(calendar.Date)
		if !ok {
			return b, false
		}
		return append(b, write(p, d)...), true
	}
}

func appendNumber(p *Printer, b []byte, value any, decimals int) ([]byte, bool) {
	if f, ok := toFloat(value); ok {
		return p.style.appendFloat(b, f, decimals), true
	}
	n, ok := toInt(value)
	if !ok {
		return b, false
	}
	return p.style.appendInt(b, n), true
}

func appendPercent(p *Printer, b []byte, value any, decimals int) ([]byte, bool) {
	f, ok := toFloat(value)
	if !ok {
		return b, false
	}
	return append(b, p.Percent(f, decimals)...), true
}

func appendYear(p *Printer, b []byte, value any, _ int) ([]byte, bool) {
	n, ok := toInt(value)
	if !ok {
		return b, false
	}
	return append(b, p.Year(int(n))...), true
}

func appendBytes(p *Printer, b []byte, value any, _ int) ([]byte, bool) {
	n, ok := toInt(value)
	if !ok {
		return b, false
	}
	return append(b, p.Bytes(n)...), true
}

func appendInstant(p *Printer, b []byte, value any, _ int) ([]byte, bool) {
	t, ok := value.(time.Time)
	if !ok {
		return b, false
	}
	return append(b, p.Instant(t)...), true
}

// toText accepts strings, types made of strings, and types that name themselves.
func toText(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case money.Cents, calendar.Date, time.Time: // they name themselves for files, not for readers
		return "", false
	case fmt.Stringer:
		if r := reflect.ValueOf(v); r.Kind() == reflect.Pointer && r.IsNil() {
			return "", false
		}
		return v.String(), true
	}
	if v := reflect.ValueOf(value); v.Kind() == reflect.String {
		return v.String(), true
	}
	return "", false
}

// toInt accepts every whole number but an amount: cents are not a count.
func toInt(value any) (int64, bool) {
	if _, isMoney := value.(money.Cents); isMoney {
		return 0, false
	}
	v := reflect.ValueOf(value)
	switch {
	case v.CanInt():
		return v.Int(), true
	case v.CanUint() && v.Uint() <= 1<<63-1:
		return int64(v.Uint()), true
	}
	return 0, false
}

func toFloat(value any) (float64, bool) {
	v := reflect.ValueOf(value)
	if !v.CanFloat() {
		return 0, false
	}
	return v.Float(), true
}
