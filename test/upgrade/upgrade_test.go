package upgrade_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	gocmp "github.com/google/go-cmp/cmp"

	"beffroi/internal/app"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/vault"
	"beffroi/test/pg"
)

func TestMain(m *testing.M) {
	pg.Main(m, func() error { return os.RemoveAll(demonstration.dir) })
}

const list = "releases.tsv"

// rewritten are the tables whose rows a migration changes on purpose, with the
// step that does.
var rewritten = map[string]string{}

// release is a line of the list.
type release struct {
	name string
	last map[string]int // number of the last migration, by room
	sum  string
}

func releases(t *testing.T) (all []release) {
	t.Helper()
	text, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), "\t")
		if len(cells) != 3 {
			t.Fatalf("%s: %q has %d cells", list, line, len(cells))
		}
		r := release{name: cells[0], last: map[string]int{}, sum: cells[2]}
		for room := range strings.FieldsSeq(cells[1]) {
			name, number, _ := strings.Cut(room, "=")
			if r.last[name], err = strconv.Atoi(number); err != nil {
				t.Fatalf("%s: %q", list, room)
			}
		}
		all = append(all, r)
	}
	return all
}

// schemas are the migrations that the release had.
func (r release) schemas(t *testing.T) (list []db.Schema) {
	t.Helper()
	for _, s := range app.Schemas() {
		kept := fstest.MapFS{}
		for name := range files(t, s) {
			if number(t, name) <= r.last[s.Room] {
				text, err := fs.ReadFile(s.Files, name)
				if err != nil {
					t.Fatal(err)
				}
				kept[name] = &fstest.MapFile{Data: text}
			}
		}
		list = append(list, db.Schema{Room: s.Room, Files: kept})
	}
	return list
}

