package search_test

import (
	"fmt"
	"strings"
	"testing"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/search"
)

const phrases = `term,means,valid_from,valid_to,source
St,Saint,,,usage
CPAS,centre public d’action sociale,1976-07-08,,loi du 8 juillet 1976
OCMW,CPAS,1976-07-08,,wet van 8 juli 1976
CAP,CPAS,,1976-07-07,
`

func TestPhrases(t *testing.T) {
	book, err := search.ReadPhrases(strings.NewReader(phrases))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ query, day, want string }{
		{"St Joseph", "2026-11-23", "[st = saint] [joseph]"},
		{"OCMW Bergen", "2026-11-23", "[ocmw = cpas] [bergen]"},
		{"CPAS", "2026-11-23", "[cpas = centre public action sociale = ocmw]"},
		{"CPAS", "1970-01-01", "[cpas = cap]"},
		{"le centre public d'action sociale de Mons", "2026-11-23", "[le] [centre public action sociale = cpas] [de] [mons]"},
		{"centre public", "2026-11-23", "[centre] [public]"},
		{"", "2026-11-23", ""},
	} {
		var list []string
		for _, p := range book.Cut(search.Words(c.query), calendar.MustParse(c.day)) {
			text := strings.Join(p.Words, " ")
			for _, a := range p.Also {
				text += " = " + strings.Join(a, " ")
			}
			list = append(list, "["+text+"]")
		}
		if got := strings.Join(list, " "); got != c.want {
			t.Errorf("%q on %s: %s, want %s", c.query, c.day, got, c.want)
		}
	}
	var none *search.Phrasebook
	if got := none.Cut([]string{"st"}, calendar.MustParse("2026-11-23")); fmt.Sprint(got) != "[{[st] []}]" {
		t.Errorf("without a book: %v", got)
	}
}

func TestPhrasesRefused(t *testing.T) {
	const header = "term,means,valid_from,valid_to,source\n"
	for text, want := range map[string]string{
		"":                                 "header",
		"a,b,c,d,e\n":                      "line 1",
		header + "st,saint,,\n":            "line 2",
		header + "st,...,,,\n":             "line 2",
		header + "x,y,,,\nst,St,,,\n":      "line 3",
		header + "st,saint,2026-13-01,,\n": "2026-13-01",
		header + "st,saint,2026-02-01,2026-01-01,\n": "before it begins",
	} {
		if _, err := search.ReadPhrases(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want a refusal with %q", text, err, want)
		}
	}
}
