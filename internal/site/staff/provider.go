package staff

import (
	"net/http"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/auth/oidc"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// i18n: identity.linked identity.unlinked

// journey is what is kept of somebody who is at the identity provider.
type journey struct {
	Flow       oidc.Flow
	Next       string
	Link       bool   // from one's own account, to link it
	Invitation string // taken when she comes back
}

const providerCookie = "provider" // names the journey

func providerRoutes(d *Desk, page pageFunc, form formFunc) {
	form("/signin/provider", enter, d.formProvider, "Go to the identity provider to sign in", nil, 0)
	long := func(name string) web.Param {
		p := web.Query(name, "string", "as the provider sends it")
		p.Max = 4000
		return p
	}
	page("/signin/callback", enter, d.pageCallback, "Where the identity provider sends people back to", nil,
		long("code"), long("state"), long("iss"), long("session_state"), long("error"), long("error_description"), long("error_uri"),
		long("scope"), long("authuser"), long("hd"), long("prompt"), long("client_info"))
	form("/staff/me/identities", own, d.again(d.formIdentity), "Link my account to the identity provider, or unlink it", nil, 0)
}

func (d *Desk) providerName() string {
	if d.Provider == nil {
		return ""
	}
	return d.Provider.Name()
}

// formProvider leads to the provider: to sign in, or to take an invitation.
func (d *Desk) formProvider(x *web.Exchange) error {
	form, err := x.Form("next", "ticket")
	if err != nil {
		return err
	}
	return d.depart(x, 0, journey{Next: web.SafeNext(form.Get("next")), Invitation: form.Get("ticket")})
}

// depart keeps a journey and sends the browser to the provider.
func (d *Desk) depart(x *web.Exchange, account int64, j journey) error {
	if d.Provider == nil {
		return fault.Missing("provider")
	}
	flow, address, err := d.Provider.Begin(x.Context())
	if err != nil {
		return d.providerFault(x, err)
	}
	j.Flow = flow
	ticket, err := d.Auth.Hold(x.Context(), auth.ProviderErrand, account, j)
	if err != nil {
		return err
	}
	d.setCookie(x, providerCookie, ticket, "/signin", 600)
	return d.leave(x, address)
}

// leave sends the browser to another site by a page of ours: a redirect after a
// form would be stopped by the policy that keeps forms here.
func (d *Desk) leave(x *web.Exchange, address string) error {
	x.W.Header().Set("Refresh", "0; url="+address)
	title := x.P.T("provider.leave", "name", d.Provider.Name())
	page := ui.Page{Title: title, Lede: x.P.T("provider.leave.lede"), Compact: true, Crumbs: []ui.Link{{Label: title, Current: true}}}
	return x.Page(page, ui.ButtonLink(ui.Primary, x.P.T("provider.continue"), address))
}

// providerFault shows a refusal on the sign-in page; its reason is for the log.
func (d *Desk) providerFault(x *web.Exchange, err error) error {
	e := fault.From(err)
	if e.Kind == fault.Internal {
		return err
	}
	if e.Err != nil {
		d.Log.Warn("identity provider", "code", e.Code, "error", e.Err.Error())
	}
	return d.showSignIn(x, e.Status(), signInForm{next: "/", problem: web.Message(x.P, e.Code, e.Args)})
}

// pageCallback receives people whom the provider sends back.
func (d *Desk) pageCallback(x *web.Exchange) error {
	if x.R.URL.RawQuery == "" { // opened by hand
		return d.showSignIn(x, http.StatusOK, signInForm{next: "/"})
	}
	if d.Provider == nil {
		return fault.Missing("provider")
	}
	var j journey
	ticket := ""
	if c, err := x.R.Cookie(providerCookie); err == nil {
		ticket = c.Value
	}
	d.setCookie(x, providerCookie, "", "/signin", -1)
	account, err := d.Auth.Claim(x.Context(), auth.ProviderErrand, ticket, &j)
	if err != nil {
		return d.providerFault(x, err)
	}
	who, proof, err := d.Provider.Finish(x.Context(), j.Flow, x.R.URL.Query())
	if err != nil {
		return d.providerFault(x, err)
	}
	if j.Link {
		return d.linked(x, account, who)
	}
	var token string
	if j.Invitation != "" {
		token, err = d.Auth.AcceptWith(x.Context(), j.Invitation, who, proof, d.visit(x))
	} else {
		token, err = d.Auth.SignInWith(x.Context(), who, proof, d.visit(x))
	}
	if err != nil {
		return d.providerFault(x, err)
	}
	return d.admit(x, token, j.Next)
}

// linked links the identity to the account that began the journey, if it is still
// the one that sits before the screen.
func (d *Desk) linked(x *web.Exchange, account int64, who auth.Identity) error {
	if x.Actor.Account != account {
		return d.providerFault(x, fault.New(fault.Forbidden, "provider.answer", nil))
	}
	if err := d.Auth.Link(x.Context(), x.Actor, who); err != nil {
		return err
	}
	x.Flash("identity.linked")
	return x.Redirect("/staff/me")
}

// formIdentity links one's own account, or takes a link away.
func (d *Desk) formIdentity(x *web.Exchange) error {
	form, err := x.Form("do", "issuer", "subject")
	if err != nil {
		return err
	}
	switch form.Get("do") {
	case "link":
		if !d.Auth.Fresh(x.Actor) {
			return fault.New(fault.Forbidden, "signin.again", nil)
		}
		return d.depart(x, x.Actor.Account, journey{Link: true})
	case "unlink":
		if err := d.Auth.Unlink(x.Context(), x.Actor, form.Get("issuer"), form.Get("subject")); err != nil {
			return err
		}
		x.Flash("identity.unlinked")
		return x.Redirect("/staff/me")
	}
	return fault.New(fault.BadRequest, "form.choice", fault.Args{"name": "do", "value": form.Get("do")})
}

func identityTable(x *web.Exchange, list []auth.Identity) *ui.DataTable {
	p := x.P
	t := ui.NewTable(p.T("identity.list"), ui.Column{Label: p.T("identity.label"), RowHeader: true}, ui.Column{Label: p.T("identity.issuer")},
		ui.Column{Label: p.T("me.session.seen")}, ui.Column{Label: p.T("account.verbs")}).HideCaption()
	for _, i := range list {
		label := i.Label
		if label == "" {
			label = i.Subject
		}
		t.Row(ui.Text(label), ui.Text(i.Issuer), ui.Text(p.Instant(i.Used)), ui.Body(identityVerb(x, i)))
	}
	return t
}
