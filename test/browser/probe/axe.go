package probe

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// EnvNodeModules names the node_modules folder, if it is not that of the
// module root.
const EnvNodeModules = "BEFFROI_NODE_MODULES"

// axeRun judges the whole page by WCAG 2.2 AA and the good practices that hold
// for every page of ours, or by the rules chosen in its place. Style sheets are read from the page only: fetching
// them again would break the Content-Security-Policy.
const axeRun = `axe.run(document, {
	preload: false,
	resultTypes: ['violations'],
	elementRef: true,
	runOnly: %s,
}).then(r => r.violations.flatMap(v => v.nodes.filter(n => !(v.id === 'label-content-name-mismatch' && drawn(n.element))).map(n => ({
	rule: v.id, where: n.target.flat().join(' '), detail: v.help + '; ' + n.failureSummary,
}))))`

// axeDrawn tells whether all that a mark of a drawing shows stands in its name.
// axe-core takes the <title>, which is never drawn, for a part of what is seen.
const axeDrawn = `const drawn = el => el instanceof SVGElement &&
	[...el.querySelectorAll('text')].every(t => (el.getAttribute('aria-label') || '').includes(t.textContent.trim()));
`

// axeTags choose every rule that holds for our pages.
const axeTags = `{ type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }`

// axeStyle are the rules of axe-core that follow from the style sheet alone:
// no word of the page changes their verdict, and they cost most of its time.
const axeStyle = `{ 'color-contrast': { enabled: false }, 'target-size': { enabled: false } }`

// Axe runs axe-core on the page in its current state and colour scheme. It
// skips the test when axe-core is not in node_modules, unless
// BEFFROI_REQUIRE_BROWSER is 1.
func Axe(p *Page) []Problem {
	p.t.Helper()
	return axe(p, axeTags)
}

// AxeWords is Axe without the rules that judge colours and sizes.
func AxeWords(p *Page) []Problem {
	p.t.Helper()
	return axe(p, axeTags+", rules: "+axeStyle)
}

// AxeContrast is the part of Axe that judges colours.
func AxeContrast(p *Page) []Problem {
	p.t.Helper()
	return axe(p, `{ type: 'rule', values: ['color-contrast', 'link-in-text-block'] }`)
}

func axe(p *Page, rules string) (problems []Problem) {
	p.t.Helper()
	file, err := nodeModule("axe-core/axe.min.js")
	if err != nil {
		missing(p.t, err)
	}
	source, err := os.ReadFile(file)
	p.must(err)
	Eval[bool](p, string(source)+"\n; true")
	type violation struct {
		Rule   string `json:"rule"`
		Where  string `json:"where"`
		Detail string `json:"detail"`
	}
	for _, v := range Eval[[]violation](p, "(() => {"+axeDrawn+"return "+fmt.Sprintf(axeRun, rules)+"})()") {
		problems = append(problems, Problem{"axe:" + v.Rule, v.Where, strings.Join(strings.Fields(v.Detail), " ")})
	}
	return problems
}

// nodeModule returns the path of a file of an installed npm package.
func nodeModule(name string) (string, error) {
	dir := os.Getenv(EnvNodeModules)
	if dir == "" {
		root, err := moduleRoot()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(root, "node_modules")
	}
	file := filepath.Join(dir, filepath.FromSlash(name))
	if _, err := os.Stat(file); err != nil {
		return "", fmt.Errorf("npm package not installed (make assets): %w", err)
	}
	return file, nil
}

// moduleRoot walks up from the folder of the package under test.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.mod above the working directory")
		}
		dir = parent
	}
}
