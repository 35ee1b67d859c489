package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"beffroi/internal/app"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
)

// day is fixed, so that the invented rows are the same on every day.
var day = clock.Fixed(time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC))

// house is a database with the demonstration pack and some invented rows.
func house(t testing.TB, entries int, seed uint64) (*app.House, string, string) {
	t.Helper()
	path := "sqlite:" + filepath.Join(t.TempDir(), "load.db")
	ctx := context.Background()
	h, err := app.Open(ctx, app.Config{DB: path, Files: t.TempDir(), Pack: "hainaut", Log: "off"}, day, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	if err := h.LoadDemo(ctx, func(string) {}); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := fill(ctx, h, entries, 20, seed, &out); err != nil {
		t.Fatal(err)
	}
	return h, path, out.String()
}

// dump is what tells two ledgers and their figures apart.
func dump(t *testing.T, h *app.House) string {
	t.Helper()
	var b strings.Builder
	err := h.DB.Read(context.Background(), func(tx *db.Tx) error {
		for _, query := range []string{
			"SELECT year || ' ' || number || ' ' || date || ' ' || kind || ' ' || amount || ' ' || base FROM ledger_entry ORDER BY id",
			"SELECT area_id || ' ' || year || ' ' || value FROM series_figure ORDER BY vintage_id, area_id, year",
		} {
			lines, err := db.All(tx, db.Value[string], query)
			if err != nil {
				return err
			}
			b.WriteString(strings.Join(lines, "\n"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFill(t *testing.T) {
	h, path, last := house(t, 2_000, 7)
	if broken, err := h.Ledger.Verify(context.Background()); err != nil || len(broken) > 0 {
		t.Errorf("the ledger is not sound: %q, %v", broken, err)
	}
	if n := strings.Count(last, "\n"); n < 20 || !strings.Contains(last, "2026 ") || !strings.Contains(last, "2007 ") {
		t.Errorf("last references:\n%s", last)
	}
	same, _, _ := house(t, 2_000, 7)
	other, _, _ := house(t, 2_000, 8)
	if first := dump(t, h); first != dump(t, same) {
		t.Error("the same seed gives other rows")
	} else if first == dump(t, other) {
		t.Error("another seed gives the same rows")
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	t.Run("sums", func(t *testing.T) { timed(t, command{db: path, sums: "53053", runs: 2}) })
	t.Run("import", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "figures.csv")
		write(t, file, "nis,year,indicator,value,unit\n53053,2020,residents,95000,persons\n52011,2020,residents,200000,persons\n")
		timed(t, command{db: path, imported: file, runs: 2})
		write(t, file, "nis,year,indicator,value,unit\n99999,2020,residents,95000,persons\n")
		if err := (command{db: path, imported: file, runs: 2}).run(context.Background(), io.Discard); err == nil {
			t.Error("a file that is refused got a time")
		}
	})
	t.Run("unknown commune", func(t *testing.T) {
		if err := (command{db: path, sums: "99999", runs: 1}).run(context.Background(), io.Discard); err == nil {
			t.Error("an unknown commune got a time")
		}
	})
}

// timed runs a command and wants one line of JSON with a time in it.
func timed(t *testing.T, c command) {
	t.Helper()
	var out bytes.Buffer
	if err := c.run(context.Background(), &out); err != nil {
		t.Fatal(err)
	}
	var got timing
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.Runs != c.runs || got.Wall <= 0 {
		t.Errorf("%s, %v", out.String(), err)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestSheet(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.csv")
	write(t, file, "a,b\n1,2\n3,4\n")
	timed(t, command{sheet: file, runs: 3})
	write(t, file, "")
	if err := readSheet(file); err == nil {
		t.Error("an empty file was read")
	}
}

// A square kilometre near Mons, in Lambert 72.
const square = `{"type":"FeatureCollection","features":[{"type":"Feature","id":"53053","properties":{},
	"geometry":{"type":"Polygon","coordinates":[[[120000,126000],[121000,126000],[121000,127000],[120000,127000],[120000,126000]]]}}]}`

func TestReproject(t *testing.T) {
	from, to := filepath.Join(t.TempDir(), "from.json"), filepath.Join(t.TempDir(), "to.json")
	write(t, from, square)
	if err := (command{reproject: from, out: to}).run(context.Background(), io.Discard); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Features []struct {
			Geometry struct{ Coordinates json.RawMessage }
		}
	}
	if err := json.Unmarshal(data, &got); err != nil || len(got.Features) != 1 {
		t.Fatalf("%s, %v", data, err)
	}
	if at := string(got.Features[0].Geometry.Coordinates); !strings.Contains(at, "3.9") || !strings.Contains(at, "50.4") {
		t.Errorf("not near Mons: %s", at)
	}
	write(t, from, `{"type":"FeatureCollection","features":[]}`)
	if err := reproject(from, to); err == nil {
		t.Error("a file without boundaries got a time")
	}
}

func TestMeasure(t *testing.T) {
	n := 0
	got, err := measure(5, func() error { n++; return nil })
	if err != nil || n != 6 || got.Runs != 5 {
		t.Errorf("%d calls, %+v, %v; want one to warm up and five", n, got, err)
	}
	if _, err := measure(5, func() error { return errors.New("no") }); err == nil {
		t.Error("a failing run got a time")
	}
}

func TestCommandNeedsDatabase(t *testing.T) {
	if err := (command{}).run(context.Background(), io.Discard); err == nil || !strings.Contains(err.Error(), "--db") {
		t.Errorf("error: %v", err)
	}
}
