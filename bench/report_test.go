package main

import (
	"strings"
	"testing"
)

func TestMedian(t *testing.T) {
	r := &report{figures: map[string][]float64{"odd": {9, 1, 5}, "even": {4, 1, 2, 9}}}
	for name, want := range map[string]float64{"odd": 5, "even": 3} {
		if got, ok := r.median(name); !ok || got != want {
			t.Errorf("%s: %v, %v; want %v", name, got, ok, want)
		}
	}
	if _, ok := r.median("none"); ok {
		t.Error("a figure that was not measured has a median")
	}
}

func TestVerdict(t *testing.T) {
	floor, ceiling := goal{must: 2, aim: 4, atLeast: true}, goal{must: 0.7, aim: 0.4}
	for _, c := range []struct {
		g    goal
		v    float64
		want string
	}{
		{floor, 1.99, "**MISSED**"}, {floor, 2, "met"}, {floor, 4, "met, aim too"},
		{ceiling, 0.71, "**MISSED**"}, {ceiling, 0.7, "met"}, {ceiling, 0.4, "met, aim too"},
		{goal{}, 12, "–"}, {goal{must: 25}, 24, "met"}, {goal{must: 25}, 26, "**MISSED**"},
	} {
		if got := c.g.verdict(c.v); got != c.want {
			t.Errorf("%+v at %v: %q, want %q", c.g, c.v, got, c.want)
		}
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.456: "0.46", 2: "2", 2.5: "2.5", 12.34: "12.3", 1234.5: "1234", 100: "100"} {
		if got := number(v); got != want {
			t.Errorf("%v: %q, want %q", v, got, want)
		}
	}
	for n, want := range map[int]string{7: "7", 999: "999", 1000: "1,000", 100_000: "100,000", 1_234_567: "1,234,567"} {
		if got := grouped(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

// Every goal names figures that some step adds: a goal with a misspelt name
// would vanish from the tables in silence.
func TestGoalsNameFigures(t *testing.T) {
	known := map[string]bool{"page": true, "sums": true, "sheet": true, "suite": true, "import verb": true}
	for _, side := range []string{"sqlite", "postgres", "ts_rank"} {
		for _, what := range []string{"p50", "p95", "max"} {
			known["search "+what+" "+side] = true
		}
	}
	for _, s := range []string{"Beffroi", "PocketBase", "peer"} {
		for _, what := range []string{"memory", "peak", "start", "startcpu", "binary", "import cpu", "import wall", "reproject cpu", "reproject wall"} {
			known[what+" "+s] = true
		}
		for _, l := range []string{record, list, html, create, commune} {
			for _, n := range []int{1, many} {
				known[rate(l, n, s)] = true
				for _, q := range []string{"p50", "p95", "p99"} {
					known[q+strings.TrimPrefix(rate(l, n, s), "rate")] = true
				}
			}
		}
	}
	for _, g := range append(compared(), limits()...) {
		if !known[g.ours] || g.peer != "" && !known[g.peer] {
			t.Errorf("%s: %q or %q is measured nowhere", g.what, g.ours, g.peer)
		}
	}
}

func TestMarkdown(t *testing.T) {
	r := &report{workbench: &workbench{entries: 100_000, years: 20, rounds: 3}, date: "2026-11-23", about: []string{"Machine: x."},
		absent: []string{"boundaries: ogr2ogr is not installed"}, figures: map[string][]float64{}}
	r.add(rate(record, many, "Beffroi"), 9000)
	r.add(rate(record, many, "PocketBase"), 3000)
	r.add(rate(list, many, "Beffroi"), 500)
	r.add(rate(list, many, "PocketBase"), 300)
	r.add(rate(commune, 1, "Beffroi"), 400)
	r.add("sums", 0.5)
	text := r.markdown()
	for _, want := range []string{
		"| one entry, JSON | 9000 /CPU-s | 3000 /CPU-s | 3× | ≥ 2× | ≥ 4× | met |",
		"| list of 50, JSON | 500 /CPU-s | 300 /CPU-s | 1.67× | ≥ 3× | ≥ 7× | **MISSED** |",
		"| 2.5 ms | 0.5 ms | 5× | ≤ 3× | – | **MISSED** |",
		"| 400 | ≥ 300 | – | met |",
		"Not measured: boundaries: ogr2ogr is not installed.",
		"same 100,000 ledger entries", "on 2026-11-23;",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if strings.Contains(text, "| create") {
		t.Error("what was not measured has a line")
	}
}
