// Package site lays out the pages that are made of several rooms: home, the
// commune page and its sisters, and the frame around every page.
package site

import (
	"context"
	"embed"
	"io/fs"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/notice"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

//go:embed locale/*.toml
var texts embed.FS

// Locale is the texts of the frame and of the composed pages.
func Locale() fs.FS { return texts }

// Area is one entry of the header's navigation: Key names its text below "nav.",
// Paths are the beginnings of the addresses that belong to it.
type Area struct {
	Key   string
	Href  string
	Paths []string
}

// StaffLink is an entry of the menu of whoever is signed in, for those whom the
// rule lets in.
type StaffLink struct {
	Key  string
	Href string
	Rule auth.Rule
}

// Frame is what surrounds every page.
type Frame struct {
	Areas    []Area
	Staff    []StaffLink
	Body     func(lang string) string // name of the institution, from its pack
	Demo     bool                     // the data are for show
	ThemeURL string                   // the institution's own style sheet, "" for none
	LogoURL  string                   // its own mark, "" for the belfry
	// Unread counts what is new for whoever is signed in, in one statement.
	Unread func(context.Context, auth.Actor) (int64, error)
}

// Page completes a page with header, navigation, languages, menu and footer.
// i18n: nav.* menu.*
func (f *Frame) Page(x *web.Exchange, page ui.Page, body templ.Component) templ.Component {
	p := x.P
	page.Lang = p.Lang()
	page.Site = ui.Site{Name: "Beffroi", Body: f.Body(p.Lang()), Home: "/", Logo: f.LogoURL}
	page.ThemeHref = f.ThemeURL
	for _, a := range f.Areas {
		page.Nav = append(page.Nav, ui.NavItem{Label: p.T("nav." + a.Key), Href: a.Href, Current: a.holds(x.R.URL.Path)})
	}
	if x.R.URL.Path != "/" && len(page.Crumbs) > 0 && page.Crumbs[0].Href != "/" {
		page.Crumbs = append([]ui.Link{{Label: p.T("frame.home"), Href: "/"}}, page.Crumbs...)
	}
	page.Languages = languages(x)
	page.Search = ui.Search{Action: "/search", Label: p.T("frame.search.label"), Placeholder: p.T("frame.search.placeholder"),
		Submit: p.T("frame.search.submit"), Suggest: "/api/v1/search", Value: x.Query("q")}
	page.User = f.user(x)
	if key := x.TakeFlash(); key != "" {
		page.Flash = &ui.Notice{Kind: ui.NoticeSuccess, Text: p.T(key)}
	}
	if x.Actor.By != "" {
		page.Viewing = &ui.Viewing{Text: p.T("viewing.banner", "by", x.Actor.By, "name", x.Actor.Name), Action: "/staff/view/end", Button: p.T("viewing.end")}
	}
	if f.Demo {
		page.Banner = p.T("frame.demo")
	}
	page.FooterText = p.T("frame.footer.text", "body", f.Body(p.Lang()))
	page.FooterLinks = f.footer(x)
	page.Texts = ui.Texts{Skip: p.T("frame.skip"), MainNav: p.T("frame.nav"), Breadcrumb: p.T("frame.crumbs"), Languages: p.T("frame.languages"),
		Footer: p.T("frame.footer"), Shortcuts: p.T("frame.shortcuts"), ShortcutsOn: p.T("frame.shortcuts.on"), Close: p.T("frame.close")}
	return framed(page, body)
}

func (a Area) holds(path string) bool {
	return slices.ContainsFunc(a.Paths, func(prefix string) bool { return path == prefix || strings.HasPrefix(path, prefix+"/") })
}

// languages are the links to this page in each language, with its own query kept.
func languages(x *web.Exchange) []ui.Link {
	var list []ui.Link
	names := map[string]string{"fr": "FR", "nl": "NL", "en": "EN"}
	for _, lang := range []string{"fr", "nl", "en"} {
		l := ui.Link{Label: names[lang], Lang: lang, Current: lang == x.P.Lang(), Href: "/?lang=" + lang}
		if !isUnsafe(x) {
			q, err := url.ParseQuery(x.R.URL.RawQuery)
			if err == nil {
				q.Set("lang", lang)
				l.Href = x.R.URL.Path + "?" + q.Encode()
			}
		}
		list = append(list, l)
	}
	return list
}

// isUnsafe tells whether the page answers a posted form, whose address one
// cannot simply open again.
func isUnsafe(x *web.Exchange) bool { return x.R.Method != "GET" && x.R.Method != "HEAD" }

func (f *Frame) user(x *web.Exchange) *ui.UserMenu {
	if !x.Actor.SignedIn() {
		return nil
	}
	menu := &ui.UserMenu{Name: x.Actor.Username, LogoutHref: "/signout", LogoutLabel: x.P.T("frame.signout")}
	if f.Unread != nil {
		if n, err := f.Unread(x.Context(), x.Actor); err == nil && n > 0 { // a page does not fail for it
			menu.News = ui.Link{Context: x.P.T("frame.news"), Label: x.P.Int(n), Href: notice.ListPath}
		}
	}
	for _, l := range f.Staff {
		if l.Rule.Gate(x.Actor) == nil {
			menu.Links = append(menu.Links, ui.Link{Label: x.P.T("menu." + l.Key), Href: l.Href})
		}
	}
	return menu
}

func (f *Frame) footer(x *web.Exchange) []ui.Link {
	links := []ui.Link{
		{Label: x.P.T("frame.accessibility"), Href: "/accessibility"},
		{Label: x.P.T("frame.privacy"), Href: "/privacy"},
		{Label: x.P.T("frame.opendata"), Href: "/data"},
	}
	if !x.Actor.SignedIn() {
		links = append(links, ui.Link{Label: x.P.T("frame.signin"), Href: "/signin"})
	}
	return links
}

// Error is the page of a refusal: what happened, what is safe, what to do next.
// i18n: error.*
func (f *Frame) Error(x *web.Exchange, e *fault.Error, reference string) templ.Component {
	p := x.P
	kind := map[fault.Kind]string{fault.NotFound: "absent", fault.Forbidden: "forbidden", fault.Unauthenticated: "signin", fault.BadRequest: "address",
		fault.Invalid: "invalid", fault.NotAllowed: "address", fault.Conflict: "conflict", fault.TooMany: "slow", fault.TooLarge: "large", fault.Unavailable: "busy", fault.Gone: "absent"}[e.Kind]
	if kind == "" {
		kind = "internal"
	}
	problem := ui.Problem{Title: p.T("error." + kind + ".title"), What: web.Message(p, e.Code, e.Args), Safe: p.T("error.safe"),
		Next: p.T("error." + kind + ".next"), Link: ui.Link{Label: p.T("error.home"), Href: "/"}}
	if reference != "" {
		problem.Reference = p.T("error.reference", "reference", reference)
	}
	return f.Page(x, ui.Page{Title: problem.Title, Bare: true}, ui.ErrorPage(problem))
}
