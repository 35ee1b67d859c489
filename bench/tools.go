package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// population is the file whose import is compared: 19,248 rows.
const population = "data/stats/population-age-sex-2009-2015.csv"

// imports compares the import of a file of figures, every check included, with
// sqlite3 taking the same file without any. Both run as whole processes, and the
// verb besides, inside one that is running already.
func (w *workbench) imports(ctx context.Context, r *report) error {
	file := filepath.Join(w.data, population)
	if !w.have(r, "imports", "sqlite3", file) {
		return nil
	}
	for range 2*w.rounds + 1 {
		copied, plain := w.path("import.db"), w.path("plain.db")
		if err := copyFile(w.path("small.db"), copied); err != nil {
			return err
		}
		_, ours, err := run(ctx, w.dir, nil, w.program("beffroi"), "import", "series", file, "--db", "sqlite:"+copied, "--data", w.dir)
		if err != nil {
			return err
		}
		_, peer, err := run(ctx, w.dir, nil, "sqlite3", plain, ".import --csv "+file+" population")
		if err != nil {
			return err
		}
		r.addSpent("import", ours, peer)
		if err := errors.Join(os.Remove(copied), os.Remove(plain)); err != nil {
			return err
		}
	}
	verb, err := w.timed(ctx, "--db", "sqlite:"+w.path("small.db"), "--import", file, "--runs", "20")
	if err != nil {
		return err
	}
	r.add("import verb", verb.CPU/1000)
	sheet, err := w.timed(ctx, "--sheet", file, "--runs", "50")
	r.add("sheet", sheet.CPU/1000)
	return err
}

// boundaries compares bringing the communes from Lambert 72 to WGS 84 with ogr2ogr.
func (w *workbench) boundaries(ctx context.Context, r *report) error {
	file := filepath.Join(w.data, "data/communes-hainaut.geojson")
	if !w.have(r, "boundaries", "ogr2ogr", file) {
		return nil
	}
	lambert, out := w.path("lambert.geojson"), w.path("degrees.geojson")
	if _, _, err := run(ctx, w.dir, nil, "ogr2ogr", "-f", "GeoJSON", "-t_srs", "EPSG:31370", lambert, file); err != nil {
		return err
	}
	for range 2*w.rounds + 1 {
		_, ours, err := run(ctx, w.dir, nil, w.program("load"), "--reproject", lambert, "--out", out)
		if err != nil {
			return err
		}
		_, peer, err := run(ctx, w.dir, nil, "ogr2ogr", "-f", "GeoJSON", "-s_srs", "EPSG:31370", "-t_srs", "EPSG:4326", out+".ogr", lambert)
		if err != nil {
			return err
		}
		r.addSpent("reproject", ours, peer)
		if err := errors.Join(os.Remove(out), os.Remove(out+".ogr")); err != nil {
			return err
		}
	}
	return nil
}

// sums times the raw SQL that the page of a commune stands for.
func (w *workbench) sums(ctx context.Context, r *report) error {
	for range w.rounds {
		t, err := w.timed(ctx, "--db", "sqlite:"+w.path("beffroi.db"), "--sums", "53053", "--runs", "200")
		if err != nil {
			return err
		}
		r.add("sums", t.CPU/1000)
	}
	return nil
}

// timing is what test/load prints.
type timing struct {
	CPU float64 `json:"cpu_us"`
}

func (w *workbench) timed(ctx context.Context, args ...string) (t timing, err error) {
	text, _, err := run(ctx, w.dir, nil, w.program("load"), args...)
	if err != nil {
		return t, err
	}
	return t, json.Unmarshal([]byte(text), &t)
}

// have tells whether a tool and a file are there; what is absent is said in the report.
func (w *workbench) have(r *report, what, tool, file string) bool {
	if _, err := exec.LookPath(tool); err != nil {
		r.absent = append(r.absent, fmt.Sprintf("%s: %s is not installed", what, tool))
		return false
	}
	if _, err := os.Stat(file); err != nil {
		r.absent = append(r.absent, fmt.Sprintf("%s: no file %s (-data or BEFFROI_SHARED names the folder)", what, filepath.Base(file)))
		return false
	}
	return true
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o600)
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }
