package statement

import (
	"embed"
	"io/fs"
	"strings"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/privacy"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

//go:embed locale/*.toml
var texts embed.FS

// Locale is the texts of the package, those of the words of package privacy included.
func Locale() fs.FS { return texts }

// Pages are the statements of one installation.
type Pages struct {
	Body    func(lang string) string // name of the institution
	URL     string                   // public address; "" for the one asked
	Contact string                   // mailto: or https: address of who answers; "" for the page that says how to reach the institution
	Tables  []privacy.Table          // declarations of all rooms
	Calls   []web.Call               // messages of the webhooks
	Pack    fs.FS                    // facts of the province; its sources.csv is shown
}

var reading = auth.Rule{Name: "statement.view", Public: true}

// Routes registers the statements. The list of open data and the OpenAPI
// document show whatever r holds when they are asked, rooms added later included.
func (p *Pages) Routes(r *web.Routes) {
	page := func(pattern, summary string, h web.Handler, params ...web.Param) {
		r.Add(web.Route{Pattern: pattern, Kind: web.PageRoute, Rule: reading, Handle: h, Summary: summary, Params: params})
	}
	data := func(pattern, media, summary string, h web.Handler, returns any) {
		r.Add(web.Route{Pattern: pattern, Kind: web.DataRoute, Rule: reading, Handle: h, Summary: summary, Media: media, Returns: returns})
	}
	page("/accessibility", "Accessibility statement", p.pageAccess)
	data("/accessibility.json", "application/json", "Accessibility statement, as JSON", p.jsonAccess, Accessibility{})
	page("/privacy", "What is kept about people, and the register of processing activities", p.pagePrivacy, web.Format())
	data("/privacy.json", "application/json", "Register of processing activities (GDPR, article 30), as JSON", p.jsonPrivacy, Record{})
	page("/data", "Open data: lists, API, sources and licences", p.pageData(r.List))
	data("/openapi.json", "application/json", "This document: the API in OpenAPI 3.1", p.openAPI(r), nil)
	data("/.well-known/security.txt", "text/plain", "Whom to tell of a weakness (RFC 9116)", p.security, nil)
}

// base is the public address of the site.
func (p *Pages) base(x *web.Exchange) string {
	if p.URL != "" {
		return strings.TrimSuffix(p.URL, "/")
	}
	scheme := "http://"
	if x.R.TLS != nil {
		scheme = "https://"
	}
	return scheme + x.R.Host
}

// contact is where to write: the configured address, or the section of the
// accessibility page that says how to reach the institution.
func (p *Pages) contact(x *web.Exchange) string {
	if p.Contact != "" {
		return p.Contact
	}
	return p.base(x) + "/accessibility#contact"
}

// crumbs are the trail of a page that stands right below home.
func crumbs(title string) []ui.Link { return []ui.Link{{Label: title, Current: true}} }
