package files

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strconv"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/object"
)

// ScanJob is the kind of the job that asks the antivirus about a waiting file.
const ScanJob = "file.scan"

// scanNow asks the antivirus while the sender waits, so that an infected file
// is refused to its sender's face and never kept; the audit keeps its name and
// sum. When nobody answers the file waits.
func (s *Service) scanNow(ctx context.Context, actor auth.Actor, f File, p *parcel) (State, time.Time, error) {
	if s.scanner == nil {
		return Clean, time.Time{}, nil
	}
	finding, err := s.scanner.Scan(ctx, p.Reader())
	if err != nil {
		s.log.Warn("antivirus", "error", err.Error())
		return Waiting, time.Time{}, nil
	}
	if finding == "" {
		return Clean, s.db.Clock().Now().UTC(), nil
	}
	f.State, f.Finding = Infected, finding
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "file.refuse", Object: object.Ref{Kind: "file", Key: string(f.Sum)}, After: f})
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return "", time.Time{}, fault.Bad("file", f.Name, "file.infected", fault.Args{"value": finding})
}

// scanLater writes the job that asks until somebody answers.
func (s *Service) scanLater(tx *db.Tx, id int64) error {
	_, err := s.queue.Enqueue(tx, jobs.Spec{Kind: ScanJob, Payload: id, Dedupe: strconv.FormatInt(id, 10), RunAt: tx.Now().Add(time.Minute), MaxAttempts: 30})
	return err
}

// Scan does the job: it asks the antivirus about a file that waits. An error
// means that it is to be asked again.
func (s *Service) Scan(ctx context.Context, j jobs.Job) error {
	var id int64
	if err := j.Decode(&id); err != nil {
		return err
	}
	var f File
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		f, _, err = byID(tx, id)
		return err
	})
	if err != nil || f.State != Waiting {
		return err // it went, or was settled before
	}
	finding, err := s.findingOf(ctx, f)
	if err != nil {
		return err
	}
	return s.settle(ctx, f, finding)
}

// findingOf reads a file for the antivirus. Without one configured any more the
// file is as good as those that come in now.
func (s *Service) findingOf(ctx context.Context, f File) (string, error) {
	if s.scanner == nil {
		return "", nil
	}
	r, err := s.store.Open(ctx, f.Sum)
	if err != nil {
		return "", err
	}
	defer r.Close()
	return s.scanner.Scan(ctx, io.Reader(r))
}

// settle writes what the antivirus said. Infected bytes go at once.
func (s *Service) settle(ctx context.Context, f File, finding string) error {
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		before, ok, err := byID(tx, f.ID)
		if err != nil || !ok || before.State != Waiting {
			return err
		}
		f = before
		f.State, f.Finding = Clean, finding
		if s.scanner != nil {
			f.Scanned = tx.Now()
		}
		if finding != "" {
			f.State = Infected
		}
		if err := setState(tx, f); err != nil || f.Owner.IsZero() {
			return err
		}
		return s.told(tx, auth.System("antivirus"), "file.scan", f, before, f)
	})
	if err != nil || f.State != Infected {
		return err
	}
	return s.drop(ctx, f)
}

// drop removes the bytes of a file that no row asks for. It holds the writers
// back meanwhile, so that no row comes in between.
func (s *Service) drop(ctx context.Context, f File) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if keep, err := wanted(tx, f.Sum); err != nil || keep {
			return err
		}
		if err := s.store.Remove(ctx, f.Sum); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
}
