package probe

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// facts is what the rules of this file judge, as js/facts.js collects it.
type facts struct {
	Lang     string    `json:"lang"`
	Title    string    `json:"title"`
	Links    []link    `json:"links"`
	Images   []image   `json:"images"`
	Headings []heading `json:"headings"`
	Fakes    []string  `json:"fakes"` // paragraphs that pose as headings
	Tables   []table   `json:"tables"`
	Untied   []string  `json:"untied"` // invalid fields without their error
	// Unpastable fields refuse a password from a manager (WCAG 3.3.8).
	Unpastable []string  `json:"unpastable"`
	Texts      []passage `json:"texts"`
}

type link struct {
	Where string `json:"where"`
	Name  string `json:"name"`
	Href  string `json:"href"`
	Row   string `json:"row"` // text of the row of a table that it stands in: its context (WCAG 2.4.4)
}

type image struct {
	Where string `json:"where"`
	Alt   string `json:"alt"`
	Src   string `json:"src"`
}

type heading struct {
	Where string `json:"where"`
	Level int    `json:"level"`
}

type table struct {
	Where    string   `json:"where"`
	Headers  int      `json:"headers"`
	Unscoped []string `json:"unscoped"`
}

type passage struct {
	Where string `json:"where"`
	Lang  string `json:"lang"`
	Text  string `json:"text"`
}

// vague are link names that say nothing out of their context, in lower case.
var vague = map[string]bool{
	"cliquez ici": true, "ici": true, "lien": true, "lire la suite": true, "en savoir plus": true, "plus": true,
	"voir plus": true, "plus d’infos": true, "suite": true, "détails": true,
	"klik hier": true, "hier": true, "lees meer": true, "lees verder": true, "meer": true, "meer info": true, "meer weten": true, "link": true,
	"click here": true, "here": true, "read more": true, "more": true, "learn more": true, "details": true,
}

// fileName matches texts that name a file or the number of a photograph.
var fileName = regexp.MustCompile(`(?i)\.(jpe?g|png|gif|svg|webp|avif|bmp|tiff?)$|^(img|image|dsc|dscn|photo|foto|picture|capture|screenshot|untitled)[-_ ]*\d*$`)

// Names judges the words that carry a page for who does not see it: language
// and title, link names, image alternatives, headings, table headers, errors
// tied to their fields, pasting, and passages in a language other than declared.
// Pages opened by one Browser must have different titles.
func Names(p *Page) []Problem {
	p.t.Helper()
	f := script[facts](p, "facts")
	return slices.Concat(
		judgeLang(f.Lang, p.opts.Lang),
		p.browser.judgeTitle(f.Title, p.URL),
		judgeLinks(f.Links),
		judgeImages(f.Images),
		judgeHeadings(f.Headings),
		judgeTables(f.Tables),
		judgeTexts(f.Texts),
		each("fake-heading", f.Fakes, "looks like a heading and is none"),
		each("error-untied", f.Untied, "is invalid, yet aria-describedby names no message"),
		each("paste-blocked", f.Unpastable, "refuses what is pasted"),
	)
}

// each reports the same fault in several places.
func each(rule string, places []string, detail string) (problems []Problem) {
	for _, where := range places {
		problems = append(problems, Problem{rule, where, detail})
	}
	return problems
}

func judgeLang(got, want string) []Problem {
	switch {
	case got == "":
		return []Problem{{"lang", "html", "has no lang"}}
	case want != "" && !sameLang(got, want):
		return []Problem{{"lang", "html", fmt.Sprintf("lang is %q, asked for %q", got, want)}}
	}
	return nil
}

// sameLang compares primary subtags: fr-BE is fr.
func sameLang(a, b string) bool {
	a, _, _ = strings.Cut(a, "-")
	b, _, _ = strings.Cut(b, "-")
	return strings.EqualFold(a, b)
}

// judgeTitle remembers the title with its path: servers of tests change ports.
func (b *Browser) judgeTitle(title, address string) []Problem {
	if title == "" {
		return []Problem{{"title", "title", "is empty"}}
	}
	place := address
	if u, err := url.Parse(address); err == nil {
		place = u.RequestURI()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	first, ok := b.titles[title]
	if !ok {
		b.titles[title] = place
		return nil
	}
	if first != place {
		return []Problem{{"title", "title", fmt.Sprintf("%q is also the title of %s", title, first)}}
	}
	return nil
}

func judgeLinks(links []link) (problems []Problem) {
	first := map[string]link{}
	for _, l := range links {
		key := strings.ToLower(strings.TrimRight(l.Name, " .…→›»>"))
		if vague[key] {
			problems = append(problems, Problem{"link-vague", l.Where, fmt.Sprintf("%q says nothing out of context", l.Name)})
		}
		same, ok := first[key+"\n"+l.Row]
		switch {
		case key == "" || vague[key]: // nameless links are for axe to report
		case !ok:
			first[key+"\n"+l.Row] = l
		case same.Href != l.Href:
			problems = append(problems, Problem{"link-ambiguous", l.Where,
				fmt.Sprintf("%q leads to %s here and to %s at %s", l.Name, l.Href, same.Href, same.Where)})
		}
	}
	return problems
}

func judgeImages(images []image) (problems []Problem) {
	for _, i := range images {
		base := i.Src[strings.LastIndexByte(i.Src, '/')+1:]
		if i.Alt != "" && (fileName.MatchString(i.Alt) || i.Alt == base) {
			problems = append(problems, Problem{"alt-file-name", i.Where, fmt.Sprintf("alternative %q is the name of a file", i.Alt)})
		}
	}
	return problems
}

func judgeHeadings(headings []heading) (problems []Problem) {
	ones, last := 0, 0
	for _, h := range headings {
		if h.Level == 1 {
			ones++
		}
		if last > 0 && h.Level > last+1 {
			problems = append(problems, Problem{"heading-jump", h.Where, fmt.Sprintf("level %d follows level %d", h.Level, last)})
		}
		last = h.Level
	}
	if ones != 1 {
		problems = append(problems, Problem{"h1", "html", fmt.Sprintf("%d headings of level 1, must be one", ones)})
	}
	return problems
}

func judgeTables(tables []table) (problems []Problem) {
	for _, t := range tables {
		if t.Headers == 0 {
			problems = append(problems, Problem{"table-headers", t.Where, "has no th"})
		}
		problems = append(problems, each("table-scope", t.Unscoped, "th without scope")...)
	}
	return problems
}
