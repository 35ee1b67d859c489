// Package intake brings files in: it recognises a file, maps its columns to
// those of a target, runs the import once for show, and then applies all of it
// or nothing. Each import is a batch that can be undone. Rooms offer targets;
// intake knows no domain.
//
// A dry run is the real run, rolled back: what it reports is what will happen.
package intake

import (
	"embed"
	"encoding/json"
	"io/fs"
	"iter"
	"time"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/object"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the tables of imports.
func Schema() db.Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		files = migrations // unreachable: the folder is embedded above
	}
	return db.Schema{Room: "intake", Files: files}
}

// Column is one column of a target table. Aliases are folded header names that
// map to it by themselves.
type Column struct {
	Name     string   `json:"name"`
	Required bool     `json:"required"`
	Aliases  []string `json:"aliases,omitempty"`
	Kind     string   `json:"kind"` // text, nis, date, year, decimal, cents, enum or list
	Enum     []string `json:"enum,omitempty"`
}

// Option is a choice that the file does not hold, such as the reference system
// of its coordinates.
type Option struct {
	Name     string   `json:"name"`
	Kind     string   `json:"kind"` // text, year, date or enum
	Enum     []string `json:"enum,omitempty"`
	Default  string   `json:"default,omitempty"`
	Required bool     `json:"required"`
}

// Row is one line of the file, its values by column name, trimmed and with
// plain apostrophes and blanks.
type Row struct {
	Line   int
	Values map[string]string
}

// Severities of a note.
const (
	Error   = "error"   // nothing of the file is written
	Warning = "warning" // written, but somebody should look
	Info    = "info"
)

// Note tells of one line: what was found, where, and by its code what to do.
type Note struct {
	Line     int        `json:"line,omitempty"`
	Column   string     `json:"column,omitempty"`
	Value    string     `json:"value,omitempty"`
	Code     string     `json:"code"`
	Args     fault.Args `json:"args,omitempty"`
	Severity string     `json:"severity"`
}

// Outcome is what an import did or would do.
type Outcome struct {
	Created   int               `json:"created"`
	Updated   int               `json:"updated"`
	Unchanged int               `json:"unchanged"`
	Skipped   int               `json:"skipped"`
	Notes     []Note            `json:"notes,omitempty"`
	Facts     map[string]string `json:"facts,omitempty"`
}

// Errors is the number of notes that stop the import.
func (o Outcome) Errors() int { return o.count(Error) }

// Warnings is the number of notes that somebody should look at.
func (o Outcome) Warnings() int { return o.count(Warning) }

func (o Outcome) count(severity string) (n int) {
	for _, note := range o.Notes {
		if note.Severity == severity {
			n++
		}
	}
	return n
}

// Input is the file as a target reads it. Rows may be read once. Raw is the
// whole file, for targets without columns.
type Input struct {
	Name    string
	Hash    string
	Header  []string
	Mapping map[string]string // column name → header of the file
	Options map[string]string
	Rows    iter.Seq2[Row, error]
	Raw     []byte
}

// Has tells whether a column of the target is found in the file.
func (in Input) Has(column string) bool { return in.Mapping[column] != "" }

// Target takes files of one kind.
type Target interface {
	// Key names the target in addresses and on the command line.
	Key() string
	// Rule says who may import.
	Rule() auth.Rule
	// Columns of the table; nil for a file that is no table.
	Columns() []Column
	// Options that the person chooses.
	Options() []Option
	// Apply writes the file in tx and reports line by line. The transaction is
	// rolled back on a dry run and when a note is an Error.
	Apply(tx *db.Tx, actor auth.Actor, batch int64, in Input) (Outcome, error)
	// Undo takes back what a batch wrote.
	Undo(tx *db.Tx, actor auth.Actor, batch int64) error
}

// Batch is one import.
type Batch struct {
	ID       int64     `json:"id"`
	Target   string    `json:"target"`
	FileHash string    `json:"file_hash"`
	FileName string    `json:"file_name"`
	Actor    string    `json:"actor"`
	At       time.Time `json:"at"`
	UndoneAt time.Time `json:"undone_at,omitzero"`
	UndoneBy string    `json:"undone_by,omitempty"`
	Outcome  Outcome   `json:"outcome"`
}

// Undone tells whether the batch was taken back.
func (b Batch) Undone() bool { return !b.UndoneAt.IsZero() }

// Ref names the batch in the audit.
func (b Batch) Ref() object.Ref { return object.Ref{Kind: "import", Key: itoa(b.ID)} }

// Change is the state of an object before an import touched it; Before is nil
// when the object did not exist.
type Change struct {
	Ref    object.Ref
	Before json.RawMessage
}

// Remember keeps the state of an object before a batch changes it, for Undo.
func Remember(tx *db.Tx, batch int64, ref object.Ref, before any) error {
	var text any
	if before != nil {
		b, err := json.Marshal(before)
		if err != nil {
			return err
		}
		text = string(b)
	}
	_, err := tx.Exec(`INSERT INTO intake_change (batch, seq, object_kind, object_key, before)
		VALUES ($1, (SELECT coalesce(max(seq) + 1, 0) FROM intake_change WHERE batch = $1), $2, $3, $4)`, batch, ref.Kind, ref.Key, text)
	return err
}

// Remembered lists what a batch replaced, newest first.
func Remembered(tx *db.Tx, batch int64) ([]Change, error) {
	return db.All(tx, func(s db.Scanner) (c Change, err error) {
		var before db.Null
		if err = s.Scan(&c.Ref.Kind, &c.Ref.Key, &before); err == nil && before != "" {
			c.Before = json.RawMessage(before)
		}
		return c, err
	}, "SELECT object_kind, object_key, before FROM intake_change WHERE batch = $1 ORDER BY seq DESC", batch)
}
