package series

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/sheet"
)

// place is what a code stands for.
type place struct {
	area    int64
	recoded bool
	ok      bool
}

// point is one cell of the file. The text is read once the style of its column
// is known.
type point struct {
	area  int64
	text  string
	dim   int32
	line  int32
	year  int16
	at    uint8 // index of the measure
	state State
	value sheet.Decimal
}

// draft is the figures of one dataset in a file.
type draft struct {
	key, unit string
	points    []point
	scale     int // most decimals found
	missing   int
}

// reading turns rows into drafts. It keeps the last code, indicator and
// dimension, because rows of one commune follow each other.
type reading struct {
	layout
	resolve func(code string, year int) place
	year    int // of a file without years
	whole   int64
	notes   []intake.Note

	drafts  []*draft
	byKey   map[string]*draft
	dims    map[string]int32
	dimText []string
	places  map[codeYear]place
	recoded map[string]int
	buf     []byte
	month   struct{ with, without int32 } // a line of each, 0 for none

	lastCode codeYear
	last     place
	lastYear string
	yearNow  int
	draftNow *draft
	lastKey  string
}

type codeYear struct {
	code string
	year int
}

// newReading starts a reading. whole is the area of a file that names none, and
// year the year of a file that has none (0: refused).
func newReading(l layout, year int, whole int64, resolve func(string, int) place) *reading {
	return &reading{layout: l, resolve: resolve, year: year, whole: whole, byKey: map[string]*draft{},
		dims: map[string]int32{"": 0}, dimText: []string{""}, places: map[codeYear]place{}, recoded: map[string]int{}}
}

func (r *reading) note(severity string, line int, column, value, code string, args fault.Args) {
	r.notes = append(r.notes, intake.Note{Severity: severity, Line: line, Column: column, Value: value, Code: code, Args: args})
}

func (r *reading) refuse(line int, column, value, code string, args fault.Args) {
	if args == nil {
		args = fault.Args{}
	}
	args["value"] = value
	r.note(intake.Error, line, column, value, code, args)
}

// row takes one line of the file.
func (r *reading) row(line int, cells []string) {
	for i, c := range cells {
		cells[i] = sheet.Clean(c)
	}
	dim := r.dim(cells)
	if r.layout.month >= 0 {
		r.countMonth(line, cells[r.layout.month])
	}
	for i := range r.measures {
		m := &r.measures[i]
		year, ok := r.yearOf(line, cells, m)
		if !ok {
			return
		}
		area, ok := r.areaOf(line, cells, year)
		if !ok {
			return
		}
		d, ok := r.draftOf(line, cells, m)
		if !ok {
			return
		}
		d.points = append(d.points, point{area: area, text: cells[m.at], dim: dim, line: int32(line), year: int16(year), at: uint8(i)})
	}
}

func (r *reading) countMonth(line int, cell string) {
	if cell == "" {
		r.month.without = cmp.Or(r.month.without, int32(line))
		return
	}
	r.month.with = cmp.Or(r.month.with, int32(line))
}

func (r *reading) dim(cells []string) int32 {
	if len(r.dims) == 0 || len(r.layout.dims) == 0 {
		return 0
	}
	r.buf = r.appendDim(r.buf[:0], cells)
	if id, ok := r.dims[string(r.buf)]; ok {
		return id
	}
	id := int32(len(r.dimText))
	text := string(r.buf)
	r.dims[text], r.dimText = id, append(r.dimText, text)
	return id
}

func (r *reading) yearOf(line int, cells []string, m *measure) (int, bool) {
	if m.year != 0 {
		return m.year, true
	}
	if r.layout.year < 0 {
		return r.year, true
	}
	cell := cells[r.layout.year]
	if cell == r.lastYear && cell != "" {
		return r.yearNow, true
	}
	y, ok := parseYear(cell)
	if !ok {
		r.refuse(line, colYear, cell, "series.year", nil)
		return 0, false
	}
	r.lastYear, r.yearNow = cell, y
	return y, true
}

func (r *reading) areaOf(line int, cells []string, year int) (int64, bool) {
	if r.layout.area < 0 {
		return r.whole, true
	}
	at := codeYear{cells[r.layout.area], year}
	if at != r.lastCode {
		p, known := r.places[at]
		if !known {
			p = r.resolve(at.code, year)
			r.places[at] = p
		}
		r.lastCode, r.last = at, p
	}
	if !r.last.ok {
		code := "series.nis.unknown"
		if len(at.code) == 4 && strings.Trim(at.code, "0123456789") == "" {
			code = "series.nis.zero"
		}
		r.refuse(line, colArea, at.code, code, fault.Args{"year": strconv.Itoa(year)})
		return 0, false
	}
	if r.last.recoded {
		r.recoded[at.code]++
	}
	return r.last.area, true
}

