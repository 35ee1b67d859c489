package register

import (
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/money"
	"beffroi/internal/platform/sheet"
)

// Values reads the fields of one record, whether typed in a form, sent as JSON
// or found in the line of a file, and collects everything wrong with them.
type Values struct {
	Line     int // of the file, 0 elsewhere
	Warnings []fault.Field
	get      func(string) string
	bad      fault.Fields
}

// NewValues reads through get, which gives "" for an absent field.
func NewValues(line int, get func(string) string) *Values { return &Values{Line: line, get: get} }

// Refuse records one refused field.
// i18n: fault.register.*
func (v *Values) Refuse(name, code string, args fault.Args) {
	value := v.get(name)
	if args == nil {
		args = fault.Args{}
	}
	args["value"] = value
	v.bad.AddLine(v.Line, name, value, code, args)
}

// Warn records something to look at that does not stop the record.
func (v *Values) Warn(name, code string, args fault.Args) {
	value := v.get(name)
	if args == nil {
		args = fault.Args{}
	}
	args["value"] = value
	v.Warnings = append(v.Warnings, fault.Field{Name: name, Line: v.Line, Value: value, Code: code, Args: args})
}

// Err is nil when nothing was refused.
func (v *Values) Err() error { return v.bad.Err() }

// Raw is a field as given.
func (v *Values) Raw(name string) string { return v.get(name) }

// Text is a field of at most max characters.
func (v *Values) Text(name string, max int) string {
	s := strings.TrimSpace(v.get(name))
	if utf8.RuneCountInString(s) > max {
		v.Refuse(name, "register.long", fault.Args{"max": int64(max)})
	}
	return s
}

// Required is a Text that may not be empty.
func (v *Values) Required(name string, max int) string {
	s := v.Text(name, max)
	if s == "" {
		v.Refuse(name, "required", nil)
	}
	return s
}

// Texts is a Text in three fields: name_fr (needed when required), name_nl, name_en.
func (v *Values) Texts(name string, max int, required bool) Text {
	t := Text{NL: v.Text(name+"_nl", max), EN: v.Text(name+"_en", max)}
	if required {
		t.FR = v.Required(name+"_fr", max)
	} else {
		t.FR = v.Text(name+"_fr", max)
	}
	return t
}

