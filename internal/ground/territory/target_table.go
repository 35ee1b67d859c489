package territory

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/search"
	"beffroi/internal/platform/sheet"
)

// tableTarget takes three layouts, told apart by their columns: the REFNIS
// history (level, nis, parent, names, dates), a list of communes with their
// groups and postal codes, and a table of old and new codes.
type tableTarget struct{ reversible }

// Key is "territory".
func (tableTarget) Key() string { return "territory" }

// Columns is the union of the three layouts.
func (tableTarget) Columns() []intake.Column {
	text := func(name string, aliases ...string) intake.Column {
		return intake.Column{Name: name, Kind: "text", Aliases: aliases}
	}
	return []intake.Column{
		text("level", "niveau", "lvl refnis"),
		{Name: "nis", Kind: "nis", Aliases: []string{"code ins", "ins", "nis code", "refnis", "cd refnis", "cd munty refnis", "niscode"}},
		{Name: "nis_old", Kind: "nis", Aliases: []string{"nis 2018", "ins 2018", "ancien code", "old nis"}},
		{Name: "nis_new", Kind: "nis", Aliases: []string{"nis 2019", "ins 2019", "nouveau code", "new nis"}},
		{Name: "parent", Kind: "nis", Aliases: []string{"parent nis", "arr nis", "cd sup refnis", "arrondissement nis"}},
		text("parent_name", "arr fr", "arrondissement"),
		{Name: "arr_old", Kind: "nis", Aliases: []string{"arr 2018"}},
		{Name: "arr_new", Kind: "nis", Aliases: []string{"arr 2019"}},
		text("name_fr", "nom", "commune", "nom fr", "name", "tx refnis fr", "tx munty descr fr"),
		text("name_nl", "naam", "nom nl", "gemeente", "tx refnis nl", "tx munty descr nl"),
		text("name_de", "nom de", "tx refnis de"),
		{Name: "valid_from", Kind: "date", Aliases: []string{"debut", "dt vldt start"}},
		{Name: "valid_to", Kind: "date", Aliases: []string{"fin", "dt vldt end", "dt vldt stop"}},
		{Name: "area_km2", Kind: "decimal", Aliases: []string{"superficie", "superficie km2", "oppervlakte", "km2"}},
		text("postal_main", "code postal", "postcode"),
		{Name: "postal_codes", Kind: "list", Aliases: []string{"codes postaux", "postcodes"}},
		text("territory", "territoire"),
		text("rescue_zone", "zone de secours", "hulpverleningszone"),
		text("police_zone", "zone de police", "politiezone"),
	}
}

// Options: the first day of the new codes, and that of memberships that change.
func (tableTarget) Options() []intake.Option {
	return []intake.Option{{Name: "recoded", Kind: "date", Default: "2019-01-01", Required: true}, {Name: "from", Kind: "date"}}
}

// Apply picks the layout.
func (tableTarget) Apply(tx *db.Tx, _ auth.Actor, batch int64, in intake.Input) (intake.Outcome, error) {
	im, err := newImporter(tx, batch, in)
	if err != nil {
		return intake.Outcome{}, err
	}
	day, _, ok := parseDay(in.Options["recoded"])
	if !ok {
		return im.out, fault.Bad("recoded", in.Options["recoded"], "territory.date", fault.Args{"value": in.Options["recoded"]})
	}
	t := table{importer: im, recoded: day, from: calendar.Of(tx.Now()), open: im.atlas.Province() == nil}
	if text := in.Options["from"]; text != "" {
		if t.from, _, ok = parseDay(text); !ok {
			return im.out, fault.Bad("from", text, "territory.date", fault.Args{"value": text})
		}
	}
	switch {
	case mapped(in, "level") && mapped(in, "nis"):
		err = t.history()
	case mapped(in, "nis_old") && mapped(in, "nis_new"):
		err = t.each(t.pair)
	case mapped(in, "nis") || mapped(in, "name_fr") || mapped(in, "name_nl"):
		err = t.each(t.commune)
	default:
		return im.out, fault.Bad("file", in.Name, "territory.layout", fault.Args{"values": strings.Join(in.Header, ", ")})
	}
	if err != nil {
		return im.out, err
	}
	return im.finish()
}

