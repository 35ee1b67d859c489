package db_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
)

func TestHealth(t *testing.T) {
	dbtest.Each(t, schema(), func(t *testing.T, d *db.DB) {
		if err := d.Probe(t.Context()); err != nil {
			t.Error(err)
		}
		if err := d.Intact(t.Context()); err != nil {
			t.Error(err)
		}
		all, risky, err := d.Settings(t.Context())
		if err != nil || len(all) < 3 {
			t.Errorf("settings %v, %v", all, err)
		}
		// The server of the tests gives durability up, and is found out.
		if d.Engine() == db.Postgres && !slices.Contains(risky, "fsync=off") || d.Engine() == db.SQLite && risky != nil {
			t.Errorf("at risk: %v", risky)
		}
		ahead, err := d.Ahead(t.Context()) // of a clock that was stopped on 23 November 2026
		if want := time.Since(dbtest.Now()); err != nil || d.Engine() == db.Postgres && (ahead-want).Abs() > time.Minute || d.Engine() == db.SQLite && ahead != 0 {
			t.Errorf("the server is %v ahead, %v", ahead, err)
		}
		write(t, d, run("INSERT INTO thing (name, size) VALUES ('x', 1)"))
		if n, err := d.Journal(); err != nil || (n > 0) != (d.Engine() == db.SQLite) {
			t.Errorf("journal of %d bytes, %v", n, err)
		}
	})
}

func TestDamageIsFound(t *testing.T) {
	d := dbtest.SQLite(t, schema())
	for i := range 5 {
		write(t, d, run("INSERT INTO thing (name, size) VALUES ('"+strings.Repeat("x", 30_000+i)+"', 1)"))
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(d.Path())
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096; i < 3*4096; i++ {
		data[i] ^= 0xff
	}
	if err := os.WriteFile(d.Path(), data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := reopen(t, d.Path()).Intact(t.Context()); err == nil {
		t.Error("a damaged file is taken for whole")
	}
}

// A database holds personal data: other users of the machine cannot read it.
func TestFileIsClosedToOthers(t *testing.T) {
	d := dbtest.SQLite(t, schema())
	for _, path := range []string{d.Path(), d.Path() + "-wal"} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
}
