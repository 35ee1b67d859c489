package search_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"beffroi/internal/platform/search"
	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"":                            "",
		"Mons":                        "mons",
		"Fontaine-l’Evêque":           "fontaine l eveque",
		"Fontaine-l'Évêque":           "fontaine l eveque",
		"Écaussinnes":                 "ecaussinnes",
		"Ecaussinnes":                 "ecaussinnes", // E and a combining accent
		"Œudeghien":                   "oeudeghien",
		"œuvre":                       "oeuvre",
		"Æsculape, cæcum":             "aesculape caecum",
		"Mont-de-l'Enclus":            "mont de l enclus",
		"  Le  Rœulx  ":               "le roeulx",
		"C.P.A.S. (La Louvière)":      "c p a s la louviere",
		"Straße, Łódź, Øresund":       "strasse lodz oresund",
		"Noël\u00a0–\u202fhôpital №7": "noel hopital 7",
		"’-–—·":                       "",
		"2026/42":                     "2026 42",
	} {
		if got := search.Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

// What is folded stays as it is, and holds nothing but small letters, digits
// and single blanks.
func TestFoldIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		once := search.Fold(rapid.String().Draw(t, "text"))
		if again := search.Fold(once); again != once {
			t.Fatalf("%q folds again to %q", once, again)
		}
		if strings.TrimSpace(once) != once || strings.Contains(once, "  ") {
			t.Fatalf("blanks in %q", once)
		}
		for _, r := range once {
			if r != ' ' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				t.Fatalf("%q holds %q", once, r)
			}
		}
	})
}

// The order is that of a French dictionary: accents and case only decide
// between names that are otherwise the same.
func TestSortKeyOrdersCommunes(t *testing.T) {
	want := []string{
		"Aiseau-Presles", "Anderlues", "Antoing", "Ath", "Écaussinnes", "Ellezelles", "Enghien", "Erquelinnes",
		"Estaimpuis", "Estinnes", "Farciennes", "Fleurus", "Fontaine-l’Evêque", "Frameries", "La Louvière",
		"Le Rœulx", "Lens", "Les Bons Villers", "Lessines", "Leuze-en-Hainaut", "Œudeghien", "Ohain",
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, func(a, b string) int { return strings.Compare(search.SortKey(a), search.SortKey(b)) })
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestSortKeyPairs(t *testing.T) {
	for _, pair := range [][2]string{
		{"cote", "coté"}, {"mons", "Mons"}, {"Mons", "Monsville"}, {"Ecaussinnes", "Écaussinnes"},
		{"Écaussinnes", "Ecaussinnet"}, {"", "a"}, {"9", "a"}, {"oeuvre", "œuvré"},
	} {
		if a, b := search.SortKey(pair[0]), search.SortKey(pair[1]); a >= b {
			t.Errorf("%q does not come before %q", pair[0], pair[1])
		}
	}
}

// Collators are shared through a pool: two at once must not disturb each other.
func TestSortKeyAtOnce(t *testing.T) {
	want := search.SortKey("Fontaine-l’Evêque")
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 200 {
				search.SortKey("La Louvière")
				if got := search.SortKey("Fontaine-l’Evêque"); got != want {
					t.Errorf("key %s, want %s", got, want)
					return
				}
			}
		})
	}
	wait.Wait()
}
