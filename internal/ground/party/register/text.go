package register

import (
	"strings"

	"beffroi/internal/platform/search"
)

// Text is a text of the data in the three languages; French is always there.
type Text struct {
	FR string `json:"fr"`
	NL string `json:"nl,omitempty"`
	EN string `json:"en,omitempty"`
}

// In is the text in a language, otherwise the French one; other is then "fr",
// the language to mark in the page, and "" when nothing needs marking.
func (t Text) In(lang string) (text, other string) {
	switch {
	case lang == "nl" && t.NL != "":
		return t.NL, ""
	case lang == "en" && t.EN != "":
		return t.EN, ""
	case lang == "fr" || t.FR == "":
		return t.FR, ""
	}
	return t.FR, "fr"
}

// Fold is the form under which Match finds any of the texts.
func Fold(texts ...string) string { return search.Fold(strings.Join(texts, " ")) }

// Match tells whether every word of the query begins a word of a folded text.
// The empty query finds everything.
func Match(fold, query string) bool {
	fold = " " + fold
	for word := range strings.FieldsSeq(search.Fold(query)) {
		if !strings.Contains(fold, " "+word) {
			return false
		}
	}
	return true
}
