package series

import (
	"errors"
	"io"
	"slices"
	"strconv"

	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/sheet"
)

// Target imports files of figures.
func (s *Service) Target() intake.Target { return target{s} }

type target struct{ s *Service }

// Key names the target.
func (target) Key() string { return "series" }

// Rule says who may import figures.
func (target) Rule() auth.Rule { return ruleEdit }

// Columns of a file of figures; every other column becomes a dimension. None is
// required by itself, because the layouts differ.
func (target) Columns() []intake.Column {
	return []intake.Column{
		{Name: colArea, Kind: "nis", Aliases: []string{"code ins", "ins", "code nis", "refnis", "cd refnis", "nis code", "niscode"}},
		{Name: colYear, Kind: "year", Aliases: []string{"annee", "jaar", "cd year", "millesime"}},
		{Name: colIndicator, Kind: "text", Aliases: []string{"indicateur", "variable", "dataset"}},
		{Name: colValue, Kind: "decimal", Aliases: []string{"valeur", "waarde", "ms value"}},
		{Name: colUnit, Kind: "text", Aliases: []string{"unite", "eenheid"}},
		{Name: colMonth, Kind: "text", Aliases: monthAliases},
	}
}

// Options that the file may not hold: the dataset of a file without an
// indicator column, the year of a file without one, and the day on which the
// publisher published (today when empty).
func (target) Options() []intake.Option {
	return []intake.Option{{Name: "dataset", Kind: "text"}, {Name: "year", Kind: "year"}, {Name: "published", Kind: "date"}}
}

// Undo withdraws the vintages of the batch.
func (target) Undo(tx *db.Tx, _ auth.Actor, batch int64) error {
	datasets, err := datasetsOfBatch(tx, batch)
	if err != nil {
		return err
	}
	if _, err := withdrawVintages(tx, "batch", batch); err != nil {
		return err
	}
	for _, d := range datasets {
		if err := tell(tx, "series.withdrawn", d); err != nil {
			return err
		}
	}
	return nil
}

// Apply records one vintage per dataset of the file.
func (t target) Apply(tx *db.Tx, _ auth.Actor, batch int64, in intake.Input) (out intake.Outcome, err error) {
	atlas, err := t.s.areas.AtlasTx(tx)
	if err != nil {
		return out, err
	}
	r, published, err := t.start(tx, atlas, in)
	if err != nil {
		return out, err
	}
	if err := r.read(in); err != nil {
		return out, err
	}
	r.finish()
	if t.oneDataset(r, in.Options["dataset"]); slices.ContainsFunc(r.notes, isError) {
		out.Notes = r.notes
		return out, nil
	}
	ids, err := dimIDs(tx, r.dimText)
	if err != nil {
		return out, err
	}
	for _, d := range r.drafts {
		p := Publication{Published: published, FileHash: in.Hash}
		if err := t.record(tx, atlas, r, d, p, batch, ids); err != nil {
			return out, err
		}
		out.Created += len(d.points)
	}
	out.Notes, out.Facts = r.notes, map[string]string{"datasets": strconv.Itoa(len(r.drafts)), "figures": strconv.Itoa(out.Created)}
	return out, nil
}

func isError(n intake.Note) bool { return n.Severity == intake.Error }

func (t target) start(tx *db.Tx, atlas *territory.Atlas, in intake.Input) (*reading, calendar.Date, error) {
	published := clock.Today(clock.Fixed(tx.Now()))
	if v := in.Options["published"]; v != "" {
		d, err := calendar.Parse(v)
		if err != nil {
			return nil, d, fault.Bad("published", v, "param.date", fault.Args{"name": "published", "value": v, "values": ""})
		}
		published = d
	}
	l, err := readLayout(in.Header, in.Mapping, in.Options["dataset"])
	if err != nil {
		return nil, published, err
	}
	year, ok := parseYear(in.Options["year"])
	if l.year < 0 && l.measures[0].year == 0 && !ok {
		return nil, published, fault.Bad("year", in.Options["year"], "series.year.required", nil)
	}
	var whole int64
	if p := atlas.Province(); p != nil {
		whole = p.ID
	}
	return newReading(l, year, whole, resolver(atlas)), published, nil
}

// resolver asks the Atlas for the area of a code at the middle of a fact's year.
func resolver(atlas *territory.Atlas) func(string, int) place {
	return func(code string, year int) place {
		a, recoded, ok := atlas.Resolve(code, year)
		if !ok || a == nil {
			return place{}
		}
		return place{area: a.ID, recoded: recoded && code != a.Key, ok: true} // today's code in an old fact is no mistake
	}
}

// read takes the rows straight from the sheet when the whole file is at hand: a
// map per row would cost more than all the checks.
func (r *reading) read(in intake.Input) error {
	if in.Raw == nil {
		return r.readRows(in)
	}
	rows, err := sheet.OpenBytes(in.Raw, sheet.Options{})
	if err != nil {
		return sheetFault(err)
	}
	defer rows.Close()
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return sheetFault(err)
		}
		r.row(row.Line, row.Cells)
	}
}

