// Package search makes names findable: the same folding of letters on both
// engines and in both directions, and a sort key that orders names as readers do.
package search

import (
	"encoding/hex"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// ligatures are letters that decomposition leaves whole.
var ligatures = strings.NewReplacer("œ", "oe", "Œ", "oe", "æ", "ae", "Æ", "ae", "ß", "ss", "ø", "o", "Ø", "o", "ł", "l", "Ł", "l")

// Fold gives the form under which a text is matched: lower case, no accents, no
// ligatures, and one blank for every run of what is neither letter nor digit.
// "Fontaine-l’Evêque" becomes "fontaine l eveque".
func Fold(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range ligatures.Replace(norm.NFD.String(s)) { // decomposed first, for ǣ is æ with a macron
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if gap && b.Len() > 0 {
				b.WriteByte(' ')
			}
			gap = false
			b.WriteRune(unicode.ToLower(r))
		default:
			gap = true
		}
	}
	return b.String()
}

// collators are costly to make and not safe to share at once.
var collators = sync.Pool{New: func() any { return collate.New(language.French) }}

// SortKey gives the text whose byte order is the French dictionary order of s,
// in hexadecimal so that both engines keep and compare it as text.
func SortKey(s string) string {
	c := collators.Get().(*collate.Collator)
	defer collators.Put(c)
	var buf collate.Buffer
	return hex.EncodeToString(c.KeyFromString(&buf, s))
}
