package ui

import "github.com/a-h/templ"

// Page is everything around the content of one page.
type Page struct {
	Lang        string // BCP 47, "fr"
	Title       string // the h1, and the start of the document's title
	Lede        string // one sentence: what this page answers
	LedeLang    string // its language, when it differs from the page's
	Description string // for search engines; the lede when empty
	Site        Site
	Nav         []NavItem
	Languages   []Link // this page in each language; Lang and Current set
	Crumbs      []Link // from home to this page; the last one is the page itself
	Search      Search
	User        *UserMenu // nil for a visitor
	Flash       *Notice   // outcome of the last action
	Banner      string    // one line above everything: demonstration data, maintenance
	Viewing     *Viewing  // somebody looks through another's account
	FooterText  string    // one sentence above the links of the footer
	FooterLinks []Link
	Texts       Texts
	Chips       []Link          // short facts under the lede; Href optional
	Aside       templ.Component // right of the title, a locator map for instance
	Shortcuts   []Shortcut      // keyboard shortcuts, shown on "?"; none on public pages
	Compact     bool            // dense staff page with a smaller title
	Bare        bool            // no hero: the content brings its own h1
	ColorScheme string          // "light", "dark" or "" to follow the system
	ThemeHref   string          // the province's theme.css, read after ours; "" for none
	Feeds       []Feed          // what readers may subscribe to instead of coming back
	Canonical   string          // absolute address, "" for none
}

// Site names the installation in the header.
type Site struct {
	Name string // "Beffroi"
	Body string // "Province de Hainaut"
	Home string // address of the home page, "/" when empty
	Logo string // address of the body's own mark; the belfry when empty
}

// Link is a label and an address. Without Href it is shown as text.
type Link struct {
	Label   string
	Href    string
	Lang    string // language of the label and target when it differs from the page's
	Current bool   // this is where the reader is
	Context string // of a chip: said before the label to who hears links out of context
}

// Feed is another form of the page that readers subscribe to.
type Feed struct {
	Title string
	Type  string // media type
	Href  string
}

// NavItem is one area of the header.
type NavItem struct {
	Label   string
	Href    string
	Current bool
}

// Search is the one search box, a GET form with the query in q.
type Search struct {
	Action      string // no box when empty
	Label       string
	Value       string
	Placeholder string
	Submit      string // spoken name of the button
	Suggest     string // address answering ?q= with {"items":[{"title","href","kind"}]}; "" for none
}

// UserMenu is the menu of a person who is logged in.
type UserMenu struct {
	Name        string
	News        Link // how much is new for her, its context said first; no label for nothing
	Links       []Link
	LogoutHref  string // address of the logout form (POST)
	LogoutLabel string
}

// Viewing is the banner over every page while somebody looks through another's
// account, with the form that ends it.
type Viewing struct {
	Text   string
	Action string // address of the form (POST)
	Button string
}

// Texts are the small words of the frame.
type Texts struct {
	Skip          string // "Aller au contenu"
	MainNav       string // name of the navigation landmark
	Breadcrumb    string
	Languages     string
	Footer        string // name of the footer's navigation
	Shortcuts     string // title of the shortcut dialog, and its opener
	ShortcutsOn   string // "Activer les raccourcis"
	Close         string
	TitleSuffix   string // after "Title — " in the tab; Site.Name when empty
	ShortcutsHelp string // one sentence in the dialog, optional
}

// Shortcut is a key and what it does; the target carries data-key="…" (KeyAttr).
type Shortcut struct {
	Key   string
	Label string
}

// KeyAttr makes an element the target of a shortcut: { ui.KeyAttr("n")... }.
func KeyAttr(key string) templ.Attributes { return templ.Attributes{"data-key": key} }

func (s Site) home() string { return or(s.Home, "/") }

// documentTitle is what the tab and the bookmarks show.
func (p Page) documentTitle() string {
	suffix := or(p.Texts.TitleSuffix, p.Site.Name)
	if p.Title == "" || p.Title == suffix {
		return suffix
	}
	return p.Title + " — " + suffix
}

func (p Page) scheme() templ.Attributes {
	switch p.ColorScheme {
	case "light", "dark":
		return templ.Attributes{"data-color-scheme": p.ColorScheme}
	}
	return nil
}

// or is the first of two texts that says something.
func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// langAttr marks a change of language, for speech and hyphenation.
func langAttr(lang string) templ.Attributes {
	if lang == "" {
		return nil
	}
	return templ.Attributes{"lang": lang}
}

// attrs keeps the pairs whose value is not empty.
func attrs(pairs ...string) templ.Attributes {
	out := templ.Attributes{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out[pairs[i]] = pairs[i+1]
		}
	}
	return out
}

// current marks the link of the page one is on.
func current(on bool) templ.Attributes {
	if on {
		return templ.Attributes{"aria-current": "page"}
	}
	return nil
}

// class is a class attribute, or nothing.
func class(name string, on bool) templ.Attributes {
	if on {
		return templ.Attributes{"class": name}
	}
	return nil
}
