package search

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"beffroi/internal/platform/calendar"
)

// Phrasebook is what may be written for something else: abbreviations, names in
// another language, synonyms. Each line says that two phrases may stand for each
// other, on the days of its period; it is not carried on from line to line.
type Phrasebook struct {
	lines   map[string][]equal // by the words of either side
	longest int                // words of the longest phrase
}

type equal struct {
	words  []string
	period calendar.Period
}

// ReadPhrases reads a table with the columns term, means, valid_from, valid_to
// (both days included, empty when open) and source. Errors name the line.
func ReadPhrases(r io.Reader) (*Phrasebook, error) {
	b := &Phrasebook{lines: map[string][]equal{}}
	rows := csv.NewReader(r)
	rows.FieldsPerRecord = 5
	header, err := rows.Read()
	if err != nil {
		return nil, fmt.Errorf("phrases: header: %w", err)
	}
	if want := []string{"term", "means", "valid_from", "valid_to", "source"}; !slices.Equal(header, want) {
		return nil, fmt.Errorf("phrases: line 1 is %q, it must be %q", header, want)
	}
	for {
		row, err := rows.Read()
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return nil, fmt.Errorf("phrases: %w", err) // names line and column
		}
		if err := b.add(row); err != nil {
			line, _ := rows.FieldPos(0)
			return nil, fmt.Errorf("phrases: line %d: %w", line, err)
		}
	}
}

func (b *Phrasebook) add(row []string) error {
	term, means := Words(row[0]), Words(row[1])
	if len(term) == 0 || len(means) == 0 || slices.Equal(term, means) {
		return fmt.Errorf("%q and %q must be two different phrases", row[0], row[1])
	}
	var p calendar.Period
	for i, day := range []*calendar.Date{&p.From, &p.To} {
		if row[2+i] == "" {
			continue
		}
		var err error
		if *day, err = calendar.Parse(row[2+i]); err != nil {
			return fmt.Errorf("%q is not a day such as 2026-11-23", row[2+i])
		}
	}
	if !p.Valid() {
		return fmt.Errorf("the period ends before it begins")
	}
	for _, side := range [][2][]string{{term, means}, {means, term}} {
		key := strings.Join(side[0], " ")
		b.lines[key] = append(b.lines[key], equal{side[1], p})
		b.longest = max(b.longest, len(side[0]))
	}
	return nil
}

// Phrase is a stretch of what was typed and what may stand for it.
type Phrase struct {
	Words []string
	Also  [][]string
}

// Cut cuts words into phrases: the longest that the book knows on a day, single
// words otherwise. A nil book knows none.
func (b *Phrasebook) Cut(words []string, day calendar.Date) []Phrase {
	var list []Phrase
	for len(words) > 0 {
		p := b.first(words, day)
		list = append(list, p)
		words = words[len(p.Words):]
	}
	return list
}

func (b *Phrasebook) first(words []string, day calendar.Date) Phrase {
	if b != nil {
		for n := min(b.longest, len(words)); n > 0; n-- {
			if also := b.also(words[:n], day); also != nil {
				return Phrase{words[:n], also}
			}
		}
	}
	return Phrase{Words: words[:1]}
}

func (b *Phrasebook) also(words []string, day calendar.Date) (list [][]string) {
	for _, e := range b.lines[strings.Join(words, " ")] {
		if e.period.Contains(day) {
			list = append(list, e.words)
		}
	}
	return list
}