func (r *reading) readRows(in intake.Input) error {
	names := slices.Clone(in.Header)
	for column, header := range in.Mapping {
		if i := slices.Index(in.Header, header); i >= 0 {
			names[i] = column
		}
	}
	cells := make([]string, len(names))
	for row, err := range in.Rows {
		if err != nil {
			return err
		}
		for i, n := range names {
			cells[i] = row.Values[n]
		}
		r.row(row.Line, cells)
	}
	return nil
}

func sheetFault(err error) error {
	e, ok := errors.AsType[*sheet.Error](err)
	if !ok {
		return err
	}
	args := fault.Args{"line": int64(e.Line), "column": int64(e.Column), "value": e.Value}
	return &fault.Error{Kind: fault.Invalid, Code: "invalid", Err: err, Fields: []fault.Field{{Name: "file", Line: e.Line, Value: e.Value, Code: e.Code, Args: args}}}
}

// oneDataset gives the only dataset of a file the name that was asked for.
func (t target) oneDataset(r *reading, name string) {
	switch {
	case name == "":
	case !keySyntax.MatchString(name):
		r.refuse(0, "dataset", name, "series.key", nil)
	case len(r.drafts) > 1:
		r.refuse(0, "dataset", name, "series.dataset.many", fault.Args{"n": int64(len(r.drafts))})
	case len(r.drafts) == 1:
		r.drafts[0].key = name
	}
}

// record writes one dataset's vintage and compares totals with sums.
func (t target) record(tx *db.Tx, atlas *territory.Atlas, r *reading, d *draft, p Publication, batch int64, ids []int64) error {
	ds, err := t.s.Dataset(tx, d.key)
	if fault.KindOf(err) == fault.NotFound {
		ds = Dataset{Key: d.key, Title: Text{FR: d.key}, Unit: Text{FR: d.unit}, Decimals: d.scale, Additive: canSum(d.key, d.unit)}
		r.note(intake.Info, 0, colIndicator, d.key, "series.dataset.new", fault.Args{"dataset": d.key, "unit": d.unit})
		ds.ID, err = insertDataset(tx, ds)
	}
	if err != nil {
		return err
	}
	figures, dims := make([]Figure, 0, len(d.points)), make([]int64, 0, len(d.points))
	for i := range d.points {
		f, ok := r.figure(&d.points[i], ds)
		if ok {
			figures, dims = append(figures, f), append(dims, ids[d.points[i].dim])
		}
	}
	if slices.ContainsFunc(r.notes, isError) {
		return nil // the import is rolled back; the report is what matters
	}
	r.compareTotals(atlas, ds, d, figures)
	v, err := insertVintage(tx, Vintage{Dataset: ds.ID, Published: p.Published, FileHash: p.FileHash, Batch: batch})
	if err != nil {
		return err
	}
	return insertFigures(tx, v.ID, figures, dims)
}

func (r *reading) figure(p *point, ds Dataset) (Figure, bool) {
	f := Figure{Area: p.area, Year: int(p.year), State: p.state}
	if p.state != Value {
		return f, true
	}
	v, ok := rescale(p.value, ds.Decimals)
	if !ok {
		r.refuse(int(p.line), r.measures[p.at].name, p.text, "series.decimals", fault.Args{"decimals": int64(ds.Decimals), "dataset": ds.Key})
	}
	f.Value = v
	return f, ok
}

// compareTotals warns when a group's own row is not the sum of its communes in
// the same file. Figures stand by dimension, area and year.
func (r *reading) compareTotals(atlas *territory.Atlas, ds Dataset, d *draft, figures []Figure) {
	if !ds.Additive {
		return
	}
	type slice struct {
		dim  int32
		year int
	}
	groups := map[slice][]int{}
	for i, f := range figures {
		if a := atlas.ByID(f.Area); f.State == Value && a != nil && a.Kind != territory.Commune {
			at := slice{d.points[i].dim, f.Year}
			groups[at] = append(groups[at], i)
		}
	}
	if len(groups) == 0 {
		return
	}
	values := map[slice]map[int64]Figure{}
	for i, f := range figures {
		at := slice{d.points[i].dim, f.Year}
		if groups[at] == nil {
			continue
		}
		if values[at] == nil {
			values[at] = map[int64]Figure{}
		}
		values[at][f.Area] = f
	}
	for i, f := range figures {
		at := slice{d.points[i].dim, f.Year}
		if slices.Contains(groups[at], i) {
			r.compareTotal(atlas, ds, int(d.points[i].line), f, values[at])
		}
	}
}

func (r *reading) compareTotal(atlas *territory.Atlas, ds Dataset, line int, given Figure, values map[int64]Figure) {
	day, err := calendar.New(given.Year, 7, 1)
	if err != nil {
		return // the year was checked when it was read
	}
	var members []int64
	for _, m := range atlas.Members(given.Area, day) {
		if _, ok := values[m.ID]; ok {
			members = append(members, m.ID)
		}
	}
	sum := TotalOf(ds, values, 0, members)
	if len(members) == 0 || !sum.OK || sum.Value == given.Value {
		return
	}
	r.note(intake.Warning, line, colValue, decimal(given.Value, ds), "series.total", fault.Args{"given": decimal(given.Value, ds),
		"sum": decimal(sum.Value, ds), "area": atlas.ByID(given.Area).NameFR, "year": strconv.Itoa(given.Year)})
}

func decimal(v int64, d Dataset) string {
	return sheet.Decimal{Unscaled: v, Scale: d.Decimals}.String()
}
