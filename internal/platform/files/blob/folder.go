package blob

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"
)

// Folder keeps blobs as files: ab/abcd…, 256 folders so that none grows long.
// All access goes through os.Root: no link leads out of the folder.
type Folder struct{ dir string }

// unfinished ends the name of a file that is being written.
const unfinished = ".new"

// NewFolder keeps blobs in a folder, made at first need.
func NewFolder(dir string) *Folder { return &Folder{dir} }

// name is the path of a blob below the folder.
func name(sum Sum) string { return path.Join(string(sum[:2]), string(sum)) }

// Put writes beside, syncs and renames: after a crash the blob is whole or absent.
func (f *Folder) Put(_ context.Context, sum Sum, size int64, r io.Reader) error {
	if _, err := ParseSum(string(sum)); err != nil {
		return err
	}
	if err := os.MkdirAll(f.dir, 0o750); err != nil {
		return err
	}
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.MkdirAll(path.Dir(name(sum)), 0o750); err != nil {
		return err
	}
	temp := name(sum) + "." + rand.Text()[:8] + unfinished
	if err := write(root, temp, sum, size, r); err != nil {
		return errors.Join(err, ignoreAbsent(root.Remove(temp)))
	}
	if err := root.Rename(temp, name(sum)); err != nil {
		return err
	}
	return syncFolder(root, path.Dir(name(sum)))
}

func write(root *os.Root, name string, sum Sum, size int64, r io.Reader) error {
	out, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, h), r)
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	if err == nil {
		err = prove(h, sum)
	}
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

// syncFolder makes the name last as the bytes do.
func syncFolder(root *os.Root, dir string) error {
	d, err := root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func ignoreAbsent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Open gives a blob to read.
func (f *Folder) Open(_ context.Context, sum Sum) (io.ReadSeekCloser, error) {
	if _, err := ParseSum(string(sum)); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.Open(name(sum))
}

// Remove forgets a blob.
func (f *Folder) Remove(_ context.Context, sum Sum) error {
	if _, err := ParseSum(string(sum)); err != nil {
		return err
	}
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return ignoreAbsent(err)
	}
	defer root.Close()
	return ignoreAbsent(root.Remove(name(sum)))
}

// Each gives every blob.
func (f *Folder) Each(ctx context.Context, each func(Info) error) error {
	return f.walk(ctx, func(_ *os.Root, at string, info fs.FileInfo) error {
		sum, err := ParseSum(path.Base(at))
		if err != nil {
			return nil // not ours, or unfinished
		}
		return each(Info{Sum: sum, Size: info.Size(), Changed: info.ModTime()})
	})
}

// Tidy removes files that were never finished.
func (f *Folder) Tidy(ctx context.Context, before time.Time) error {
	return f.walk(ctx, func(root *os.Root, at string, info fs.FileInfo) error {
		if !strings.HasSuffix(at, unfinished) || !info.ModTime().Before(before) {
			return nil
		}
		return ignoreAbsent(root.Remove(at))
	})
}

func (f *Folder) walk(ctx context.Context, each func(root *os.Root, at string, info fs.FileInfo) error) error {
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return ignoreAbsent(err) // nothing was put yet
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(at string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return ignoreAbsent(err) // removed meanwhile
		}
		return each(root, at, info)
	})
}
