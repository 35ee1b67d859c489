package territory

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/search"
	"beffroi/internal/platform/sheet"
)

// Pack is the territory of a province as facts. Relations are by key; the areas
// of the rows get their database keys when the pack is loaded.
type Pack struct {
	Areas       []PackArea
	Codes       []PackCode
	Aliases     []PackAlias
	Memberships []PackMembership
	Events      []PackEvent
	Postal      []PackPostal
}

// PackArea is an area and the key of the one above it.
type PackArea struct {
	Area
	Above string
}

// PackCode is a code of the area of a key.
type PackCode struct {
	Key string
	Code
}

// PackAlias is another name of the area of a key.
type PackAlias struct {
	Key string
	Alias
}

// PackMembership is a membership between two keys.
type PackMembership struct {
	Key, Into string
	Membership
}

// PackEvent is an event between keys or, of a recoding, codes.
type PackEvent struct {
	Event
	FromKeys, ToKeys []string
}

// PackPostal is a postal code of the area of a key.
type PackPostal struct {
	Key string
	Postal
}

// packRow is one line of a file of a pack; the first thing wrong with it is kept.
type packRow struct {
	file   string
	line   int
	cells  map[string]string
	failed *error
}

func (r packRow) fail(err error) {
	if *r.failed == nil {
		*r.failed = fmt.Errorf("territory: %s line %d: %w", r.file, r.line, err)
	}
}

func (r packRow) period() calendar.Period {
	return calendar.Period{From: r.date("valid_from"), To: r.date("valid_to")}
}

func (r packRow) date(column string) (d calendar.Date) {
	if err := d.UnmarshalText([]byte(r.cells[column])); err != nil {
		r.fail(err)
	}
	return d
}

func (r packRow) integer(column string) int {
	n, err := strconv.Atoi(r.cells[column])
	if err != nil {
		r.fail(err)
	}
	return n
}

// hectares reads square kilometres with at most two decimals.
func (r packRow) hectares(column string) int64 {
	if r.cells[column] == "" {
		return 0
	}
	h, err := readHectares(r.cells[column])
	if err != nil {
		r.fail(err)
	}
	return h
}

// maxSurface bounds the digits of an area, so that bringing them to hectares cannot overflow.
const maxSurface = 1_000_000_000_000

var errSurface = errors.New("territory: not an area in square kilometres")

// readHectares reads an area in square kilometres as whole hectares; finer
// decimals are rounded to the nearest hectare.
func readHectares(text string) (int64, error) {
	d, err := sheet.ParseDecimal(text)
	if err != nil {
		return 0, err
	}
	if d.Unscaled < 0 || d.Unscaled > maxSurface {
		return 0, errSurface
	}
	n := d.Unscaled
	for scale := d.Scale; scale < 2; scale++ {
		n *= 10
	}
	for scale := d.Scale; scale > 2; scale-- {
		if scale == 3 {
			n += 5
		}
		n /= 10
	}
	return n, nil
}

// LoadPack reads areas.csv, area_codes.csv, names.csv, memberships.csv,
// events.csv, postal_codes.csv and hex.csv of a pack. A file that is absent
// holds nothing, except areas.csv. Errors name the file and the line.
func LoadPack(files fs.FS) (p Pack, err error) {
	tiles := map[string]*Tile{}
	steps := []struct {
		file string
		take func(packRow)
	}{
		{"hex.csv", func(r packRow) { tiles[r.cells["code"]] = &Tile{r.integer("x"), r.integer("y")} }},
		{"areas.csv", func(r packRow) { p.Areas = append(p.Areas, packArea(r, tiles)) }},
		{"area_codes.csv", func(r packRow) {
			p.Codes = append(p.Codes, PackCode{r.cells["area"], Code{Scheme: r.cells["scheme"], Code: r.cells["code"], Period: r.period(), Source: r.cells["source"]}})
		}},
		{"names.csv", func(r packRow) {
			p.Aliases = append(p.Aliases, PackAlias{r.cells["area"], Alias{Lang: r.cells["language"], Name: r.cells["name"], Use: r.cells["kind"], Period: r.period(), Source: r.cells["source"]}})
		}},
		{"memberships.csv", func(r packRow) {
			p.Memberships = append(p.Memberships, PackMembership{r.cells["area"], r.cells["group"], Membership{Period: r.period(), Source: r.cells["source"]}})
		}},
		{"events.csv", func(r packRow) {
			p.Events = append(p.Events, PackEvent{Event{Date: r.date("date"), Kind: EventKind(r.cells["kind"]), Note: r.cells["note"], Source: r.cells["source"]},
				split(r.cells["from"]), split(r.cells["to"])})
		}},
		{"postal_codes.csv", func(r packRow) {
			p.Postal = append(p.Postal, PackPostal{r.cells["area"], Postal{Code: r.cells["code"], Main: r.cells["main"] == "1", Source: r.cells["source"]}})
		}},
	}
	for _, s := range steps {
		if err := eachRow(files, s.file, s.take); err != nil {
			return Pack{}, err
		}
	}
	return p, nil
}

