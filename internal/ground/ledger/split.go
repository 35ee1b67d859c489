package ledger

import (
	"slices"
	"strings"

	"beffroi/internal/ground/key"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/money"
)

// splitter finds the parts of postings. It reads the keys once and keeps what it
// prepared, so that a hundred thousand postings by few keys cost little.
type splitter struct {
	tx       *db.Tx
	atlas    *territory.Atlas
	keys     *key.Service
	loaded   map[string]key.Key
	filled   map[int64]*key.Version
	dividers map[string]*cut
}

// cut is a prepared division: the areas in the order of the divider's codes.
type cut struct {
	areas   []int64
	divider *key.Divider
	version int64
}

func (s *Service) splitter(tx *db.Tx) (*splitter, error) {
	atlas, err := s.areas.AtlasTx(tx)
	return &splitter{tx: tx, atlas: atlas, keys: s.keys, filled: map[int64]*key.Version{}, dividers: map[string]*cut{}}, err
}

// split gives the parts of a posting, in order of NIS code, and the version of
// the key that made them (0 for none).
func (s *splitter) split(p Posting) ([]Part, int64, error) {
	switch p.Attribution {
	case Unallocated:
		return []Part{{NoArea, p.Amount}}, 0, nil
	case Direct:
		a, err := s.commune(p.Base[0])
		if err != nil {
			return nil, 0, err
		}
		return []Part{{a.ID, p.Amount}}, 0, nil
	}
	c, err := s.cut(p)
	if err != nil {
		return nil, 0, err
	}
	amounts, err := c.divider.Split(money.Cents(p.Amount))
	if err != nil {
		return nil, 0, fault.Bad("amount", "", "ledger.split", fault.Args{"reason": err.Error()})
	}
	parts := make([]Part, len(amounts))
	for i, a := range amounts {
		parts[i] = Part{c.areas[i], int64(a)}
	}
	return parts, c.version, nil
}

func (s *splitter) commune(code string) (*territory.Area, error) {
	a, _, ok := s.atlas.Commune(code)
	if !ok {
		return nil, fault.Bad("base", code, "ledger.commune", fault.Args{"value": code})
	}
	return a, nil
}

// cut prepares the division of a posting, or finds it among those prepared.
func (s *splitter) cut(p Posting) (*cut, error) {
	v, kind, err := s.version(p)
	if err != nil {
		return nil, err
	}
	name := strings.Join(p.Base, ";") + "|" + p.Key
	if v != nil {
		name += "|" + itoa(v.ID)
	}
	if p.Attribution == Territory {
		name += "|" + p.Date.String() // members depend on the day
	}
	if c := s.dividers[name]; c != nil {
		return c, nil
	}
	base, err := s.base(p)
	if err != nil {
		return nil, err
	}
	c, err := newCut(base, v, kind)
	if err != nil {
		return nil, err
	}
	s.dividers[name] = c
	return c, nil
}

func newCut(base []*territory.Area, v *key.Version, kind key.Kind) (*cut, error) {
	c := &cut{}
	var version key.Version
	if v != nil {
		version, c.version = *v, v.ID
	}
	d, err := version.DividerOver(kind, base)
	if err != nil {
		return nil, err
	}
	byCode := make(map[string]int64, len(base))
	for _, a := range base {
		byCode[a.Key] = a.ID
	}
	c.divider = d
	for _, code := range d.Codes {
		c.areas = append(c.areas, byCode[code])
	}
	return c, nil
}

// base gives the communes of a shared or territory posting.
func (s *splitter) base(p Posting) ([]*territory.Area, error) {
	if p.Attribution == Territory {
		return s.members(p.Base[0], p.Date)
	}
	var list []*territory.Area
	for _, code := range p.Base {
		a, err := s.commune(code)
		if err != nil {
			return nil, err
		}
		if slices.Contains(list, a) {
			return nil, fault.Bad("base", code, "ledger.commune.twice", fault.Args{"value": code})
		}
		list = append(list, a)
	}
	return list, nil
}

func (s *splitter) members(group string, day calendar.Date) ([]*territory.Area, error) {
	for _, kind := range territory.Kinds() {
		if kind == territory.Commune || kind == territory.FormerCommune {
			continue
		}
		if a := s.atlas.Area(kind, group); a != nil {
			if list := s.atlas.Members(a.ID, day); len(list) > 0 {
				return list, nil
			}
		}
	}
	return nil, fault.Bad("base", group, "ledger.group", fault.Args{"value": group, "day": day})
}

// version finds the version of a key that divides a posting, with its values;
// nil shares equally.
func (s *splitter) version(p Posting) (*key.Version, key.Kind, error) {
	if p.Key == "" {
		return nil, key.Equal, nil
	}
	if s.loaded == nil {
		list, err := s.keys.All(s.tx)
		if err != nil {
			return nil, "", err
		}
		s.loaded = map[string]key.Key{}
		for _, k := range list {
			s.loaded[k.Key] = k
		}
	}
	k, ok := s.loaded[p.Key]
	if !ok {
		return nil, "", fault.Bad("key", p.Key, "ledger.key", fault.Args{"value": p.Key})
	}
	v, ok := pick(k, p)
	if !ok {
		return nil, "", fault.Bad("key", p.Key, "ledger.key.version", fault.Args{"value": p.Key, "number": int64(p.KeyVersion), "day": p.Date})
	}
	if filled := s.filled[v.ID]; filled != nil {
		return filled, k.Kind, nil
	}
	if err := s.keys.Values(s.tx, &v); err != nil {
		return nil, "", err
	}
	s.filled[v.ID] = &v
	return &v, k.Kind, nil
}

// pick gives the version asked for, or the one in force on the day; a draft
// divides nothing.
func pick(k key.Key, p Posting) (key.Version, bool) {
	for _, v := range k.Versions {
		if v.Status == key.Draft {
			continue
		}
		if p.KeyVersion == v.Number || p.KeyVersion == 0 && v.Period.Contains(p.Date) {
			return v, true
		}
	}
	return key.Version{}, false
}
