package sheet

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
)

// Default limits. A province's largest yearly table is some 5 MB.
const (
	DefaultMaxBytes   = 25 << 20
	DefaultMaxRows    = 1_000_000
	DefaultMaxColumns = 500
	DefaultMaxCell    = 32 << 10

	// NoHeader, as Options.HeaderRow, makes the first row a data row.
	NoHeader = -1

	// headerWindow is how many rows with content are searched for the header.
	headerWindow = 20
)

// Options steer Open. The zero value detects everything and sets the default
// limits.
type Options struct {
	MaxBytes   int64  // size of the file; an XLSX part may expand to 16 times this
	MaxRows    int    // data rows, blank rows not counted
	MaxColumns int    // cells in a row
	MaxCell    int    // bytes in a cell, in the encoding of the file
	Sheet      string // XLSX sheet by its exact name; "" is the first visible one
	Delimiter  rune   // 0 detects comma, semicolon, pipe or tab
	Encoding   string // one of the Encoding names; "" detects
	HeaderRow  int    // row of the header as in Row.Line; 0 detects, NoHeader
}

// Kinds of files.
const (
	KindCSV  = "csv"
	KindXLSX = "xlsx"
)

// Format is what Open found.
type Format struct {
	Kind      string // KindCSV or KindXLSX
	Encoding  string // of CSV text
	Delimiter rune   // of CSV text
	BOM       bool   // the text began with a byte order mark
	Sheet     string // the sheet that is read, of a workbook
	Sheets    []string
}

// Row is one row with content. Line is the line of the file where it begins
// (CSV) or its row number (XLSX), from 1. Cells has one entry per header
// column; it is overwritten by the next call of Next, its strings are not.
type Row struct {
	Line  int
	Cells []string
}

// source yields the rows of one format, blank ones included. The cells belong
// to the source and live until its next call.
type source interface {
	next() (Row, *Error)
	close() error
}

// errEnd is the end of a source.
var errEnd = &Error{Code: "sheet.end"}

// Reader reads the rows of a table in order. It is not safe for concurrent
// use.
type Reader struct {
	opt    Options
	format Format
	src    source
	header []string
	width  int
	ahead  []Row // rows read while looking for the header
	cells  []string
	rows   int
	done   bool
}

// Open reads r, at most MaxBytes, and finds the shape and the header of the
// table in it. Errors are *Error.
func Open(r io.Reader, opt Options) (*Reader, error) {
	opt = opt.withDefaults()
	data, err := io.ReadAll(io.LimitReader(r, opt.MaxBytes+1))
	if err != nil {
		return nil, &Error{Code: CodeRead, cause: err}
	}
	return OpenBytes(data, opt)
}

