// Package gantt draws the bars of a plan over time as one SVG picture: what is
// planned, what is done of it, where the baseline was, what waits for what, today.
// It works without script, prints, and stays small: everything of one kind is one
// path. The twin table beside it is for everybody (diagramme de Gantt).
//
// Classes, beside those of platform/svg: gantt on the picture; k3 work under way,
// k5 done, other not begun, k1 late, q2 groups; ghost the baseline, dep the
// dependencies, crit the critical path, now the line of today.
package gantt

import (
	"encoding/xml"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"beffroi/internal/platform/calendar"
)

// Kind is how a bar is drawn.
type Kind string

// The kinds of bars.
const (
	Planned Kind = "other"
	Running Kind = "k3"
	Done    Kind = "k5"
	Late    Kind = "k1"
	Group   Kind = "q2"
)

// kinds are in the order of drawing.
func kinds() []Kind { return []Kind{Group, Planned, Running, Done, Late} }

// Row is one line of the picture. A period without both ends draws no bar.
type Row struct {
	Label    string
	Depth    int
	Bar      calendar.Period
	Ghost    calendar.Period // the baseline, drawn when it differs
	Done     int64           // of the bar, basis points
	Kind     Kind
	Critical bool
	Marks    []calendar.Date // milestones
}

// Arc leads from the end of one row to the start of another.
type Arc struct{ From, To int }

// Tick is a labelled day of the axis.
type Tick struct {
	Day   calendar.Date
	Label string
}

// Options describes a picture.
type Options struct {
	ID, Title, Desc string
	Rows            []Row
	Arcs            []Arc
	Period          calendar.Period // both ends needed
	Ticks           []Tick
	Today           calendar.Date
	TodayLabel      string
	Standalone      bool // a file of its own, with its colours
}

// Sizes, in units.
const (
	rowHeight = 20
	barHeight = 10
	labels    = 330 // width of the labels
	width     = 1080
	top       = 26
	letters   = 50 // of a label
)

// Draw writes the picture; false when there are no rows or no period.
func Draw(w io.Writer, o Options) (bool, error) {
	if len(o.Rows) == 0 || o.Period.From.IsZero() || o.Period.To.IsZero() || !o.Period.Valid() {
		return false, nil
	}
	p := &pen{o: o, days: o.Period.To.DaysSince(o.Period.From) + 1}
	p.open()
	p.grid()
	p.bars()
	p.arcs()
	p.text()
	p.put("</svg>")
	_, err := io.WriteString(w, p.String())
	return true, err
}

type pen struct {
	strings.Builder
	o    Options
	days int
}

func (p *pen) put(parts ...string) {
	for _, s := range parts {
		p.WriteString(s)
	}
}

func (p *pen) esc(s string) {
	_ = xml.EscapeText(&p.Builder, []byte(s)) // a Builder never fails
}

// n writes a number of tenths.
func n(tenths int) string {
	if tenths%10 == 0 {
		return strconv.Itoa(tenths / 10)
	}
	sign := ""
	if tenths < 0 {
		sign, tenths = "-", -tenths
	}
	return sign + strconv.Itoa(tenths/10) + "." + strconv.Itoa(tenths%10)
}

// x is where a day begins, in tenths of a unit, kept within the axis.
func (p *pen) x(d calendar.Date) int {
	day := min(max(d.DaysSince(p.o.Period.From), 0), p.days)
	return labels*10 + day*(width-labels)*10/p.days
}

func (p *pen) height() int { return top + len(p.o.Rows)*rowHeight + 6 }

// style are the colours of a picture that stands alone, those of the light theme.
const style = `<style>text{font:11px system-ui,sans-serif;fill:#1b2733}.ax{fill:#55626f}.grid{stroke:#d9dde1;fill:none}.other{fill:#c9c4ba}.k3{fill:#3b7a8c}.k5{fill:#7f9a52}.k1{fill:#9c3a2c}.q2{fill:#8b959e}` +
	`.full{fill:#1b2733;opacity:.45}.ghost{fill:none;stroke:#6e7982;stroke-dasharray:2 2}.dep{fill:none;stroke:#6e7982}.crit{fill:none;stroke:#1b2733;stroke-width:1.5}.now{stroke:#9c3a2c;stroke-width:1.5}.mark{fill:#1b2733}</style>`

func (p *pen) open() {
	p.put(`<svg class="chart gantt" viewBox="0 0 `, strconv.Itoa(width), " ", strconv.Itoa(p.height()), `" role="img" aria-labelledby="`, p.o.ID, `-t" aria-describedby="`, p.o.ID, `-d"`)
	if p.o.Standalone {
		p.put(` xmlns="http://www.w3.org/2000/svg" width="`, strconv.Itoa(width), `" height="`, strconv.Itoa(p.height()), `"`)
	}
	p.put(`><title id="`, p.o.ID, `-t">`)
	p.esc(p.o.Title)
	p.put(`</title><desc id="`, p.o.ID, `-d">`)
	p.esc(p.o.Desc)
	p.put("</desc>")
	if p.o.Standalone {
		p.put(style)
	}
}

