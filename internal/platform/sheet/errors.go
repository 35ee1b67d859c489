package sheet

import "strconv"

// Codes of the errors of this package; the table in the package comment tells
// what each means.
const (
	CodeEmpty            = "sheet.file.empty"
	CodeTooLarge         = "sheet.file.too_large"
	CodeUnsupported      = "sheet.file.unsupported"
	CodeRead             = "sheet.file.read"
	CodeEncodingUnknown  = "sheet.encoding.unknown"
	CodeEncodingInvalid  = "sheet.encoding.invalid"
	CodeNUL              = "sheet.encoding.nul"
	CodeDelimiter        = "sheet.delimiter.bad"
	CodeQuoteUnclosed    = "sheet.quote.unclosed"
	CodeQuoteStray       = "sheet.quote.stray"
	CodeHeaderMissing    = "sheet.header.missing"
	CodeHeaderDuplicate  = "sheet.header.duplicate"
	CodeRagged           = "sheet.row.ragged"
	CodeRowOrder         = "sheet.row.order"
	CodeCellTooLong      = "sheet.cell.too_long"
	CodeTooManyRows      = "sheet.too_many_rows"
	CodeTooManyColumns   = "sheet.too_many_columns"
	CodeXLSXDamaged      = "sheet.xlsx.damaged"
	CodeXLSXEncrypted    = "sheet.xlsx.encrypted"
	CodeXLSXBomb         = "sheet.xlsx.bomb"
	CodeXLSXSheet        = "sheet.xlsx.sheet"
	CodeMissing          = "sheet.value.missing"
	CodeValueType        = "sheet.value.type"
	CodeNumberBad        = "sheet.number.bad"
	CodeNumberAmbiguous  = "sheet.number.ambiguous"
	CodeNumberRange      = "sheet.number.range"
	CodeNumberFractional = "sheet.number.cents"
	CodeDateBad          = "sheet.date.bad"
)

// ErrMissing is matched (errors.Is) by the error of a parser given an empty
// cell or a usual sign for "no data": "-", "NaN", "n.d.", "…".
var ErrMissing error = &Error{Code: CodeMissing}

// Error is what went wrong, where. Line and Column start at 1; 0 means that
// the place is unknown or is the file as a whole. Want and Got are counts of
// cells, for a ragged row. Value is an excerpt of the input, at most 64 bytes.
type Error struct {
	Code         string
	Line, Column int
	Value        string
	Want, Got    int
	cause        error
}

// Error gives the code and the place, for logs; users see the sentence that
// belongs to the code.
func (e *Error) Error() string {
	s := e.Code
	if e.Line > 0 {
		s += " line " + strconv.Itoa(e.Line)
	}
	if e.Column > 0 {
		s += " column " + strconv.Itoa(e.Column)
	}
	if e.Want != e.Got {
		s += " want " + strconv.Itoa(e.Want) + " got " + strconv.Itoa(e.Got)
	}
	if e.Value != "" {
		s += " " + strconv.Quote(e.Value)
	}
	return s
}

// Is matches any error of the same code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Unwrap gives the error of the underlying reader, if one failed.
func (e *Error) Unwrap() error { return e.cause }

// At returns a copy placed at a line and a column, for the caller that knows
// where the cell it parsed stands.
func (e *Error) At(line, column int) *Error {
	placed := *e
	placed.Line, placed.Column = line, column
	return &placed
}

// ends reports whether reading cannot go on after the error.
func (e *Error) ends() bool { return e.Code != CodeRagged }

// excerpt cuts s to 64 bytes on a character boundary, so that an error never
// carries a whole file.
func excerpt(s string) string {
	const limit = 64
	if len(s) <= limit {
		return s
	}
	end := limit
	for end > 0 && s[end]&0xC0 == 0x80 {
		end--
	}
	return s[:end]
}
