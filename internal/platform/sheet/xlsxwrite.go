package sheet

import (
	"archive/zip"
	"io"
	"io/fs"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// Limits of the XLSX format.
const (
	xlsxMaxRows = 1 << 20
	xlsxMaxText = 32767 // UTF-16 units in a cell
	// exactDigits is how many digits a spreadsheet keeps of a number.
	exactDigits = 15
)

// XLSXWriter writes a workbook of one sheet: bold header, frozen, with filter.
// The same rows give the same bytes. Rows go to a temporary file beyond some
// megabytes; the workbook goes to the underlying writer in Close.
//
// Text is stored as text and never becomes a formula. A number of more than 15
// digits is stored as text, since a spreadsheet would round it.
type XLSXWriter struct {
	w      io.Writer
	file   *excelize.File
	stream *excelize.StreamWriter
	sheet  string
	line   int
	width  int
	styles map[styleKey]int
	row    []any
	err    error
}

var _ Writer = (*XLSXWriter)(nil)

// styleKey names the styles in use: a kind of value and its decimals.
type styleKey struct {
	kind  byte // 'h' header, 'd' date, 'c' cents, 'n' number
	scale int
}

// NewXLSXWriter returns a writer of one sheet to w. A sheet name has 1 to 31
// characters and none of : \ / ? * [ ]; others give CodeXLSXSheet.
func NewXLSXWriter(w io.Writer, sheet string) (*XLSXWriter, error) {
	f := excelize.NewFile()
	f.ZipWriter = func(w io.Writer) excelize.ZipWriter { return fixedZip{zip.NewWriter(w)} }
	x := &XLSXWriter{w: w, file: f, sheet: sheet, styles: map[styleKey]int{}}
	if err := x.begin(); err != nil {
		f.Close()
		return nil, err
	}
	return x, nil
}

func (x *XLSXWriter) begin() error {
	if err := x.file.SetSheetName(x.file.GetSheetName(0), x.sheet); err != nil {
		return &Error{Code: CodeXLSXSheet, Value: excerpt(x.sheet), cause: err}
	}
	// excelize would put its own author here.
	err := x.file.SetDocProps(&excelize.DocProperties{Creator: "Beffroi",
		Created: epoch.Format(time.RFC3339), Modified: epoch.Format(time.RFC3339)})
	if err != nil {
		return err
	}
	x.stream, err = x.file.NewStreamWriter(x.sheet)
	return err
}

// epoch is the time of everything in a workbook: the first that zip can hold.
var epoch = time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)

// fixedZip writes entries that all have the same time.
type fixedZip struct{ *zip.Writer }

func (z fixedZip) Create(name string) (io.Writer, error) {
	return z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: epoch})
}

func (z fixedZip) AddFS(fsys fs.FS) error { return z.Writer.AddFS(fsys) }

// Header writes the titles and sets widths, frozen pane and filter.
func (x *XLSXWriter) Header(columns ...Column) error {
	if x.err != nil || x.line > 0 {
		return x.fail(&Error{Code: CodeRowOrder, Line: x.line})
	}
	if err := checkColumns(columns); err != nil {
		return x.fail(err)
	}
	for i, c := range columns {
		if err := x.stream.SetColWidth(i+1, i+1, columnWidth(c)); err != nil {
			return x.fail(err)
		}
	}
	err := x.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	if err != nil {
		return x.fail(err)
	}
	style, err := x.style(styleKey{kind: 'h'})
	if err != nil {
		return x.fail(err)
	}
	x.width = len(columns)
	cells := make([]any, len(columns))
	for i, c := range columns {
		if cells[i], err = x.text(c.Title); err != nil {
			return x.fail(place(err, 1, i+1))
		}
		cells[i] = excelize.Cell{StyleID: style, Value: cells[i]}
	}
	return x.write(cells)
}

// columnWidth is in characters, within what a screen can show.
func columnWidth(c Column) float64 {
	w := c.Width
	if w <= 0 {
		w = utf8.RuneCountInString(c.Title) + 4 // room for the filter button
	}
	return float64(min(max(w, 8), 80))
}

