package sheet

import (
	"bytes"
	"unicode/utf8"
)

// csvSource reads records from text held in memory, one at a time.
type csvSource struct {
	scan    scanner
	table   *[256]rune
	decoded []byte
	cells   []string
}

func openCSV(data []byte, opt Options) (source, Format, *Error) {
	t, err := decode(data, opt.Encoding)
	if err != nil {
		return nil, Format{}, err
	}
	body, line, delim := separatorLine(t.data)
	switch {
	case opt.Delimiter != 0:
		if !validDelimiter(opt.Delimiter) {
			return nil, Format{}, &Error{Code: CodeDelimiter, Value: string(opt.Delimiter)}
		}
		delim = byte(opt.Delimiter)
	case delim == 0:
		delim = detectDelimiter(body)
	}
	src := &csvSource{table: t.table, scan: scanner{
		data: body, line: line, delim: delim, maxCell: opt.MaxCell, maxColumns: opt.MaxColumns}}
	return src, Format{Kind: KindCSV, Encoding: t.encoding, BOM: t.bom, Delimiter: rune(delim)}, nil
}

// validDelimiter accepts one printable ASCII sign or tab other than the
// quote.
func validDelimiter(r rune) bool {
	return r == '\t' || r > ' ' && r < 0x7F && r != '"'
}

// separatorLine takes the first line "sep=;" off, Excel's way of naming the
// delimiter, and tells the delimiter and the number of the line that follows.
func separatorLine(data []byte) (body []byte, line int, delim byte) {
	if len(data) < 6 || !bytes.EqualFold(data[:4], []byte("sep=")) || !validDelimiter(rune(data[4])) {
		return data, 1, 0
	}
	switch rest := data[5:]; {
	case bytes.HasPrefix(rest, []byte("\r\n")):
		return rest[2:], 2, data[4]
	case rest[0] == '\n' || rest[0] == '\r':
		return rest[1:], 2, data[4]
	}
	return data, 1, 0
}

func (s *csvSource) close() error { return nil }

func (s *csvSource) next() (Row, *Error) {
	line, err := s.scan.record()
	if err != nil {
		return Row{Line: line}, err
	}
	if s.table != nil {
		s.decodeRecord()
	}
	// One string holds the row; the cells are parts of it.
	row := string(s.scan.buf)
	s.cells = s.cells[:0]
	start := 0
	for _, end := range s.scan.ends {
		s.cells = append(s.cells, row[start:end])
		start = end
	}
	return Row{Line: line, Cells: s.cells}, nil
}

// decodeRecord turns the bytes of the record into UTF-8 and moves the ends of
// its cells accordingly.
func (s *csvSource) decodeRecord() {
	s.decoded = s.decoded[:0]
	start := 0
	for i, end := range s.scan.ends {
		for _, c := range s.scan.buf[start:end] {
			s.decoded = utf8.AppendRune(s.decoded, s.table[c])
		}
		start = end
		s.scan.ends[i] = len(s.decoded)
	}
	s.scan.buf, s.decoded = s.decoded, s.scan.buf
}

// scanner splits text into records and cells after RFC 4180, with CR, LF or
// CRLF between records. All its signs are ASCII, so it works on the bytes of
// any encoding that contains ASCII.
type scanner struct {
	data                []byte
	pos                 int
	line                int // of pos, from 1
	delim               byte
	maxCell, maxColumns int
	buf                 []byte // cells of the record, unquoted, end to end
	ends                []int  // where each cell ends in buf
}

// record scans the next record, blank ones too, into buf and ends and returns
// the line where it begins.
func (s *scanner) record() (int, *Error) {
	s.buf, s.ends = s.buf[:0], s.ends[:0]
	line := s.line
	if s.pos >= len(s.data) {
		return line, errEnd
	}
	for {
		if err := s.cell(); err != nil {
			return line, err
		}
		if s.pos < len(s.data) && s.data[s.pos] == s.delim {
			s.pos++
			continue
		}
		s.endLine()
		return line, nil
	}
}

// endLine steps over one line end.
func (s *scanner) endLine() {
	if s.pos < len(s.data) && s.data[s.pos] == '\r' {
		s.pos++
		if s.pos < len(s.data) && s.data[s.pos] == '\n' {
			s.pos++
		}
	} else if s.pos < len(s.data) {
		s.pos++
	}
	s.line++
}

// cell scans one cell and stops on the delimiter or line end behind it.
func (s *scanner) cell() *Error {
	start, line := len(s.buf), s.line
	if s.pos < len(s.data) && s.data[s.pos] == '"' {
		if err := s.quoted(); err != nil {
			return err
		}
	} else {
		rest := s.data[s.pos:]
		n := 0
		for n < len(rest) && rest[n] != s.delim && rest[n] != '\n' && rest[n] != '\r' {
			n++
		}
		s.buf = append(s.buf, rest[:n]...)
		s.pos += n
	}
	s.ends = append(s.ends, len(s.buf))
	if len(s.ends) > s.maxColumns {
		return &Error{Code: CodeTooManyColumns, Line: line, Column: len(s.ends)}
	}
	if len(s.buf)-start > s.maxCell {
		return &Error{Code: CodeCellTooLong, Line: line, Column: len(s.ends)}
	}
	return nil
}

// quoted scans a cell in quotes; a doubled quote is one, and line ends inside
// become LF. Only spaces may follow the closing quote.
func (s *scanner) quoted() *Error {
	opened, column := s.line, len(s.ends)+1
	s.pos++
	for s.pos < len(s.data) {
		c := s.data[s.pos]
		switch {
		case c == '"' && s.pos+1 < len(s.data) && s.data[s.pos+1] == '"':
			s.pos += 2
			s.buf = append(s.buf, '"')
		case c == '"':
			s.pos++
			return s.afterQuote(column)
		case c == '\n' || c == '\r':
			s.endLine()
			s.buf = append(s.buf, '\n')
		default:
			s.pos++
			s.buf = append(s.buf, c)
		}
	}
	return &Error{Code: CodeQuoteUnclosed, Line: opened, Column: column}
}

func (s *scanner) afterQuote(column int) *Error {
	for s.pos < len(s.data) && s.data[s.pos] == ' ' && s.delim != ' ' {
		s.pos++
	}
	if s.pos < len(s.data) {
		if c := s.data[s.pos]; c != s.delim && c != '\n' && c != '\r' {
			return &Error{Code: CodeQuoteStray, Line: s.line, Column: column}
		}
	}
	return nil
}
