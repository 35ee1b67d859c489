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

// rect is one subpath Mx yh w v h of a bar.
type rect struct{ x, y, w, h float64 }

var subpath = regexp.MustCompile(`M([\d.-]+?) ?(-?[\d.]+)h(-?[\d.]+)v(-?[\d.]+)h-?[\d.]+z`)

// rects reads the bars of a series group.
func rects(t fataler, series node) (found []rect) {
	t.Helper()
	series.walk(func(n node) {
		for _, m := range subpath.FindAllStringSubmatch(n.attr("d"), -1) {
			var r rect
			for i, to := range []*float64{&r.x, &r.y, &r.w, &r.h} {
				v, err := strconv.ParseFloat(m[i+1], 64)
				if err != nil {
					t.Fatalf("%q: %v", m[0], err)
				}
				*to = v
			}
			found = append(found, r)
		}
	})
	return found
}

// seriesGroups returns the groups of the series, in order.
func seriesGroups(root node) []node {
	return root.all(func(n node) bool { return n.XMLName.Local == "g" && category(Class(n.attr("class"))) > 0 })
}

// TestStacksReachTheirTotals: in every column the positive bars stack without
// gap from the baseline to the height of their sum, the negative ones likewise
// below, so that heights add up to the net total at the scale of the axis.
func TestStacksReachTheirTotals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "columns")
		value := rapid.OneOf(rapid.Float64Range(0, 50), rapid.Float64Range(-20, 50), rapid.Just(math.NaN()))
		o := BarsOptions{ID: "b", Height: 215, Narrow: rapid.Bool().Draw(t, "narrow"), Direct: rapid.Bool().Draw(t, "direct")}
		for i := range n {
			o.Labels = append(o.Labels, fmt.Sprint(2014+i))
		}
		for k := range rapid.IntRange(1, 5).Draw(t, "series") {
			o.Series = append(o.Series, Series{fmt.Sprint(k), Class("k" + fmt.Sprint(k+1)), rapid.SliceOfN(value, n, n).Draw(t, "values")})
		}
		l, _, ok := layoutBars(o)
		if !ok {
			return
		}
		byColumn := make([][]rect, n)
		for _, g := range seriesGroups(parse(t, must(t, drawBars(o)))) {
			for _, r := range rects(t, g) {
				i := int((r.x - l.left) / l.pitch)
				byColumn[i] = append(byColumn[i], r)
			}
		}
		for i, c := range l.cols {
			checkStack(t, l, c, byColumn[i])
		}
	})
}

func checkStack(t fataler, l barLayout, c column, bars []rect) {
	t.Helper()
	zero, up, down := l.y(0), 0.0, 0.0
	top, bottom := zero, zero
	for _, r := range bars { // in drawing order, bottom to top and top to bottom
		switch {
		case math.Abs(r.y+r.h-top) < .01:
			up, top = up+r.h, r.y
		case math.Abs(r.y-bottom) < .01:
			down, bottom = down+r.h, r.y+r.h
		default:
			t.Fatalf("%v floats above %v or below %v", r, top, bottom)
		}
	}
	unit := (l.bottom - l.top) / (l.hi - l.lo)
	if math.Abs(up-c.up*unit) > .11 || math.Abs(down+c.down*unit) > .11 || math.Abs(up-down-c.total*unit) > .21 {
		t.Fatalf("heights %v and %v, want %v and %v", up, down, c.up*unit, -c.down*unit)
	}
	if top < l.top-.1 || bottom > l.bottom+.1 {
		t.Fatalf("a stack from %v to %v leaves the frame", top, bottom)
	}
}

// texts returns the texts under the first element of a class.
func texts(t *testing.T, root node, class string) (found []string) {
	for _, n := range first(t, root, classed(class)).all(named("text")) {
		found = append(found, n.Text)
	}
	return found
}

func TestBarsMatchTheDrawing(t *testing.T) {
	root := parse(t, must(t, drawBars(means())))
	if got := fmt.Sprint(texts(t, root, "val")); got != "[9,5 M€ 8,5 M€ 8,0 M€ 7,5 M€ 6,1 M€ 5,1 M€]" {
		t.Errorf("totals %s", got)
	}
	if got := strings.Join(texts(t, root, "ax"), " "); got != "0 2,5 5 7,5 10" {
		t.Errorf("ticks %s", got)
	}
	if n := len(seriesGroups(root)); n != 5 {
		t.Errorf("%d series", n)
	}
	if n := len(root.all(classed("pt"))); n != 5 {
		t.Errorf("%d pattern overlays, want one per series", n)
	}
	if n := len(root.all(classed("ref"))); n != 0 {
		t.Error("a reference line that nobody asked for")
	}
}

