package staff

import (
	"net/http"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// i18n: passkey.added passkey.removed

const passkeyCookie = "passkey" // names the challenge that an authenticator answers

func passkeyRoutes(d *Desk, page pageFunc, form formFunc) {
	form("/signin/passkey", enter, d.formPasskeySignIn, "Sign in with a passkey", nil, 0)
	page("/staff/me/passkeys", own, d.pagePasskeys, "My passkeys", nil)
	form("/staff/me/passkeys", own, d.again(d.formPasskeys), "Add or remove a passkey", nil, 0)
}

// ceremony is a page on which a script asks the authenticator.
type ceremony struct {
	kind       string // "create" or "get"
	action     string
	options    string // for the browser, as JSON
	name, next string
}

func (d *Desk) showCeremony(x *web.Exchange, title string, crumbs []ui.Link, c ceremony) error {
	page := ui.Page{Title: title, Lede: x.P.T("passkey.follow"), Compact: true, Crumbs: crumbs}
	return x.Page(page, ceremonyPage(x.P, c))
}

func (d *Desk) takePasskeyCookie(x *web.Exchange, path string) (ticket string) {
	if c, err := x.R.Cookie(passkeyCookie); err == nil {
		ticket = c.Value
	}
	d.setCookie(x, passkeyCookie, "", path, -1)
	return ticket
}

// formPasskeySignIn asks for a passkey, then takes the answer.
func (d *Desk) formPasskeySignIn(x *web.Exchange) error {
	form, err := x.Form("do", "response", "next")
	if err != nil {
		return err
	}
	next := web.SafeNext(form.Get("next"))
	switch {
	case d.Passkeys == nil:
		return fault.Missing("passkey")
	case form.Get("do") == "begin":
		options, ticket, err := d.Passkeys.BeginSignIn(x.Context())
		if err != nil {
			return err
		}
		d.setCookie(x, passkeyCookie, ticket, "/signin", 300)
		crumbs := []ui.Link{{Label: x.P.T("signin.title"), Href: "/signin"}, {Label: x.P.T("passkey.signin"), Current: true}}
		return d.showCeremony(x, x.P.T("passkey.signin"), crumbs, ceremony{kind: "get", action: "/signin/passkey", options: options, next: next})
	case form.Get("do") != "finish":
		return fault.New(fault.BadRequest, "form.choice", fault.Args{"name": "do", "value": form.Get("do")})
	}
	token, err := d.Passkeys.SignIn(x.Context(), d.takePasskeyCookie(x, "/signin"), form.Get("response"), d.visit(x))
	if err != nil {
		return d.providerFault(x, err)
	}
	return d.admit(x, token, next)
}

func (d *Desk) pagePasskeys(x *web.Exchange) error { return d.showPasskeys(x, http.StatusOK, nil) }

func (d *Desk) showPasskeys(x *web.Exchange, status int, errs []ui.FieldError) error {
	list, err := d.Auth.Passkeys(x.Context(), x.Actor)
	if err != nil {
		return err
	}
	page := ui.Page{Title: x.P.T("passkey.title"), Lede: x.P.T("passkey.lede"), Compact: true, Crumbs: meCrumbs(x, x.P.T("passkey.title"))}
	return x.PageStatus(status, page, passkeysPage(x, list, errs, d.Passkeys != nil))
}

// formPasskeys names a passkey and asks for it, takes the answer, or removes one.
func (d *Desk) formPasskeys(x *web.Exchange) error {
	form, err := x.Form("do", "name", "response", "id", "next")
	if err != nil {
		return err
	}
	if do := form.Get("do"); d.Passkeys == nil && (do == "begin" || do == "finish") {
		return fault.Missing("passkey")
	}
	const path = "/staff/me/passkeys"
	switch form.Get("do") {
	case "begin":
		if form.Get("name") == "" {
			return d.showPasskeys(x, http.StatusUnprocessableEntity, []ui.FieldError{{Field: "name", Text: web.Message(x.P, "required", nil)}})
		}
		options, ticket, err := d.Passkeys.Begin(x.Context(), x.Actor)
		if err != nil {
			return err
		}
		d.setCookie(x, passkeyCookie, ticket, path, 300)
		return d.showCeremony(x, x.P.T("passkey.new"), meCrumbs(x, x.P.T("passkey.new")), ceremony{kind: "create", action: path, options: options, name: form.Get("name")})
	case "finish":
		err = d.Passkeys.Add(x.Context(), x.Actor, d.takePasskeyCookie(x, path), form.Get("name"), form.Get("response"))
		x.Flash("passkey.added")
	case "remove":
		err = d.Auth.RemovePasskey(x.Context(), x.Actor, form.Get("id"))
		x.Flash("passkey.removed")
	default:
		err = fault.New(fault.BadRequest, "form.choice", fault.Args{"name": "do", "value": form.Get("do")})
	}
	if err != nil {
		return err
	}
	return x.Redirect(path)
}

func passkeyTable(x *web.Exchange, list []auth.Passkey) *ui.DataTable {
	p := x.P
	t := ui.NewTable(p.T("passkey.list"), ui.Column{Label: p.T("passkey.name"), RowHeader: true}, ui.Column{Label: p.T("token.created")}, ui.Column{Label: p.T("me.session.seen")},
		ui.Column{Label: p.T("account.state")}, ui.Column{Label: p.T("account.verbs")}).HideCaption().Empty(p.T("passkey.empty"))
	for _, k := range list {
		used := "–"
		if !k.Used.IsZero() {
			used = p.Instant(k.Used)
		}
		state := ui.Tag(ui.OnTime, p.T("me.on"))
		if !k.Cloned.IsZero() {
			state = ui.Tag(ui.Stopped, p.T("passkey.cloned"))
		}
		t.Row(ui.Text(k.Name), ui.Text(p.Instant(k.Created)), ui.Text(used), ui.Body(state), ui.Body(passkeyVerb(x, k)))
	}
	return t
}
