package svg

import (
	"math"
	"slices"
)

// step is m·10^e with whole m. Multiples are computed from whole numbers, so
// that the third tick of 0.1 is 0.3 and not 0.30000000000000004.
type step struct{ m, e int }

// round lists the steps of one decade from fine to coarse, in tenths: 1, 2, 2.5, 5.
var round = [4]int{10, 20, 25, 50}

func (s step) at(k float64) float64 {
	v := k * float64(s.m)
	if s.e < 0 {
		return v / math.Pow10(-s.e)
	}
	return v * math.Pow10(s.e)
}

func (s step) size() float64 { return s.at(1) }

// PrettyTicks returns the ticks of an axis: multiples of 1, 2, 2.5 or 5 times a
// power of ten, ascending, from at or below min to at or above max, in at most
// n intervals, or two when a range on both sides of zero asks for one.
// Equal ends widen to zero, or to 0–1 when both are zero. It returns nil when
// an end, or their distance, is not finite.
func PrettyTicks(min, max float64, n int) []float64 {
	if min > max {
		min, max = max, min
	}
	if min == max {
		min, max = math.Min(min, 0), math.Max(max, 0)
	}
	if min == max {
		max = 1
	}
	if !finite(min) || !finite(max) || !finite(max-min) || max-min < 1e-300 || max-min > 1e300 {
		return nil
	}
	n = clamp(n, 1, 100)
	if min < 0 && max > 0 && n == 1 {
		n = 2 // zero is always a tick
	}
	s := tickStep(min, max, float64(n))
	first, last := math.Floor(min/s.size()), math.Ceil(max/s.size())
	if math.Abs(first) > 1<<52 || math.Abs(last) > 1<<52 {
		return nil // the range is below the resolution of float64 at this size
	}
	ticks := make([]float64, 0, int(last-first)+1)
	for k := first; k <= last; k++ {
		ticks = append(ticks, s.at(k)+0) // +0 turns -0 into 0
	}
	return ticks
}

// tickStep returns the finest round step that covers min to max in at most n
// intervals; the coarsest tried always covers any range in at most two.
func tickStep(min, max, n float64) step {
	low := int(math.Floor(math.Log10((max-min)/n))) - 1
	var s step
	for e := low; e < low+4; e++ {
		for _, m := range round {
			s = step{m, e - 1}
			if size := s.size(); math.Ceil(max/size)-math.Floor(min/size) <= n {
				return s
			}
		}
	}
	return s
}

// Classes returns the inner breaks, strictly ascending, that part values into
// at most n classes of similar count (quantiles), rounded to numbers that a
// reader can keep in mind. Rounding moves a break past at most a sixth of a
// class. Equal values stay together and no class is empty, so that there may be
// fewer breaks than n-1, and none at all when all values are equal. NaN and
// infinities are missing values and do not count.
//
// Class i holds breaks[i-1] ≤ v < breaks[i]; see [ClassOf].
func Classes(values []float64, n int) []float64 {
	sorted := make([]float64, 0, len(values))
	for _, v := range values {
		if finite(v) {
			sorted = append(sorted, v)
		}
	}
	slices.Sort(sorted)
	var breaks []float64
	below := 0 // values under the last break taken
	for i := 1; i < n && len(sorted) > 0; i++ {
		b, ok := quantileBreak(sorted, i, n)
		if !ok {
			continue
		}
		under, _ := slices.BinarySearch(sorted, b)
		if under > below && under < len(sorted) {
			breaks, below = append(breaks, b), under
		}
	}
	return breaks
}

// quantileBreak returns a round number near the i-th n-quantile of sorted.
func quantileBreak(sorted []float64, i, n int) (float64, bool) {
	k := (i*len(sorted) + n/2) / n
	if k <= 0 || k >= len(sorted) {
		return 0, false
	}
	if sorted[k-1] == sorted[k] { // a tie: keep it together, cut at its nearer end
		first, _ := slices.BinarySearch(sorted, sorted[k])
		next := first
		for next < len(sorted) && sorted[next] == sorted[k] {
			next++
		}
		if k = next; next == len(sorted) || (first > 0 && k-first < next-k) {
			k = first
		}
		if k == 0 || k == len(sorted) {
			return 0, false
		}
	}
	slack := len(sorted) / (6 * n)
	lo, hi := sorted[max(k-1-slack, 0)], sorted[min(k+slack, len(sorted)-1)]
	return roundest(lo, hi, sorted[k]), true
}

// roundest returns the number in (lo, hi] with the coarsest round step, the one
// nearest to target. lo < target ≤ hi.
func roundest(lo, hi, target float64) float64 {
	span := hi - lo
	if !finite(span) || span < 1e-300 {
		return target
	}
	if lo < 0 && hi >= 0 {
		return 0
	}
	top := int(math.Floor(math.Log10(math.Max(math.Abs(lo), math.Abs(hi))))) + 1
	bottom := int(math.Floor(math.Log10(span))) - 1
	for e := top; e >= bottom; e-- {
		for _, m := range [3]int{5, 2, 1} { // 2.5 suits an axis, but 3 reads better than 2.5
			s := step{m, e}
			for _, k := range []float64{math.Round(target / s.size()), math.Floor(hi / s.size())} {
				if v := s.at(k); v > lo && v <= hi {
					return v
				}
			}
		}
	}
	return target
}

// ClassOf returns the class of v among breaks: the number of breaks at or below
// it, 0 to len(breaks). A missing value (NaN or infinite) gives -1.
func ClassOf(v float64, breaks []float64) int {
	if !finite(v) {
		return -1
	}
	i, exact := slices.BinarySearch(breaks, v)
	if exact {
		i++
	}
	return i
}

// Sequential returns the fill of class i out of n (1 to 5), spread so that
// fewer classes keep the most distinct steps; NoData when i is negative, and
// the nearest step when i or n is beyond the five.
func Sequential(i, n int) Class {
	if i < 0 {
		return NoData
	}
	steps := [...]string{"3", "24", "135", "1245", "12345"}[clamp(n, 1, 5)-1]
	return Class("q" + string(steps[min(i, len(steps)-1)]))
}

func clamp(v, lo, hi int) int { return max(lo, min(v, hi)) }