func (p *pen) grid() {
	bottom := strconv.Itoa(p.height() - 6)
	p.put(`<path class="grid" d="`)
	for _, t := range p.o.Ticks {
		p.put("M", n(p.x(t.Day)), " ", strconv.Itoa(top-6), "V", bottom)
	}
	p.put(`"/>`)
	if p.o.Period.Contains(p.o.Today) {
		p.put(`<path class="now" d="M`, n(p.x(p.o.Today)), " ", strconv.Itoa(top-8), "V", bottom, `"/>`)
	}
}

func (p *pen) y(row int) int { return top + row*rowHeight + (rowHeight-barHeight)/2 }

// drawn tells whether a period makes a bar: it has both ends and touches the axis.
func (p *pen) drawn(b calendar.Period) bool {
	return !b.From.IsZero() && !b.To.IsZero() && b.Overlaps(p.o.Period)
}

// rect adds a bar to the open path: from the morning of its first day to the
// evening of its last.
func (p *pen) rect(x, wide, y, high int) {
	p.put("M", n(x), " ", strconv.Itoa(y), "h", n(wide), "v", strconv.Itoa(high), "h", n(-wide), "z")
}

func (p *pen) span(b calendar.Period) (x, wide int) {
	x = p.x(b.From)
	return x, max(p.x(b.To.AddDays(1))-x, 10)
}

// path draws what f adds as one path of a class, nothing when it adds nothing.
func (p *pen) path(class string, f func()) {
	before := p.Len()
	p.put(`<path class="`, class, `" d="`)
	start := p.Len()
	f()
	if p.Len() == start {
		kept := p.String()[:before]
		p.Reset()
		p.WriteString(kept)
		return
	}
	p.put(`"/>`)
}

func (p *pen) bars() {
	p.path("ghost", func() {
		for i, r := range p.o.Rows {
			if p.drawn(r.Ghost) && r.Ghost != r.Bar {
				x, wide := p.span(r.Ghost)
				p.rect(x, wide, p.y(i)-3, barHeight+6)
			}
		}
	})
	for _, k := range kinds() {
		p.path(string(k), func() {
			for i, r := range p.o.Rows {
				if r.Kind == k && p.drawn(r.Bar) {
					x, wide := p.span(r.Bar)
					p.rect(x, wide, p.y(i), barHeight)
				}
			}
		})
	}
	p.path("full", func() {
		for i, r := range p.o.Rows {
			if x, wide := p.span(r.Bar); p.drawn(r.Bar) && r.Done > 0 && r.Kind != Done {
				p.rect(x, wide*int(min(r.Done, 10000))/10000, p.y(i)+3, barHeight-6)
			}
		}
	})
	p.path("crit", func() {
		for i, r := range p.o.Rows {
			if x, wide := p.span(r.Bar); r.Critical && p.drawn(r.Bar) {
				p.put("M", n(x), " ", strconv.Itoa(p.y(i)+barHeight+2), "h", n(wide))
			}
		}
	})
	p.path("mark", func() {
		for i, r := range p.o.Rows {
			for _, d := range r.Marks {
				if p.o.Period.Contains(d) {
					p.put("M", n(p.x(d)), " ", strconv.Itoa(p.y(i)), "l5 5l-5 5l-5-5z")
				}
			}
		}
	})
}

// arcs draws dependencies: out of the end of a bar, down or up beside it, into the
// start of the other.
func (p *pen) arcs() {
	p.path("dep", func() {
		for _, a := range p.o.Arcs {
			from, to := p.o.Rows[a.From].Bar, p.o.Rows[a.To].Bar
			if !p.drawn(from) || !p.drawn(to) {
				continue
			}
			x, wide := p.span(from)
			start, _ := p.span(to)
			p.put("M", n(x+wide), " ", strconv.Itoa(p.y(a.From)+barHeight/2), "h4V", strconv.Itoa(p.y(a.To)+barHeight/2), "H", n(start))
		}
	})
}

func (p *pen) text() {
	p.put(`<g class="lab">`)
	for i, r := range p.o.Rows {
		p.put(`<text x="`, strconv.Itoa(2+r.Depth*10), `" y="`, strconv.Itoa(p.y(i)+barHeight-1), `">`)
		p.esc(cut(r.Label, letters-2*r.Depth))
		p.put("</text>")
	}
	p.put(`</g><g class="ax">`)
	for _, t := range p.o.Ticks {
		p.put(`<text x="`, n(p.x(t.Day)+30), `" y="12">`)
		p.esc(t.Label)
		p.put("</text>")
	}
	p.put("</g>")
}

func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return strings.TrimRight(string([]rune(s)[:most-1]), " ") + "…"
}
