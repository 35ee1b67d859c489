package app_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Budgets of the house, in lines.
const (
	maxFile      = 500
	maxFunction  = 120
	maxMedian    = 12
	maxNinetieth = 40
)

// sqlElsewhere are the places besides store*.go that hold SQL, and why.
var sqlElsewhere = map[string]string{
	"internal/platform/db":                 "builds and runs statements for every store",
	"internal/platform/audit":              "one table beside the tree; each statement stands with the step of RFC 6962 that needs it",
	"internal/platform/intake":             "three tables, each statement used once by its verb",
	"internal/platform/setting":            "one table of two columns",
	"internal/ground/ledger/balance.go":    "the proof that the ledger balances reads whole tables on purpose, apart from what the pages read",
	"internal/ground/ledger/summaries.go":  "the one statement behind the commune page, beside the sums that it must equal",
	"internal/ground/party/service.go":     "a count for the next reference of a mandate",
	"internal/ground/territory/service.go": "a count that tells whether the territory is empty",
}

// shape is what is measured of one Go file.
type shape struct {
	lines     int
	functions map[string]int // lines of each
	inits     int
	sql       []string // the beginnings of SQL texts
}

var sqlText = regexp.MustCompile(`^\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s)`)

func measure(name string, text []byte) (shape, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
	if err != nil {
		return shape{}, err
	}
	s := shape{lines: bytes.Count(text, []byte("\n")), functions: map[string]int{}}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			at := fset.Position(n.Pos())
			s.functions[fmt.Sprintf("%s:%d %s", name, at.Line, n.Name.Name)] = fset.Position(n.End()).Line - at.Line + 1
			if n.Name.Name == "init" && n.Recv == nil {
				s.inits++
			}
		case *ast.BasicLit:
			if n.Kind == token.STRING && sqlText.MatchString(strings.Trim(n.Value, "`\"")) {
				s.sql = append(s.sql, fmt.Sprintf("%s:%d", name, fset.Position(n.Pos()).Line))
			}
		}
		return true
	})
	return s, nil
}

func (s shape) problems(name string) (list []string) {
	test := strings.HasSuffix(name, "_test.go")
	if s.lines > maxFile {
		list = append(list, fmt.Sprintf("%s has %d lines, %d at most", name, s.lines, maxFile))
	}
	if s.inits > 0 {
		list = append(list, name+" has an init function")
	}
	for _, f := range slices.Sorted(maps.Keys(s.functions)) {
		if s.functions[f] > maxFunction && !test {
			list = append(list, fmt.Sprintf("%s has %d lines, %d at most", f, s.functions[f], maxFunction))
		}
	}
	if !test && !holdsSQL(name) {
		for _, at := range s.sql {
			list = append(list, at+": SQL outside store*.go")
		}
	}
	return list
}

// holdsSQL tells whether SQL belongs into the file. What stands outside
// internal makes and checks databases from outside.
func holdsSQL(name string) bool {
	if strings.HasPrefix(filepath.Base(name), "store") || !strings.HasPrefix(name, "internal/") {
		return true
	}
	for place := range sqlElsewhere {
		if within(name, place) {
			return true
		}
	}
	return false
}

// written visits the Go files of the module that people write.
func written(t *testing.T, visit func(name string, text []byte)) {
	t.Helper()
	const root = "../.."
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(root, path) // both come from the same walk
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_templ.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err == nil {
			visit(filepath.ToSlash(name), text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestShape(t *testing.T) {
	var lengths []int
	unused := maps.Clone(sqlElsewhere)
	written(t, func(name string, text []byte) {
		s, err := measure(name, text)
		if err != nil {
			t.Error(err)
			return
		}
		for _, problem := range s.problems(name) {
			t.Error(problem)
		}
		if strings.HasSuffix(name, "_test.go") {
			return
		}
		for place := range sqlElsewhere {
			if within(name, place) && len(s.sql) > 0 {
				delete(unused, place)
			}
		}
		lengths = slices.AppendSeq(lengths, maps.Values(s.functions))
	})
	for place := range unused {
		t.Errorf("%s holds no SQL any more: take it out of sqlElsewhere", place)
	}
	median, ninetieth := quantiles(lengths)
	t.Logf("%d functions, median %d lines, 90th percentile %d", len(lengths), median, ninetieth)
	if len(lengths) < 500 || median > maxMedian || ninetieth > maxNinetieth {
		t.Errorf("%d functions, median %d lines (%d), 90th percentile %d (%d)", len(lengths), median, maxMedian, ninetieth, maxNinetieth)
	}
}

// quantiles are the median and the 90th percentile, the lower of two middles.
func quantiles(lengths []int) (median, ninetieth int) {
	if len(lengths) == 0 {
		return 0, 0
	}
	slices.Sort(lengths)
	return lengths[(len(lengths)-1)/2], lengths[(len(lengths)-1)*9/10]
}

// The checker itself: a file with every mistake gives every problem, and the
// same text where it is allowed gives none.
func TestShapeNegative(t *testing.T) {
	long := "package x\nfunc init() {}\nfunc long() {\n" + strings.Repeat("\t_ = 1\n", maxFunction) + "}\n" +
		"const q = `SELECT a FROM b`\nconst u = \"UPDATE a SET b = 1\"\nconst prose = \"Update a and SELECTED words\"\n"
	long += strings.Repeat("// line\n", maxFile)
	s, err := measure("internal/site/x.go", []byte(long))
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(s.problems("internal/site/x.go"), "\n")
	for _, want := range []string{"x.go has ", "init function", "long has 122 lines", "x.go:125: SQL", "x.go:126: SQL"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not among\n%s", want, got)
		}
	}
	if n := strings.Count(got, "SQL"); n != 2 {
		t.Errorf("%d texts taken for SQL, want 2", n)
	}
	for _, name := range []string{"internal/ground/key/store.go", "internal/ground/key/store_read.go", "internal/platform/db/db.go", "internal/site/x_test.go", "test/pg/server.go"} {
		if got := strings.Join(s.problems(name), "\n"); strings.Contains(got, "SQL") {
			t.Errorf("%s: %s", name, got)
		}
	}
	if median, ninetieth := quantiles([]int{9, 1, 2, 3, 4, 5, 6, 7, 8, 100}); median != 5 || ninetieth != 9 {
		t.Errorf("quantiles %d and %d", median, ninetieth)
	}
}