// mapped tells whether the file has a column of the target.
func mapped(in intake.Input, column string) bool { return in.Mapping[column] != "" }

// table is an import of the target "territory" under way.
type table struct {
	*importer
	recoded calendar.Date // first day of the new codes
	from    calendar.Date // first day of memberships that change
	open    bool          // the register has no province yet: unknown codes are new communes
}

func (t *table) each(take func(intake.Row) error) error {
	for r, err := range t.in.Rows {
		if err != nil {
			return err
		}
		if err := take(r); err != nil {
			return err
		}
	}
	return nil
}

// parseDay reads a day; far tells that it lies after every day of ours.
func parseDay(text string) (day calendar.Date, far, ok bool) {
	d, err := sheet.ParseDate(text)
	if err != nil {
		return day, false, false
	}
	if d.Year > calendar.MaxYear {
		return day, true, true
	}
	day, err = calendar.New(d.Year, time.Month(d.Month), d.Day)
	return day, false, err == nil
}

// code reads a code of a row; a lost zero is put back and said.
func (t *table) code(r intake.Row, column string) (string, bool) {
	text := r.Values[column]
	code, short, ok := ReadCode(text)
	switch {
	case !ok:
		t.note(intake.Error, r.Line, column, text, "territory.nis.form", fault.Args{"value": text})
	case short:
		t.note(intake.Warning, r.Line, column, text, "territory.nis.zero", fault.Args{"value": text, "code": code})
	}
	return code, ok
}

// history takes the REFNIS history: levels 1 to 4 with names and dates.
func (t *table) history() error {
	var list []refnisLine
	err := t.each(func(r intake.Row) error {
		if line, ok := t.refnisLine(r); ok {
			list = append(list, line)
		}
		return nil
	})
	if err != nil || t.out.Errors() > 0 {
		return err
	}
	all := lineages(list)
	slices.SortStableFunc(all, func(x, y lineage) int { return cmp.Compare(x.newest().level, y.newest().level) })
	for _, l := range all {
		if err := t.lineage(l); err != nil {
			return err
		}
	}
	t.out.Facts["areas"] = strconv.Itoa(len(all))
	return nil
}

func (t *table) refnisLine(r intake.Row) (l refnisLine, ok bool) {
	before := t.out.Errors()
	level, err := strconv.Atoi(r.Values["level"])
	if err != nil || level < levelRegion || level > levelCommune {
		t.note(intake.Error, r.Line, "level", r.Values["level"], "territory.level", fault.Args{"value": r.Values["level"]})
	}
	code, ok := t.code(r, "nis")
	l = refnisLine{line: r.Line, level: level, nis: code, parent: r.Values["parent"],
		fr: cmp.Or(r.Values["name_fr"], r.Values["name_nl"]), nl: r.Values["name_nl"], de: r.Values["name_de"],
		period: calendar.Period{From: t.readDay(r, "valid_from"), To: t.readDay(r, "valid_to")}}
	if l.fr == "" {
		t.note(intake.Error, r.Line, "name_fr", "", "territory.name.missing", nil)
	}
	if !l.period.Valid() {
		t.note(intake.Error, r.Line, "valid_to", r.Values["valid_to"], "territory.period", fault.Args{"from": l.period.From, "to": l.period.To})
	}
	if ok {
		ok = t.first(r.Line, "nis", strconv.Itoa(level)+" "+code+" "+l.period.From.String())
	}
	return l, ok && t.out.Errors() == before
}

