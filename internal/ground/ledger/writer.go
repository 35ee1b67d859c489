package ledger

import (
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

// writer gathers entries and writes them at once. It gives references in the
// order in which entries are added; the database lets one writer in at a time,
// so that no reference is given twice and none is left out.
type writer struct {
	s        *Service
	tx       *db.Tx
	actor    auth.Actor
	batch    int64
	split    *splitter
	id       int64
	numbers  map[int]int64
	list     []posted
	external map[string]int // index in list
	reversed map[int64]bool // ids of entries cancelled in this batch
}

func (s *Service) writer(tx *db.Tx, actor auth.Actor, batch int64) (*writer, error) {
	split, err := s.splitter(tx)
	if err != nil {
		return nil, err
	}
	id, err := nextID(tx)
	return &writer{s: s, tx: tx, actor: actor, batch: batch, split: split, id: id, numbers: map[int]int64{},
		external: map[string]int{}, reversed: map[int64]bool{}}, err
}

// add checks and splits a posting.
func (w *writer) add(p Posting) (Entry, error) {
	if err := p.check(); err != nil {
		return Entry{}, err
	}
	e := Entry{Date: p.Date, Kind: p.Kind, Title: p.Title, Measure: p.Measure, Amount: p.Amount, Attribution: p.Attribution, Base: p.Base,
		Counts: !p.Projection, Fictitious: p.Fictitious, Note: p.Note, Origin: p.Origin, External: p.External}
	if !p.Source.IsZero() {
		e.Source = p.Source.String()
	}
	if p.Reverses != "" {
		return w.addReversal(e, p.Reverses)
	}
	parts, version, err := w.split.split(p)
	if err != nil {
		return Entry{}, err
	}
	e.KeyVersion = version
	return w.keep(e, parts)
}

// keep gives the entry its id and reference.
func (w *writer) keep(e Entry, parts []Part) (Entry, error) {
	n, ok := w.numbers[e.Date.Year()]
	if !ok {
		var err error
		if n, err = nextNumber(w.tx, e.Date.Year()); err != nil {
			return e, err
		}
	}
	e.ID, e.Ref, e.Batch, e.Actor, e.RecordedAt = w.id, Ref{e.Date.Year(), n}, w.batch, w.actor.Username, w.tx.Now()
	w.id++
	w.numbers[e.Date.Year()] = n + 1
	if e.External != "" {
		w.external[e.External] = len(w.list)
	}
	w.list = append(w.list, posted{Entry: e, Parts: parts})
	return e, nil
}

// addReversal adds an entry of a file that cancels another one of the file, or
// one posted before. It must be its exact negative.
func (w *writer) addReversal(e Entry, name string) (Entry, error) {
	original, parts, err := w.find(name)
	if err != nil {
		return e, err
	}
	same := e.Kind == original.Kind && e.Measure == original.Measure && e.Counts == original.Counts && e.Date.Year() == original.Date.Year()
	if !same || e.Amount != -original.Amount {
		return e, fault.Bad("reverses", name, "ledger.reverse.differs", fault.Args{"value": name})
	}
	if err := w.mayReverse(original); err != nil {
		return e, err
	}
	e.Attribution, e.Base, e.KeyVersion, e.Reverses = original.Attribution, original.Base, original.KeyVersion, original.ID
	return w.keep(e, negative(parts))
}

// reverse adds the reversal of a stored entry.
func (w *writer) reverse(original Entry, reason string) (Entry, error) {
	if err := w.mayReverse(original); err != nil {
		return Entry{}, err
	}
	others, err := related(w.tx, original)
	if err != nil {
		return Entry{}, err
	}
	for _, o := range others {
		if o.Reverses == original.ID {
			return Entry{}, fault.New(fault.Conflict, "ledger.reversed", fault.Args{"ref": original.Ref.String(), "by": o.Ref.String()})
		}
	}
	parts, err := partsOf(w.tx, original.ID)
	if err != nil {
		return Entry{}, err
	}
	e := original
	e.Amount, e.Note, e.Reverses, e.External = -original.Amount, reason, original.ID, ""
	return w.keep(e, negative(parts))
}

func (w *writer) mayReverse(original Entry) error {
	if original.Reverses != 0 {
		return fault.New(fault.Conflict, "ledger.reversal", fault.Args{"ref": original.Ref.String()})
	}
	if w.reversed[original.ID] {
		return fault.New(fault.Conflict, "ledger.reversed", fault.Args{"ref": original.Ref.String(), "by": ""})
	}
	w.reversed[original.ID] = true
	return nil
}

// find looks an entry up by its reference in the file, then by its own, among
// those gathered and those stored.
func (w *writer) find(name string) (Entry, []Part, error) {
	if i, ok := w.external[name]; ok {
		return w.list[i].Entry, w.list[i].Parts, nil
	}
	ref, ok := ParseRef(name)
	if ok {
		for _, p := range w.list {
			if p.Ref == ref {
				return p.Entry, p.Parts, nil
			}
		}
		e, _, found, err := entryByRef(w.tx, ref)
		if err != nil {
			return e, nil, err
		}
		if ok = found; found {
			parts, err := partsOf(w.tx, e.ID)
			return e, parts, err
		}
	}
	return Entry{}, nil, fault.Bad("reverses", name, "ledger.reverse.unknown", fault.Args{"value": name})
}

func negative(parts []Part) []Part {
	list := make([]Part, len(parts))
	for i, p := range parts {
		list[i] = Part{p.Area, -p.Amount}
	}
	return list
}

// flush writes what was gathered and makes it known.
func (w *writer) flush() error {
	list := w.list
	w.list = nil
	if err := insertAll(w.tx, list); err != nil {
		return err
	}
	return tell(w.tx, list)
}
