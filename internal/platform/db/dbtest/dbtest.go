// Package dbtest opens fresh migrated databases for tests: the same test runs on
// SQLite and on PostgreSQL.
package dbtest

import (
	"path/filepath"
	"testing"
	"time"

	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/test/pg"
)

// Now is the instant at which tests live: 23 November 2026, 10:00 UTC.
func Now() time.Time { return time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC) }

// Each runs a test on both engines. The package's TestMain must be pg.Main.
func Each(t *testing.T, schemas []db.Schema, f func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, SQLite(t, schemas)) })
	t.Run("postgres", func(t *testing.T) { f(t, Postgres(t, schemas)) })
}

// SQLite opens a fresh SQLite database in a temporary folder.
func SQLite(t testing.TB, schemas []db.Schema) *db.DB {
	t.Helper()
	return open(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db"), schemas)
}

// Postgres opens a fresh PostgreSQL database; the test is skipped without a server.
func Postgres(t testing.TB, schemas []db.Schema) *db.DB {
	t.Helper()
	return open(t, pg.Shared(t), schemas)
}

func open(t testing.TB, url string, schemas []db.Schema) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), url, clock.Fixed(Now()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	if _, err := d.Migrate(t.Context(), schemas); err != nil {
		t.Fatal(err)
	}
	return d
}
