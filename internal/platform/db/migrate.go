package db

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"

	"beffroi/internal/platform/fault"
)

// Schema is the migrations of one room: Files holds NNNN_name.sql at its root,
// written for PostgreSQL.
type Schema struct {
	Room  string
	Files fs.FS
}

// Step is one migration. ID is "room/NNNN_name".
type Step struct {
	ID     string
	Text   string // as written
	SHA256 string
}

// Steps lists the migrations of all rooms in the order in which they are applied.
func Steps(schemas []Schema) ([]Step, error) {
	var steps []Step
	for _, s := range schemas {
		names, err := fs.Glob(s.Files, "*.sql")
		if err != nil {
			return nil, err
		}
		sort.Strings(names)
		for _, name := range names {
			text, err := fs.ReadFile(s.Files, name)
			if err != nil {
				return nil, err
			}
			sum := sha256.Sum256(text)
			steps = append(steps, Step{ID: path.Join(s.Room, strings.TrimSuffix(name, ".sql")), Text: string(text), SHA256: hex.EncodeToString(sum[:])})
		}
	}
	return steps, nil
}

const versionTable = `CREATE TABLE IF NOT EXISTS schema_version (
	id TEXT NOT NULL PRIMARY KEY,
	sha256 TEXT NOT NULL,
	applied_at TIMESTAMPTZ NOT NULL
);
` + changeTable

// houseStep stands for the tables that migrations themselves need, where one is
// missing; it is never on record.
func houseStep() Step { return Step{ID: "db/0000_house", Text: versionTable} }

// Pending lists the steps that the database lacks; it only reads. A step whose
// text changed after it was applied is refused: the schema could no longer be
// trusted.
func (d *DB) Pending(ctx context.Context, schemas []Schema) (pending []Step, err error) {
	err = d.Read(ctx, func(tx *Tx) error {
		versions, all, err := tx.own()
		if err != nil {
			return err
		}
		if versions {
			pending, err = missing(tx, schemas)
		} else {
			pending, err = Steps(schemas)
		}
		if !all {
			pending = append([]Step{houseStep()}, pending...)
		}
		return err
	})
	return pending, err
}

// own tells whether the table of versions is there, and whether all tables are
// that migrations need.
func (t *Tx) own() (versions, all bool, err error) {
	names, err := All(t, Value[string], map[Engine]string{
		SQLite:   "SELECT name FROM sqlite_master WHERE type = 'table' AND name IN ('schema_version', 'table_change')",
		Postgres: "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_name IN ('schema_version', 'table_change')",
	}[t.engine])
	return slices.Contains(names, "schema_version"), len(names) == 2, err
}

func missing(tx *Tx, schemas []Schema) (pending []Step, err error) {
	steps, err := Steps(schemas)
	if err != nil {
		return nil, err
	}
	done, err := Applied(tx)
	if err != nil {
		return nil, err
	}
	for _, s := range steps {
		sum, ok := done[s.ID]
		switch {
		case !ok:
			pending = append(pending, s)
		case sum != s.SHA256:
			return nil, fault.New(fault.Conflict, "db.migration.changed", fault.Args{"id": s.ID})
		}
	}
	return pending, nil
}

// Applied gives the SHA-256 of each step that the database has, by its ID.
func Applied(tx *Tx) (map[string]string, error) {
	done := map[string]string{}
	_, err := All(tx, func(s Scanner) (struct{}, error) {
		var id, sum string
		err := s.Scan(&id, &sum)
		done[id] = sum
		return struct{}{}, err
	}, "SELECT id, sha256 FROM schema_version")
	return done, err
}

// Migrate applies every pending step in one transaction: all of them or none.
// Processes that start at once migrate one after the other: which steps are
// missing is asked again by whoever has the turn.
func (d *DB) Migrate(ctx context.Context, schemas []Schema) ([]Step, error) {
	pending, err := d.Pending(ctx, schemas)
	if err != nil || len(pending) == 0 {
		return nil, err
	}
	if err := d.version(ctx); err != nil {
		return nil, err
	}
	err = d.Write(ctx, func(tx *Tx) error {
		if pending, err = missing(tx, schemas); err != nil {
			return err
		}
		return d.apply(tx, pending)
	})
	return pending, err
}

// version makes the tables that migrations need; writers of PostgreSQL queue at
// the one of versions. IF NOT EXISTS does not keep two processes from making it at once: to the second
// PostgreSQL says one of several things, but the table is there.
func (d *DB) version(ctx context.Context) error {
	_, err := d.write.ExecContext(ctx, d.dialect(versionTable))
	if err == nil {
		return nil
	}
	all := false
	rerr := d.Read(ctx, func(tx *Tx) (err error) {
		_, all, err = tx.own()
		return err
	})
	if all && rerr == nil {
		return nil
	}
	return translate(err)
}

func (d *DB) apply(tx *Tx, steps []Step) error {
	for _, s := range steps {
		if _, err := tx.tx.ExecContext(tx.ctx, d.dialect(s.Text)); err != nil {
			return fmt.Errorf("db: migration %s: %w", s.ID, err)
		}
		if _, err := tx.tx.ExecContext(tx.ctx, "INSERT INTO schema_version (id, sha256, applied_at) VALUES ($1, $2, $3)", s.ID, s.SHA256, At(tx.now)); err != nil {
			return translate(err)
		}
	}
	return nil
}

// StepsOf gives the steps that another database has applied (SHA-256 by ID), in
// the order in which they are applied. A step that this program does not know,
// or knows with another text, is refused.
func StepsOf(schemas []Schema, applied map[string]string) ([]Step, error) {
	all, err := Steps(schemas)
	if err != nil {
		return nil, err
	}
	var steps []Step
	known := map[string]bool{}
	for _, s := range all {
		known[s.ID] = true
		sum, ok := applied[s.ID]
		if ok && sum != s.SHA256 {
			return nil, fault.New(fault.Conflict, "db.migration.changed", fault.Args{"id": s.ID})
		}
		if ok {
			steps = append(steps, s)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(applied)) {
		if !known[id] {
			return nil, fault.New(fault.Conflict, "db.migration.unknown", fault.Args{"id": id})
		}
	}
	return steps, nil
}

// rewrites turn the PostgreSQL text of a migration into SQLite's, in this order.
var rewrites = []struct {
	from *regexp.Regexp
	to   string
}{
	{regexp.MustCompile(`\bBIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY\b`), "INTEGER PRIMARY KEY"},
	{regexp.MustCompile(`\b(BIGINT|BOOLEAN)\b`), "INTEGER"},
	{regexp.MustCompile(`\b(JSONB|DATE|TIMESTAMPTZ)\b`), "TEXT"},
	{regexp.MustCompile(`\bDOUBLE PRECISION\b`), "REAL"},
	{regexp.MustCompile(`\bBYTEA\b`), "BLOB"},
	{regexp.MustCompile(`(?m)^\);`), ") STRICT;"},
}

// dialect gives the engine's own text. Lines that start with "-- sqlite:" or
// "-- postgres:" hold statements for one engine only.
func (d *DB) dialect(text string) string {
	mine := "-- " + string(d.engine) + ":"
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if rest, ok := strings.CutPrefix(l, mine); ok {
			lines[i] = rest
		}
	}
	text = strings.Join(lines, "\n")
	if d.engine == SQLite {
		for _, r := range rewrites {
			text = r.from.ReplaceAllString(text, r.to)
		}
	}
	return text
}
