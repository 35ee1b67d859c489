package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Span is one word of a text: its folded form and the bytes that it stands on.
type Span struct {
	Word       string
	Start, End int
}

// elisions are the letters that French drops the vowel of before another word,
// and the s of Dutch "’s".
var elisions = map[string]bool{"l": true, "d": true, "j": true, "m": true, "n": true, "t": true, "s": true, "c": true, "q": true, "qu": true}

// Spans cuts a text into the words by which it is found: lower case, no accents,
// no ligatures. Elided letters before another word are left out ("l’école" is
// "ecole"), initials with points are one word ("C.P.A.S." is "cpas"), and so are
// the groups of a number ("12 500" with a non-breaking space is "12500").
func Spans(text string) []Span {
	list := numbers(text, initials(text, runs(text)))
	kept := list[:0]
	for i, s := range list {
		if i+1 < len(list) && elisions[s.Word] {
			continue
		}
		kept = append(kept, s)
	}
	return kept
}

// Words are the folded words of a text, in their order.
func Words(text string) []string {
	spans := Spans(text)
	words := make([]string, len(spans))
	for i, s := range spans {
		words[i] = s.Word
	}
	return words
}

// runs are the runs of letters and digits.
func runs(text string) []Span {
	var list []Span
	var word strings.Builder
	start := 0
	end := func(at int) {
		if word.Len() > 0 {
			list = append(list, Span{word.String(), start, at})
			word.Reset()
		}
	}
	for i, r := range text {
		size := word.Len()
		mark := fold(&word, r)
		if word.Len() == size && !mark {
			end(i)
		} else if size == 0 && word.Len() > 0 {
			start = i
		}
	}
	end(len(text))
	return list
}

// fold appends the letters and digits that a rune is made of; mark tells that it
// is an accent that stands by itself and belongs to the letter before.
func fold(b *strings.Builder, r rune) (mark bool) {
	switch {
	case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
		b.WriteByte(byte(r))
		return false
	case 'A' <= r && r <= 'Z':
		b.WriteByte(byte(r) + 'a' - 'A')
		return false
	case r < utf8.RuneSelf:
		return false
	case unicode.Is(unicode.Mn, r):
		return true
	}
	for _, d := range norm.NFKD.String(ligatures.Replace(string(r))) {
		// A letter may be a capital without a small one of its own after folding.
		if d = unicode.ToLower(d); (unicode.IsLetter(d) || unicode.IsDigit(d)) && d != utf8.RuneError {
			b.WriteRune(d)
		}
	}
	return false
}

// initials joins single letters with points between them.
func initials(text string, list []Span) []Span {
	var out []Span
	open := false // the last of out is made of initials
	for _, s := range list {
		single := len(s.Word) == 1 && s.Word[0] >= 'a'
		if last := len(out) - 1; single && open && text[out[last].End:s.Start] == "." {
			out[last].Word += s.Word
			out[last].End = s.End
			continue
		}
		open = single
		out = append(out, s)
	}
	return out
}

// numbers joins groups of three digits to the digits before them, across one
// non-breaking or thin space or a point.
func numbers(text string, list []Span) []Span {
	var out []Span
	open := false
	for _, s := range list {
		if last := len(out) - 1; open && len(s.Word) == 3 && digits(s.Word) && grouping(text[out[last].End:s.Start]) {
			out[last].Word += s.Word
			out[last].End = s.End
			continue
		}
		open = len(s.Word) <= 3 && digits(s.Word)
		out = append(out, s)
	}
	return out
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

func grouping(between string) bool {
	return between == "." || between == "\u00a0" || between == "\u202f" || between == "\u2009"
}

// Singulars are the forms of which a French word may be the plural, without the
// word itself: "hopitaux" gives "hopitau", "hopital" and "hopitail". It knows
// endings, not the dictionary: it is for looking up, never for storing.
func Singulars(word string) []string {
	if len(word) < 4 {
		return nil
	}
	stem, ok := strings.CutSuffix(word, "s")
	if !ok {
		stem, ok = strings.CutSuffix(word, "x")
	}
	if !ok || strings.HasSuffix(stem, "s") {
		return nil
	}
	list := []string{stem}
	if root, ok := strings.CutSuffix(word, "aux"); ok && !strings.HasSuffix(root, "e") && len(root) > 1 {
		list = append(list, root+"al", root+"ail")
	}
	return list
}

// Part is a piece of a text; Hit marks a word that was looked for.
type Part struct {
	Text string
	Hit  bool
}

// Highlight cuts a text into the words that match and what stands between. The
// text is as written, accents and capitals kept: its parts joined are the text.
func Highlight(text string, match func(word string) bool) []Part {
	var parts []Part
	at := 0
	for _, s := range Spans(text) {
		if !match(s.Word) {
			continue
		}
		if s.Start > at {
			parts = append(parts, Part{Text: text[at:s.Start]})
		}
		parts = append(parts, Part{text[s.Start:s.End], true})
		at = s.End
	}
	if at < len(text) {
		parts = append(parts, Part{Text: text[at:]})
	}
	return parts
}
