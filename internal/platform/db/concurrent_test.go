package db_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
)

func TestWritersTakeTurns(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		write(t, d, run("INSERT INTO thing (id, name, size) VALUES (1, 'counter', 0)"))
		var wait sync.WaitGroup
		for range 8 {
			wait.Go(func() {
				for range 50 {
					if err := d.Write(t.Context(), increment); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wait.Wait()
		if n := number(t, d, "SELECT size FROM thing WHERE id = 1"); n != 400 {
			t.Errorf("400 increments gave %d", n)
		}
	})
}

func TestReadersDoNotWaitForTheWriter(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		write(t, d, func(tx *db.Tx) error {
			if _, err := tx.Exec("INSERT INTO thing (name) VALUES ('a')"); err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			return d.Read(ctx, func(r *db.Tx) error {
				n, _, err := db.One(r, db.Value[int64], "SELECT count(*) FROM thing")
				if n != 0 {
					t.Errorf("%d rows that are not committed were read", n)
				}
				return err
			})
		})
	})
}

// Writers that meet texts never prepared before must not wait for each other
// for ever: one to remember a text, the other to look it up.
func TestWritersMeetNewTexts(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		done := make(chan error)
		for g := range 6 {
			go func() {
				var err error
				for i := 0; i < 20 && err == nil; i++ {
					err = d.Write(ctx, run(fmt.Sprintf("INSERT INTO thing (name, size) VALUES ($1, %d)", i), fmt.Sprint(g, " ", i)))
				}
				done <- err
			}()
		}
		for range 6 {
			select {
			case err := <-done:
				if err != nil {
					t.Error(err)
				}
			case <-time.After(40 * time.Second):
				t.Fatal("the writers wait for each other")
			}
		}
	})
}

func TestAReadingIsOfOneMoment(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		count := func(tx *db.Tx) int64 {
			n, _, err := db.One(tx, db.Value[int64], "SELECT count(*) FROM thing")
			if err != nil {
				t.Error(err)
			}
			return n
		}
		read(t, d, func(tx *db.Tx) error {
			before := count(tx)
			write(t, d, run("INSERT INTO thing (name) VALUES ('a')"))
			if after := count(tx); before != 0 || after != 0 {
				t.Errorf("%d, then %d rows in one reading", before, after)
			}
			return nil
		})
		if n := number(t, d, "SELECT count(*) FROM thing"); n != 1 {
			t.Errorf("the next reading sees %d rows", n)
		}
	})
}

// increment reads, then writes: two at once would lose one.
func increment(tx *db.Tx) error {
	n, _, err := db.One(tx, db.Value[int64], "SELECT size FROM thing WHERE id = 1")
	if err != nil {
		return err
	}
	_, err = tx.Exec("UPDATE thing SET size = $1 WHERE id = 1", n+1)
	return err
}

// A command and the server may have the same file open: their writers take
// turns too.
func TestTwoProgramsOnOneFile(t *testing.T) {
	first := dbtest.SQLite(t, schema())
	second, err := db.Open(t.Context(), "sqlite:"+first.Path(), clock.System())
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	write(t, first, run("INSERT INTO thing (id, name, size) VALUES (1, 'counter', 0)"))
	var wait sync.WaitGroup
	for _, d := range []*db.DB{first, second} {
		wait.Go(func() {
			for range 60 {
				if err := d.Write(t.Context(), increment); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
	if n := number(t, first, "SELECT size FROM thing WHERE id = 1"); n != 120 {
		t.Errorf("120 increments gave %d", n)
	}
}
