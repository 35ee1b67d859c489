package db

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"
)

// Probe makes sure that the engine binds $2 before $1 by number: some drivers
// bind by position, and would exchange values without a word.
func (d *DB) Probe(ctx context.Context) error {
	return d.Read(ctx, func(tx *Tx) error {
		got, _, err := One(tx, Value[string], "SELECT CAST($2 AS TEXT) || CAST($1 AS TEXT)", "b", "a")
		if err == nil && got != "ab" {
			err = fmt.Errorf("parameters are bound by position, not by number")
		}
		return err
	})
}

// wanted are the settings of the engine on which durability and integrity rest,
// with the values that they may have.
var wanted = map[Engine][]struct{ name, ask, values string }{
	SQLite: {
		{"journal_mode", "PRAGMA journal_mode", "wal"},
		{"foreign_keys", "PRAGMA foreign_keys", "1"},
		{"synchronous", "PRAGMA synchronous", "1 2 3"},
		{"busy_timeout", "PRAGMA busy_timeout", "10000"},
	},
	Postgres: {
		{"fsync", "SHOW fsync", "on"},
		{"full_page_writes", "SHOW full_page_writes", "on"},
		{"synchronous_commit", "SHOW synchronous_commit", "on local remote_write remote_apply"},
	},
}

// Settings lists the engine's settings, and those among them that put
// acknowledged writes at risk.
func (d *DB) Settings(ctx context.Context) (all, risky []string, err error) {
	err = d.Read(ctx, func(tx *Tx) error {
		for _, w := range wanted[d.engine] {
			value, err := setting(tx, w.ask)
			if err != nil {
				return err
			}
			all = append(all, w.name+"="+value)
			if !strings.Contains(" "+w.values+" ", " "+value+" ") {
				risky = append(risky, w.name+"="+value)
			}
		}
		return nil
	})
	return all, risky, err
}

// setting asks for a value whose type is SQLite's to choose.
func setting(tx *Tx, ask string) (string, error) {
	value, _, err := One(tx, Value[any], ask)
	return fmt.Sprint(value), err
}

// Intact has SQLite look through its file, page by page; PostgreSQL watches
// over its own.
func (d *DB) Intact(ctx context.Context) error {
	if d.engine != SQLite {
		return nil
	}
	return d.Read(ctx, func(tx *Tx) error {
		answer, _, err := One(tx, Value[string], "PRAGMA quick_check")
		if err == nil && answer != "ok" {
			err = fmt.Errorf("the file is damaged: %s", answer)
		}
		return err
	})
}

// Ahead is how far the database server's clock is ahead of the program's; 0 on
// SQLite, which has none of its own.
func (d *DB) Ahead(ctx context.Context) (time.Duration, error) {
	if d.engine != Postgres {
		return 0, nil
	}
	var ahead time.Duration
	err := d.Read(ctx, func(tx *Tx) error {
		theirs, _, err := One(tx, Value[time.Time], "SELECT clock_timestamp()")
		ahead = theirs.Sub(d.clock.Now())
		return err
	})
	return ahead, err
}

// Journal is the size of SQLite's write-ahead log in bytes, 0 on PostgreSQL.
func (d *DB) Journal() (int64, error) {
	if d.engine != SQLite {
		return 0, nil
	}
	info, err := os.Stat(d.path + "-wal")
	if os.IsNotExist(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
