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
	demo           []Account
}

func (d *Desk) pageSignIn(x *web.Exchange) error {
	return d.showSignIn(x, http.StatusOK, signInForm{next: web.SafeNext(x.Query("next"))})
}

func (d *Desk) showSignIn(x *web.Exchange, status int, f signInForm) error {
	f.demo = d.Demo
	page := ui.Page{Title: x.P.T("signin.title"), Lede: x.P.T("signin.lede"), Compact: true,
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
	network := auth.Network(x.R.RemoteAddr)
	token, err := d.Auth.SignIn(x.Context(), form.Get("username"), form.Get("password"), x.R.UserAgent(), network)
	if kind := fault.KindOf(err); err != nil && (kind == fault.Invalid || kind == fault.TooMany) {
		e := fault.From(err)
		return d.showSignIn(x, e.Status(), signInForm{next: web.SafeNext(form.Get("next")), username: form.Get("username"), problem: web.Message(x.P, e.Code, e.Args)})
	}
	if err != nil {
		return err
	}
	http.SetCookie(x.W, &http.Cookie{Name: d.cookie(), Value: token, Path: "/", HttpOnly: true, Secure: d.Secure, SameSite: http.SameSiteLaxMode})
	next := web.SafeNext(form.Get("next"))
	if next == "/" {
		next = "/staff"
	}
	return x.Redirect(next)
}

func (d *Desk) cookie() string { return (&web.Site{Secure: d.Secure}).SessionCookie() }

func (d *Desk) formSignOut(x *web.Exchange) error {
	if err := d.Auth.SignOut(x.Context(), x.Actor); err != nil {
		return err
	}
	http.SetCookie(x.W, &http.Cookie{Name: d.cookie(), Path: "/", MaxAge: -1, HttpOnly: true, Secure: d.Secure, SameSite: http.SameSiteLaxMode})
	x.W.Header().Set("Clear-Site-Data", `"cache"`)
	x.Flash("signin.out")
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
	if err := d.Auth.ChangePassword(x.Context(), x.Actor, form.Get("current"), form.Get("password"), auth.Network(x.R.RemoteAddr)); err != nil {
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
