// Command bench measures Beffroi against its peers on this machine and writes
// docs/benchmarks.md:
//
//	go -C bench run .          or: make bench
//
// The peers are PocketBase (pinned in pocketbase/go.mod) for the server,
// sqlite3 for imports, ogr2ogr for boundaries, PostgreSQL's full-text search for
// the search, and the SQL of the sums itself for the page of a commune. What is compared is processor time, which barely
// moves with what else the machine does; the tables give medians of the rounds.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	w := &workbench{}
	flag.IntVar(&w.entries, "entries", 100_000, "ledger entries to load on both sides")
	flag.IntVar(&w.years, "years", 20, "years over which entries and figures are spread")
	flag.IntVar(&w.rounds, "rounds", 3, "rounds; medians are reported")
	flag.Float64Var(&w.scale, "scale", 1, "multiplies the number of requests; below 1 for a quick look")
	flag.BoolVar(&w.suite, "suite", false, "also time make test")
	flag.StringVar(&w.data, "data", os.Getenv("BEFFROI_SHARED"), "folder of the real data; default ../shared beside the source (BEFFROI_SHARED)")
	flag.StringVar(&w.built, "built", "", "folder with beffroi, load, pocketbase and pocketbase-load, to measure these instead of building")
	out := flag.String("out", "", "file for the report; default docs/benchmarks.md")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := w.bench(ctx, *out); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench prepares, measures, prints and writes.
func (w *workbench) bench(ctx context.Context, out string) (err error) {
	if w.root, err = filepath.Abs(".."); err != nil {
		return err
	}
	if w.dir, err = os.MkdirTemp("", "beffroi-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(w.dir)
	if w.data == "" {
		w.data = filepath.Join(w.root, "../shared")
	}
	if out == "" {
		out = filepath.Join(w.root, "docs/benchmarks.md")
	}
	r := &report{workbench: w, figures: map[string][]float64{}}
	for _, step := range []struct {
		name string
		do   func(context.Context, *report) error
	}{
		{"build", w.build}, {"fill", w.fill}, {"imports", w.imports}, {"boundaries", w.boundaries}, {"sums", w.sums}, {"servers", w.servers}, {"search", w.search}, {"tests", w.tests}, {"machine", w.machine},
	} {
		began := time.Now()
		if err := step.do(ctx, r); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		fmt.Fprintf(os.Stderr, "%-10s %6.1f s\n", step.name, time.Since(began).Seconds())
	}
	text := r.markdown()
	fmt.Print(text)
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	return os.WriteFile(out, []byte(text), 0o644)
}

// build brings the programs together and notes their size.
func (w *workbench) build(ctx context.Context, r *report) error {
	if w.built == "" {
		w.built = w.dir
		if err := w.compile(ctx); err != nil {
			return err
		}
	}
	for name, s := range map[string]string{"beffroi": "Beffroi", "pocketbase": "PocketBase"} {
		info, err := os.Stat(w.program(name))
		if err != nil {
			return err
		}
		r.add("binary "+s, float64(info.Size())/1e6)
	}
	return nil
}

// compile makes the programs, pure Go and stripped on both sides.
func (w *workbench) compile(ctx context.Context) error {
	env := []string{"CGO_ENABLED=0"}
	if _, _, err := run(ctx, w.root, env, "go", "run", "./build"); err != nil {
		return err
	}
	program, err := os.ReadFile(filepath.Join(w.root, "beffroi"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(w.program("beffroi"), program, 0o755); err != nil {
		return err
	}
	for _, b := range []struct{ dir, pkg, out string }{
		{w.root, "./test/load", "load"}, {"pocketbase", ".", "pocketbase"}, {"pocketbase", "./load", "pocketbase-load"},
	} {
		if _, _, err := run(ctx, b.dir, env, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", w.program(b.out), b.pkg); err != nil {
			return err
		}
	}
	return nil
}

// fill makes two databases: small.db with the demonstration pack, beffroi.db with
// the invented entries and figures besides. References have no gap within a year,
// so the last of each year tells all of them.
func (w *workbench) fill(ctx context.Context, _ *report) error {
	small, large := w.path("small.db"), w.path("beffroi.db")
	if _, _, err := run(ctx, w.dir, nil, w.program("beffroi"), "demo", "--prepare", "--db", "sqlite:"+small, "--data", w.dir); err != nil {
		return err
	}
	if err := copyFile(small, large); err != nil {
		return err
	}
	text, _, err := run(ctx, w.dir, nil, w.program("load"), "--db", "sqlite:"+large, "--entries", fmt.Sprint(w.entries), "--years", fmt.Sprint(w.years))
	if err != nil {
		return err
	}
	for line := range strings.Lines(text) {
		var year, last int64
		if _, err := fmt.Sscanf(line, "%d %d", &year, &last); err != nil {
			return err
		}
		for n := range last {
			w.refs = append(w.refs, ref{year, n + 1})
		}
	}
	return nil
}

// tests times the whole suite, when asked to.
func (w *workbench) tests(ctx context.Context, r *report) error {
	if !w.suite {
		return nil
	}
	_, took, err := run(ctx, w.root, nil, "make", "test")
	r.add("suite", took.wall.Minutes())
	return err
}
