package svg

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
)

// pictures draws one of each kind, from the same names.
func pictures(id, name string) map[string]func(io.Writer) (bool, error) {
	bars, lines, rank, areas := means(), income(), ranking(), regions()
	bars.ID, bars.Title, bars.Series[0].Name, bars.Labels[0], bars.Ref, bars.Direct = id, name, name, name, &RefLine{5, name}, true
	bars.Tip = func(s, l string, v float64) string { return s + l + plain(v) }
	lines.ID, lines.Desc, lines.Series[0].Name, lines.RefName, lines.Breaks[0].Label = id, name, name, name, name
	rank.ID, rank.Missing, rank.Sep, rank.Rows[0].Label, rank.Rows[1].Href, rank.Ref = id, name, name, name, "/?q="+name, &RefLine{1, name}
	areas.ID, areas.Title, areas.Areas[0].Name, areas.Areas[1].Value, areas.Areas[2].Href = id, name, name, name, name
	hex := HexMapOptions{ID: id, Title: name, Desc: name, Size: 26, Legend: areas.Legend, Sep: name, Tiles: []Tile{
		{Name: name, X: 0, Y: 0, Href: "/a?b=" + name, Class: Q1, Value: name, Short: name},
		{Name: "Ath", X: 2, Y: 0, Class: NoData, Mark: true}, {Name: "Mons", X: 1, Y: 1, Href: "/m", Class: Sel},
		{Name: "Lens", X: 3, Y: 1, Href: "/l", Class: Class(name)},
	}}
	return map[string]func(io.Writer) (bool, error){
		"hexmap":  func(w io.Writer) (bool, error) { return HexMap(w, hex) },
		"areamap": func(w io.Writer) (bool, error) { return AreaMap(w, areas) },
		"bars":    drawBars(bars),
		"lines":   func(w io.Writer) (bool, error) { return Lines(w, lines) },
		"hbars":   func(w io.Writer) (bool, error) { return HBars(w, rank) },
		"spark": func(w io.Writer) (bool, error) {
			return Sparkline(w, SparkOptions{ID: id, Title: name, Values: []float64{1, 2}})
		},
		"legend": func(w io.Writer) (bool, error) { return Legend(w, id, []LegendItem{{K1, name}, {NoData, name}}) },
	}
}

// known is every class that the package comment lists.
var known = regexp.MustCompile(`^(chart|hexmap|areamap|bars|hbars|lines|spark|k[1-5]|q[1-5]|pt|pm|nodata|na|nh|nb|sel|same|other|mark|grid|zero|ax|val|lab|line|ref|dot|cut|lg|legend|sw)$`)

// TestPicturesAreSound holds every picture, with every awkward name, to the
// laws of the page: well formed, no style and no script, only known classes,
// ids under the prefix and used only where defined, text intact.
func TestPicturesAreSound(t *testing.T) {
	for _, name := range hard {
		for kind, draw := range pictures("c", name) {
			root := parse(t, must(t, draw))
			ids, refs, said := map[string]bool{}, []string{}, false
			root.walk(func(n node) {
				if tag := n.XMLName.Local; tag == "script" || tag == "style" || tag == "b" {
					t.Errorf("%s, %q: element <%s>", kind, name, tag)
				}
				said = said || strings.Contains(n.Text, legible(name))
				for _, a := range n.Attrs {
					switch key := a.Name.Local; {
					case key == "style", strings.HasPrefix(key, "on"):
						t.Errorf("%s: attribute %s", kind, key)
					case key == "id":
						if ids[a.Value] || !strings.HasPrefix(a.Value, "c-") {
							t.Errorf("%s: id %q is repeated or without prefix", kind, a.Value)
						}
						ids[a.Value] = true
					case key == "href" && strings.HasPrefix(a.Value, "#"), key == "aria-labelledby", key == "aria-describedby":
						refs = append(refs, strings.TrimPrefix(a.Value, "#"))
					case key == "fill" && a.Value != "none":
						refs = append(refs, strings.TrimSuffix(strings.TrimPrefix(a.Value, "url(#"), ")"))
					case key == "class":
						for _, c := range strings.Fields(a.Value) {
							if !known.MatchString(c) && c != legible(name) && kind != "hexmap" {
								t.Errorf("%s: unknown class %q", kind, c)
							}
						}
					}
				}
			})
			if !said {
				t.Errorf("%s: the text %q is lost", kind, name)
			}
			for _, r := range refs {
				if !ids[r] && kind != "legend" { // a legend borrows from its picture
					t.Errorf("%s: reference to the absent id %q", kind, r)
				}
			}
		}
	}
}

// legible is what a reader gets of a text: what XML forbids is replaced.
func legible(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return '\ufffd'
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}

// TestTwoPicturesShareNoID draws every kind twice on one page.
func TestTwoPicturesShareNoID(t *testing.T) {
	seen := map[string]bool{}
	for kind := range pictures("", "") {
		for _, id := range []string{kind + "1", kind + "2"} {
			root := parse(t, must(t, pictures(id, "x")[kind]))
			for _, n := range root.all(func(n node) bool { return n.attr("id") != "" }) {
				if seen[n.attr("id")] {
					t.Errorf("%s: id %q is on the page already", kind, n.attr("id"))
				}
				seen[n.attr("id")] = true
			}
		}
	}
	if len(seen) < 40 {
		t.Errorf("only %d ids seen", len(seen))
	}
}

// FuzzText: no text, wherever a picture carries it, breaks the page.
func FuzzText(f *testing.F) {
	for _, name := range hard {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		for _, draw := range pictures("c", name) {
			root := parse(t, must(t, draw))
			if n := len(root.all(named("script"))); n > 0 {
				t.Fatalf("%q became %d scripts", name, n)
			}
		}
	})
}

