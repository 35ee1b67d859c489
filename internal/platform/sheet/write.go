package sheet

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Cents is an amount of money in cents of a euro, written with two decimals.
type Cents int64

// Column heads a column. Width is in characters, for formats that have widths;
// 0 derives it from the title.
type Column struct {
	Title string
	Width int
}

// Writer writes a table row by row: Header once, then rows of as many values,
// then Close, which completes the file but does not close what it is written
// to. A value is a string, int, int64, Decimal, Cents, Date, bool or nil (an
// empty cell); floats are refused, a figure to publish has a chosen number of
// decimals. After an error the file is not usable. Errors are *Error or those
// of the underlying writer.
type Writer interface {
	Header(columns ...Column) error
	Row(values ...any) error
	Close() error
}

// checkRow refuses a row that does not fit the header.
func checkRow(line, want, got int) error {
	switch {
	case want == 0:
		return &Error{Code: CodeHeaderMissing, Line: line}
	case want != got:
		return &Error{Code: CodeRagged, Line: line, Want: want, Got: got}
	}
	return nil
}

// checkColumns refuses a header that could not be read back.
func checkColumns(columns []Column) error {
	titles := make([]string, len(columns))
	for i, c := range columns {
		titles[i] = c.Title
		if blank(c.Title) {
			return &Error{Code: CodeHeaderMissing, Line: 1, Column: i + 1}
		}
	}
	if i := duplicate(titles); i >= 0 {
		return &Error{Code: CodeHeaderDuplicate, Line: 1, Column: i + 1, Value: excerpt(titles[i])}
	}
	if len(columns) == 0 {
		return &Error{Code: CodeHeaderMissing, Line: 1}
	}
	return nil
}

// checkText refuses text that no format can hold.
func checkText(s string) error {
	switch {
	case strings.IndexByte(s, 0) >= 0:
		return &Error{Code: CodeNUL}
	case !utf8.ValidString(s):
		return &Error{Code: CodeEncodingInvalid, Value: EncodingUTF8}
	}
	return nil
}

// place adds the place to an error of this package.
func place(err error, line, column int) error {
	if e, ok := err.(*Error); ok {
		return e.At(line, column)
	}
	return err
}

func typeError(v any) error {
	return &Error{Code: CodeValueType, Value: fmt.Sprintf("%T", v)}
}

func (c Cents) decimal() Decimal { return Decimal{Unscaled: int64(c), Scale: 2} }
