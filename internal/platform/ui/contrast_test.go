package ui

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// colour is a token in light and in dark, sRGB.
type colour struct{ light, dark [3]float64 }

var tokenLine = regexp.MustCompile(`--([a-z0-9-]+):\s*light-dark\(#([0-9a-f]{6})(?:[0-9a-f]{2})?,\s*#([0-9a-f]{6})(?:[0-9a-f]{2})?\)`)

func webFile(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../../web", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func tokens(t testing.TB) map[string]colour {
	t.Helper()
	out := map[string]colour{}
	for _, m := range tokenLine.FindAllStringSubmatch(webFile(t, "theme.css"), -1) {
		if _, twice := out[m[1]]; twice {
			t.Errorf("--%s is declared twice", m[1])
		}
		out[m[1]] = colour{rgb(t, m[2]), rgb(t, m[3])}
	}
	return out
}

func rgb(t testing.TB, hex string) (c [3]float64) {
	t.Helper()
	for i := range c {
		v, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c[i] = float64(v) / 255
	}
	return c
}

// luminance is WCAG 2.2's relative luminance of an sRGB colour, 0 to 1.
func luminance(c [3]float64) float64 {
	linear := func(v float64) float64 {
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}

// contrast is WCAG 2.2's contrast ratio, 1 to 21.
func contrast(a, b [3]float64) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestContrastFormula(t *testing.T) {
	white, black := [3]float64{1, 1, 1}, [3]float64{}
	if got := contrast(white, black); math.Abs(got-21) > 1e-9 {
		t.Errorf("white on black = %v, want 21", got)
	}
	// #767676 is the published lightest grey that passes 4.5 on white.
	if got := contrast(rgb(t, "767676"), white); got < 4.5 || got > 4.56 {
		t.Errorf("#767676 on white = %v, want 4.54", got)
	}
	if got := contrast(rgb(t, "777777"), white); got >= 4.5 {
		t.Errorf("#777777 on white = %v, want less than 4.5", got)
	}
}

// pairs are the colours that stand on each other, with the least ratio WCAG 2.2
// asks: 4.5 for text (1.4.3), 3 for controls and graphics (1.4.11).
var pairs = []struct {
	least  float64
	fronts string
	backs  string
}{
	{4.5, "ink muted link", "paper card tint foot"},
	{4.5, "accent-strong", "paper card"},
	{4.5, "on-accent", "accent accent-strong"},
	{4.5, "link ink", "accent-soft"},
	{4.5, "ink link", "ok late stop note"},
	{4.5, "on-ok", "ok"}, {4.5, "on-late", "late"}, {4.5, "on-stop", "stop paper card"}, {4.5, "on-note", "note"},
	{4.5, "on-seq-low", "seq-1 seq-2 seq-3"}, {4.5, "on-seq-high", "seq-4 seq-5"},
	{3, "edge accent compare focus hatch", "paper card"},
	{3, "cat-1 cat-2 cat-3 cat-4 cat-5", "paper card"},
	{3, "accent", "rest near"},
}

func TestContrastOfTheme(t *testing.T) {
	theme := tokens(t)
	for _, p := range pairs {
		for _, front := range strings.Fields(p.fronts) {
			for _, back := range strings.Fields(p.backs) {
				f, ok1 := theme[front]
				b, ok2 := theme[back]
				if !ok1 || !ok2 {
					t.Errorf("theme.css lacks --%s or --%s", front, back)
					continue
				}
				if got := contrast(f.light, b.light); got < p.least {
					t.Errorf("light: --%s on --%s is %.2f, want %.1f", front, back, got, p.least)
				}
				if got := contrast(f.dark, b.dark); got < p.least {
					t.Errorf("dark: --%s on --%s is %.2f, want %.1f", front, back, got, p.least)
				}
			}
		}
	}
}

// A sequential map reads as an order only if each step is visibly further from
// the page than the one before.
func TestSequentialRamp(t *testing.T) {
	theme := tokens(t)
	for i := 1; i < 5; i++ {
		a, b := theme[fmt.Sprintf("seq-%d", i)], theme[fmt.Sprintf("seq-%d", i+1)]
		if luminance(a.light) <= luminance(b.light) || luminance(a.dark) >= luminance(b.dark) {
			t.Errorf("steps %d and %d are out of order", i, i+1)
		}
		if contrast(a.light, b.light) < 1.25 || contrast(a.dark, b.dark) < 1.25 {
			t.Errorf("steps %d and %d: %.2f light, %.2f dark, want 1.25", i, i+1, contrast(a.light, b.light), contrast(a.dark, b.dark))
		}
	}
}

var literalColour = regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|\b(rgb|hsl|oklch|lab)a?\(`)

// A province rebrands by theme.css alone, so no other stylesheet names a colour.
func TestColoursOnlyInTheme(t *testing.T) {
	for _, name := range []string{"tokens.css", "look.css", "content.css", "staff.css", "print.css"} {
		if m := literalColour.FindString(webFile(t, name)); m != "" {
			t.Errorf("web/%s states the colour %s: name it in theme.css", name, m)
		}
	}
}

var (
	declared = regexp.MustCompile(`(--[a-z0-9-]+)\s*:`)
	read     = regexp.MustCompile(`var\((--[a-z0-9-]+)\)`)
)

// Every token that our stylesheets read without a fallback is declared.
func TestTokensAreDeclared(t *testing.T) {
	known := map[string]bool{}
	var all strings.Builder
	for _, name := range []string{"theme.css", "tokens.css", "look.css", "content.css", "staff.css", "print.css"} {
		all.WriteString(webFile(t, name))
	}
	for _, m := range declared.FindAllStringSubmatch(all.String(), -1) {
		known[m[1]] = true
	}
	for _, m := range read.FindAllStringSubmatch(all.String(), -1) {
		if !known[m[1]] {
			t.Errorf("var(%s) is read but declared nowhere", m[1])
		}
	}
}

// The pictures' stylesheet carries fallback colours; our bridge replaces each.
func TestPicturesTakeTheTheme(t *testing.T) {
	text, err := os.ReadFile("../svg/svg.css")
	if err != nil {
		t.Fatal(err)
	}
	root, _, _ := strings.Cut(string(text), "}")
	names := declared.FindAllStringSubmatch(root, -1)
	if len(names) == 0 {
		t.Fatal("no custom property found in svg.css")
	}
	bridge := webFile(t, "tokens.css")
	for _, m := range names {
		if !strings.Contains(bridge, m[1]+":") {
			t.Errorf("svg.css declares %s, which web/tokens.css does not map to the theme", m[1])
		}
	}
}

// The components of the design system read variables that our bridge must give.
func TestBridgeIsComplete(t *testing.T) {
	base := filepath.Join("../../../node_modules/@digdir/designsystemet-css/dist/src")
	if _, err := os.Stat(base); err != nil {
		t.Skip("node_modules is absent: run `go run ./build -assets`")
	}
	imports := regexp.MustCompile(`designsystemet-css/([a-z-]+\.css)`).FindAllStringSubmatch(webFile(t, "app.css"), -1)
	if len(imports) == 0 {
		t.Fatal("app.css imports no component")
	}
	known := webFile(t, "tokens.css")
	for _, m := range imports {
		text, err := os.ReadFile(filepath.Join(base, m[1]))
		if err != nil {
			t.Fatal(err)
		}
		known += string(text)
	}
	for _, m := range imports {
		text, _ := os.ReadFile(filepath.Join(base, m[1]))
		for _, v := range regexp.MustCompile(`var\((--ds-[a-z0-9-]+)\)`).FindAllStringSubmatch(string(text), -1) {
			if !strings.Contains(known, v[1]+":") {
				t.Errorf("%s reads %s, which web/tokens.css does not give", m[1], v[1])
			}
		}
	}
}
