package statement

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// list is a list page and the addresses of the same list as files.
type list struct {
	title string
	lang  string // of the title when it is not the page's
	page  string
	csv   string
	xlsx  string
	json  string // "" when the API has no such list
}

// lists are the public pages that give themselves as files. The title is the
// text statement.list.<address>; a page without one is named by its summary.
// i18n: statement.list.*
func lists(p *i18n.Printer, routes []web.Route) []list {
	known := map[string]bool{}
	for _, r := range routes {
		known[r.Method+" "+r.Pattern] = open(r)
	}
	var out []list
	for _, r := range routes {
		if !open(r) || r.Kind != web.PageRoute || strings.Contains(r.Pattern, "{") || !exports(r) {
			continue
		}
		l := list{title: r.Summary, lang: "en", page: r.Pattern, csv: r.Pattern + "?format=csv", xlsx: r.Pattern + "?format=xlsx"}
		if key := "statement.list." + strings.ReplaceAll(strings.Trim(r.Pattern, "/"), "/", "."); p.Has(key) {
			l.title, l.lang = p.T(key), ""
		}
		for _, twin := range []string{"/api/v1" + r.Pattern, r.Pattern + ".json"} {
			if known[http.MethodGet+" "+twin] {
				l.json = twin
				break
			}
		}
		out = append(out, l)
	}
	slices.SortStableFunc(out, func(a, b list) int { return cmp.Compare(a.page, b.page) })
	return out
}

// open tells whether anybody may read the route.
func open(r web.Route) bool { return r.Method == http.MethodGet && r.Rule.Public }

func exports(r web.Route) bool {
	return slices.ContainsFunc(r.Params, func(q web.Param) bool { return q.Name == "format" && slices.Contains(q.Enum, "csv") })
}

// files are the open addresses that answer with data, as the API describes them.
func files(routes []web.Route) []web.Route {
	return slices.DeleteFunc(slices.Clone(routes), func(r web.Route) bool {
		return !open(r) || r.Kind != web.APIRoute && r.Kind != web.DataRoute
	})
}

// pageData answers: what can I take away, in which form, with what right?
func (p *Pages) pageData(routes func() []web.Route) web.Handler {
	return func(x *web.Exchange) error {
		sources, err := p.sources()
		if err != nil {
			return err
		}
		title := x.P.T("statement.data.title")
		page := ui.Page{Title: title, Lede: x.P.T("statement.data.lede"), Crumbs: crumbs(title)}
		return x.Page(page, dataPage(x.P, listTable(x.P, lists(x.P, routes())), fileTable(x.P, files(routes())), sourceTable(x.P, sources)))
	}
}

func listTable(p *i18n.Printer, all []list) *ui.DataTable {
	t := ui.NewTable(p.T("statement.lists"), ui.Column{Label: p.T("statement.list"), RowHeader: true}, ui.Column{Label: p.T("statement.files")}).HideCaption().Empty(p.T("statement.lists.none"))
	for _, l := range all {
		t.Row(ui.Cell{Text: l.title, Href: l.page, Lang: l.lang}, ui.Body(fileLinks(l)))
	}
	return t
}

func fileTable(p *i18n.Printer, routes []web.Route) *ui.DataTable {
	t := ui.NewTable(p.T("statement.addresses"), ui.Column{Label: p.T("statement.address"), RowHeader: true}, ui.Column{Label: p.T("statement.holds")}, ui.Column{Label: p.T("statement.media")}).HideCaption()
	for _, r := range routes {
		media := r.Media
		if media == "" {
			media = "application/json"
		}
		t.Row(ui.LinkTo(strings.TrimSuffix(r.Pattern, "{$}"), r.Address()), ui.Cell{Text: r.Summary, Lang: "en"}, ui.Text(media))
	}
	return t
}

// source is a line of the pack's sources.csv; its texts are in French.
type source struct{ title, publisher, year, licence, note string }

// sources reads the sources of the pack, none when it has no such file.
func (p *Pages) sources() ([]source, error) {
	if p.Pack == nil {
		return nil, nil
	}
	f, err := p.Pack.Open("sources.csv")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("statement: sources.csv: %w", err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("statement: sources.csv: %w", err)
	}
	if len(lines) == 0 || !slices.Equal(lines[0], []string{"id", "title", "publisher", "year", "licence", "note"}) {
		return nil, fmt.Errorf("statement: sources.csv: the columns are not id, title, publisher, year, licence, note")
	}
	var all []source
	for _, l := range lines[1:] {
		all = append(all, source{l[1], l[2], l[3], l[4], l[5]})
	}
	return all, nil
}

func sourceTable(p *i18n.Printer, all []source) *ui.DataTable {
	t := ui.NewTable(p.T("statement.sources"), ui.Column{Label: p.T("statement.source"), RowHeader: true}, ui.Column{Label: p.T("statement.publisher")},
		ui.Column{Label: p.T("statement.year"), Numeric: true}, ui.Column{Label: p.T("statement.licence")}, ui.Column{Label: p.T("statement.note")}).HideCaption().Empty(p.T("statement.sources.none"))
	french := func(s string) ui.Cell {
		if p.Lang() == "fr" {
			return ui.Text(s)
		}
		return ui.Cell{Text: s, Lang: "fr"}
	}
	for _, s := range all {
		t.Row(french(s.title), french(s.publisher), ui.Text(s.year), french(s.licence), french(s.note))
	}
	return t
}

// openAPI gives the document of the routes of r.
func (p *Pages) openAPI(r *web.Routes) web.Handler {
	return func(x *web.Exchange) error {
		doc, err := web.OpenAPI(r, "Beffroi", "1", p.Calls...)
		if err != nil {
			return err
		}
		return x.Text("application/json", append(doc, '\n'))
	}
}

// validity is for how long a copy of security.txt may be believed; RFC 9116
// wants less than a year.
const validity = 180

func (p *Pages) security(x *web.Exchange) error {
	base := p.base(x)
	text := fmt.Sprintf("Contact: %s\nExpires: %sT00:00:00Z\nPreferred-Languages: fr, nl, en\nCanonical: %s/.well-known/security.txt\n",
		p.contact(x), x.Today.AddDays(validity), base)
	return x.Text("text/plain; charset=utf-8", []byte(text))
}
