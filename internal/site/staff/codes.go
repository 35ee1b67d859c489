package staff

import (
	"net/http"

	"github.com/a-h/templ"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/auth/totp"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/svg"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// i18n: codes.ended

// house is the name under which an authenticator keeps its secret.
const house = "Beffroi"

// waysIn are the means of signing in, with their state.
func waysIn(p *i18n.Printer, v meView) []ui.Item {
	codes := ui.Item{Title: p.T("codes.title"), Href: "/staff/me/codes", Meta: p.T("codes.sub"), State: ui.Neutral, Word: p.T("me.off")}
	if v.codes.On {
		codes.State, codes.Word = ui.OnTime, p.T("me.on")
	}
	keys := ui.Item{Title: p.T("passkey.title"), Href: "/staff/me/passkeys", Meta: p.T("passkey.sub"), State: ui.Neutral, Word: p.T("me.off")}
	if len(v.passkeys) > 0 {
		keys.State, keys.Word = ui.OnTime, p.N("passkey.count", int64(len(v.passkeys)))
	}
	return []ui.Item{keys, {Title: p.T("password.title"), Href: "/staff/password", Meta: p.T("me.password.sub")}, codes}
}

// codesView is what the page of codes shows.
type codesView struct {
	auth.Codes
	picture  templ.Component // QR code of a secret that waits for its first code
	typed    string          // the same, to be typed
	problem  string
	recovery []string // shown this once
}

// pageCodes turns the codes of an authenticator on and off.
func (d *Desk) pageCodes(x *web.Exchange) error {
	return d.showCodes(x, http.StatusOK, codesView{})
}

func (d *Desk) showCodes(x *web.Exchange, status int, v codesView) (err error) {
	if v.Codes, err = d.Auth.MyCodes(x.Context(), x.Actor); err != nil {
		return err
	}
	if v.Secret != "" {
		v.typed = totp.Grouped(v.Secret)
		if v.picture, err = svg.QR(totp.URI(house, x.Actor.Username, v.Secret), x.P.T("codes.picture")); err != nil {
			return err
		}
	}
	page := ui.Page{Title: x.P.T("codes.title"), Lede: x.P.T("codes.lede"), Compact: true, Crumbs: meCrumbs(x, x.P.T("codes.title"))}
	return x.PageStatus(status, page, codesPage(x, v))
}

func (d *Desk) formCodes(x *web.Exchange) error {
	form, err := x.Form("do", "code")
	if err != nil {
		return err
	}
	var recovery []string
	switch form.Get("do") {
	case "begin":
		if err := d.Auth.BeginCodes(x.Context(), x.Actor); err != nil {
			return err
		}
		return x.Redirect("/staff/me/codes")
	case "confirm":
		recovery, err = d.Auth.ConfirmCodes(x.Context(), x.Actor, form.Get("code"))
	case "renew":
		recovery, err = d.Auth.RenewRecovery(x.Context(), x.Actor)
	case "end":
		if err := d.Auth.EndCodes(x.Context(), x.Actor, x.Actor.Username); err != nil {
			return err
		}
		x.Flash("codes.ended")
		return x.Redirect("/staff/me")
	default:
		err = fault.New(fault.BadRequest, "form.choice", fault.Args{"name": "do", "value": form.Get("do")})
	}
	if err != nil && fault.KindOf(err) == fault.Invalid {
		return d.showCodes(x, http.StatusUnprocessableEntity, codesView{problem: fieldErrors(x, fault.From(err))[0].Text})
	}
	if err != nil {
		return err
	}
	return d.showCodes(x, http.StatusOK, codesView{recovery: recovery})
}
