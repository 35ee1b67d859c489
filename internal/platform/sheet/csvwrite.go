package sheet

import (
	"bufio"
	"bytes"
	"io"
	"strconv"
	"strings"
)

// CSVOptions shape CSV output. The zero value is RFC 4180: UTF-8, comma,
// decimal point. For a spreadsheet program set to French or Dutch: semicolon,
// BOM and DecimalComma.
type CSVOptions struct {
	Delimiter    rune // 0 is a comma
	BOM          bool
	DecimalComma bool
}

// CSVWriter writes CSV text in UTF-8 with CRLF between rows.
//
// A text that a spreadsheet program would run as a formula, because it begins
// with = + - @ tab or CR, spaces apart, gets a leading apostrophe (CWE-1236);
// a plain number does not.
type CSVWriter struct {
	w     *bufio.Writer
	opt   CSVOptions
	line  int
	width int
	cell  []byte
	err   error
}

var _ Writer = (*CSVWriter)(nil)

// NewCSVWriter returns a writer to w.
func NewCSVWriter(w io.Writer, opt CSVOptions) (*CSVWriter, error) {
	if opt.Delimiter == 0 {
		opt.Delimiter = ','
	}
	if !validDelimiter(opt.Delimiter) {
		return nil, &Error{Code: CodeDelimiter, Value: string(opt.Delimiter)}
	}
	return &CSVWriter{w: bufio.NewWriterSize(w, 32<<10), opt: opt}, nil
}

// Header writes the titles, after the byte order mark if there is one.
func (c *CSVWriter) Header(columns ...Column) error {
	if c.err != nil || c.line > 0 {
		return c.fail(&Error{Code: CodeRowOrder, Line: c.line})
	}
	if err := checkColumns(columns); err != nil {
		return c.fail(err)
	}
	if c.opt.BOM {
		c.w.WriteString("\uFEFF")
	}
	c.width = len(columns)
	values := make([]any, len(columns))
	for i, col := range columns {
		values[i] = col.Title
	}
	return c.Row(values...)
}

// Row writes one row.
func (c *CSVWriter) Row(values ...any) error {
	if c.err != nil {
		return c.err
	}
	c.line++
	if err := checkRow(c.line, c.width, len(values)); err != nil {
		return c.fail(err)
	}
	for i, v := range values {
		if i > 0 {
			c.w.WriteByte(byte(c.opt.Delimiter))
		}
		if err := c.value(v, len(values) == 1); err != nil {
			return c.fail(place(err, c.line, i+1))
		}
	}
	_, err := c.w.WriteString("\r\n")
	return c.fail(err)
}

// Close writes out what is buffered.
func (c *CSVWriter) Close() error {
	if c.err != nil {
		return c.err
	}
	return c.fail(c.w.Flush())
}

// fail remembers the first error.
func (c *CSVWriter) fail(err error) error {
	if c.err == nil {
		c.err = err
	}
	return c.err
}

func (c *CSVWriter) value(v any, alone bool) error {
	point := byte('.')
	if c.opt.DecimalComma {
		point = ','
	}
	c.cell = c.cell[:0]
	switch v := v.(type) {
	case nil:
	case string:
		if err := checkText(v); err != nil {
			return err
		}
		if isFormula(v) {
			c.cell = append(c.cell, '\'')
		}
		c.cell = append(c.cell, v...)
	case int:
		c.cell = strconv.AppendInt(c.cell, int64(v), 10)
	case int64:
		c.cell = strconv.AppendInt(c.cell, v, 10)
	case Decimal:
		c.cell = append(c.cell, v.format(point)...)
	case Cents:
		c.cell = append(c.cell, v.decimal().format(point)...)
	case Date:
		c.cell = append(c.cell, v.String()...)
	case bool:
		c.cell = strconv.AppendBool(c.cell, v)
	default:
		return typeError(v)
	}
	// A row of one empty cell would be a blank line, and an empty one at that.
	c.quote(alone && len(c.cell) == 0)
	return nil
}

// quote writes the cell, in quotes when it needs them. Write errors come back
// from the writer's next call.
func (c *CSVWriter) quote(force bool) {
	if !force && !c.needsQuotes() {
		c.w.Write(c.cell)
		return
	}
	c.w.WriteByte('"')
	for _, b := range c.cell {
		if b == '"' {
			c.w.WriteByte('"')
		}
		c.w.WriteByte(b)
	}
	c.w.WriteByte('"')
}

// needsQuotes also quotes the spaces at the ends, which some programs trim,
// and a cell that would make the first line Excel's separator line.
func (c *CSVWriter) needsQuotes() bool {
	if len(c.cell) == 0 {
		return false
	}
	if c.cell[0] == ' ' || c.cell[len(c.cell)-1] == ' ' || c.line == 1 && bytes.EqualFold(c.cell[:min(4, len(c.cell))], []byte("sep=")) {
		return true
	}
	for _, b := range c.cell {
		if b == byte(c.opt.Delimiter) || b == '"' || b == '\n' || b == '\r' {
			return true
		}
	}
	return false
}

// isFormula reports a text that a spreadsheet program may run.
func isFormula(s string) bool {
	t := strings.TrimLeftFunc(s, func(r rune) bool { return r == ' ' || r == '\u00A0' })
	if t == "" || !strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(t)[0]) {
		return false
	}
	return !isPlainNumber(t)
}

// isPlainNumber reports a sign, digits and at most one decimal separator.
func isPlainNumber(s string) bool {
	whole, decimals, has := s[1:], "", false
	if i := strings.IndexAny(whole, ".,"); i >= 0 {
		whole, decimals, has = whole[:i], whole[i+1:], true
	}
	return (s[0] == '+' || s[0] == '-') && allDigits(whole) && (!has || allDigits(decimals))
}