// TestRoles: a picture with links is a group, since role=img would hide them;
// each link has a name; a picture without links is an image with a name.
func TestRoles(t *testing.T) {
	for kind, draw := range pictures("c", "Mons") {
		if kind == "legend" {
			continue
		}
		root := parse(t, must(t, draw))
		svg := first(t, root, named("svg"))
		links := root.all(named("a"))
		want := "img"
		if len(links) > 0 {
			want = "group"
		}
		if got := svg.attr("role"); got != want {
			t.Errorf("%s: role %q with %d links, want %q", kind, got, len(links), want)
		}
		if first(t, svg, named("title")).attr("id") != svg.attr("aria-labelledby") {
			t.Errorf("%s: its title is not its name", kind)
		}
		for _, a := range append(links, svg.all(func(n node) bool { return n.XMLName.Local == "g" && n.attr("role") == "img" })...) {
			if a.attr("aria-label") == "" || first(t, a, named("title")).Text != a.attr("aria-label") {
				t.Errorf("%s: a mark without name: %+v", kind, a)
			}
		}
	}
}

func TestDeterminism(t *testing.T) {
	for kind, draw := range pictures("c", "Mons") {
		if !bytes.Equal(must(t, draw), must(t, draw)) {
			t.Errorf("%s differs from one drawing to the next", kind)
		}
	}
}

var decimals = regexp.MustCompile(`[ "(\-MLHVhvlz]\d*\.\d\d`)

func TestNumbersHaveOneDecimal(t *testing.T) {
	for kind, draw := range pictures("c", "x") {
		if kind == "areamap" {
			continue // its legend is scaled by a finer factor
		}
		if got := decimals.Find(bytes.ReplaceAll(must(t, draw), []byte(plain(99.65)), nil)); got != nil {
			t.Errorf("%s: %s", kind, got)
		}
	}
}

func TestNothingToDraw(t *testing.T) {
	bars, lines := means(), income()
	for i := range bars.Series {
		bars.Series[i].Values = nil
	}
	lines.Labels = nil
	for kind, draw := range map[string]func(io.Writer) (bool, error){
		"hexmap":      func(w io.Writer) (bool, error) { return HexMap(w, HexMapOptions{}) },
		"areamap":     func(w io.Writer) (bool, error) { return AreaMap(w, AreaMapOptions{Areas: regions().Areas}) },
		"bars":        drawBars(bars),
		"no bars":     drawBars(BarsOptions{}),
		"lines":       func(w io.Writer) (bool, error) { return Lines(w, lines) },
		"hbars":       func(w io.Writer) (bool, error) { return HBars(w, HBarsOptions{Rows: ranking().Rows[5:]}) },
		"spark":       func(w io.Writer) (bool, error) { return Sparkline(w, SparkOptions{}) },
		"html legend": func(w io.Writer) (bool, error) { return Legend(w, "x", nil) },
	} {
		var b bytes.Buffer
		if ok, err := draw(&b); ok || err != nil || b.Len() > 0 {
			t.Errorf("%s: ok %v, err %v, %d bytes", kind, ok, err, b.Len())
		}
	}
}

// broken is a writer that fails.
type broken struct{}

var errBroken = errors.New("broken pipe")

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestErrorsOfTheWriterComeBack(t *testing.T) {
	for kind, draw := range pictures("c", "x") {
		if ok, err := draw(broken{}); ok || !errors.Is(err, errBroken) {
			t.Errorf("%s: ok %v, err %v", kind, ok, err)
		}
	}
}

func TestSizes(t *testing.T) {
	large := HexMapOptions{ID: "map", Title: "Moyens par habitant", Tiles: hainaut(t), Size: 26, Legend: regions().Legend}
	for i := range large.Tiles {
		large.Tiles[i].Short = short(large.Tiles[i].Name)
	}
	for _, c := range []struct {
		name        string
		draw        func(io.Writer) (bool, error)
		raw, zipped int
	}{
		{"large map", func(w io.Writer) (bool, error) { return HexMap(w, large) }, 16 << 10, 3 << 10},
		{"locator", lookLocator(t), 12 << 10, 3 << 10},
		{"bars", drawBars(means()), 4 << 10, 2 << 10},
	} {
		raw := must(t, c.draw)
		var z bytes.Buffer
		gz := gzip.NewWriter(&z)
		if _, err := gz.Write(raw); err != nil || gz.Close() != nil {
			t.Fatal("gzip failed")
		}
		t.Logf("%s: %d bytes, %d compressed", c.name, len(raw), z.Len())
		if len(raw) > c.raw || z.Len() > c.zipped {
			t.Errorf("%s: %d bytes, %d compressed; at most %d and %d", c.name, len(raw), z.Len(), c.raw, c.zipped)
		}
	}
}

// TestStyleSheet: every class that the package can write has a rule or a
// reason, and every colour that the sheet names is a property it defines.
func TestStyleSheet(t *testing.T) {
	css, err := os.ReadFile("svg.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []string{"chart", "hexmap", "areamap", "bars", "hbars", "lines", "spark", "k1", "k5", "q1", "q5", "pt", "pm", "nodata", "na", "nh", "nb", "sel", "same", "other", "mark", "grid", "zero", "val", "lab", "line", "ref", "dot", "cut", "lg", "legend", "sw"} {
		if !regexp.MustCompile(`\.` + c + `\b`).Match(css) {
			t.Errorf("no rule for .%s", c)
		}
	}
	for _, m := range regexp.MustCompile(`var\((--[a-z0-9-]+)\)`).FindAllSubmatch(css, -1) {
		if !bytes.Contains(css, append(m[1], ':')) {
			t.Errorf("%s is used but not defined", m[1])
		}
	}
}
