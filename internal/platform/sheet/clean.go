package sheet

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Clean makes text from different programs comparable: spaces of any kind
// become one plain space and none at the ends, curly apostrophes become
// straight ones, zero-width marks go, and accents are composed (Unicode NFC).
func Clean(s string) string {
	if isClean(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	pending := false
	for _, r := range norm.NFC.String(s) {
		switch {
		case unicode.IsSpace(r):
			pending = b.Len() > 0
			continue
		case r == '\uFEFF' || r == '\u200B' || r == '\u2060' || r == '\u00AD':
			continue
		case r == '’' || r == '‘' || r == 'ʼ':
			r = '\''
		}
		if pending {
			b.WriteByte(' ')
			pending = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// isClean recognises, without allocation, the ASCII text that Clean would
// return unchanged.
func isClean(s string) bool {
	space := true // a space here is one too many
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= utf8.RuneSelf || c < ' ':
			return false
		case c == ' ' && space:
			return false
		default:
			space = c == ' '
		}
	}
	return s == "" || !space
}

// missing are the signs by which tables say "no data", in lower case.
var missing = map[string]bool{
	"": true, "-": true, "–": true, "—": true, ".": true, "..": true, "...": true, "…": true, ":": true,
	"nan": true, "na": true, "n/a": true, "#n/a": true, "n.a.": true, "nd": true, "n.d.": true, "null": true,
}

// isMissing reports whether a cleaned cell says "no data".
func isMissing(s string) bool {
	return len(s) <= 4 && missing[strings.ToLower(s)]
}
