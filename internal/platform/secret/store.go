package secret

import (
	"embed"
	"fmt"
	"io/fs"
	"time"

	"beffroi/internal/platform/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the table of keys.
func Schema() db.Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		files = migrations // unreachable: the folder is embedded above
	}
	return db.Schema{Room: "secret", Files: files}
}

// States of a key.
const (
	Current   = "current"   // seals
	Old       = "old"       // opens only, until everything is sealed again
	Destroyed = "destroyed" // opens nothing any more
)

// Key is a key as it is kept; what it is made of is not told.
type Key struct {
	ID      string
	Purpose string
	Subject string // whose data alone it seals, "" for everybody's
	State   string
	Made    time.Time
	Ended   time.Time
	wrapped []byte
}

const keyColumns = "id, purpose, subject, state, wrapped, made_at, ended_at"

func scanKey(s db.Scanner) (k Key, err error) {
	var made, ended db.Time
	err = s.Scan(&k.ID, &k.Purpose, &k.Subject, &k.State, &k.wrapped, &made, &ended)
	k.Made, k.Ended = made.Time, ended.Time
	return k, err
}

func keyByID(tx *db.Tx, id string) (Key, bool, error) {
	return db.One(tx, scanKey, "SELECT "+keyColumns+" FROM secret_key WHERE id = $1", id)
}

func currentKey(tx *db.Tx, purpose, subject string) (Key, bool, error) {
	return db.One(tx, scanKey, "SELECT "+keyColumns+" FROM secret_key WHERE purpose = $1 AND subject = $2 AND state = 'current'", purpose, subject)
}

// Keys lists the keys by purpose, newest first.
func Keys(tx *db.Tx) ([]Key, error) {
	return db.All(tx, scanKey, "SELECT "+keyColumns+" FROM secret_key ORDER BY purpose, subject, made_at DESC, id")
}

func keysInState(tx *db.Tx, purpose, state string) ([]Key, error) {
	return db.All(tx, scanKey, "SELECT "+keyColumns+" FROM secret_key WHERE purpose = $1 AND state = $2 ORDER BY id", purpose, state)
}

func insertKey(tx *db.Tx, k Key) error {
	_, err := tx.Exec("INSERT INTO secret_key (id, purpose, subject, state, wrapped, made_at) VALUES ($1, $2, $3, 'current', $4, $5)",
		k.ID, k.Purpose, k.Subject, k.wrapped, db.At(tx.Now()))
	return err
}

func retireKey(tx *db.Tx, id string) error {
	_, err := tx.Exec("UPDATE secret_key SET state = 'old' WHERE id = $1", id)
	return err
}

func rewrapKey(tx *db.Tx, id string, wrapped []byte) error {
	_, err := tx.Exec("UPDATE secret_key SET wrapped = $1 WHERE id = $2", wrapped, id)
	return err
}

// destroyKey leaves nothing to open anything with, and not whose it was.
func destroyKey(tx *db.Tx, id string) error {
	_, err := tx.Exec("UPDATE secret_key SET state = 'destroyed', subject = '', wrapped = NULL, ended_at = $1 WHERE id = $2", db.At(tx.Now()), id)
	return err
}

// subjectKeys are the keys of one subject, old ones included.
func subjectKeys(tx *db.Tx, purpose, subject string) ([]Key, error) {
	return db.All(tx, scanKey, "SELECT "+keyColumns+" FROM secret_key WHERE purpose = $1 AND subject = $2 AND state <> 'destroyed' ORDER BY id", purpose, subject)
}

// cell is one sealed value and the key of its row.
type cell struct {
	row  any
	text string
}

// cells are up to n values of a field that are sealed with a key, from the rows
// after one (nil is from the first).
func cells(tx *db.Tx, f Field, key string, after any, n int) ([]cell, error) {
	from, to := prefix(key)
	args := []any{from, to}
	condition := ""
	if after != nil {
		args = append(args, after)
		condition = fmt.Sprintf(`AND "%s" > $3 `, f.Row)
	}
	return db.All(tx, func(s db.Scanner) (c cell, err error) { return c, s.Scan(&c.row, &c.text) },
		fmt.Sprintf(`SELECT "%[1]s", "%[2]s" FROM "%[3]s" WHERE "%[2]s" >= $1 AND "%[2]s" < $2 %[4]sORDER BY "%[1]s" LIMIT %[5]d`, f.Row, f.Column, f.Table, condition, n), args...)
}

func putCell(tx *db.Tx, f Field, row any, text string) error {
	_, err := tx.Exec(fmt.Sprintf(`UPDATE "%s" SET "%s" = $1 WHERE "%s" = $2`, f.Table, f.Column, f.Row), text, row)
	return err
}
