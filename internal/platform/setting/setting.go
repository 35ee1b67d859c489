// Package setting keeps small named values of the installation: switches that
// staff turn, and keys that the program makes for itself.
package setting

import (
	"embed"
	"io/fs"

	"beffroi/internal/platform/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the table of settings.
func Schema() db.Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		files = migrations // unreachable: the folder is embedded above
	}
	return db.Schema{Room: "setting", Files: files}
}

// All reads every setting whose name starts with a prefix.
func All(tx *db.Tx, prefix string) (map[string]string, error) {
	values := map[string]string{}
	_, err := db.All(tx, func(s db.Scanner) (struct{}, error) {
		var name, value string
		err := s.Scan(&name, &value)
		values[name] = value
		return struct{}{}, err
	}, "SELECT name, value FROM setting WHERE name >= $1 AND name < $2", prefix, prefix+"\uffff")
	return values, err
}

// Copy keeps the settings of a prefix in memory. Nobody may change the map.
func Copy(d *db.DB, prefix string) *db.Copy[map[string]string] {
	return db.NewCopy(d, func(tx *db.Tx) (map[string]string, error) { return All(tx, prefix) }, "setting")
}

// Set writes a setting; an empty value removes it.
func Set(tx *db.Tx, name, value string) error {
	if value == "" {
		_, err := tx.Exec("DELETE FROM setting WHERE name = $1", name)
		return err
	}
	_, err := tx.Exec(`INSERT INTO setting (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return err
}

// Ensure gives a setting, made by create when it is not there yet.
func Ensure(tx *db.Tx, name string, create func() string) (string, error) {
	value, ok, err := db.One(tx, db.Value[string], "SELECT value FROM setting WHERE name = $1", name)
	if err != nil || ok {
		return value, err
	}
	value = create()
	return value, Set(tx, name, value)
}
