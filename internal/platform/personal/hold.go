package personal

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/object"
)

// Hold says that a person or an object must not go yet.
type Hold struct {
	ID      int64
	Object  object.Ref // "account:c.exemple", "import:12"
	Reason  string     // at most 500 characters, shown to the person
	By      string
	Placed  time.Time
	Until   calendar.Date // last day, zero until somebody ends it
	Ended   time.Time     // zero while it stands
	EndedBy string
}

// longest text of a reason, in characters.
const maxReason = 500

func today(tx *db.Tx) calendar.Date { return clock.Today(clock.Fixed(tx.Now())) }

// Place puts a hold on a person or an object. It need not exist yet: what is
// held may come back from an archive.
func (s *Service) Place(ctx context.Context, actor auth.Actor, h Hold) (id int64, err error) {
	if err := Manage.Check(actor, auth.Target{}); err != nil {
		return 0, err
	}
	h.Reason, h.By = strings.TrimSpace(h.Reason), actor.Username
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if err := s.checkHold(tx, h); err != nil {
			return err
		}
		trace, err := s.trace(tx, h.Object)
		if err != nil {
			return err
		}
		if id, err = insertHold(tx, h); err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "privacy.hold", Object: trace,
			After: map[string]any{"hold": id, "reason": h.Reason, "until": h.Until.String()}})
	})
	return id, err
}

func (s *Service) checkHold(tx *db.Tx, h Hold) error {
	var f fault.Fields
	if h.Reason == "" {
		f.Add("reason", "", "required", nil)
	}
	if utf8.RuneCountInString(h.Reason) > maxReason {
		f.Add("reason", "", "privacy.long", fault.Args{"max": int64(maxReason)})
	}
	if !h.Until.IsZero() && h.Until.Before(today(tx)) {
		f.Add("until", h.Until.String(), "privacy.past", nil)
	}
	if !s.holdable(h.Object.Kind) || h.Object.Key == "" || utf8.RuneCountInString(h.Object.Key) > 200 {
		f.Add("object", h.Object.String(), "privacy.object", fault.Args{"value": h.Object.String(), "values": strings.Join(s.Holdable(), ", ")})
	}
	return f.Err()
}

// Holdable lists the kinds that a hold can be put on.
func (s *Service) Holdable() (kinds []string) {
	seen := map[string]bool{}
	add := func(kind string) {
		if !seen[kind] {
			kinds = append(kinds, kind)
		}
		seen[kind] = true
	}
	for _, t := range s.tables {
		for _, thing := range t.Things {
			add(thing.Kind)
		}
	}
	for _, t := range s.tables {
		for _, c := range t.Claims {
			if _, person := s.kinds[c.Owner.Key]; person {
				add(c.Owner.Key)
			}
		}
	}
	return kinds
}

func (s *Service) holdable(kind string) bool {
	for _, k := range s.Holdable() {
		if k == kind {
			return true
		}
	}
	return false
}

// trace is what the audit may say of an object: never the name of a person.
func (s *Service) trace(tx *db.Tx, ref object.Ref) (object.Ref, error) {
	if _, person := s.kinds[ref.Kind]; !person {
		return ref, nil
	}
	p, err := s.find(tx, ref)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		err = fault.Bad("object", ref.String(), "privacy.unknown", fault.Args{"value": ref.String()})
	}
	return p.Trace, err
}

// Release ends a hold.
func (s *Service) Release(ctx context.Context, actor auth.Actor, id int64) error {
	if err := Manage.Check(actor, auth.Target{}); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		h, ok, err := holdByID(tx, id)
		if err != nil {
			return err
		}
		if !ok {
			return fault.Missing("hold")
		}
		if !h.Ended.IsZero() {
			return fault.New(fault.Conflict, "privacy.ended", fault.Args{"id": id})
		}
		if err := endHold(tx, id, actor.Username); err != nil {
			return err
		}
		trace, err := s.trace(tx, h.Object)
		if fault.KindOf(err) == fault.Invalid && err != nil { // who was held is not here any more
			trace, err = object.Ref{Kind: "hold", Key: strconv.FormatInt(id, 10)}, nil
		}
		if err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "privacy.release", Object: trace, Before: map[string]any{"hold": id, "reason": h.Reason}})
	})
}

// shield is what the holds in force cover.
type shield struct {
	objects map[string][]string // keys of held objects by kind
	persons []map[string]any    // keys of held persons
}

func (s *Service) shield(tx *db.Tx) (shield, error) {
	holds, err := holdsInForce(tx)
	if err != nil {
		return shield{}, err
	}
	return s.cover(tx, holds)
}

func (s *Service) cover(tx *db.Tx, holds []Hold) (shield, error) {
	sh := shield{objects: map[string][]string{}}
	for _, h := range holds {
		sh.objects[h.Object.Kind] = append(sh.objects[h.Object.Kind], h.Object.Key)
	}
	for _, name := range slices.Sorted(maps.Keys(s.kinds)) {
		if len(sh.objects[name]) == 0 {
			continue
		}
		list, err := s.kinds[name].Find(tx, sh.objects[name])
		if err != nil {
			return sh, err
		}
		for _, p := range list {
			sh.persons = append(sh.persons, p.Keys)
		}
	}
	return sh, nil
}
