package files

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"slices"

	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/files/blob"
	"beffroi/internal/platform/files/content"
)

// parcel is a file that has come in and been looked into, in a temporary place
// of the machine.
type parcel struct {
	name string
	kind content.Type
	size int64
	sum  blob.Sum
	file *os.File
}

// receive writes what comes to a temporary file, no more than the use takes,
// summing it on the way; then it looks into it.
func receive(r io.Reader, use Use, name string) (*parcel, error) {
	file, err := os.CreateTemp("", "beffroi-file-*")
	if err != nil {
		return nil, err
	}
	p := &parcel{name: name, file: file}
	if err := p.take(r, use); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func (p *parcel) take(r io.Reader, use Use) (err error) {
	if err := p.fill(io.LimitReader(r, use.Max+1)); err != nil {
		return err
	}
	if p.size > use.Max {
		return fault.Bad("file", p.name, "file.large", fault.Args{"max": use.Max})
	}
	if p.kind, err = content.Inspect(p.file, p.size, p.name, use.Types); err != nil {
		return err
	}
	if slices.Contains(content.Images(), p.kind) {
		return p.strip()
	}
	return nil
}

// fill makes the bytes of r those of the parcel.
func (p *parcel) fill(r io.Reader) error {
	_, err := p.file.Seek(0, io.SeekStart)
	if err == nil {
		err = p.file.Truncate(0)
	}
	if err != nil {
		return err
	}
	h := sha256.New()
	if p.size, err = io.Copy(io.MultiWriter(p.file, h), r); err != nil {
		return err
	}
	p.sum = blob.SumOf(h)
	return nil
}

// strip takes away what an image tells beside its picture.
func (p *parcel) strip() error {
	data, err := io.ReadAll(p.Reader())
	if err != nil {
		return err
	}
	clean, err := content.Strip(p.kind, data, p.name)
	if err != nil || bytes.Equal(clean, data) {
		return err
	}
	return p.fill(bytes.NewReader(clean))
}

// Reader gives the bytes from the first on.
func (p *parcel) Reader() io.Reader { return io.NewSectionReader(p.file, 0, p.size) }

// Close removes the temporary file.
func (p *parcel) Close() { _ = errors.Join(p.file.Close(), os.Remove(p.file.Name())) } // the system clears the folder otherwise
