// Package db runs one SQL text on two engines: SQLite inside the program and
// PostgreSQL beside it. Everything in which the engines differ lives here.
//
// Rules for the SQL of the stores (measured on both engines): parameters are
// $1…$n; no LIKE, ILIKE, casts with ::, now(), FOR UPDATE, DISTINCT ON or
// ANY(array). Instants are db.Time, days calendar.Date, money BIGINT cents,
// names are matched and ordered by fold and sort_key columns computed in Go.
package db

import (
	"context"
	"database/sql"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/fault"
)

// Engine names a database engine.
type Engine string

// The two engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// DB is an open database: one writer and a pool of readers.
type DB struct {
	engine Engine
	clock  clock.Clock
	write  *pool
	read   *pool
	path   string // the file of SQLite, "" on PostgreSQL

	watched watched // by copies
}

// pool keeps one *sql.DB and, on SQLite, its prepared statements: preparing a
// page's statements anew costs a third of the page. pgx keeps its own.
type pool struct {
	*sql.DB
	mu    sync.RWMutex
	stmts map[string]*sql.Stmt
}

// maxStatements bounds the cache; texts beyond it are prepared each time.
const maxStatements = 400

// Open opens "sqlite:PATH" or "postgres://…". The schema is not touched.
func Open(ctx context.Context, url string, c clock.Clock) (*DB, error) {
	switch {
	case strings.HasPrefix(url, "sqlite:"):
		return openSQLite(ctx, strings.TrimPrefix(url, "sqlite:"), c)
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		return openPostgres(ctx, url, c)
	}
	return nil, fault.New(fault.BadRequest, "db.url", fault.Args{"value": url})
}

// Engine tells which engine runs.
func (d *DB) Engine() Engine { return d.engine }

// Path is the file of an SQLite database, "" on PostgreSQL.
func (d *DB) Path() string { return d.path }

// Clock is the clock that the transactions read.
func (d *DB) Clock() clock.Clock { return d.clock }

// Close ends both pools.
func (d *DB) Close() error {
	if d.engine == SQLite {
		_, _ = d.write.Exec("PRAGMA optimize") // a hint for the next start, never a failure
	}
	rerr := d.read.Close()
	if d.write != d.read {
		if err := d.write.Close(); err != nil {
			return err
		}
	}
	return rerr
}

// Read runs f in a read-only transaction: everything f reads is of one moment.
func (d *DB) Read(ctx context.Context, f func(*Tx) error) error {
	opt := &sql.TxOptions{ReadOnly: true}
	if d.engine == Postgres {
		opt.Isolation = sql.LevelRepeatableRead
	} else {
		opt = nil // query_only on the pool's connections refuses writes
	}
	return d.run(ctx, d.read, opt, f)
}

