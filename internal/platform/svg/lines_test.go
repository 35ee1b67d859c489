package svg

import (
	"io"
	"math"
	"strings"
	"testing"
)

func drawSpark(t *testing.T, values, ref []float64) node {
	t.Helper()
	return parse(t, must(t, func(w io.Writer) (bool, error) {
		return Sparkline(w, SparkOptions{Values: values, Ref: ref})
	}))
}

func TestSparkline(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name   string
		values []float64
		line   string
		cx, cy float64
	}{
		{"rising", []float64{0, 1, 2}, "M2 30L57 17L112 4", 112, 4},
		{"a gap breaks the line", []float64{0, 2, nan, 2, 0}, "M2 30L29.5 4M84.5 4L112 30", 112, 30},
		{"a value alone is a dot", []float64{0, nan, 2, nan, 0}, "M2 30h0M57 4h0M112 30h0", 112, 30},
		{"the dot is on the last known value", []float64{0, 2, nan}, "M2 30L57 4", 57, 4},
		{"constant", []float64{5, 5}, "M2 17L112 17", 112, 17},
		{"one", []float64{5}, "M112 17h0", 112, 17},
	} {
		root := drawSpark(t, c.values, nil)
		if got := first(t, root, classed("line")).attr("d"); got != c.line {
			t.Errorf("%s: %s, want %s", c.name, got, c.line)
		}
		dot := first(t, root, named("circle"))
		if x, y := dot.number(t, "cx"), dot.number(t, "cy"); x != c.cx || y != c.cy {
			t.Errorf("%s: dot at %v, %v", c.name, x, y)
		}
		if svg := first(t, root, named("svg")); svg.attr("aria-hidden") != "true" || svg.attr("role") != "" {
			t.Errorf("%s: without a title it must be hidden", c.name)
		}
	}
}

func TestSparklineSharesTheScaleOfItsReference(t *testing.T) {
	root := drawSpark(t, []float64{1, 2}, []float64{0, 4})
	if got := first(t, root, classed("ref")).attr("d"); got != "M2 30L112 4" {
		t.Errorf("reference %s", got)
	}
	if got := first(t, root, classed("line")).attr("d"); got != "M2 23.5L112 17" {
		t.Errorf("line %s", got)
	}
}

func TestLines(t *testing.T) {
	o := income()
	root := parse(t, must(t, func(w io.Writer) (bool, error) { return Lines(w, o) }))
	lines := root.all(classed("line"))
	if len(lines) != 2 || strings.Count(lines[0].attr("d"), "M") != 2 {
		t.Fatalf("the missing year must break each line: %+v", lines)
	}
	f, _, _ := layoutLines(o)
	cutX := (f.px(6, 13) + f.px(7, 13)) / 2
	var p pen
	p.cmd('M', cutX, f.top-8)
	if d := first(t, root, classed("cut")).attr("d"); !strings.HasPrefix(d, p.String()) {
		t.Errorf("series break %q, want it between 2016 and 2017: %q", d, p.String())
	}
	text := allText(root)
	for _, want := range []string{"21\u202f940 €", "Mons", "La Louvière", "Province", "nouvelle méthode", "2022"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on the chart: %s", want, text)
		}
	}
	if f.lo == 0 {
		t.Error("the axis starts at zero unasked")
	}
	o.Zero, o.Narrow = true, true
	if f, _, _ := layoutLines(o); f.lo != 0 {
		t.Errorf("Zero asked, the axis starts at %v", f.lo)
	}
	if text := allText(parse(t, must(t, func(w io.Writer) (bool, error) { return Lines(w, o) }))); strings.Contains(text, "€") || !strings.Contains(text, "Province") {
		t.Errorf("narrow: names without values, got %s", text)
	}
}

func allText(root node) string {
	var b strings.Builder
	root.walk(func(n node) { b.WriteString(n.Text + " ") })
	return b.String()
}

// TestLinesIgnoresBreaksOutside: an index that separates nothing draws nothing.
func TestLinesIgnoresBreaksOutside(t *testing.T) {
	o := income()
	o.Breaks = []Break{{Index: 0}, {Index: -1}, {Index: 13}, {Index: 99}}
	root := parse(t, must(t, func(w io.Writer) (bool, error) { return Lines(w, o) }))
	if n := len(root.all(classed("cut"))); n != 0 {
		t.Errorf("%d breaks drawn", n)
	}
}
