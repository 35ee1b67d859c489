package db

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"

	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/fault"
)

func openSQLite(ctx context.Context, path string, c clock.Clock) (*DB, error) {
	if path == "" {
		return nil, fault.New(fault.BadRequest, "db.url", fault.Args{"value": "sqlite:"})
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_EXCL, 0o600); err == nil { // SQLite would let others read it
		_ = f.Close()
	}
	write, err := sql.Open("sqlite", sqliteDSN(path, "_txlock", "immediate"))
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	if err := write.PingContext(ctx); err != nil { // creates the file and sets WAL before the readers come
		_ = write.Close()
		return nil, &fault.Error{Kind: fault.Unavailable, Code: "db.open", Args: fault.Args{"value": path}, Err: err}
	}
	read, err := sql.Open("sqlite", sqliteDSN(path, "_pragma", "query_only(1)"))
	if err != nil {
		return nil, err
	}
	read.SetMaxOpenConns(readers())
	read.SetMaxIdleConns(readers())
	return &DB{engine: SQLite, clock: c, path: path,
		write: &pool{DB: write, stmts: map[string]*sql.Stmt{}},
		read:  &pool{DB: read, stmts: map[string]*sql.Stmt{}}}, nil
}

// sqliteDSN sets the pragmas that the measurements chose; busy_timeout comes first.
func sqliteDSN(path, extraName, extraValue string) string {
	q := url.Values{}
	for _, p := range []string{
		"busy_timeout(10000)", "journal_mode(WAL)", "foreign_keys(1)", "synchronous(NORMAL)",
		"cache_size(-8000)", "temp_store(MEMORY)", "journal_size_limit(200000000)",
	} {
		q.Add("_pragma", p)
	}
	q.Add(extraName, extraValue)
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

func openPostgres(ctx context.Context, dsn string, c clock.Clock) (*DB, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, &fault.Error{Kind: fault.BadRequest, Code: "db.url", Args: fault.Args{"value": "postgres://…"}, Err: err}
	}
	cfg.RuntimeParams["application_name"] = "beffroi"
	cfg.RuntimeParams["statement_timeout"] = "30000"
	cfg.RuntimeParams["timezone"] = "UTC"
	conn := stdlib.OpenDB(*cfg)
	n := min(20, 4*runtime.GOMAXPROCS(0))
	conn.SetMaxOpenConns(n)
	conn.SetMaxIdleConns(n)
	if err := conn.PingContext(ctx); err != nil {
		_ = conn.Close()
		return nil, &fault.Error{Kind: fault.Unavailable, Code: "db.open", Args: fault.Args{"value": cfg.Host}, Err: err}
	}
	if err := checkCollation(ctx, conn); err != nil {
		_ = conn.Close()
		return nil, err
	}
	p := &pool{DB: conn}
	return &DB{engine: Postgres, clock: c, write: p, read: p}, nil
}

// Constraint is a rule of the schema that a statement broke.
type Constraint struct {
	Kind string // "unique", "foreign key", "check", "not null", "type"
	Err  error
}

// Error is for logs.
func (c *Constraint) Error() string { return "db: " + c.Kind + " constraint: " + c.Err.Error() }

// Unwrap gives the engine's own error.
func (c *Constraint) Unwrap() error { return c.Err }

// IsUnique tells whether an error is a second row with the same key.
func IsUnique(err error) bool {
	c, ok := errors.AsType[*Constraint](err)
	return ok && c.Kind == "unique"
}

// The codes map one to one between the engines (tested on both).
var sqliteConstraints = map[int]string{787: "foreign key", 2067: "unique", 1555: "unique", 275: "check", 1299: "not null", 3091: "type"}
var postgresConstraints = map[string]string{"23503": "foreign key", "23505": "unique", "23514": "check", "23502": "not null", "22P02": "type"}

func translate(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		if kind := sqliteConstraints[e.Code()]; kind != "" {
			return &Constraint{Kind: kind, Err: err}
		}
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		if kind := postgresConstraints[e.Code]; kind != "" {
			return &Constraint{Kind: kind, Err: err}
		}
	}
	if code := outage(err); code != "" {
		return unavailable(code, err)
	}
	return err
}

// isRetryable tells whether PostgreSQL asks to run the transaction again.
func isRetryable(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == "40001" || e.Code == "40P01")
}

// checkCollation refuses a database whose texts are not ordered by their bytes:
// lists, prefix ranges and keyset pages would differ from SQLite's.
func checkCollation(ctx context.Context, conn *sql.DB) error {
	var collation string
	if err := conn.QueryRowContext(ctx, "SELECT datcollate FROM pg_database WHERE datname = current_database()").Scan(&collation); err != nil {
		return &fault.Error{Kind: fault.Unavailable, Code: "db.open", Args: fault.Args{"value": "postgres://…"}, Err: err}
	}
	if collation != "C" && collation != "POSIX" && collation != "C.UTF-8" && collation != "C.utf8" {
		return fault.New(fault.Conflict, "db.collation", fault.Args{"value": collation})
	}
	return nil
}
