package probe

import (
	"fmt"
	"strings"
	"unicode"
)

// common words of each language that the two others do not use.
var commonWords = map[string]map[string]bool{
	"fr": words("le la les du des au aux et ou où est sont dans pour par sur avec cette ces qui que ne pas vous nous votre notre leur une il elle plus être sans chaque"),
	"nl": words("het een van voor met zijn wordt worden niet op aan bij naar deze dit die dat uw ons onze ook als maar heeft hebben kunt u ik wij en"),
	"en": words("the and of to is are was with for this that these those from your our their it not you we by be been has have which will can"),
}

func words(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}

// judgeTexts reports passages in another language than the page says they are
// in (WCAG 3.1.2). It speaks up only when sure: a dozen words or so.
func judgeTexts(texts []passage) (problems []Problem) {
	for _, t := range texts {
		if guess := guessLang(t.Text); guess != "" && t.Lang != "" && !sameLang(guess, t.Lang) {
			problems = append(problems, Problem{"lang-of-part", t.Where, fmt.Sprintf("seems to be %s, declared %s", guess, t.Lang)})
		}
	}
	return problems
}

// guessLang returns the language of a text, or "" when it is too short or
// mixed to tell: at least three common words, thrice those of any other.
func guessLang(text string) string {
	count := map[string]int{}
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
		for lang, set := range commonWords {
			if set[w] {
				count[lang]++
			}
		}
	}
	const least, factor = 3, 3
	for lang, n := range count {
		rest := 0
		for other, m := range count {
			if other != lang {
				rest = max(rest, m)
			}
		}
		if n >= least && n >= factor*rest {
			return lang
		}
	}
	return ""
}