func (r *reading) draftOf(line int, cells []string, m *measure) (*draft, bool) {
	key := m.key
	if key == "" {
		key = cells[r.indicator]
	}
	if key == r.lastKey && r.draftNow != nil {
		return r.draftNow, true
	}
	d := r.byKey[key]
	if d == nil {
		canonical := strings.ToLower(key)
		if !keySyntax.MatchString(canonical) {
			r.refuse(line, colIndicator, key, "series.key", nil)
			return nil, false
		}
		if d = r.byKey[canonical]; d == nil {
			d = &draft{key: canonical, unit: m.unit}
			if r.unit >= 0 {
				d.unit = cells[r.unit]
			}
			r.drafts = append(r.drafts, d)
		}
		r.byKey[key], r.byKey[canonical] = d, d
	}
	r.lastKey, r.draftNow = key, d
	return d, true
}

// finish reads the numbers and checks what only the whole file can tell.
func (r *reading) finish() {
	if r.month.with > 0 && r.month.without > 0 {
		r.refuse(int(r.month.without), colMonth, "", "series.month", fault.Args{"with": strconv.Itoa(int(r.month.with))})
	}
	styles := r.styles()
	for _, d := range r.drafts {
		r.numbers(d, styles)
		r.duplicates(d)
	}
	for _, code := range slices.Sorted(maps.Keys(r.recoded)) {
		r.note(intake.Warning, 0, colArea, code, "series.recoded", fault.Args{"value": code, "n": int64(r.recoded[code])})
	}
}

// styles decides the style of each column of values over the whole file.
func (r *reading) styles() []sheet.NumberStyle {
	cells := make([][]string, len(r.measures))
	for _, d := range r.drafts {
		for i := range d.points {
			p := &d.points[i]
			cells[p.at] = append(cells[p.at], p.text)
		}
	}
	styles := make([]sheet.NumberStyle, len(cells))
	for i := range cells {
		styles[i] = styleOf(cells[i])
	}
	return styles
}

func (r *reading) numbers(d *draft, styles []sheet.NumberStyle) {
	positive := slices.Contains(counted, strings.ToLower(d.unit))
	for i := range d.points {
		p := &d.points[i]
		var err error
		p.value, p.state, err = number(p.text, styles[p.at])
		column := r.measures[p.at].name
		switch {
		case err != nil:
			r.refuse(int(p.line), column, p.text, numberCode(err), nil)
		case p.state != Value:
			d.missing++
		case positive && p.value.Unscaled < 0:
			r.refuse(int(p.line), column, p.text, "series.negative", fault.Args{"unit": d.unit})
		case p.value.Scale > MaxDecimals:
			r.refuse(int(p.line), column, p.text, "series.decimals", fault.Args{"decimals": int64(MaxDecimals), "dataset": d.key})
		default:
			d.scale = max(d.scale, p.value.Scale)
		}
	}
	if d.missing > 0 {
		r.note(intake.Info, 0, "", d.key, "series.missing", fault.Args{"dataset": d.key, "n": int64(d.missing)})
	}
}

func numberCode(err error) string {
	if e, ok := errors.AsType[*sheet.Error](err); ok && e.Code == sheet.CodeNumberAmbiguous {
		return "series.number.ambiguous"
	}
	return "series.number"
}

// duplicates sorts the points as the table keeps them, which makes inserting
// cheap. A figure given twice alike is taken once and counted; two different
// figures for one area, year and dimension are refused.
func (r *reading) duplicates(d *draft) {
	compare := func(a, b point) int {
		return cmp.Or(cmp.Compare(a.dim, b.dim), cmp.Compare(a.area, b.area), cmp.Compare(a.year, b.year))
	}
	if !slices.IsSortedFunc(d.points, compare) {
		slices.SortStableFunc(d.points, compare)
	}
	repeated := 0
	kept := d.points[:min(1, len(d.points))]
	for i := 1; i < len(d.points); i++ {
		a, b := &kept[len(kept)-1], &d.points[i]
		if compare(*a, *b) != 0 {
			kept = append(kept, *b)
			continue
		}
		if repeated++; a.value != b.value || a.state != b.state {
			r.refuse(int(b.line), colArea, d.key, "series.duplicate", fault.Args{"first": strconv.Itoa(int(a.line)), "year": strconv.Itoa(int(b.year)), "dim": r.dimText[b.dim]})
		}
	}
	if d.points = kept; repeated > 0 {
		r.note(intake.Warning, 0, "", d.key, "series.repeated", fault.Args{"dataset": d.key, "n": int64(repeated)})
	}
}