// lineage brings one area of the history into the register.
func (t *table) lineage(l lineage) error {
	kinds := []Kind{l.kind}
	if l.kind == Commune || l.kind == FormerCommune {
		kinds = []Kind{Commune, FormerCommune}
	}
	var d *dossier
	for _, r := range l.records {
		if d = t.holder(r.nis, r.period, kinds...); d != nil {
			break
		}
	}
	if d == nil && l.kind == FormerCommune {
		if d = t.byKey(l.key); d != nil && d.Area.Kind != FormerCommune {
			d = nil
		}
	}
	if d == nil {
		var err error
		if d, err = t.create(Area{Kind: l.kind, Key: l.key, NameFR: t.nameOf(l), Source: t.in.Name}); err != nil {
			return err
		}
	}
	t.fill(d, l)
	return nil
}

// nameOf is the newest name; a commune's is shown without the place in
// parentheses that the register adds.
func (t *table) nameOf(l lineage) string {
	if l.kind == Commune {
		return proper(withoutPlace(l.newest().fr))
	}
	return proper(l.newest().fr)
}

// fill completes a dossier with what the history knows. A name that the house
// already shows stays; the register's is kept beside it.
func (t *table) fill(d *dossier, l lineage) {
	t.read[d] = true
	name := t.nameOf(l)
	if d.Area.NameNL == "" {
		d.Area.NameNL = distinct(withoutPlaceOf(l, l.newest().nl), d.Area.NameFR)
	}
	if d.Area.NameDE == "" {
		d.Area.NameDE = distinct(withoutPlaceOf(l, l.newest().de), d.Area.NameFR)
	}
	for _, n := range []string{name, proper(l.newest().fr)} {
		if search.Fold(n) != search.Fold(d.Area.NameFR) {
			d.addAlias(Alias{Lang: "fr", Name: n, Use: "register", Source: t.in.Name})
		}
	}
	for _, n := range l.former() {
		n.Source = t.in.Name
		d.addAlias(n)
	}
	d.Area.Period = sharpen(d.Area.Period, l.period())
	if l.kind != FormerCommune {
		t.codes(d, l)
	}
	t.parents(d, l)
}

func withoutPlaceOf(l lineage, name string) string {
	if l.kind == Commune {
		return withoutPlace(name)
	}
	return name
}

// codes enters the codes and, where they are news, the events between them.
func (t *table) codes(d *dossier, l lineage) {
	known := len(t.atlas.Events(d.Area.ID)) > 0
	for _, c := range l.codes() {
		c.Source = t.in.Name
		d.putCode(c)
	}
	for _, e := range l.events() {
		if known {
			break
		}
		e.From[0].Area, e.To[0].Area, e.Source = d.Area.ID, d.Area.ID, t.in.Name
		t.event = append(t.event, e)
	}
}

// parents enters the area above and, for a commune, its dated arrondissements.
// One code above may have stood for two areas in turn.
func (t *table) parents(d *dossier, l lineage) {
	for i := len(l.records) - 1; i >= 0; i-- {
		r := l.records[i]
		for _, up := range t.list {
			if up.Area.Kind != above(r.level) {
				continue
			}
			for _, c := range up.Codes {
				shared, ok := overlap(c.Period, r.period)
				if c.Code != r.parent || !ok {
					continue
				}
				if i == 0 && shared.To == r.period.To { // the last one above is the one shown
					d.Area.Parent = up.Area.ID
				}
				if d.Area.Kind == Commune {
					d.join(Membership{Group: up.Area.ID, Period: shared, Source: t.in.Name}, t.kindOf)
				}
			}
		}
	}
}

func above(level int) Kind {
	switch level {
	case levelCommune:
		return Arrondissement
	case levelArrondissement:
		return Province
	}
	return Region
}

// overlap is the period that two periods share.
func overlap(p, q calendar.Period) (calendar.Period, bool) {
	if !p.Overlaps(q) {
		return p, false
	}
	if q.From.After(p.From) {
		p.From = q.From
	}
	if p.To.IsZero() || !q.To.IsZero() && q.To.Before(p.To) {
		p.To = q.To
	}
	return p, true
}
