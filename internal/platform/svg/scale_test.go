package svg

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestPrettyTicks(t *testing.T) {
	for _, c := range []struct {
		min, max float64
		n        int
		want     string
	}{
		{0, 9.5, 4, "[0 2.5 5 7.5 10]"},
		{0, 9.5, 5, "[0 2 4 6 8 10]"},
		{0, 0.3, 3, "[0 0.1 0.2 0.3]"},
		{-1.4, 9.5, 4, "[-5 0 5 10]"},
		{14300, 22310, 4, "[12500 15000 17500 20000 22500]"},
		{0, 0, 4, "[0 0.25 0.5 0.75 1]"},
		{7, 7, 2, "[0 5 10]"},
		{-7, -7, 2, "[-10 -5 0]"},
		{10, 0, 2, "[0 5 10]"},
		{0, 1, 0, "[0 1]"},
		{-1, 1, 1, "[-1 0 1]"},
		{math.NaN(), 1, 4, "[]"},
		{0, math.Inf(1), 4, "[]"},
		{-math.MaxFloat64, math.MaxFloat64, 4, "[]"},
	} {
		if got := fmt.Sprint(PrettyTicks(c.min, c.max, c.n)); got != c.want {
			t.Errorf("PrettyTicks(%v, %v, %d) = %s, want %s", c.min, c.max, c.n, got, c.want)
		}
	}
}

func TestPrettyTicksProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.Float64Range(-1e6, 1e6).Draw(t, "lo")
		hi := lo + rapid.Float64Range(1e-2, 1e9).Draw(t, "span")
		n := rapid.IntRange(1, 12).Draw(t, "n")
		ticks := PrettyTicks(lo, hi, n)
		if len(ticks) < 2 || ticks[0] > lo || ticks[len(ticks)-1] < hi {
			t.Fatalf("%v does not cover %v to %v", ticks, lo, hi)
		}
		if len(ticks)-1 > max(n, 2) {
			t.Fatalf("%d intervals, want at most %d", len(ticks)-1, n)
		}
		if lo <= 0 && hi >= 0 && !slices.Contains(ticks, 0) {
			t.Fatalf("%v straddles zero without it", ticks)
		}
		size := ticks[1] - ticks[0]
		mantissa := size / math.Pow10(int(math.Floor(math.Log10(size)+1e-6)))
		if !slices.ContainsFunc([]float64{1, 2, 2.5, 5}, func(m float64) bool { return math.Abs(mantissa-m) < 1e-3 }) {
			t.Fatalf("step %v of %v is not pretty", size, ticks)
		}
	})
}

