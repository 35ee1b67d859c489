package i18n

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Used lists, sorted, the keys that the .go and .templ sources below root ask
// for: the literal key of .T("…"), .N("…"), .Map("…") and .Has("…"), alone or
// after a first argument, and "fault." + the code of every refusal made. A key
// that begins with a literal, .T("plan.state."+s), is listed as "plan.state.*";
// others are declared by a comment on a line of its own:
//
//	// i18n: plan.state.* plan.kind.*
//
// Tests, generated files, testdata, node_modules and hidden folders are skipped.
func Used(root string) ([]string, error) {
	used := map[string]bool{}
	err := sources(root, func(path string, text []byte) error {
		for _, m := range declaration.FindAllSubmatch(text, -1) {
			for _, key := range strings.Fields(string(m[1])) {
				used[strings.TrimRight(key, ",")] = true
			}
		}
		if strings.HasSuffix(path, ".go") {
			return usedInGo(path, text, used)
		}
		usedInTempl(text, used)
		return nil
	})
	return slices.Sorted(maps.Keys(used)), err
}

// Unmatched compares a bundle with the keys that Used found: unknown are asked
// for but in no language, unused are in the bundle but never asked for.
func Unmatched(b *Bundle, used []string) (unknown, unused []string) {
	reached := map[string]bool{}
	keys := b.Keys()
	for _, pattern := range used {
		prefix, isPrefix := strings.CutSuffix(pattern, "*")
		found := false
		for _, key := range keys {
			if key == pattern || isPrefix && strings.HasPrefix(key, prefix) {
				reached[key], found = true, true
			}
		}
		if !found {
			unknown = append(unknown, pattern)
		}
	}
	for _, key := range keys {
		if !reached[key] {
			unused = append(unused, key)
		}
	}
	return unknown, unused
}

var (
	declaration = regexp.MustCompile(`(?m)^[ \t]*// i18n: ((?:[a-zA-Z0-9_]+\.[a-zA-Z0-9_.*-]*,?[ \t]*)+)$`)
	templCall   = regexp.MustCompile(`\.(?:T|N|Map|Has)\((?:[A-Za-z_][\w.]*,\s*)?"([^"\\]+)"\s*(\+?)`)
)

// sources visits the written .go and .templ files below root in lexical order.
func sources(root string, visit func(path string, text []byte) error) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != root && (name == "node_modules" || name == "testdata" || name[0] == '.') {
				return filepath.SkipDir
			}
			return nil
		}
		written := strings.HasSuffix(name, ".templ") || strings.HasSuffix(name, ".go") &&
			!strings.HasSuffix(name, "_test.go") && !strings.HasSuffix(name, "_templ.go")
		if !written {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return visit(path, text)
	})
}

func usedInTempl(text []byte, used map[string]bool) {
	for _, m := range templCall.FindAllSubmatch(text, -1) {
		key := string(m[1])
		if len(m[2]) > 0 {
			key += "*"
		}
		used[key] = true
	}
}

func usedInGo(path string, text []byte, used map[string]bool) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	pkg := file.Name.Name
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			callKeys(pkg, n, used)
		case *ast.CompositeLit:
			refusalKey(pkg, n, used)
		}
		return true
	})
	return nil
}

// refusals tells which argument of a call is a fault code, by number of
// arguments for the methods, whose receiver cannot be seen in the syntax.
var refusals = map[string]struct{ code, args int }{
	"fault.New": {1, 3}, "fault.Bad": {2, 4}, "Add": {2, 4}, "AddLine": {3, 5},
}

func callKeys(pkg string, call *ast.CallExpr, used map[string]bool) {
	name := qualified(pkg, call.Fun)
	_, method, _ := strings.Cut(name, ".")
	switch method {
	case "T", "N", "Map", "Has":
		for _, arg := range call.Args[:min(2, len(call.Args))] {
			if key, ok := literal(arg); ok {
				used[key] = true
				return
			}
		}
	}
	r, ok := refusals[name]
	if !ok {
		r, ok = refusals[method]
	}
	if ok && len(call.Args) == r.args {
		if code, ok := literal(call.Args[r.code]); ok {
			used["fault."+code] = true
		}
	}
}

// refusalKey finds fault.Error{Code: "…"} and fault.Field{Code: "…"}.
func refusalKey(pkg string, lit *ast.CompositeLit, used map[string]bool) {
	if name := qualified(pkg, lit.Type); name != "fault.Error" && name != "fault.Field" {
		return
	}
	for _, e := range lit.Elts {
		pair, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		if field, ok := pair.Key.(*ast.Ident); ok && field.Name == "Code" {
			if code, ok := literal(pair.Value); ok {
				used["fault."+code] = true
			}
		}
	}
}

// qualified names a function or type as seen from outside: "fault.New" for both
// fault.New and, inside package fault, New; ".T" for a method of an expression.
func qualified(pkg string, expr ast.Expr) string {
	switch e := expr.(type) {
	case *ast.Ident:
		return pkg + "." + e.Name
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return x.Name + "." + e.Sel.Name
		}
		return "." + e.Sel.Name
	}
	return ""
}

// literal returns a string literal, or the literal beginning of a sum and "*".
func literal(expr ast.Expr) (string, bool) {
	switch e := expr.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil && e.Kind == token.STRING && s != ""
	case *ast.BinaryExpr:
		s, ok := literal(e.X)
		return strings.TrimSuffix(s, "*") + "*", ok && e.Op == token.ADD
	}
	return "", false
}
