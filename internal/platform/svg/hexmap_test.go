package svg

import (
	"io"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// checkTiles checks a tile map of any size: two tiles never overlap, two neighbours
// touch but for the gap.
func checkTiles(t fataler, tiles []Tile, r float64) (touching int) {
	t.Helper()
	g := newHexGrid(tiles, r)
	w, h := g.size()
	pitch := 2 * r * halfWidth // of two centres whose cells share an edge
	for i, a := range tiles {
		ax, ay := g.centre(a.X, a.Y)
		if ax-r*halfWidth < 0 || ay-r < 0 || ax+r*halfWidth > w || ay+r > h {
			t.Fatalf("%v leaves the picture %v × %v", a, w, h)
		}
		for _, b := range tiles[:i] {
			bx, by := g.centre(b.X, b.Y)
			d := math.Hypot(ax-bx, ay-by)
			if d < pitch-1e-6 {
				t.Fatalf("%v and %v overlap", a, b)
			}
			dx, dy := max(a.X-b.X, b.X-a.X), max(a.Y-b.Y, b.Y-a.Y)
			neighbours := dx == 2 && dy == 0 || dx == 1 && dy == 1
			if touch := d < pitch+1e-6; touch != neighbours {
				t.Fatalf("%v and %v: touching %v, neighbours %v", a, b, touch, neighbours)
			} else if touch {
				touching++
			}
		}
	}
	return touching
}

func TestHexGeometry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seen := map[[2]int]bool{}
		var tiles []Tile
		for range rapid.IntRange(1, 40).Draw(t, "n") {
			y := rapid.IntRange(-9, 9).Draw(t, "y")
			x := 2*rapid.IntRange(-9, 9).Draw(t, "x") + y&1 // doubled width: x and y share parity
			if !seen[[2]int{x, y}] {
				seen[[2]int{x, y}] = true
				tiles = append(tiles, Tile{X: x, Y: y})
			}
		}
		checkTiles(t, tiles, rapid.Float64Range(5, 40).Draw(t, "r"))
	})
}

// TestHainaut checks the real map against what its README says of it: the
// drawing's size and its first tile, and more than the 132 real neighbours.
func TestHainaut(t *testing.T) {
	tiles := hainaut(t)
	if len(tiles) != 69 {
		t.Fatalf("%d tiles", len(tiles))
	}
	if touching := checkTiles(t, tiles, hexRadius); touching < 132 {
		t.Errorf("%d pairs touch, at least the 132 real neighbours must", touching)
	}
	g := newHexGrid(tiles, hexRadius)
	w, h := g.size()
	x, y := g.centre(0, 0)
	if math.Round(w) != 299 || math.Round(h) != 208 || tenth(x) != 11.5 || tenth(y) != 13 {
		t.Errorf("%v × %v, first tile at %v, %v; the drawing has 299 × 208, 11.5, 13", w, h, x, y)
	}
}

func drawHex(t *testing.T, o HexMapOptions) node {
	t.Helper()
	return parse(t, must(t, func(w io.Writer) (bool, error) { return HexMap(w, o) }))
}

func TestHexMapTiles(t *testing.T) {
	root := drawHex(t, HexMapOptions{ID: "m", Title: "Carte", Sep: " : ", Tiles: []Tile{
		{Name: "Ath", X: 3, Y: 1, Href: "/ath", Class: Q2, Value: "9 €"},
		{Name: "Mons", X: 5, Y: 1, Href: "/mons", Class: NoData, Mark: true, Short: "MONS"},
		{Name: "Lens", X: 4, Y: 2, Class: Sel},
	}})
	links := root.all(named("a"))
	if len(links) != 2 || links[0].attr("href") != "/ath" || links[1].attr("href") != "/mons" {
		t.Fatalf("links %+v", links)
	}
	if got := links[0].attr("aria-label"); got != "Ath : 9 €" {
		t.Errorf("name %q", got)
	}
	if got := links[1].attr("aria-label"); got != "Mons" {
		t.Errorf("name without value %q", got)
	}
	use := first(t, links[1], named("use"))
	if use.attr("fill") != "url(#m-nd)" || use.attr("class") != "mark" || links[1].attr("aria-current") != "true" {
		t.Errorf("no data, marked: %+v in %+v", use, links[1])
	}
	if links[0].attr("aria-current") != "" {
		t.Error("an ordinary tile claims to be current")
	}
	if got := first(t, links[1], named("text")).Text; got != "MONS" {
		t.Errorf("text %q", got)
	}
	still := first(t, root, classed("sel"))
	if still.XMLName.Local != "g" || still.attr("role") != "img" || still.attr("aria-label") != "Lens" {
		t.Errorf("a tile without address: %+v", still)
	}
}

// TestLegendPlace: in the corner when it is free, below when it is not, never
// over a tile and never outside.
func TestLegendPlace(t *testing.T) {
	legend := regions().Legend
	tiles := hainaut(t)
	g := newHexGrid(tiles, 26)
	w, h := g.size()
	if _, _, y, height := g.placeLegend(HexMapOptions{Tiles: tiles, Legend: legend}, w, h); height != h || y >= h {
		t.Errorf("the corner of Hainaut is free, yet the legend is at %v of %v", y, height)
	}
	tiles = append(tiles, Tile{X: 0, Y: tiles[len(tiles)-1].Y})
	if _, _, y, height := g.placeLegend(HexMapOptions{Tiles: tiles, Legend: legend}, w, h); y < h || height <= h {
		t.Errorf("the corner is taken, yet the legend is at %v of %v", y, height)
	}
}

func TestAreaMap(t *testing.T) {
	root := parse(t, must(t, func(w io.Writer) (bool, error) { return AreaMap(w, regions()) }))
	if got := len(root.all(named("a"))); got != 4 {
		t.Errorf("%d links", got)
	}
	mark := first(t, root, classed("mark"))
	if mark.attr("href") != "#a-m" || mark.XMLName.Local != "use" {
		t.Errorf("mark %+v", mark)
	}
	svg := first(t, root, named("svg"))
	if box := svg.attr("viewBox"); !strings.HasPrefix(box, "0 0 900 ") || box == "0 0 900 420" {
		t.Errorf("view box %q leaves no room for the legend", box)
	}
	kids := svg.Kids
	if last := kids[len(kids)-2]; last.attr("class") != "mark" {
		t.Errorf("the outline must come after every area, found %+v", last)
	}
}

func BenchmarkHexMap(b *testing.B) {
	o := HexMapOptions{ID: "map", Title: "Moyens", Tiles: hainaut(b), Legend: regions().Legend, Size: 26}
	b.ReportAllocs()
	for b.Loop() {
		if ok, err := HexMap(io.Discard, o); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}
