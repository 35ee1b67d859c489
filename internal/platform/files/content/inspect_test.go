package content_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/files/content"
)

// all are the types of the house, archives too.
func all() []content.Type { return append(content.Documents(), content.ZIP) }

// part is an entry of an archive.
type part struct{ name, text string }

// zipped makes an archive; a method other than Deflate is for the first entry of
// an OpenDocument file, which is stored.
func zipped(t testing.TB, parts ...part) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, p := range parts {
		method := zip.Deflate
		if p.name == "mimetype" {
			method = zip.Store
		}
		f, err := w.CreateHeader(&zip.FileHeader{Name: p.name, Method: method})
		if err == nil {
			_, err = io.WriteString(f, p.text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// office is an office document with one main part, and more.
func office(t testing.TB, main string, more ...part) []byte {
	return zipped(t, append([]part{{"[Content_Types].xml", "<Types/>"}, {main, "<document/>"}}, more...)...)
}

// inspect gives the type, or the code of the refusal.
func inspect(data []byte, name string, allowed ...content.Type) string {
	if allowed == nil {
		allowed = all()
	}
	t, err := content.Inspect(bytes.NewReader(data), int64(len(data)), name, allowed)
	if err == nil {
		return string(t)
	}
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Kind == fault.Invalid && len(e.Fields) == 1 && e.Fields[0].Name == "file" {
		return e.Fields[0].Code
	}
	return "ERROR " + err.Error()
}

const pdf = "%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"

func TestInspect(t *testing.T) {
	odt := zipped(t, part{"mimetype", string(content.ODT)}, part{"content.xml", "<x/>"})
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"plan.pdf", []byte(pdf), string(content.PDF)},
		{"PLAN.PDF", []byte(pdf), string(content.PDF)},
		{"note.txt", []byte("Été à Mons\n"), string(content.Text)},
		{"note.md", []byte("# Été\n"), string(content.Text)},
		{"table.csv", []byte("nis;nom\n53053;Mons\n"), string(content.CSV)},
		{"a.docx", office(t, "word/document.xml"), string(content.DOCX)},
		{"a.xlsx", office(t, "xl/workbook.xml"), string(content.XLSX)},
		{"a.pptx", office(t, "ppt/presentation.xml"), string(content.PPTX)},
		{"a.docx", office(t, "word/document.xml", part{"word/embeddings/t.xlsx", string(office(t, "xl/workbook.xml"))}), string(content.DOCX)},
		{"a.odt", odt, string(content.ODT)},
		{"a.zip", zipped(t, part{"x.txt", "x"}), string(content.ZIP)},
		{"vide.pdf", nil, "file.empty"},
		{"plan.png", []byte(pdf), "file.extension"},
		{"plan", []byte(pdf), "file.extension"},
		{"plan.pdf.exe", []byte(pdf), "file.extension"},
		{"a.docx", office(t, "xl/workbook.xml"), "file.extension"},
		{"a.odt", zipped(t, part{"mimetype", "text/html"}), "file.extension"},
		{"page.html", []byte("<!DOCTYPE html><script>alert(1)</script>"), "file.markup"},
		{"page.txt", []byte("  \n\t<script>alert(1)</script>"), "file.markup"},
		{"dessin.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "file.markup"},
		{"dessin.txt", []byte("\xef\xbb\xbf<?xml version=\"1.0\"?><svg/>"), "file.markup"},
		{"page.pdf", []byte("<html>%PDF-1.7"), "file.markup"},
		{"script.txt", []byte("#!/bin/sh\nrm -rf /\n"), "file.markup"},
		{"page.txt", []byte("%!PS-Adobe-3.0\n"), "file.markup"},
		{"utf16.txt", []byte("\xff\xfeh\x00i\x00"), "file.text"},
		{"prog.pdf", []byte("MZ\x90\x00\x03\x00"), "file.type"},
		{"prog.txt", []byte("\x7fELF\x02\x01\x01\x00"), "file.type"},
		{"old.doc", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "file.type"},
		{"anim.gif", []byte("GIF89a\x01\x00\x01\x00"), "file.type"},
		{"both.pdf", append([]byte(pdf), zipped(t, part{"evil.class", "x"})...), "file.polyglot"},
		{"both.txt", append(bytes.Repeat([]byte("text\n"), 900), zipped(t, part{"evil.class", "x"})...), "file.polyglot"},
		{"macro.docx", office(t, "word/document.xml", part{"word/vbaProject.bin", "x"}), "file.macro"},
		{"macro.odt", zipped(t, part{"mimetype", string(content.ODT)}, part{"Basic/Standard/Module1.xml", "x"}), "file.macro"},
		{"macro.docx", office(t, "word/document.xml", part{"word/embeddings/t.xlsm", string(office(t, "xl/workbook.xml", part{"xl/vbaProject.bin", "x"}))}), "file.macro"},
		{"bad.docx", zipped(t, part{"word/document.xml", "x"}), "file.archive.broken"},
		{"cut.docx", office(t, "word/document.xml")[:60], "file.archive.broken"},
	} {
		if got := inspect(c.data, c.name); got != c.want {
			t.Errorf("%s (%.20q): %s, want %s", c.name, c.data, got, c.want)
		}
	}
	if got := inspect([]byte(pdf), "plan.pdf", content.Images()...); got != "file.type" {
		t.Errorf("a document among images: %s", got)
	}
}

func TestArchiveBounds(t *testing.T) {
	zeros := strings.Repeat("\x00", 4<<20)
	deep := zipped(t, part{"x.txt", "x"})
	for range 3 {
		deep = zipped(t, part{"inner.zip", string(deep)})
	}
	var many []part
	for i := range 5001 {
		many = append(many, part{fmt.Sprint(i), ""})
	}
	encrypted := zipped(t, part{"x.txt", "x"})
	central := bytes.Index(encrypted, []byte("PK\x01\x02"))
	encrypted[central+8] |= 1
	sum := zipped(t, part{"x.txt", "sum"})
	sum[bytes.Index(sum, []byte("PK\x01\x02"))+16] ^= 1 // its CRC-32
	for _, c := range []struct {
		what string
		data []byte
		want string
	}{
		{"a bomb", zipped(t, part{"x", zeros}), "file.archive.big"},
		{"a bomb in an archive", zipped(t, part{"x.zip", string(zipped(t, part{"x", zeros}))}), "file.archive.big"},
		{"archives in archives in archives", deep, "file.archive.deep"},
		{"too many entries", zipped(t, many...), "file.archive.many"},
		{"as many as may be", zipped(t, many[1:]...), string(content.ZIP)},
		{"encrypted", encrypted, "file.archive.encrypted"},
		{"a wrong checksum", sum, "file.archive.broken"},
		{"a path out", zipped(t, part{"../../etc/passwd", "x"}), "file.archive.path"},
		{"a path from the root", zipped(t, part{"/etc/passwd", "x"}), "file.archive.path"},
		{"a path of Windows", zipped(t, part{`..\x`, "x"}), "file.archive.path"},
		{"a drive", zipped(t, part{"C:x", "x"}), "file.archive.path"},
		{"a name twice", zipped(t, part{"x", "1"}, part{"X", "2"}), "file.archive.twice"},
	} {
		if got := inspect(c.data, "a.zip"); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}

// What an archive declares of its sizes is not believed.
func TestArchiveThatLies(t *testing.T) {
	bomb := zipped(t, part{"x", strings.Repeat("\x00", 4<<20)})
	at := bytes.Index(bomb, []byte("PK\x01\x02"))
	copy(bomb[at+24:], []byte{1, 0, 0, 0}) // unpacked size: 1 byte
	if got := inspect(bomb, "a.zip"); !strings.HasPrefix(got, "file.archive.") {
		t.Errorf("a bomb that says it is small: %s", got)
	}
}

func TestName(t *testing.T) {
	for sent, want := range map[string]string{
		"plan.pdf":                         "plan.pdf",
		`C:\Users\Anna\Été 2026.pdf`:       "Été 2026.pdf",
		"../../etc/passwd":                 "passwd",
		"a\u202efdp.exe":                   "afdp.exe",
		"a\r\nSet-Cookie: x=1.pdf":         "aSet-Cookie x=1.pdf",
		"  .hidden. ":                      "hidden",
		"a\x00b\xff.pdf":                   "ab.pdf",
		`"><script>.pdf`:                   "script.pdf",
		"":                                 "",
		"/":                                "",
		strings.Repeat("é", 130) + ".docx": strings.Repeat("é", 115) + ".docx",
	} {
		if got := content.Name(sent); got != want {
			t.Errorf("%q: %q, want %q", sent, got, want)
		}
	}
}

// A name is harmless whatever was sent, and what is harmless stays.
func TestNameIsHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := content.Name(rapid.String().Draw(t, "sent"))
		if !utf8.ValidString(name) || utf8.RuneCountInString(name) > 120 || strings.ContainsAny(name, "/\\\"\r\n\x00<>") || content.Name(name) != name {
			t.Fatalf("%q", name)
		}
	})
}

func FuzzInspect(f *testing.F) {
	f.Add([]byte(pdf), "a.pdf")
	f.Add(office(f, "word/document.xml"), "a.docx")
	f.Add(zipped(f, part{"mimetype", string(content.ODS)}), "a.ods")
	f.Add([]byte("<svg"), "a.txt")
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		got, err := content.Inspect(bytes.NewReader(data), int64(len(data)), name, all())
		if err != nil && !strings.HasPrefix(inspect(data, name), "file.") {
			t.Errorf("%v", err)
		}
		if err == nil && !slices.Contains(all(), got) {
			t.Errorf("%s was not asked for", got)
		}
	})
}
