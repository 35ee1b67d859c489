package staff

import (
	"net/http"
	"strings"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// i18n: signin.again me.session.ended me.token.revoked scope.domain.*

// own is the rule of one's own account; the verbs ask for a session besides.
var own = auth.Rule{Name: "account.own", SignedIn: true}

// meRoutes registers the pages of one's own account.
func (d *Desk) meRoutes(page pageFunc, form formFunc) {
	page("/staff/me", own, d.pageMe, "My account: roles, sessions, ways to sign in", nil)
	form("/staff/me/sessions", own, d.formSessions, "End one of my sessions, or all others", nil, 0)
	page("/staff/me/tokens", own, d.pageTokens, "My API tokens", nil)
	form("/staff/me/tokens", own, d.again(d.formToken), "Make an API token", nil, 0)
	form("/staff/me/tokens/{ref}/revoke", own, d.formTokenRevoke, "Revoke an API token", map[string]string{"ref": "0"}, 0)
	page("/staff/me/codes", own, d.pageCodes, "Codes of an authenticator at sign-in", nil)
	form("/staff/me/codes", own, d.again(d.formCodes), "Turn codes on or off", nil, 0)
	page("/staff/password", own, d.pagePassword, "Change my password", nil)
	form("/staff/password", own, d.formPassword, "Change my password", nil, 0)
}

// again leads to the sign-in page whoever wants to change how she signs in and
// did so too long ago.
func (d *Desk) again(h web.Handler) web.Handler {
	return func(x *web.Exchange) error {
		err := h(x)
		if err != nil && fault.From(err).Code == "signin.again" {
			x.Flash("signin.again")
			return x.Redirect("/signin?next=/staff/me")
		}
		return err
	}
}

func meCrumbs(x *web.Exchange, title string) []ui.Link {
	crumbs := []ui.Link{{Label: x.P.T("menu.desk"), Href: "/staff"}, {Label: x.P.T("me.title"), Href: "/staff/me"}}
	if title == "" {
		crumbs[1] = ui.Link{Label: x.P.T("me.title"), Current: true}
		return crumbs
	}
	return append(crumbs, ui.Link{Label: title, Current: true})
}

// meView is what the page of one's own account shows.
type meView struct {
	sessions   []auth.Session
	codes      auth.Codes
	passkeys   []auth.Passkey
	identities []auth.Identity
	provider   string // its name, "" for none
	tokens     int
	fresh      bool
}

// pageMe answers "who am I here, and where am I signed in".
func (d *Desk) pageMe(x *web.Exchange) error {
	var v meView
	var err error
	if v.sessions, err = d.Auth.Sessions(x.Context(), x.Actor); err != nil {
		return err
	}
	tokens, err := d.Auth.Tokens(x.Context(), x.Actor, x.Actor.Username)
	if err != nil {
		return err
	}
	if v.codes, err = d.Auth.MyCodes(x.Context(), x.Actor); err != nil {
		return err
	}
	if v.identities, err = d.Auth.Identities(x.Context(), x.Actor); err != nil {
		return err
	}
	if v.passkeys, err = d.Auth.Passkeys(x.Context(), x.Actor); err != nil {
		return err
	}
	v.provider = d.providerName()
	v.tokens, v.fresh = len(tokens), d.Auth.Fresh(x.Actor)
	page := ui.Page{Title: x.P.T("me.title"), Lede: x.P.T("me.lede", "name", x.Actor.Name), Compact: true, Crumbs: meCrumbs(x, "")}
	return x.Page(page, mePage(x, v))
}

// formSessions ends one session, or all but the one that asks.
func (d *Desk) formSessions(x *web.Exchange) error {
	form, err := x.Form("do", "ref")
	if err != nil {
		return err
	}
	switch do, ref := form.Get("do"), form.Get("ref"); {
	case do == "others":
		err = d.Auth.EndSession(x.Context(), x.Actor, "")
	case do == "end" && ref != "":
		err = d.Auth.EndSession(x.Context(), x.Actor, ref)
	default:
		err = fault.New(fault.BadRequest, "form.choice", fault.Args{"name": "do", "value": do})
	}
	if err != nil {
		return err
	}
	x.Flash("me.session.ended")
	return x.Redirect("/staff/me")
}

func roleTable(p *i18n.Printer, grants []auth.Grant) *ui.DataTable {
	t := ui.NewTable(p.T("me.roles"), ui.Column{Label: p.T("account.role"), RowHeader: true}, ui.Column{Label: p.T("account.body")}, ui.Column{Label: p.T("account.domain")},
		ui.Column{Label: p.T("account.from")}, ui.Column{Label: p.T("account.to")}).HideCaption().Empty(p.T("me.roles.empty"))
	for _, g := range grants {
		t.Row(ui.Text(p.T("role."+string(g.Role))), ui.Text(orAll(p, g.Body)), ui.Text(orAll(p, g.Domain)), ui.Text(day(p, g.Period.From)), ui.Text(day(p, g.Period.To)))
	}
	return t
}

func orAll(p *i18n.Printer, text string) string {
	if text == "" {
		return p.T("me.all")
	}
	return text
}

func day(p *i18n.Printer, d calendar.Date) string {
	if d.IsZero() {
		return "–"
	}
	return p.DateShort(d)
}

func sessionTable(x *web.Exchange, list []auth.Session) *ui.DataTable {
	p := x.P
	t := ui.NewTable(p.T("me.sessions"), ui.Column{Label: p.T("me.session.where"), RowHeader: true}, ui.Column{Label: p.T("me.session.network")},
		ui.Column{Label: p.T("me.session.since")}, ui.Column{Label: p.T("me.session.seen")}, ui.Column{Label: p.T("account.verbs")}).HideCaption()
	for _, s := range list {
		t.Row(ui.Text(browser(p, s.Agent)), ui.Text(s.Network), ui.Text(p.Instant(s.Created)), ui.Text(p.Instant(s.Seen)), ui.Body(sessionVerb(x, s)))
	}
	return t
}

// programs and systems are what browsers call themselves; the order matters,
// for each names its ancestors too.
var (
	programs = []struct{ sign, name string }{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"}}
	systems  = []struct{ sign, name string }{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS", "macOS"}, {"Linux", "Linux"}}
)

// browser names the program and the system that a user agent tells of.
func browser(p *i18n.Printer, agent string) string {
	var found []string
	for _, list := range [][]struct{ sign, name string }{programs, systems} {
		for _, c := range list {
			if strings.Contains(agent, c.sign) {
				found = append(found, c.name)
				break
			}
		}
	}
	if found == nil {
		return p.T("me.session.unknown")
	}
	return strings.Join(found, ", ")
}

// tokenForm is what was typed into the form of a new token.
type tokenForm struct {
	label, until, access string
	domains              []string
	errs                 []ui.FieldError
	secret               string // the token just made, shown this once
}

// pageTokens lists one's API tokens and makes new ones.
func (d *Desk) pageTokens(x *web.Exchange) error {
	return d.showTokens(x, http.StatusOK, tokenForm{until: x.Today.AddDays(90).String(), access: "read"})
}

func (d *Desk) showTokens(x *web.Exchange, status int, f tokenForm) error {
	list, err := d.Auth.Tokens(x.Context(), x.Actor, x.Actor.Username)
	if err != nil {
		return err
	}
	page := ui.Page{Title: x.P.T("token.title"), Lede: x.P.T("token.lede"), Compact: true, Crumbs: meCrumbs(x, x.P.T("token.title"))}
	return x.PageStatus(status, page, tokensPage(x, list, f, d.Domains()))
}

// formToken makes a token and shows it once, in this answer only.
func (d *Desk) formToken(x *web.Exchange) error {
	form, err := x.Form("label", "until", "access", "domain")
	if err != nil {
		return err
	}
	f := tokenForm{label: form.Get("label"), until: form.Get("until"), access: form.Get("access"), domains: form["domain"]}
	until, err := calendar.Parse(f.until)
	if err != nil {
		err = fault.Bad("until", f.until, "param.date", fault.Args{"name": "until", "value": f.until})
	}
	var scopes []auth.Scope
	if err == nil {
		scopes, err = f.scopes()
	}
	if err == nil {
		f.secret, err = d.Auth.IssueToken(x.Context(), x.Actor, x.Actor.Username, f.label, until, scopes...)
	}
	if err != nil && fault.KindOf(err) == fault.Invalid {
		f.errs = fieldErrors(x, fault.From(err))
		return d.showTokens(x, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	return d.showTokens(x, http.StatusOK, f)
}

// scopes are what was ticked: reading or writing, in the domains chosen or in all.
func (f tokenForm) scopes() ([]auth.Scope, error) {
	if len(f.domains) == 0 {
		return auth.ParseScopes(f.access)
	}
	var texts []string
	for _, domain := range f.domains {
		texts = append(texts, f.access+":"+domain)
	}
	return auth.ParseScopes(strings.Join(texts, " "))
}

func (d *Desk) formTokenRevoke(x *web.Exchange) error {
	if _, err := x.Form(); err != nil {
		return err
	}
	if err := d.Auth.RevokeToken(x.Context(), x.Actor, x.Actor.Username, x.Path("ref")); err != nil {
		return err
	}
	x.Flash("me.token.revoked")
	return x.Redirect("/staff/me/tokens")
}

func tokenTable(x *web.Exchange, list []auth.Token) *ui.DataTable {
	p := x.P
	t := ui.NewTable(p.T("token.list"), ui.Column{Label: p.T("token.label"), RowHeader: true}, ui.Column{Label: p.T("token.scopes")},
		ui.Column{Label: p.T("token.created")}, ui.Column{Label: p.T("token.expires")}, ui.Column{Label: p.T("account.verbs")}).HideCaption().Empty(p.T("token.empty"))
	for _, token := range list {
		t.Row(ui.Text(token.Label), ui.Text(scopeTexts(p, token.Scopes)), ui.Text(p.Instant(token.Created)), ui.Text(p.Instant(token.Expires)), ui.Body(tokenVerb(x, token)))
	}
	return t
}

func scopeTexts(p *i18n.Printer, scopes []auth.Scope) string {
	var list []string
	for _, s := range scopes {
		verb := p.T("token.read")
		if s.Write {
			verb = p.T("token.write")
		}
		where := p.T("token.everywhere")
		if s.Domain != "" {
			where = domainText(p, s.Domain)
		}
		list = append(list, p.T("token.scope", "verb", verb, "where", where))
	}
	return strings.Join(list, " · ")
}

// domainText is the name of a domain; one without a text of its own shows its code.
func domainText(p *i18n.Printer, domain string) string {
	if key := "scope.domain." + domain; p.Has(key) {
		return p.T(key)
	}
	return domain
}

func domainOptions(p *i18n.Printer, domains []string) (list []ui.Option) {
	for _, d := range domains {
		list = append(list, ui.Option{Value: d, Label: domainText(p, d)})
	}
	return list
}
