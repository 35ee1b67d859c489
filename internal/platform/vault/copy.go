package vault

import (
	"context"
	"slices"

	"beffroi/internal/platform/db"
)

// Copy fills a database without tables with everything that another one holds,
// at one moment, on whichever engines. It compares the count and the checksum
// of every table and proves the audit before it commits: all or nothing.
func Copy(ctx context.Context, from, to *db.DB, schemas []db.Schema, progress Progress) (copied []Table, err error) {
	err = from.Snapshot(ctx, func(source *db.Tx, tables []db.Table) error {
		applied, err := db.Applied(source)
		if err != nil {
			return err
		}
		steps, err := db.StepsOf(schemas, applied)
		if err != nil {
			return err
		}
		root, err := auditOf(source)
		if err != nil {
			return err
		}
		return to.Fill(ctx, steps, func(target *db.Tx, into []db.Table) error {
			if copied, err = pour(source, target, tables, into, progress); err != nil {
				return err
			}
			return prove(target, root)
		})
	})
	return copied, err
}

// pour copies table by table and compares each with what has arrived.
func pour(source, target *db.Tx, tables, into []db.Table, progress Progress) ([]Table, error) {
	var sent []Table
	for _, table := range tables {
		i := slices.IndexFunc(into, func(t db.Table) bool { return t.Name == table.Name })
		if i < 0 || !slices.Equal(into[i].Names(), table.Names()) {
			return nil, compare([]Table{{Name: table.Name, Columns: table.Names()}}, nil)
		}
		t, s := newTally(), sink{tx: target, table: into[i]}
		err := each(source, table, func(values []any, line []byte) error {
			if t.add(line); t.rows%10_000 == 0 {
				progress.tell(table.Name, t.rows)
			}
			return s.put(slices.Clone(values))
		})
		if err == nil {
			err = s.flush()
		}
		if err != nil {
			return nil, err
		}
		progress.tell(table.Name, t.rows)
		sent = append(sent, t.table(table.Name, table.Names()))
	}
	arrived, err := Survey(target, into, nil)
	if err != nil {
		return nil, err
	}
	return sent, compare(sent, arrived)
}
