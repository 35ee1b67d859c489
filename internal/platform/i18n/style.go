package i18n

import (
	"math"
	"strconv"

	"beffroi/internal/platform/money"
)

// style is how a language writes numbers, dates and lists. Belgian usage:
// French and Dutch after CLDR fr-BE and nl-BE, English as in the EU institutions.
type style struct {
	group, decimal string

	moneyBefore, moneyAfter string
	signFirst               bool // the sign precedes the currency symbol
	shortBefore             string
	shortAfter              [4]string // units, thousands, millions, milliards

	percent   string
	byteUnits [5]string

	months        [12]string
	firstDay      string // the first of the month, "" when it is a plain 1
	dateTime      string // between date and time
	and           string
	openQ, closeQ string
	of, at        string
	elides        bool // French articles and elision
}

const (
	nbsp  = "\u00a0"
	thin  = "\u202f" // narrow no-break space, the French thousands separator
	minus = "\u2212" // read aloud as a minus and never broken from its number, unlike the hyphen
	none  = "–"      // shown for a number that does not exist
)

// styles by language.
var styles = map[string]*style{
	"fr": {
		group: thin, decimal: ",",
		moneyAfter: nbsp + "€",
		shortAfter: [4]string{nbsp + "€", nbsp + "k€", nbsp + "M€", nbsp + "Md€"},
		percent:    nbsp + "%",
		byteUnits:  [5]string{"o", "ko", "Mo", "Go", "To"},
		months: [12]string{"janvier", "février", "mars", "avril", "mai", "juin",
			"juillet", "août", "septembre", "octobre", "novembre", "décembre"},
		firstDay: "1er", dateTime: " à ", and: " et ",
		openQ: "«" + nbsp, closeQ: nbsp + "»",
		elides: true,
	},
	"nl": {
		group: ".", decimal: ",",
		moneyBefore: "€" + nbsp,
		shortBefore: "€" + nbsp,
		shortAfter:  [4]string{"", nbsp + "k", nbsp + "mln", nbsp + "mld"},
		percent:     "%",
		byteUnits:   [5]string{"B", "kB", "MB", "GB", "TB"},
		months: [12]string{"januari", "februari", "maart", "april", "mei", "juni",
			"juli", "augustus", "september", "oktober", "november", "december"},
		dateTime: " om ", and: " en ",
		openQ: "“", closeQ: "”",
		of: "van ", at: "in ",
	},
	"en": {
		group: ",", decimal: ".",
		moneyBefore: "€", signFirst: true,
		shortBefore: "€",
		shortAfter:  [4]string{"", "k", "M", "bn"},
		percent:     "%",
		byteUnits:   [5]string{"B", "kB", "MB", "GB", "TB"},
		months: [12]string{"January", "February", "March", "April", "May", "June",
			"July", "August", "September", "October", "November", "December"},
		dateTime: " at ", and: " and ",
		openQ: "“", closeQ: "”",
		of: "of ", at: "in ",
	},
}

// appendGrouped writes whole digits in groups of three, then the decimals.
func (s *style) appendGrouped(b, whole, fraction []byte) []byte {
	for i, d := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b = append(b, s.group...)
		}
		b = append(b, d)
	}
	if len(fraction) > 0 {
		b = append(append(b, s.decimal...), fraction...)
	}
	return b
}

// appendScaled writes magnitude / 10^scale, exactly.
func (s *style) appendScaled(b []byte, magnitude uint64, scale int) []byte {
	var buf [40]byte
	digits := strconv.AppendUint(buf[:0], magnitude, 10)
	if pad := scale + 1 - len(digits); pad > 0 {
		digits = append(digits, make([]byte, pad)...)
		copy(digits[pad:], digits)
		for i := range pad {
			digits[i] = '0'
		}
	}
	point := len(digits) - scale
	return s.appendGrouped(b, digits[:point], digits[point:])
}

func (s *style) appendInt(b []byte, n int64) []byte {
	if n < 0 {
		b = append(b, minus...)
	}
	return s.appendScaled(b, magnitude(n), 0)
}

func (s *style) appendFloat(b []byte, f float64, decimals int) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(b, none...)
	}
	decimals = min(max(decimals, 0), 9)
	digits := strconv.AppendFloat(make([]byte, 0, 32), math.Abs(f), 'f', decimals, 64)
	whole, fraction := digits, []byte(nil)
	if decimals > 0 {
		point := len(digits) - decimals - 1
		whole, fraction = digits[:point], digits[point+1:]
	}
	if f < 0 && !allZero(digits) {
		b = append(b, minus...)
	}
	return s.appendGrouped(b, whole, fraction)
}

// allZero tells -0.04 at one decimal, which is written without sign.
func allZero(digits []byte) bool {
	for _, d := range digits {
		if d != '0' && d != '.' {
			return false
		}
	}
	return true
}

func (p *Printer) appendMoney(b []byte, c money.Cents) []byte {
	s := p.style
	b = s.appendSigned(b, c < 0, s.moneyBefore)
	b = s.appendScaled(b, magnitude(int64(c)), 2)
	return append(b, s.moneyAfter...)
}

// appendMoneyShort keeps one decimal of thousands, millions or milliards,
// rounded half away from zero, and drops a decimal of zero.
func (p *Printer) appendMoneyShort(b []byte, c money.Cents) []byte {
	s, cents := p.style, magnitude(int64(c))
	tenths, unit := roundDiv(cents, 100)*10, 0 // below 1000 € whole euros are short enough
	for divisor := uint64(10_000); tenths >= 10_000 && unit < len(s.shortAfter)-1; divisor *= 1000 {
		unit++
		tenths = roundDiv(cents, divisor)
	}
	b = s.appendSigned(b, c < 0 && tenths > 0, s.shortBefore)
	if tenths%10 == 0 {
		b = s.appendScaled(b, tenths/10, 0)
	} else {
		b = s.appendScaled(b, tenths, 1)
	}
	return append(b, s.shortAfter[unit]...)
}

func (s *style) appendSigned(b []byte, negative bool, before string) []byte {
	switch {
	case !negative:
		return append(b, before...)
	case s.signFirst:
		return append(append(b, minus...), before...)
	}
	return append(append(b, before...), minus...)
}

func roundDiv(n, divisor uint64) uint64 { return (n + divisor/2) / divisor }

// magnitude is unsigned because the most negative number has no positive twin.
func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}
