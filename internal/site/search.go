package site

import (
	"iter"
	"slices"
	"strings"

	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/finder"
	"beffroi/internal/platform/search"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// The sizes of a page of hits.
const (
	hitsShown     = 20
	hitsMost      = 100
	communesShown = 10 // as facets; the one that was chosen besides
)

// excerptLength is how much of a text is shown below a title, in letters.
const excerptLength = 160

// searchRoutes registers the search page and its API.
func (s *Site) searchRoutes(r *web.Routes) {
	params := func(more ...web.Param) []web.Param {
		return append([]web.Param{web.Query("q", "string", "what to find: the beginnings of words are enough"), web.Query("kind", "string", "only things of this kind"),
			web.Query("commune", "nis", "only things of this commune"), web.AsOf(), web.Query("cursor", "cursor", "where the page starts, as given by the page before"),
			web.Query("limit", "int", "hits a page, 1 to 100; 20 when absent")}, more...)
	}
	r.Add(web.Route{Pattern: "/search", Kind: web.PageRoute, Rule: reading, Handle: s.pageSearch, Summary: "Search everything that the reader may see", Params: params(web.Format())})
	r.Add(web.Route{Pattern: "/api/v1/search", Kind: web.APIRoute, Rule: reading, Handle: s.apiSearch,
		Summary: "Search everything that the reader may see, with how many hits each kind and commune has; feeds the suggestions of the search box",
		Params:  params(), Returns: Results{Items: []Result{}}})
}

// Results is a page of hits as JSON.
type Results struct {
	Items    []Result       `json:"items"`
	Next     string         `json:"next,omitempty"`
	Total    int            `json:"total"`
	Kinds    []finder.Facet `json:"kinds,omitempty"`
	Communes []finder.Facet `json:"communes,omitempty"`
	Instead  string         `json:"instead,omitempty"` // what was perhaps meant
}

// Result is one hit. Type is the kind as filters name it, Kind as readers do.
type Result struct {
	Title    string   `json:"title"`
	Href     string   `json:"href"`
	Kind     string   `json:"kind"`
	Type     string   `json:"type"`
	Key      string   `json:"key"`
	Text     string   `json:"text,omitempty"`
	Communes []string `json:"communes,omitempty"`
}

// question reads what is asked from the address.
func question(x *web.Exchange) (q finder.Question, err error) {
	q = finder.Question{Text: strings.TrimSpace(x.Query("q")), Actor: x.Actor, Day: x.AsOf, Kind: x.Query("kind"), Commune: x.Query("commune"),
		Limit: min(hitsMost, max(1, x.QueryInt("limit", hitsShown))), Facets: true}
	return q, x.Cursor(&q.After)
}

// find answers a question, with the cursor of the hits that follow.
func (s *Site) find(x *web.Exchange, q finder.Question) (a finder.Answer, next string, err error) {
	if a, err = s.Finder.Find(x.Context(), q); err != nil || !a.More {
		return a, "", err
	}
	page, err := web.CutPage(x, append(slices.Clone(a.Hits), finder.Hit{}), len(a.Hits), func(h finder.Hit) any { return h.At })
	return a, page.Next, err
}

func (s *Site) apiSearch(x *web.Exchange) error {
	q, err := question(x)
	if err != nil {
		return err
	}
	a, next, err := s.find(x, q)
	if err != nil {
		return err
	}
	out := Results{Items: []Result{}, Next: next, Total: a.Total, Kinds: a.Kinds, Communes: a.Communes, Instead: a.Instead}
	for _, h := range a.Hits {
		out.Items = append(out.Items, result(x, a, h))
	}
	return x.JSON(out)
}

func result(x *web.Exchange, a finder.Answer, h finder.Hit) Result {
	title, _ := finder.In(h.Title, x.P.Lang())
	text, _ := finder.In(h.Text, x.P.Lang())
	if other := otherName(a, h, title); other != "" {
		title += " (" + other + ")"
	}
	return Result{Title: title, Href: h.Address, Kind: thingName(x, h.Kind), Type: h.Kind, Key: h.Ref.Key, Text: text, Communes: h.Communes}
}

// thingName is the name of a kind of things.
// i18n: search.kind.*
func thingName(x *web.Exchange, kind string) string { return x.P.T("search.kind." + kind) }

// otherName is the name by which a hit was found when its title does not show
// why: in another language, a former one, a code.
func otherName(a finder.Answer, h finder.Hit, title string) string {
	shows := func(name string) bool { return slices.ContainsFunc(search.Words(name), a.Match) }
	if shows(title) {
		return ""
	}
	for _, name := range slices.Concat([]string{h.Title["fr"], h.Title["nl"], h.Title["en"]}, h.Names) {
		if shows(name) {
			return name
		}
	}
	return ""
}

// pageSearch shows hits with facets. What is typed in full and fits one thing
// only opens that at once.
func (s *Site) pageSearch(x *web.Exchange) error {
	q, err := question(x)
	if err != nil {
		return err
	}
	if x.Exporting() {
		return s.exportSearch(x, q)
	}
	a, next, err := s.find(x, q)
	if err != nil {
		return err
	}
	if a.Total == 1 && len(a.Hits) == 1 && a.Hits[0].At.Tier == finder.Named && q.Kind == "" && q.Commune == "" {
		return x.Redirect(x.Keep(a.Hits[0].Address))
	}
	atlas, err := s.Territory.Atlas(x.Context())
	if err != nil {
		return err
	}
	v := searchView{x: x, q: q, a: a, atlas: atlas, next: next}
	title := x.P.T("search.title")
	if q.Text != "" {
		title = x.P.T("search.titled", "q", q.Text)
	}
	page := ui.Page{Title: title, Lede: x.P.T("search.lede"), Compact: true, Crumbs: []ui.Link{{Label: x.P.T("search.title"), Current: true}}}
	return x.Page(page, searchPage(v))
}

// exportSearch streams every hit.
func (s *Site) exportSearch(x *web.Exchange, q finder.Question) error {
	q.Limit, q.Facets, q.After = hitsMost, false, finder.Position{}
	var rows iter.Seq2[[]any, error] = func(yield func([]any, error) bool) {
		for more := true; more; {
			a, err := s.Finder.Find(x.Context(), q)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, h := range a.Hits {
				r := result(x, finder.Answer{}, h)
				if !yield([]any{r.Kind, r.Title, strings.Join(r.Communes, " "), r.Text, r.Href}, nil) {
					return
				}
				q.After = h.At
			}
			more = a.More
		}
	}
	return x.Sheet("search", []sheet.Column{{Title: x.P.T("search.col.kind"), Width: 18}, {Title: x.P.T("search.col.title"), Width: 50}, {Title: x.P.T("search.col.communes")},
		{Title: x.P.T("search.col.text"), Width: 60}, {Title: x.P.T("search.col.address"), Width: 30}}, rows)
}

// searchView is what the page shows.
type searchView struct {
	x     *web.Exchange
	q     finder.Question
	a     finder.Answer
	atlas *territory.Atlas
	next  string
}

// facet is one choice of a filter.
type facet struct {
	label   string
	n       int
	href    string
	current bool
}

// kinds are the filter by kind: all of them, then each.
func (v searchView) kinds() []facet {
	list := []facet{{v.x.P.T("search.all"), sum(v.a.Kinds), v.x.Here("kind", "", "cursor", ""), v.q.Kind == ""}}
	for _, f := range v.a.Kinds {
		list = append(list, facet{thingName(v.x, f.Key), f.N, v.x.Here("kind", f.Key, "cursor", ""), v.q.Kind == f.Key})
	}
	return list
}

// communes are the filter by commune: those with the most hits, and the chosen one.
func (v searchView) communes() []facet {
	var list []facet
	if v.q.Commune != "" {
		list = append(list, facet{label: v.x.P.T("search.allcommunes"), n: -1, href: v.x.Here("commune", "", "cursor", "")})
	}
	for i, f := range v.a.Communes {
		if i < communesShown || f.Key == v.q.Commune {
			list = append(list, facet{v.communeName(f.Key), f.N, v.x.Here("commune", f.Key, "cursor", ""), v.q.Commune == f.Key})
		}
	}
	return list
}

func (v searchView) communeName(nis string) string {
	if area := v.atlas.Area(territory.Commune, nis); area != nil {
		return area.Name(v.x.P.Lang())
	}
	return nis
}

func sum(list []finder.Facet) (n int) {
	for _, f := range list {
		n += f.N
	}
	return n
}

// where names the communes of a hit, three at most; a commune is its own.
func (v searchView) where(h finder.Hit) string {
	if h.Kind == "commune" || len(h.Communes) == 0 {
		return ""
	}
	var names []string
	for _, nis := range h.Communes[:min(3, len(h.Communes))] {
		names = append(names, v.communeName(nis))
	}
	text := strings.Join(names, ", ")
	if more := len(h.Communes) - len(names); more > 0 {
		text += " " + v.x.P.N("search.more", int64(more))
	}
	return text
}

func (v searchView) marked(text string) []search.Part { return search.Highlight(text, v.a.Match) }

// piece is a text of a hit cut into what was looked for and the rest, with its
// language when that is not the page's.
type piece struct {
	parts []search.Part
	lang  string
}

func (v searchView) title(h finder.Hit) piece {
	text, lang := finder.In(h.Title, v.x.P.Lang())
	return piece{v.marked(text), lang}
}

// other is the name by which a hit was found, nothing when its title shows it.
func (v searchView) other(h finder.Hit) piece {
	title, _ := finder.In(h.Title, v.x.P.Lang())
	name := otherName(v.a, h, title)
	p := piece{parts: v.marked(name)}
	for _, lang := range []string{"fr", "nl", "en"} {
		if name != "" && h.Title[lang] == name && lang != v.x.P.Lang() {
			p.lang = lang
		}
	}
	return p
}

// excerpt is the part of a hit's text around the first word that was looked for,
// nothing when none is there.
func (v searchView) excerpt(h finder.Hit) (p piece) {
	text, lang := finder.In(h.Text, v.x.P.Lang())
	for _, s := range search.Spans(text) {
		if v.a.Match(s.Word) {
			return piece{v.marked(around(text, s.Start, s.End)), lang}
		}
	}
	return p
}

// around cuts a text to whole words about a place in it.
func around(text string, start, end int) string {
	before, after := []rune(text[:start]), []rune(text[end:])
	out := text[start:end]
	if cut := len(before) - excerptLength/3; cut > 0 {
		if i := slices.Index(before[cut:], ' '); i >= 0 {
			out = "… " + string(before[cut+i+1:]) + out
		} else {
			out = "… " + out
		}
	} else {
		out = string(before) + out
	}
	if room := excerptLength * 2 / 3; len(after) > room {
		kept := string(after[:room])
		return out + kept[:max(0, strings.LastIndexByte(kept, ' '))] + " …"
	}
	return out + string(after)
}

// pager leads to the hits that follow.
func (v searchView) pager() ui.PageLinks {
	p := v.x.P
	links := ui.PageLinks{Label: p.T("search.pages")}
	if v.q.After != (finder.Position{}) {
		links.First = ui.Link{Label: p.T("search.first"), Href: v.x.Here("cursor", "")}
	}
	if v.next != "" {
		links.Next = ui.Link{Label: p.T("search.next"), Href: v.x.Here("cursor", v.next)}
	}
	return links
}

// files are the hits in other forms.
func (v searchView) files() []ui.Link {
	api := "/api/v1/search" + strings.TrimPrefix(v.x.Here("cursor", "", "format", "", "lang", ""), v.x.R.URL.Path)
	return []ui.Link{{Label: "CSV", Href: v.x.Here("cursor", "", "format", "csv")}, {Label: "XLSX", Href: v.x.Here("cursor", "", "format", "xlsx")}, {Label: "JSON", Href: api}}
}
