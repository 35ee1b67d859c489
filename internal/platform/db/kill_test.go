package db_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/test/pg"
)

// childPath tells a run of this test binary to be the writer that gets killed.
const childPath = "BEFFROI_TEST_KILL_PATH"

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		writeForever(path)
	}
	pg.Main(m)
}

// rowsPerWrite makes a write long enough to be killed in the middle.
const rowsPerWrite = 3000

// writeForever adds rowsPerWrite rows a transaction and says so once each is committed.
func writeForever(path string) {
	ctx := context.Background()
	d, err := db.Open(ctx, "sqlite:"+path, clock.System())
	if err != nil {
		panic(err)
	}
	for {
		var batch int64
		err := d.Write(ctx, func(tx *db.Tx) error {
			batch, _, err = db.One(tx, db.Value[int64], "SELECT coalesce(max(size), 0) + 1 FROM thing")
			if err != nil {
				return err
			}
			rows := make([][]any, rowsPerWrite)
			for i := range rows {
				rows[i] = []any{fmt.Sprintf("%d-%d", batch, i), batch}
			}
			return tx.Insert("thing", []string{"name", "size"}, rows)
		})
		if err != nil {
			panic(err)
		}
		fmt.Println(batch)
	}
}

// A process killed while it writes leaves whole transactions only, and every
// one that it told of.
func TestKilledWhileWriting(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for some seconds")
	}
	path := filepath.Join(t.TempDir(), "killed.db")
	d := reopen(t, path)
	if _, err := d.Migrate(t.Context(), schema()); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	acknowledged := int64(0)
	for round := range 5 {
		acknowledged = max(acknowledged, killOne(t, path, time.Duration(7+13*round)*time.Millisecond))
		d := reopen(t, path)
		checkKilled(t, d, acknowledged)
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func reopen(t *testing.T, path string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), "sqlite:"+path, clock.System())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// killOne runs the writer, waits for its second write and a moment more, kills
// it, and gives the last write that it told of.
func killOne(t *testing.T, path string, moment time.Duration) (last int64) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childPath+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		if last, err = strconv.ParseInt(lines.Text(), 10, 64); err != nil {
			t.Errorf("the writer said %q", lines.Text())
		}
		if n == 1 {
			time.AfterFunc(moment, func() { _ = cmd.Process.Kill() })
		}
	}
	if err := cmd.Wait(); err == nil || last == 0 {
		t.Fatalf("the writer ended by itself after %d: %v", last, err)
	}
	return last
}

func checkKilled(t *testing.T, d *db.DB, acknowledged int64) {
	t.Helper()
	read(t, d, func(tx *db.Tx) error {
		answer, _, err := db.One(tx, db.Value[string], "PRAGMA integrity_check")
		if answer != "ok" {
			t.Errorf("integrity: %s", answer)
		}
		return err
	})
	batches := number(t, d, "SELECT coalesce(max(size), 0) FROM thing")
	if batches < acknowledged {
		t.Errorf("write %d was told of, the file ends with %d", acknowledged, batches)
	}
	if rows := number(t, d, "SELECT count(*) FROM thing"); rows != batches*rowsPerWrite {
		t.Errorf("%d rows for %d writes of %d", rows, batches, rowsPerWrite)
	}
}
