package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"
)

// What differs from one printing to the next. Chromium (Skia) writes the
// information dictionary and the structure elements uncompressed, and every
// number below has a fixed width: equal lengths keep the table of offsets true.
var (
	dates    = regexp.MustCompile(`/(?:CreationDate|ModDate) \(D:(\d{14})[+-]\d{2}'\d{2}'\)`)
	elements = regexp.MustCompile(`\(node(\d{8})\)`)
	creator  = regexp.MustCompile(`/Creator \(((?:[^()\\]|\\.)*)\)`)
)

// settle makes a document the same whenever the page is the same: its dates
// become that of the page, the numbers of its elements count from one in their
// order, and its maker is this program rather than the version of a browser.
// Nothing changes its length.
func settle(doc []byte, date time.Time) ([]byte, error) {
	if !bytes.HasPrefix(doc, []byte("%PDF-")) || !bytes.HasSuffix(bytes.TrimRight(doc, "\r\n"), []byte("%%EOF")) {
		return nil, errors.New("pdf: what the browser gave is no whole document")
	}
	doc = bytes.Clone(doc)
	for _, m := range dates.FindAllSubmatchIndex(doc, -1) {
		copy(doc[m[2]:m[3]], date.UTC().Format("20060102150405"))
	}
	if m := creator.FindSubmatchIndex(doc); m != nil && m[3]-m[2] >= len("Beffroi") {
		copy(doc[m[2]:m[3]], bytes.Repeat([]byte(" "), m[3]-m[2]))
		copy(doc[m[2]:m[3]], "Beffroi")
	}
	number(doc)
	return doc, nil
}

// number renames node00001234 by rank: the tree of names stays in order.
func number(doc []byte) {
	found := elements.FindAllSubmatchIndex(doc, -1)
	names := make([]string, len(found))
	for i, m := range found {
		names[i] = string(doc[m[2]:m[3]])
	}
	order := slices.Compact(slices.Sorted(slices.Values(names)))
	for i, m := range found {
		rank, _ := slices.BinarySearch(order, names[i])
		copy(doc[m[2]:m[3]], fmt.Sprintf("%08d", rank+1))
	}
}
