package territory

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"beffroi/internal/platform/calendar"
)

// registerStart is the first day of the REFNIS register. What bears it existed
// before, so it counts as "from the beginning".
var registerStart = calendar.MustParse("1970-01-01")

// Atlas is everything known of the territory at one moment: immutable, and
// safe for concurrent use.
type Atlas struct {
	areas    []*Area // by French name
	byID     map[int64]*Area
	byKey    map[string]*Area
	codes    map[int64][]Code // newest first
	byCode   map[string][]Code
	aliases  map[int64][]Alias
	groups   map[int64][]Membership // by member
	members  map[int64][]Membership // by group
	postal   map[int64][]Postal
	byPostal map[string][]Postal
	events   []Event // newest first
	entries  []entry
	names    map[string][]*Area // folded name to areas
	shapes   map[int64]string   // coordinates as JSON
	land     func() *land
}

// facts are the rows of the register, in no order.
type facts struct {
	areas       []*Area
	codes       []Code
	aliases     []Alias
	memberships []Membership
	events      []Event
	postal      []Postal
	shapes      map[int64]string
}

func newAtlas(f facts) *Atlas {
	a := &Atlas{areas: f.areas, events: f.events, shapes: f.shapes,
		byID: map[int64]*Area{}, byKey: map[string]*Area{}, codes: map[int64][]Code{}, byCode: map[string][]Code{},
		aliases: map[int64][]Alias{}, groups: map[int64][]Membership{}, members: map[int64][]Membership{},
		postal: map[int64][]Postal{}, byPostal: map[string][]Postal{}}
	slices.SortFunc(a.areas, byName)
	for _, area := range a.areas {
		a.byID[area.ID], a.byKey[area.Key] = area, area
	}
	slices.SortStableFunc(f.codes, func(x, y Code) int { return y.Period.From.Compare(x.Period.From) })
	for _, c := range f.codes {
		a.codes[c.Area] = append(a.codes[c.Area], c)
		a.byCode[c.Code] = append(a.byCode[c.Code], c)
	}
	for _, n := range f.aliases {
		a.aliases[n.Area] = append(a.aliases[n.Area], n)
	}
	slices.SortStableFunc(f.memberships, func(x, y Membership) int { return y.Period.From.Compare(x.Period.From) })
	for _, m := range f.memberships {
		a.groups[m.Area] = append(a.groups[m.Area], m)
		a.members[m.Group] = append(a.members[m.Group], m)
	}
	slices.SortStableFunc(f.postal, mainFirst)
	for _, p := range f.postal {
		a.postal[p.Area] = append(a.postal[p.Area], p)
		a.byPostal[p.Code] = append(a.byPostal[p.Code], p)
	}
	slices.SortStableFunc(a.events, func(x, y Event) int { return y.Date.Compare(x.Date) })
	a.entries, a.names = a.index()
	a.land = sync.OnceValue(a.survey)
	return a
}

func byName(x, y *Area) int {
	return cmp.Or(strings.Compare(x.Sort, y.Sort), strings.Compare(x.Key, y.Key))
}

func mainFirst(x, y Postal) int {
	if x.Main != y.Main {
		if x.Main {
			return -1
		}
		return 1
	}
	return strings.Compare(x.Code, y.Code)
}

// Province is the province itself, nil in an empty house.
func (a *Atlas) Province() *Area {
	for _, area := range a.areas {
		if area.Kind == Province && area.Period.To.IsZero() {
			return area
		}
	}
	return nil
}

// ByID is the area of a database key, nil when there is none.
func (a *Atlas) ByID(id int64) *Area { return a.byID[id] }

// Area is the area of a kind and public key, nil when there is none.
func (a *Atlas) Area(kind Kind, key string) *Area {
	if area := a.byKey[key]; area != nil && area.Kind == kind {
		return area
	}
	return nil
}

// Communes are the communes that exist on a day, by French name. Communes that
// the register holds as former ones are not among them, whatever the day.
func (a *Atlas) Communes(day calendar.Date) []*Area { return a.OfKind(Commune, day) }

// OfKind are the areas of a kind that exist on a day, by French name.
func (a *Atlas) OfKind(kind Kind, day calendar.Date) []*Area {
	return a.filter(func(area *Area) bool { return area.Kind == kind && area.Period.Contains(day) })
}

func (a *Atlas) filter(keep func(*Area) bool) []*Area {
	var list []*Area
	for _, area := range a.areas {
		if keep(area) {
			list = append(list, area)
		}
	}
	return list
}

// Commune finds a commune by any code it has or had, and gives today's code.
// A code that was given to several communes in turn is the latest one's.
func (a *Atlas) Commune(code string) (area *Area, current string, ok bool) {
	if area := a.Area(Commune, code); area != nil {
		return area, area.Key, true
	}
	for _, c := range a.byCode[code] {
		if area := a.byID[c.Area]; area.Kind == Commune {
			return area, area.Key, true
		}
	}
	return nil, "", false
}

