package territory

import (
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

// tables are what an atlas is made of.
var tables = []string{"territory_area", "territory_shape", "territory_code", "territory_alias", "territory_membership", "territory_postal", "territory_event", "territory_party"}

// readAtlas reads the whole register.
func readAtlas(tx *db.Tx) (*Atlas, error) {
	f, err := load(tx)
	if err != nil {
		return nil, err
	}
	return newAtlas(f), nil
}

func load(tx *db.Tx) (f facts, err error) {
	f.shapes = map[int64]string{}
	f.areas, err = db.All(tx, func(s db.Scanner) (*Area, error) { return scanArea(s, f.shapes) }, `SELECT a.id, a.kind, a.key, a.name_fr, a.name_nl, a.name_de,
		a.sort_key, a.parent, a.valid_from, a.valid_to, a.hectares, a.tile_x, a.tile_y, a.source, a.version, s.coordinates
		FROM territory_area a LEFT JOIN territory_shape s ON s.area = a.id`)
	if err != nil {
		return f, err
	}
	if f.codes, err = db.All(tx, scanCode, "SELECT area, scheme, code, valid_from, valid_to, source FROM territory_code ORDER BY id"); err != nil {
		return f, err
	}
	if f.aliases, err = db.All(tx, scanAlias, "SELECT area, lang, name, used_as, valid_from, valid_to, source FROM territory_alias ORDER BY id"); err != nil {
		return f, err
	}
	if f.memberships, err = db.All(tx, scanMembership, "SELECT id, area, into_group, valid_from, valid_to, source FROM territory_membership ORDER BY id"); err != nil {
		return f, err
	}
	if f.postal, err = db.All(tx, scanPostal, "SELECT area, code, main, source FROM territory_postal"); err != nil {
		return f, err
	}
	f.events, err = loadEvents(tx)
	return f, err
}

func scanArea(s db.Scanner, shapes map[int64]string) (*Area, error) {
	var a Area
	var parent db.NullID
	var tileX, tileY *int64
	var shape db.Null
	err := s.Scan(&a.ID, &a.Kind, &a.Key, &a.NameFR, &a.NameNL, &a.NameDE, &a.Sort, &parent,
		&a.Period.From, &a.Period.To, &a.Hectares, &tileX, &tileY, &a.Source, &a.Version, &shape)
	a.Parent = int64(parent)
	if tileX != nil && tileY != nil {
		a.Tile = &Tile{int(*tileX), int(*tileY)}
	}
	if shape != "" {
		shapes[a.ID] = string(shape)
	}
	return &a, err
}

func scanCode(s db.Scanner) (c Code, err error) {
	return c, s.Scan(&c.Area, &c.Scheme, &c.Code, &c.Period.From, &c.Period.To, &c.Source)
}

func scanAlias(s db.Scanner) (n Alias, err error) {
	return n, s.Scan(&n.Area, &n.Lang, &n.Name, &n.Use, &n.Period.From, &n.Period.To, &n.Source)
}

func scanMembership(s db.Scanner) (m Membership, err error) {
	return m, s.Scan(&m.ID, &m.Area, &m.Group, &m.Period.From, &m.Period.To, &m.Source)
}

func scanPostal(s db.Scanner) (p Postal, err error) {
	return p, s.Scan(&p.Area, &p.Code, &p.Main, &p.Source)
}

// loadEvents reads the events with their parties, one row for each party.
func loadEvents(tx *db.Tx) ([]Event, error) {
	var list []Event
	_, err := db.All(tx, func(s db.Scanner) (struct{}, error) {
		var e Event
		var p Party
		var side string
		if err := s.Scan(&e.ID, &e.Date, &e.Kind, &e.Note, &e.Source, &e.Batch, &side, &p.Area, &p.Code, &p.Weight); err != nil {
			return struct{}{}, err
		}
		if len(list) == 0 || list[len(list)-1].ID != e.ID {
			list = append(list, e)
		}
		list[len(list)-1].add(side, p)
		return struct{}{}, nil
	}, `SELECT e.id, e.day, e.kind, e.note, e.source, e.batch, p.side, p.area, p.code, p.weight
		FROM territory_event e JOIN territory_party p ON p.event = e.id ORDER BY e.id, p.id`)
	return list, err
}

func (e *Event) add(side string, p Party) {
	switch side {
	case "from":
		e.From = append(e.From, p)
	case "to":
		e.To = append(e.To, p)
	case "moved":
		e.Moved = append(e.Moved, p)
	}
}

var areaColumns = []string{"kind", "key", "name_fr", "name_nl", "name_de", "sort_key", "parent", "valid_from", "valid_to",
	"hectares", "tile_x", "tile_y", "source", "version"}

func areaRow(a *Area) []any {
	var x, y any
	if a.Tile != nil {
		x, y = int64(a.Tile.X), int64(a.Tile.Y)
	}
	return []any{string(a.Kind), a.Key, a.NameFR, a.NameNL, a.NameDE, a.Sort, db.NullID(a.Parent), a.Period.From, a.Period.To,
		a.Hectares, x, y, a.Source, a.Version}
}

// insertAreas adds areas and fills in their keys of the database. Parents are
// set afterwards, by setParents, because they may be among the areas.
func insertAreas(tx *db.Tx, list []*Area) error {
	rows := make([][]any, len(list))
	for i, a := range list {
		rows[i] = areaRow(a)
	}
	if err := tx.Insert("territory_area", areaColumns, rows); err != nil {
		return err
	}
	byKey := map[string]int64{}
	_, err := db.All(tx, func(s db.Scanner) (struct{}, error) {
		var id int64
		var key string
		err := s.Scan(&id, &key)
		byKey[key] = id
		return struct{}{}, err
	}, "SELECT id, key FROM territory_area")
	for _, a := range list {
		a.ID = byKey[a.Key]
	}
	return err
}

// updateArea writes an area whose version is still the one read; a stale one
// is a Conflict.
func updateArea(tx *db.Tx, a *Area) error {
	args := append(areaRow(a), a.ID, a.Version-1)
	n, err := tx.Exec(`UPDATE territory_area SET kind = $1, key = $2, name_fr = $3, name_nl = $4, name_de = $5, sort_key = $6, parent = $7,
		valid_from = $8, valid_to = $9, hectares = $10, tile_x = $11, tile_y = $12, source = $13, version = $14 WHERE id = $15 AND version = $16`, args...)
	if err == nil && n == 0 {
		return stale(a)
	}
	if db.IsUnique(err) {
		return fault.Bad("key", a.Key, "territory.key.taken", fault.Args{"value": a.Key})
	}
	return err
}

func stale(a *Area) error {
	return fault.New(fault.Conflict, "stale", fault.Args{"what": a.NameFR})
}

func insertCodes(tx *db.Tx, list []Code) error {
	rows := make([][]any, len(list))
	for i, c := range list {
		rows[i] = []any{c.Area, c.Scheme, c.Code, c.Period.From, c.Period.To, c.Source}
	}
	return tx.Insert("territory_code", []string{"area", "scheme", "code", "valid_from", "valid_to", "source"}, rows)
}

func insertAliases(tx *db.Tx, list []Alias) error {
	rows := make([][]any, len(list))
	for i, n := range list {
		rows[i] = []any{n.Area, n.Lang, n.Name, n.Use, n.Period.From, n.Period.To, n.Source}
	}
	return tx.Insert("territory_alias", []string{"area", "lang", "name", "used_as", "valid_from", "valid_to", "source"}, rows)
}

func insertMemberships(tx *db.Tx, list []Membership) error {
	rows := make([][]any, len(list))
	for i, m := range list {
		rows[i] = []any{m.Area, m.Group, m.Period.From, m.Period.To, m.Source}
	}
	return tx.Insert("territory_membership", []string{"area", "into_group", "valid_from", "valid_to", "source"}, rows)
}

func insertPostal(tx *db.Tx, list []Postal) error {
	rows := make([][]any, len(list))
	for i, p := range list {
		rows[i] = []any{p.Area, p.Code, p.Main, p.Source}
	}
	return tx.Insert("territory_postal", []string{"area", "code", "main", "source"}, rows)
}

func insertEvent(tx *db.Tx, e Event) error {
	id, _, err := db.One(tx, db.Value[int64], "INSERT INTO territory_event (day, kind, note, source, batch) VALUES ($1, $2, $3, $4, $5) RETURNING id",
		e.Date, string(e.Kind), e.Note, e.Source, e.Batch)
	if err != nil {
		return err
	}
	var rows [][]any
	for _, side := range []struct {
		name string
		list []Party
	}{{"from", e.From}, {"to", e.To}, {"moved", e.Moved}} {
		for _, p := range side.list {
			rows = append(rows, []any{id, side.name, p.Area, p.Code, p.Weight})
		}
	}
	return tx.Insert("territory_party", []string{"event", "side", "area", "code", "weight"}, rows)
}

func deleteEvents(tx *db.Tx, batch int64) error {
	if _, err := tx.Exec("DELETE FROM territory_party WHERE event IN (SELECT id FROM territory_event WHERE batch = $1)", batch); err != nil {
		return err
	}
	_, err := tx.Exec("DELETE FROM territory_event WHERE batch = $1", batch)
	return err
}

// clear removes what hangs on an area, before it is written anew. The
// memberships are those of the area as a member.
func clear(tx *db.Tx, area int64) error {
	for _, table := range []string{"territory_code", "territory_alias", "territory_membership", "territory_postal", "territory_shape"} {
		if _, err := tx.Exec("DELETE FROM "+table+" WHERE area = $1", area); err != nil {
			return err
		}
	}
	return nil
}

func deleteArea(tx *db.Tx, id int64) error {
	_, err := tx.Exec("DELETE FROM territory_area WHERE id = $1", id)
	return err
}

func insertShape(tx *db.Tx, area int64, coordinates string) error {
	_, err := tx.Exec("INSERT INTO territory_shape (area, coordinates) VALUES ($1, $2)", area, coordinates)
	return err
}

// closing is the day before another, on which what it ends was last in force.
func closing(day calendar.Date) calendar.Date { return day.AddDays(-1) }

// setParent puts the areas of the keys below another.
func setParent(tx *db.Tx, parent int64, keys []string) error {
	args := []any{parent}
	for _, k := range keys {
		args = append(args, k)
	}
	_, err := tx.Exec("UPDATE territory_area SET parent = $1 WHERE key IN "+db.Placeholders(2, len(keys)), args...)
	return err
}
