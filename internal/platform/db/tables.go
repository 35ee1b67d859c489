package db

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"beffroi/internal/platform/fault"
)

// Kind is what a column holds once the engine's own types are set aside.
type Kind string

// The kinds. A value of a row is nil, or int64, float64, string or []byte in
// this order of kinds. Booleans are the integers 0 and 1; days and instants are
// text, the very text that SQLite keeps.
const (
	Integer Kind = "integer"
	Real    Kind = "real"
	Text    Kind = "text"
	Bytes   Kind = "bytes"
)

// kinds holds the types that migrations may use, on SQLite and on PostgreSQL.
// JSONB is missing on purpose: PostgreSQL does not give back the text it took.
var kinds = map[string]Kind{
	"INTEGER": Integer, "REAL": Real, "TEXT": Text, "BLOB": Bytes,
	"bigint": Integer, "boolean": Integer, "double precision": Real, "text": Text, "date": Text,
	"timestamp with time zone": Text, "bytea": Bytes,
}

// Column is a column of a table.
type Column struct {
	Name     string
	Kind     Kind
	native   string // the engine's own type
	identity bool   // PostgreSQL numbers the rows
}

// Table is a table as the engine knows it. Its columns are in the order of its
// making, which is the same on both engines.
type Table struct {
	Name    string
	Columns []Column
	key     []string // columns of the primary key
}

// Key are the names of the columns of the primary key, every column without one.
func (t Table) Key() []string { return slices.Clone(t.key) }

// Only is the table with some of its columns, in the order of the table.
func (t Table) Only(names ...string) Table {
	t.Columns = slices.DeleteFunc(slices.Clone(t.Columns), func(c Column) bool { return !slices.Contains(names, c.Name) })
	return t
}

// Names are the names of the columns.
func (t Table) Names() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}

var tablesText = map[Engine]string{
	SQLite: `SELECT m.name, c.name, c.type, c.pk, 0 FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND substr(m.name, 1, 7) <> 'sqlite_' ORDER BY m.name, c.cid`,
	Postgres: `SELECT c.table_name, c.column_name, c.data_type, coalesce(k.position, 0), CASE c.is_identity WHEN 'YES' THEN 1 ELSE 0 END
		FROM information_schema.columns c
		JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'
		LEFT JOIN (SELECT u.table_name, u.column_name, u.ordinal_position AS position FROM information_schema.table_constraints p
			JOIN information_schema.key_column_usage u ON u.constraint_schema = p.constraint_schema AND u.constraint_name = p.constraint_name AND u.table_name = p.table_name
			WHERE p.table_schema = current_schema() AND p.constraint_type = 'PRIMARY KEY') k ON k.table_name = c.table_name AND k.column_name = c.column_name
		WHERE c.table_schema = current_schema() ORDER BY c.table_name, c.ordinal_position`,
}

// columnRow is one line of the engine's answer about its tables.
type columnRow struct {
	table    string
	column   Column
	position int64 // in the primary key, from 1; 0 outside it
}

func scanColumn(s Scanner) (r columnRow, err error) {
	var identity int64
	err = s.Scan(&r.table, &r.column.Name, &r.column.native, &r.position, &identity)
	r.column.Kind, r.column.identity = kinds[r.column.native], identity == 1
	return r, err
}

// Tables lists the tables of the database by name.
func Tables(tx *Tx) ([]Table, error) {
	rows, err := All(tx, scanColumn, tablesText[tx.engine])
	if err != nil {
		return nil, err
	}
	byName := map[string][]columnRow{}
	for _, r := range rows {
		if r.table == "table_change" {
			continue
		}
		if r.column.Kind == "" {
			return nil, fmt.Errorf("db: column %s.%s is of type %s, which does not pass from one engine to the other", r.table, r.column.Name, r.column.native)
		}
		byName[r.table] = append(byName[r.table], r)
	}
	var list []Table
	for name, rows := range byName {
		list = append(list, newTable(name, rows))
	}
	slices.SortFunc(list, func(a, b Table) int { return cmp.Compare(a.Name, b.Name) })
	return list, nil
}

func newTable(name string, rows []columnRow) Table {
	t := Table{Name: name}
	for _, r := range rows {
		t.Columns = append(t.Columns, r.column)
	}
	slices.SortStableFunc(rows, func(a, b columnRow) int { return cmp.Compare(a.position, b.position) })
	for _, r := range rows {
		if r.position > 0 {
			t.key = append(t.key, r.column.Name)
		}
	}
	if t.key == nil {
		t.key = t.Names()
	}
	return t
}

func quoted(names []string) []string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = `"` + n + `"`
	}
	return list
}

// Rows gives every row of a table in the order of its key. The values, and
// their order, are the same on both engines; f must not keep the slice.
func (t *Tx) Rows(table Table, f func(values []any) error) error {
	return t.RowsWhere(table, "", f)
}

// RowsWhere gives the rows of which a condition holds ("" is every row), as Rows does.
func (t *Tx) RowsWhere(table Table, condition string, f func(values []any) error, args ...any) error {
	if condition != "" {
		condition = " WHERE " + condition
	}
	rows, err := t.Query("SELECT "+strings.Join(quoted(table.Names()), ", ")+` FROM "`+table.Name+`"`+condition+" ORDER BY "+strings.Join(quoted(table.key), ", "), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	values := make([]any, len(table.Columns))
	into := make([]any, len(values))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return translate(err)
		}
		for i, c := range table.Columns {
			values[i] = c.portable(values[i])
		}
		if err := f(values); err != nil {
			return err
		}
	}
	return translate(rows.Err())
}

