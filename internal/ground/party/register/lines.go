package register

import (
	"strings"

	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/search"
	"beffroi/internal/platform/sheet"
)

// Line is a record read from a line of a file, with what is wrong with it.
type Line[T any] struct {
	Values *Values
	Record T
}

// Lines reads every line of an import. parse makes the record of a row; keep is
// false for a row that is to be left out. A key that comes twice is refused,
// with the line where it was first.
func Lines[T any](in intake.Input, key func(T) string, parse func(intake.Row) (l Line[T], keep bool)) ([]Line[T], error) {
	var list []Line[T]
	first := map[string]int{}
	for row, err := range in.Rows {
		if err != nil {
			return nil, err
		}
		l, keep := parse(row)
		if !keep {
			continue
		}
		k := key(l.Record)
		if at, twice := first[k]; twice && k != "" {
			l.Values.bad.AddLine(row.Line, "ref", k, "register.twice", fault.Args{"value": k, "line": int64(at)})
		} else {
			first[k] = row.Line
		}
		list = append(list, l)
	}
	return list, nil
}

// Records are the records of lines, and all their notes.
func Records[T any](lines []Line[T]) (records []T, notes []intake.Note) {
	for _, l := range lines {
		records = append(records, l.Record)
		notes = append(notes, l.Values.Notes()...)
	}
	return records, notes
}

// Over reads a row on top of what the register has: a column that the file
// lacks keeps its value.
func Over(in intake.Input, row intake.Row, have func(string) string) func(string) string {
	return func(name string) string {
		if in.Has(name) || have == nil {
			return row.Values[name]
		}
		return have(name)
	}
}

// Keep is the text that the register has when a file brings the same one in
// plainer dress: files lose typographic apostrophes and special blanks. A text
// that is new gets its typographic apostrophes here.
func Keep(have, want string) string {
	if have != "" && sheet.Clean(have) == sheet.Clean(want) {
		return have
	}
	return strings.ReplaceAll(want, "'", "’")
}

// KeepText is Keep in three languages.
func KeepText(have, want Text) Text {
	return Text{FR: Keep(have.FR, want.FR), NL: Keep(have.NL, want.NL), EN: Keep(have.EN, want.EN)}
}

// KeepLoose is Keep for files known to lose accents and capitals too.
func KeepLoose(have, want string) string {
	if have != "" && search.Fold(have) == search.Fold(want) {
		return have
	}
	return Keep(have, want)
}
