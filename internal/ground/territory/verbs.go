package territory

import (
	"context"
	"slices"
	"strings"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

// NewArea is what AddArea needs. Key is the NIS code of a commune or
// arrondissement, and for a group a slug, made from the name when empty.
type NewArea struct {
	Kind                   Kind
	Key                    string
	NameFR, NameNL, NameDE string
	From                   calendar.Date
	Hectares               int64
	Source                 string
}

// AddArea adds an area. Refusals name the fields "kind", "key" and "name_fr".
func (s *Service) AddArea(ctx context.Context, actor auth.Actor, n NewArea) (*Area, error) {
	n.NameFR = proper(n.NameFR)
	if n.Key == "" && prefixes[n.Kind] != "" {
		n.Key = prefixes[n.Kind] + slug(n.NameFR)
	}
	if err := n.check(); err != nil {
		return nil, err
	}
	var added *Area
	err := s.changing(ctx, actor, "territory.add", func(e *editor) error {
		if e.byKey(n.Key) != nil || e.holder(n.Key, calendar.Period{From: n.From}, Kinds()...) != nil {
			return fault.Bad("key", n.Key, "territory.key.taken", fault.Args{"value": n.Key})
		}
		d, err := e.create(Area{Kind: n.Kind, Key: n.Key, NameFR: n.NameFR, NameNL: distinct(n.NameNL, n.NameFR), NameDE: distinct(n.NameDE, n.NameFR),
			Period: calendar.Period{From: n.From}, Hectares: n.Hectares, Source: n.Source})
		if err != nil {
			return err
		}
		if prefixes[n.Kind] == "" {
			d.putCode(Code{Code: n.Key, Period: d.Area.Period, Source: n.Source})
		}
		added = &d.Area
		return nil
	})
	return added, err
}

func (n NewArea) check() error {
	var bad fault.Fields
	if !slices.Contains(Kinds(), n.Kind) {
		bad.Add("kind", string(n.Kind), "territory.kind", nil)
	}
	if n.NameFR == "" {
		bad.Add("name_fr", "", "territory.name.missing", nil)
	}
	if prefix := prefixes[n.Kind]; prefix == "" && !ValidCode(n.Key) {
		bad.Add("key", n.Key, "territory.nis.form", fault.Args{"value": n.Key})
	} else if prefix != "" && (!strings.HasPrefix(n.Key, prefix) || n.Key != prefix+slug(strings.TrimPrefix(n.Key, prefix)) || n.Key == prefix) {
		bad.Add("key", n.Key, "territory.key.form", fault.Args{"value": n.Key, "prefix": prefix})
	}
	return bad.Err()
}

// Naming is a new name. With a day it is a renaming of that day, kept as an
// event with the old name; without one it corrects a spelling.
type Naming struct {
	ID, Version int64
	FR, NL, DE  string
	From        calendar.Date
	Source      string
}

// RenameArea gives an area another name.
func (s *Service) RenameArea(ctx context.Context, actor auth.Actor, n Naming) (*Area, error) {
	n.FR = proper(n.FR)
	if n.FR == "" {
		return nil, fault.Bad("name_fr", "", "territory.name.missing", nil)
	}
	var renamed *Area
	err := s.changing(ctx, actor, "territory.rename", func(e *editor) error {
		d, err := e.open(n.ID, n.Version)
		if err != nil {
			return err
		}
		old := d.Area
		d.Area.NameFR, d.Area.NameNL, d.Area.NameDE = n.FR, distinct(n.NL, n.FR), distinct(n.DE, n.FR)
		renamed = &d.Area
		if n.From.IsZero() || old.NameFR == n.FR {
			return nil
		}
		d.addAlias(Alias{Lang: "fr", Name: old.NameFR, Use: "former", Period: calendar.Period{From: old.Period.From, To: closing(n.From)}, Source: n.Source})
		return insertEvent(e.tx, Event{Date: n.From, Kind: Rename, From: []Party{{Area: n.ID}}, To: []Party{{Area: n.ID}},
			Note: old.NameFR + " → " + n.FR, Source: n.Source})
	})
	return renamed, err
}

// EndArea ends an area without successor: last is its last day. Its codes and
// memberships, and those of its members, end the same day.
func (s *Service) EndArea(ctx context.Context, actor auth.Actor, id, version int64, last calendar.Date, note string) error {
	return s.changing(ctx, actor, "territory.end", func(e *editor) error {
		d, err := e.open(id, version)
		if err != nil {
			return err
		}
		if last.IsZero() || !d.Area.Period.Contains(last) || !d.Area.Period.To.IsZero() {
			return fault.Bad("date", last.String(), "territory.end.day", fault.Args{"name": d.Area.NameFR})
		}
		e.end(d, last)
		return insertEvent(e.tx, Event{Date: last.AddDays(1), Kind: End, From: []Party{{Area: id}}, Note: note})
	})
}

// Joining puts a commune into a group from a day on, or with Leave takes it out.
type Joining struct {
	Area, Group int64
	From        calendar.Date
	Leave       bool
	Source      string
}

// SetMembership puts a commune into a group from a day on: it leaves the group
// of the same kind that it was in the day before (river contracts excepted).
func (s *Service) SetMembership(ctx context.Context, actor auth.Actor, j Joining) error {
	return s.changing(ctx, actor, "territory.membership", func(e *editor) error {
		d, group := e.byID[j.Area], e.byID[j.Group]
		switch {
		case d == nil || d.Area.Kind != Commune:
			return fault.Bad("commune", "", "territory.commune", nil)
		case group == nil || !group.Area.Kind.IsGroup():
			return fault.Bad("group", "", "territory.group", nil)
		case j.From.IsZero() || !group.Area.Period.Contains(j.From) || !d.Area.Period.Contains(j.From):
			return fault.Bad("day", j.From.String(), "territory.membership.day", fault.Args{"name": group.Area.NameFR})
		case j.Leave:
			return d.leave(j.Group, j.From)
		}
		if later := d.later(group.Area.Kind, j.From, e.kindOf); !later.IsZero() {
			return fault.Bad("day", j.From.String(), "territory.membership.later", fault.Args{"day": later})
		}
		d.join(Membership{Group: j.Group, Period: calendar.Period{From: j.From}, Source: j.Source}, e.kindOf)
		return nil
	})
}

// later is the first day after from on which a membership of a kind begins.
func (d *dossier) later(kind Kind, from calendar.Date, kindOf func(int64) Kind) (day calendar.Date) {
	for _, m := range d.Memberships {
		if kindOf(m.Group) == kind && m.Period.From.After(from) {
			day = m.Period.From
		}
	}
	return day
}

// leave ends the membership in force the day before.
func (d *dossier) leave(group int64, from calendar.Date) error {
	for i := range d.Memberships {
		if m := &d.Memberships[i]; m.Group == group && m.Period.Contains(closing(from)) {
			m.Period.To = closing(from)
			return nil
		}
	}
	return fault.Bad("group", "", "territory.membership.none", fault.Args{"day": from})
}

// RecordEvent records a recoding, merger, split, transfer or end with its
// consequences for the register. A renaming is RenameArea's, since an event
// holds no names.
func (s *Service) RecordEvent(ctx context.Context, actor auth.Actor, event Event) error {
	return s.changing(ctx, actor, "territory.event", func(e *editor) error {
		today := calendar.Of(e.tx.Now())
		effects, err := e.atlas.Consequences(event, today)
		if err != nil {
			return err
		}
		e.carryOut(event, effects)
		if err := insertEvent(e.tx, event); err != nil {
			return err
		}
		return audit.Record(e.tx, audit.Entry{Actor: actor.Username, Action: "territory.event", Object: e.byID[event.From[0].Area].Area.Ref(),
			Summary: map[string]string{"kind": string(event.Kind), "day": event.Date.String()}, After: event})
	})
}

func (e *editor) carryOut(event Event, effects Effects) {
	for _, id := range effects.Ended {
		e.end(e.byID[id], closing(event.Date))
	}
	if p := effects.Rekey; p != nil {
		d := e.byID[p.Area]
		d.putCode(Code{Code: p.Code, Period: calendar.Period{From: event.Date}, Source: event.Source})
		d.Area.Key = p.Code
	}
	for _, m := range effects.Joined {
		e.byID[m.Area].join(m, e.kindOf)
	}
}

// end closes an area and all that is in force of it.
func (e *editor) end(d *dossier, last calendar.Date) {
	d.Area.Period.To = last
	for i := range d.Codes {
		d.Codes[i].Period = until(d.Codes[i].Period, last)
	}
	for _, other := range e.list {
		for i := range other.Memberships {
			if m := &other.Memberships[i]; m.Group == d.Area.ID || other == d {
				m.Period = until(m.Period, last)
			}
		}
	}
}

// until ends a period that goes on after a day.
func until(p calendar.Period, last calendar.Date) calendar.Period {
	if p.To.IsZero() || p.To.After(last) {
		p.To = last
	}
	return p
}

// open is the dossier of an area whose version is still the one that was read.
func (e *editor) open(id, version int64) (*dossier, error) {
	d := e.byID[id]
	switch {
	case d == nil:
		return nil, fault.Missing("area")
	case d.Area.Version != version:
		return nil, stale(&d.Area)
	}
	return d, nil
}

// changing runs a verb: rights, change, store, audit, in one transaction.
func (s *Service) changing(ctx context.Context, actor auth.Actor, action string, f func(*editor) error) error {
	if err := change.Check(actor, auth.Target{}); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		e, err := edit(tx)
		if err != nil {
			return err
		}
		if err := f(e); err != nil {
			return err
		}
		done, err := e.save()
		if err != nil {
			return err
		}
		return record(tx, actor, action, done)
	})
}

func record(tx *db.Tx, actor auth.Actor, action string, done saved) error {
	for _, d := range slices.Concat(done.created, done.updated) {
		before, err := d.was()
		if err != nil {
			return err
		}
		if err := audit.Record(tx, audit.Entry{Actor: actor.Username, Action: action, Object: d.Area.Ref(),
			Summary: map[string]string{"name": d.Area.NameFR}, Before: before, After: d.state()}); err != nil {
			return err
		}
	}
	return nil
}
