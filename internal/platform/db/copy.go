package db

import (
	"context"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
)

// changeTable counts, for each table that somebody keeps a copy of, the
// transactions that wrote to it. It is the house's memory, not its data: neither
// archives nor copies of a database hold it.
const changeTable = `CREATE TABLE IF NOT EXISTS table_change (
	name TEXT NOT NULL PRIMARY KEY,
	n BIGINT NOT NULL
);`

// watched are the tables whose writes are counted.
type watched struct {
	mu    sync.RWMutex
	table map[string]bool
	last  atomic.Pointer[counts] // as last read
}

func (w *watched) add(tables []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.table == nil {
		w.table = map[string]bool{}
	}
	for _, t := range tables {
		w.table[t] = true
	}
}

func (w *watched) has(table string) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.table[table]
}

func (w *watched) all() map[string]bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return maps.Clone(w.table)
}

// Copy keeps in memory what a load makes of some tables, for as long as nobody
// has written to them, in whichever process. To know that costs one small
// statement a transaction, or one a request within WithMemory, for all copies
// together. What a load gives is shared by all readers: nobody may change it.
type Copy[T any] struct {
	tables []string
	load   func(*Tx) (T, error)
	kept   atomic.Pointer[kept[T]]
}

type kept[T any] struct {
	value T
	at    int64 // the number of writes to the tables
}

// NewCopy makes a copy of tables by load. It must be made before this process
// writes to them, so where the rooms are made.
func NewCopy[T any](d *DB, load func(*Tx) (T, error), tables ...string) *Copy[T] {
	d.watched.add(tables)
	return &Copy[T]{tables: tables, load: load}
}

// Get gives the copy as a transaction sees the tables. A transaction that has
// written to them gets a copy of its own.
func (c *Copy[T]) Get(tx *Tx) (T, error) {
	for _, t := range c.tables {
		if tx.written[t] {
			return c.load(tx)
		}
	}
	changes, err := tx.changes()
	if err != nil {
		return *new(T), err
	}
	var at int64
	for _, t := range c.tables {
		at += changes[t]
	}
	known := c.kept.Load()
	if known != nil && known.at == at {
		return known.value, nil
	}
	value, err := c.load(tx.uncounted())
	if err == nil && (known == nil || known.at < at) { // else this transaction sees an older state than others do
		c.kept.CompareAndSwap(known, &kept[T]{value, at})
	}
	return value, err
}

// counts are the counts of writes by table, and their sum: as long as that is
// the same, so are they.
type counts struct {
	sum     int64
	byTable map[string]int64
}

// changes are the counts of writes as this transaction sees them.
func (t *Tx) changes() (map[string]int64, error) {
	if known := t.memory.known(); known != nil {
		return known, nil
	}
	sum, _, err := One(t, Value[int64], "SELECT coalesce(sum(n), 0) FROM table_change")
	if err != nil {
		return nil, err
	}
	last := t.watched.last.Load()
	if last == nil || last.sum != sum {
		if last, err = t.uncounted().readCounts(sum); err != nil {
			return nil, err
		}
		t.watched.last.Store(last)
	}
	t.memory.know(last.byTable)
	return last.byTable, nil
}

func (t *Tx) readCounts(sum int64) (*counts, error) {
	c := &counts{sum, map[string]int64{}}
	_, err := All(t, func(s Scanner) (struct{}, error) {
		var name string
		var n int64
		err := s.Scan(&name, &n)
		c.byTable[name] = n
		return struct{}{}, err
	}, "SELECT name, n FROM table_change")
	return c, err
}

// uncounted is the transaction without its counter: a load serves every later
// reader, so that the count of one page's statements leaves it out.
func (t *Tx) uncounted() *Tx {
	apart := *t
	apart.counter = nil
	return &apart
}

// wrote notes which table a statement writes to.
func (t *Tx) wrote(query string) {
	if !t.writing {
		return
	}
	if t.written == nil {
		t.written = map[string]bool{}
	}
	table, ok := writtenTable(query)
	if ok {
		t.written[table] = true
		return
	}
	if !strings.HasPrefix(strings.TrimLeft(query, " \t\n"), "SELECT") { // nobody can tell: all of them
		maps.Copy(t.written, t.watched.all())
	}
}

// writtenTable is the table of an INSERT, UPDATE or DELETE.
func writtenTable(query string) (string, bool) {
	query = strings.TrimLeft(query, " \t\n")
	for _, verb := range []string{"INSERT INTO ", "UPDATE ", "DELETE FROM "} {
		if rest, ok := strings.CutPrefix(query, verb); ok {
			rest = strings.TrimLeft(rest, " \t\n")
			end := strings.IndexAny(rest, " \t\n(")
			if end < 0 {
				end = len(rest)
			}
			return strings.Trim(rest[:end], `"`), true
		}
	}
	return "", false
}

// count makes other transactions see that watched tables were written to. It is
// part of the transaction itself.
func (t *Tx) count() error {
	for table := range t.written {
		if !t.watched.has(table) {
			continue
		}
		_, err := t.tx.ExecContext(t.ctx, `INSERT INTO table_change (name, n) VALUES ($1, 1)
			ON CONFLICT (name) DO UPDATE SET n = table_change.n + 1`, table)
		if err != nil {
			return translate(err)
		}
	}
	return nil
}

// memory is what the transactions of one request know together.
type memory struct {
	mu      sync.Mutex
	changed map[string]int64
}

func (m *memory) known() map[string]int64 {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.changed
}

func (m *memory) know(changed map[string]int64) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.changed = changed
}

type memoryKey struct{}

// WithMemory gives a context whose reading transactions ask once together
// whether copies still hold: that of a request which only reads.
func WithMemory(ctx context.Context) context.Context {
	return context.WithValue(ctx, memoryKey{}, &memory{})
}

func memoryOf(ctx context.Context) *memory {
	m, _ := ctx.Value(memoryKey{}).(*memory)
	return m
}
