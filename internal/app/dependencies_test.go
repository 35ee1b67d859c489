package app_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// dependencyRows reads the tables of docs/dependencies.md: cells by name.
func dependencyRows(text string) (rows map[string][]string, twice []string) {
	rows = map[string][]string{}
	for line := range strings.SplitSeq(text, "\n") {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| module ") {
			continue
		}
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		if rows[cells[0]] != nil {
			twice = append(twice, cells[0])
		}
		rows[cells[0]] = cells
	}
	return rows, twice
}

var requirement = regexp.MustCompile(`(?m)^(?:require )?\t?(\S+\.\S+/\S+|\S+\.\S+) v\S+( // indirect)?$`)

// directModules are the modules of go.mod that our packages import or that
// are not marked indirect.
func directModules(gomod string, list []parcel) map[string]bool {
	direct, all := map[string]bool{}, []string{}
	for _, m := range requirement.FindAllStringSubmatch(gomod, -1) {
		all = append(all, m[1])
		if m[2] == "" {
			direct[m[1]] = true
		}
	}
	for _, p := range list {
		for _, path := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			for _, m := range all {
				if within(path, m) {
					direct[m] = true
				}
			}
		}
	}
	return direct
}

func dependencyFaults(rows map[string][]string, twice []string, direct map[string]bool) (faults []string) {
	for _, name := range twice {
		faults = append(faults, name+" has two lines")
	}
	for _, name := range slices.Sorted(maps.Keys(direct)) {
		if rows[name] == nil {
			faults = append(faults, name+" has no line")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		switch cells := rows[name]; {
		case !direct[name]:
			faults = append(faults, name+" is no dependency any more")
		case len(cells) != 5 || slices.Contains(cells, ""):
			faults = append(faults, name+" does not say what for, why, licence and replacement")
		}
	}
	return faults
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile("../../" + path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestDependencies(t *testing.T) {
	direct := directModules(readText(t, "go.mod"), packages(t))
	if len(direct) < 10 || !direct["github.com/jackc/pgx/v5"] || direct["modernc.org/libc"] {
		t.Fatalf("direct dependencies: %v", direct)
	}
	var npm struct{ Dependencies, DevDependencies map[string]string }
	if err := json.Unmarshal([]byte(readText(t, "package.json")), &npm); err != nil {
		t.Fatal(err)
	}
	for _, list := range []map[string]string{npm.Dependencies, npm.DevDependencies} {
		for name := range list {
			direct[name] = true
		}
	}
	_, tools, _ := strings.Cut(readText(t, "tools/go.mod"), "tool (")
	tools, _, _ = strings.Cut(tools, ")")
	for name := range strings.FieldsSeq(tools) {
		direct[name] = true
	}
	rows, twice := dependencyRows(readText(t, "docs/dependencies.md"))
	for _, fault := range dependencyFaults(rows, twice, direct) {
		t.Error(fault)
	}
}

// The checker itself finds a missing, a dead, a double and a hollow line.
func TestDependenciesNegative(t *testing.T) {
	gomod := "module x\n\nrequire (\n\texample.org/used/v2 v2.0.0 // indirect\n\texample.org/below v1.0.0 // indirect\n\texample.org/marked v1.0.0\n)\n"
	direct := directModules(gomod, []parcel{{Imports: []string{"fmt", "example.org/used/v2/deep"}}})
	if len(direct) != 2 || !direct["example.org/used/v2"] || !direct["example.org/marked"] {
		t.Fatalf("direct: %v", direct)
	}
	rows, twice := dependencyRows("| module | a |\n|---|---|\n| example.org/used/v2 | a | b |  | d |\n| dead | a | b | c | d |\n| dead | a | b | c | d |\n")
	got := strings.Join(dependencyFaults(rows, twice, direct), "\n")
	for _, want := range []string{"dead has two lines", "example.org/marked has no line", "dead is no dependency any more", "example.org/used/v2 does not say"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not among\n%s", want, got)
		}
	}
}
