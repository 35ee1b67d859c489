package sheet

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// table is everything a reader gives.
type table struct {
	Header []string
	Lines  []int
	Rows   [][]string
}

// readAll reads to the end and fails the test on any error.
func readAll(t testing.TB, r *Reader) table {
	t.Helper()
	got := table{Header: r.Header()}
	for {
		row, err := r.Next()
		if err == io.EOF {
			return got
		}
		if err != nil {
			t.Fatalf("Next: %v", err)
		}
		got.Lines = append(got.Lines, row.Line)
		got.Rows = append(got.Rows, append([]string(nil), row.Cells...))
	}
}

func openString(t testing.TB, s string, opt Options) *Reader {
	t.Helper()
	r, err := Open(strings.NewReader(s), opt)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return r
}

func TestCSVShapes(t *testing.T) {
	ab := []string{"a", "b"}
	tests := []struct {
		name, in string
		opt      Options
		delim    rune
		want     table
	}{
		{"comma", "a,b\n1,2\n", Options{}, ',', table{ab, []int{2}, [][]string{{"1", "2"}}}},
		{"semicolon with decimal commas", "a;b\n1,5;2,5\n3,5;4,5\n", Options{}, ';', table{ab, []int{2, 3}, [][]string{{"1,5", "2,5"}, {"3,5", "4,5"}}}},
		{"pipe", "a|b\n1|2,0\n", Options{}, '|', table{ab, []int{2}, [][]string{{"1", "2,0"}}}},
		{"tab", "a\tb\n1\t2;0\n", Options{}, '\t', table{ab, []int{2}, [][]string{{"1", "2;0"}}}},
		{"asked delimiter", "a:b\n1:2\n", Options{Delimiter: ':'}, ':', table{ab, []int{2}, [][]string{{"1", "2"}}}},
		{"delimiter in quotes", "a,b\n\"1;2;3\",2\n\"4;5;6\",5\n", Options{}, ',', table{ab, []int{2, 3}, [][]string{{"1;2;3", "2"}, {"4;5;6", "5"}}}},
		{"separator line", "sep=|\r\na|b\r\n1|2\r\n", Options{}, '|', table{ab, []int{3}, [][]string{{"1", "2"}}}},
		{"CRLF", "a,b\r\n1,2\r\n3,4", Options{}, ',', table{ab, []int{2, 3}, [][]string{{"1", "2"}, {"3", "4"}}}},
		{"CR", "a,b\r1,2\r3,4\r", Options{}, ',', table{ab, []int{2, 3}, [][]string{{"1", "2"}, {"3", "4"}}}},
		{"no line end", "a,b\n1,2", Options{}, ',', table{ab, []int{2}, [][]string{{"1", "2"}}}},
		{"empty last cell at the end", "a,b\n1,", Options{}, ',', table{ab, []int{2}, [][]string{{"1", ""}}}},
		{"newlines in quotes", "a,b\n\"x\r\ny\rz\",2\n3,4\n", Options{}, ',', table{ab, []int{2, 5}, [][]string{{"x\ny\nz", "2"}, {"3", "4"}}}},
		{"quotes", "a,b\n\"say \"\"oui\"\"\",5\" pipe\n", Options{}, ',', table{ab, []int{2}, [][]string{{`say "oui"`, `5" pipe`}}}},
		{"spaces after a quote", "a,b\n\"1\" ,\"2\" \n", Options{}, ',', table{ab, []int{2}, [][]string{{"1", "2"}}}},
		{"blank lines and rows", "\n\na;b\n\n;\n1;2\n ; \n\n", Options{}, ';', table{ab, []int{6}, [][]string{{"1", "2"}}}},
		{"trailing empty columns", "a;b;;\n1;2;;\n3;4;\n5;6\n", Options{}, ';', table{ab, []int{2, 3, 4}, [][]string{{"1", "2"}, {"3", "4"}, {"5", "6"}}}},
		{"titles above", "Population, par commune\nSource: Statbel\n\na;b;c\n1;2;3\n4;5;6\n", Options{}, ';', table{[]string{"a", "b", "c"}, []int{5, 6}, [][]string{{"1", "2", "3"}, {"4", "5", "6"}}}},
		{"padded titles above", "Titre;;\n;;\na;b;c\n1;2;3\n", Options{}, ';', table{[]string{"a", "b", "c"}, []int{4}, [][]string{{"1", "2", "3"}}}},
		{"header asked", "x;y\na;b\n1;2\n", Options{HeaderRow: 2}, ';', table{ab, []int{3}, [][]string{{"1", "2"}}}},
		{"no header", "1;2\n3;4\n", Options{HeaderRow: NoHeader}, ';', table{nil, []int{1, 2}, [][]string{{"1", "2"}, {"3", "4"}}}},
		{"titles above two columns", "Titre, sous-titre\nnis;n\n51004;1\n", Options{}, ';', table{[]string{"nis", "n"}, []int{3}, [][]string{{"51004", "1"}}}},
		{"sparse rows below titles", "Source;Statbel;;;\na;b;c;d;e\n1;;;;\n2;;;;\n", Options{}, ';', table{[]string{"a", "b", "c", "d", "e"}, []int{3, 4}, [][]string{{"1", "", "", "", ""}, {"2", "", "", "", ""}}}},
		{"years as names", "commune;2019;2020\nAth;1;2\n", Options{}, ';', table{[]string{"commune", "2019", "2020"}, []int{2}, [][]string{{"Ath", "1", "2"}}}},
		{"one column", "nom\nAth, ville\nMons\n", Options{}, ',', table{[]string{"nom"}, nil, nil}},
		{"header cleaned", " nom\u00a0 complet ,l’an\nx,y\n", Options{}, ',', table{[]string{"nom complet", "l'an"}, []int{2}, [][]string{{"x", "y"}}}},
		{"unnamed column inside", "a,b,c,,e\n1,2,3,4,5\n", Options{}, ',', table{[]string{"a", "b", "c", "", "e"}, []int{2}, [][]string{{"1", "2", "3", "4", "5"}}}},
		{"leading apostrophe is text", "a,b\n's Gravenbrakel,1\n", Options{}, ',', table{ab, []int{2}, [][]string{{"'s Gravenbrakel", "1"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := openString(t, tt.in, tt.opt)
			defer r.Close()
			if got := r.Format().Delimiter; got != tt.delim {
				t.Errorf("delimiter %q, want %q", got, tt.delim)
			}
			if tt.want.Rows == nil { // only the header is at stake
				if diff := cmp.Diff(tt.want.Header, r.Header()); diff != "" {
					t.Error(diff)
				}
				return
			}
			if diff := cmp.Diff(tt.want, readAll(t, r)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCSVErrors(t *testing.T) {
	long := strings.Repeat("x", 101)
	tests := []struct {
		name, in string
		opt      Options
		want     Error
	}{
		{"empty", "", Options{}, Error{Code: CodeEmpty}},
		{"only blank rows", "\n;;\n \n", Options{}, Error{Code: CodeEmpty}},
		{"only a mark", "\uFEFF", Options{}, Error{Code: CodeEmpty}},
		{"too large", "a,b\n1,2\n", Options{MaxBytes: 7}, Error{Code: CodeTooLarge}},
		{"NUL", "a,b\n1,\x002\n", Options{}, Error{Code: CodeNUL, Line: 2}},
		{"UTF-16 without a mark", "a\x00,\x00b\x00\n\x00", Options{}, Error{Code: CodeNUL, Line: 1}},
		{"unclosed quote", "a,b\n1,2\n3,\"4\n5,6\n", Options{}, Error{Code: CodeQuoteUnclosed, Line: 3, Column: 2}},
		{"unclosed quote of one sign", "a,b\n1,\"", Options{}, Error{Code: CodeQuoteUnclosed, Line: 2, Column: 2}},
		{"text after quote", "a,b\n\"1\"x,2\n", Options{}, Error{Code: CodeQuoteStray, Line: 2, Column: 1}},
		{"long row", "a,b\n1,2\n1,2,3\n", Options{}, Error{Code: CodeRagged, Line: 3, Want: 2, Got: 3}},
		{"short row", "a,b\n1,2\n1\n", Options{}, Error{Code: CodeRagged, Line: 3, Want: 2, Got: 1}},
		{"rows", "a,b\n1,2\n3,4\n", Options{MaxRows: 1}, Error{Code: CodeTooManyRows, Line: 3}},
		{"columns", "a,b\n1,2,3\n", Options{MaxColumns: 2}, Error{Code: CodeTooManyColumns, Line: 2, Column: 3}},
		{"cell", "a,b\n1," + long + "\n", Options{MaxCell: 100}, Error{Code: CodeCellTooLong, Line: 2, Column: 2}},
		{"quoted cell", "a,b\n1,\"" + long + "\"\n", Options{MaxCell: 100}, Error{Code: CodeCellTooLong, Line: 2, Column: 2}},
		{"repeated name", "a,b, a\n1,2,3\n", Options{}, Error{Code: CodeHeaderDuplicate, Line: 1, Column: 3, Value: "a"}},
		{"header past the end", "a,b\n1,2\n", Options{HeaderRow: 9}, Error{Code: CodeHeaderMissing, Line: 9}},
		{"header on a blank line", "a,b\n\n1,2\n", Options{HeaderRow: 2}, Error{Code: CodeHeaderMissing, Line: 2}},
		{"no names", "51004;12\n51008;13\n", Options{}, Error{Code: CodeHeaderMissing}},
		{"names for too few columns", "a;b\n1;2;3\n4;5;6\n", Options{}, Error{Code: CodeHeaderMissing}},
		{"delimiter", "a,b\n", Options{Delimiter: '"'}, Error{Code: CodeDelimiter, Value: `"`}},
		{"delimiter beyond ASCII", "a,b\n", Options{Delimiter: '§'}, Error{Code: CodeDelimiter, Value: "§"}},
		{"encoding", "a,b\n", Options{Encoding: "ebcdic"}, Error{Code: CodeEncodingUnknown, Value: "ebcdic"}},
		{"PDF", "%PDF-1.7\n", Options{}, Error{Code: CodeUnsupported, Value: "pdf"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := firstError(tt.in, tt.opt)
			var got *Error
			if !errors.As(err, &got) {
				t.Fatalf("error %v, want %v", err, tt.want.Error())
			}
			if got.Error() != tt.want.Error() {
				t.Errorf("error %v, want %v", got, tt.want.Error())
			}
		})
	}
}

func firstError(in string, opt Options) error {
	r, err := Open(strings.NewReader(in), opt)
	for err == nil {
		_, err = r.Next()
	}
	return err
}

// A limit must let through exactly what it allows.
func TestCSVLimitsAreInclusive(t *testing.T) {
	in := "a,b\n12345,2\n"
	r := openString(t, in, Options{MaxBytes: int64(len(in)), MaxRows: 1, MaxColumns: 2, MaxCell: 5})
	if got := readAll(t, r); len(got.Rows) != 1 {
		t.Errorf("rows %v", got.Rows)
	}
}

func TestRaggedRowsDoNotEndReading(t *testing.T) {
	r := openString(t, "a,b\n1\n2,3\n4,5,6\n7,8\n", Options{})
	var ragged, good []int
	for {
		row, err := r.Next()
		if err == io.EOF {
			break
		}
		if IsCode(err, CodeRagged) {
			ragged = append(ragged, row.Line)
		} else if err == nil {
			good = append(good, row.Line)
		} else {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([][]int{{2, 4}, {3, 5}}, [][]int{ragged, good}); diff != "" {
		t.Error(diff)
	}
}

func TestOtherErrorsEndReading(t *testing.T) {
	r := openString(t, strings.Repeat("a,b\n", 1)+strings.Repeat("1,2\n", 30)+"\"x\"y,2\n1,2\n", Options{})
	var err error
	for err == nil {
		_, err = r.Next()
	}
	if !IsCode(err, CodeQuoteStray) {
		t.Fatalf("error %v", err)
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("after a final error: %v, want io.EOF", err)
	}
}

func TestOpenPassesReadErrorsOn(t *testing.T) {
	cause := errors.New("network")
	_, err := Open(iotest.ErrReader(cause), Options{})
	if !IsCode(err, CodeRead) || !errors.Is(err, cause) {
		t.Errorf("error %v", err)
	}
}

func TestClose(t *testing.T) {
	r := openString(t, "a,b\n1,2\n", Options{})
	if err := errors.Join(r.Close(), r.Close()); err != nil {
		t.Error(err)
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("Next after Close: %v", err)
	}
}
