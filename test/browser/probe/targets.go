package probe

import "fmt"

// minTarget is the least side of a target in CSS pixels (WCAG 2.5.8).
const minTarget = 24

// Targets reports what is too small to be pressed with a shaking hand. A
// label counts as part of its field.
func Targets(p *Page) (problems []Problem) {
	p.t.Helper()
	type target struct {
		Where  string  `json:"where"`
		Width  float64 `json:"width"`
		Height float64 `json:"height"`
	}
	const rounding = 0.5 // layout is in fractions of a pixel
	for _, s := range script[[]target](p, "targets") {
		if min(s.Width, s.Height) < minTarget-rounding {
			problems = append(problems, Problem{"target-size", s.Where,
				fmt.Sprintf("is %.0f × %.0f px; %d × %d at least", s.Width, s.Height, minTarget, minTarget)})
		}
	}
	return problems
}
