package svg

import (
	"slices"
	"strconv"
)

// patterns double the five categories for print, forced colours and readers
// who do not tell the hues apart: diagonal, dots, horizontal, crosshatch,
// vertical. Marks are drawn over the category's fill by svg.css when needed.
var patterns = [5]struct{ size, turn, marks string }{
	{"6", "45", "M0 3h6"},
	{"5", "45", "M2 2h1v1h-1z"},
	{"5", "", "M0 2.5h5"},
	{"6", "45", "M0 3h6M3 0v6"},
	{"4", "", "M2 0v4"},
}

// category returns 1 to 5 for K1 to K5, else 0.
func category(c Class) int {
	if len(c) == 2 && c[0] == 'k' && c[1] >= '1' && c[1] <= '5' {
		return int(c[1] - '0')
	}
	return 0
}

// defs writes the patterns that the classes need, each once, in a fixed order.
func (p *pen) defs(classes ...Class) {
	p.put("<defs>")
	for i, pt := range patterns {
		if n := strconv.Itoa(i + 1); slices.Contains(classes, Class("k"+n)) {
			p.pattern("-p"+n, pt.size, pt.turn)
			p.put(`<path class="pm" d="`, pt.marks, `"/></pattern>`)
		}
	}
	if slices.Contains(classes, NoData) {
		p.pattern("-nd", "5", "45")
		p.put(`<path class="nb" d="M0 0h5v5h-5z"/><path class="nh" d="M0 2.5h5"/></pattern>`)
	}
	p.put("</defs>")
}

func (p *pen) pattern(suffix, size, turn string) {
	p.put(`<pattern`)
	p.attr("id", p.id+suffix)
	p.put(` width="`, size, `" height="`, size, `" patternUnits="userSpaceOnUse"`)
	if turn != "" {
		p.put(` patternTransform="rotate(`, turn, `)"`)
	}
	p.put(">")
}

// paint gives a mark of the class its hatch; other classes take the fill of
// the style sheet.
func (p *pen) paint(c Class) {
	if c == NoData {
		p.attr("fill", "url(#"+p.id+"-nd)")
	}
}