// portable turns PostgreSQL's booleans, days and instants into what SQLite has.
func (c Column) portable(v any) any {
	switch x := v.(type) {
	case bool:
		if x {
			return int64(1)
		}
		return int64(0)
	case time.Time:
		if c.native == "date" {
			return x.Format(time.DateOnly)
		}
		return x.UTC().Format(instantLayout)
	case []byte:
		if x == nil { // an empty value, not an absent one
			return []byte{}
		}
	}
	return v
}

// Put adds rows as Rows gave them, on whichever engine. It may change them.
func (t *Tx) Put(table Table, rows [][]any) error {
	for i, c := range table.Columns {
		if c.native != "boolean" {
			continue
		}
		for _, r := range rows {
			if n, ok := r[i].(int64); ok {
				r[i] = n != 0
			}
		}
	}
	return t.Insert(`"`+table.Name+`"`, quoted(table.Names()), rows)
}

// Snapshot lets f read all tables as they are at one moment, for as long as it
// takes, while others go on writing.
func (d *DB) Snapshot(ctx context.Context, f func(tx *Tx, tables []Table) error) error {
	return d.Read(ctx, func(tx *Tx) error {
		if err := tx.patient(); err != nil {
			return err
		}
		tables, err := Tables(tx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(tables, func(t Table) bool { return t.Name == "schema_version" }) {
			return fault.New(fault.NotFound, "db.nothing", nil)
		}
		return f(tx, tables)
	})
}

// patient lifts PostgreSQL's limit of time from the statements of a transaction.
func (t *Tx) patient() error {
	if t.engine != Postgres {
		return nil
	}
	_, err := t.tx.ExecContext(t.ctx, "SET LOCAL statement_timeout = 0")
	return translate(err)
}

// Fill makes the tables of steps in a database without tables and lets f fill
// them through Put, all in one transaction: after an error the database is as
// empty as before. Foreign keys are checked at the end, so that rows may come
// in any order.
func (d *DB) Fill(ctx context.Context, steps []Step, f func(tx *Tx, tables []Table) error) error {
	if _, err := d.write.ExecContext(ctx, d.dialect(versionTable)); err != nil {
		return translate(err)
	}
	return d.Write(ctx, func(tx *Tx) error {
		if err := tx.patient(); err != nil {
			return err
		}
		tables, err := Tables(tx)
		if err != nil {
			return err
		}
		if len(tables) > 1 { // the table of versions was made above
			return fault.New(fault.Conflict, "db.full", fault.Args{"n": int64(len(tables) - 1)})
		}
		if err := d.apply(tx, steps); err != nil {
			return err
		}
		return tx.deferred(func() error { return tx.fill(f) })
	})
}

// fill clears the rows that migrations made, since those to come hold them too.
func (t *Tx) fill(f func(tx *Tx, tables []Table) error) error {
	tables, err := Tables(t)
	if err != nil {
		return err
	}
	for _, table := range tables {
		if _, err := t.Exec(`DELETE FROM "` + table.Name + `"`); err != nil {
			return err
		}
	}
	if err := f(t, tables); err != nil {
		return err
	}
	return t.renumber(tables)
}

// renumber makes PostgreSQL number new rows after those that are there; SQLite
// looks at the rows themselves.
func (t *Tx) renumber(tables []Table) error {
	for _, table := range tables {
		for _, c := range table.Columns {
			if !c.identity {
				continue
			}
			if _, _, err := One(t, Value[int64], `SELECT setval(pg_get_serial_sequence('"`+table.Name+`"', '`+c.Name+`'),
				coalesce(max("`+c.Name+`"), 0) + 1, false) FROM "`+table.Name+`"`); err != nil {
				return err
			}
		}
	}
	return nil
}

// deferred runs f with every foreign key checked after it, not row by row.
func (t *Tx) deferred(f func() error) error {
	if t.engine == SQLite {
		if _, err := t.tx.ExecContext(t.ctx, "PRAGMA defer_foreign_keys = 1"); err != nil { // ends with the transaction
			return translate(err)
		}
		return f()
	}
	strict, err := All(t, Value[string], `SELECT 'ALTER TABLE "' || c.relname || '" ALTER CONSTRAINT "' || k.conname || '"'
		FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE k.contype = 'f' AND NOT k.condeferrable AND n.nspname = current_schema() ORDER BY c.relname, k.conname`)
	if err != nil {
		return err
	}
	if err := t.alter(strict, " DEFERRABLE INITIALLY DEFERRED"); err != nil {
		return err
	}
	if err := f(); err != nil {
		return err
	}
	if _, err := t.tx.ExecContext(t.ctx, "SET CONSTRAINTS ALL IMMEDIATE"); err != nil { // checks what waited
		return translate(err)
	}
	return t.alter(strict, " NOT DEFERRABLE")
}

func (t *Tx) alter(constraints []string, how string) error {
	for _, c := range constraints {
		if _, err := t.tx.ExecContext(t.ctx, c+how); err != nil {
			return translate(err)
		}
	}
	return nil
}
