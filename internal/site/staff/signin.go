package staff

import (
	"net/http"
	"net/url"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

type signInForm struct {
	next, username string
	problem        string
	passkeys       bool   // whether the house takes passkeys
	provider       string // name of the identity provider, "" for none
	demo           []Account
}

func (d *Desk) pageSignIn(x *web.Exchange) error {
	return d.showSignIn(x, http.StatusOK, signInForm{next: web.SafeNext(x.Query("next"))})
}

func (d *Desk) showSignIn(x *web.Exchange, status int, f signInForm) error {
	f.demo, f.provider, f.passkeys = d.Demo, d.providerName(), d.Passkeys != nil
	title := x.P.T("signin.title")
	if x.R.URL.Path != "/signin" { // back from the provider without success: another page of history
		title += " (OpenID Connect)"
	}
	page := ui.Page{Title: title, Lede: x.P.T("signin.lede"), Compact: true,
		Crumbs: []ui.Link{{Label: x.P.T("signin.title"), Current: true}}}
	return x.PageStatus(status, page, signInPage(x.P, f))
}

// formSignIn answers a wrong password with the form again; the name stays, the
// password does not.
func (d *Desk) formSignIn(x *web.Exchange) error {
	form, err := x.Form("username", "password", "next")
	if err != nil {
		return err
	}
	next := web.SafeNext(form.Get("next"))
	token, err := d.Auth.SignIn(x.Context(), form.Get("username"), form.Get("password"), d.visit(x))
	if kind := fault.KindOf(err); err != nil && (kind == fault.Invalid || kind == fault.TooMany) {
		e := fault.From(err)
		return d.showSignIn(x, e.Status(), signInForm{next: next, username: form.Get("username"), problem: web.Message(x.P, e.Code, e.Args)})
	}
	if err != nil {
		return err
	}
	return d.admit(x, token, next)
}

// Cookies beside the session's: none opens anything by itself.
const (
	deviceCookie = "device" // this browser signed in before
	codeCookie   = "code"   // the password was right, a code is owed
	deviceDays   = 180
)

// visit is where this request comes from.
func (d *Desk) visit(x *web.Exchange) auth.Visit {
	v := auth.Visit{Agent: x.R.UserAgent(), Network: auth.Network(x.R.RemoteAddr)}
	if c, err := x.R.Cookie(deviceCookie); err == nil {
		v.Device = c.Value
	}
	return v
}

// admit gives the browser its session and leads on; who still owes a code is led
// to that question.
func (d *Desk) admit(x *web.Exchange, token, next string) error {
	if next == "/" {
		next = "/staff"
	}
	if auth.AwaitsCode(token) {
		d.setCookie(x, codeCookie, token, "/signin", 300)
		return x.Redirect("/signin/code?next=" + url.QueryEscape(next))
	}
	actor, err := d.Auth.Resume(x.Context(), token)
	if err != nil {
		return err
	}
	d.setCookie(x, d.cookie(), token, "/", 0)
	d.setCookie(x, deviceCookie, d.Auth.Device(actor.Username), "/", deviceDays*24*3600)
	d.setCookie(x, codeCookie, "", "/signin", -1)
	return x.Redirect(next)
}

// setCookie sets a cookie that no script reads: for the session of the browser
// when age is 0, away with it when it is negative.
func (d *Desk) setCookie(x *web.Exchange, name, value, path string, age int) {
	http.SetCookie(x.W, &http.Cookie{Name: name, Value: value, Path: path, MaxAge: age, HttpOnly: true, Secure: d.Secure, SameSite: http.SameSiteLaxMode})
}

func (d *Desk) cookie() string { return (&web.Site{Secure: d.Secure}).SessionCookie() }

// pageCode asks for the code of an authenticator, or for a recovery code.
func (d *Desk) pageCode(x *web.Exchange) error {
	return d.showCode(x, http.StatusOK, signInForm{next: web.SafeNext(x.Query("next"))})
}

func (d *Desk) showCode(x *web.Exchange, status int, f signInForm) error {
	page := ui.Page{Title: x.P.T("code.title"), Lede: x.P.T("code.lede"), Compact: true,
		Crumbs: []ui.Link{{Label: x.P.T("signin.title"), Href: "/signin"}, {Label: x.P.T("code.title"), Current: true}}}
	return x.PageStatus(status, page, codePage(x.P, f))
}

func (d *Desk) formCode(x *web.Exchange) error {
	form, err := x.Form("code", "next")
	if err != nil {
		return err
	}
	next, ticket := web.SafeNext(form.Get("next")), ""
	if c, err := x.R.Cookie(codeCookie); err == nil {
		ticket = c.Value
	}
	token, err := d.Auth.SecondFactor(x.Context(), ticket, form.Get("code"), d.visit(x))
	switch fault.KindOf(err) {
	case fault.Invalid:
		return d.showCode(x, http.StatusUnprocessableEntity, signInForm{next: next, problem: fieldErrors(x, fault.From(err))[0].Text})
	case fault.Gone:
		e := fault.From(err)
		return d.showSignIn(x, e.Status(), signInForm{next: next, problem: x.P.T("code.gone")})
	}
	if err != nil {
		return err
	}
	return d.admit(x, token, next)
}

func (d *Desk) formSignOut(x *web.Exchange) error {
	idToken, err := d.Auth.SignOut(x.Context(), x.Actor)
	if err != nil {
		return err
	}
	d.setCookie(x, d.cookie(), "", "/", -1)
	x.W.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	x.Flash("signin.out")
	if idToken != "" && d.Provider != nil {
		if address := d.Provider.Logout(x.Context(), idToken, d.URL); address != "" {
			return d.leave(x, address)
		}
	}
	return x.Redirect("/")
}

func (d *Desk) pagePassword(x *web.Exchange) error {
	return d.showPassword(x, http.StatusOK, nil)
}

func (d *Desk) showPassword(x *web.Exchange, status int, errs []ui.FieldError) error {
	page := ui.Page{Title: x.P.T("password.title"), Lede: x.P.T("password.lede"), Compact: true,
		Crumbs: meCrumbs(x, x.P.T("password.title"))}
	return x.PageStatus(status, page, passwordPage(x.P, errs))
}

func (d *Desk) formPassword(x *web.Exchange) error {
	form, err := x.Form("current", "password")
	if err != nil {
		return err
	}
	if err := d.Auth.ChangePassword(x.Context(), x.Actor, form.Get("current"), form.Get("password"), d.visit(x)); err != nil {
		return d.passwordFault(x, err)
	}
	x.Flash("password.done")
	return x.Redirect("/signin?next=" + url.QueryEscape("/staff"))
}

func (d *Desk) passwordFault(x *web.Exchange, err error) error {
	e := fault.From(err)
	if e.Kind != fault.Invalid && e.Kind != fault.TooMany {
		return err
	}
	errs := fieldErrors(x, e)
	if len(errs) == 0 {
		errs = []ui.FieldError{{Field: "current", Text: web.Message(x.P, e.Code, e.Args)}}
	}
	return d.showPassword(x, e.Status(), errs)
}

// fieldErrors are the refused values of a form, told in the reader's language.
func fieldErrors(x *web.Exchange, e *fault.Error) []ui.FieldError {
	var list []ui.FieldError
	for _, f := range e.Fields {
		list = append(list, ui.FieldError{Field: f.Name, Text: web.Message(x.P, f.Code, f.Args)})
	}
	return list
}

// errorOf finds the message of one field.
func errorOf(errs []ui.FieldError, field string) string {
	for _, e := range errs {
		if e.Field == field {
			return e.Text
		}
	}
	return ""
}