// keySyntax is what a key may be: it becomes part of an address.
var keySyntax = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$`)

// Key is a public reference: letters, digits, point, dash and underscore, at
// most 80.
func (v *Values) Key(name string) string {
	s := strings.TrimSpace(v.get(name))
	switch {
	case s == "":
		v.Refuse(name, "required", nil)
	case !keySyntax.MatchString(s):
		v.Refuse(name, "register.key", nil)
	}
	return s
}

// Enum is one of the allowed words, or "" when that is allowed too.
func Enum[E ~string](v *Values, name string, allowed []E) E {
	s := E(strings.TrimSpace(v.get(name)))
	if s == "" && !slices.Contains(allowed, "") {
		v.Refuse(name, "required", nil)
		return s
	}
	if !slices.Contains(allowed, s) {
		words := make([]string, 0, len(allowed))
		for _, a := range allowed {
			if a != "" {
				words = append(words, string(a))
			}
		}
		v.Refuse(name, "register.enum", fault.Args{"values": strings.Join(words, ", ")})
	}
	return s
}

// Date is a day, or the zero Date when the field is empty.
func (v *Values) Date(name string) calendar.Date {
	s := strings.TrimSpace(v.get(name))
	if s == "" {
		return calendar.Date{}
	}
	if d, err := calendar.Parse(s); err == nil {
		return d
	}
	d, err := sheet.ParseDate(s)
	if err == nil {
		if day, err := calendar.Parse(d.String()); err == nil {
			return day
		}
	}
	v.Refuse(name, "register.date", nil)
	return calendar.Date{}
}

// Period is the days from one field to another, both included.
func (v *Values) Period(from, to string) calendar.Period {
	p := calendar.Period{From: v.Date(from), To: v.Date(to)}
	if !p.Valid() {
		v.Refuse(to, "register.period", fault.Args{"from": p.From})
	}
	return p
}

// Last is the day, needed, on which something ends that began on another.
func (v *Values) Last(name string, from calendar.Date) calendar.Date {
	d := v.Date(name)
	switch {
	case strings.TrimSpace(v.get(name)) == "":
		v.Refuse(name, "required", nil)
	case !d.IsZero() && d.Before(from):
		v.Refuse(name, "register.period", fault.Args{"from": from})
	}
	return d
}

// Whole is a whole number from 0, or 0 when the field is empty.
func (v *Values) Whole(name string) int64 {
	s := strings.TrimSpace(v.get(name))
	if s == "" {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		v.Refuse(name, "register.whole", nil)
		return 0
	}
	return n
}

// Year is a calendar year with figures of a province, 1900 to 2200.
func (v *Values) Year(name string) int {
	n, err := strconv.Atoi(strings.TrimSpace(v.get(name)))
	if err != nil || n < 1900 || n > calendar.MaxYear {
		v.Refuse(name, "register.year", nil)
	}
	return n
}

// Euros is an amount written in euros, nil when the field is empty. Negative
// amounts are refused.
func (v *Values) Euros(name string) *money.Cents {
	n, err := sheet.ParseCents(v.get(name), sheet.AnyStyle)
	return v.cents(name, n, err)
}

// Cents is an amount written in whole cents, nil when the field is empty.
func (v *Values) Cents(name string) *money.Cents {
	s := strings.TrimSpace(v.get(name))
	if s == "" {
		return nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return v.cents(name, n, err)
}

func (v *Values) cents(name string, n int64, err error) *money.Cents {
	if strings.TrimSpace(v.get(name)) == "" {
		return nil
	}
	if err != nil || n < 0 {
		v.Refuse(name, "register.amount", nil)
		return nil
	}
	c := money.Cents(n)
	return &c
}

// Hundredths is a number with at most two decimals, in hundredths.
func (v *Values) Hundredths(name string) int64 {
	d, err := sheet.ParseDecimal(v.get(name))
	n, scale := d.Unscaled, d.Scale
	for ; scale > 2 && n%10 == 0; scale-- {
		n /= 10
	}
	if err != nil || n < 0 || scale > 2 || n > 1<<53 {
		v.Refuse(name, "register.decimal", nil)
		return 0
	}
	for ; scale < 2; scale++ {
		n *= 10
	}
	return n
}

// Commune is the commune of a NIS code, old codes included (with a warning);
// 0 when the field is empty.
func (v *Values) Commune(name string, atlas *territory.Atlas) int64 {
	code := strings.TrimSpace(v.get(name))
	if code == "" {
		return 0
	}
	return v.commune(name, code, atlas)
}

func (v *Values) commune(name, code string, atlas *territory.Atlas) int64 {
	area, current, ok := atlas.Commune(code)
	if !ok {
		v.Refuse(name, "register.nis", fault.Args{"nis": code})
		return 0
	}
	if current != code {
		v.Warn(name, "register.recoded", fault.Args{"nis": code, "current": current})
	}
	return area.ID
}

// Communes are the communes of a list of NIS codes separated by ";", each once.
func (v *Values) Communes(name string, atlas *territory.Atlas) []int64 {
	var list []int64
	for code := range strings.SplitSeq(v.get(name), ";") {
		if code = strings.TrimSpace(code); code == "" {
			continue
		}
		if id := v.commune(name, code, atlas); id != 0 && !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	return list
}

// Email is an address of electronic mail, or "".
func (v *Values) Email(name string) string {
	s := v.Text(name, 200)
	if s == "" {
		return ""
	}
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s {
		v.Refuse(name, "register.email", nil)
	}
	return s
}

// Website is an address of the web, or "".
func (v *Values) Website(name string) string {
	s := v.Text(name, 300)
	if s == "" {
		return ""
	}
	if u, err := url.Parse(s); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		v.Refuse(name, "register.url", nil)
	}
	return s
}
