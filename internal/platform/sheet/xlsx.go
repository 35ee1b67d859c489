package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"
)

// Bounds on a workbook's archive. Worksheets compress ten to fifty times;
// beyond maxRatio a large part holds nothing but repetition.
const (
	maxEntries    = 4096
	maxExpansion  = 16 // all that is read of the archive, times MaxBytes
	maxRatio      = 400
	ratioFromSize = 8 << 20
)

// archive reads the parts of a workbook within a budget of uncompressed bytes
// that counts what is really read, since the sizes declared in an archive may
// be forged.
type archive struct {
	parts  map[string]*zip.File
	budget int64
}

func openArchive(data []byte, opt Options) (*archive, *Error) {
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, &Error{Code: CodeXLSXDamaged, cause: err}
	}
	if len(zr.File) > maxEntries {
		return nil, &Error{Code: CodeXLSXBomb}
	}
	a := &archive{parts: make(map[string]*zip.File, len(zr.File)), budget: opt.MaxBytes * maxExpansion}
	for _, f := range zr.File {
		if f.UncompressedSize64 > ratioFromSize && f.UncompressedSize64/maxRatio > f.CompressedSize64 {
			return nil, &Error{Code: CodeXLSXBomb, Value: excerpt(f.Name)}
		}
		a.parts[partName(f.Name)] = f
	}
	return a, nil
}

// partName makes the names of parts comparable: they are case-insensitive
// (ECMA-376 part 2) and some producers write backslashes.
func partName(name string) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "/"))
}

// errBudget is the read error of a part that exceeds the budget.
var errBudget = errors.New("sheet: archive expands beyond its budget")

// part is an open part: bytes counted against the budget of the archive, and a
// decoder over them.
type part struct {
	name string
	a    *archive
	rc   io.ReadCloser
	*xml.Decoder
}

func (p *part) Read(b []byte) (int, error) {
	n, err := p.rc.Read(b)
	if p.a.budget -= int64(n); p.a.budget < 0 {
		return 0, errBudget
	}
	return n, err
}

// open opens a part; nil without error when the archive does not have it.
func (a *archive) open(name string) (*part, *Error) {
	f := a.parts[partName(name)]
	if f == nil {
		return nil, nil
	}
	rc, err := f.Open()
	if err != nil {
		return nil, &Error{Code: CodeXLSXDamaged, Value: excerpt(name), cause: err}
	}
	p := &part{name: name, a: a, rc: rc}
	p.Decoder = xml.NewDecoder(p)
	return p, nil
}

// fail turns an error of reading or decoding the part into one of ours.
func (p *part) fail(err error) *Error {
	if errors.Is(err, errBudget) {
		return &Error{Code: CodeXLSXBomb, Value: excerpt(p.name)}
	}
	return &Error{Code: CodeXLSXDamaged, Value: excerpt(p.name), cause: err}
}

// decodeInto reads a whole small part into v; a missing part leaves v as it is.
func (a *archive) decodeInto(name string, v any) *Error {
	p, err := a.open(name)
	if p == nil || err != nil {
		return err
	}
	defer p.rc.Close()
	if err := p.Decode(v); err != nil {
		return p.fail(err)
	}
	return p.drain()
}

// drain reads the part to its end, where its checksum is verified.
func (p *part) drain() *Error {
	if _, err := io.Copy(io.Discard, p); err != nil {
		return p.fail(err)
	}
	return nil
}

// relations are the parts that a part refers to.
func (a *archive) relations(of string) ([]relation, *Error) {
	var doc struct {
		Relations []relation `xml:"Relationship"`
	}
	dir, file := path.Split(of)
	if err := a.decodeInto(dir+"_rels/"+file+".rels", &doc); err != nil {
		return nil, err
	}
	for i, r := range doc.Relations {
		if !strings.HasPrefix(r.Target, "/") {
			doc.Relations[i].Target = path.Join(dir, r.Target)
		}
	}
	return doc.Relations, nil
}

type relation struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
}

