package main

import (
	"maps"
	"testing"
)

func TestSearchFigures(t *testing.T) {
	got := searchFigures(`goos: linux
BenchmarkFind/sqlite-2         	       1	1220752037 ns/op	        66.16 ms-max	         1.430 ms-p50	        14.49 ms-p95	        29.51 s-build
BenchmarkFind/ts_rank         	       1	5334074840 ns/op	       223 ms-max	         4.875 ms-p50	        72.74 ms-p95
PASS`)
	want := map[string]float64{"search max sqlite": 66.16, "search p50 sqlite": 1.43, "search p95 sqlite": 14.49, "search build sqlite": 29.51,
		"search max ts_rank": 223, "search p50 ts_rank": 4.875, "search p95 ts_rank": 72.74}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
