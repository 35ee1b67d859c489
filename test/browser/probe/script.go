package probe

import (
	"embed"
	"encoding/json"
)

//go:embed js/*.js
var scripts embed.FS

// script calls the function in js/name.js with args and decodes its result.
func script[T any](p *Page, name string, args ...any) T {
	p.t.Helper()
	return Eval[T](p, expression(p, name, args))
}

// expression joins the shared functions and the script into one expression
// that leaves no name behind in the page.
func expression(p *Page, name string, args []any) string {
	p.t.Helper()
	common, err := scripts.ReadFile("js/common.js")
	p.must(err)
	body, err := scripts.ReadFile("js/" + name + ".js")
	p.must(err)
	list := ""
	for i, a := range args {
		b, err := json.Marshal(a)
		p.must(err)
		if i > 0 {
			list += ", "
		}
		list += string(b)
	}
	return "(() => {\n" + string(common) + "\nreturn (\n" + string(body) + "\n)(" + list + ")\n})()"
}