// Row writes one row.
func (x *XLSXWriter) Row(values ...any) error {
	if x.err != nil {
		return x.err
	}
	if err := checkRow(x.line+1, x.width, len(values)); err != nil {
		return x.fail(err)
	}
	x.row = x.row[:0]
	for i, v := range values {
		cell, err := x.cell(v)
		if err != nil {
			return x.fail(place(err, x.line+1, i+1))
		}
		x.row = append(x.row, cell)
	}
	return x.write(x.row)
}

func (x *XLSXWriter) write(cells []any) error {
	if x.line++; x.line > xlsxMaxRows {
		return x.fail(&Error{Code: CodeTooManyRows, Line: x.line})
	}
	return x.fail(x.stream.SetRow("A"+strconv.Itoa(x.line), cells))
}

// Close writes the workbook out and removes temporary files.
func (x *XLSXWriter) Close() error {
	defer x.file.Close()
	if x.err != nil {
		return x.err
	}
	if x.width > 0 {
		last, err := excelize.CoordinatesToCellName(x.width, x.line)
		if err != nil {
			return x.fail(err)
		}
		if err := x.file.AutoFilter(x.sheet, "A1:"+last, nil); err != nil {
			return x.fail(err)
		}
	}
	if err := x.stream.Flush(); err != nil {
		return x.fail(err)
	}
	return x.fail(x.file.Write(x.w))
}

func (x *XLSXWriter) fail(err error) error {
	if x.err == nil {
		x.err = err
	}
	return x.err
}

// cell turns a value into what excelize writes.
func (x *XLSXWriter) cell(v any) (any, error) {
	switch v := v.(type) {
	case nil, bool:
		return v, nil
	case string:
		return x.text(v)
	case int:
		return x.number(Decimal{Unscaled: int64(v)}, styleKey{})
	case int64:
		return x.number(Decimal{Unscaled: v}, styleKey{})
	case Decimal:
		return x.number(v, styleKey{'n', v.Scale})
	case Cents:
		return x.number(v.decimal(), styleKey{'c', 2})
	case Date:
		return x.date(v)
	}
	return nil, typeError(v)
}

func (x *XLSXWriter) text(s string) (any, error) {
	if err := checkText(s); err != nil {
		return nil, err
	}
	if len(s) > xlsxMaxText && len(utf16.Encode([]rune(s))) > xlsxMaxText {
		return nil, &Error{Code: CodeCellTooLong}
	}
	if s == "" {
		return nil, nil
	}
	return s, nil
}

// number goes through a float, which holds 15 digits exactly as written.
func (x *XLSXWriter) number(d Decimal, key styleKey) (any, error) {
	if u := d.Unscaled; u >= pow10(exactDigits) || u <= -pow10(exactDigits) {
		return d.String(), nil
	}
	style, err := x.style(key)
	if err != nil {
		return nil, err
	}
	if d.Scale <= 0 {
		return excelize.Cell{StyleID: style, Value: d.Unscaled}, nil
	}
	f, err := strconv.ParseFloat(d.String(), 64)
	return excelize.Cell{StyleID: style, Value: f}, err
}

// date writes a day as a serial number, and as text when it has none.
func (x *XLSXWriter) date(d Date) (any, error) {
	n := d.serial()
	if n == 0 || !d.Valid() {
		return d.String(), nil
	}
	style, err := x.style(styleKey{kind: 'd'})
	return excelize.Cell{StyleID: style, Value: n}, err
}

// style finds or makes the style of a key; the zero key is no style.
func (x *XLSXWriter) style(key styleKey) (int, error) {
	if key == (styleKey{}) {
		return 0, nil
	}
	if id, ok := x.styles[key]; ok {
		return id, nil
	}
	var s excelize.Style
	switch key.kind {
	case 'h':
		s.Font = &excelize.Font{Bold: true}
	case 'd':
		s.CustomNumFmt = new("yyyy-mm-dd")
	case 'c':
		s.CustomNumFmt = new(`#,##0.00\ "€"`)
	default:
		s.CustomNumFmt = new(decimalFormat(key.scale))
	}
	id, err := x.file.NewStyle(&s)
	x.styles[key] = id
	return id, err
}

// decimalFormat shows as many decimals as the number was given.
func decimalFormat(scale int) string {
	b := []byte("#,##0")
	for i := 0; i < scale; i++ {
		if i == 0 {
			b = append(b, '.')
		}
		b = append(b, '0')
	}
	return string(b)
}
