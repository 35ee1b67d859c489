package territory

import (
	"cmp"
	"encoding/json"
	"slices"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/search"
)

// dossier is an area with all that hangs on it: what a change replaces, what the
// audit keeps and what an undo restores.
type dossier struct {
	Area        Area         `json:"area"`
	Codes       []Code       `json:"codes,omitempty"`
	Aliases     []Alias      `json:"aliases,omitempty"`
	Memberships []Membership `json:"memberships,omitempty"` // as a member
	Postal      []Postal     `json:"postal,omitempty"`
	Shape       string       `json:"shape,omitempty"`

	before []byte // as read, nil when it did not exist
}

// editor is the register opened for changes in a transaction. Dossiers are
// changed in memory and written by save, each once.
type editor struct {
	tx    *db.Tx
	atlas *Atlas // as it was before
	byID  map[int64]*dossier
	list  []*dossier
}

func edit(tx *db.Tx) (*editor, error) {
	f, err := load(tx)
	if err != nil {
		return nil, err
	}
	e := &editor{tx: tx, atlas: newAtlas(f), byID: map[int64]*dossier{}}
	for _, area := range e.atlas.areas {
		d := &dossier{Area: *area,
			Codes: slices.Clone(e.atlas.codes[area.ID]), Aliases: slices.Clone(e.atlas.aliases[area.ID]),
			Memberships: withoutIDs(e.atlas.groups[area.ID]), Postal: slices.Clone(e.atlas.postal[area.ID]), Shape: e.atlas.shapes[area.ID]}
		if d.before, err = d.image(); err != nil {
			return nil, err
		}
		e.byID[area.ID], e.list = d, append(e.list, d)
	}
	return e, nil
}

func withoutIDs(list []Membership) []Membership {
	list = slices.Clone(list)
	for i := range list {
		list[i].ID = 0
	}
	return list
}

// image is the canonical form by which two states are compared.
func (d *dossier) image() ([]byte, error) {
	slices.SortStableFunc(d.Codes, func(x, y Code) int {
		return cmp.Or(y.Period.From.Compare(x.Period.From), cmp.Compare(x.Code, y.Code))
	})
	slices.SortStableFunc(d.Aliases, func(x, y Alias) int { return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.Lang, y.Lang)) })
	slices.SortStableFunc(d.Memberships, func(x, y Membership) int {
		return cmp.Or(y.Period.From.Compare(x.Period.From), cmp.Compare(x.Group, y.Group))
	})
	slices.SortStableFunc(d.Postal, mainFirst)
	return json.Marshal(d)
}

// create adds an area and gives its dossier, which save completes.
func (e *editor) create(a Area) (*dossier, error) {
	a.Version, a.Sort = 0, search.SortKey(a.NameFR)
	if err := insertAreas(e.tx, []*Area{&a}); err != nil {
		return nil, err
	}
	d := &dossier{Area: a}
	e.byID[a.ID], e.list = d, append(e.list, d)
	return d, nil
}

// byKey is the dossier of a key, nil when there is none.
func (e *editor) byKey(key string) *dossier {
	for _, d := range e.list {
		if d.Area.Key == key {
			return d
		}
	}
	return nil
}

// holder is the dossier that has a code within a period, among areas of the kinds.
func (e *editor) holder(code string, p calendar.Period, kinds ...Kind) *dossier {
	for _, d := range e.list {
		if slices.Contains(kinds, d.Area.Kind) && slices.ContainsFunc(d.Codes, func(c Code) bool {
			return c.Scheme == Refnis && c.Code == code && c.Period.Overlaps(p)
		}) {
			return d
		}
	}
	return nil
}

// saved is what save wrote.
type saved struct{ created, updated []*dossier }

// save writes the dossiers that differ from what was read.
func (e *editor) save() (s saved, err error) {
	for _, d := range e.list {
		after, err := d.image()
		if err != nil {
			return s, err
		}
		switch {
		case d.before == nil:
			s.created = append(s.created, d)
		case string(after) != string(d.before):
			s.updated = append(s.updated, d)
		default:
			continue
		}
		d.Area.Version++
		d.Area.Sort = search.SortKey(d.Area.NameFR)
		if err := updateArea(e.tx, &d.Area); err != nil {
			return s, err
		}
		if err := d.rewrite(e.tx); err != nil {
			return s, err
		}
		if err := d.tell(e.tx); err != nil {
			return s, err
		}
	}
	return s, nil
}

// rewrite replaces all that hangs on the area.
func (d *dossier) rewrite(tx *db.Tx) error {
	if err := clear(tx, d.Area.ID); err != nil {
		return err
	}
	if err := insertCodes(tx, d.Codes); err != nil {
		return err
	}
	if err := insertAliases(tx, d.Aliases); err != nil {
		return err
	}
	if err := insertMemberships(tx, d.Memberships); err != nil {
		return err
	}
	if err := insertPostal(tx, d.Postal); err != nil {
		return err
	}
	if d.Shape == "" {
		return nil
	}
	return insertShape(tx, d.Area.ID, d.Shape)
}

