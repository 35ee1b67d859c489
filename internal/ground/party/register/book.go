package register

import (
	"encoding/json"
	"fmt"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/news"
	"beffroi/internal/platform/object"
)

// Book is a kind of record as imports see it. A record's JSON must hold all of
// it: that is the image by which an import is undone. Each change of a record
// raises its version by one.
type Book[T any] struct {
	Kind   string                                    // of object.Ref
	News   func(before, after *T) (news.Item, error) // what the public learns; nil when nothing
	Key    func(T) string
	Same   func(have, want T) bool // nothing to write
	At     func(*T) *int64         // the record's version
	Insert func(*db.Tx, []T) error
	Update func(*db.Tx, T) error
	Delete func(tx *db.Tx, key string) error
}

// Merge writes the records of an import over those that the register has, and
// remembers what was there before.
func (b Book[T]) Merge(tx *db.Tx, actor auth.Actor, batch int64, have map[string]T, want []T, out *intake.Outcome) error {
	var fresh []T
	for _, w := range want {
		h, known := have[b.Key(w)]
		switch {
		case !known:
			*b.At(&w) = 1
			fresh = append(fresh, w)
			if err := b.keep(tx, actor, batch, nil, &w); err != nil {
				return err
			}
			out.Created++
		case b.Same(h, w):
			out.Unchanged++
		default:
			*b.At(&w) = *b.At(&h) + 1
			if err := b.keep(tx, actor, batch, &h, &w); err != nil {
				return err
			}
			if err := b.Update(tx, w); err != nil {
				return err
			}
			out.Updated++
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return b.Insert(tx, fresh)
}

func (b Book[T]) keep(tx *db.Tx, actor auth.Actor, batch int64, before, after *T) error {
	ref := object.Ref{Kind: b.Kind, Key: b.Key(*after)}
	entry := audit.Entry{Actor: actor.Username, Action: b.Kind + ".import", Object: ref, After: *after}
	if before != nil {
		entry.Before = *before
	}
	if err := intake.Remember(tx, batch, ref, entry.Before); err != nil {
		return err
	}
	return b.note(tx, entry, before, after)
}

// note writes a change into the audit and the news.
func (b Book[T]) note(tx *db.Tx, entry audit.Entry, before, after *T) error {
	if err := audit.Record(tx, entry); err != nil || b.News == nil {
		return err
	}
	item, err := b.News(before, after)
	if err != nil {
		return err
	}
	return news.Record(tx, item)
}

// Undo puts back what an import of this kind replaced and removes what it made.
// A record that somebody changed since is not touched: Conflict, nothing undone.
func (b Book[T]) Undo(tx *db.Tx, actor auth.Actor, batch int64, have map[string]T) error {
	changes, err := intake.Remembered(tx, batch)
	if err != nil {
		return err
	}
	for _, c := range changes {
		if c.Ref.Kind != b.Kind {
			continue
		}
		if err := b.restore(tx, actor, c, have); err != nil {
			return err
		}
	}
	return nil
}

func (b Book[T]) restore(tx *db.Tx, actor auth.Actor, c intake.Change, have map[string]T) error {
	now, ok := have[c.Ref.Key]
	var before T
	version := int64(0)
	if c.Before != nil {
		if err := json.Unmarshal(c.Before, &before); err != nil {
			return fmt.Errorf("register: image of %s: %w", c.Ref, err)
		}
		version = *b.At(&before)
	}
	if !ok || *b.At(&now) != version+1 {
		return fault.New(fault.Conflict, "register.changed_since", fault.Args{"ref": c.Ref.Key})
	}
	entry := audit.Entry{Actor: actor.Username, Action: b.Kind + ".import.undo", Object: c.Ref, Before: now}
	if c.Before == nil {
		if err := b.Delete(tx, c.Ref.Key); err != nil {
			return err
		}
		return b.note(tx, entry, &now, nil)
	}
	*b.At(&before) = *b.At(&now) + 1 // the version never goes back: an open form must notice
	entry.After = before
	if err := b.Update(tx, before); err != nil {
		return err
	}
	return b.note(tx, entry, &now, &before)
}

// Notes are the refused and doubtful values of a record as notes of an import.
func (v *Values) Notes() []intake.Note {
	var list []intake.Note
	if err := v.Err(); err != nil {
		for _, f := range fault.From(err).Fields {
			list = append(list, note(f, intake.Error))
		}
	}
	for _, f := range v.Warnings {
		list = append(list, note(f, intake.Warning))
	}
	return list
}

func note(f fault.Field, severity string) intake.Note {
	return intake.Note{Line: f.Line, Column: f.Name, Value: f.Value, Code: f.Code, Args: f.Args, Severity: severity}
}

// Stale refuses a change made to another version than the one that is stored.
func Stale(stored, given int64) error {
	if stored != given {
		return fault.New(fault.Conflict, "stale", fault.Args{"stored": stored, "given": given})
	}
	return nil
}
