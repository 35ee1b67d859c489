package db_test

import (
	"errors"
	"testing"
	"testing/fstest"

	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
)

// shelf is a table of which a copy is kept, beside one of which none is.
var shelf = []db.Schema{{Room: "shelf", Files: fstest.MapFS{"0001_shelf.sql": {Data: []byte(`
CREATE TABLE shelf_book (
	id BIGINT NOT NULL PRIMARY KEY
);
CREATE TABLE shelf_dust (
	id BIGINT NOT NULL PRIMARY KEY
);
`)}}}}

// library counts how often its copy was loaded.
type library struct {
	*db.DB
	books *db.Copy[int64]
	loads int
}

func newLibrary(d *db.DB) *library {
	l := &library{DB: d}
	l.books = db.NewCopy(d, func(tx *db.Tx) (int64, error) {
		l.loads++
		n, _, err := db.One(tx, db.Value[int64], "SELECT count(*) FROM shelf_book")
		return n, err
	}, "shelf_book")
	return l
}

// want reads the copy in a transaction of its own.
func (l *library) want(t *testing.T, books int64, loads int) {
	t.Helper()
	err := l.Read(t.Context(), func(tx *db.Tx) error {
		n, err := l.books.Get(tx)
		if n != books || l.loads != loads {
			t.Errorf("%d books after %d loads, want %d after %d", n, l.loads, books, loads)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (l *library) exec(t *testing.T, text string, args ...any) {
	t.Helper()
	write(t, l.DB, func(tx *db.Tx) error {
		_, err := tx.Exec(text, args...)
		return err
	})
}

func TestCopyHoldsUntilItsTableIsWritten(t *testing.T) {
	dbtest.Each(t, shelf, func(t *testing.T, d *db.DB) {
		l := newLibrary(d)
		l.want(t, 0, 1)
		l.want(t, 0, 1)
		l.exec(t, "INSERT INTO shelf_dust (id) VALUES (1)")
		l.want(t, 0, 1)
		loads := 1
		for i, c := range []struct {
			text  string
			books int64
		}{
			{"INSERT INTO shelf_book (id) VALUES (1), (2)", 2},
			{"\n\tUPDATE shelf_book SET id = 3 WHERE id = 2", 2},
			{"DELETE FROM shelf_book WHERE id = 3", 1},
			{`INSERT INTO "shelf_book" ("id") VALUES (4)`, 2},
			{"WITH gone AS (SELECT id FROM shelf_book WHERE id = 4) DELETE FROM shelf_book WHERE id IN (SELECT id FROM gone)", 1},
		} {
			l.exec(t, c.text)
			loads++
			l.want(t, c.books, loads)
			if t.Failed() {
				t.Fatalf("after statement %d", i+1)
			}
		}
		write(t, d, func(tx *db.Tx) error {
			_, _, err := db.One(tx, db.Value[int64], "INSERT INTO shelf_book (id) VALUES ($1) RETURNING id", 9)
			return err
		})
		l.want(t, 2, loads+1)
	})
}

// A transaction sees what it wrote; others do not before it is committed, and
// never when it is not.
func TestCopyWithinATransaction(t *testing.T) {
	dbtest.Each(t, shelf, func(t *testing.T, d *db.DB) {
		l := newLibrary(d)
		l.want(t, 0, 1)
		refused := d.Write(t.Context(), func(tx *db.Tx) error {
			if _, err := tx.Exec("INSERT INTO shelf_book (id) VALUES (1)"); err != nil {
				return err
			}
			if n, err := l.books.Get(tx); n != 1 || err != nil {
				t.Errorf("its own write is not seen: %d, %v", n, err)
			}
			l.want(t, 0, 2) // the copy of others still holds
			return errors.New("refused")
		})
		if refused == nil {
			t.Fatal("the write was not refused")
		}
		l.want(t, 0, 2)
	})
}

// Another process over the same database is another DB here.
func TestCopySeesOtherProcesses(t *testing.T) {
	dbtest.Each(t, shelf, func(t *testing.T, d *db.DB) {
		if d.Path() == "" {
			return // PostgreSQL has one address for all; SQLite is the harder case
		}
		other, err := db.Open(t.Context(), "sqlite:"+d.Path(), clock.Fixed(dbtest.Now()))
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		here, there := newLibrary(d), newLibrary(other)
		here.want(t, 0, 1)
		there.want(t, 0, 1)
		there.exec(t, "INSERT INTO shelf_book (id) VALUES (1)")
		here.want(t, 1, 2)
	})
}

// One request asks once for all its transactions, whatever it keeps copies of.
func TestCopyCostsOneStatementARequest(t *testing.T) {
	dbtest.Each(t, shelf, func(t *testing.T, d *db.DB) {
		l := newLibrary(d)
		dust := db.NewCopy(d, func(*db.Tx) (string, error) { return "grey", nil }, "shelf_dust")
		ctx, counter := db.WithCounter(db.WithMemory(t.Context()))
		for range 3 {
			err := d.Read(ctx, func(tx *db.Tx) error {
				if _, err := l.books.Get(tx); err != nil {
					return err
				}
				_, err := dust.Get(tx)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if counter.N() != 1 {
			t.Errorf("%d statements, want 1", counter.N())
		}
	})
}
