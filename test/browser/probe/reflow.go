package probe

import (
	"fmt"
	"strings"
)

// reflowWidth is 1280 px at a zoom of 400 %, in CSS pixels (WCAG 1.4.10).
const reflowWidth = 320

// Reflow narrows the window to 320 CSS pixels and reports what then sticks out
// of it, be it scrolled or cut off, but for tables in .table-scroll; back at
// full width it spreads the text as WCAG 1.4.12 allows readers to and reports
// what that cuts off.
func Reflow(p *Page) (problems []Problem) {
	p.t.Helper()
	p.resize(reflowWidth, p.opts.Height)
	narrow := script[struct {
		Wide int      `json:"wide"`
		Out  []string `json:"out"`
	}](p, "reflow", reflowWidth)
	p.resize(p.opts.Width, p.opts.Height)
	if narrow.Wide > reflowWidth || len(narrow.Out) > 0 {
		problems = append(problems, Problem{"reflow", p.URL, fmt.Sprintf("page %d px wide in a window of %d; beyond it: %s",
			narrow.Wide, reflowWidth, strings.Join(narrow.Out, ", "))})
	}
	return append(problems, each("text-spacing", script[[]string](p, "spacing"), "cuts off its text when readers spread it")...)
}
