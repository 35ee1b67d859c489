package db

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/fault"
)

func TestOutages(t *testing.T) {
	state := func(code string) error { return fmt.Errorf("x: %w", &pgconn.PgError{Code: code}) }
	for _, c := range []struct {
		err  error
		want string // code, "" when it is no outage
	}{
		{state("53100"), "db.diskfull"},
		{state("53300"), "db.gone"}, // too many connections
		{state("25006"), "db.readonly"},
		{state("57014"), "db.busy"},
		{state("57P01"), "db.gone"}, // shutting down
		{state("57P03"), "db.gone"}, // starting up
		{state("08006"), "db.gone"},
		{state("42601"), ""},
		{state("40001"), ""},
		{state(""), ""},
		{io.ErrUnexpectedEOF, "db.gone"},
		{fmt.Errorf("x: %w", &net.OpError{Op: "read", Err: syscall.ECONNRESET}), "db.gone"},
		{errors.New("something else"), ""},
		{context.Canceled, ""},
		{fmt.Errorf("%w: %w", context.Canceled, io.EOF), ""}, // who asked went away: no outage
	} {
		got := translate(c.err)
		e, refused := errors.AsType[*fault.Error](got)
		if refused != (c.want != "") || refused && (e.Code != c.want || e.Kind != fault.Unavailable) || !errors.Is(got, c.err) {
			t.Errorf("%v: %v, want %q", c.err, got, c.want)
		}
	}
	if e := fault.From(committing(io.EOF)); e.Code != "db.unsure" {
		t.Errorf("a connection lost at COMMIT: %v", e)
	}
	if e := fault.From(committing(state("53100"))); e.Code != "db.diskfull" {
		t.Errorf("a full disk at COMMIT: %v", e)
	}
}

// SQLite's own answer when there is no room, and that writing goes on afterwards.
func TestFullDiskOfSQLite(t *testing.T) {
	d, err := Open(t.Context(), "sqlite:"+t.TempDir()+"/x.db", clock.System())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	exec := func(query string, args ...any) error {
		return d.Write(t.Context(), func(tx *Tx) error { _, err := tx.Exec(query, args...); return err })
	}
	if err := exec("CREATE TABLE a (b BLOB)"); err != nil {
		t.Fatal(err)
	}
	if err := exec("PRAGMA max_page_count = 20"); err != nil {
		t.Fatal(err)
	}
	if e := fault.From(exec("INSERT INTO a (b) VALUES ($1)", make([]byte, 1<<20))); e.Code != "db.diskfull" || e.Kind != fault.Unavailable {
		t.Errorf("no room: %v", e)
	}
	if err := exec("PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	if err := exec("INSERT INTO a (b) VALUES ($1)", make([]byte, 1<<20)); err != nil {
		t.Errorf("with room again: %v", err)
	}
}
