package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// workbookParts are the parts of a smallest workbook with the given sheet
// data; a test replaces what it is about.
func workbookParts(sheetData string) map[string]string {
	const ns = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	const rel = `http://schemas.openxmlformats.org/officeDocument/2006/relationships/`
	return map[string]string{
		"[Content_Types].xml": `<Types/>`,
		"_rels/.rels":         `<Relationships><Relationship Id="a" Type="` + rel + `officeDocument" Target="/xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":     `<workbook ` + ns + `><sheets><sheet name="One" sheetId="1" r:id="s1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="s1" Type="` + rel + `worksheet" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="st" Type="` + rel + `styles" Target="styles.xml"/><Relationship Id="ss" Type="` + rel + `sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
		"xl/styles.xml": `<styleSheet ` + ns + `><numFmts><numFmt numFmtId="164" formatCode="dd\.mm\.yyyy"/><numFmt numFmtId="165" formatCode="#,##0.00\ &quot;days&quot;"/></numFmts>` +
			`<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="10"/><xf numFmtId="22"/><xf numFmtId="20"/><xf numFmtId="165"/></cellXfs></styleSheet>`,
		"xl/sharedStrings.xml":     `<sst ` + ns + `><si><t>name</t></si><si><r><t>La </t></r><r><rPr><b/></rPr><t xml:space="preserve">Louvière</t></r><rPh sb="0" eb="1"><t>guide</t></rPh></si><si><t>a_x000D_b_x005F_x</t></si></sst>`,
		"xl/worksheets/sheet1.xml": `<worksheet ` + ns + `><sheetViews><sheetView/></sheetViews><sheetData>` + sheetData + `</sheetData><pageMargins/></worksheet>`,
	}
}

