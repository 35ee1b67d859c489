package finder

import (
	"cmp"
	"slices"
	"strings"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/search"
)

// How typing errors are looked for.
const (
	nearest = 60  // words of the vocabulary that are weighed
	alike   = 0.3 // pg_trgm's threshold
)

// instead is the question with each word that nobody has replaced by the most
// similar one that the actor may see; "" when that finds nothing either. Two
// statements.
func (p plan) instead(tx *db.Tx, text string, s sets, open set) (string, error) {
	var missing []string
	var grams []string
	rest := open
	for _, ph := range p {
		found := ph.mentioned(s).and(open)
		if found.empty() && len(ph.typed) == 1 {
			missing = append(missing, ph.typed[0])
			grams = append(grams, search.Trigrams(ph.typed[0])...)
		} else {
			rest = rest.and(found)
		}
	}
	if len(missing) == 0 || len(missing) > 3 || rest.empty() {
		return "", nil
	}
	slices.Sort(grams)
	words, err := near(tx, slices.Compact(grams), nearest*len(missing))
	if err != nil || len(words) == 0 {
		return "", err
	}
	var terms []string
	for _, w := range words {
		terms = append(terms, titleWord+w, textWord+w)
	}
	have, _, err := readSets(tx, terms, nil)
	if err != nil {
		return "", err
	}
	better := map[string]string{}
	for _, word := range missing {
		if better[word] = closest(word, words, have, rest); better[word] == "" {
			return "", nil
		}
		rest = rest.and(have[titleWord+better[word]].or(have[textWord+better[word]]))
	}
	if rest.empty() {
		return "", nil
	}
	return replace(text, better), nil
}

// closest is the word most like another that documents of a set have: by
// trigrams, then by how many have it, then by the alphabet. "" when none is.
func closest(word string, words []string, have sets, open set) string {
	type candidate struct {
		word string
		like float64
		n    int
	}
	best := candidate{}
	for _, w := range words {
		c := candidate{w, search.Similarity(word, w), 0}
		if c.like < alike || c.like < best.like {
			continue
		}
		if c.n = have[titleWord+w].or(have[textWord+w]).shared(open); c.n == 0 {
			continue
		}
		if cmp.Or(cmp.Compare(c.like, best.like), cmp.Compare(c.n, best.n), strings.Compare(best.word, c.word)) > 0 {
			best = c
		}
	}
	return best.word
}

// replace writes a text with other words in place of some, the rest as typed.
func replace(text string, better map[string]string) string {
	var b strings.Builder
	at := 0
	for _, s := range search.Spans(text) {
		if w := better[s.Word]; w != "" {
			b.WriteString(text[at:s.Start] + w)
			at = s.End
		}
	}
	return b.String() + text[at:]
}

func (ph phrase) mentioned(s sets) set {
	return ph.found(func(w string) set { return s.begun(titleWord, titleBegin, w).or(s.begun(textWord, textBegin, w)) },
		func(w string) set { return s[titleWord+w].or(s[textWord+w]) })
}
