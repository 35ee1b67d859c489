package sheet

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// words are what real files hold; each must be recognised even when it is the
// only one with an accent.
var words = []string{
	"Fontaine-l'Evêque", "Châtelet", "Péruwelz", "La Louvière", "Écaussinnes", "Estaimpuis façade",
	"Braine-le-Comté", "Leuze-en-Hainaut (forêt)", "où", "Noël", "maïs", "île", "hôpital", "déjà vu",
	"idée", "geëvalueerd", "coöperatie", "reünie", "België", "Straßenbahn", "für", "Fußgänger", "schön",
	"ÉVÊQUE", "CHÂTELET", "PÉRUWELZ", "À CÔTÉ", "«\u00a0oui\u00a0»", "18°", "100 m²",
}

// wordsBeyondLatin1 need Windows-1252 or Mac Roman.
var wordsBeyondLatin1 = []string{
	"œuvre", "cœur", "Œuvres", "l’eau", "12 €", "€ 12", "Mont-de-l’Enclus", "1914–1918", "et cetera…",
	"d’hiver été", "Fontaine-l’Évêque",
}

func encode(t testing.TB, e encoding.Encoding, s string) string {
	t.Helper()
	out, err := e.NewEncoder().String(s)
	if err != nil {
		t.Fatalf("encode %q: %v", s, err)
	}
	return out
}

func TestDetectEncoding(t *testing.T) {
	forms := []struct {
		encoding string
		bom      bool
		make     func(s string) string
		all      bool // words beyond Latin-1 too
	}{
		{EncodingUTF8, false, func(s string) string { return s }, true},
		{EncodingUTF8, true, func(s string) string { return "\uFEFF" + s }, true},
		{EncodingUTF16LE, true, func(s string) string {
			return encode(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), s)
		}, true},
		{EncodingUTF16BE, true, func(s string) string {
			return encode(t, unicode.UTF16(unicode.BigEndian, unicode.UseBOM), s)
		}, true},
		{EncodingLatin1, false, func(s string) string { return encode(t, charmap.ISO8859_1, s) }, false},
		{EncodingMac, false, func(s string) string { return encode(t, charmap.Macintosh, s) }, false},
	}
	for _, form := range forms {
		cases := words
		if form.all {
			cases = append(append([]string(nil), words...), wordsBeyondLatin1...)
		}
		for _, word := range cases {
			if form.encoding == EncodingMac && word == "100 m²" {
				continue // Mac Roman has no ²
			}
			checkDetected(t, form.make("nom;n\n"+word+";1\n"), word, form.encoding, form.bom)
		}
	}
	for _, word := range wordsBeyondLatin1 {
		checkDetected(t, encode(t, charmap.Windows1252, "nom;n\n"+word+";1\n"), word, EncodingWindows, false)
		checkDetected(t, encode(t, charmap.Macintosh, "nom;n\n"+word+";1\n"), word, EncodingMac, false)
	}
}

func checkDetected(t *testing.T, in, word, wantEncoding string, wantBOM bool) {
	t.Helper()
	r, err := Open(strings.NewReader(in), Options{})
	if err != nil {
		t.Errorf("%s %q: %v", wantEncoding, word, err)
		return
	}
	got := readAll(t, r)
	if f := r.Format(); f.Encoding != wantEncoding || f.BOM != wantBOM {
		t.Errorf("%q as %s: found %s, mark %v", word, wantEncoding, f.Encoding, f.BOM)
	}
	if got.Rows[0][0] != word {
		t.Errorf("%q as %s: read %q", word, wantEncoding, got.Rows[0][0])
	}
}

// The only accent may come far behind any window.
func TestDetectEncodingOfALateAccent(t *testing.T) {
	head := "nom;n\n" + strings.Repeat("Mons;1\n", 100_000)
	checkLate := func(in, want string) {
		r := openString(t, in, Options{})
		got := readAll(t, r)
		if last := got.Rows[len(got.Rows)-1][0]; last != "Châtelet" || r.Format().Encoding != want {
			t.Errorf("%s: found %s, read %q", want, r.Format().Encoding, last)
		}
	}
	checkLate(head+"Châtelet;1\n", EncodingUTF8)
	checkLate(head+encode(t, charmap.ISO8859_1, "Châtelet;1\n"), EncodingLatin1)
	checkLate(head+encode(t, charmap.Macintosh, "Châtelet;1\n"), EncodingMac)
}

func TestAskedEncodingWins(t *testing.T) {
	r := openString(t, "a,b\n\x8e,2\n", Options{Encoding: EncodingWindows})
	if got := readAll(t, r).Rows[0][0]; got != "Ž" {
		t.Errorf("read %q", got)
	}
}

func TestDamagedTextIsRefused(t *testing.T) {
	tests := []struct {
		name, in string
		opt      Options
		line     int
	}{
		{"one stray byte in UTF-8", "nom\nChâtelet\nPéruwelz\nEv\xeaque\n", Options{}, 4},
		{"asked for UTF-8", "nom\nEv\xeaque\n", Options{Encoding: EncodingUTF8}, 2},
		{"after a mark", "\uFEFFnom\r\nEv\xeaque\r\n", Options{}, 2},
		{"half a UTF-16 character", "\xff\xfea\x00,\x00b", Options{}, 0},
		{"half a surrogate pair", "\xff\xfea\x00\n\x00\x00\xd8b\x00", Options{}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Open(strings.NewReader(tt.in), tt.opt)
			e, ok := err.(*Error)
			if !ok || e.Code != CodeEncodingInvalid || e.Line != tt.line {
				t.Errorf("error %v, want %s line %d", err, CodeEncodingInvalid, tt.line)
			}
		})
	}
}

func TestClean(t *testing.T) {
	tests := map[string]string{
		"":                           "",
		" ":                          "",
		"Mons":                       "Mons",
		" Mons ":                     "Mons",
		"La  Louvière":               "La Louvière",
		"\u00a0Ath\u202f":            "Ath",
		"a\tb\r\nc":                  "a b c",
		"Mont-de-l’Enclus":           "Mont-de-l'Enclus",
		"‘s Gravenbrakel":            "'s Gravenbrakel",
		"Pe\u0301ruwelz":             "Péruwelz",
		"\uFEFFnis":                  "nis",
		"Cha\u00adte\u200blet":       "Chatelet",
		"Celles (Tournai)":           "Celles (Tournai)",
		"14\u202f293":                "14 293",
		"a  b":                       "a b",
		"trailing zero width\u200b ": "trailing zero width",
	}
	for in, want := range tests {
		if got := Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
		if got := Clean(Clean(in)); got != want {
			t.Errorf("Clean twice of %q = %q", in, got)
		}
	}
}
