package files

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"strconv"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/files/blob"
	"beffroi/internal/platform/files/content"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/object"
)

// Scanner searches a file for viruses: clamd.Client. finding is "" for a clean
// file; an error means that nobody knows.
type Scanner interface {
	Scan(ctx context.Context, r io.Reader) (finding string, err error)
	Ping(ctx context.Context) (version string, err error)
}

// Service is the verbs of files.
type Service struct {
	db      *db.DB
	store   blob.Store
	queue   *jobs.Queue
	scanner Scanner // nil when there is no antivirus
	log     *slog.Logger
	owners  []Owner
}

// NewService makes the service; scanner is nil when there is no antivirus.
func NewService(d *db.DB, store blob.Store, queue *jobs.Queue, scanner Scanner, log *slog.Logger) *Service {
	return &Service{db: d, store: store, queue: queue, scanner: scanner, log: log}
}

// Register lets things of a kind carry files, once, when the program is put together.
func (s *Service) Register(o Owner) { s.owners = append(s.owners, o) }

// owner finds what a room declared of a kind.
func (s *Service) owner(kind string) (Owner, error) {
	for _, o := range s.owners {
		if o.Kind == kind {
			return o, nil
		}
	}
	return Owner{}, fault.Missing("file")
}

// thing finds a thing that carries files and checks that an actor may do what
// the rule allows with it.
func (s *Service) thing(tx *db.Tx, actor auth.Actor, ref object.Ref, rule func(Owner) auth.Rule) (o Owner, t Thing, err error) {
	if o, err = s.owner(ref.Kind); err != nil {
		return o, t, err
	}
	if t, err = o.Find(tx, ref.Key); err != nil {
		return o, t, err
	}
	return o, t, rule(o).Check(actor, t.Target)
}

// Read lets everybody ask for a file; the rule of what carries it decides.
var Read = auth.Rule{Name: "file.read", Public: true}

func reading(o Owner) auth.Rule { return o.Read }
func editing(o Owner) auth.Rule { return o.Edit }

// shown are the files of a thing that are given out, oldest first. Whoever asks
// has checked that the reader may see the thing.
func (s *Service) shown(ctx context.Context, owner object.Ref) (list []File, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		list, err = shown(tx, owner)
		return err
	})
	return list, err
}

// All are the files of a thing as who keeps them sees them: those that wait and
// those that were removed, too.
func (s *Service) All(ctx context.Context, actor auth.Actor, ref object.Ref) (t Thing, list []File, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		if _, t, err = s.thing(tx, actor, ref, editing); err != nil {
			return err
		}
		list, err = carried(tx, ref)
		return err
	})
	return t, list, err
}

// Listed are the files of a thing for whoever may see it.
func (s *Service) Listed(ctx context.Context, actor auth.Actor, ref object.Ref) (list []File, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		if _, _, err = s.thing(tx, actor, ref, reading); err != nil {
			return err
		}
		list, err = shown(tx, ref)
		return err
	})
	return list, err
}

// Open gives a file with its bytes to whoever may see what carries it. Hidden,
// removed, waiting and unknown files are absent alike. private tells that not
// everybody may see it, so that nobody on the way may keep it.
func (s *Service) Open(ctx context.Context, actor auth.Actor, id int64) (f File, private bool, r io.ReadSeekCloser, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		found, ok, err := byID(tx, id)
		if err != nil {
			return err
		}
		if !ok || !found.public() || found.Owner.IsZero() {
			return fault.Missing("file")
		}
		o, t, err := s.thing(tx, actor, found.Owner, reading)
		f, private = found, !o.Read.Public || t.Target.Hidden
		return err
	})
	if err != nil {
		return f, private, nil, err
	}
	r, err = s.store.Open(ctx, f.Sum)
	if errors.Is(err, fs.ErrNotExist) {
		s.log.Error("file without bytes", "file", f.ID, "sha256", string(f.Sum))
	}
	if err != nil {
		err = &fault.Error{Kind: fault.Unavailable, Code: "file.store", Err: err}
	}
	return f, private, r, err
}

// Add brings in a file and attaches it to a thing.
func (s *Service) Add(ctx context.Context, actor auth.Actor, ref object.Ref, name string, r io.Reader) (f File, err error) {
	var use Use
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		o, _, err := s.thing(tx, actor, ref, editing)
		use = o.Use
		return err
	})
	if err != nil {
		return f, err
	}
	if f, err = s.Stage(ctx, actor, use, name, r); err != nil {
		return f, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		o, _, err := s.thing(tx, actor, ref, editing)
		if err != nil {
			return err
		}
		f, err = s.Attach(tx, actor, f.ID, ref, o.Use)
		return err
	})
	return f, err
}

