// Package web is the HTTP front of the house: a registry in which every route
// carries its access rule and its parameters, the exchange that a handler works
// on, and the safeguards around them (headers, limits, sessions, languages,
// compression, logs). It knows no domain.
package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"beffroi/internal/platform/auth"
)

// Kind decides how a route answers errors and reads who acts.
type Kind string

// The kinds of routes.
const (
	PageRoute Kind = "page" // HTML; nobody signed in is led to the sign-in page
	FormRoute Kind = "form" // a posted form; same origin only
	DataRoute Kind = "data" // a file for download or a twin of a page (.json, .csv): session or token
	APIRoute  Kind = "api"  // JSON; writing needs a bearer token, never a cookie
)

// Handler answers one exchange; an error becomes the fitting page or problem document.
type Handler func(*Exchange) error

// Param is one parameter of an address: of its path or its query.
// A query parameter that the route does not declare is refused.
type Param struct {
	Name     string
	In       string // "path" or "query"
	Type     string // "string", "int", "date", "nis", "cursor", "enum", "decimal"
	Enum     []string
	Required bool
	Max      int // longest text, 200 when 0
	Many     bool
	Doc      string
}

// Query declares a query parameter.
func Query(name, typ, doc string, enum ...string) Param {
	return Param{Name: name, In: "query", Type: typ, Enum: enum, Doc: doc}
}

// Repeated declares a query parameter that may come several times.
func Repeated(name, typ, doc string) Param {
	return Param{Name: name, In: "query", Type: typ, Many: true, Doc: doc}
}

// AsOf is the parameter by which every reading can be asked for a past or future day.
func AsOf() Param { return Query("as_of", "date", "situation at this day, default today") }

// Paging are the parameters of every list.
func Paging() []Param {
	return []Param{Query("cursor", "cursor", "where the page starts, as given by the page before"),
		Query("limit", "int", "rows a page, 1 to 200")}
}

// Route is one address and what is true of it.
type Route struct {
	Method  string
	Pattern string // a ServeMux path pattern
	Kind    Kind
	Rule    auth.Rule
	Handle  Handler
	Summary string            // one English sentence for the OpenAPI document
	Params  []Param           // the path's and the query's
	Body    any               // example value of the JSON body, nil when none
	Takes   string            // media type of the body when it is not JSON
	Returns any               // example value of the JSON answer, nil when it is not JSON
	Media   string            // media type of the answer when it is neither HTML nor JSON; several with ", " between
	Sample  map[string]string // path values that exist in the demonstration pack, for the generated tests
	Limit   int64             // longest body in bytes, 1 MB when 0

	stray bool // stands for addresses outside the registry, whatever their query
}

// Routes collects the routes of all rooms.
type Routes struct{ list []Route }

// Add registers a route. A route without a rule, a name, a handler or a sample
// for its path parameters is a mistake of wiring and panics when the program
// is put together; a test puts it together.
func (r *Routes) Add(route Route) {
	if route.Method == "" {
		route.Method = http.MethodGet
	}
	if err := route.check(); err != nil {
		panic("web: " + err.Error())
	}
	r.list = append(r.list, route)
}

// List gives the routes in a stable order: by path, then by method.
func (r *Routes) List() []Route {
	list := slices.Clone(r.list)
	slices.SortFunc(list, func(a, b Route) int {
		if c := strings.Compare(a.Pattern, b.Pattern); c != 0 {
			return c
		}
		return strings.Compare(a.Method, b.Method)
	})
	return list
}

// Domains lists the fields of the house that a program can be let into: those of
// the API routes that are not open to anybody.
func (r *Routes) Domains() []string {
	var list []string
	for _, route := range r.list {
		if d := route.Rule.Domain(); route.Kind == APIRoute && !route.Rule.Public && !slices.Contains(list, d) {
			list = append(list, d)
		}
	}
	slices.Sort(list)
	return list
}

func (r Route) check() error {
	rule := r.Rule
	switch {
	case rule.Name == "" || !rule.Public && !rule.SignedIn && len(rule.Roles) == 0:
		return fmt.Errorf("%s %s has no access rule", r.Method, r.Pattern)
	case r.Handle == nil:
		return fmt.Errorf("%s %s has no handler", r.Method, r.Pattern)
	case r.offersPDF() && !rule.Public:
		return fmt.Errorf("%s %s gives everybody a PDF of what only some may see", r.Method, r.Pattern)
	case r.Summary == "":
		return fmt.Errorf("%s %s says nothing about itself", r.Method, r.Pattern)
	}
	for _, name := range pathNames(r.Pattern) {
		if r.Sample[name] == "" {
			return fmt.Errorf("%s %s has no sample for {%s}", r.Method, r.Pattern, name)
		}
	}
	return nil
}

// pathNames lists the wildcards of a pattern.
func pathNames(pattern string) []string {
	var names []string
	for part := range strings.SplitSeq(pattern, "/") {
		if strings.HasPrefix(part, "{") && part != "{$}" {
			name, _, _ := strings.Cut(strings.TrimPrefix(part, "{"), "}")
			names = append(names, strings.TrimSuffix(name, "..."))
		}
	}
	return names
}

// Address fills a pattern with the sample values.
func (r Route) Address() string {
	path := strings.TrimSuffix(r.Pattern, "{$}")
	for name, value := range r.Sample {
		path = strings.ReplaceAll(path, "{"+name+"}", value)
		path = strings.ReplaceAll(path, "{"+name+"...}", value)
	}
	return path
}

// pathParam is what is declared about a value of the path, text when nothing is.
func (r Route) pathParam(name string) Param {
	for _, p := range r.Params {
		if p.In == "path" && p.Name == name {
			return p
		}
	}
	return Param{Name: name, In: "path", Type: "string"}
}

func (r Route) unsafe() bool { return r.Method != http.MethodGet && r.Method != http.MethodHead }
