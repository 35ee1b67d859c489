package svg

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// TestLook writes a page of every picture to $BEFFROI_LOOK/svg.html, for eyes.
func TestLook(t *testing.T) {
	dir := os.Getenv("BEFFROI_LOOK")
	if dir == "" {
		t.Skip("set BEFFROI_LOOK to a folder to see the pictures")
	}
	css, err := os.ReadFile("svg.css")
	if err != nil {
		t.Fatal(err)
	}
	for name, html := range map[string]string{
		"svg.html": `<html lang="fr">`, "svg-dark.html": `<html lang="fr" data-color-scheme="dark">`, "svg-print.html": `<html lang="fr" class="print">`,
	} {
		page := lookPage(t, html, string(css))
		if err := os.WriteFile(filepath.Join(dir, name), page, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func lookPage(t *testing.T, html, css string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<!doctype html>%s<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>svg</title><style>%s
body{margin:0;font:17px/1.55 system-ui,sans-serif;background:var(--chart-bg);color:var(--chart-ink)}
main{max-width:1160px;margin:auto;padding:28px}.two{display:grid;grid-template-columns:1fr 1fr;gap:30px 44px}.two>*{min-width:0}
h2{font-size:20px;margin:18px 0 10px}.loc{width:400px;max-width:100%%}.sp{width:180px}.ph{width:340px;max-width:100%%}.print .chart .pt{display:inline}
@media(max-width:700px){.two{grid-template-columns:1fr}}</style><main>`, html, css)
	section := func(title, class string, draws ...func(io.Writer) (bool, error)) {
		fmt.Fprintf(&b, "<section class=%q><h2>%s</h2>", class, title)
		for _, draw := range draws {
			b.Write(must(t, draw))
		}
		b.WriteString("</section>")
	}
	large, legend := lookMap(t)
	section("Choroplèthe", "big", large)
	b.WriteString(`<div class="two">`)
	section("Repère", "loc", lookLocator(t))
	section("Légende HTML", "lgd", func(w io.Writer) (bool, error) { return Legend(w, "m", legend) })
	direct := means()
	direct.Direct, direct.Ref = true, &RefLine{6.8, "communes semblables"}
	section("Moyens", "", drawBars(means()))
	direct.ID = "b2"
	section("Moyens, étiquettes directes", "", drawBars(direct))
	reversal := means()
	reversal.ID, reversal.Series[2].Values = "b3", []float64{.4, -.6, 1.2, -1.4, .5, .8}
	section("Avec reprises", "", drawBars(reversal))
	phone := means()
	phone.ID, phone.Narrow = "b4", true
	section("Téléphone", "ph", drawBars(phone), func(w io.Writer) (bool, error) {
		return Legend(w, "b4", []LegendItem{{K1, "Secours et incendie"}, {K2, "Projets supracommunaux"}, {K3, "Cours d’eau"}, {K4, "Culture"}, {K5, "Formation"}})
	})
	section("Lignes", "", func(w io.Writer) (bool, error) { return Lines(w, income()) })
	small := income()
	small.ID, small.Narrow = "l2", true
	section("Lignes, téléphone", "ph", func(w io.Writer) (bool, error) { return Lines(w, small) })
	section("Rang", "", func(w io.Writer) (bool, error) { return HBars(w, ranking()) })
	rank := ranking()
	rank.ID, rank.Narrow = "r2", true
	section("Rang, téléphone", "ph", func(w io.Writer) (bool, error) { return HBars(w, rank) })
	evolution := ranking()
	evolution.ID, evolution.Ref = "r3", nil
	evolution.Rows = []Row{{Label: "Lessines", Value: 12.4}, {Label: "Mons", Value: 3.1, Mark: true}, {Label: "Ath", Value: -2.5}, {Label: "Chimay", Value: -8}}
	section("Évolution", "", func(w io.Writer) (bool, error) { return HBars(w, evolution) })
	section("Étincelle", "sp", func(w io.Writer) (bool, error) {
		return Sparkline(w, SparkOptions{Values: []float64{1, 2, 3, math.NaN(), 4, math.NaN(), 6, 6.5, 7}, Ref: []float64{1, 1.5, 2, 2.4, 2.8, 3.2, 3.4, 3.8, 4}})
	})
	section("Limites", "", func(w io.Writer) (bool, error) { return AreaMap(w, regions()) })
	b.WriteString("</div></main></html>")
	return b.Bytes()
}

func drawBars(o BarsOptions) func(io.Writer) (bool, error) {
	return func(w io.Writer) (bool, error) { return StackedBars(w, o) }
}

func lookMap(t *testing.T) (func(io.Writer) (bool, error), []LegendItem) {
	tiles := hainaut(t)
	values := make([]float64, len(tiles))
	for i := range tiles {
		values[i] = 62 + 55*math.Abs(math.Sin(float64(i)*.31))
	}
	breaks := Classes(values, 5)
	for i := range tiles {
		tl := &tiles[i]
		tl.Class, tl.Value = Sequential(ClassOf(values[i], breaks), len(breaks)+1), fixed(values[i], 2)+" €"
		tl.Short = short(tl.Name)
		switch {
		case tl.Name == "Mons":
			tl.Mark = true
		case i%17 == 3:
			tl.Class, tl.Value = NoData, "pas de donnée"
		case i == 0:
			tl.Class, tl.Value = NotApplicable, "sans objet"
		}
	}
	legend := LegendOf(breaks, func(lo, hi float64) string {
		switch {
		case math.IsInf(lo, -1):
			return "moins de " + plain(hi) + " €"
		case math.IsInf(hi, 1):
			return plain(lo) + " € et plus"
		}
		return "de " + plain(lo) + " à " + plain(hi) + " €"
	})
	legend = append(legend, LegendItem{NoData, "pas de donnée"}, LegendItem{NotApplicable, "sans objet"})
	return func(w io.Writer) (bool, error) {
		return HexMap(w, HexMapOptions{ID: "m", Title: "Moyens par habitant", Desc: "En euros.", Tiles: tiles, Legend: legend, Size: 26, Sep: "\u00a0: "})
	}, legend
}

// short keeps four letters of a name.
func short(name string) string {
	var kept []rune
	for _, r := range name {
		if unicode.IsLetter(r) && len(kept) < 4 {
			kept = append(kept, r)
		}
	}
	return string(kept)
}

func lookLocator(t *testing.T) func(io.Writer) (bool, error) {
	tiles := hainaut(t)
	for i := range tiles {
		tiles[i].Value, tiles[i].Class = "", Other
		if strings.HasPrefix(tiles[i].Code, "53") || strings.HasPrefix(tiles[i].Code, "55") {
			tiles[i].Class = Same
		}
		if tiles[i].Name == "Mons" {
			tiles[i].Class = Sel
		}
	}
	return func(w io.Writer) (bool, error) {
		return HexMap(w, HexMapOptions{ID: "loc", Title: "Mons parmi les 69 communes du Hainaut", Tiles: tiles})
	}
}

// regions are made-up boundaries that share edges.
func regions() AreaMapOptions {
	return AreaMapOptions{
		ID: "a", Title: "Densité", ViewBox: [4]float64{0, 0, 900, 420}, Sep: "\u00a0: ",
		Areas: []Area{
			{Code: "1", Name: "Ath", Path: "M20 20L300 40 330 190 180 260 40 200Z", Class: Q2, Href: "/a", Value: "229"},
			{Code: "2", Name: "Soignies", Path: "M300 40L560 20 600 170 330 190Z", Class: Q4, Href: "/b", Value: "412"},
			{Code: "3", Name: "Mons", Path: "M330 190L600 170 640 330 420 400 180 260Z", Class: Q3, Href: "/c", Value: "652", Mark: true},
			{Code: "4", Name: "Thuin", Path: "M600 170L860 150 880 390 640 330Z", Class: NoData, Href: "/d", Value: "pas de donnée"},
			{Code: "5", Name: "Comines", Path: "M20 300L140 300 140 400 20 400Z", Class: NotApplicable, Value: "sans objet"},
		},
		Legend: []LegendItem{{Q2, "moins de 300"}, {Q3, "300 à 400"}, {Q4, "400 et plus"}, {NoData, "pas de donnée"}, {NotApplicable, "sans objet"}},
	}
}
