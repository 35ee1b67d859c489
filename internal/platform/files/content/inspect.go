package content

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"

	"beffroi/internal/platform/fault"
)

// Inspect tells what a file is, by its bytes, and refuses it when it is none of
// the allowed types, when its name says another thing, or when it is dangerous.
// The errors are faults "file.…" of the field "file"; other errors are those of
// reading.
func Inspect(r io.ReaderAt, size int64, name string, allowed []Type) (Type, error) {
	if size == 0 {
		return "", refuse(name, "file.empty", nil)
	}
	head := make([]byte, min(size, 4096))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	t, err := sniff(r, size, name, head)
	if err != nil {
		return "", err
	}
	if !slices.Contains(allowed, t) {
		return "", unknown(name, allowed)
	}
	return t, agree(name, t)
}

// unknown refuses a type, and says which are taken.
func unknown(name string, allowed []Type) error {
	return refuse(name, "file.type", fault.Args{"values": strings.Join(Extensions(allowed), ", ")})
}

// sniff finds the type by the standard's algorithm (WHATWG MIME Sniffing, as
// net/http has it), then looks closer.
func sniff(r io.ReaderAt, size int64, name string, head []byte) (Type, error) {
	media, _, _ := strings.Cut(http.DetectContentType(head), ";")
	switch {
	case markup(head):
		return "", refuse(name, "file.markup", nil)
	case media == "application/zip":
		return archive(r, size, name)
	case media == string(PDF) || media == string(PNG) || media == string(JPEG) || media == string(WebP):
		return Type(media), single(r, size, name)
	case media == "text/plain":
		if bytes.ContainsRune(head, 0) {
			return "", refuse(name, "file.text", nil)
		}
		if strings.EqualFold(path.Ext(name), ".csv") {
			return CSV, single(r, size, name)
		}
		return Text, single(r, size, name)
	}
	return Type(media), nil
}

// markup tells whether a browser that guesses could take a file for a page or a
// drawing with scripts, or whether it is a script itself.
func markup(head []byte) bool {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n\f\x00")
	return bytes.HasPrefix(text, []byte("<")) || bytes.HasPrefix(text, []byte("#!")) || bytes.HasPrefix(text, []byte("%!PS"))
}

// single refuses a file that is an archive as well: ZIP is read from its end,
// so that the same bytes may be an image to one program and an archive of
// programs to another.
func single(r io.ReaderAt, size int64, name string) error {
	const record = 22 // bytes of the end of central directory (APPNOTE 4.3.16) without its comment
	tail := make([]byte, min(size, record+1<<16))
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	for i := len(tail) - record; i >= 0; i-- {
		if bytes.HasPrefix(tail[i:], []byte("PK\x05\x06")) && i+record+int(binary.LittleEndian.Uint16(tail[i+20:])) == len(tail) {
			return refuse(name, "file.polyglot", nil)
		}
	}
	return nil
}