func packArea(r packRow, tiles map[string]*Tile) PackArea {
	fr := r.cells["name_fr"]
	return PackArea{Area{Kind: Kind(r.cells["kind"]), Key: r.cells["code"], NameFR: fr, NameNL: r.cells["name_nl"], NameDE: r.cells["name_de"],
		Sort: search.SortKey(fr), Period: r.period(), Hectares: r.hectares("area_km2"), Tile: tiles[r.cells["code"]], Source: r.cells["source"], Version: 1}, r.cells["parent"]}
}

func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ";")
}

func eachRow(files fs.FS, name string, take func(packRow)) (err error) {
	f, err := files.Open(name)
	if err != nil {
		if name != "areas.csv" {
			return nil
		}
		return fmt.Errorf("territory: %w", err)
	}
	defer f.Close()
	reader := csv.NewReader(f)
	header, err := reader.Read()
	if err != nil {
		return fmt.Errorf("territory: %s: %w", name, err)
	}
	rows, err := reader.ReadAll()
	if err != nil {
		return fmt.Errorf("territory: %s: %w", name, err)
	}
	var failed error
	for i, cells := range rows {
		row := packRow{name, i + 2, map[string]string{}, &failed}
		for j, h := range header {
			row.cells[h] = cells[j]
		}
		take(row)
	}
	return failed
}

// bind gives the rows the database keys of their areas.
func (p Pack) bind(id map[string]int64) (f facts, err error) {
	at := func(key string) int64 {
		if id[key] == 0 && err == nil {
			err = fmt.Errorf("territory: pack: no area %q", key)
		}
		return id[key]
	}
	for _, c := range p.Codes {
		c.Code.Area = at(c.Key)
		f.codes = append(f.codes, c.Code)
	}
	for _, n := range p.Aliases {
		n.Alias.Area = at(n.Key)
		f.aliases = append(f.aliases, n.Alias)
	}
	for _, m := range p.Memberships {
		m.Membership.Area, m.Membership.Group = at(m.Key), at(m.Into)
		f.memberships = append(f.memberships, m.Membership)
	}
	for _, c := range p.Postal {
		c.Postal.Area = at(c.Key)
		f.postal = append(f.postal, c.Postal)
	}
	for _, e := range p.Events {
		f.events = append(f.events, e.bind(p, at))
	}
	return f, err
}

// bind turns keys and codes into parties. The code of a recoding belongs to the
// area that bears or bore it.
func (e PackEvent) bind(p Pack, at func(string) int64) Event {
	event := e.Event
	party := func(key string) Party {
		if event.Kind != Recode {
			return Party{Area: at(key)}
		}
		for _, c := range p.Codes {
			if c.Code.Code == key {
				return Party{Area: at(c.Key), Code: key}
			}
		}
		return Party{Area: at(key), Code: key}
	}
	for _, key := range e.FromKeys {
		event.From = append(event.From, party(key))
	}
	for _, key := range e.ToKeys {
		event.To = append(event.To, party(key))
	}
	return event
}
