package search

import (
	"slices"
	"strings"
)

// Trigrams are the groups of three letters of a text, sorted and without
// repetition, as PostgreSQL's pg_trgm cuts them: each word has two blanks before
// and one after it.
func Trigrams(text string) []string {
	var list []string
	for _, word := range strings.Fields(Fold(text)) {
		r := []rune("  " + word + " ")
		for i := range len(r) - 2 {
			list = append(list, string(r[i:i+3]))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Similarity is how alike two texts are, from 0 to 1: the trigrams that they
// share among all that they have (pg_trgm's similarity).
func Similarity(a, b string) float64 { return alike(Trigrams(a), Trigrams(b)) }

func alike(a, b []string) float64 {
	shared, i := 0, 0
	for _, g := range b {
		for i < len(a) && a[i] < g {
			i++
		}
		if i < len(a) && a[i] == g {
			shared++
		}
	}
	if all := len(a) + len(b) - shared; all > 0 {
		return float64(shared) / float64(all)
	}
	return 0
}
