package main

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"
)

// search asks 200 questions of an index of 100,000 made-up documents, on both
// engines, and of PostgreSQL's own full-text search over the same words. The
// questions and both sides are BenchmarkFind of internal/platform/finder.
func (w *workbench) search(ctx context.Context, r *report) error {
	text, _, err := run(ctx, w.root, nil, "go", "test", "-run", "-", "-bench", "Find", "-benchtime", "1x", "-timeout", "60m", "./internal/platform/finder")
	if err != nil {
		return err
	}
	if strings.Contains(text, "SKIP") {
		r.absent = append(r.absent, "search: no PostgreSQL server is installed")
		return nil
	}
	found := searchFigures(text)
	if len(found) == 0 {
		return errors.New("the benchmark printed no figures")
	}
	for name, v := range found {
		r.add(name, v)
	}
	return nil
}

var (
	searchLine   = regexp.MustCompile(`(?m)^BenchmarkFind/(\w+?)(?:-\d+)?\s.*$`)
	searchFigure = regexp.MustCompile(`([\d.]+) (ms-p50|ms-p95|ms-max|s-build)`)
)

// searchFigures reads "search p95 sqlite" and its like off the benchmark's lines.
func searchFigures(text string) map[string]float64 {
	figures := map[string]float64{}
	for _, line := range searchLine.FindAllStringSubmatch(text, -1) {
		for _, m := range searchFigure.FindAllStringSubmatch(line[0], -1) {
			if v, err := strconv.ParseFloat(m[1], 64); err == nil {
				_, what, _ := strings.Cut(m[2], "-")
				figures["search "+what+" "+line[1]] = v
			}
		}
	}
	return figures
}

// searchGoals compare the index with ts_rank on both engines.
func searchGoals() []goal {
	return []goal{
		{what: "search among 100,000 documents, p95, SQLite ÷ PostgreSQL `ts_rank`, clock", ours: "search p95 sqlite", peer: "search p95 ts_rank", unit: " ms", must: 0.2},
		{what: "the same on PostgreSQL", ours: "search p95 postgres", peer: "search p95 ts_rank", unit: " ms", must: 0.2},
		{what: "the same, median, SQLite", ours: "search p50 sqlite", peer: "search p50 ts_rank", unit: " ms"},
		{what: "the same, median, PostgreSQL", ours: "search p50 postgres", peer: "search p50 ts_rank", unit: " ms"},
		{what: "the same, slowest question, SQLite", ours: "search max sqlite", peer: "search max ts_rank", unit: " ms"},
		{what: "the same, slowest question, PostgreSQL", ours: "search max postgres", peer: "search max ts_rank", unit: " ms"},
	}
}
