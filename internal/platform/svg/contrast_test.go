package svg

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// palettes reads the custom properties of the light, system-dark and
// chosen-dark blocks of the style sheet.
func palettes(t *testing.T) []map[string]string {
	css, err := os.ReadFile("svg.css")
	if err != nil {
		t.Fatal(err)
	}
	var found []map[string]string
	block := regexp.MustCompile(`(?s)(?::root|:root:not\(\[data-color-scheme=light\]\)|\[data-color-scheme=dark\])\{(.*?)\}`)
	for _, m := range block.FindAllStringSubmatch(string(css), -1) {
		p := map[string]string{}
		for _, d := range regexp.MustCompile(`--([a-z0-9-]+):(#[0-9a-f]+)`).FindAllStringSubmatch(m[1], -1) {
			p[d[1]] = d[2]
		}
		found = append(found, p)
	}
	if len(found) != 3 {
		t.Fatalf("%d palettes, want light, dark by system and dark by choice", len(found))
	}
	return found
}

// luminance is the relative luminance of WCAG 2.2 of #rgb or #rrggbb.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	h := strings.TrimPrefix(hex, "#")
	if len(h) == 3 {
		h = string([]byte{h[0], h[0], h[1], h[1], h[2], h[2]})
	}
	v, err := strconv.ParseUint(h, 16, 32)
	if err != nil || len(h) != 6 {
		t.Fatalf("colour %q", hex)
	}
	linear := func(c uint64) float64 {
		s := float64(c&255) / 255
		if s <= .04045 {
			return s / 12.92
		}
		return math.Pow((s+.055)/1.055, 2.4)
	}
	return .2126*linear(v>>16) + .7152*linear(v>>8) + .0722*linear(v)
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	la, lb := luminance(t, a), luminance(t, b)
	return (max(la, lb) + .05) / (min(la, lb) + .05)
}

// TestContrast holds the palettes to WCAG 2.2: text 4.5:1 on its ground,
// graphics that carry meaning 3:1 on the page.
func TestContrast(t *testing.T) {
	for i, p := range palettes(t) {
		for _, c := range []struct {
			over, under string
			least       float64
		}{
			{"chart-ink", "chart-bg", 4.5}, {"chart-mut", "chart-bg", 4.5},
			{"q-low", "q1", 4.5}, {"q-low", "q2", 4.5}, {"q-low", "q3", 4.5}, {"q-high", "q4", 4.5}, {"q-high", "q5", 4.5}, {"q-high", "map-sel", 4.5},
			{"chart-ink", "map-same", 4.5}, {"chart-ink", "map-other", 4.5},
			{"map-edge", "chart-bg", 3}, {"map-sel", "chart-bg", 3}, {"chart-line", "chart-bg", 3}, {"chart-ref", "chart-bg", 3}, {"bar-other", "chart-bg", 3}, {"chart-zero", "chart-bg", 2.9},
			{"k1", "chart-bg", 3}, {"k3", "chart-bg", 3}, {"k4", "chart-bg", 3},
			{"map-sel", "map-same", 2.5}, {"map-sel", "map-other", 2.5},
		} {
			if got := contrast(t, p[c.over], p[c.under]); got < c.least {
				t.Errorf("palette %d: %s on %s is %.2f:1, want %.1f", i, c.over, c.under, got, c.least)
			}
		}
		for s := 1; s < 5; s++ {
			a, b := p["q"+strconv.Itoa(s)], p["q"+strconv.Itoa(s+1)]
			if got := contrast(t, a, b); got < 1.3 {
				t.Errorf("palette %d: steps %d and %d are only %.2f:1 apart", i, s, s+1, got)
			}
		}
	}
}
