package territory

import (
	"cmp"
	"strconv"
	"strings"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
)

// commune takes a row of a list of communes.
func (t *table) commune(r intake.Row) error {
	d, err := t.find(r)
	if err != nil || d == nil {
		return err
	}
	t.read[d] = true
	if old := r.Values["nis_old"]; old != "" {
		if code, ok := t.code(r, "nis_old"); ok && code != d.Area.Key {
			t.recode(d, code, d.Area.Key)
		}
	}
	t.surface(d, r)
	if d.Area.NameNL == "" {
		d.Area.NameNL = distinct(r.Values["name_nl"], d.Area.NameFR)
	}
	if err := t.arrondissement(d, r); err != nil {
		return err
	}
	for _, kind := range []Kind{ProjectTerritory, RescueZone, PoliceZone} {
		if err := t.joinNamed(d, kind, r.Values[string(kind)]); err != nil {
			return err
		}
	}
	t.postalCodes(d, r)
	return nil
}

// find gives the dossier of a row, creating it where the register is still
// open; nil when the row is refused or left out.
func (t *table) find(r intake.Row) (*dossier, error) {
	name := cmp.Or(r.Values["name_fr"], r.Values["name_nl"])
	if r.Values["nis"] == "" {
		area, ok := t.atlas.Named(name)
		if !ok {
			t.note(intake.Error, r.Line, "name_fr", name, "territory.name.unknown", fault.Args{"value": name})
			return nil, nil
		}
		return t.byID[area.ID], t.once(r, area.Key)
	}
	code, ok := t.code(r, "nis")
	if !ok {
		return nil, nil
	}
	if IsTotal(code) {
		t.out.Skipped++
		t.note(intake.Info, r.Line, "nis", code, "territory.total", fault.Args{"value": code})
		return nil, nil
	}
	if !t.first(r.Line, "nis", code) {
		return nil, nil
	}
	d := t.holder(code, calendar.Period{From: calendar.Of(t.tx.Now())}, Commune)
	switch {
	case d != nil:
		return d, nil
	case !t.open:
		return t.outdated(r, code)
	case name == "":
		t.note(intake.Error, r.Line, "name_fr", "", "territory.name.missing", nil)
		return nil, nil
	}
	return t.found(r, code, name)
}

func (t *table) once(r intake.Row, key string) error {
	t.first(r.Line, "name_fr", key)
	return nil
}

// outdated follows a code of the past to today's commune, and refuses others.
func (t *table) outdated(r intake.Row, code string) (*dossier, error) {
	area, current, ok := t.atlas.Commune(code)
	if !ok {
		t.note(intake.Error, r.Line, "nis", code, "territory.nis.unknown", fault.Args{"value": code})
		return nil, nil
	}
	t.note(intake.Warning, r.Line, "nis", code, "territory.nis.recoded", fault.Args{"value": code, "code": current, "name": area.NameFR})
	return t.byID[area.ID], t.once(r, current)
}

// found adds a commune: under its old code when the register has only that one.
func (t *table) found(r intake.Row, code, name string) (*dossier, error) {
	if old := r.Values["nis_old"]; old != "" && old != code {
		if d := t.holder(old, calendar.Period{}, Commune); d != nil {
			t.recode(d, old, code)
			return d, nil
		}
	}
	d, err := t.create(Area{Kind: Commune, Key: code, NameFR: proper(withoutPlace(name)), Source: t.in.Name})
	if err == nil {
		d.putCode(Code{Code: code, Source: t.in.Name})
	}
	return d, err
}

// pair takes a row of a table of old and new codes.
func (t *table) pair(r intake.Row) error {
	old, okOld := t.code(r, "nis_old")
	code, okNew := t.code(r, "nis_new")
	if !okOld || !okNew || !t.first(r.Line, "nis_new", code) {
		return nil
	}
	d, other := t.holder(code, calendar.Period{}, Commune), t.holder(old, calendar.Period{}, Commune, FormerCommune)
	if other == nil { // a former commune bears its code as its key only
		if o := t.byKey(old); o != nil && o.Area.Kind == FormerCommune {
			other = o
		}
	}
	switch {
	case d != nil && other != nil && d != other:
		t.note(intake.Error, r.Line, "nis_old", old, "territory.recode.two", fault.Args{"value": old, "name": other.Area.NameFR, "code": code})
		return nil
	case d == nil:
		d = other
	}
	if d == nil {
		name := cmp.Or(r.Values["name_fr"], r.Values["name_nl"])
		if !t.open || name == "" {
			t.note(intake.Error, r.Line, "nis_new", code, "territory.nis.unknown", fault.Args{"value": code})
			return nil
		}
		var err error
		if d, err = t.found(r, code, name); err != nil {
			return err
		}
	}
	t.read[d] = true
	t.recode(d, old, code)
	t.arrondissements(d, r)
	return nil
}

// recode enters an old and a new code, with the event when either is news.
func (t *table) recode(d *dossier, old, code string) {
	has := func(want string) bool {
		for _, c := range d.Codes {
			if c.Code == want {
				return true
			}
		}
		return false
	}
	news := !has(old) || !has(code)
	d.putCode(Code{Code: old, Period: calendar.Period{To: closing(t.recoded)}, Source: t.in.Name})
	d.putCode(Code{Code: code, Period: calendar.Period{From: t.recoded}, Source: t.in.Name})
	d.Area.Key = code
	if news {
		t.event = append(t.event, Event{Date: t.recoded, Kind: Recode, Source: t.in.Name,
			From: []Party{{Area: d.Area.ID, Code: old}}, To: []Party{{Area: d.Area.ID, Code: code}}})
	}
}