func files(t *testing.T, s db.Schema) map[string]bool {
	t.Helper()
	names, err := fs.Glob(s.Files, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	set := map[string]bool{}
	for _, name := range names {
		set[name] = true
	}
	return set
}

// number reads 0002_more.sql.
func number(t *testing.T, name string) int {
	t.Helper()
	digits, _, _ := strings.Cut(name, "_")
	n, err := strconv.Atoi(digits)
	if err != nil {
		t.Fatalf("%s does not begin with its number", name)
	}
	return n
}

// steps are the migrations of the release; their texts may not have changed.
func (r release) steps(t *testing.T) []db.Step {
	t.Helper()
	steps, err := db.Steps(r.schemas(t))
	if err != nil {
		t.Fatal(err)
	}
	if got := sum(steps); got != r.sum {
		t.Fatalf("release %s: its migrations sum to %s, not %s: a released migration was changed, removed, or slipped in below a number", r.name, got, r.sum)
	}
	return steps
}

// sum is over names and texts, whatever the order of the rooms is today.
func sum(steps []db.Step) string {
	ordered := slices.Clone(steps)
	slices.SortFunc(ordered, func(a, b db.Step) int { return cmp.Compare(a.ID, b.ID) })
	h := sha256.New()
	for _, s := range ordered {
		fmt.Fprintf(h, "%s %s\n", s.ID, s.SHA256)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// demonstration is today's, whose rows fill the schemas of the past.
var demonstration struct {
	once sync.Once
	dir  string
	db   *db.DB
	err  error
}

func rows(t *testing.T) *db.DB {
	t.Helper()
	d := &demonstration
	d.once.Do(func() {
		ctx := context.Background()
		if d.dir, d.err = os.MkdirTemp("", "beffroi-upgrade-"); d.err != nil {
			return
		}
		address := "sqlite:" + filepath.Join(d.dir, "demo.db")
		var h *app.House
		if h, d.err = app.Open(ctx, app.Config{DB: address, Pack: "hainaut", Log: "off"}, clock.Fixed(dbtest.Now()), io.Discard); d.err != nil {
			return
		}
		d.err = errors.Join(h.LoadDemo(ctx, func(string) {}), h.Close())
		if d.err == nil {
			d.db, d.err = db.Open(ctx, address, clock.Fixed(dbtest.Now()))
		}
	})
	if d.err != nil {
		t.Fatal(d.err)
	}
	return d.db
}

// both runs a test on an empty database of each engine.
func both(t *testing.T, f func(t *testing.T, address string)) {
	t.Run("sqlite", func(t *testing.T) { f(t, "sqlite:"+filepath.Join(t.TempDir(), "x.db")) })
	t.Run("postgres", func(t *testing.T) { f(t, pg.Shared(t)) })
}

func open(t *testing.T, address string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), address, clock.Fixed(dbtest.Now()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// make makes the database of a release and fills it; it gives its tables.
func (r release) make(t *testing.T, d *db.DB) (tables []db.Table) {
	t.Helper()
	err := rows(t).Snapshot(t.Context(), func(source *db.Tx, today []db.Table) error {
		return d.Fill(t.Context(), r.steps(t), func(tx *db.Tx, old []db.Table) error {
			tables = slices.DeleteFunc(old, func(o db.Table) bool { // what has gone since has no rows to take
				return o.Name == "schema_version" || !slices.ContainsFunc(today, func(n db.Table) bool { return n.Name == o.Name })
			})
			for _, table := range tables {
				if err := pour(source, tx, table); err != nil {
					return fmt.Errorf("%s: %w", table.Name, err)
				}
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	version(t, d, r.steps(t))
	return tables
}

func pour(source, target *db.Tx, table db.Table) error {
	var some [][]any
	err := source.Rows(table, func(values []any) error {
		some = append(some, slices.Clone(values))
		return nil
	})
	if err != nil {
		return err
	}
	return target.Put(table, some)
}

// version writes which steps are applied, as the program of the release did, and
// drops the table that the first release did not have.
func version(t *testing.T, d *db.DB, steps []db.Step) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		if _, err := tx.Exec("DROP TABLE table_change"); err != nil {
			return err
		}
		for _, s := range steps {
			if _, err := tx.Exec("INSERT INTO schema_version (id, sha256, applied_at) VALUES ($1, $2, $3)", s.ID, s.SHA256, db.At(tx.Now())); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// survey counts and sums the rows of tables, in the columns that they are given with.
func survey(t *testing.T, d *db.DB, tables []db.Table) (list []vault.Table) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *db.Tx) (err error) {
		list, err = vault.Survey(tx, tables, nil)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(list, func(v vault.Table) bool { return rewritten[v.Name] != "" })
}

// shape is the tables of a database with their columns.
func shape(t *testing.T, d *db.DB) (columns []string) {
	t.Helper()
	err := d.Snapshot(t.Context(), func(_ *db.Tx, tables []db.Table) error {
		for _, table := range tables {
			for _, c := range table.Columns {
				columns = append(columns, fmt.Sprintf("%s.%s %s", table.Name, c.Name, c.Kind))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(columns) // a column that was added later stands at the end
	return columns
}

// The database of each release, filled, comes to the schema of today: the same
// tables as a fresh one, every row as it was, audit and ledger sound.
func TestUpgrades(t *testing.T) {
	for _, r := range releases(t) {
		t.Run(r.name, func(t *testing.T) {
			both(t, func(t *testing.T, address string) {
				d := open(t, address)
				tables := r.make(t, d)
				before := survey(t, d, tables)
				halfway(t, d, tables)
				if _, err := d.Migrate(t.Context(), app.Schemas()); err != nil {
					t.Fatal(err)
				}
				if diff := gocmp.Diff(before, survey(t, d, tables)); diff != "" {
					t.Errorf("rows are not what they were (see rewritten)\n%s", diff)
				}
				fresh := dbtest.SQLite(t, app.Schemas())
				if diff := gocmp.Diff(shape(t, fresh), shape(t, d)); diff != "" {
					t.Errorf("not the schema of a fresh database\n%s", diff)
				}
				sound(t, address)
			})
		})
	}
}

// halfway has a migration fail after all the others: nothing of any is left.
func halfway(t *testing.T, d *db.DB, tables []db.Table) {
	t.Helper()
	rows, columns := survey(t, d, tables), shape(t, d)
	broken := db.Schema{Room: "zz", Files: fstest.MapFS{"0001_zz.sql": {Data: []byte("CREATE TABLE zz_one (\n\tid BIGINT NOT NULL PRIMARY KEY\n);\nALTER TABLE ledger_entry ADD COLUMN zz BIGINT;\nDELETE FROM audit_entry;\nSELECT nonsense;\n")}}}
	if _, err := d.Migrate(t.Context(), append(app.Schemas(), broken)); err == nil || !strings.Contains(err.Error(), "zz/0001_zz") {
		t.Fatalf("a broken migration: %v", err)
	}
	if diff := gocmp.Diff(columns, shape(t, d)); diff != "" {
		t.Errorf("after a migration that failed\n%s", diff)
	}
	if diff := gocmp.Diff(rows, survey(t, d, tables)); diff != "" {
		t.Errorf("after a migration that failed\n%s", diff)
	}
}

func sound(t *testing.T, address string) {
	t.Helper()
	h, err := app.Open(t.Context(), app.Config{DB: address, Pack: "hainaut", Log: "off"}, clock.Fixed(dbtest.Now()), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	err = h.DB.Read(t.Context(), func(tx *db.Tx) error {
		n, err := audit.Verify(tx)
		if err == nil && n == 0 {
			err = errors.New("no entries: nothing is proven")
		}
		return err
	})
	if err != nil {
		t.Errorf("audit: %v", err)
	}
	if broken, err := h.Ledger.Verify(t.Context()); err != nil || len(broken) > 0 {
		t.Errorf("ledger: %v, %v", broken, err)
	}
}

// A release that is being made adds its line; otherwise every line must name a
// schema that the present migrations still make.
func TestRelease(t *testing.T) {
	name := os.Getenv("BEFFROI_RELEASE")
	if name == "" {
		for _, r := range releases(t) {
			r.steps(t)
		}
		return
	}
	if slices.ContainsFunc(releases(t), func(r release) bool { return r.name == name }) {
		t.Fatalf("release %s has its line", name)
	}
	var rooms []string
	for _, s := range app.Schemas() {
		last := 0
		for file := range files(t, s) {
			last = max(last, number(t, file))
		}
		rooms = append(rooms, fmt.Sprintf("%s=%d", s.Room, last))
	}
	steps, err := db.Steps(app.Schemas())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(list)
	if err == nil {
		err = os.WriteFile(list, append(text, fmt.Sprintf("%s\t%s\t%s\n", name, strings.Join(rooms, " "), sum(steps))...), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// The control: a migration that loses or changes a row, and one that was edited
// after its release, are found out.
func TestWhatUpgradesMustNotDo(t *testing.T) {
	r := releases(t)[0]
	d := open(t, "sqlite:"+filepath.Join(t.TempDir(), "x.db"))
	tables := r.make(t, d)
	before := survey(t, d, tables)
	for i, text := range []string{"DELETE FROM ledger_total;", "UPDATE ledger_entry SET amount = amount + 1;"} {
		bad := db.Schema{Room: "zz", Files: fstest.MapFS{fmt.Sprintf("%04d_zz.sql", i): {Data: []byte(text)}}}
		if _, err := d.Migrate(t.Context(), []db.Schema{bad}); err != nil {
			t.Fatal(err)
		}
		after := survey(t, d, tables)
		if gocmp.Equal(before, after) {
			t.Errorf("%s goes unnoticed", text)
		}
		before = after
	}
	steps := r.steps(t)
	steps[3].SHA256 = "another"
	if sum(steps) == r.sum || sum(steps[1:]) == r.sum {
		t.Error("a changed migration goes unnoticed")
	}
}