// OpenBytes is Open for a file already in memory. The Reader keeps data and
// does not change it.
func OpenBytes(data []byte, opt Options) (*Reader, error) {
	opt = opt.withDefaults()
	if int64(len(data)) > opt.MaxBytes {
		return nil, &Error{Code: CodeTooLarge}
	}
	r := &Reader{opt: opt}
	if err := r.open(data); err != nil {
		return nil, err
	}
	if err := r.findHeader(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func (o Options) withDefaults() Options {
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.MaxRows <= 0 {
		o.MaxRows = DefaultMaxRows
	}
	if o.MaxColumns <= 0 {
		o.MaxColumns = DefaultMaxColumns
	}
	if o.MaxCell <= 0 {
		o.MaxCell = DefaultMaxCell
	}
	return o
}

// Signatures of the files that people upload as tables.
var (
	magicZIP = []byte("PK\x03\x04")
	magicOLE = []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
	magicPDF = []byte("%PDF-")
)

// open chooses the source by the first bytes. The error is an untyped nil
// when there is none.
func (r *Reader) open(data []byte) error {
	var err *Error
	switch {
	case bytes.HasPrefix(data, magicZIP):
		r.src, r.format, err = openXLSX(data, r.opt)
	case bytes.HasPrefix(data, magicOLE):
		err = oleError(data)
	case bytes.HasPrefix(data, magicPDF):
		err = &Error{Code: CodeUnsupported, Value: "pdf"}
	default:
		r.src, r.format, err = openCSV(data, r.opt)
	}
	if err != nil {
		return err
	}
	return nil
}

// Format tells what Open found.
func (r *Reader) Format() Format { return r.format }

// Header gives the column names, cleaned (see Clean), without the trailing
// columns that have none; nil with NoHeader.
func (r *Reader) Header() []string { return r.header }

// Next gives the next row with content, and io.EOF after the last. An error of
// code CodeRagged comes with the row as found, and the rows after it can be
// read; any other error is the last thing before io.EOF.
func (r *Reader) Next() (Row, error) {
	if r.done {
		return Row{}, io.EOF
	}
	row, err := r.read()
	if err == errEnd {
		r.done = true
		return Row{}, io.EOF
	}
	if err == nil {
		row, err = r.accept(row)
	}
	if err != nil {
		r.done = err.ends()
		return row, err
	}
	return row, nil
}

// Close releases what the reader holds. It may be called more than once.
func (r *Reader) Close() error {
	r.done = true
	if r.src == nil {
		return nil
	}
	src := r.src
	r.src = nil
	return src.close()
}

// read gives the next row with content, those kept by findHeader first.
func (r *Reader) read() (Row, *Error) {
	if len(r.ahead) > 0 {
		row := r.ahead[0]
		r.ahead = r.ahead[1:]
		return row, nil
	}
	for {
		row, err := r.src.next()
		if err != nil || filled(row.Cells) > 0 {
			return row, err
		}
	}
}

// accept counts a data row and fits it to the width of the header: cells
// beyond it are dropped when empty. A workbook does not store trailing empty
// cells, so there a short row is filled up; in text it is ragged.
func (r *Reader) accept(row Row) (Row, *Error) {
	if r.rows++; r.rows > r.opt.MaxRows {
		return Row{}, &Error{Code: CodeTooManyRows, Line: row.Line}
	}
	got := len(row.Cells)
	for got > r.width && blank(row.Cells[got-1]) {
		got--
	}
	row.Cells = row.Cells[:got]
	if got == r.width {
		return row, nil
	}
	if got < r.width && r.format.Kind == KindXLSX {
		r.cells = append(r.cells[:0], row.Cells...)
		for len(r.cells) < r.width {
			r.cells = append(r.cells, "")
		}
		row.Cells = r.cells
		return row, nil
	}
	return row, &Error{Code: CodeRagged, Line: row.Line, Want: r.width, Got: got}
}

// findHeader reads ahead, takes the header row and leaves the data rows that
// follow it in r.ahead; rows above the header are titles and are dropped.
func (r *Reader) findHeader() error {
	last, err := r.readAhead()
	if err != nil && err != errEnd {
		return err
	}
	if len(r.ahead) == 0 {
		return &Error{Code: CodeEmpty}
	}
	if r.opt.HeaderRow < 0 {
		r.width = trimmedLen(r.ahead[0].Cells)
		return nil
	}
	at := len(r.ahead) - 1
	if r.opt.HeaderRow == 0 {
		at = headerIndex(r.ahead, r.format.Kind == KindCSV)
	}
	if at < 0 || r.opt.HeaderRow > 0 && last.Line != r.opt.HeaderRow {
		return &Error{Code: CodeHeaderMissing, Line: r.opt.HeaderRow}
	}
	head := r.ahead[at]
	r.ahead = r.ahead[at+1:]
	return r.setHeader(head)
}

// readAhead fills r.ahead: the window in which the header is looked for, or
// everything up to the header row that was asked for. It returns the last row.
func (r *Reader) readAhead() (Row, *Error) {
	var last Row
	want := r.opt.HeaderRow
	for want > 0 || len(r.ahead) < headerWindow {
		row, err := r.src.next()
		if err != nil {
			return last, err
		}
		if filled(row.Cells) == 0 {
			continue
		}
		last = Row{row.Line, append([]string(nil), row.Cells...)}
		if want > 0 {
			r.ahead = r.ahead[:0] // only the header itself is needed
		}
		r.ahead = append(r.ahead, last)
		if want > 0 && row.Line >= want {
			break
		}
	}
	return last, nil
}

// headerIndex finds the first row with nearly as many filled cells as the
// fullest row of the usual length: titles above a header fill one or two
// cells, a header may leave a remarks column unnamed, and a faulty row may be
// too long. A row of nothing but numbers is no header, and then there is none
// (-1). If the row repeats a name the file is refused (setHeader): going on to
// the first row of distinct cells would swallow data under a faulty header.
func headerIndex(rows []Row, ragged bool) int {
	lengths := map[int]int{}
	for _, row := range rows {
		lengths[len(row.Cells)]++
	}
	usual, _ := mode(lengths)
	most := 0
	for _, row := range rows {
		if !ragged || len(row.Cells) == usual {
			most = max(most, filled(row.Cells))
		}
	}
	need := (most*4 + 4) / 5 // four fifths, rounded up
	at := slices.IndexFunc(rows, func(row Row) bool { return filled(row.Cells) >= need })
	if at < 0 || !slices.ContainsFunc(rows[at].Cells, isName) {
		return -1
	}
	return at
}

// isName reports a cell that says something other than a number.
func isName(cell string) bool {
	if blank(cell) {
		return false
	}
	_, err := ParseNumber(cell, AnyStyle)
	return IsCode(err, CodeNumberBad)
}

func (r *Reader) setHeader(head Row) error {
	cells := head.Cells[:trimmedLen(head.Cells)]
	for i := range cells {
		cells[i] = Clean(cells[i])
	}
	if c := duplicate(cells); c >= 0 {
		return &Error{Code: CodeHeaderDuplicate, Line: head.Line, Column: c + 1, Value: excerpt(cells[c])}
	}
	r.header, r.width = cells, len(cells)
	return nil
}

// filled counts the cells that hold something.
func filled(cells []string) int {
	n := 0
	for _, c := range cells {
		if !blank(c) {
			n++
		}
	}
	return n
}

// blank reports a cell of nothing but spaces, the non-breaking included.
func blank(cell string) bool { return strings.TrimSpace(cell) == "" }

// trimmedLen is the length without trailing empty cells.
func trimmedLen(cells []string) int {
	n := len(cells)
	for n > 0 && blank(cells[n-1]) {
		n--
	}
	return n
}

// duplicate finds the first filled cell that repeats an earlier one, or -1.
func duplicate(cells []string) int {
	seen := make(map[string]bool, len(cells))
	for i, c := range cells {
		c = Clean(c)
		if c != "" && seen[c] {
			return i
		}
		seen[c] = true
	}
	return -1
}

// IsCode reports whether err is an *Error of the code.
func IsCode(err error, code string) bool { return errors.Is(err, &Error{Code: code}) }
