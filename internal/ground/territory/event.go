package territory

import (
	"slices"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
)

// EventKind is what happened to areas on a day.
type EventKind string

// The kinds of events.
const (
	Recode   EventKind = "recode"   // same area, other code
	Merge    EventKind = "merge"    // several areas become one
	Split    EventKind = "split"    // one area becomes several, with declared weights
	Rename   EventKind = "rename"   // same area, other name
	Transfer EventKind = "transfer" // members pass from one group to another
	Start    EventKind = "start"    // a new area
	End      EventKind = "end"      // an area without successor
)

// Whole is the weight of an area that goes entirely into another, in basis points.
const Whole = 10_000

// Event is a dated change of areas. Date is the first day of the new situation.
type Event struct {
	ID     int64
	Date   calendar.Date
	Kind   EventKind
	From   []Party
	To     []Party
	Moved  []Party // the members that a transfer moves
	Note   string
	Source string
	Batch  int64 // the import that recorded it, 0 for none
}

// Party is one side of an event: an area, the code it had in the event ("" when
// the event is not about codes) and, in a split, its share in basis points.
type Party struct {
	Area   int64
	Code   string
	Weight int64 // of a split, in basis points (10000 = all); 0 elsewhere
}

func (e Event) touches(id int64) bool {
	in := func(p Party) bool { return p.Area == id }
	return slices.ContainsFunc(e.From, in) || slices.ContainsFunc(e.To, in) || slices.ContainsFunc(e.Moved, in)
}

func ids(list []Party) []int64 {
	var out []int64
	for _, p := range list {
		out = append(out, p.Area)
	}
	return out
}

// Share is what part of an area lives on in another: Weight in basis points.
type Share struct {
	Area   int64
	Weight int64
}

// Successors are the areas that an ended area lives on in, through mergers and
// splits, with its declared weights; nil for an area that has not ended or left
// no trace. Weights are rounded down at each split.
func (a *Atlas) Successors(id int64) []Share {
	out := map[int64]int64{}
	a.follow(id, Whole, out, map[int64]bool{})
	if len(out) == 1 && out[id] != 0 {
		return nil
	}
	var list []Share
	for _, area := range a.areas {
		if w := out[area.ID]; w > 0 {
			list = append(list, Share{area.ID, w})
		}
	}
	return list
}

func (a *Atlas) follow(id, weight int64, out map[int64]int64, seen map[int64]bool) {
	area := a.byID[id]
	e, ok := a.endOf(area)
	if !ok || seen[id] {
		out[id] += weight
		return
	}
	seen[id] = true
	for _, p := range e.To {
		share := weight
		if e.Kind == Split {
			share = weight * p.Weight / Whole
		}
		a.follow(p.Area, share, out, seen)
	}
}

// endOf is the merger or split by which an area ended.
func (a *Atlas) endOf(area *Area) (Event, bool) {
	if area == nil || area.Period.To.IsZero() {
		return Event{}, false
	}
	for _, e := range a.events {
		if (e.Kind == Merge || e.Kind == Split) && slices.Contains(ids(e.From), area.ID) && !slices.Contains(ids(e.To), area.ID) {
			return e, true
		}
	}
	return Event{}, false
}

// Effects are what an event does to the register, computed without touching it.
type Effects struct {
	Ended  []int64      // areas that exist no more from the event's day on
	Rekey  *Party       // an area and its new code, of a recoding
	Joined []Membership // memberships that begin; those of the same kind end the day before
}

// Consequences checks an event against the register and gives its effects.
// today is the last day on which a recoding may begin, because the key of an
// area is its code of today. Refusals are Invalid with the fields "date",
// "from", "to" and "moved".
func (a *Atlas) Consequences(e Event, today calendar.Date) (Effects, error) {
	var bad fault.Fields
	if e.Date.IsZero() {
		bad.Add("date", "", "territory.event.date", nil)
	}
	if len(e.From) == 0 {
		bad.Add("from", "", "territory.event.from", nil)
	}
	a.checkParties(e, &bad)
	var out Effects
	if bad.Len() == 0 {
		switch e.Kind {
		case Recode:
			out = a.recode(e, today, &bad)
		case Merge:
			out = a.merge(e, &bad)
		case Split:
			out = a.split(e, &bad)
		case Transfer:
			out = a.transfer(e, &bad)
		case End:
			out.Ended = ids(e.From)
		default:
			bad.Add("kind", string(e.Kind), "territory.event.kind", nil)
		}
	}
	return out, bad.Err()
}

