package site

import (
	"time"

	"beffroi/internal/ground/mission"
	"beffroi/internal/ground/party"
	"beffroi/internal/ground/project"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/ical"
	"beffroi/internal/platform/news"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/web"
)

// i18n: calendar.from.* calendar.to.*

// refresh is how often a subscriber may look again.
const refresh = 12 * time.Hour

// dates gathers the dated things of a calendar.
type dates struct {
	site   *Site
	x      *web.Exchange
	events []ical.Event
	refs   []object.Ref // of each event, to find when it was last revised
}

// period adds the first and the last day of a thing that begins or ends. Each
// is an event by itself, named after the thing and not after its day: a date
// that moves moves in the subscriber's calendar, too.
func (d *dates) period(ref object.Ref, name, what, title, page string, p calendar.Period, version int64, status ical.Status) {
	for side, day := range map[string]calendar.Date{"from": p.From, "to": p.To} {
		if day.IsZero() {
			continue
		}
		d.refs = append(d.refs, ref)
		d.events = append(d.events, ical.Event{UID: d.site.Names.uuid("date " + name + " " + side), Sequence: version, First: day, Status: status, Free: true,
			Summary: d.x.P.T("calendar."+side+"."+what, "title", title), URL: d.site.base(d.x) + page[1:], Categories: []string{d.x.P.T("calendar.kind." + what)}})
	}
}

func (d *dates) missions(list []*mission.Mission) {
	for _, m := range list {
		title, _ := m.Title.In(d.x.P.Lang())
		d.period(m.Object(), m.Object().String(), "mission", title, m.Address(), m.Period, m.Version, ical.Confirmed)
	}
}

// projects adds those of a commune. One that was refused takes no place: it
// stays in the calendars of those who had it, crossed out.
func (d *dates) projects(list []*project.Project) {
	for _, p := range list {
		title, _ := p.Title.In(d.x.P.Lang())
		status := ical.Confirmed
		switch p.State {
		case project.Refused:
			status = ical.Cancelled
		case project.Planned, project.Submitted:
			status = ical.Tentative
		}
		d.period(p.Object(), p.Object().String(), "project", title, p.Address(), p.Period, p.Version, status)
	}
}

func (d *dates) mandates(list []party.Mandate) {
	for _, m := range list {
		ref := object.Ref{Kind: "body", Key: m.Body}
		d.period(ref, "mandate:"+m.Ref, "mandate", d.x.P.T("calendar.mandate", "role", m.Role, "holder", m.Holder), party.Address(m.Body), m.Period, m.Version, ical.Confirmed)
	}
}

// stamp says when each event was last revised: when its thing last made news,
// and for what has been there since before, when the house began to publish.
func (d *dates) stamp(tx *db.Tx) error {
	latest, err := news.Latest(tx, d.refs)
	for i, ref := range d.refs {
		d.events[i].Stamp = d.site.Names.Since
		if at, ok := latest[ref]; ok {
			d.events[i].Stamp = at
		}
	}
	return err
}

// answer sends the calendar.
func (d *dates) answer(name, page string) error {
	p := d.x.P
	b, err := ical.Calendar{Name: p.T("calendar.title", "name", name), Description: p.T("calendar.text"), URL: d.site.base(d.x) + page[1:], Refresh: refresh, Zone: clock.Brussels(), Events: d.events}.Encode()
	if err != nil {
		return err
	}
	return d.x.Text(ical.Media, b)
}

// calendarCommune is the dates of the missions, projects and mandates around a
// commune, of the blocks that are public.
func (s *Site) calendarCommune(x *web.Exchange) error {
	atlas, area, err := s.communeAt(x)
	if err != nil {
		return err
	}
	d := &dates{site: s, x: x}
	err = s.DB.Read(x.Context(), func(tx *db.Tx) error {
		hidden, err := s.hidden(tx)
		if err != nil {
			return err
		}
		if !hidden["missions"] {
			list, err := s.Mission.Where(tx, func(m *mission.Mission) bool { return m.Serves(area.ID) })
			if err != nil {
				return err
			}
			d.missions(list)
		}
		if !hidden["projects"] {
			list, err := s.Project.WithCommune(tx, area.ID)
			if err != nil {
				return err
			}
			d.projects(list)
		}
		if !hidden["bodies"] {
			around, err := s.Party.BodiesOf(tx, area.ID, atlas, x.AsOf)
			if err != nil {
				return err
			}
			list, err := s.Party.MandatesIn(tx, around.Refs()...)
			if err != nil {
				return err
			}
			d.mandates(list)
		}
		return d.stamp(tx)
	})
	if err != nil {
		return err
	}
	return d.answer(area.Name(x.P.Lang()), area.Address())
}

// calendarBody is the dates of a body, its mandates and its missions.
func (s *Site) calendarBody(x *web.Exchange) error {
	d := &dates{site: s, x: x}
	var b *party.Body
	err := s.DB.Read(x.Context(), func(tx *db.Tx) error {
		t, err := s.Party.TreeTx(tx)
		if err != nil {
			return err
		}
		if b = t.Body(x.Path("ref")); b == nil {
			return fault.Missing("body")
		}
		name, _ := b.Name(x.P.Lang())
		d.period(b.Object(), b.Object().String(), "body", name, b.Address(), b.Period, b.Version, ical.Confirmed)
		mandates, err := s.Party.MandatesIn(tx, b.Ref)
		if err != nil {
			return err
		}
		d.mandates(mandates)
		held, err := s.Mission.Where(tx, func(m *mission.Mission) bool { return m.Holder == b.Ref })
		if err != nil {
			return err
		}
		d.missions(held)
		return d.stamp(tx)
	})
	if err != nil {
		return err
	}
	name, _ := b.Name(x.P.Lang())
	return d.answer(name, b.Address())
}
