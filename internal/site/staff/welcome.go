package staff

import (
	"context"
	"net/http"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// ResetJob is the kind of the job that writes to whoever forgot a password: the
// answer to asking comes before anybody looks whether there is such an account.
const ResetJob = "account.reset"

// Forgotten is the payload of ResetJob: what was typed.
type Forgotten struct {
	Typed string `json:"typed"`
}

func welcomeRoutes(d *Desk, page pageFunc, form formFunc) {
	ticket := web.Query("ticket", "string", "as the letter has it")
	welcome := errand{key: "welcome", action: "/welcome", provider: true, who: d.Auth.Invited, choose: d.Auth.Accept}
	reset := errand{key: "reset", action: "/signin/reset", who: d.Auth.Forgetful, choose: d.Auth.Reset}
	page("/welcome", enter, welcome.show(d), "Take an invitation: choose how to sign in", nil, ticket)
	form("/welcome", enter, welcome.take(d), "Take an invitation by a password", nil, 0)
	page("/signin/reset", enter, reset.show(d), "Choose a new password after having forgotten it", nil, ticket)
	form("/signin/reset", enter, reset.take(d), "Choose a new password after having forgotten it", nil, 0)
	page("/signin/forgotten", enter, d.pageForgotten, "Ask for a letter about a forgotten password", nil)
	form("/signin/forgotten", enter, d.formForgotten, "Ask for a letter about a forgotten password", nil, 0)
}

// errand is a page on which somebody with a link chooses a password.
type errand struct {
	key, action string // of the texts and of the form
	provider    bool   // she may choose an identity provider instead
	who         func(ctx context.Context, ticket string) (auth.Invitation, error)
	choose      func(ctx context.Context, ticket, password string, v auth.Visit) (token string, err error)
}

// chooseForm is what the page shows; without a ticket it only explains.
type chooseForm struct {
	errand
	ticket string
	person auth.Invitation
	button string // name of the identity provider, "" for none
	errs   []ui.FieldError
}

func (e errand) show(d *Desk) web.Handler {
	return func(x *web.Exchange) error { return e.page(d, x, http.StatusOK, x.Query("ticket"), nil) }
}

// i18n: welcome.title welcome.lede reset.title reset.lede
func (e errand) page(d *Desk, x *web.Exchange, status int, ticket string, errs []ui.FieldError) (err error) {
	f := chooseForm{errand: e, ticket: ticket, errs: errs}
	if ticket != "" {
		if f.person, err = e.who(x.Context(), ticket); err != nil {
			return err
		}
	}
	if e.provider {
		f.button = d.providerName()
	}
	page := ui.Page{Title: x.P.T(e.key + ".title"), Lede: x.P.T(e.key + ".lede"), Compact: true,
		Crumbs: []ui.Link{{Label: x.P.T("signin.title"), Href: "/signin"}, {Label: x.P.T(e.key + ".title"), Current: true}}}
	return x.PageStatus(status, page, choosePage(x.P, f))
}

func (e errand) take(d *Desk) web.Handler {
	return func(x *web.Exchange) error {
		form, err := x.Form("ticket", "password")
		if err != nil {
			return err
		}
		token, err := e.choose(x.Context(), form.Get("ticket"), form.Get("password"), d.visit(x))
		if err != nil && fault.KindOf(err) == fault.Invalid {
			return e.page(d, x, http.StatusUnprocessableEntity, form.Get("ticket"), fieldErrors(x, fault.From(err)))
		}
		if err != nil {
			return err
		}
		return d.admit(x, token, "/staff/me")
	}
}

func (d *Desk) pageForgotten(x *web.Exchange) error { return d.showForgotten(x, false) }

func (d *Desk) showForgotten(x *web.Exchange, asked bool) error {
	page := ui.Page{Title: x.P.T("forgotten.title"), Lede: x.P.T("forgotten.lede"), Compact: true,
		Crumbs: []ui.Link{{Label: x.P.T("signin.title"), Href: "/signin"}, {Label: x.P.T("forgotten.title"), Current: true}}}
	return x.Page(page, forgottenPage(x.P, asked, d.Auth.Posts()))
}

// formForgotten answers the same whatever was typed, and before anybody looks.
func (d *Desk) formForgotten(x *web.Exchange) error {
	form, err := x.Form("name")
	if err != nil {
		return err
	}
	if err := d.Auth.MayAskReset(d.visit(x)); err != nil {
		return err
	}
	typed := []rune(form.Get("name"))
	err = d.DB.Write(x.Context(), func(tx *db.Tx) error {
		_, err := d.Jobs.Enqueue(tx, jobs.Spec{Kind: ResetJob, Payload: Forgotten{Typed: string(typed[:min(len(typed), 320)])}})
		return err
	})
	if err != nil {
		return err
	}
	return d.showForgotten(x, true)
}
