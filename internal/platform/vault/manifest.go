package vault

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"slices"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

// format is the number of the layout that this program writes; it reads the
// earlier ones: 1 had no files.
const format = 2

// Manifest tells what an archive holds.
type Manifest struct {
	Format    int               `json:"format"`
	Program   string            `json:"program"` // version that wrote it
	Engine    db.Engine         `json:"engine"`  // from which it was taken
	CreatedAt time.Time         `json:"created_at"`
	Steps     map[string]string `json:"steps"` // SHA-256 of each step of the schema
	Tables    []Table           `json:"tables"`
	Files     Files             `json:"files"`
	Audit     Audit             `json:"audit"`
}

// Table is what is known of the rows of a table. The SHA-256 is of its rows as
// the archive has them, and the same for the same rows on either engine.
type Table struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
	Rows    int64    `json:"rows"`
	SHA256  string   `json:"sha256"`
}

// Audit is the size of the audit tree and its root, base64 as in a checkpoint.
type Audit struct {
	Size int64  `json:"size"`
	Root string `json:"root"`
}

// Rows is the number of rows of all tables.
func (m Manifest) Rows() (n int64) {
	for _, t := range m.Tables {
		n += t.Rows
	}
	return n
}

// Progress is told the table at work and how many of its rows are done. It may
// be nil.
type Progress func(table string, rows int64)

func (p Progress) tell(table string, rows int64) {
	if p != nil {
		p(table, rows)
	}
}

// tally counts and sums the rows of a table.
type tally struct {
	rows int64
	sum  hash.Hash
}

func newTally() *tally { return &tally{sum: sha256.New()} }

func (t *tally) add(line []byte) {
	t.rows++
	t.sum.Write(line)
}

func (t *tally) table(name string, columns []string) Table {
	return Table{Name: name, Columns: columns, Rows: t.rows, SHA256: hex.EncodeToString(t.sum.Sum(nil))}
}

// each gives every row of a table with its line of text; neither may be kept.
func each(tx *db.Tx, table db.Table, f func(values []any, line []byte) error) error {
	var line []byte
	return tx.Rows(table, func(values []any) (err error) {
		if line, err = appendRow(line[:0], values); err != nil {
			return err
		}
		return f(values, line)
	})
}

// Survey counts and sums every table of a database.
func Survey(tx *db.Tx, tables []db.Table, progress Progress) ([]Table, error) {
	var list []Table
	for _, table := range tables {
		progress.tell(table.Name, 0)
		t := newTally()
		if err := each(tx, table, func(_ []any, line []byte) error { t.add(line); return nil }); err != nil {
			return nil, err
		}
		list = append(list, t.table(table.Name, table.Names()))
	}
	return list, nil
}

// compare refuses tables that are not those of the source, row for row.
func compare(want, got []Table) error {
	for i := range max(len(want), len(got)) {
		if i >= len(want) || i >= len(got) || want[i].Name != got[i].Name || !slices.Equal(want[i].Columns, got[i].Columns) {
			return differs(want, got, i)
		}
		if want[i].Rows != got[i].Rows || want[i].SHA256 != got[i].SHA256 {
			return differs(want, got, i)
		}
	}
	return nil
}

func differs(want, got []Table, i int) error {
	var w, g Table
	if i < len(want) {
		w = want[i]
	}
	if i < len(got) {
		g = got[i]
	}
	name := w.Name
	if name == "" {
		name = g.Name
	}
	return fault.New(fault.Conflict, "vault.differs", fault.Args{"name": name, "want": w.Rows, "got": g.Rows})
}

// prove verifies the audit of a database and that it is the audit of the source.
func prove(tx *db.Tx, want Audit) error {
	if _, err := audit.Verify(tx); err != nil {
		return err
	}
	got, err := auditOf(tx)
	if err == nil && got != want {
		err = fault.New(fault.Conflict, "vault.root", fault.Args{"want": want.Root, "got": got.Root})
	}
	return err
}

func auditOf(tx *db.Tx) (a Audit, err error) {
	a.Size, a.Root, err = audit.Root(tx)
	return a, err
}
