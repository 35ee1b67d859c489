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
// for every page of ours. Style sheets are read from the page only: fetching
// them again would break the Content-Security-Policy.
const axeRun = `axe.run(document, {
	preload: false,
	resultTypes: ['violations'],
	runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] },
}).then(r => r.violations.flatMap(v => v.nodes.map(n => ({
	rule: v.id, where: n.target.flat().join(' '), detail: v.help + '; ' + n.failureSummary,
}))))`

// Axe runs axe-core on the page in its current state and colour scheme. It
// skips the test when axe-core is not in node_modules, unless
// BEFFROI_REQUIRE_BROWSER is 1.
func Axe(p *Page) (problems []Problem) {
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
	for _, v := range Eval[[]violation](p, axeRun) {
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
