package finder

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/search"
)

// Source is what a room offers to be found.
type Source struct {
	Kinds   []string // of the references of its documents; each kind has one source
	Watches []string // other kinds of objects whose change may change any of its documents
	// Read gives the documents of some references, those that do not exist left
	// out; of all when refs is nil.
	Read func(tx *db.Tx, refs []object.Ref) ([]Document, error)
}

// Document is what can be found of one thing.
type Document struct {
	Ref      object.Ref        `json:"ref"`
	Kind     string            `json:"kind"`    // what readers call it; a kind of reference may hold several
	Address  string            `json:"address"` // path of its page
	Title    map[string]string `json:"title"`   // by language; French stands in
	Names    []string          `json:"names,omitempty"`
	Text     map[string]string `json:"text,omitempty"`     // what else it is found by, by language
	Communes []string          `json:"communes,omitempty"` // NIS codes of today
	Weight   int               `json:"weight"`             // 0 to 63: among equal matches the lighter comes first
	Day      calendar.Date     `json:"day,omitzero"`       // then the newer; no day comes last
	Period   calendar.Period   `json:"period,omitzero"`    // it is found as of these days only
	Audience Audience          `json:"audience"`
}

// In is the text of a language, French when that is missing; other is then "fr",
// the language to mark in the page, and "" when nothing needs marking.
func In(texts map[string]string, lang string) (text, other string) {
	if text = texts[lang]; text != "" || lang == "fr" {
		return text, ""
	}
	return texts["fr"], "fr"
}

// Languages builds a text by language; empty ones are left out.
func Languages(fr, nl, en string) map[string]string {
	m := map[string]string{"fr": fr, "nl": nl, "en": en}
	maps.DeleteFunc(m, func(_, text string) bool { return text == "" })
	return m
}

// The widths of the numbers of a document, in bits.
const (
	dayBits    = 18 // days since 1 January 1800
	weightBits = 6
	rankBits   = weightBits + dayBits
	lastDay    = 1<<dayBits - 1
)

// firstDay is the earliest that calendar knows; its latest, in 2200, is well
// within dayBits.
var firstDay = calendar.MustParse("1800-01-01")

func dayNumber(d calendar.Date) int64 { return int64(d.DaysSince(firstDay)) }

// rank orders documents that match equally: weight, then newest first.
func (d *Document) rank() int64 {
	age := int64(lastDay)
	if !d.Day.IsZero() {
		age -= dayNumber(d.Day)
	}
	return int64(min(1<<weightBits-1, max(0, d.Weight)))<<dayBits | age
}

// Terms have a first letter that tells what they are.
const (
	titleWord  = "t" // a word of a title or name
	textWord   = "x" // a word of the text that is in no title
	titleBegin = "T" // the beginning of a word of a title, shortest letters
	textBegin  = "X" // the beginning of a word of the text
	wholeName  = "=" // the words of a whole title or name
	ofKind     = "k"
	ofCommune  = "c"
	seenBy     = "a"
	rankBit    = "r" // two digits: that bit of the rank is set
	fromBit    = "f" // of the number of the first day; 0 when there is none
	untilBit   = "u" // of lastDay minus the number of the last day; 0 when there is none
)

// shortest is how many letters of a word are kept as beginnings of their own:
// what begins with three letters may be a tenth of all words, what begins with
// four is looked up word by word.
const shortest = 3

// terms are all terms of a document, sorted.
func (d *Document) terms() []string {
	set := map[string]bool{ofKind + d.Kind: true}
	for _, name := range slices.Concat(slices.Collect(maps.Values(d.Title)), d.Names) {
		words := search.Words(name)
		set[wholeName+strings.Join(words, " ")] = true
		addWords(set, titleWord, titleBegin, words)
	}
	for _, text := range d.Text {
		for _, w := range search.Words(text) {
			if !set[titleWord+w] {
				addWords(set, textWord, textBegin, []string{w})
			}
		}
	}
	for _, nis := range d.Communes {
		set[ofCommune+nis] = true
	}
	for _, key := range d.Audience {
		set[seenBy+key] = true
	}
	addBits(set, rankBit, d.rank())
	if !d.Period.From.IsZero() {
		addBits(set, fromBit, dayNumber(d.Period.From))
	}
	if !d.Period.To.IsZero() {
		addBits(set, untilBit, lastDay-dayNumber(d.Period.To))
	}
	delete(set, wholeName)
	return slices.Sorted(maps.Keys(set))
}

func addWords(set map[string]bool, whole, begin string, words []string) {
	for _, w := range words {
		set[whole+w] = true
		n := 0
		for i := range w {
			if n > 0 {
				set[begin+w[:i]] = true
			}
			if n++; n > shortest {
				break
			}
		}
		if n <= shortest {
			set[begin+w] = true
		}
	}
}

func addBits(set map[string]bool, letter string, n int64) {
	for bit := range rankBits {
		if n>>bit&1 == 1 {
			set[bitTerm(letter, bit)] = true
		}
	}
}

func bitTerm(letter string, bit int) string { return fmt.Sprintf("%s%02d", letter, bit) }

// isWord tells whether a term is a word of the vocabulary, and which.
func isWord(term string) (string, bool) {
	if strings.HasPrefix(term, titleWord) || strings.HasPrefix(term, textWord) {
		return term[1:], true
	}
	return "", false
}

// encode writes a document as it is kept.
func (d *Document) encode() (string, error) {
	b, err := json.Marshal(d)
	if err != nil {
		return "", fmt.Errorf("finder: %s: %w", d.Ref, err)
	}
	return string(b), nil
}
