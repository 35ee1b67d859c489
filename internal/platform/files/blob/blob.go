// Package blob keeps bytes under their SHA-256: what is asked for is what was
// kept, or it is known to be damaged. A blob never changes; the same bytes are
// kept once.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"
)

// Sum is a SHA-256 in 64 hexadecimal digits, small letters: the address of a blob.
type Sum string

// ErrSum says that bytes are not those of their sum.
var ErrSum = errors.New("blob: the bytes are not those of their SHA-256")

// ParseSum reads 64 hexadecimal digits.
func ParseSum(text string) (Sum, error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != sha256.Size || hex.EncodeToString(b) != text {
		return "", fmt.Errorf("blob: %.80q is not a SHA-256", text)
	}
	return Sum(text), nil
}

// SumOf is the sum that a hash has come to.
func SumOf(h hash.Hash) Sum { return Sum(hex.EncodeToString(h.Sum(nil))) }

// Info is what a store knows of a blob without reading it.
type Info struct {
	Sum     Sum
	Size    int64     // in bytes
	Changed time.Time // when it was last put
}

// Store keeps blobs. A blob that is absent is an error for which
// errors.Is(err, fs.ErrNotExist).
type Store interface {
	// Put keeps size bytes of r under their sum: wholly or not at all. It writes
	// also when the blob is there, which mends a damaged one and renews its age.
	// Bytes of another sum are ErrSum.
	Put(ctx context.Context, sum Sum, size int64, r io.Reader) error
	// Open gives a blob to read; its bytes are not proven (see Check).
	Open(ctx context.Context, sum Sum) (io.ReadSeekCloser, error)
	// Remove forgets a blob; one that is absent is no error.
	Remove(ctx context.Context, sum Sum) error
	// Each gives every blob, in no order.
	Each(ctx context.Context, f func(Info) error) error
	// Tidy removes what an interrupted Put left before an instant.
	Tidy(ctx context.Context, before time.Time) error
}

// Check reads a blob to its end and proves it: ErrSum when it is damaged.
func Check(ctx context.Context, s Store, sum Sum) error {
	r, err := s.Open(ctx, sum)
	if err != nil {
		return err
	}
	defer r.Close()
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return err
	}
	return prove(h, sum)
}

func prove(h hash.Hash, want Sum) error {
	if got := SumOf(h); got != want {
		return fmt.Errorf("%w: %s holds %s", ErrSum, want, got)
	}
	return nil
}
