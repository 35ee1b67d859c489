package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"
)

var sampleColumns = []Column{{Title: "nom"}, {Title: "n"}, {Title: "taux"}, {Title: "montant", Width: 12}, {Title: "jour"}, {Title: "oui"}}

var sampleRows = [][]any{
	{"Châtelet; l’été", 12, Decimal{-1250, 2}, Cents(123456), Date{2024, 5, 6}, true},
	{"", int64(-7), Decimal{5, 0}, Cents(-1), Date{1850, 1, 1}, nil},
	{"=1+1", int64(1234567890123456789), Decimal{1234567890123456, 3}, Cents(0), nil, false},
}

func writeSample(t testing.TB, w Writer) {
	t.Helper()
	if err := w.Header(sampleColumns...); err != nil {
		t.Fatal(err)
	}
	for _, row := range sampleRows {
		if err := w.Row(row...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func newCSV(t testing.TB, b *bytes.Buffer, opt CSVOptions) *CSVWriter {
	t.Helper()
	w, err := NewCSVWriter(b, opt)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func newXLSX(t testing.TB, b *bytes.Buffer) *XLSXWriter {
	t.Helper()
	w, err := NewXLSXWriter(b, "Données")
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestCSVWriter(t *testing.T) {
	var plain, french bytes.Buffer
	writeSample(t, newCSV(t, &plain, CSVOptions{}))
	writeSample(t, newCSV(t, &french, CSVOptions{Delimiter: ';', BOM: true, DecimalComma: true}))
	wantPlain := "nom,n,taux,montant,jour,oui\r\n" +
		"Châtelet; l’été,12,-12.50,1234.56,2024-05-06,true\r\n" +
		",-7,5,-0.01,1850-01-01,\r\n" +
		"'=1+1,1234567890123456789,1234567890123.456,0.00,,false\r\n"
	wantFrench := "\uFEFFnom;n;taux;montant;jour;oui\r\n" +
		"\"Châtelet; l’été\";12;-12,50;1234,56;2024-05-06;true\r\n" +
		";-7;5;-0,01;1850-01-01;\r\n" +
		"'=1+1;1234567890123456789;1234567890123,456;0,00;;false\r\n"
	if diff := cmp.Diff([]string{wantPlain, wantFrench}, []string{plain.String(), french.String()}); diff != "" {
		t.Error(diff)
	}
}

func TestXLSXWriterIsReadBack(t *testing.T) {
	var b bytes.Buffer
	writeSample(t, newXLSX(t, &b))
	r, err := OpenBytes(b.Bytes(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := table{
		[]string{"nom", "n", "taux", "montant", "jour", "oui"}, []int{2, 3, 4}, [][]string{
			{"Châtelet; l’été", "12", "-12.5", "1234.56", "2024-05-06", "TRUE"},
			{"", "-7", "5", "-0.01", "1850-01-01", ""},
			{"=1+1", "1234567890123456789", "1234567890123.456", "0", "", "FALSE"},
		}}
	if diff := cmp.Diff(want, readAll(t, r)); diff != "" {
		t.Error(diff)
	}
}

// What a person sees, through the library that others would open it with.
func TestXLSXWriterLooks(t *testing.T) {
	var b bytes.Buffer
	writeSample(t, newXLSX(t, &b))
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for ref, want := range map[string]string{"C2": "-12.50", "D2": "1,234.56 €", "E2": "2024-05-06", "B3": "-7", "A4": "=1+1"} {
		if got, err := f.GetCellValue("Données", ref); err != nil || got != want {
			t.Errorf("%s shows %q, want %q (%v)", ref, got, want, err)
		}
	}
	if formula, _ := f.GetCellFormula("Données", "A4"); formula != "" {
		t.Errorf("A4 holds the formula %q", formula)
	}
	id, _ := f.GetCellStyle("Données", "A1")
	if style, err := f.GetStyle(id); err != nil || style.Font == nil || !style.Font.Bold {
		t.Errorf("header style %+v %v", style, err)
	}
	if panes, err := f.GetPanes("Données"); err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("panes %+v %v", panes, err)
	}
	if width, _ := f.GetColWidth("Données", "D"); width != 12 {
		t.Errorf("width %v", width)
	}
	part, _ := f.Pkg.Load("xl/worksheets/sheet1.xml")
	if !bytes.Contains(part.([]byte), []byte(`<autoFilter ref="A1:F4"`)) && !bytes.Contains(part.([]byte), []byte(`<autoFilter ref="$A$1:$F$4"`)) {
		t.Errorf("no filter over A1:F4")
	}
}

func TestXLSXWriterIsDeterministic(t *testing.T) {
	var first bytes.Buffer
	writeSample(t, newXLSX(t, &first))
	for i := 0; i < 5; i++ {
		var again bytes.Buffer
		writeSample(t, newXLSX(t, &again))
		if !bytes.Equal(first.Bytes(), again.Bytes()) {
			t.Fatal("the same rows gave other bytes")
		}
	}
}

// Nothing in the workbook tells when it was made.
func TestXLSXWriterHoldsNoClock(t *testing.T) {
	var b bytes.Buffer
	writeSample(t, newXLSX(t, &b))
	zr, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range zr.File {
		if !f.Modified.Equal(epoch) {
			t.Errorf("%s is of %v", f.Name, f.Modified)
		}
	}
	core, err := fs.ReadFile(zr, "docProps/core.xml")
	if err != nil || bytes.Count(core, []byte("1980-01-01T00:00:00Z")) != 2 {
		t.Errorf("properties %s %v", core, err)
	}
}

func TestFormulasAreEscaped(t *testing.T) {
	tests := map[string]string{
		"=1+1": "'=1+1", "+32 65 38 21 11": "'+32 65 38 21 11", "-cmd": "'-cmd", "@SUM(A1)": "'@SUM(A1)",
		"\t=1": "'\t=1", "  =1": "'  =1", "\u00a0=1": "'\u00a0=1", "＝1": "'＝1", "-1+2": "'-1+2", "--1": "'--1", "-": "'-",
		"-12": "-12", "+3": "+3", "-12,5": "-12,5", "-12.5": "-12.5",
		"a=1": "a=1", "Mont-de-l'Enclus": "Mont-de-l'Enclus", "'s": "'s", "12": "12",
	}
	for in, want := range tests {
		var b bytes.Buffer
		w := newCSV(t, &b, CSVOptions{Delimiter: '|'})
		err := errors.Join(w.Header(Column{Title: "titre"}, Column{Title: "b"}), w.Row(in, "x"), w.Close())
		if got, _, _ := strings.Cut(b.String()[len("titre|b\r\n"):], "|x"); err != nil || strings.Trim(got, `"`) != want {
			t.Errorf("%q is written %q, want %q (%v)", in, got, want, err)
		}
	}
}

// Both writers refuse the same misuse.
func TestWriterErrors(t *testing.T) {
	var b bytes.Buffer
	makers := map[string]func() Writer{
		"csv":  func() Writer { return newCSV(t, &b, CSVOptions{}) },
		"xlsx": func() Writer { return newXLSX(t, &b) },
	}
	ab := []Column{{Title: "a"}, {Title: "b"}}
	tests := []struct {
		name string
		do   func(w Writer) error
		want Error
	}{
		{"no header", func(w Writer) error { return w.Row("x") }, Error{Code: CodeHeaderMissing, Line: 1}},
		{"no columns", func(w Writer) error { return w.Header() }, Error{Code: CodeHeaderMissing, Line: 1}},
		{"unnamed column", func(w Writer) error { return w.Header(Column{}) }, Error{Code: CodeHeaderMissing, Line: 1, Column: 1}},
		{"repeated column", func(w Writer) error { return w.Header(Column{Title: "a"}, Column{Title: "a"}) }, Error{Code: CodeHeaderDuplicate, Line: 1, Column: 2, Value: "a"}},
		{"second header", func(w Writer) error { return errors.Join(w.Header(ab...), w.Header(ab...)) }, Error{Code: CodeRowOrder, Line: 1}},
		{"short row", func(w Writer) error { return errors.Join(w.Header(ab...), w.Row("x")) }, Error{Code: CodeRagged, Line: 2, Want: 2, Got: 1}},
		{"float", func(w Writer) error { return errors.Join(w.Header(ab...), w.Row("x", 1.5)) }, Error{Code: CodeValueType, Line: 2, Column: 2, Value: "float64"}},
		{"NUL", func(w Writer) error { return errors.Join(w.Header(ab...), w.Row("\x00", 1)) }, Error{Code: CodeNUL, Line: 2, Column: 1}},
		{"broken UTF-8", func(w Writer) error { return errors.Join(w.Header(ab...), w.Row(1, "\xff")) }, Error{Code: CodeEncodingInvalid, Line: 2, Column: 2, Value: EncodingUTF8}},
	}
	for kind, makeWriter := range makers {
		for _, tt := range tests {
			w := makeWriter()
			err := tt.do(w)
			var got *Error
			if !errors.As(err, &got) || got.Error() != tt.want.Error() {
				t.Errorf("%s %s: %v, want %v", kind, tt.name, err, tt.want.Error())
			}
			if err := w.Close(); err == nil {
				t.Errorf("%s %s: Close hides the error", kind, tt.name)
			}
		}
	}
	w := newXLSX(t, &b)
	if err := errors.Join(w.Header(ab...), w.Row(strings.Repeat("é", xlsxMaxText+1), "")); !IsCode(err, CodeCellTooLong) {
		t.Errorf("long cell: %v", err)
	}
	w.Close()
	if _, err := NewXLSXWriter(&b, "a/b"); !IsCode(err, CodeXLSXSheet) {
		t.Errorf("sheet name: %v", err)
	}
	if _, err := NewCSVWriter(&b, CSVOptions{Delimiter: '"'}); !IsCode(err, CodeDelimiter) {
		t.Errorf("delimiter: %v", err)
	}
}

// A first title such as "sep=;" must not come back as Excel's separator line.
func TestTitleThatLooksLikeASeparatorLine(t *testing.T) {
	var b bytes.Buffer
	w := newCSV(t, &b, CSVOptions{})
	if err := errors.Join(w.Header(Column{Title: "sep=;"}), w.Row("x"), w.Close()); err != nil {
		t.Fatal(err)
	}
	r, err := OpenBytes(b.Bytes(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Header(); len(got) != 1 || got[0] != "sep=;" {
		t.Errorf("header %q", got)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteErrorsReachClose(t *testing.T) {
	c, _ := NewCSVWriter(brokenWriter{}, CSVOptions{})
	x, _ := NewXLSXWriter(brokenWriter{}, "a")
	for _, w := range []Writer{c, x} {
		if err := w.Header(Column{Title: "a"}); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err == nil || err.Error() != "disk full" {
			t.Errorf("%T: %v", w, err)
		}
	}
}

// genTable draws a table of texts that every listed encoding can hold.
func genTable(t *rapid.T) [][]string {
	width := rapid.IntRange(2, 6).Draw(t, "width")
	cell := rapid.StringOfN(rapid.SampledFrom([]rune("abcZ09 ,;|\t\"\n'.éèêçàüïÉ°")), 0, 12, -1)
	rows := rapid.SliceOfN(rapid.SliceOfN(cell, width, width), 1, 30).Draw(t, "rows")
	for i := range rows {
		rows[i][0] = fmt.Sprintf("r%d%s", i, rows[i][0]) // no blank row
	}
	return rows
}

func header(width int) []Column {
	columns := make([]Column, width)
	for i := range columns {
		columns[i].Title = fmt.Sprintf("colonne %c", 'a'+i)
	}
	return columns
}

// Whatever is written in any delimiter and encoding is read back cell by cell.
// Delimiter and encoding are told to the reader: short random text does not
// show them. Detection has its own tests.
func TestCSVRoundTrip(t *testing.T) {
	encodings := map[string]encoding.Encoding{
		EncodingUTF8: unicode.UTF8, EncodingLatin1: charmap.ISO8859_1, EncodingWindows: charmap.Windows1252, EncodingMac: charmap.Macintosh,
		EncodingUTF16LE: unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), EncodingUTF16BE: unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
	}
	names := []string{EncodingUTF8, EncodingLatin1, EncodingWindows, EncodingMac, EncodingUTF16LE, EncodingUTF16BE}
	rapid.Check(t, func(t *rapid.T) {
		rows := genTable(t)
		name := rapid.SampledFrom(names).Draw(t, "encoding")
		opt := CSVOptions{Delimiter: rapid.SampledFrom([]rune(",;|\t")).Draw(t, "delimiter")}
		var b bytes.Buffer
		w, _ := NewCSVWriter(&b, opt)
		writeTexts(t, w, rows)
		data, err := encodings[name].NewEncoder().Bytes(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		r, err := OpenBytes(data, Options{Delimiter: opt.Delimiter, Encoding: name, HeaderRow: 1})
		if err != nil {
			t.Fatal(err)
		}
		compareTexts(t, r, rows)
	})
}

func TestXLSXRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := genTable(t)
		var b bytes.Buffer
		w, err := NewXLSXWriter(&b, "a")
		if err != nil {
			t.Fatal(err)
		}
		writeTexts(t, w, rows)
		r, err := OpenBytes(b.Bytes(), Options{HeaderRow: 1})
		if err != nil {
			t.Fatal(err)
		}
		compareTexts(t, r, rows)
	})
}

func writeTexts(t *rapid.T, w Writer, rows [][]string) {
	err := w.Header(header(len(rows[0]))...)
	for _, row := range rows {
		values := make([]any, len(row))
		for i, cell := range row {
			values[i] = cell
		}
		err = errors.Join(err, w.Row(values...))
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
}

func compareTexts(t *rapid.T, r *Reader, rows [][]string) {
	for i, want := range rows {
		got, err := r.Next()
		if err != nil {
			t.Fatalf("row %d: %v", i, err)
		}
		for c := range want {
			if text := want[c]; got.Cells[c] != text && !(isFormula(text) && got.Cells[c] == "'"+text) {
				t.Fatalf("row %d column %d: %q, want %q", i, c, got.Cells[c], text)
			}
		}
	}
	if row, err := r.Next(); err == nil {
		t.Fatalf("one row too many: %q", row.Cells)
	}
}
