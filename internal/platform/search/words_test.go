package search_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"beffroi/internal/platform/search"
	"pgregory.net/rapid"
)

func TestWords(t *testing.T) {
	for in, want := range map[string]string{
		"":                             "",
		"Fontaine-l’Evêque":            "fontaine eveque",
		"Mont-de-l'Enclus":             "mont de enclus",
		"’s-Gravenbrakel":              "gravenbrakel",
		"qu’il l'a":                    "il a",
		"l":                            "l", // one may have begun a word
		"rue de l":                     "rue de l",
		"C.P.A.S. (La Louvière)":       "cpas la louviere",
		"a.s.b.l. Les Amis":            "asbl les amis",
		"J.-B. Dupont":                 "b dupont",
		"Œudeghien, cœur, Æsculape":    "oeudeghien coeur aesculape",
		"STRASSE Straße":               "strasse strasse",
		"e\u0301cole E\u0301COLE":      "ecole ecole",
		"12\u00a0500 €, 1\u202f234":    "12500 1234",
		"12.500 habitants":             "12500 habitants",
		"12 500":                       "12 500", // a plain blank is between two numbers
		"23.11.2026":                   "23 11 2026",
		"7000 Mons":                    "7000 mons",
		"km², n\u00ba 7, ﬁn, ２０２６":     "km2 no 7 fin 2026",
		"№7":                           "no7",
		"Grand’Rue":                    "grand rue",
		"d'":                           "d",
		"L'Hôpital St-Jean; l'Hôpital": "hopital st jean hopital",
	} {
		if got := strings.Join(search.Words(in), " "); got != want {
			t.Errorf("Words(%q) = %q, want %q", in, got, want)
		}
	}
}

// Spans lie in the text one after the other, on whole letters, and a folded word
// folds to itself.
func checkSpans(t interface {
	Fatalf(string, ...any)
}, text string) {
	at := 0
	for _, s := range search.Spans(text) {
		if s.Start < at || s.End <= s.Start || s.End > len(text) {
			t.Fatalf("%q: span %+v after %d", text, s, at)
		}
		if utf8.ValidString(text) && (!utf8.RuneStart(text[s.Start]) || s.End < len(text) && !utf8.RuneStart(text[s.End])) {
			t.Fatalf("%q: span %+v cuts a letter", text, s)
		}
		if again := search.Words(s.Word); !slices.Equal(again, []string{s.Word}) {
			t.Fatalf("%q: %q folds again to %q", text, s.Word, again)
		}
		at = s.End
	}
}

func TestSpans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkSpans(t, rapid.String().Draw(t, "text")) })
	rapid.Check(t, func(t *rapid.T) {
		checkSpans(t, strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{"l", "’", ".", "C", "é", "e\u0301", "œ", "12", "500", "\u00a0", " ", "-", "ß", "s", "İ"})).Draw(t, "pieces"), ""))
	})
}

func FuzzSpans(f *testing.F) {
	for _, seed := range []string{"", "Fontaine-l’Evêque", "C.P.A.S.", "12\u00a0500", "\xff\xfe", "e\u0301", "ᾳ", "Ω", "ǆ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { checkSpans(t, text) })
}

func TestSingulars(t *testing.T) {
	for word, want := range map[string]string{
		"communes": "commune", "ecoles": "ecole", "hopitaux": "hopitau hopital hopitail", "travaux": "travau traval travail",
		"eaux": "eau", "chateaux": "chateau", "mons": "mon", "lens": "len", "des": "", "bus": "", "mousse": "", "gross": "", "commune": "",
	} {
		if got := strings.Join(search.Singulars(word), " "); got != want {
			t.Errorf("Singulars(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestHighlight(t *testing.T) {
	starts := func(prefix string) func(string) bool {
		return func(w string) bool { return strings.HasPrefix(w, prefix) }
	}
	for _, c := range []struct{ text, prefix, want string }{
		{"École communale d’Écaussinnes", "eco", "[École] communale d’Écaussinnes"},
		{"École communale d’Écaussinnes", "ec", "[École] communale d’[Écaussinnes]"},
		{"Le C.P.A.S. de Mons", "cpas", "Le [C.P.A.S]. de Mons"},
		{"La Louvière", "zzz", "La Louvière"},
		{"", "a", ""},
	} {
		var b strings.Builder
		for _, p := range search.Highlight(c.text, starts(c.prefix)) {
			if p.Hit {
				p.Text = "[" + p.Text + "]"
			}
			b.WriteString(p.Text)
		}
		if b.String() != c.want {
			t.Errorf("%q in %q: %q, want %q", c.prefix, c.text, b.String(), c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		joined := ""
		for _, p := range search.Highlight(text, func(w string) bool { return len(w)%2 == 0 }) {
			joined += p.Text
		}
		if joined != text {
			t.Fatalf("%q became %q", text, joined)
		}
	})
}

// table reads a file of the shared data; without it the test is skipped.
func table(t testing.TB, name string) [][]string {
	t.Helper()
	root := os.Getenv("BEFFROI_SHARED")
	if root == "" {
		root = "../../../../shared"
	}
	f, err := os.Open(filepath.Join(root, "data/agenda", name))
	if err != nil {
		t.Skipf("the shared data are not here (BEFFROI_SHARED): %v", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// The words of the published queries.
func TestWordsOfCases(t *testing.T) {
	for _, c := range table(t, "search_cases.csv") {
		if got := strings.Join(search.Words(c[0]), " "); got != c[1] {
			t.Errorf("Words(%q) = %q, want %q", c[0], got, c[1])
		}
	}
}

// The directory of schools, searched word by word by beginnings, as the
// published counts say: the rule by which the index finds.
func TestRecallOfCases(t *testing.T) {
	schools := table(t, "ecoles_hainaut.csv")
	words := make([][]string, len(schools))
	for i, s := range schools {
		words[i] = search.Words(strings.Join(s[3:6], " ")) // name, address, commune
	}
	for _, c := range table(t, "search_cases.csv") {
		n := 0
		query := search.Words(c[0])
		for _, w := range words {
			if len(query) > 0 && begins(w, query) {
				n++
			}
		}
		if strconv.Itoa(n) != c[2] {
			t.Errorf("%q finds %d schools, want %s", c[0], n, c[2])
		}
	}
}

func begins(words, query []string) bool {
	for _, q := range query {
		if !slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, q) }) {
			return false
		}
	}
	return true
}

// The figures of PostgreSQL 15's pg_trgm.
func TestSimilarityIsPostgres(t *testing.T) {
	for _, c := range table(t, "trgm_cases.csv") {
		if got := strconv.FormatFloat(search.Similarity(c[0], c[1]), 'f', 6, 64); got != c[2] {
			t.Errorf("Similarity(%q, %q) = %s, want %s", c[0], c[1], got, c[2])
		}
	}
}

func TestSimilarity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		s := search.Similarity(a, b)
		if s != search.Similarity(b, a) || s < 0 || s > 1 {
			t.Fatalf("similarity %v", s)
		}
		if len(search.Words(a)) > 0 && search.Similarity(a, strings.ToUpper(search.Fold(a))) != 1 {
			t.Fatalf("%q is not like itself", a)
		}
	})
}