// putCode gives the area a code in a period. What was known of the same code is
// made more precise, never vaguer; other codes of the scheme end where it begins.
func (d *dossier) putCode(c Code) {
	c.Area, c.Scheme = d.Area.ID, Refnis
	for _, x := range d.Codes {
		if x.Scheme == Refnis && x.Code == c.Code && x.Period.Overlaps(c.Period) {
			c.Period, c.Source = sharpen(x.Period, c.Period), cmp.Or(x.Source, c.Source)
		}
	}
	list := []Code{c}
	for _, x := range d.Codes {
		switch {
		case x.Scheme != Refnis || !x.Period.Overlaps(c.Period):
			list = append(list, x)
		case x.Code != c.Code:
			if x.Period = cut(x.Period, c.Period); x.Period.Valid() {
				list = append(list, x)
			}
		}
	}
	d.Codes = list
}

// join makes the area a member of a group in a period. A member of one group of
// a kind leaves the others of that kind; river contracts may be several.
func (d *dossier) join(m Membership, kindOf func(int64) Kind) {
	m.Area = d.Area.ID
	kind := kindOf(m.Group)
	for _, x := range d.Memberships {
		if x.Group == m.Group && x.Period.Overlaps(m.Period) {
			m.Period, m.Source = sharpen(x.Period, m.Period), cmp.Or(x.Source, m.Source)
		}
	}
	list := []Membership{m}
	for _, x := range d.Memberships {
		rival := kindOf(x.Group) == kind && kind != RiverContract
		switch {
		case !x.Period.Overlaps(m.Period) || !rival && x.Group != m.Group:
			list = append(list, x)
		case x.Group != m.Group:
			if x.Period = cut(x.Period, m.Period); x.Period.Valid() {
				list = append(list, x)
			}
		}
	}
	d.Memberships = list
	d.weld(m.Group)
}

// weld makes one of two memberships of a group when one follows the other.
func (d *dossier) weld(group int64) {
	for i := range d.Memberships {
		for j := range d.Memberships {
			x, y := &d.Memberships[i], d.Memberships[j]
			if x.Group == group && y.Group == group && follows(x.Period, y.Period) {
				x.Period.From, x.Source = y.Period.From, cmp.Or(y.Source, x.Source)
				d.Memberships = slices.Delete(d.Memberships, j, j+1)
				d.weld(group)
				return
			}
		}
	}
}

// follows tells whether a period begins the day after another ends.
func follows(p, before calendar.Period) bool {
	return !before.To.IsZero() && p.From == before.To.AddDays(1)
}

func (e *editor) kindOf(id int64) Kind {
	if d := e.byID[id]; d != nil {
		return d.Area.Kind
	}
	return ""
}

// sharpen prefers a known end to an unknown one, and what is stated now to what
// was known before.
func sharpen(old, stated calendar.Period) calendar.Period {
	if stated.From.IsZero() {
		stated.From = old.From
	}
	if stated.To.IsZero() && !old.To.IsZero() && old.To.Before(stated.From) {
		stated.To = old.To
	}
	return stated
}

// cut takes a period out of another that it overlaps: what lies before is kept,
// else what lies after. Nothing left gives a period that is not Valid.
func cut(p, out calendar.Period) calendar.Period {
	switch {
	case !out.From.IsZero() && p.From.Before(out.From):
		p.To = closing(out.From)
	case !out.To.IsZero() && (p.To.IsZero() || p.To.After(out.To)):
		p.From = out.To.AddDays(1)
	default:
		return calendar.Period{From: calendar.MustParse("1800-01-02"), To: calendar.MustParse("1800-01-01")}
	}
	return p
}

// addAlias adds another name unless it is known.
func (d *dossier) addAlias(n Alias) {
	n.Area = d.Area.ID
	if n.Name == "" || slices.ContainsFunc(d.Aliases, func(x Alias) bool { return x.Lang == n.Lang && search.Fold(x.Name) == search.Fold(n.Name) }) {
		return
	}
	d.Aliases = append(d.Aliases, n)
}

// putPostal adds a postal code unless it is known. A new main code replaces the old one.
func (d *dossier) putPostal(p Postal) {
	p.Area = d.Area.ID
	known := false
	for i := range d.Postal {
		x := &d.Postal[i]
		if p.Main {
			x.Main = x.Code == p.Code
		}
		known = known || x.Code == p.Code
	}
	if !known {
		d.Postal = append(d.Postal, p)
	}
}

// state is what the audit keeps of a dossier: all but the coordinates.
func (d *dossier) state() dossier {
	s := *d
	s.Shape = ""
	return s
}

// was is the state as it was read, nil when the area did not exist.
func (d *dossier) was() (any, error) {
	if d.before == nil {
		return nil, nil
	}
	var old dossier
	if err := json.Unmarshal(d.before, &old); err != nil {
		return nil, err
	}
	return old.state(), nil
}