func (a *Atlas) checkParties(e Event, bad *fault.Fields) {
	eve := e.Date.AddDays(-1)
	for _, p := range slices.Concat(e.From, e.Moved) {
		if area := a.byID[p.Area]; area == nil || !area.Period.Contains(eve) {
			bad.Add("from", a.label(p.Area), "territory.event.absent", fault.Args{"name": a.label(p.Area), "day": eve})
		}
	}
	for _, p := range e.To {
		if area := a.byID[p.Area]; area == nil || !area.Period.Contains(e.Date) {
			bad.Add("to", a.label(p.Area), "territory.event.absent", fault.Args{"name": a.label(p.Area), "day": e.Date})
		}
	}
}

func (a *Atlas) label(id int64) string {
	if area := a.byID[id]; area != nil {
		return area.NameFR
	}
	return ""
}

func (a *Atlas) recode(e Event, today calendar.Date, bad *fault.Fields) Effects {
	if len(e.From) != 1 || len(e.To) != 1 || e.From[0].Area != e.To[0].Area {
		bad.Add("to", "", "territory.event.one", nil)
		return Effects{}
	}
	switch {
	case !ValidCode(e.To[0].Code):
		bad.Add("code", e.To[0].Code, "territory.nis.form", fault.Args{"value": e.To[0].Code})
	case e.Date.After(today):
		bad.Add("date", e.Date.String(), "territory.event.future", fault.Args{"day": today})
	case a.taken(e.To[0].Code, e.To[0].Area, e.Date):
		bad.Add("code", e.To[0].Code, "territory.nis.taken", fault.Args{"value": e.To[0].Code})
	}
	return Effects{Rekey: &Party{Area: e.To[0].Area, Code: e.To[0].Code}}
}

// taken tells whether a code belongs to another area on a day or later, or is its key.
func (a *Atlas) taken(code string, area int64, day calendar.Date) bool {
	if other := a.byKey[code]; other != nil && other.ID != area {
		return true
	}
	return slices.ContainsFunc(a.byCode[code], func(c Code) bool {
		return c.Area != area && c.Period.Overlaps(calendar.Period{From: day})
	})
}

func (a *Atlas) merge(e Event, bad *fault.Fields) Effects {
	if len(e.From) < 2 || len(e.To) != 1 {
		bad.Add("from", "", "territory.event.merge", nil)
		return Effects{}
	}
	return Effects{Ended: without(ids(e.From), ids(e.To))}
}

func (a *Atlas) split(e Event, bad *fault.Fields) Effects {
	if len(e.From) != 1 || len(e.To) < 2 {
		bad.Add("to", "", "territory.event.split", nil)
		return Effects{}
	}
	sum := int64(0)
	for _, p := range e.To {
		if p.Weight <= 0 || p.Weight > Whole { // so that no sum runs over
			bad.Add("weights", "", "territory.event.weights", nil)
			return Effects{}
		}
		sum += p.Weight
	}
	if sum != Whole {
		bad.Add("weights", "", "territory.event.weights", nil)
	}
	return Effects{Ended: without(ids(e.From), ids(e.To))}
}

func (a *Atlas) transfer(e Event, bad *fault.Fields) Effects {
	if len(e.From) != 1 || len(e.To) != 1 || a.byID[e.From[0].Area].Kind != a.byID[e.To[0].Area].Kind || !a.byID[e.To[0].Area].Kind.IsGroup() {
		bad.Add("to", "", "territory.event.transfer", nil)
		return Effects{}
	}
	if len(e.Moved) == 0 {
		bad.Add("moved", "", "territory.event.moved", nil)
	}
	var out Effects
	for _, p := range e.Moved {
		if !slices.ContainsFunc(a.groups[p.Area], func(m Membership) bool {
			return m.Group == e.From[0].Area && m.Period.Contains(e.Date.AddDays(-1))
		}) {
			bad.Add("moved", a.label(p.Area), "territory.event.member", fault.Args{"name": a.label(p.Area), "group": a.label(e.From[0].Area)})
		}
		out.Joined = append(out.Joined, Membership{Area: p.Area, Group: e.To[0].Area, Period: calendar.Period{From: e.Date}, Source: e.Source})
	}
	return out
}

func without(list, drop []int64) []int64 {
	return slices.DeleteFunc(list, func(id int64) bool { return slices.Contains(drop, id) })
}
