package content

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"beffroi/internal/platform/fault"
)

// What an archive may be at most, with all that lies in archives within it.
const (
	maxEntries  = 5_000
	maxUnpacked = 256 << 20 // bytes, counted as they come out, not as declared
	maxRatio    = 200       // bytes out for a byte in, beyond 1 MB out
	maxDepth    = 2         // archives within archives: a workbook in a document, no more
	maxInner    = 32 << 20  // bytes of an archive within an archive, which is unpacked in memory
)

// office are the parts that make an archive an office document.
var office = map[string]Type{"word/document.xml": DOCX, "xl/workbook.xml": XLSX, "ppt/presentation.xml": PPTX}

// open is what an archive has cost so far.
type open struct {
	name    string
	entries int
	out     int64
	size    int64
}

// archive unpacks a ZIP to nowhere within bounds, and tells which document it is.
func archive(r io.ReaderAt, size int64, name string) (Type, error) {
	o := &open{name: name, size: size}
	return o.read(r, size, 1)
}

func (o *open) refuse(code string) error { return refuse(o.name, code, nil) }

func (o *open) read(r io.ReaderAt, size int64, depth int) (Type, error) {
	if depth > maxDepth {
		return "", o.refuse("file.archive.deep")
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return "", o.refuse("file.archive.broken")
	}
	if o.entries += len(z.File); o.entries > maxEntries {
		return "", o.refuse("file.archive.many")
	}
	t, seen := ZIP, map[string]bool{}
	for i, f := range z.File {
		if err := o.named(f, seen); err != nil {
			return "", err
		}
		head, err := o.entry(f, depth)
		if err != nil {
			return "", err
		}
		if i == 0 && f.Name == "mimetype" && opendocument(head) != "" {
			t = opendocument(head)
		}
		if found, ok := office[f.Name]; ok && t == ZIP {
			t = found
		}
	}
	if _, isOffice := office[mainPart(t)]; isOffice && !seen["[content_types].xml"] {
		return "", o.refuse("file.archive.broken")
	}
	return t, nil
}

func mainPart(t Type) string {
	for part, of := range office {
		if of == t {
			return part
		}
	}
	return ""
}

// opendocument is the type that the first entry of an ODF file says.
func opendocument(mimetype []byte) Type {
	switch t := Type(bytes.TrimSpace(mimetype)); t {
	case ODT, ODS, ODP:
		return t
	}
	return ""
}

// named refuses entries that are dangerous by their name or that are encrypted,
// which nobody can look into.
func (o *open) named(f *zip.File, seen map[string]bool) error {
	key := strings.ToLower(f.Name)
	switch {
	case f.Flags&1 != 0:
		return o.refuse("file.archive.encrypted")
	case !utf8.ValidString(f.Name), strings.ContainsAny(f.Name, "\\\x00:"), path.IsAbs(f.Name), strings.HasPrefix(path.Clean(f.Name), ".."):
		return o.refuse("file.archive.path")
	case seen[key]:
		return o.refuse("file.archive.twice") // which of the two a program takes differs
	case path.Base(key) == "vbaproject.bin", strings.HasPrefix(key, "basic/"), strings.HasPrefix(key, "scripts/"):
		return refuse(o.name, "file.macro", nil)
	}
	seen[key] = true
	return nil
}

// entry unpacks one entry within the bounds and gives its first bytes.
func (o *open) entry(f *zip.File, depth int) (head []byte, err error) {
	r, err := f.Open()
	if err != nil {
		return nil, o.refuse("file.archive.broken")
	}
	defer r.Close()
	c := &counted{open: o, r: r}
	head = make([]byte, 512)
	n, err := io.ReadFull(c, head)
	head = head[:n]
	short := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) && c.ended
	if (err == nil || short) && bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return head, o.inner(io.MultiReader(bytes.NewReader(head), c), depth)
	}
	if short {
		return head, nil
	}
	if err == nil {
		_, err = io.Copy(io.Discard, c)
	}
	return head, o.told(err)
}

// inner looks into an archive within an archive.
func (o *open) inner(r io.Reader, depth int) error {
	data, err := io.ReadAll(io.LimitReader(r, maxInner+1))
	if err != nil {
		return o.told(err)
	}
	if len(data) > maxInner {
		return o.refuse("file.archive.big")
	}
	_, err = o.read(bytes.NewReader(data), int64(len(data)), depth+1)
	return err
}

// told makes damage of the archive a refusal.
func (o *open) told(err error) error {
	if _, ok := errors.AsType[*fault.Error](err); ok || err == nil {
		return err
	}
	return o.refuse("file.archive.broken")
}

// counted stops reading at the bounds.
type counted struct {
	*open
	r     io.Reader
	ended bool
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.ended = errors.Is(err, io.EOF)
	c.out += int64(n)
	if c.out > maxUnpacked || c.out > 1<<20 && c.out > maxRatio*c.size {
		return n, c.refuse("file.archive.big")
	}
	return n, err
}