// arrondissements enters the old and the new arrondissement of a recoding, where
// the register has them.
func (t *table) arrondissements(d *dossier, r intake.Row) {
	for _, side := range []struct {
		column string
		period calendar.Period
	}{{"arr_old", calendar.Period{To: closing(t.recoded)}}, {"arr_new", calendar.Period{From: t.recoded}}} {
		code := r.Values[side.column]
		if code == "" {
			continue
		}
		up := t.holder(code, side.period, Arrondissement)
		if up == nil {
			t.note(intake.Info, r.Line, side.column, code, "territory.arrondissement.unknown", fault.Args{"value": code})
			continue
		}
		d.join(Membership{Group: up.Area.ID, Period: side.period, Source: t.in.Name}, t.kindOf)
	}
}

// arrondissement enters the arrondissement of today, which the row may found.
func (t *table) arrondissement(d *dossier, r intake.Row) error {
	if r.Values["parent"] == "" {
		return nil
	}
	code, ok := t.code(r, "parent")
	if !ok {
		return nil
	}
	up := t.holder(code, calendar.Period{From: calendar.Of(t.tx.Now())}, Arrondissement)
	if up == nil {
		name := proper(cmp.Or(r.Values["parent_name"], "Arrondissement "+code))
		var err error
		if up, err = t.create(Area{Kind: Arrondissement, Key: code, NameFR: name, Source: t.in.Name}); err != nil {
			return err
		}
		up.putCode(Code{Code: code, Source: t.in.Name})
	}
	d.Area.Parent = up.Area.ID
	t.belong(d, up)
	return nil
}

// joinNamed enters the group of a kind by its key or name, founding it if need be.
func (t *table) joinNamed(d *dossier, kind Kind, value string) error {
	if value == "" {
		return nil
	}
	key := prefixes[kind] + slug(strings.TrimPrefix(value, prefixes[kind]))
	group := t.byKey(key)
	if group == nil {
		var err error
		if group, err = t.create(Area{Kind: kind, Key: key, NameFR: title(value), Source: t.in.Name}); err != nil {
			return err
		}
		t.note(intake.Info, 0, string(kind), value, "territory.group.new", fault.Args{"value": group.Area.NameFR})
	}
	t.belong(d, group)
	return nil
}

// belong makes a commune a member as of today, unless it is one. The day from
// which it is one is unknown, except where it changes or follows a recoding.
func (t *table) belong(d *dossier, group *dossier) {
	now := calendar.Of(t.tx.Now())
	from := calendar.Date{}
	if group.Area.Kind == Arrondissement && len(d.Codes) > 1 {
		from = t.recoded
	}
	for _, m := range d.Memberships {
		if !m.Period.Contains(now) || t.kindOf(m.Group) != group.Area.Kind {
			continue
		}
		if m.Group == group.Area.ID {
			return
		}
		from = t.from
		t.note(intake.Warning, 0, string(group.Area.Kind), d.Area.NameFR, "territory.membership.moved",
			fault.Args{"name": d.Area.NameFR, "group": group.Area.NameFR, "day": from})
	}
	d.join(Membership{Group: group.Area.ID, Period: calendar.Period{From: from}, Source: t.in.Name}, t.kindOf)
}

// surface enters the official area; one that differs by more than 1 % is said.
func (t *table) surface(d *dossier, r intake.Row) {
	text := r.Values["area_km2"]
	if text == "" {
		return
	}
	h, err := readHectares(text)
	if err != nil || h <= 0 {
		t.note(intake.Error, r.Line, "area_km2", text, "territory.area.bad", fault.Args{"value": text})
		return
	}
	if old := d.Area.Hectares; differs(float64(h), float64(old)) {
		t.note(intake.Warning, r.Line, "area_km2", text, "territory.area.differs",
			fault.Args{"name": d.Area.NameFR, "given": km2(h), "official": km2(old)})
	}
	d.Area.Hectares = h
}

// differs tells whether a figure is more than 1 % away from a known one.
func differs(given, known float64) bool {
	return known > 0 && (given < known*0.99 || given > known*1.01)
}

// km2 writes hectares as square kilometres for a message.
func km2(hectares int64) string {
	whole, part := hectares/100, hectares%100
	return strconv.FormatInt(whole, 10) + "," + strconv.FormatInt(part/10, 10) + strconv.FormatInt(part%10, 10)
}

// postalCodes enters the postal codes of a row; those of another province are left out.
func (t *table) postalCodes(d *dossier, r intake.Row) {
	main := r.Values["postal_main"]
	list := strings.FieldsFunc(r.Values["postal_codes"], func(c rune) bool { return c == ';' || c == ',' || c == ' ' || c == '|' })
	if main != "" {
		list = append([]string{main}, list...)
	}
	for _, code := range list {
		t.putPostal(d, r.Line, "postal_codes", code, code == main)
	}
}

// putPostal checks one postal code and enters it.
func (im *importer) putPostal(d *dossier, line int, column, code string, main bool) {
	switch province := postalProvince(code); {
	case province == "":
		im.note(intake.Error, line, column, code, "territory.postal.form", fault.Args{"value": code})
	case province != provinceOf(d.Area.Key):
		im.note(intake.Warning, line, column, code, "territory.postal.foreign", fault.Args{"value": code, "name": d.Area.NameFR})
	default:
		d.putPostal(Postal{Code: code, Main: main, Source: im.in.Name})
	}
}
