package sheet

import (
	"bytes"
	"io"
	"testing"
)

// FuzzOpen: no input makes the reader panic, run on, break its limits or give
// rows that do not fit the header.
func FuzzOpen(f *testing.F) {
	var book bytes.Buffer
	writeSample(f, newXLSX(f, &book))
	for _, seed := range []string{
		"", "a", "a,b\n1,2\n", "\"a\"\"\n\",b\r1,2", "sep=;\na;b\n", "sep=;", "\xff\xfea\x00,\x00", "\xef\xbb\xbfa;b",
		"a;b\nEv\xeaque;1\n", "\x8e", "a\tb|c;d,e", "%PDF-", "PK\x03\x04", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", ";;\n\n", "a,b\n\"", book.String(),
		string(zipOf(f, workbookParts(`<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c s="3"><v>1</v></c></row>`))),
	} {
		f.Add([]byte(seed), 0)
	}
	f.Fuzz(func(t *testing.T, data []byte, headerRow int) {
		opt := Options{MaxBytes: 1 << 16, MaxRows: 500, MaxColumns: 20, MaxCell: 1000, HeaderRow: headerRow}
		r, err := OpenBytes(data, opt)
		if err != nil {
			if e, ok := err.(*Error); !ok || e.Code == "" || e == errEnd {
				t.Fatalf("error %#v", err)
			}
			return
		}
		defer r.Close()
		drainFuzz(t, r, opt)
	})
}

func drainFuzz(t *testing.T, r *Reader, opt Options) {
	width, last := len(r.Header()), 0
	for n := 0; ; n++ {
		row, err := r.Next()
		if err == io.EOF {
			return
		}
		if n > opt.MaxRows {
			t.Fatal("more rows than MaxRows")
		}
		if err != nil {
			continue
		}
		if row.Line <= last || width > 0 && len(row.Cells) != width || len(row.Cells) > opt.MaxColumns {
			t.Fatalf("row %d after %d, %d cells for %d columns", row.Line, last, len(row.Cells), width)
		}
		last = row.Line
	}
}

// FuzzParseNumber: what is read, written plainly, is read as the same number;
// and any style that reads a number agrees with AnyStyle.
func FuzzParseNumber(f *testing.F) {
	for _, seed := range []string{"14 293", "14.293,5", "14,293.5", "14,304", "12,5 %", "€ 1.234,50", "-", "(5)", "5-", "-€", "''1", "1e9", "\u202f1", "999999999999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		free, freeErr := ParseNumber(s, AnyStyle)
		for style, point := range map[NumberStyle]byte{DecimalPoint: '.', DecimalComma: ','} {
			d, err := ParseNumber(s, style)
			if err != nil {
				continue
			}
			if freeErr == nil && free != d && d.Rat().Cmp(free.Rat()) != 0 {
				t.Fatalf("%q is %v by itself and %v in style %d", s, free, d, style)
			}
			if again, err := ParseNumber(d.format(point), style); err != nil || again != d {
				t.Fatalf("%q is %v, written %q and read %v %v", s, d, d.format(point), again, err)
			}
			if cents, err := ParseCents(s, style); err == nil && Cents(cents).decimal().Rat().Cmp(d.Rat()) != 0 {
				t.Fatalf("%q is %v and %d cents", s, d, cents)
			}
		}
	})
}

// FuzzParseDate: what is read exists and, written in ISO form, is read again.
func FuzzParseDate(f *testing.F) {
	for _, seed := range []string{"2024-05-06", "29/02/2024", "6.5.2024", "45418", "20240506", "2024-05-06T10:00", "0000-00-00", "99999", "--", "1/1/1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDate(s)
		if err != nil {
			return
		}
		if again, err := ParseDate(d.String()); !d.Valid() || err != nil || again != d {
			t.Fatalf("%q is %v, read again %v %v", s, d, again, err)
		}
	})
}
