package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/files/blob"
)

// Swept is what a sweep removed, or would remove.
type Swept struct {
	Rows  []File      // without owner for a day, or removed thirty days ago
	Blobs []blob.Info // that no row asks for, a day old
}

// Sweep removes what nobody can want any more; dry only says what.
func (s *Service) Sweep(ctx context.Context, dry bool) (swept Swept, err error) {
	now := s.db.Clock().Now()
	run := s.db.Write
	if dry {
		run = s.db.Read
	}
	err = run(ctx, func(tx *db.Tx) error {
		if swept.Rows, err = expired(tx, db.At(now.Add(-orphanFor)), db.At(now.Add(-removedFor))); err != nil || dry {
			return err
		}
		for _, f := range swept.Rows {
			if err := forget(tx, f.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return swept, err
	}
	var old []blob.Info
	err = s.store.Each(ctx, func(i blob.Info) error {
		if i.Changed.Before(now.Add(-orphanFor)) {
			old = append(old, i)
		}
		return nil
	})
	if err != nil {
		return swept, err
	}
	if swept.Blobs, err = s.sweepBlobs(ctx, old, dry); err != nil || dry {
		return swept, err
	}
	return swept, s.store.Tidy(ctx, now.Add(-orphanFor))
}

// sweepBlobs removes blobs that no row asks for. Each look and its removal hold
// the writers back: a row is written before its bytes are, so that a blob
// without row here is nobody's.
func (s *Service) sweepBlobs(ctx context.Context, old []blob.Info, dry bool) (gone []blob.Info, err error) {
	run := s.db.Write
	if dry {
		run = s.db.Read
	}
	for _, i := range old {
		err := run(ctx, func(tx *db.Tx) error {
			keep, err := wanted(tx, i.Sum)
			if err != nil || keep {
				return err
			}
			gone = append(gone, i)
			if dry {
				return nil
			}
			return s.store.Remove(ctx, i.Sum)
		})
		if err != nil {
			return gone, err
		}
	}
	return gone, nil
}

// Problem is a blob that is not as its rows say.
type Problem struct {
	Sum blob.Sum
	Err error // fs.ErrNotExist when it is absent, blob.ErrSum when it is damaged
}

// Verify reads every blob that a row speaks of and proves it.
func (s *Service) Verify(ctx context.Context) (n int, problems []Problem, err error) {
	list, err := s.blobs(ctx)
	if err != nil {
		return 0, nil, err
	}
	for _, i := range list {
		err := blob.Check(ctx, s.store, i.Sum)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, blob.ErrSum):
			problems = append(problems, Problem{i.Sum, err})
		case err != nil:
			return n, problems, err
		}
		n++
	}
	return n, problems, nil
}

func (s *Service) blobs(ctx context.Context) (list []blob.Info, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		list, err = blobs(tx)
		return err
	})
	return list, err
}

// Health says in one line how the files are, without reading them, and is an
// error when bytes are missing, when the antivirus does not answer, or when
// files wait for it.
func (s *Service) Health(ctx context.Context) (string, error) {
	list, err := s.blobs(ctx)
	if err != nil {
		return "", err
	}
	there := map[blob.Sum]int64{}
	if err := s.store.Each(ctx, func(i blob.Info) error { there[i.Sum] = i.Size; return nil }); err != nil {
		return "", err
	}
	var bytes int64
	for _, i := range list {
		if size, ok := there[i.Sum]; !ok || size != i.Size {
			return "", fmt.Errorf("files: the bytes of %s are missing or cut; see files verify", i.Sum)
		}
		bytes += i.Size
	}
	told := fmt.Sprintf("%d blobs, %d bytes", len(list), bytes)
	if s.scanner == nil {
		return told + ", no antivirus configured", nil
	}
	version, err := s.scanner.Ping(ctx)
	if err != nil {
		return "", err
	}
	var counts map[State]int64
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		counts, err = countStates(tx)
		return err
	})
	if n := counts[Waiting]; err == nil && n > 0 {
		err = fmt.Errorf("files: %d wait for the antivirus", n)
	}
	return told + ", " + version, err
}