// Resolve finds the area of a code that stands in a fact of a year. recoded
// tells that the code was not that area's in that year: the fact has been moved
// along a recoding and the reader should be told. Groups without a register's
// code are found by their key.
func (a *Atlas) Resolve(code string, year int) (area *Area, recoded bool, ok bool) {
	list := a.byCode[code]
	for _, c := range list {
		if c.Scheme == Refnis && inYear(c.Period, year) {
			return a.byID[c.Area], false, true
		}
	}
	for _, c := range list {
		if area := a.byID[c.Area]; c.Scheme == Refnis && inYear(area.Period, year) && a.wasRecoded(c) {
			return area, true, true
		}
	}
	if area := a.byKey[code]; area != nil && len(a.codes[area.ID]) == 0 && inYear(area.Period, year) {
		return area, false, true
	}
	return nil, false, false
}

// wasRecoded tells whether the area of a code has another code beside it.
func (a *Atlas) wasRecoded(c Code) bool {
	return slices.ContainsFunc(a.codes[c.Area], func(o Code) bool { return o.Scheme == c.Scheme && o.Code != c.Code })
}

// inYear tells whether a period holds a day of a year.
func inYear(p calendar.Period, year int) bool {
	started := p.From.IsZero() || p.From == registerStart || p.From.Year() <= year
	return started && (p.To.IsZero() || p.To.Year() >= year)
}

// Codes are the codes of an area, newest first.
func (a *Atlas) Codes(id int64) []Code { return slices.Clone(a.codes[id]) }

// CodeAt is the register's code of an area on a day, "" when it has none.
func (a *Atlas) CodeAt(id int64, day calendar.Date) string {
	for _, c := range a.codes[id] {
		if c.Scheme == Refnis && c.Period.Contains(day) {
			return c.Code
		}
	}
	return ""
}

// Aliases are the other names of an area.
func (a *Atlas) Aliases(id int64) []Alias { return slices.Clone(a.aliases[id]) }

// Memberships are those of a commune, or of a group when it is one; newest first.
func (a *Atlas) Memberships(id int64) []Membership {
	return slices.Concat(a.groups[id], a.members[id])
}

// Groups are the groups that an area belongs to on a day, in the order of Kinds.
func (a *Atlas) Groups(id int64, day calendar.Date) []*Area {
	list := a.joined(a.groups[id], day, func(m Membership) int64 { return m.Group })
	order := Kinds()
	slices.SortStableFunc(list, func(x, y *Area) int {
		return cmp.Compare(slices.Index(order, x.Kind), slices.Index(order, y.Kind))
	})
	return list
}

// Group is the group of a kind that an area belongs to on a day, nil when none.
func (a *Atlas) Group(id int64, kind Kind, day calendar.Date) *Area {
	for _, g := range a.Groups(id, day) {
		if g.Kind == kind {
			return g
		}
	}
	return nil
}

// Members are the communes of a group on a day, by French name; of the province
// and the region, all of them.
func (a *Atlas) Members(id int64, day calendar.Date) []*Area {
	area := a.byID[id]
	switch {
	case area == nil:
		return nil
	case area.Kind == Province || area.Kind == Region:
		return a.Communes(day)
	}
	list := a.joined(a.members[id], day, func(m Membership) int64 { return m.Area })
	return slices.DeleteFunc(list, func(m *Area) bool { return m.Kind != Commune })
}

// joined follows the memberships in force on a day to areas that exist that day.
func (a *Atlas) joined(list []Membership, day calendar.Date, end func(Membership) int64) []*Area {
	seen := map[int64]bool{}
	for _, m := range list {
		if other := a.byID[end(m)]; m.Period.Contains(day) && other.Period.Contains(day) {
			seen[other.ID] = true
		}
	}
	return a.filter(func(area *Area) bool { return seen[area.ID] })
}

// Postal are the communes of a postal code; those of which it is the main code first.
func (a *Atlas) Postal(code string) []*Area {
	var list []*Area
	for _, p := range a.byPostal[strings.TrimSpace(code)] {
		list = append(list, a.byID[p.Area])
	}
	return list
}

// PostalCodes are the postal codes of a commune, the main one first.
func (a *Atlas) PostalCodes(id int64) []string {
	var list []string
	for _, p := range a.postal[id] {
		list = append(list, p.Code)
	}
	return list
}

// Events are the events that touch an area, newest first.
func (a *Atlas) Events(id int64) []Event {
	var list []Event
	for _, e := range a.events {
		if e.touches(id) {
			list = append(list, e)
		}
	}
	return list
}
