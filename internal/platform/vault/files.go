package vault

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"beffroi/internal/platform/db"
)

// Blobs are the bytes that lie beside a database and that its rows speak of by
// their SHA-256.
type Blobs interface {
	// Wanted lists the SHA-256 that the rows of a transaction speak of, each once,
	// in order.
	Wanted(tx *db.Tx) ([]string, error)
	// Open gives the bytes of one.
	Open(ctx context.Context, sha256 string) (io.ReadCloser, error)
	// Put keeps bytes; what is there already is written again.
	Put(ctx context.Context, sha256 string, size int64, r io.Reader) error
}

// Files tells which blobs an archive holds.
type Files struct {
	Count   int64    `json:"count"`
	Bytes   int64    `json:"bytes"`
	Missing []string `json:"missing,omitempty"` // absent or damaged when the archive was taken
}

const filesFolder = "files/"

// blobs puts into the archive whatever the rows speak of. A blob that is absent
// or damaged is told, and is no reason to leave the others unsaved.
func (w *writer) blobs(ctx context.Context, list []string, from Blobs) (f Files, err error) {
	for _, sum := range list {
		n, ok, err := w.blob(ctx, sum, from)
		switch {
		case err != nil:
			return f, err
		case !ok:
			f.Missing = append(f.Missing, sum)
		default:
			f.Count++
			f.Bytes += n
			w.progress.tell("files", f.Count)
		}
	}
	return f, nil
}

// blob copies a blob beside first: the archive wants its size before its first
// byte, and only what proves whole goes in.
func (w *writer) blob(ctx context.Context, sum string, from Blobs) (n int64, ok bool, err error) {
	spool, err := os.CreateTemp("", "beffroi-vault-*")
	if err != nil {
		return 0, false, err
	}
	defer func() { _ = errors.Join(spool.Close(), os.Remove(spool.Name())) }() // the system clears the folder otherwise
	r, err := from.Open(ctx, sum)
	if err != nil {
		return 0, false, ctx.Err()
	}
	defer r.Close()
	h := sha256.New()
	if n, err = io.Copy(io.MultiWriter(h, spool), r); err != nil || hex.EncodeToString(h.Sum(nil)) != sum {
		return 0, false, ctx.Err()
	}
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return 0, false, err
	}
	if err := w.tar.WriteHeader(&tar.Header{Name: filesFolder + sum, Mode: 0o600, Size: n, ModTime: w.at}); err != nil {
		return 0, false, err
	}
	_, err = io.Copy(w.tar, spool)
	return n, true, err
}

// blobOf reads "files/SHA256".
func blobOf(name string) (string, bool) {
	sum, ok := strings.CutPrefix(name, filesFolder)
	b, err := hex.DecodeString(sum)
	return sum, ok && err == nil && len(b) == sha256.Size && hex.EncodeToString(b) == sum
}

// check reads a blob of an archive and holds it against its name.
func (f *Files) check(sum string, _ int64, r io.Reader) error {
	h := sha256.New()
	n, err := io.Copy(h, r)
	if err == nil && hex.EncodeToString(h.Sum(nil)) != sum {
		err = fmt.Errorf("vault: the bytes are not those of %s", sum)
	}
	if err != nil {
		return broken(filesFolder+sum, err)
	}
	f.Count++
	f.Bytes += n
	return nil
}

// compare holds what was seen against the manifest.
func (f *Files) compare(want Files) error {
	if f.Count != want.Count || f.Bytes != want.Bytes {
		return broken(filesFolder, fmt.Errorf("vault: %d files of %d bytes, the manifest has %d of %d", f.Count, f.Bytes, want.Count, want.Bytes))
	}
	return nil
}