func zipOf(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	for name, content := range parts {
		w, err := zw.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestXLSXCells(t *testing.T) {
	header := `<row r="1"><c r="A1" t="inlineStr"><is><t>v</t></is></c></row>`
	tests := []struct{ cell, want string }{
		{`<c r="A2"><v>12345.0</v></c>`, "12345"},
		{`<c r="A2"><v>0.30000000000000004</v></c>`, "0.3"},
		{`<c r="A2"><v>1.1000000000000001</v></c>`, "1.1"},
		{`<c r="A2"><v>12345678901234567</v></c>`, "12345678901234600"}, // 15 digits, as shown
		{`<c r="A2"><v>1.5E-7</v></c>`, "0.00000015"},
		{`<c r="A2"><v>1E+20</v></c>`, "100000000000000000000"},
		{`<c r="A2"><v>-0</v></c>`, "0"},
		{`<c r="A2"><v>27.621429</v></c>`, "27.621429"},
		{`<c r="A2" t="n"><v>51004</v></c>`, "51004"},
		{`<c r="A2" t="inlineStr"><is><t>051004</t></is></c>`, "051004"},
		{`<c r="A2" t="inlineStr"><is><t>12345.0</t></is></c>`, "12345.0"},
		{`<c r="A2" t="s"><v>1</v></c>`, "La Louvière"},
		{`<c r="A2" t="s"><v>2</v></c>`, "a\rb_x"},
		{`<c r="A2" t="inlineStr"><is><t>a_x0000_b_xZZZZ_</t></is></c>`, "a_x0000_b_xZZZZ_"},
		{`<c r="A2" t="str"><f>A1&amp;"x"</f><v>vx</v></c>`, "vx"},
		{`<c r="A2"><f>1+1</f><v>2</v></c>`, "2"},
		{`<c r="A2" t="b"><v>1</v></c>`, "TRUE"},
		{`<c r="A2" t="b"><v>0</v></c>`, "FALSE"},
		{`<c r="A2" t="e"><v>#N/A</v></c>`, "#N/A"},
		{`<c r="A2" t="d"><v>2024-05-06</v></c>`, "2024-05-06"},
		{`<c r="A2" s="1"><v>45418</v></c>`, "2024-05-06"},
		{`<c r="A2" s="2"><v>45418</v></c>`, "2024-05-06"},
		{`<c r="A2" s="4"><v>45418.4375</v></c>`, "2024-05-06T10:30:00"},
		{`<c r="A2" s="4"><v>45418.999999</v></c>`, "2024-05-07"},
		{`<c r="A2" s="5"><v>0.4375</v></c>`, "10:30:00"},
		{`<c r="A2" s="3"><v>0.125</v></c>`, "12.5%"},
		{`<c r="A2" s="3"><v>0.07</v></c>`, "7%"},
		{`<c r="A2" s="6"><v>45418</v></c>`, "45418"},
		{`<c r="A2" s="99"><v>45418</v></c>`, "45418"},
		{`<c r="A2" s="1"><v>-5</v></c>`, "-5"},
		{`<c><v>7</v></c>`, "7"},
	}
	for _, tt := range tests {
		data := zipOf(t, workbookParts(header+`<row r="2">`+tt.cell+`</row>`))
		r, err := OpenBytes(data, Options{})
		if err != nil {
			t.Errorf("%s: %v", tt.cell, err)
			continue
		}
		if got := readAll(t, r); got.Rows[0][0] != tt.want {
			t.Errorf("%s reads %q, want %q", tt.cell, got.Rows[0][0], tt.want)
		}
	}
}

func TestXLSXShape(t *testing.T) {
	cells := func(refs ...string) string {
		var b strings.Builder
		for _, ref := range refs {
			fmt.Fprintf(&b, `<c r="%s" t="inlineStr"><is><t>%s</t></is></c>`, ref, strings.ToLower(ref))
		}
		return b.String()
	}
	data := zipOf(t, workbookParts(
		`<row r="1">`+cells("A1")+`</row>`+ // a title
			`<row r="3">`+cells("A3", "B3", "C3")+`<c r="D3" s="1"/></row>`+
			`<row r="4"><c r="A4"/></row>`+ // blank
			`<row r="7">`+cells("B7")+`</row>`+
			`<row>`+cells("A8", "C8")+`</row>`))
	r, err := OpenBytes(data, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	want := table{[]string{"a3", "b3", "c3"}, []int{7, 8}, [][]string{{"", "b7", ""}, {"a8", "", "c8"}}}
	if diff := cmp.Diff(want, readAll(t, r)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Format{Kind: KindXLSX, Sheet: "One", Sheets: []string{"One"}}, r.Format()); diff != "" {
		t.Error(diff)
	}
}

func TestXLSX1904(t *testing.T) {
	parts := workbookParts(`<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" s="1"><v>0</v></c></row>`)
	parts["xl/workbook.xml"] = strings.Replace(parts["xl/workbook.xml"], "<sheets>", `<workbookPr date1904="1"/><sheets>`, 1)
	r, err := OpenBytes(zipOf(t, parts), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, r); got.Rows[0][0] != "1904-01-01" {
		t.Errorf("read %v", got.Rows)
	}
}

func TestXLSXSheets(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	for i, name := range []string{"Caché", "Données", "Notes"} {
		if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		f.SetSheetRow(name, "A1", &[]any{"nom", "n"})
		f.SetSheetRow(name, "A2", &[]any{name, i})
	}
	f.DeleteSheet("Sheet1")
	f.SetActiveSheet(1)
	if err := f.SetSheetVisible("Caché", false); err != nil {
		t.Fatal(err)
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	for ask, want := range map[string]string{"": "Données", "Caché": "Caché", "Notes": "Notes"} {
		r, err := OpenBytes(b.Bytes(), Options{Sheet: ask})
		if err != nil {
			t.Fatal(err)
		}
		got := readAll(t, r)
		if got.Rows[0][0] != want || r.Format().Sheet != want {
			t.Errorf("asked %q, read %q of %q", ask, got.Rows[0][0], r.Format().Sheet)
		}
		if diff := cmp.Diff([]string{"Caché", "Données", "Notes"}, r.Format().Sheets); diff != "" {
			t.Error(diff)
		}
	}
	if _, err := OpenBytes(b.Bytes(), Options{Sheet: "Rien"}); !IsCode(err, CodeXLSXSheet) {
		t.Errorf("error %v", err)
	}
}

// TestReadAgainstExcelize compares the two readers on texts and numbers.
func TestReadAgainstExcelize(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	f.SetSheetRow("Sheet1", "A1", &[]any{"text", "number", "flag", "end"})
	for i := 2; i < 200; i++ {
		f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i), &[]any{
			fmt.Sprintf("été %d <&> \"x\"\n y", i), float64(i) * 0.1, i%2 == 0, "."})
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	want, err := f.GetRows("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	r, err := OpenBytes(b.Bytes(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := readAll(t, r)
	if diff := cmp.Diff(want[1:], got.Rows); diff != "" {
		t.Error(diff)
	}
}

func TestXLSXErrors(t *testing.T) {
	good := `<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>`
	without := func(name string) []byte {
		parts := workbookParts(good)
		delete(parts, name)
		return zipOf(t, parts)
	}
	with := func(name, content string) []byte {
		parts := workbookParts(good)
		parts[name] = content
		return zipOf(t, parts)
	}
	rows := func(s string) []byte { return zipOf(t, workbookParts(s)) }
	whole := zipOf(t, workbookParts(good))
	cut := workbookParts(good)["xl/worksheets/sheet1.xml"]
	bomb := workbookParts(good)
	bomb["xl/worksheets/sheet1.xml"] = strings.Repeat(" ", 10<<20)
	tests := []struct {
		name, code string
		data       []byte
		opt        Options
	}{
		{"cut archive", CodeXLSXDamaged, whole[:len(whole)/2], Options{}},
		{"only a signature", CodeXLSXDamaged, []byte("PK\x03\x04"), Options{}},
		{"cut sheet", CodeXLSXDamaged, with("xl/worksheets/sheet1.xml", cut[:strings.Index(cut, `<row r="2"`)]), Options{}},
		{"crossed elements", CodeXLSXDamaged, rows(`<row r="1"><c r="A1" t="s"><v>0</c></v></row>`), Options{}},
		{"no such shared string", CodeXLSXDamaged, rows(`<row r="1"><c r="A1" t="s"><v>9</v></c></row>`), Options{}},
		{"no sheet part", CodeXLSXDamaged, without("xl/worksheets/sheet1.xml"), Options{}},
		{"no relations", CodeXLSXSheet, without("xl/_rels/workbook.xml.rels"), Options{}},
		{"no workbook", CodeXLSXDamaged, without("xl/workbook.xml"), Options{}},
		{"broken workbook", CodeXLSXDamaged, with("xl/workbook.xml", "<workbook>"), Options{}},
		{"rows out of order", CodeRowOrder, rows(`<row r="2"/><row r="1"/>`), Options{}},
		{"cells out of order", CodeRowOrder, rows(`<row r="1"><c r="B1"/><c r="A1"/></row>`), Options{}},
		{"far column", CodeTooManyColumns, rows(`<row r="1"><c r="XFD1"><v>1</v></c></row>`), Options{}},
		{"absurd column", CodeTooManyColumns, rows(`<row r="1"><c r="ZZZZZZZZZZZZZZZZ1"><v>1</v></c></row>`), Options{}},
		{"long cell", CodeCellTooLong, rows(`<row r="1"><c r="A1" t="inlineStr"><is><t>123456</t></is></c></row>`), Options{MaxCell: 5}},
		{"rows", CodeTooManyRows, rows(good + `<row r="3"><c r="A3"><v>1</v></c></row>`), Options{MaxRows: 1}},
		{"empty", CodeEmpty, rows(""), Options{}},
		{"ratio", CodeXLSXBomb, zipOf(t, bomb), Options{}},
		{"budget", CodeXLSXBomb, rows(good + "<row/>" + strings.Repeat("<row></row>", 5000)), Options{MaxBytes: 3000}},
		{"shared strings", CodeXLSXBomb, with("xl/sharedStrings.xml", "<sst>"+strings.Repeat("<si/>", 1200)+"</sst>"), Options{MaxBytes: 4000}},
		{"forged size", CodeXLSXDamaged, forge(t, bomb), Options{}},
		{"encrypted", CodeXLSXEncrypted, append([]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1...."), "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"...), Options{}},
		{"old xls", CodeUnsupported, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1...."), Options{}},
		{"ods", CodeUnsupported, zipOf(t, map[string]string{"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"}), Options{}},
		{"another zip", CodeUnsupported, zipOf(t, map[string]string{"a.txt": "a"}), Options{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := firstError(string(tt.data), tt.opt); !IsCode(err, tt.code) {
				t.Errorf("error %v, want %s", err, tt.code)
			}
		})
	}
	if err := firstError(string(whole), Options{}); err != io.EOF {
		t.Errorf("the whole workbook: %v", err)
	}
}

// forge declares a small size for every entry, in the central directory.
func forge(t *testing.T, parts map[string]string) []byte {
	data := zipOf(t, parts)
	for i := 0; i+46 < len(data); i++ {
		if bytes.HasPrefix(data[i:], []byte("PK\x01\x02")) {
			if n := binary.LittleEndian.Uint32(data[i+24:]); n > 1<<20 {
				binary.LittleEndian.PutUint32(data[i+24:], 1000)
			}
		}
	}
	return data
}

// A flipped bit in a stored number leaves valid XML; the checksum tells.
func TestXLSXChecksumIsVerified(t *testing.T) {
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	for name, content := range workbookParts(`<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2"><v>987654</v></c></row>`) {
		w, err := zw.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, content)
	}
	zw.Close()
	data := b.Bytes()
	if err := firstError(string(data), Options{}); err != io.EOF {
		t.Fatalf("before: %v", err)
	}
	data[bytes.Index(data, []byte("987654"))] = '1'
	if err := firstError(string(data), Options{}); !IsCode(err, CodeXLSXDamaged) {
		t.Errorf("after: %v", err)
	}
}

func TestXLSXPassword(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	f.SetCellValue("Sheet1", "A1", "x")
	var b bytes.Buffer
	if err := f.Write(&b, excelize.Options{Password: "secret"}); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenBytes(b.Bytes(), Options{}); !IsCode(err, CodeXLSXEncrypted) {
		t.Errorf("error %v", err)
	}
}

func TestClassifyFormats(t *testing.T) {
	tests := map[string]numberFormat{
		"General": formatGeneral, "0": formatGeneral, "#,##0.00": formatGeneral, "@": formatGeneral,
		"0.00E+00": formatGeneral, `#,##0.00 [$€-80C]`: formatGeneral, `0" jours"`: formatGeneral,
		`0\d`: formatGeneral, "[h]:mm": formatGeneral, "[mm]:ss": formatGeneral, "[Red]0;[Blue]0": formatGeneral,
		"0%": formatPercent, "0.0 %": formatPercent,
		"dd/mm/yyyy": formatDate, "yyyy-mm-dd;@": formatDate, "[$-80C]d mmmm yyyy": formatDate, "mmm-yy": formatDate,
		"dd/mm/yyyy hh:mm": formatDate, "mmmm": formatDate, "DD.MM.YY": formatDate,
		"hh:mm": formatTime, "mm:ss": formatTime, "h:mm AM/PM": formatTime, "[unclosed": formatGeneral, `"unclosed`: formatGeneral,
	}
	for code, want := range tests {
		if got := classify(code); got != want {
			t.Errorf("classify(%q) = %d, want %d", code, got, want)
		}
	}
}

// Dates that excelize stores must come back as the same days.
func TestXLSXDatesFromExcelize(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	f.SetCellValue("Sheet1", "A1", "day")
	day := time.Date(2012, 2, 27, 0, 0, 0, 0, time.UTC)
	for i := 0; i < 400; i++ {
		f.SetCellValue("Sheet1", fmt.Sprintf("A%d", i+2), day.AddDate(0, 0, i))
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	r, err := OpenBytes(b.Bytes(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range readAll(t, r).Rows {
		if want := day.AddDate(0, 0, i).Format(time.DateOnly); row[0] != want {
			t.Fatalf("row %d: %s, want %s", i, row[0], want)
		}
	}
}

// TestExcelizeReadsACutSheetAsAShortOne is the reason for reading workbooks
// here (package comment). When it fails, excelize has learnt to refuse.
func TestExcelizeReadsACutSheetAsAShortOne(t *testing.T) {
	f := excelize.NewFile()
	f.SetSheetRow("Sheet1", "A1", &[]any{"a", "b"})
	f.SetSheetRow("Sheet1", "A2", &[]any{1, 2})
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	data := cutSheet(t, b.Bytes(), `<row r="2"`)
	if f, err = excelize.OpenReader(bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if rows, err := f.GetRows("Sheet1"); err != nil || len(rows) != 1 {
		t.Errorf("excelize reads %v, %v", rows, err)
	}
	if err := firstError(string(data), Options{}); !IsCode(err, CodeXLSXDamaged) {
		t.Errorf("we read %v", err)
	}
}

// cutSheet rewrites an archive with the sheet's part ending before mark.
func cutSheet(t *testing.T, data []byte, mark string) []byte {
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range zr.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(rc)
		if err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = string(content)
		if before, _, found := strings.Cut(parts[f.Name], mark); found && strings.Contains(f.Name, "worksheets") {
			parts[f.Name] = before
		}
	}
	return zipOf(t, parts)
}
