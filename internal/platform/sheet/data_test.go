package sheet

import (
	"bytes"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// sharedData finds the folder of real data, or skips the test.
func sharedData(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("BEFFROI_SHARED")
	if dir == "" {
		dir = filepath.Join(moduleRoot(t), "..", "shared")
	}
	dir = filepath.Join(dir, "data")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no real data: set BEFFROI_SHARED to the folder that holds data/")
	}
	return dir
}

func moduleRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = up
	}
}

// realFiles are row counts from the README of the data and the first and last
// name of each header.
var realFiles = []struct {
	path        string
	rows        int
	first, last string
	columns     int
}{
	{"communes-hainaut.csv", 69, "nis", "pop_2020", 22},
	{"nis-2018-2019.csv", 11, "nis_2018", "arr_2019", 5},
	{"plan-hainaut.csv", 51, "code", "source", 5},
	{"refnis-hainaut-history.csv", 484, "level", "valid_to", 8},
	{"rescue-zones-funding.csv", 8, "year", "source", 5},
	{"services-hainaut.csv", 325, "ref", "acronym", 4},
	{"supracommunal-projects.csv", 14, "cycle", "source", 8},
	{"watercourse-categories.csv", 5, "category", "source", 6},
	{"stats/building-permits-1996-2025.csv", 6186, "nis", "unit", 5},
	{"stats/building-stock-2025-codes.csv", 29, "code", "label_fr", 2},
	{"stats/building-stock-2025.csv", 9522, "nis", "unit", 7},
	{"stats/deprivation-bimd-2001-2011.csv", 966, "nis", "decile", 6},
	{"stats/establishments-2018-2023.csv", 483, "nis", "unit", 5},
	{"stats/households-type-size-2026snapshot.csv", 1104, "nis", "unit", 6},
	{"stats/income-disposable-2015-2022.csv", 3312, "nis", "unit", 5},
	{"stats/income-fiscal-2005-2013.csv", 3726, "nis", "unit", 5},
	{"stats/land-use-2015.csv", 1863, "nis", "unit", 7},
	{"stats/population-age-sex-2009-2015.csv", 19248, "nis", "unit", 7},
	{"stats/population-nationality-2015.csv", 138, "nis", "unit", 5},
	{"stats/population-single-age-2015.csv", 13543, "nis", "unit", 7},
	{"stats/population-total-2009-2020.csv", 828, "nis", "unit", 5},
	{"stats/real-estate-2010-2024.csv", 7253, "nis", "unit", 6},
}

func TestRealFiles(t *testing.T) {
	dir := sharedData(t)
	for _, f := range realFiles {
		t.Run(f.path, func(t *testing.T) {
			file, err := os.Open(filepath.Join(dir, f.path))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			r, err := Open(file, Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := readAll(t, r)
			h := got.Header
			if len(h) != f.columns || h[0] != f.first || h[len(h)-1] != f.last {
				t.Errorf("header %q", h)
			}
			if len(got.Rows) != f.rows {
				t.Errorf("%d rows, want %d", len(got.Rows), f.rows)
			}
			if r.Format().Delimiter != ',' || r.Format().Encoding != EncodingUTF8 {
				t.Errorf("format %+v", r.Format())
			}
			sameAsStandard(t, filepath.Join(dir, f.path), got)
		})
	}
}

// TestRealFilesAreAllListed fails when the data grows a file that no one looks
// at.
func TestRealFilesAreAllListed(t *testing.T) {
	dir := sharedData(t)
	listed := map[string]bool{}
	for _, f := range realFiles {
		listed[f.path] = true
	}
	for _, pattern := range []string{"*.csv", "stats/*.csv"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		for _, p := range found {
			if rel, _ := filepath.Rel(dir, p); !listed[filepath.ToSlash(rel)] {
				t.Errorf("%s is not in realFiles", rel)
			}
		}
	}
}

// sameAsStandard compares every cell with what encoding/csv reads.
func sameAsStandard(t *testing.T, path string, got table) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	want, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range got.Rows {
		for c, cell := range row {
			if cell != want[i+1][c] {
				t.Fatalf("line %d column %d: %q, want %q", got.Lines[i], c+1, cell, want[i+1][c])
			}
		}
	}
}

// BenchmarkReadCSV reads and checks the largest real table (19,248 rows).
// BenchmarkReadCSVStandard is the standard library on the same bytes.
func BenchmarkReadCSV(b *testing.B) {
	data := populationFile(b)
	rows := 0
	b.ReportAllocs()
	for b.Loop() {
		r, err := OpenBytes(data, Options{})
		if err != nil {
			b.Fatal(err)
		}
		for {
			_, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			rows++
		}
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkReadCSVStandard(b *testing.B) {
	data := populationFile(b)
	rows := 0
	b.ReportAllocs()
	for b.Loop() {
		r := csv.NewReader(bytes.NewReader(data))
		r.ReuseRecord = true
		for {
			_, err := r.Read()
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			rows++
		}
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

func populationFile(b *testing.B) []byte {
	data, err := os.ReadFile(filepath.Join(sharedData(b), "stats", "population-age-sex-2009-2015.csv"))
	if err != nil {
		b.Fatal(err)
	}
	return data
}