func TestBarsOptions(t *testing.T) {
	o := means()
	o.Direct, o.Ref = true, &RefLine{12, "semblables"}
	o.Tip = func(series, label string, v float64) string { return series + "/" + label + "/" + plain(v) }
	root := parse(t, must(t, drawBars(o)))
	if got := strings.Join(texts(t, root, "lab"), ""); got != "semblables" && !strings.Contains(fmt.Sprint(root), "semblables") {
		t.Errorf("reference label missing: %q", got)
	}
	if got := strings.Join(texts(t, root, "ax"), " "); got != "0 5 10 15" {
		t.Errorf("the axis must cover the reference: %s", got)
	}
	tips := 0
	for _, n := range root.all(named("title")) {
		if n.Text == "Cours d’eau/2022/1,2" {
			tips++
		}
	}
	if tips != 1 {
		t.Errorf("%d tooltips for one segment", tips)
	}
	o.Narrow = true
	if box := first(t, parse(t, must(t, drawBars(o))), named("svg")).attr("viewBox"); box != "0 0 340 215" {
		t.Errorf("narrow view box %s", box)
	}
}

// TestExtremesDrawNothingWrong: figures at the end of float64 neither panic nor
// leak NaN into the markup.
func TestExtremesDrawNothingWrong(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64(), 0, 6).Draw(t, "values")
		labels := []string{"a", "b", "c", "d"}
		rows := make([]Row, len(values))
		for i, v := range values {
			rows[i] = Row{Label: "x", Value: v}
		}
		size := rapid.Float64().Draw(t, "size")
		ref := &RefLine{size, "ref"}
		draws := []func(io.Writer) (bool, error){
			drawBars(BarsOptions{ID: "b", Labels: labels, Series: []Series{{"s", K1, values}}, Ref: ref, Height: size, Direct: true}),
			func(w io.Writer) (bool, error) {
				return Lines(w, LinesOptions{ID: "l", Labels: labels, Series: []Series{{"s", K1, values}}, Ref: values, Height: size})
			},
			func(w io.Writer) (bool, error) { return HBars(w, HBarsOptions{ID: "h", Rows: rows, Ref: ref}) },
			func(w io.Writer) (bool, error) {
				return Sparkline(w, SparkOptions{ID: "s", Values: values, Ref: values})
			},
			func(w io.Writer) (bool, error) {
				return HexMap(w, HexMapOptions{ID: "m", Size: size, Tiles: []Tile{{}, {X: math.MaxInt, Y: math.MinInt}}})
			},
		}
		for i, draw := range draws {
			var b strings.Builder
			if ok, err := draw(&b); err != nil || ok != (b.Len() > 0) {
				t.Fatalf("drawing %d: %v, %v, %d bytes", i, ok, err, b.Len())
			}
			for _, n := range parse(t, []byte(b.String())).all(func(n node) bool { return n.attr("d") != "" }) {
				if strings.ContainsAny(n.attr("d"), "NIe") {
					t.Fatalf("drawing %d: path %q", i, n.attr("d"))
				}
			}
		}
	})
}

func TestHBars(t *testing.T) {
	root := parse(t, must(t, func(w io.Writer) (bool, error) { return HBars(w, ranking()) }))
	rows := root.all(named("a"))
	var names []string
	for _, r := range rows {
		names = append(names, r.attr("aria-label"))
	}
	if len(rows) != 6 || names[0] != "Charleroi\u00a0: 118,20 €" || names[5] != "Mouscron\u00a0: pas de donnée" {
		t.Fatalf("names %q", names)
	}
	if rows[2].attr("class") != "sel" || rows[2].attr("aria-current") != "true" || rows[1].attr("class") != "other" {
		t.Errorf("marked %+v", rows[2])
	}
	if len(rows[5].all(named("path"))) != 0 {
		t.Error("a missing value has a bar")
	}
	o := ranking()
	l, _ := layoutHBars(o)
	if l.x(118.2) != tenth(l.right) || l.x(0) != tenth(l.left) {
		t.Errorf("the longest bar ends at %v of %v to %v", l.x(118.2), l.left, l.right)
	}
	ratio := (l.x(59.1) - l.x(0)) / (l.x(118.2) - l.x(0))
	if math.Abs(ratio-.5) > .001 {
		t.Errorf("half the value is %v of the length: no zero baseline", ratio)
	}
}

func BenchmarkStackedBars(b *testing.B) {
	o := means()
	b.ReportAllocs()
	for b.Loop() {
		if ok, err := StackedBars(io.Discard, o); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}