// Stage brings in a file that has no owner yet: a form may be sent later than
// its files. It is refused, with the field "file", when its content is not fit
// for the use, and goes again after a day when nobody attaches it.
func (s *Service) Stage(ctx context.Context, actor auth.Actor, use Use, name string, r io.Reader) (f File, err error) {
	p, err := receive(r, use, content.Name(name))
	if err != nil {
		return f, err
	}
	defer p.Close()
	f = File{Name: p.name, Type: p.kind, Size: p.size, Sum: p.sum, Use: use.Name, State: Arriving, Actor: actor.Username}
	state, scanned, err := s.scanNow(ctx, actor, f, p)
	if err != nil {
		return f, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		f.Created = tx.Now()
		f.ID, err = insert(tx, f)
		return err
	})
	if err != nil {
		return f, err
	}
	if err := s.store.Put(ctx, f.Sum, f.Size, p.Reader()); err != nil {
		return f, &fault.Error{Kind: fault.Unavailable, Code: "file.store", Err: err}
	}
	f.State, f.Scanned = state, scanned
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if f.State == Waiting {
			if err := s.scanLater(tx, f.ID); err != nil {
				return err
			}
		}
		return setState(tx, f)
	})
	return f, err
}

// Attach gives a staged file its owner, in the caller's transaction. The caller
// has checked that the actor may change the owner; the file must be the actor's.
func (s *Service) Attach(tx *db.Tx, actor auth.Actor, id int64, owner object.Ref, use Use) (f File, err error) {
	f, ok, err := byID(tx, id)
	if err != nil {
		return f, err
	}
	if !ok || f.Actor != actor.Username || !f.Owner.IsZero() || f.State != Clean && f.State != Waiting || f.Use != use.Name {
		return f, fault.Missing("file")
	}
	have, err := carried(tx, owner)
	if err != nil {
		return f, err
	}
	if err := use.room(have, f); err != nil {
		return f, err
	}
	f.Owner = owner
	if err := setOwner(tx, id, owner); err != nil {
		return f, err
	}
	return f, s.told(tx, actor, "file.add", f, nil, f)
}

// room refuses a file when its owner has it or has too much already.
func (u Use) room(have []File, f File) error {
	count, total := 0, int64(0)
	for _, h := range have {
		if !h.Removed.IsZero() || h.State == Infected {
			continue
		}
		if h.Sum == f.Sum {
			return fault.Bad("file", f.Name, "file.twice", fault.Args{"name": h.Name})
		}
		count++
		total += h.Size
	}
	if count >= u.Count {
		return fault.Bad("file", f.Name, "file.count", fault.Args{"max": int64(u.Count)})
	}
	if total+f.Size > u.Total {
		return fault.Bad("file", f.Name, "file.total", fault.Args{"max": u.Total})
	}
	return nil
}

// told writes the deed into the history of the owner, and tells who listens.
func (s *Service) told(tx *db.Tx, actor auth.Actor, action string, f File, before, after any) error {
	if err := audit.Record(tx, audit.Entry{Actor: actor.Username, Action: action, Object: f.Owner, Before: before, After: after,
		Summary: map[string]string{"file": strconv.FormatInt(f.ID, 10)}}); err != nil {
		return err
	}
	return s.queue.Emit(tx, jobs.Event{Kind: action, Object: f.Owner, Data: f.ID})
}

// Remove takes a file away from its owner; for thirty days it can be put back.
func (s *Service) Remove(ctx context.Context, actor auth.Actor, ref object.Ref, id int64) (File, error) {
	return s.change(ctx, actor, ref, id, func(tx *db.Tx, o Owner, f *File) (string, error) {
		if !f.Removed.IsZero() {
			return "", fault.Missing("file")
		}
		f.Removed, f.Remover = tx.Now(), actor.Username
		return "file.remove", nil
	})
}

// Restore puts a removed file back.
func (s *Service) Restore(ctx context.Context, actor auth.Actor, ref object.Ref, id int64) (File, error) {
	return s.change(ctx, actor, ref, id, func(tx *db.Tx, o Owner, f *File) (string, error) {
		if f.Removed.IsZero() {
			return "", fault.Missing("file")
		}
		have, err := carried(tx, ref)
		if err != nil {
			return "", err
		}
		f.Removed, f.Remover = time.Time{}, ""
		return "file.restore", o.Use.room(have, *f)
	})
}

// change is what removing and putting back have in common.
func (s *Service) change(ctx context.Context, actor auth.Actor, ref object.Ref, id int64, f func(*db.Tx, Owner, *File) (action string, err error)) (after File, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		o, _, err := s.thing(tx, actor, ref, editing)
		if err != nil {
			return err
		}
		before, ok, err := byID(tx, id)
		if err != nil {
			return err
		}
		if !ok || before.Owner != ref {
			return fault.Missing("file")
		}
		after = before
		action, err := f(tx, o, &after)
		if err != nil {
			return err
		}
		if err := setRemoved(tx, after); err != nil {
			return err
		}
		return s.told(tx, actor, action, after, before, after)
	})
	return after, err
}
