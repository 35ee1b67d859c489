package sheet

import (
	"encoding/xml"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxSharedText bounds the table of shared strings, the one part of a workbook
// that must be held in memory, as a multiple of MaxBytes.
const maxSharedText = 4

// xlsxSource streams the rows of one worksheet.
type xlsxSource struct {
	part     *part
	shared   []string
	formats  []numberFormat // by cell style
	date1904 bool
	opt      Options
	line     int // of the last row
	cells    []string
	ended    bool
}

func openSheet(a *archive, target string, rels []relation, opt Options, date1904 bool) (*xlsxSource, *Error) {
	s := &xlsxSource{opt: opt, date1904: date1904}
	var err *Error
	for _, r := range rels {
		switch {
		case r.is("sharedStrings"):
			s.shared, err = readShared(a, r.Target, opt)
		case r.is("styles"):
			s.formats, err = readFormats(a, r.Target)
		}
		if err != nil {
			return nil, err
		}
	}
	if s.part, err = a.open(target); err != nil {
		return nil, err
	}
	if s.part == nil {
		return nil, &Error{Code: CodeXLSXDamaged, Value: excerpt(target)}
	}
	return s, nil
}

func (s *xlsxSource) close() error { return s.part.rc.Close() }

// readShared reads the table of shared strings.
func readShared(a *archive, name string, opt Options) ([]string, *Error) {
	p, err := a.open(name)
	if p == nil || err != nil {
		return nil, err
	}
	defer p.rc.Close()
	var table []string
	var total int64
	for {
		tok, err := p.Token()
		if err == io.EOF {
			return table, nil
		}
		if err != nil {
			return nil, p.fail(err)
		}
		if el, ok := tok.(xml.StartElement); ok && el.Name.Local == "si" {
			text, err := p.richText()
			if err != nil {
				return nil, p.fail(err)
			}
			// Each entry costs its header as well as its text.
			if total += int64(len(text)) + 16; total > opt.MaxBytes*maxSharedText {
				return nil, &Error{Code: CodeXLSXBomb, Value: excerpt(name)}
			}
			table = append(table, text)
		}
	}
}

// richText joins the runs of a string element up to its end, without the
// phonetic guides of East Asian text.
func (p *part) richText() (string, error) {
	var b strings.Builder
	inText := false
	for depth := 1; depth > 0; {
		tok, err := p.Token()
		if err != nil {
			return "", err
		}
		switch el := tok.(type) {
		case xml.StartElement:
			if el.Name.Local == "rPh" {
				if err := p.Skip(); err != nil {
					return "", err
				}
				continue
			}
			depth++
			inText = el.Name.Local == "t"
		case xml.EndElement:
			depth--
			inText = false
		case xml.CharData:
			if inText {
				b.Write(el)
			}
		}
	}
	return unescape(b.String()), nil
}

// unescape resolves _xHHHH_, by which workbooks store characters that XML
// forbids (ECMA-376 part 1, 22.9.2.19, ST_Xstring). A NUL stays escaped.
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if i+7 <= len(s) && s[i] == '_' && s[i+1] == 'x' && s[i+6] == '_' {
			r, err := strconv.ParseUint(s[i+2:i+6], 16, 16)
			if err == nil && r > 0 && utf8.ValidRune(rune(r)) {
				b.WriteRune(rune(r))
				i += 7
				continue
			}
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}

// next reads up to the next row element and the cells in it.
func (s *xlsxSource) next() (Row, *Error) {
	for !s.ended {
		tok, err := s.part.Token()
		if err != nil {
			// Every sheet ends with sheetData; a document that stops before is cut.
			return Row{}, s.part.fail(err)
		}
		switch el := tok.(type) {
		case xml.StartElement:
			if el.Name.Local == "row" {
				return s.row(el)
			}
		case xml.EndElement:
			if el.Name.Local != "sheetData" {
				continue
			}
			s.ended = true
			if err := s.part.drain(); err != nil {
				return Row{}, err
			}
		}
	}
	return Row{}, errEnd
}

func (s *xlsxSource) row(el xml.StartElement) (Row, *Error) {
	line := s.line + 1
	if r := attr(el, "r"); r != "" {
		n, err := strconv.Atoi(r)
		if err != nil || n <= s.line || n > 1<<20 {
			return Row{}, &Error{Code: CodeRowOrder, Line: line, Value: excerpt(r)}
		}
		line = n
	}
	s.line = line
	s.cells = s.cells[:0]
	for {
		tok, err := s.part.Token()
		if err != nil {
			return Row{}, s.part.fail(err)
		}
		switch el := tok.(type) {
		case xml.StartElement:
			if el.Name.Local != "c" {
				if err := s.part.Skip(); err != nil {
					return Row{}, s.part.fail(err)
				}
			} else if err := s.cell(el); err != nil {
				return Row{Line: line}, err
			}
		case xml.EndElement:
			return Row{Line: line, Cells: s.cells}, nil
		}
	}
}

// cell reads one cell and puts it in its column, after empty ones as needed.
func (s *xlsxSource) cell(el xml.StartElement) *Error {
	col := len(s.cells) + 1
	if ref := attr(el, "r"); ref != "" {
		n := columnOf(ref)
		if n < col {
			return &Error{Code: CodeRowOrder, Line: s.line, Column: col, Value: excerpt(ref)}
		}
		col = n
	}
	if col > s.opt.MaxColumns {
		return &Error{Code: CodeTooManyColumns, Line: s.line, Column: col}
	}
	kind, style := attr(el, "t"), attr(el, "s")
	raw, err := s.rawValue(kind)
	if err != nil {
		return s.part.fail(err)
	}
	value, bad := s.display(kind, style, raw)
	switch {
	case bad != nil:
		return bad.At(s.line, col)
	case len(value) > s.opt.MaxCell:
		return &Error{Code: CodeCellTooLong, Line: s.line, Column: col}
	case strings.IndexByte(value, 0) >= 0:
		return &Error{Code: CodeNUL, Line: s.line, Column: col}
	}
	for len(s.cells) < col-1 {
		s.cells = append(s.cells, "")
	}
	s.cells = append(s.cells, value)
	return nil
}

// rawValue reads the content of a cell to its end: the stored value or the
// text in place. Formulas are not looked at; their last result is the value.
func (s *xlsxSource) rawValue(kind string) (string, error) {
	value := ""
	for {
		tok, err := s.part.Token()
		if err != nil {
			return "", err
		}
		switch el := tok.(type) {
		case xml.StartElement:
			switch {
			case el.Name.Local == "v" || el.Name.Local == "is" && kind == "inlineStr":
				value, err = s.part.value(el.Name.Local)
			default:
				err = s.part.Skip()
			}
			if err != nil {
				return "", err
			}
		case xml.EndElement:
			return value, nil
		}
	}
}

// value reads a value element (text only) or a string element.
func (p *part) value(name string) (string, error) {
	if name == "is" {
		return p.richText()
	}
	var b []byte
	for {
		tok, err := p.Token()
		if err != nil {
			return "", err
		}
		switch el := tok.(type) {
		case xml.CharData:
			b = append(b, el...)
		case xml.StartElement:
			if err := p.Skip(); err != nil {
				return "", err
			}
		case xml.EndElement:
			return string(b), nil
		}
	}
}

// display gives the text of a cell from its type, style and stored value.
func (s *xlsxSource) display(kind, style, raw string) (string, *Error) {
	switch kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(raw))
		if raw == "" {
			return "", nil
		}
		if err != nil || i < 0 || i >= len(s.shared) {
			return "", &Error{Code: CodeXLSXDamaged, Value: excerpt(raw)}
		}
		return s.shared[i], nil
	case "b":
		if raw == "1" {
			return "TRUE", nil
		}
		return "FALSE", nil
	case "", "n":
		i, err := strconv.Atoi(style)
		if err != nil || i < 0 || i >= len(s.formats) {
			return displayNumber(raw, formatGeneral, s.date1904), nil
		}
		return displayNumber(raw, s.formats[i], s.date1904), nil
	case "str":
		return unescape(raw), nil
	}
	return raw, nil // inlineStr, d (an ISO date), e (an error such as #N/A)
}

// columnOf gives the column of a cell reference, "AB12" is 28; 0 when there
// are no or too many letters.
func columnOf(ref string) int {
	n := 0
	for _, c := range []byte(ref) {
		if c < 'A' || c > 'Z' {
			break
		}
		if n = n*26 + int(c-'A') + 1; n > 1<<14 {
			return 1 << 15
		}
	}
	return n
}

func attr(el xml.StartElement, name string) string {
	for _, a := range el.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}
