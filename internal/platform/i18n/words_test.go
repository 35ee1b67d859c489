package i18n_test

import (
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/money"

	"pgregory.net/rapid"
)

var show = strings.NewReplacer("\u00a0", "~", "\u202f", "'") // makes spaces readable in this table

// each writes the same thing in the three languages.
func each(write func(p *i18n.Printer) string) [3]string {
	b := i18n.New("fr", "nl", "en")
	var got [3]string
	for i, lang := range b.Langs() {
		got[i] = show.Replace(write(b.Printer(lang)))
	}
	return got
}

type written struct {
	name  string
	write func(p *i18n.Printer) string
	want  [3]string // fr, nl, en; ~ is U+00A0, ' is U+202F
}

func check(t *testing.T, table []written) {
	t.Helper()
	for _, c := range table {
		if got := each(c.write); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	integer := func(n int64) func(*i18n.Printer) string {
		return func(p *i18n.Printer) string { return p.Int(n) }
	}
	float := func(f float64, decimals int) func(*i18n.Printer) string {
		return func(p *i18n.Printer) string { return p.Float(f, decimals) }
	}
	fixed := func(n int64, scale int) func(*i18n.Printer) string {
		return func(p *i18n.Printer) string { return p.Fixed(n, scale) }
	}
	percent := func(f float64, decimals int) func(*i18n.Printer) string {
		return func(p *i18n.Printer) string { return p.Percent(f, decimals) }
	}
	check(t, []written{
		{"0", integer(0), [3]string{"0", "0", "0"}},
		{"999", integer(999), [3]string{"999", "999", "999"}},
		{"population", integer(1341645), [3]string{"1'341'645", "1.341.645", "1,341,645"}},
		{"negative", integer(-1000), [3]string{"−1'000", "−1.000", "−1,000"}},
		{"least", integer(math.MinInt64), [3]string{"−9'223'372'036'854'775'808", "−9.223.372.036.854.775.808", "−9,223,372,036,854,775,808"}},
		{"area", float(3812.83, 2), [3]string{"3'812,83", "3.812,83", "3,812.83"}},
		{"whole", float(1234567.5, 0), [3]string{"1'234'568", "1.234.568", "1,234,568"}},
		{"no negative zero", float(-0.04, 1), [3]string{"0,0", "0,0", "0.0"}},
		{"not a number", float(math.NaN(), 1), [3]string{"–", "–", "–"}},
		{"infinite", float(math.Inf(-1), 1), [3]string{"–", "–", "–"}},
		{"decimals bounded", float(1, 99), [3]string{"1,000000000", "1,000000000", "1.000000000"}},
		{"decimals not negative", float(12, -3), [3]string{"12", "12", "12"}},
		{"fixed", fixed(123456, 3), [3]string{"123,456", "123,456", "123.456"}},
		{"fixed small", fixed(-5, 4), [3]string{"−0,0005", "−0,0005", "−0.0005"}},
		{"fixed whole", fixed(1234, 0), [3]string{"1'234", "1.234", "1,234"}},
		{"percent", percent(0.1234, 1), [3]string{"12,3~%", "12,3%", "12.3%"}},
		{"percent over 100", percent(12.5, 0), [3]string{"1'250~%", "1.250%", "1,250%"}},
		{"no percent", percent(math.NaN(), 0), [3]string{"–", "–", "–"}},
		{"year", func(p *i18n.Printer) string { return p.Year(2026) }, [3]string{"2026", "2026", "2026"}},
	})
}

func TestMoney(t *testing.T) {
	long := func(c money.Cents) func(*i18n.Printer) string {
		return func(p *i18n.Printer) string { return p.Money(c) }
	}
	short := func(c money.Cents) func(*i18n.Printer) string {
		return func(p *i18n.Printer) string { return p.MoneyShort(c) }
	}
	check(t, []written{
		{"millions", long(952816563), [3]string{"9'528'165,63~€", "€~9.528.165,63", "€9,528,165.63"}},
		{"one cent", long(1), [3]string{"0,01~€", "€~0,01", "€0.01"}},
		{"refund", long(-123456), [3]string{"−1'234,56~€", "€~−1.234,56", "−€1,234.56"}},
		{"least", long(math.MinInt64), [3]string{"−92'233'720'368'547'758,08~€", "€~−92.233.720.368.547.758,08", "−€92,233,720,368,547,758.08"}},
		{"short millions", short(952816563), [3]string{"9,5~M€", "€~9,5~mln", "€9.5M"}},
		{"short thousands", short(52340000), [3]string{"523,4~k€", "€~523,4~k", "€523.4k"}},
		{"short whole", short(4500000), [3]string{"45~k€", "€~45~k", "€45k"}},
		{"short units", short(95049), [3]string{"950~€", "€~950", "€950"}},
		{"short rounds up a unit", short(99960), [3]string{"1~k€", "€~1~k", "€1k"}},
		{"short rounds up to a million", short(99_996_000), [3]string{"1~M€", "€~1~mln", "€1M"}},
		{"short milliards", short(123_456_789_012), [3]string{"1,2~Md€", "€~1,2~mld", "€1.2bn"}},
		{"short negative", short(-952816563), [3]string{"−9,5~M€", "€~−9,5~mln", "−€9.5M"}},
		{"short cents", short(-4), [3]string{"0~€", "€~0", "€0"}},
		{"short least", short(math.MinInt64), [3]string{"−92'233'720,4~Md€", "€~−92.233.720,4~mld", "−€92,233,720.4bn"}},
	})
}

func TestDates(t *testing.T) {
	on := func(s string, write func(*i18n.Printer, calendar.Date) string) func(*i18n.Printer) string {
		return func(p *i18n.Printer) string { return write(p, calendar.MustParse(s)) }
	}
	check(t, []written{
		{"long", on("2026-11-23", (*i18n.Printer).Date), [3]string{"23 novembre 2026", "23 november 2026", "23 November 2026"}},
		{"first", on("2019-01-01", (*i18n.Printer).Date), [3]string{"1er janvier 2019", "1 januari 2019", "1 January 2019"}},
		{"accents", on("2026-08-02", (*i18n.Printer).Date), [3]string{"2 août 2026", "2 augustus 2026", "2 August 2026"}},
		{"short", on("2026-02-01", (*i18n.Printer).DateShort), [3]string{"01/02/2026", "01/02/2026", "01/02/2026"}},
		{"unset", func(p *i18n.Printer) string {
			return p.Date(calendar.Date{}) + p.DateShort(calendar.Date{}) + p.Instant(time.Time{})
		}, [3]string{}},
		{"the instant is told in Brussels", func(p *i18n.Printer) string {
			return p.Instant(time.Date(2026, 6, 30, 22, 5, 0, 0, time.UTC))
		}, [3]string{"1er juillet 2026 à 00:05", "1 juli 2026 om 00:05", "1 July 2026 at 00:05"}},
	})
}

func TestWords(t *testing.T) {
	list := func(items ...string) func(*i18n.Printer) string {
		return func(p *i18n.Printer) string { return p.List(items) }
	}
	size := func(n int64) func(*i18n.Printer) string {
		return func(p *i18n.Printer) string { return p.Bytes(n) }
	}
	check(t, []written{
		{"nobody", list(), [3]string{"", "", ""}},
		{"one", list("a"), [3]string{"a", "a", "a"}},
		{"two", list("a", "b"), [3]string{"a et b", "a en b", "a and b"}},
		{"three", list("a", "b", "c"), [3]string{"a, b et c", "a, b en c", "a, b and c"}},
		{"quote", func(p *i18n.Printer) string { return p.Quote("s") }, [3]string{"«~s~»", "“s”", "“s”"}},
		{"bytes", size(999), [3]string{"999~o", "999~B", "999~B"}},
		{"kilobytes", size(1500), [3]string{"1,5~ko", "1,5~kB", "1.5~kB"}},
		{"hundreds", size(123_400_000), [3]string{"123~Mo", "123~MB", "123~MB"}},
		{"rounds up a unit", size(999_999), [3]string{"1,0~Mo", "1,0~MB", "1.0~MB"}},
		{"no size", size(-1), [3]string{"0~o", "0~B", "0~B"}},
		{"of", func(p *i18n.Printer) string { return p.De("Ath") }, [3]string{"d’Ath", "van Ath", "of Ath"}},
		{"in", func(p *i18n.Printer) string { return p.A("Le Roeulx") }, [3]string{"au Roeulx", "in Le Roeulx", "in Le Roeulx"}},
	})
}

func TestFrenchArticles(t *testing.T) {
	p := i18n.New("fr").Printer("fr")
	for _, c := range []struct{ name, de, a string }{
		{"Mons", "de Mons", "à Mons"},
		{"Ath", "d’Ath", "à Ath"},
		{"Écaussinnes", "d’Écaussinnes", "à Écaussinnes"},
		{"Estinnes", "d’Estinnes", "à Estinnes"},
		{"Ypres", "d’Ypres", "à Ypres"},
		{"Yaoundé", "de Yaoundé", "à Yaoundé"},
		{"Hensies", "de Hensies", "à Hensies"},
		{"Ham-sur-Heure-Nalinnes", "de Ham-sur-Heure-Nalinnes", "à Ham-sur-Heure-Nalinnes"},
		{"Le Roeulx", "du Roeulx", "au Roeulx"},
		{"Les Bons Villers", "des Bons Villers", "aux Bons Villers"},
		{"La Louvière", "de La Louvière", "à La Louvière"},
		{"L’Escaillère", "de L’Escaillère", "à L’Escaillère"},
		{"Leuze-en-Hainaut", "de Leuze-en-Hainaut", "à Leuze-en-Hainaut"},
		{"Lessines", "de Lessines", "à Lessines"},
		{"le Hainaut", "du Hainaut", "au Hainaut"},
		{"", "de ", "à "},
		{"y", "de y", "à y"},
	} {
		if de, a := p.De(c.name), p.A(c.name); de != c.de || a != c.a {
			t.Errorf("%q: %q and %q, want %q and %q", c.name, de, a, c.de, c.a)
		}
	}
}

// Every number can be read back from what is written, in every language.
func TestMoneyIsExact(t *testing.T) {
	b := i18n.New("fr", "nl", "en")
	rapid.Check(t, func(t *rapid.T) {
		c := money.Cents(rapid.Int64().Draw(t, "cents"))
		for _, lang := range b.Langs() {
			var digits strings.Builder
			for _, r := range b.Printer(lang).Money(c) {
				if r == '−' {
					digits.WriteByte('-')
				} else if r >= '0' && r <= '9' {
					digits.WriteRune(r)
				}
			}
			got, ok := new(big.Int).SetString(digits.String(), 10)
			if !ok || got.Int64() != int64(c) {
				t.Fatalf("%s: %q is not %d cents", lang, b.Printer(lang).Money(c), int64(c))
			}
		}
	})
}

func TestNegotiate(t *testing.T) {
	all := []string{"fr", "nl", "en"}
	for _, c := range []struct {
		query, cookie, accept string
		supported             []string
		want                  string
	}{
		{"nl", "en", "fr", all, "nl"},
		{"", "en", "fr", all, "en"},
		{"xx", "yy", "nl-BE,fr;q=0.5", all, "nl"},
		{"", "", "fr;q=0.4, en;q=0.8", all, "en"},
		{"", "", "de, nl;q=0.1", all, "nl"},
		{"", "", "de, nl;q=0", all, "fr"},
		{"", "", "*", all, "fr"},
		{"", "", "", all, "fr"},
		{"", "", ";;;=garbage,,", all, "fr"},
		{"", "", strings.Repeat("en,", 10_000), all, "fr"},
		{"FR-be", "", "nl", all, "fr"},
		{"", "", "en", []string{"nl"}, "nl"},
		{"fr", "", "", nil, ""},
	} {
		if got := i18n.Negotiate(c.query, c.cookie, c.accept, c.supported); got != c.want {
			t.Errorf("Negotiate(%q, %q, %.20q) = %q, want %q", c.query, c.cookie, c.accept, got, c.want)
		}
	}
}
