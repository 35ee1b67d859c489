package svg

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// node is one element of a drawn picture.
type node struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Kids    []node     `xml:",any"`
	Text    string     `xml:",chardata"`
}

func (n node) attr(name string) string {
	for _, a := range n.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// number reads a numeric attribute.
func (n node) number(t testing.TB, name string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(n.attr(name), 64)
	if err != nil {
		t.Fatalf("<%s %s>: %v", n.XMLName.Local, name, err)
	}
	return v
}

// walk visits n and everything below it.
func (n node) walk(visit func(node)) {
	visit(n)
	for _, k := range n.Kids {
		k.walk(visit)
	}
}

// all returns the elements for which keep holds.
func (n node) all(keep func(node) bool) (found []node) {
	n.walk(func(m node) {
		if keep(m) {
			found = append(found, m)
		}
	})
	return found
}

func named(tag string) func(node) bool { return func(n node) bool { return n.XMLName.Local == tag } }

func classed(class string) func(node) bool {
	return func(n node) bool { return n.attr("class") == class }
}

func first(t testing.TB, n node, keep func(node) bool) node {
	t.Helper()
	found := n.all(keep)
	if len(found) == 0 {
		t.Fatal("the element is missing")
	}
	return found[0]
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// parse reads markup strictly, as one document.
func parse(t fataler, markup []byte) node {
	t.Helper()
	var root node
	if err := xml.Unmarshal(append(append([]byte("<page>"), markup...), "</page>"...), &root); err != nil {
		t.Fatalf("not well formed: %v\n%s", err, markup)
	}
	return root
}

// must returns what draw writes, which must not be empty.
func must(t fataler, draw func(io.Writer) (bool, error)) []byte {
	t.Helper()
	var b bytes.Buffer
	ok, err := draw(&b)
	if err != nil || !ok || b.Len() == 0 {
		t.Fatalf("drew %d bytes, ok %v, err %v", b.Len(), ok, err)
	}
	return b.Bytes()
}

// shared opens a file of the shared data, or skips the test.
func shared(t testing.TB, name string) *os.File {
	t.Helper()
	root := os.Getenv("BEFFROI_SHARED")
	if root == "" {
		dir, err := os.Getwd()
		for err == nil {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				break
			}
			parent := filepath.Dir(dir)
			if parent == dir {
				break
			}
			dir = parent
		}
		root = filepath.Join(dir, "..", "shared")
	}
	f, err := os.Open(filepath.Join(root, "data", name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("shared data absent: set BEFFROI_SHARED to the folder that holds data/%s", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// hainaut reads the 69 tiles of the shared hexagon map.
func hainaut(t testing.TB) []Tile {
	t.Helper()
	rows, err := csv.NewReader(shared(t, "territory/hex-tiles-hainaut.csv")).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var tiles []Tile
	for i, row := range rows[1:] {
		x, errX := strconv.Atoi(row[2])
		y, errY := strconv.Atoi(row[3])
		if err := errors.Join(errX, errY); err != nil {
			t.Fatalf("line %d: %v", i+2, err)
		}
		tiles = append(tiles, Tile{
			Code: row[0], Name: row[1], X: x, Y: y, Href: "/communes/" + row[0],
			Class: Sequential(i*7%5, 5), Value: fmt.Sprintf("%d,%d €", 60+i*13%70, i%10),
		})
	}
	return tiles
}

// hard are names that break careless markup.
var hard = []string{"'s Gravenbrakel", "<b>", "Fontaine-l'Evêque", `"Seneffe" & fils`, "]]>", "\x00\x1b", "bad\xffbyte", "</title><script>"}

// means are the example figures of the drawing, in million euro.
func means() BarsOptions {
	return BarsOptions{
		ID: "b", Title: "Moyens de la Province pour Mons, par an et par nature",
		Desc:   "Le total passe de 5,1 à 9,5 millions d’euros.",
		Labels: []string{"2020", "2021", "2022", "2023", "2024", "2025"},
		Series: []Series{
			{"Secours et incendie", K1, []float64{3.1, 3.8, 4.4, 5.2, 5.8, 6.3}},
			{"Projets supracommunaux", K2, []float64{.9, .9, 1, 1.1, 1.1, 1.2}},
			{"Cours d’eau", K3, []float64{.4, .6, 1.2, .7, .5, .8}},
			{"Culture et lecture", K4, []float64{.5, .5, .6, .6, .7, .7}},
			{"Formation", K5, []float64{.2, .3, .3, .4, .4, .5}},
		},
		Format: plain, ValueFormat: func(v float64) string { return fixed(v, 1) + " M€" },
	}
}

func plain(v float64) string {
	return strings.Replace(strings.Replace(strconv.FormatFloat(v, 'f', -1, 64), ".", ",", 1), "-", "−", 1)
}

func fixed(v float64, digits int) string {
	return strings.Replace(strings.Replace(strconv.FormatFloat(v, 'f', digits, 64), ".", ",", 1), "-", "−", 1)
}

func income() LinesOptions {
	nan := math.NaN()
	return LinesOptions{
		ID: "l", Title: "Le revenu médian de Mons rattrape celui de la Province", Desc: "De 2010 à 2022.",
		Labels: []string{"2010", "2011", "2012", "2013", "2014", "2015", "2016", "2017", "2018", "2019", "2020", "2021", "2022"},
		Series: []Series{
			{"Mons", K1, []float64{15100, 15400, 15900, 16200, 16400, 16900, nan, 18100, 18600, 19400, 20100, 20900, 21940}},
			{"La Louvière", K3, []float64{14300, 14500, 14800, 15200, 15300, 15700, nan, 16700, 17100, 17700, 18300, 18900, 19650}},
		},
		Ref:     []float64{16000, 16300, 16700, 17000, 17300, 17700, nan, 18900, 19300, 20000, 20700, 21500, 22310},
		RefName: "Province", Breaks: []Break{{Index: 7, Label: "nouvelle méthode"}},
		Format: thousands, ValueFormat: func(v float64) string { return thousands(v) + " €" },
	}
}

func thousands(v float64) string {
	s := strconv.Itoa(int(v))
	if len(s) > 3 {
		s = s[:len(s)-3] + "\u202f" + s[len(s)-3:]
	}
	return s
}

func ranking() HBarsOptions {
	return HBarsOptions{
		ID: "r", Title: "Mons reçoit 99,65 € par habitant, un peu plus que la moyenne",
		Rows: []Row{
			{Label: "Charleroi", Value: 118.2, Href: "/communes/52011"},
			{Label: "La Louvière", Value: 104.4, Href: "/communes/58001"},
			{Label: "Mons", Value: 99.65, Href: "/communes/53053", Mark: true},
			{Label: "Fontaine-l’Evêque", Value: 88.1, Href: "/communes/52022"},
			{Label: "Tournai", Value: 73.9, Href: "/communes/57081"},
			{Label: "Mouscron", Value: math.NaN(), Href: "/communes/57096"},
		},
		ValueFormat: func(v float64) string { return fixed(v, 2) + " €" }, Missing: "pas de donnée",
		Ref: &RefLine{91.2, "Province 91,20 €"}, Sep: "\u00a0: ",
	}
}
