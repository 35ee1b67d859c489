package files

import (
	"context"
	"io"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/files/blob"
	"beffroi/internal/platform/vault"
)

// Archived is a store as archives of the database see it.
func Archived(s blob.Store) vault.Blobs { return archived{s} }

type archived struct{ store blob.Store }

func (a archived) Wanted(tx *db.Tx) (list []string, err error) {
	found, err := blobs(tx)
	for _, i := range found {
		list = append(list, string(i.Sum))
	}
	return list, err
}

func (a archived) Open(ctx context.Context, sum string) (io.ReadCloser, error) {
	return a.store.Open(ctx, blob.Sum(sum))
}

func (a archived) Put(ctx context.Context, sum string, size int64, r io.Reader) error {
	return a.store.Put(ctx, blob.Sum(sum), size, r)
}
