package gantt

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"beffroi/internal/platform/calendar"
)

func day(s string) calendar.Date { return calendar.MustParse(s) }

func period(from, to string) calendar.Period { return calendar.Period{From: day(from), To: day(to)} }

func draw(t testing.TB, o Options) string {
	t.Helper()
	var b bytes.Buffer
	ok, err := Draw(&b, o)
	if err != nil || ok != (b.Len() > 0) {
		t.Fatal(ok, err)
	}
	d := xml.NewDecoder(bytes.NewReader(b.Bytes()))
	for {
		if _, err := d.Token(); err == io.EOF {
			return b.String()
		} else if err != nil {
			t.Fatalf("no well-formed picture: %v in %s", err, b.String())
		}
	}
}

func small() Options {
	return Options{ID: "g", Title: "Titre <un>", Desc: "Trois barres", Period: period("2026-01-01", "2026-12-31"), Today: day("2026-07-02"),
		Ticks: []Tick{{day("2026-01-01"), "2026"}},
		Rows: []Row{
			{Label: "OO.1.1 Groupe", Bar: period("2026-01-01", "2026-12-31"), Kind: Group},
			{Label: "A.1 Une", Depth: 1, Bar: period("2026-01-01", "2026-03-31"), Ghost: period("2026-01-01", "2026-02-28"), Kind: Done, Done: 10000, Critical: true},
			{Label: "A.2 Deux & trois", Depth: 1, Bar: period("2026-04-01", "2026-06-30"), Kind: Late, Done: 5000, Marks: []calendar.Date{day("2026-05-01"), day("2030-01-01")}},
			{Label: "A.3 Sans dates", Depth: 1, Kind: Planned},
		},
		Arcs: []Arc{{1, 2}, {2, 3}}}
}

func TestDraw(t *testing.T) {
	got := draw(t, small())
	for _, want := range []string{
		`viewBox="0 0 1080 112"`, `role="img"`, "Titre &lt;un&gt;", "Deux &amp; trois",
		`<path class="q2" d="M330 31h750v10h-750z"/>`,        // the whole year over the whole width
		`<path class="now" d="M703.9 18`,                     // the middle of the year
		`<path class="ghost" d="M330 48h121.2v16h-121.2z"/>`, // the baseline around its bar
		`<path class="dep" d="M514.9 56h4V76H514.9"/>`,       // one of two: nothing leads to a row without a bar
		`<path class="crit"`, `<path class="mark" d="M576.`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	for _, never := range []string{"style", "script", "k3", "xmlns"} {
		if strings.Contains(got, never) {
			t.Errorf("%s in %s", never, got)
		}
	}
	alone := small()
	alone.Standalone = true
	if got := draw(t, alone); !strings.Contains(got, `xmlns="http://www.w3.org/2000/svg"`) || !strings.Contains(got, "<style>") {
		t.Error(got)
	}
	if draw(t, small()) != got {
		t.Error("the same plan gives another picture")
	}
}

func TestNothingToDraw(t *testing.T) {
	for name, change := range map[string]func(*Options){"no rows": func(o *Options) { o.Rows = nil }, "no period": func(o *Options) { o.Period = calendar.Period{} }, "no end": func(o *Options) { o.Period.To = calendar.Date{} }} {
		o := small()
		change(&o)
		if got := draw(t, o); got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// A thousand bars with their dependencies are a small picture.
func TestThousandBars(t *testing.T) {
	o := small()
	o.Rows, o.Arcs = nil, nil
	for i := range 1000 {
		from := day("2026-01-01").AddDays(i % 300)
		o.Rows = append(o.Rows, Row{Label: fmt.Sprintf("A.%d Une action dont le titre est d’une longueur ordinaire", i), Depth: 3, Bar: calendar.Period{From: from, To: from.AddDays(60)}, Kind: Running, Done: 4000})
		if i > 0 {
			o.Arcs = append(o.Arcs, Arc{i - 1, i})
		}
	}
	if n := len(draw(t, o)); n > 230_000 {
		t.Errorf("%d bytes", n)
	}
}

// Whatever the days are, nothing is drawn outside the picture and it stays well
// formed.
func TestAnyDays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := small()
		for i := range o.Rows {
			from := day("2020-01-01").AddDays(rapid.IntRange(0, 5000).Draw(rt, "from"))
			o.Rows[i].Bar = calendar.Period{From: from, To: from.AddDays(rapid.IntRange(-5, 3000).Draw(rt, "days"))}
			o.Rows[i].Label = rapid.String().Draw(rt, "label")
		}
		got := draw(t, o)
		for _, m := range regexp.MustCompile(`M([0-9.]+) [0-9]+h([0-9.]+)v`).FindAllStringSubmatch(got, -1) {
			x, _ := strconv.ParseFloat(m[1], 64)
			wide, _ := strconv.ParseFloat(m[2], 64)
			if x < labels || x+wide > width+1 {
				rt.Fatalf("a bar from %v of %v", x, wide)
			}
		}
	})
}
