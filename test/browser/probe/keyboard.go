package probe

import (
	"fmt"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// stop is a place where the Tab key should halt.
type stop struct {
	Where    string `json:"where"`
	Tabindex int    `json:"tabindex"`
}

// step is where it did; Index counts the stops in document order, and is
// outside the page when negative.
type step struct {
	Index  int    `json:"index"`
	Where  string `json:"where"`
	Marked bool   `json:"marked"` // looks different from before
	Hidden bool   `json:"hidden"` // off screen or covered
	Skip   string `json:"skip"`   // id a link within the page leads to
	InMain bool   `json:"inMain"`
	Inner  bool   `json:"inner"` // has stops within: the day, month and year of a date
}

// Keyboard walks through the page with the Tab key from its start to its end.
// It reports what the key does not reach, stops without a visible mark or
// behind something else (WCAG 2.4.7, 2.4.11), an order other than that of the
// document, positive tabindex, traps (2.1.2), elements that only a mouse can
// press, and a skip link that is absent or leads nowhere (2.4.1). While a modal
// dialog is open, the dialog is the page.
func Keyboard(p *Page) []Problem {
	p.t.Helper()
	return keyboard(p, 0)
}

// mostLike is how many stops of one list, table or drawing KeyboardEnds walks.
const mostLike = 8

// KeyboardEnds is Keyboard for pages with long lists: of the stops that one
// template repeats in a list, a table or a drawing it walks the first and the
// last, and takes the others out of the way of the key. The page must be loaded
// anew before anything else walks it.
func KeyboardEnds(p *Page) []Problem {
	p.t.Helper()
	return keyboard(p, mostLike)
}

func keyboard(p *Page, most int) []Problem {
	p.t.Helper()
	start := script[struct {
		Stops     []stop   `json:"stops"`
		ClickOnly []string `json:"clickOnly"`
		Main      bool     `json:"main"`
	}](p, "keyboard_start", most)
	steps, trap := walk(p, len(start.Stops))
	problems := judgeWalk(start.Stops, steps, trap)
	problems = append(problems, each("click-only", start.ClickOnly, "has onclick, yet no key reaches it")...)
	if trap == "" && start.Main {
		problems = append(problems, skipLink(p, steps)...)
	}
	return problems
}

// mostWithin is how many stops a field may have within: a date and time have
// seven parts and the button of the calendar.
const mostWithin = 8

// walk presses Tab until the focus comes round to the first stop; trap names
// the stop that it could not leave. Past the last stop the focus leaves the
// page once: a positive tabindex is only met on the way in again.
func walk(p *Page, stops int) (steps []step, trap string) {
	p.t.Helper()
	seen := map[int]bool{}
	within := 0 // stops in a row within the same field
	for left := 0; left < 2; {
		s := press(p)
		switch {
		case s.Inner && len(steps) > 0 && s.Index == steps[len(steps)-1].Index && within < mostWithin:
			within++
			continue
		case s.Index < 0:
			left++
			continue
		case seen[s.Index] && s.Index == steps[0].Index && (left > 0 || len(steps) > 1 || stops == 1):
			return steps, ""
		case seen[s.Index]:
			return steps, s.Where
		}
		within, seen[s.Index] = 0, true
		steps = append(steps, s)
	}
	return steps, ""
}

func press(p *Page) step {
	p.t.Helper()
	p.Do(chromedp.KeyEvent(kb.Tab))
	return script[step](p, "keyboard_step")
}

// judgeWalk compares the stops of a page with the steps of the key.
func judgeWalk(stops []stop, steps []step, trap string) (problems []Problem) {
	report := func(rule, where, format string, args ...any) {
		problems = append(problems, Problem{rule, where, fmt.Sprintf(format, args...)})
	}
	reached := map[int]bool{}
	last := -1
	for i, s := range steps {
		reached[s.Index] = true
		if !s.Marked {
			report("focus-unmarked", s.Where, "looks the same with focus as without")
		}
		if s.Hidden {
			report("focus-hidden", s.Where, "has the focus but cannot be seen")
		}
		if s.Index < last && s.Index < len(stops) {
			report("focus-order", s.Where, "comes after %s, which follows it in the page", steps[i-1].Where)
		}
		last = s.Index
	}
	for i, s := range stops {
		if s.Tabindex > 0 {
			report("tabindex", s.Where, "has tabindex %d; only 0 and -1 keep the order", s.Tabindex)
		}
		if !reached[i] && trap == "" {
			report("unreachable", s.Where, "the Tab key never gets there")
		}
	}
	if trap != "" {
		report("trap", trap, "holds the focus; %d of %d stops reached", len(steps), len(stops))
	}
	return problems
}

// skipLink follows the first link, which must lead past the navigation.
func skipLink(p *Page, steps []step) []Problem {
	p.t.Helper()
	if len(steps) == 0 || steps[0].InMain {
		return nil // nothing to skip
	}
	first := steps[0]
	if first.Skip == "" {
		return []Problem{{"skip-link", first.Where, "the first stop is not a link to the content"}}
	}
	script[bool](p, "rewind")
	p.Do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter), chromedp.KeyEvent(kb.Tab))
	if fault := script[string](p, "keyboard_after", first.Skip); fault != "" {
		return []Problem{{"skip-link", first.Where, fmt.Sprintf("#%s: %s", first.Skip, fault)}}
	}
	return nil
}
