package probe

import "fmt"

// offer is what a page gives without scripts.
type offer struct {
	Main  int    `json:"main"`  // characters of visible content
	Links int    `json:"links"` // of navigation
	Forms []form `json:"forms"`
}

type form struct {
	Where   string `json:"where"`
	Action  string `json:"action"`
	Submits bool   `json:"submits"` // has a visible button to send it
}

// NoScript loads the page again with scripts off and reports content,
// navigation or forms lost thereby, and forms without a button. check, unless
// nil, then looks for what this page must offer. Finally the page is loaded
// as it was before.
func NoScript(p *Page, check func(*Page) []Problem) []Problem {
	p.t.Helper()
	with := script[offer](p, "noscript")
	p.scripting(false)
	p.load()
	problems := judgeOffer(p.URL, with, script[offer](p, "noscript"))
	if check != nil {
		problems = append(problems, check(p)...)
	}
	p.scripting(!p.opts.NoScript)
	p.load()
	return problems
}

// Visible tells whether an element that matches the CSS selector can be seen.
func Visible(p *Page, selector string) bool {
	p.t.Helper()
	return script[bool](p, "visible", selector)
}

func judgeOffer(url string, with, without offer) (problems []Problem) {
	report := func(where, format string, args ...any) {
		problems = append(problems, Problem{"noscript", where, fmt.Sprintf(format, args...)})
	}
	const tenth = 10 // scripts may add a little: a counter, a hint
	if without.Main == 0 || with.Main-without.Main > with.Main/tenth {
		report(url, "%d of %d characters of content are left without scripts", without.Main, with.Main)
	}
	if without.Links < with.Links {
		report(url, "%d of %d navigation links are left without scripts", without.Links, with.Links)
	}
	if len(without.Forms) < len(with.Forms) {
		report(url, "%d of %d forms are left without scripts", len(without.Forms), len(with.Forms))
	}
	for _, f := range without.Forms {
		if !f.Submits {
			report(f.Where, "has no button to send it without scripts")
		}
	}
	return problems
}
