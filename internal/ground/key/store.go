package key

import (
	"embed"
	"io/fs"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the room's tables.
func Schema() db.Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		files = migrations // unreachable: the folder is embedded above
	}
	return db.Schema{Room: "key", Files: files}
}

const keyColumns = "id, code, title_fr, title_nl, title_en, note, kind"

func scanKey(s db.Scanner) (k Key, err error) {
	return k, s.Scan(&k.ID, &k.Key, &k.Title.FR, &k.Title.NL, &k.Title.EN, &k.Note, &k.Kind)
}

func keyByCode(tx *db.Tx, code string) (Key, bool, error) {
	return db.One(tx, scanKey, "SELECT "+keyColumns+" FROM key_key WHERE code = $1", code)
}

func insertKey(tx *db.Tx, k Key) (int64, error) {
	id, _, err := db.One(tx, db.Value[int64], "INSERT INTO key_key (code, title_fr, title_nl, title_en, note, kind) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
		k.Key, k.Title.FR, k.Title.NL, k.Title.EN, k.Note, string(k.Kind))
	return id, err
}

const versionColumns = "id, key_id, number, status, fictitious, decision, valid_from, valid_to, recorded_at, actor"

func scanVersion(s db.Scanner) (v Version, err error) {
	var at db.Time
	err = s.Scan(&v.ID, &v.KeyID, &v.Number, &v.Status, &v.Fictitious, &v.Decision, &v.Period.From, &v.Period.To, &at, &v.Actor)
	v.RecordedAt = at.Time
	return v, err
}

// insertVersion adds a version with its criteria and their values.
func insertVersion(tx *db.Tx, v Version) (Version, error) {
	saved, _, err := db.One(tx, scanVersion, `INSERT INTO key_version (key_id, number, status, fictitious, decision, valid_from, valid_to, recorded_at, actor)
		VALUES ($1, (SELECT coalesce(max(number) + 1, 1) FROM key_version WHERE key_id = $1), $2, $3, $4, $5, $6, $7, $8) RETURNING `+versionColumns,
		v.KeyID, string(v.Status), v.Fictitious, v.Decision, v.Period.From, v.Period.To, db.At(tx.Now()), v.Actor)
	if err != nil {
		return saved, err
	}
	saved.Criteria = v.Criteria
	var pins, values [][]any
	for i, c := range v.Criteria {
		pins = append(pins, []any{saved.ID, i, c.Dataset, c.Year, c.Vintage, c.Number, c.Weight})
		for area, x := range c.Values {
			values = append(values, []any{saved.ID, i, area, x})
		}
	}
	if err := tx.Insert("key_criterion", []string{"version_id", "position", "dataset", "year", "vintage_id", "vintage_number", "weight"}, pins); err != nil {
		return saved, err
	}
	return saved, tx.Insert("key_value", []string{"version_id", "position", "area_id", "value"}, values)
}

func setStatus(tx *db.Tx, id int64, status Status, decision string, p calendar.Period) error {
	_, err := tx.Exec("UPDATE key_version SET status = $1, decision = $2, valid_from = $3, valid_to = $4 WHERE id = $5", string(status), decision, p.From, p.To, id)
	return err
}

type pinRow struct {
	Pin
	version int64
}

// keys reads keys with versions and criteria, without values: three statements.
// An empty code reads all.
func keys(tx *db.Tx, code string) ([]Key, error) {
	list, err := db.All(tx, scanKey, "SELECT "+keyColumns+" FROM key_key WHERE code = $1 OR $1 = '' ORDER BY code", code)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	versions, err := db.All(tx, scanVersion, "SELECT "+versionColumns+" FROM key_version WHERE key_id IN (SELECT id FROM key_key WHERE code = $1 OR $1 = '') ORDER BY key_id, number DESC", code)
	if err != nil {
		return nil, err
	}
	pins, err := db.All(tx, func(s db.Scanner) (p pinRow, err error) {
		return p, s.Scan(&p.version, &p.Dataset, &p.Year, &p.Vintage, &p.Number, &p.Weight)
	}, `SELECT c.version_id, c.dataset, c.year, c.vintage_id, c.vintage_number, c.weight FROM key_criterion c JOIN key_version v ON v.id = c.version_id
		WHERE v.key_id IN (SELECT id FROM key_key WHERE code = $1 OR $1 = '') ORDER BY c.version_id, c.position`, code)
	if err != nil {
		return nil, err
	}
	return assemble(list, versions, pins), nil
}

func assemble(list []Key, versions []Version, pins []pinRow) []Key {
	byVersion := map[int64][]Pin{}
	for _, p := range pins {
		byVersion[p.version] = append(byVersion[p.version], p.Pin)
	}
	byKey := map[int64][]Version{}
	for _, v := range versions {
		v.Criteria = byVersion[v.ID]
		byKey[v.KeyID] = append(byKey[v.KeyID], v)
	}
	for i := range list {
		list[i].Versions = byKey[list[i].ID]
	}
	return list
}

// fillValues reads the values of versions into their pins: one statement.
func fillValues(tx *db.Tx, versions ...*Version) error {
	if len(versions) == 0 {
		return nil
	}
	byID := map[int64]*Version{}
	args := make([]any, len(versions))
	for i, v := range versions {
		byID[v.ID], args[i] = v, v.ID
		for k := range v.Criteria {
			v.Criteria[k].Values = map[int64]int64{}
		}
	}
	_, err := db.All(tx, func(s db.Scanner) (struct{}, error) {
		var version, area, value int64
		var position int
		if err := s.Scan(&version, &position, &area, &value); err != nil {
			return struct{}{}, err
		}
		byID[version].Criteria[position].Values[area] = value
		return struct{}{}, nil
	}, "SELECT version_id, position, area_id, value FROM key_value WHERE version_id IN "+db.Placeholders(1, len(args)), args...)
	return err
}