// Write runs f in a transaction that sees and changes a state no other writer
// disturbs. On PostgreSQL f may run again (up to five times) after a
// serialisation failure, so f must have no effect outside the transaction;
// effects belong in Tx.After.
func (d *DB) Write(ctx context.Context, f func(*Tx) error) error {
	if d.engine == SQLite {
		return d.run(ctx, d.write, nil, f)
	}
	opt := &sql.TxOptions{Isolation: sql.LevelSerializable}
	delay := 5 * time.Millisecond
	for attempt := 1; ; attempt++ {
		err := d.run(ctx, d.write, opt, f)
		if err == nil || !isRetryable(err) {
			return err
		}
		if attempt == 5 {
			return unavailable(busy, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(delay + time.Duration(time.Now().UnixNano()%int64(delay))): // jitter
			delay *= 2
		}
	}
}

func (d *DB) run(ctx context.Context, p *pool, opt *sql.TxOptions, f func(*Tx) error) (err error) {
	stx, err := p.BeginTx(ctx, opt)
	if err != nil {
		return translate(err)
	}
	writing := p == d.write && (opt == nil || !opt.ReadOnly)
	tx := &Tx{ctx: ctx, tx: stx, pool: p, engine: d.engine, now: d.clock.Now().UTC().Truncate(time.Microsecond), counter: counterOf(ctx), writing: writing, watched: &d.watched, memory: &memory{}}
	if m := memoryOf(ctx); m != nil && !writing {
		tx.memory = m
	}
	defer func() {
		if v := recover(); v != nil {
			_ = stx.Rollback()
			panic(v)
		}
	}()
	if err := tx.gate(); err != nil {
		_ = stx.Rollback()
		return err
	}
	if err := f(tx); err != nil {
		_ = stx.Rollback() // the cause matters, not the roll-back
		return err
	}
	if err := tx.count(); err != nil {
		_ = stx.Rollback()
		return err
	}
	if err := stx.Commit(); err != nil {
		return committing(err)
	}
	for _, g := range tx.after {
		g()
	}
	return nil
}

// gate lets one writer in at a time on PostgreSQL too. LOCK TABLE takes no
// snapshot, so what follows sees all that the writer before it committed, and
// the audit tree grows without serialisation failures. Readers are not held up.
func (t *Tx) gate() error {
	if !t.writing || t.engine != Postgres {
		return nil
	}
	_, err := t.tx.ExecContext(t.ctx, "LOCK TABLE schema_version IN EXCLUSIVE MODE")
	return translate(err)
}

// Tx is a transaction, with one fixed instant.
type Tx struct {
	ctx     context.Context
	tx      *sql.Tx
	pool    *pool
	engine  Engine
	now     time.Time
	after   []func()
	counter *Counter
	writing bool
	written map[string]bool // tables that this transaction wrote to
	watched *watched
	memory  *memory
	stmts   map[string]*sql.Stmt // bound to this transaction, so that a loop of writes binds once
}

// Now is the instant of the transaction, UTC, in microseconds.
func (t *Tx) Now() time.Time { return t.now }

// Context is the context that the transaction was opened with.
func (t *Tx) Context() context.Context { return t.ctx }

// After runs f once the transaction has been committed.
func (t *Tx) After(f func()) { t.after = append(t.after, f) }

// Exec runs a statement and gives the number of rows that it touched.
func (t *Tx) Exec(query string, args ...any) (int64, error) {
	t.counter.add()
	t.wrote(query)
	stmt, err := t.prepared(query)
	if err != nil {
		return 0, err
	}
	var res sql.Result
	if stmt != nil {
		res, err = stmt.ExecContext(t.ctx, args...)
	} else {
		res, err = t.tx.ExecContext(t.ctx, query, args...)
	}
	if err != nil {
		return 0, translate(err)
	}
	n, err := res.RowsAffected()
	return n, translate(err)
}

// Query runs a query; the caller closes the rows. Prefer All and One.
func (t *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	t.counter.add()
	t.wrote(query)
	stmt, err := t.prepared(query)
	if err != nil {
		return nil, err
	}
	var rows *sql.Rows
	if stmt != nil {
		rows, err = stmt.QueryContext(t.ctx, args...)
	} else {
		rows, err = t.tx.QueryContext(t.ctx, query, args...)
	}
	return rows, translate(err)
}

// prepared gives the statement of the pool's cache bound to this transaction,
// or nil when the text is to be run as it is.
func (t *Tx) prepared(query string) (*sql.Stmt, error) {
	if t.engine != SQLite {
		return nil, nil
	}
	if own := t.stmts[query]; own != nil {
		return own, nil
	}
	p := t.pool
	p.mu.RLock()
	stmt, n := p.stmts[query], len(p.stmts)
	p.mu.RUnlock()
	if stmt != nil {
		return t.bind(query, t.tx.StmtContext(t.ctx, stmt)), nil
	}
	if n+len(t.stmts) >= maxStatements {
		return nil, nil
	}
	return t.prepare(query)
}

func (t *Tx) bind(query string, own *sql.Stmt) *sql.Stmt {
	if t.stmts == nil {
		t.stmts = map[string]*sql.Stmt{}
	}
	t.stmts[query] = own
	return own
}

// prepare remembers the text. It must not take a second connection while this
// transaction holds the only writer, so the statement is prepared lazily: the
// transaction's own connection prepares it on first use.
func (t *Tx) prepare(query string) (*sql.Stmt, error) {
	own, err := t.tx.PrepareContext(t.ctx, query)
	if err != nil {
		return nil, translate(err)
	}
	t.after = append(t.after, func() { t.pool.remember(query) })
	return t.bind(query, own), nil
}

// remember must not hold the lock while it waits for a connection, nor wait for
// long: who has the connection may be waiting for the lock, or for us. A failed
// preparation only costs speed.
func (p *pool) remember(query string) {
	p.mu.RLock()
	known := p.stmts[query] != nil
	p.mu.RUnlock()
	if known {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	stmt, err := p.PrepareContext(ctx, query)
	if err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stmts[query] != nil { // another was quicker
		_ = stmt.Close()
		return
	}
	p.stmts[query] = stmt
}

// Scanner is a row being read.
type Scanner interface{ Scan(dest ...any) error }

// All reads every row of a query through scan.
func All[T any](t *Tx, scan func(Scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := t.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("db: reading a row: %w", err)
		}
		list = append(list, v)
	}
	return list, translate(rows.Err())
}

// One reads the first row of a query; without a row, ok is false.
func One[T any](t *Tx, scan func(Scanner) (T, error), query string, args ...any) (v T, ok bool, err error) {
	rows, err := t.Query(query, args...)
	if err != nil {
		return v, false, err
	}
	defer rows.Close()
	if !rows.Next() {
		return v, false, translate(rows.Err())
	}
	if v, err = scan(rows); err != nil {
		return v, false, fmt.Errorf("db: reading a row: %w", err)
	}
	return v, true, nil
}

// Value scans the single column of a row.
func Value[T any](s Scanner) (v T, err error) { return v, s.Scan(&v) }

// Insert adds rows of the same columns, many to a statement. Each row has one
// value per column.
func (t *Tx) Insert(table string, columns []string, rows [][]any) error {
	perStatement := max(1, t.engine.parameters()/len(columns))
	for len(rows) > 0 {
		n := min(perStatement, len(rows))
		args := make([]any, 0, n*len(columns))
		for _, r := range rows[:n] {
			args = append(args, r...)
		}
		if _, err := t.Exec(insertText(table, columns, n), args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// parameters is how many parameters a statement of many rows should have. SQLite
// finds a parameter by walking the text, so long statements cost the square of
// their length; PostgreSQL pays for each round trip instead.
func (e Engine) parameters() int {
	if e == SQLite {
		return 100
	}
	return 900
}

func insertText(table string, columns []string, n int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES ")
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(Placeholders(i*len(columns)+1, len(columns)))
	}
	return b.String()
}

// Placeholders is "($from,…,$from+n-1)".
func Placeholders(from, n int) string {
	var b strings.Builder
	b.WriteByte('(')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "$%d", from+i)
	}
	b.WriteByte(')')
	return b.String()
}

// readers is the size of SQLite's read pool: more connections than cores make
// the pure-Go engine slower, not faster.
func readers() int { return max(2, runtime.GOMAXPROCS(0)) }
