package ledger

import (
	"context"
	"embed"
	"io/fs"
	"strconv"

	"beffroi/internal/ground/key"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/object"
)

//go:embed locale/*.toml
var texts embed.FS

// Locale is the room's texts.
func Locale() fs.FS { return texts }

// Service is the verbs of the ledger.
type Service struct {
	db    *db.DB
	areas *territory.Service
	keys  *key.Service
}

// NewService makes the service over a database, the territory and the keys.
func NewService(d *db.DB, areas *territory.Service, keys *key.Service) *Service {
	return &Service{db: d, areas: areas, keys: keys}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// Post writes an entry with its parts.
func (s *Service) Post(ctx context.Context, actor auth.Actor, p Posting) (e Entry, err error) {
	if err := rulePost.Check(actor, auth.Target{}); err != nil {
		return e, err
	}
	if p.Reverses != "" {
		return e, fault.Bad("reverses", p.Reverses, "ledger.reverse.verb", nil)
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		e, err = s.PostTx(tx, actor, p)
		return err
	})
	return e, err
}

// PostTx is Post in the transaction of a room that posts with its own deed; the
// room has checked the actor's right to that deed.
func (s *Service) PostTx(tx *db.Tx, actor auth.Actor, p Posting) (Entry, error) {
	w, err := s.writer(tx, actor, 0)
	if err != nil {
		return Entry{}, err
	}
	e, err := w.add(p)
	if err != nil {
		return Entry{}, err
	}
	if err := w.flush(); err != nil {
		return Entry{}, err
	}
	return e, audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "ledger.post", Object: e.ObjectRef(), After: public(e)})
}

// Preview splits a posting without writing it, for the step before posting.
func (s *Service) Preview(tx *db.Tx, actor auth.Actor, p Posting) ([]Part, error) {
	if err := rulePost.Check(actor, auth.Target{}); err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	split, err := s.splitter(tx)
	if err != nil {
		return nil, err
	}
	parts, _, err := split.split(p)
	return parts, err
}

// Reverse cancels an entry: the exact negative, with the same parts, on the same
// day. An entry reversed already, or that is itself a reversal, is refused.
func (s *Service) Reverse(ctx context.Context, actor auth.Actor, ref Ref, reason string) (e Entry, err error) {
	if err := rulePost.Check(actor, auth.Target{}); err != nil {
		return e, err
	}
	if reason == "" {
		return e, fault.Bad("reason", "", "required", nil)
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		original, _, ok, err := entryByRef(tx, ref)
		if err != nil {
			return err
		}
		if !ok {
			return fault.Missing("ledger")
		}
		w, err := s.writer(tx, actor, 0)
		if err != nil {
			return err
		}
		if e, err = w.reverse(original, reason); err != nil {
			return err
		}
		if err := w.flush(); err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "ledger.reverse", Object: original.ObjectRef(),
			Summary: map[string]string{"reversal": e.Ref.String()}, Before: public(original), After: public(e)})
	})
	return e, err
}

// SeedEntries posts many entries in one transaction, with one entry in the audit.
func (s *Service) SeedEntries(ctx context.Context, actor auth.Actor, list []Posting) error {
	if err := rulePost.Check(actor, auth.Target{}); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		w, err := s.writer(tx, actor, 0)
		if err != nil {
			return err
		}
		for i, p := range list {
			if _, err := w.add(p); err != nil {
				return at(err, i+1)
			}
		}
		if err := w.flush(); err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "ledger.load", Object: object.Ref{Kind: "ledger", Key: "*"},
			Summary: map[string]string{"entries": strconv.Itoa(len(list))}})
	})
}

// at gives the refused fields the line on which the posting stands.
func at(err error, line int) error {
	f := fault.From(err)
	if f.Kind == fault.Invalid {
		for i := range f.Fields {
			f.Fields[i].Line = line
		}
	}
	return err
}

// ByArea gives the sum of each commune (and of NoArea) as of a day, of a year or
// of all (0): what a map shows.
func (s *Service) ByArea(tx *db.Tx, year int, measure Measure, asOf calendar.Date) (map[int64]int64, error) {
	return areaSums(tx, year, measure, asOf)
}

// Entries lists entries, newest first: at most limit after f's position.
func (s *Service) Entries(tx *db.Tx, f Filter, limit int) ([]Line, error) {
	return entries(tx, f, limit)
}

// FilterSums adds up what counts among the entries of a filter, by measure.
func (s *Service) FilterSums(tx *db.Tx, f Filter) ([]Sum, error) { return filteredSums(tx, f) }

// Detail is an entry with all that explains it.
type Detail struct {
	Entry    Entry
	Parts    []Part
	Original *Entry // that this one cancels
	Reversal *Entry // that cancels this one
	Key      *key.Owned
}

// Get gives one entry with its parts, or NotFound.
func (s *Service) Get(tx *db.Tx, ref Ref) (d Detail, err error) {
	e, reversed, ok, err := entryByRef(tx, ref)
	if err == nil && !ok {
		err = fault.Missing("ledger")
	}
	if err != nil {
		return d, err
	}
	d.Entry = e
	if d.Parts, err = partsOf(tx, e.ID); err != nil {
		return d, err
	}
	var others []Entry
	if reversed || e.Reverses != 0 {
		if others, err = related(tx, e); err != nil {
			return d, err
		}
	}
	for _, o := range others {
		if o.ID == e.Reverses {
			d.Original = &o
		} else {
			d.Reversal = &o
		}
	}
	d.Key, err = s.keyOf(tx, e)
	return d, err
}

func (s *Service) keyOf(tx *db.Tx, e Entry) (*key.Owned, error) {
	if e.KeyVersion == 0 {
		return nil, nil
	}
	all, err := s.keys.Versions(tx)
	if err != nil {
		return nil, err
	}
	o, ok := all[e.KeyVersion]
	if !ok {
		return nil, nil
	}
	return &o, nil
}

// public is the state that the audit keeps: the entry in the words of the API.
func public(e Entry) EntryJSON { return entryJSON(e) }
