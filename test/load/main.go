// Command load fills a database with a large, invented ledger and twenty years
// of figures, and measures parts of the program inside one process. The
// measurements in bench use it:
//
//	go run ./test/load --db sqlite:PATH --entries 100000 --years 20
//	go run ./test/load --db sqlite:PATH --sums 53053
//	go run ./test/load --db sqlite:PATH --import population.csv
//	go run ./test/load --db sqlite:PATH --backup --runs 5
//	go run ./test/load --sheet population.csv
//	go run ./test/load --reproject communes-31370.geojson --out communes.geojson
//
// The same seed gives the same rows. A measurement prints one line of JSON.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"beffroi/internal/app"
	"beffroi/internal/platform/clock"
)

func main() {
	var c command
	flag.StringVar(&c.db, "db", "", "database: sqlite:PATH or postgres://…")
	flag.IntVar(&c.entries, "entries", 0, "ledger entries to post")
	flag.IntVar(&c.years, "years", 20, "years over which entries and figures are spread, up to this year")
	flag.Uint64Var(&c.seed, "seed", 2026, "seed of the invented rows")
	flag.StringVar(&c.sums, "sums", "", "NIS code of the commune whose sums to time")
	flag.IntVar(&c.runs, "runs", 100, "how many times to run what is timed")
	flag.StringVar(&c.imported, "import", "", "file of figures to import again and again, taken back each time")
	flag.StringVar(&c.sheet, "sheet", "", "file to read with the sheet reader")
	flag.StringVar(&c.reproject, "reproject", "", "GeoJSON in Lambert 72 to bring to WGS 84")
	flag.BoolVar(&c.backup, "backup", false, "time backups, and the writes that go on meanwhile")
	flag.StringVar(&c.out, "out", "", "file for the result of --reproject")
	flag.Parse()
	if err := c.run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// command is what the flags ask for.
type command struct {
	db, sums, imported, sheet, reproject, out string
	entries, years, runs                      int
	seed                                      uint64
	backup                                    bool
}

func (c command) run(ctx context.Context, out io.Writer) error {
	switch {
	case c.reproject != "":
		return reproject(c.reproject, c.out)
	case c.sheet != "":
		return c.report(out, func() error { return readSheet(c.sheet) })
	case c.db == "":
		return fmt.Errorf("--db is missing")
	}
	h, err := app.Open(ctx, app.Config{DB: c.db, Pack: "hainaut", Log: "off"}, clock.System(), io.Discard)
	if err != nil {
		return err
	}
	defer h.Close()
	switch {
	case c.sums != "":
		return c.timeSums(ctx, h, out)
	case c.backup:
		return c.timeBackup(ctx, h, out)
	case c.imported != "":
		return c.timeImport(ctx, h, out)
	}
	return fill(ctx, h, c.entries, c.years, c.seed, out)
}

// timing is what a measurement prints, per run.
type timing struct {
	Runs int     `json:"runs"`
	CPU  float64 `json:"cpu_us"`
	Wall float64 `json:"wall_us"`
}

// measure times f, after one run that fills caches.
func measure(runs int, f func() error) (timing, error) {
	if err := f(); err != nil {
		return timing{}, err
	}
	cpu, wall := cpuTime(), time.Now()
	for range runs {
		if err := f(); err != nil {
			return timing{}, err
		}
	}
	per := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(runs) }
	return timing{runs, per(cpuTime() - cpu), per(time.Since(wall))}, nil
}

func (c command) report(out io.Writer, f func() error) error {
	t, err := measure(c.runs, f)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(t)
}

// cpuTime is what the process has used so far, user and system.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0 // cannot happen: both arguments are valid
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
