package i18n

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/money"
)

// Int writes a whole number in groups of three digits.
func (p *Printer) Int(n int64) string { return string(p.style.appendInt(nil, n)) }

// Float writes a statistic with the given decimals (0..9), rounded to nearest;
// "–" if it is not a number. Amounts and whatever a vote or a rank depends on
// use Money or Fixed, which are exact.
func (p *Printer) Float(f float64, decimals int) string {
	return string(p.style.appendFloat(nil, f, decimals))
}

// Fixed writes unscaled / 10^scale exactly, with scale (0..18) decimals.
func (p *Printer) Fixed(unscaled int64, scale int) string {
	var b []byte
	if unscaled < 0 {
		b = append(b, minus...)
	}
	return string(p.style.appendScaled(b, magnitude(unscaled), min(max(scale, 0), 18)))
}

// Money writes an amount to the cent: "9 528 165,63 €", "€ 9.528.165,63", "€9,528,165.63".
func (p *Printer) Money(c money.Cents) string { return string(p.appendMoney(nil, c)) }

// MoneyShort writes an amount rounded for a chart or a tile: "9,5 M€", "€ 9,5 mln", "€9.5M".
func (p *Printer) MoneyShort(c money.Cents) string { return string(p.appendMoneyShort(nil, c)) }

// Percent writes a ratio (1 is 100 %) with the given decimals: "12,3 %".
func (p *Printer) Percent(ratio float64, decimals int) string {
	text := p.Float(ratio*100, decimals)
	if text == none {
		return none
	}
	return text + p.style.percent
}

// Date writes a date in words, "1er janvier 2019"; "" for the zero Date.
func (p *Printer) Date(d calendar.Date) string {
	if d.IsZero() {
		return ""
	}
	day := strconv.Itoa(d.Day())
	if d.Day() == 1 && p.style.firstDay != "" {
		day = p.style.firstDay
	}
	return day + " " + p.style.months[d.Month()-1] + " " + strconv.Itoa(d.Year())
}

// DateShort writes a date in figures, day first, "23/11/2026"; "" for the zero Date.
func (p *Printer) DateShort(d calendar.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.Time(time.UTC).Format("02/01/2006")
}

// Instant writes the date and the time of day in Brussels; "" for the zero Time.
func (p *Printer) Instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(clock.Brussels())
	return p.Date(calendar.Of(t)) + p.style.dateTime + t.Format("15:04")
}

// Year writes a year, never grouped.
func (p *Printer) Year(year int) string { return strconv.Itoa(year) }

// List joins words: "a, b et c".
func (p *Printer) List(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	last := len(items) - 1
	return strings.Join(items[:last], ", ") + p.style.and + items[last]
}

// Quote puts s between the language's quotation marks.
func (p *Printer) Quote(s string) string { return p.style.openQ + s + p.style.closeQ }

// Bytes writes the size of a file in decimal units: "1,5 Mo", "1.5 MB".
func (p *Printer) Bytes(n int64) string {
	size, unit := float64(max(n, 0)), 0
	for size >= 999.95 && unit < len(p.style.byteUnits)-1 { // 999.95 would round to 1000.0
		size /= 1000
		unit++
	}
	decimals := 1
	if unit == 0 || size >= 99.95 {
		decimals = 0
	}
	return p.Float(size, decimals) + nbsp + p.style.byteUnits[unit]
}

// De writes "of" before a place name: "de Mons", "d’Ath", "du Roeulx", "des Bons
// Villers", "de La Louvière"; "van Mons"; "of Mons".
func (p *Printer) De(name string) string {
	if !p.style.elides {
		return p.style.of + name
	}
	if contracted, ok := contract(name, "du ", "des "); ok {
		return contracted
	}
	if elidable(name) {
		return "d’" + name
	}
	return "de " + name
}

// A writes "in" before a place name: "à Mons", "au Roeulx", "aux Bons Villers",
// "à La Louvière"; "in Mons".
func (p *Printer) A(name string) string {
	if !p.style.elides {
		return p.style.at + name
	}
	if contracted, ok := contract(name, "au ", "aux "); ok {
		return contracted
	}
	return "à " + name
}

// contract merges a preposition with the article Le or Les that begins name.
func contract(name, singular, plural string) (string, bool) {
	article, rest, found := strings.Cut(name, " ")
	switch {
	case found && strings.EqualFold(article, "le"):
		return singular + rest, true
	case found && strings.EqualFold(article, "les"):
		return plural + rest, true
	}
	return "", false
}

// elidable reports whether name starts with a vowel sound. The h of Walloon
// place names is aspirated (ville de Huy, commune de Hensies), so h never elides;
// y does before a consonant only (d’Ypres, de Yaoundé).
func elidable(name string) bool {
	first, size := utf8.DecodeRuneInString(name)
	if unicode.ToLower(first) == 'y' {
		second, _ := utf8.DecodeRuneInString(name[size:])
		return unicode.IsLetter(second) && !isVowel(second)
	}
	return isVowel(first)
}

func isVowel(r rune) bool {
	return strings.ContainsRune("aeiouyàâäæéèêëîïôöœùûü", unicode.ToLower(r))
}
