package svg

import (
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// box returns the width and height of a picture.
func box(t fataler, root node) (w, h float64) {
	t.Helper()
	for _, n := range root.all(named("svg")) {
		if _, err := fmt.Sscanf(n.attr("viewBox"), "0 0 %g %g", &w, &h); err != nil {
			t.Fatalf("view box %q: %v", n.attr("viewBox"), err)
		}
	}
	return w, h
}

// label is the estimated extent of a text on its line.
type label struct {
	text        string
	x0, x1, mid float64
	y           float64
}

// labels returns the extents of all texts; anchors are inherited from groups.
func labels(t fataler, n node, anchor string) (found []label) {
	if a := n.attr("text-anchor"); a != "" {
		anchor = a
	}
	if n.XMLName.Local == "text" {
		x, errX := strconv.ParseFloat(n.attr("x"), 64)
		y, errY := strconv.ParseFloat(n.attr("y"), 64)
		if errX != nil || errY != nil {
			t.Fatalf("text at %q, %q", n.attr("x"), n.attr("y"))
		}
		w := textWidth(strings.TrimSpace(allText(n)), axSize)
		switch anchor {
		case "middle":
			x -= w / 2
		case "end":
			x -= w
		}
		return []label{{n.Text, x, x + w, x + w/2, y}}
	}
	for _, k := range n.Kids {
		found = append(found, labels(t, k, anchor)...)
	}
	return found
}

// TestColumnLabelsNeverOverlap: whatever the number of columns and the length
// of their labels and totals, what is written on one line stays apart, and the
// last column is always named.
func TestColumnLabelsNeverOverlap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(t, "columns")
		size := rapid.IntRange(1, 8).Draw(t, "letters")
		o := BarsOptions{ID: "b", Narrow: rapid.Bool().Draw(t, "narrow"), ValueFormat: func(float64) string { return strings.Repeat("8", size) }}
		for i := range n {
			o.Labels = append(o.Labels, fmt.Sprintf("%0*d", size, i))
		}
		// Equal totals stand on one line: the hardest case.
		values := make([]float64, n)
		for i := range values {
			values[i] = 5
		}
		o.Series = []Series{{"s", K1, values}}
		root := parse(t, must(t, drawBars(o)))
		for _, group := range root.all(func(n node) bool { return n.XMLName.Local == "g" && n.attr("text-anchor") == "middle" }) {
			line := labels(t, group, "")
			if len(line) == 0 {
				t.Fatalf("no label at all")
			}
			for i := 1; i < len(line); i++ { // drawn from the last column backwards
				if line[i].x1 > line[i-1].x0 {
					t.Fatalf("%v and %v overlap", line[i], line[i-1])
				}
			}
		}
		if last := o.Labels[n-1]; !strings.Contains(allText(root), last) {
			t.Fatalf("the last column %q has no label", last)
		}
	})
}

// TestHBarsGeometry: bars are proportional to their values from a common zero,
// rows do not overlap, and no text leaves the picture.
func TestHBarsGeometry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-100, 300), 1, 20).Draw(t, "values")
		o := HBarsOptions{ID: "h", Narrow: rapid.Bool().Draw(t, "narrow"), ValueFormat: func(v float64) string { return fixed(v, 1) }}
		for i, v := range values {
			o.Rows = append(o.Rows, Row{Label: fmt.Sprint("Commune ", i), Value: v, Href: fmt.Sprint("/", i)})
		}
		if rapid.Bool().Draw(t, "ref") {
			o.Ref = &RefLine{rapid.Float64Range(-150, 400).Draw(t, "at"), "Province"}
		}
		l, ok := layoutHBars(o)
		if !ok {
			t.Fatalf("nothing drawn")
		}
		root := parse(t, must(t, func(w io.Writer) (bool, error) { return HBars(w, o) }))
		unit, end := (l.right-l.left)/(l.hi-l.lo), -1.0
		for i, row := range root.all(named("a")) {
			x0, x1, y := barOf(t, row, l.x(0))
			if got, want := x1-x0, math.Abs(values[i])*unit; math.Abs(got-want) > .16 {
				t.Fatalf("%v is %v long, want %v", values[i], got, want)
			}
			if x0 != l.x(0) && x1 != l.x(0) {
				t.Fatalf("the bar %v to %v does not start at zero %v", x0, x1, l.x(0))
			}
			if x0 != x1 {
				if y < end {
					t.Fatalf("row %d starts at %v, above the end %v of the row before", i, y, end)
				}
				end = y + l.bar
			}
		}
		w, h := box(t, root)
		for _, s := range labels(t, root, "") {
			if s.x0 < -1 || s.x1 > w+1 || s.y > h {
				t.Fatalf("%v leaves the picture of %v × %v", s, w, h)
			}
		}
	})
}

var hbar = regexp.MustCompile(`^M([\d.-]+?) ?(-?[\d.]+)h([\d.]+)v`)

