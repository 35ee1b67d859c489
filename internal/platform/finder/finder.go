// Package finder is the one index behind the search box. Rooms say what can be
// found (Source); it follows the audit, which names every object that changes,
// and reads anew what changed, a second later at most.
//
// Every document has a number. For each term (a word of a title, a word of a
// text, the beginning of a word, a kind, a commune, who may see it, a bit of its
// rank) the database keeps the set of the numbers of its documents. A question
// is sets joined and cut: the engine only hands out rows by the order of their
// bytes, so that both engines give the same documents in the same order. Who may
// see a document is such a set too: what an actor must not see is in no count,
// no facet, no suggestion.
//
// Order: how well it matches (tier), weight, newest day, number. Numbers are
// given in alphabetical order when the whole index is made.
package finder

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/search"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the tables of the index. All they hold is made of other tables.
func Schema() db.Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		files = migrations // unreachable: the folder is embedded above
	}
	return db.Schema{Room: "finder", Files: files}
}

// rules is the version of what terms are made of a document. A database made by
// another version is made anew.
const rules = 1

// every is how often Run looks whether something changed: two small readings.
const every = 400 * time.Millisecond

// Finder answers questions and keeps the index.
type Finder struct {
	db      *db.DB
	phrases *search.Phrasebook
	sources []Source
	frame   *db.Copy[*frame]
}

// New makes the finder over a database. phrases may be nil.
func New(d *db.DB, phrases *search.Phrasebook, sources ...Source) *Finder {
	return &Finder{db: d, phrases: phrases, sources: sources, frame: db.NewCopy(d, readFrame, "search_term")}
}

// Run keeps the index up to date until the context ends. Several processes may
// run it over one database.
func (f *Finder) Run(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	failed := false
	for {
		err := f.Follow(ctx)
		if err != nil && ctx.Err() == nil && !failed { // told once, not at every tick
			log.Error("search", "error", err.Error())
		}
		failed = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Follow brings the index up to date with what the audit names since it was last.
// An index that is missing or was made by other rules is made anew.
func (f *Finder) Follow(ctx context.Context) error {
	behind := false
	err := f.db.Read(ctx, func(tx *db.Tx) error {
		s, last, err := readState(tx)
		behind = s.seq != last || s.rules != rules
		return err
	})
	if err != nil || !behind {
		return err
	}
	return f.db.Write(ctx, func(tx *db.Tx) error {
		s, last, err := readState(tx)
		if err != nil {
			return err
		}
		if s.rules != rules {
			_, err := f.rebuild(tx, func(int) {})
			return err
		}
		refs, err := audit.Touched(tx, s.seq, last)
		if err != nil {
			return err
		}
		for _, source := range f.sources {
			if err := source.follow(tx, refs); err != nil {
				return err
			}
		}
		return writeState(tx, last)
	})
}

// Rebuild makes the whole index anew in one transaction: readers see the old one
// until it is whole, writers wait. told hears how many documents are in.
func (f *Finder) Rebuild(ctx context.Context, told func(n int)) (n int, err error) {
	err = f.db.Write(ctx, func(tx *db.Tx) error {
		n, err = f.rebuild(tx, told)
		return err
	})
	return n, err
}

// follow reads anew what the references touch.
func (s Source) follow(tx *db.Tx, refs []object.Ref) error {
	var mine []object.Ref
	for _, r := range refs {
		if slices.Contains(s.Watches, r.Kind) || slices.Contains(s.Kinds, r.Kind) && r.Key == everyKey {
			return s.sync(tx, nil)
		}
		if slices.Contains(s.Kinds, r.Kind) {
			mine = append(mine, r)
		}
	}
	if mine == nil {
		return nil
	}
	return s.sync(tx, mine)
}

// everyKey is the key under which the audit names all things of a kind at once.
const everyKey = "*"

// sync makes the index hold what the source gives for some references, or for
// all when refs is nil.
func (s Source) sync(tx *db.Tx, refs []object.Ref) error {
	docs, err := s.Read(tx, refs)
	if err != nil {
		return err
	}
	have, err := readKept(tx, s.Kinds, refs)
	if err != nil {
		return err
	}
	next, err := nextID(tx)
	if err != nil {
		return err
	}
	w := newWriter()
	for i := range docs {
		old, ok := have[docs[i].Ref]
		delete(have, docs[i].Ref)
		if !ok {
			old.id, next = next, next+1
		}
		if err := w.put(old, &docs[i]); err != nil {
			return err
		}
	}
	for _, old := range have {
		w.remove(old)
	}
	if err := w.flush(tx); err != nil {
		return err
	}
	return vocabulary(tx, w.words)
}