func TestClasses(t *testing.T) {
	nan := math.NaN()
	var hundred []float64
	for i := range 100 {
		hundred = append(hundred, 3.7*float64(i)+.13)
	}
	for _, c := range []struct {
		name   string
		values []float64
		n      int
		want   string
	}{
		{"quantiles, rounded", hundred, 5, "[80 150 220 300]"},
		{"none", nil, 5, "[]"},
		{"all missing", []float64{nan, nan, math.Inf(1)}, 5, "[]"},
		{"all equal", []float64{4, 4, 4, nan}, 5, "[]"},
		{"one class", hundred, 1, "[]"},
		{"no class", hundred, 0, "[]"},
		{"two distinct values", []float64{1, 1, 1, 9, 9}, 5, "[5]"},
		{"ties at the top", []float64{1, 2, 3, 9, 9, 9, 9}, 3, "[3 5]"},
		{"either side of zero", []float64{-8, -3, 2, 11}, 2, "[0]"},
		{"small", []float64{.011, .012, .031, .032}, 2, "[0.02]"},
		{"money", []float64{118200, 99650, 73900, 104400, 88100, 91200}, 3, "[90000 100000]"},
	} {
		if got := fmt.Sprint(Classes(c.values, c.n)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestClassesKeepsItsInput guards callers: sorting must not reorder their data.
func TestClassesKeepsItsInput(t *testing.T) {
	values := []float64{3, 1, 2}
	Classes(values, 2)
	if fmt.Sprint(values) != "[3 1 2]" {
		t.Errorf("values became %v", values)
	}
}

func TestClassesProperties(t *testing.T) {
	value := rapid.OneOf(
		rapid.Float64Range(-1e7, 1e7),
		rapid.Map(rapid.IntRange(-3, 3), func(i int) float64 { return float64(i) }),
		rapid.Just(math.NaN()),
		rapid.Float64(),
	)
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(value, 0, 90).Draw(t, "values")
		n := rapid.IntRange(-1, 9).Draw(t, "n")
		breaks := Classes(values, n)
		if len(breaks) > max(n-1, 0) {
			t.Fatalf("%d breaks for %d classes", len(breaks), n)
		}
		for i := 1; i < len(breaks); i++ {
			if breaks[i-1] >= breaks[i] {
				t.Fatalf("breaks %v do not ascend", breaks)
			}
		}
		count := make([]int, len(breaks)+1)
		known := 0
		for _, v := range values {
			class, within := ClassOf(v, breaks), 0
			for c := range count {
				if (c == 0 || v >= breaks[c-1]) && (c == len(breaks) || v < breaks[c]) {
					within++
					if finite(v) && class != c {
						t.Fatalf("%v is in class %d, ClassOf says %d of %v", v, c, class, breaks)
					}
				}
			}
			if !finite(v) {
				if class != -1 {
					t.Fatalf("missing %v got class %d", v, class)
				}
				continue
			}
			if within != 1 {
				t.Fatalf("%v lies in %d classes of %v", v, within, breaks)
			}
			count[class]++
			known++
		}
		if known > 0 && slices.Contains(count, 0) {
			t.Fatalf("an empty class: %v of %v", count, breaks)
		}
	})
}

// TestClassesBalance holds quantiles to their promise on distinct values: no
// class differs from its share by more than the slack on both ends.
func TestClassesBalance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfNDistinct(rapid.Float64Range(0, 1e6), 30, 120, rapid.ID[float64]).Draw(t, "values")
		n := rapid.IntRange(2, 5).Draw(t, "n")
		breaks := Classes(values, n)
		count := make([]int, len(breaks)+1)
		for _, v := range values {
			count[ClassOf(v, breaks)]++
		}
		share, slack := float64(len(values))/float64(n), float64(2*(len(values)/(6*n))+2)
		for c, k := range count {
			if len(count) != n || math.Abs(float64(k)-share) > slack {
				t.Fatalf("class %d of %d holds %d of %d values: %v", c, len(count), k, len(values), breaks)
			}
		}
	})
}

func TestSequential(t *testing.T) {
	for _, c := range []struct {
		i, n int
		want Class
	}{
		{0, 1, Q3}, {0, 2, Q2}, {1, 2, Q4}, {2, 3, Q5}, {1, 4, Q2}, {2, 4, Q4},
		{0, 5, Q1}, {4, 5, Q5}, {-1, 5, NoData}, {9, 5, Q5}, {3, 9, Q4}, {0, 0, Q3},
	} {
		if got := Sequential(c.i, c.n); got != c.want {
			t.Errorf("Sequential(%d, %d) = %s, want %s", c.i, c.n, got, c.want)
		}
	}
}

func TestLegendOf(t *testing.T) {
	got := fmt.Sprint(LegendOf([]float64{80, 95}, func(lo, hi float64) string { return fmt.Sprintf("[%v,%v)", lo, hi) }))
	if want := "[{q1 [-Inf,80)} {q3 [80,95)} {q5 [95,+Inf)}]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := LegendOf(nil, func(lo, hi float64) string { return "tout" }); len(got) != 1 || got[0].Class != Q3 {
		t.Errorf("one class: %v", got)
	}
}

func TestSpread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ys := rapid.SliceOfN(rapid.Float64Range(0, 200), 0, 10).Draw(t, "ys")
		out := spread(ys, 15, 0, 200)
		for i := range ys {
			if out[i] < -1e-9 || out[i] > 200+1e-9 {
				t.Fatalf("%v leaves the frame: %v", ys, out)
			}
			for j := range i {
				if math.Abs(out[i]-out[j]) < 15-1e-9 {
					t.Fatalf("%v overlap in %v", ys, out)
				}
				if ys[i] != ys[j] && (ys[i] < ys[j]) != (out[i] < out[j]) {
					t.Fatalf("%v changed order in %v", ys, out)
				}
			}
		}
	})
}