// barOf returns the horizontal extent and the top of a row's bar; a row
// without a bar has none, at zero.
func barOf(t fataler, row node, zero float64) (x0, x1, y float64) {
	t.Helper()
	if paths := row.all(named("path")); len(paths) > 0 {
		m := hbar.FindStringSubmatch(paths[0].attr("d"))
		if m == nil {
			t.Fatalf("bar %q", paths[0].attr("d"))
		}
		x0, _ = strconv.ParseFloat(m[1], 64)
		y, _ = strconv.ParseFloat(m[2], 64)
		length, _ := strconv.ParseFloat(m[3], 64)
		return x0, tenth(x0 + length), y
	}
	return zero, zero, 0
}

// TestLinesStayInTheirFrame: every known value has one point, in order, inside
// the frame; end labels stay inside the picture and apart.
func TestLinesStayInTheirFrame(t *testing.T) {
	value := rapid.OneOf(rapid.Float64Range(-50, 200), rapid.Just(math.NaN()))
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(t, "labels")
		o := LinesOptions{ID: "l", Narrow: rapid.Bool().Draw(t, "narrow"), Zero: rapid.Bool().Draw(t, "zero"), ValueFormat: func(v float64) string { return fixed(v, 0) }}
		for i := range n {
			o.Labels = append(o.Labels, fmt.Sprint(2000+i))
		}
		for k := range rapid.IntRange(1, 5).Draw(t, "series") {
			o.Series = append(o.Series, Series{fmt.Sprint("Série ", k), K1, rapid.SliceOfN(value, n, n).Draw(t, "values")})
		}
		o.Height = 240
		f, _, ok := layoutLines(o)
		if !ok {
			return
		}
		root := parse(t, must(t, func(w io.Writer) (bool, error) { return Lines(w, o) }))
		drawn := 0
		for _, line := range root.all(classed("line")) {
			drawn += checkPoints(t, f, line.attr("d"))
		}
		want := 0
		for _, s := range o.Series {
			for _, v := range s.Values {
				if finite(v) {
					want++
				}
			}
		}
		if drawn != want {
			t.Fatalf("%d points for %d known values", drawn, want)
		}
		w, _ := box(t, root)
		for _, s := range labels(t, root, "") {
			if s.x1 > w+6 {
				t.Fatalf("%v leaves the picture of %v", s, w)
			}
		}
	})
}

// checkPoints reads a polyline and returns the number of its points.
func checkPoints(t fataler, f frame, d string) (count int) {
	t.Helper()
	before := math.Inf(-1)
	for _, part := range regexp.MustCompile(`[ML][^MLh]+`).FindAllString(d, -1) {
		var x, y float64
		if _, err := fmt.Sscanf(strings.Replace(part[1:], "-", " -", 1), "%g %g", &x, &y); err != nil {
			t.Fatalf("point %q of %q: %v", part, d, err)
		}
		if x <= before || x < f.left-.1 || x > f.right+.1 || y < f.top-.1 || y > f.bottom+.1 {
			t.Fatalf("point %v, %v after x %v in %+v", x, y, before, f)
		}
		before = x
		count++
	}
	return count
}

// TestHTMLLegend: one list item per entry, with a hidden swatch that borrows
// the patterns of its picture.
func TestHTMLLegend(t *testing.T) {
	items := []LegendItem{{Q1, "peu"}, {K2, "projets"}, {NoData, "pas de donnée"}}
	root := parse(t, must(t, func(w io.Writer) (bool, error) { return Legend(w, "m", items) }))
	list := root.all(named("li"))
	if len(list) != 3 || list[1].Text != "projets" {
		t.Fatalf("items %+v", list)
	}
	for i, want := range []string{"", "url(#m-p2)", "url(#m-nd)"} {
		svg := first(t, list[i], named("svg"))
		if svg.attr("aria-hidden") != "true" {
			t.Errorf("swatch %d speaks", i)
		}
		got := ""
		for _, p := range svg.all(named("path")) {
			got += p.attr("fill")
		}
		if got != want {
			t.Errorf("swatch %d is painted with %q, want %q", i, got, want)
		}
	}
}

func TestLegendFlowWraps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var items []LegendItem
		for range rapid.IntRange(1, 9).Draw(t, "items") {
			items = append(items, LegendItem{Q1, rapid.StringMatching(`[a-z ]{1,20}`).Draw(t, "label")})
		}
		width := rapid.Float64Range(0, 900).Draw(t, "width")
		at, height := legendFlow(items, width)
		for i, p := range at {
			if p[0] > 0 && p[0]+legendWidth(items[i]) > width {
				t.Fatalf("item %d at %v is wider than %v", i, p, width)
			}
			if p[1]+legendLine > height {
				t.Fatalf("item %d at %v is below %v", i, p, height)
			}
			if i > 0 && p[1] == at[i-1][1] && p[0] < at[i-1][0]+legendWidth(items[i-1]) {
				t.Fatalf("items %d and %d overlap", i-1, i)
			}
		}
	})
}