// is compares the last word of the type, equal in the transitional and the
// strict form of the standard.
func (r relation) is(kind string) bool { return path.Base(r.Type) == kind }

// workbook is the part of workbook.xml that matters here.
type workbook struct {
	Properties struct {
		Date1904 bool `xml:"date1904,attr"`
	} `xml:"workbookPr"`
	Sheets []struct {
		Name  string     `xml:"name,attr"`
		State string     `xml:"state,attr"`
		Attrs []xml.Attr `xml:",any,attr"`
	} `xml:"sheets>sheet"`
}

// openXLSX opens the archive, chooses the sheet and stands before its first
// row.
func openXLSX(data []byte, opt Options) (source, Format, *Error) {
	a, err := openArchive(data, opt)
	if err != nil {
		return nil, Format{}, err
	}
	book, err := a.workbookPart()
	if err != nil {
		return nil, Format{}, err
	}
	var wb workbook
	if err := a.decodeInto(book, &wb); err != nil {
		return nil, Format{}, err
	}
	rels, err := a.relations(book)
	if err != nil {
		return nil, Format{}, err
	}
	format := Format{Kind: KindXLSX}
	target, err := chooseSheet(&format, wb, rels, opt.Sheet)
	if err != nil {
		return nil, format, err
	}
	src, err := openSheet(a, target, rels, opt, wb.Properties.Date1904)
	if err != nil {
		return nil, format, err
	}
	return src, format, nil
}

// workbookPart finds the name of the workbook's main part.
func (a *archive) workbookPart() (string, *Error) {
	rels, err := a.relations("")
	if err != nil {
		return "", err
	}
	for _, r := range rels {
		if r.is("officeDocument") && a.parts[partName(r.Target)] != nil {
			return r.Target, nil
		}
	}
	switch {
	case a.parts["xl/workbook.xml"] != nil:
		return "xl/workbook.xml", nil
	case a.parts["[content_types].xml"] != nil:
		return "", &Error{Code: CodeXLSXDamaged, Value: "xl/workbook.xml"}
	case a.parts["content.xml"] != nil:
		return "", &Error{Code: CodeUnsupported, Value: "ods"}
	}
	return "", &Error{Code: CodeUnsupported, Value: "zip"}
}

// chooseSheet fills in the sheets of the format and returns the part of the
// one to read: the one named, or the first visible one, or the first.
func chooseSheet(format *Format, wb workbook, rels []relation, name string) (string, *Error) {
	target, visible := "", false
	for _, s := range wb.Sheets {
		rel, ok := relationOf(s.Attrs, rels)
		if !ok || !rel.is("worksheet") {
			continue // a chart or a macro sheet has no rows
		}
		format.Sheets = append(format.Sheets, s.Name)
		shown := s.State == "" || s.State == "visible"
		if name == "" && (target == "" || shown && !visible) || name != "" && s.Name == name {
			target, visible, format.Sheet = rel.Target, shown, s.Name
		}
	}
	if target == "" {
		return "", &Error{Code: CodeXLSXSheet, Value: excerpt(name)}
	}
	return target, nil
}

// relationOf follows r:id, whose namespace differs between the two forms of
// the standard.
func relationOf(attrs []xml.Attr, rels []relation) (relation, bool) {
	for _, a := range attrs {
		if a.Name.Local != "id" || a.Name.Space == "" {
			continue
		}
		for _, r := range rels {
			if r.ID == a.Value {
				return r, true
			}
		}
	}
	return relation{}, false
}

// oleError tells an encrypted workbook, which is wrapped in an OLE file, from
// the old binary XLS. Names in an OLE directory are UTF-16.
func oleError(data []byte) *Error {
	const name = "EncryptedPackage"
	wide := make([]byte, 0, 2*len(name))
	for _, c := range []byte(name) {
		wide = append(wide, c, 0)
	}
	if bytes.Contains(data, wide) {
		return &Error{Code: CodeXLSXEncrypted}
	}
	return &Error{Code: CodeUnsupported, Value: "xls"}
}
