// Package content looks into files that people send: what they really are,
// whatever their name says, and whether they are fit to be kept and given to
// others. It refuses; it never repairs, but for images, which lose what they
// tell of the place, the time and the camera.
package content

import (
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"beffroi/internal/platform/fault"
)

// Type is a media type that the house takes.
type Type string

// The types. Web pages, SVG, scripts and programs are none of them, nor are the
// binary office files before 2007 and those with macros.
const (
	PDF  Type = "application/pdf"
	PNG  Type = "image/png"
	JPEG Type = "image/jpeg"
	WebP Type = "image/webp"
	Text Type = "text/plain"
	CSV  Type = "text/csv"
	DOCX Type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	XLSX Type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	PPTX Type = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
	ODT  Type = "application/vnd.oasis.opendocument.text"
	ODS  Type = "application/vnd.oasis.opendocument.spreadsheet"
	ODP  Type = "application/vnd.oasis.opendocument.presentation"
	ZIP  Type = "application/zip"
)

// extensions are those that the name of a file of a type may have.
var extensions = map[Type][]string{PDF: {".pdf"}, PNG: {".png"}, JPEG: {".jpg", ".jpeg"}, WebP: {".webp"}, Text: {".txt", ".md"}, CSV: {".csv"},
	DOCX: {".docx"}, XLSX: {".xlsx"}, PPTX: {".pptx"}, ODT: {".odt"}, ODS: {".ods"}, ODP: {".odp"}, ZIP: {".zip"}}

// Documents are the types for whatever is read: all but archives.
func Documents() []Type {
	return []Type{PDF, DOCX, XLSX, PPTX, ODT, ODS, ODP, CSV, Text, PNG, JPEG, WebP}
}

// Images are the types of photographs and drawings.
func Images() []Type { return []Type{PNG, JPEG, WebP} }

// Extensions are the endings of names that types may have, for the reader and
// for the accept attribute of a form.
func Extensions(types []Type) []string {
	var list []string
	for _, t := range types {
		list = append(list, extensions[t]...)
	}
	return list
}

// Short is the word for a type that readers know: "PDF", "DOCX".
func (t Type) Short() string {
	if e := extensions[t]; len(e) > 0 {
		return strings.ToUpper(e[0][1:])
	}
	return string(t)
}

// longestName of a file, in characters.
const longestName = 120

// Name makes the name that a browser sent fit to be shown and to be written in
// a header: the last element of a path, without control characters and without
// those that turn the direction of writing (which make "exe.pdf" of "fdp.exe"),
// its end kept when it is too long.
func Name(sent string) string {
	sent = strings.ToValidUTF8(sent, "")
	sent = path.Base(strings.ReplaceAll(sent, `\`, "/"))
	sent = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), strings.ContainsRune(`"<>|:*?%#;/`, r):
			return -1
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, sent)
	sent = strings.Trim(strings.Join(strings.Fields(sent), " "), ". ")
	if over := utf8.RuneCountInString(sent) - longestName; over > 0 {
		ext := path.Ext(sent)
		if utf8.RuneCountInString(ext) > 10 {
			ext = ""
		}
		stem := []rune(strings.TrimSuffix(sent, ext))
		sent = strings.TrimSpace(string(stem[:len(stem)-over])) + ext
	}
	return sent
}

// agree refuses a name whose ending is not of the type.
func agree(name string, t Type) error {
	if slices.Contains(extensions[t], strings.ToLower(path.Ext(name))) {
		return nil
	}
	return refuse(name, "file.extension", fault.Args{"name": name, "type": t.Short()})
}

// refuse is the refusal of a file.
func refuse(name, code string, args fault.Args) error {
	return fault.Bad("file", name, code, args)
}
