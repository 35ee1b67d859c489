package staff

import (
	"net/http"
	"strings"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

func roleOptions(x *web.Exchange) []ui.Option {
	var list []ui.Option
	for _, r := range auth.Roles() {
		list = append(list, ui.Option{Value: string(r), Label: x.P.T("role." + string(r))})
	}
	return list
}

// languageOptions name each language in itself.
func languageOptions() []ui.Option {
	return []ui.Option{{Value: "fr", Label: "Français"}, {Value: "nl", Label: "Nederlands"}, {Value: "en", Label: "English"}}
}

func accountTable(x *web.Exchange, list []auth.Account, may bool) *ui.DataTable {
	p := x.P
	columns := []ui.Column{{Label: p.T("signin.username"), RowHeader: true}, {Label: p.T("account.name")}, {Label: p.T("account.grants")}, {Label: p.T("account.state")}}
	if may {
		columns = append(columns, ui.Column{Label: p.T("account.verbs")})
	}
	t := ui.NewTable(p.T("account.title"), columns...).HideCaption()
	for _, a := range list {
		state := ui.Body(ui.Tag(ui.OnTime, p.T("account.active")))
		if !a.Active {
			state = ui.Body(ui.Tag(ui.Stopped, p.T("account.closed")))
		}
		cells := []ui.Cell{ui.LinkTo(a.Username, "/history/account/"+a.Username), ui.Text(a.Name), ui.Text(grantTexts(p, a.Grants)), state}
		if may {
			cells = append(cells, ui.Body(accountVerbs(x, a)))
		}
		t.Row(cells...)
	}
	return t
}

// exportAccounts gives a line for each role of each account.
func exportAccounts(x *web.Exchange, list []auth.Account) error {
	columns := []sheet.Column{{Title: "username"}, {Title: "name", Width: 30}, {Title: "email", Width: 30}, {Title: "active"}, {Title: "role"},
		{Title: "body"}, {Title: "domain"}, {Title: "from"}, {Title: "to"}, {Title: "mandate"}}
	return x.Sheet("accounts", columns, func(yield func([]any, error) bool) {
		for _, a := range list {
			grants := a.Grants
			if grants == nil {
				grants = []auth.Grant{{}}
			}
			for _, g := range grants {
				if !yield([]any{a.Username, a.Name, a.Email, a.Active, string(g.Role), g.Body, g.Domain, g.Period.From.String(), g.Period.To.String(), g.Mandate}, nil) {
					return
				}
			}
		}
	})
}

// i18n: account.invited

// accountForm is what was typed into the form of a new account.
type accountForm struct {
	username, name, email, role, body, domain, from, to, mandate string
	errs                                                         []ui.FieldError
	link                                                         string // of an invitation, shown this once
}

func (d *Desk) pageAccounts(x *web.Exchange) error {
	return d.showAccounts(x, http.StatusOK, accountForm{role: string(auth.Agent)})
}

func (d *Desk) showAccounts(x *web.Exchange, status int, f accountForm) error {
	list, err := d.Auth.List(x.Context(), x.Actor)
	if err != nil {
		return err
	}
	if x.Exporting() {
		return exportAccounts(x, list)
	}
	page := ui.Page{Title: x.P.T("account.title"), Lede: x.P.T("account.lede"), Compact: true,
		Crumbs: []ui.Link{{Label: x.P.T("menu.desk"), Href: "/staff"}, {Label: x.P.T("menu.accounts"), Current: true}}}
	return x.PageStatus(status, page, accountsPage(x, list, f, auth.Manage.Gate(x.Actor) == nil))
}

func (d *Desk) formAccount(x *web.Exchange) error {
	form, err := x.Form("username", "name", "email", "password", "role", "body", "domain", "from", "to", "mandate", "language")
	if err != nil {
		return err
	}
	f := accountForm{username: form.Get("username"), name: form.Get("name"), email: form.Get("email"), role: form.Get("role"),
		body: form.Get("body"), domain: form.Get("domain"), from: form.Get("from"), to: form.Get("to"), mandate: form.Get("mandate")}
	grant, err := f.grant()
	if err == nil {
		n := auth.NewAccount{Username: f.username, Name: f.name, Email: f.email, Language: form.Get("language"), Password: form.Get("password"), Grants: []auth.Grant{grant}}
		if n.Password != "" {
			err = d.Auth.Create(x.Context(), x.Actor, n)
		} else if f.link, err = d.Auth.Invite(x.Context(), x.Actor, n); err == nil {
			return d.invited(x, f.link)
		}
	}
	if fault.KindOf(err) == fault.Invalid && err != nil {
		f.errs = fieldErrors(x, fault.From(err))
		return d.showAccounts(x, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	x.Flash("account.created")
	return x.Redirect("/staff/accounts")
}

// invited says that a letter has left or, without a post, shows the link to hand over.
func (d *Desk) invited(x *web.Exchange, link string) error {
	if d.Auth.Posts() {
		x.Flash("account.invited")
		return x.Redirect("/staff/accounts")
	}
	return d.showAccounts(x, http.StatusOK, accountForm{role: string(auth.Agent), link: strings.TrimSuffix(d.URL, "/") + link})
}

func (f accountForm) grant() (auth.Grant, error) {
	g := auth.Grant{Role: auth.Role(f.role), Body: f.body, Domain: f.domain, Mandate: f.mandate}
	var faults fault.Fields
	var err error
	for name, field := range map[string]*calendar.Date{"from": &g.Period.From, "to": &g.Period.To} {
		value := map[string]string{"from": f.from, "to": f.to}[name]
		if value == "" {
			continue
		}
		if *field, err = calendar.Parse(value); err != nil {
			faults.Add(name, value, "param.date", fault.Args{"name": name, "value": value})
		}
	}
	return g, faults.Err()
}

// formAccountChange gives or ends a role, or opens or closes the account.
func (d *Desk) formAccountChange(x *web.Exchange) error {
	form, err := x.Form("do", "role", "body", "domain", "from", "to", "mandate")
	if err != nil {
		return err
	}
	username, role := x.Path("username"), auth.Role(form.Get("role"))
	switch form.Get("do") {
	case "grant":
		f := accountForm{role: form.Get("role"), body: form.Get("body"), domain: form.Get("domain"), from: form.Get("from"), to: form.Get("to"), mandate: form.Get("mandate")}
		var g auth.Grant
		if g, err = f.grant(); err == nil {
			err = d.Auth.Grant(x.Context(), x.Actor, username, g)
		}
	case "revoke":
		err = d.Auth.Revoke(x.Context(), x.Actor, username, role, calendar.Date{})
	case "codes-off":
		err = d.Auth.EndCodes(x.Context(), x.Actor, username)
	case "invite":
		link, err := d.Auth.InviteAgain(x.Context(), x.Actor, username)
		if err != nil {
			return err
		}
		return d.invited(x, link)
	case "close":
		err = d.Auth.SetActive(x.Context(), x.Actor, username, false)
	case "open":
		err = d.Auth.SetActive(x.Context(), x.Actor, username, true)
	default:
		err = fault.New(fault.BadRequest, "form.choice", fault.Args{"name": "do", "value": form.Get("do")})
	}
	if err != nil {
		return err
	}
	x.Flash("account.changed")
	return x.Redirect("/staff/accounts")
}

// formView lets an administrator look through another's account.
func (d *Desk) formView(x *web.Exchange) error {
	form, err := x.Form("reason")
	if err != nil {
		return err
	}
	token, err := d.Auth.View(x.Context(), x.Actor, x.Path("username"), form.Get("reason"))
	if err != nil {
		return err
	}
	d.setCookie(x, d.cookie(), token, "/", 0)
	return x.Redirect("/staff")
}

func (d *Desk) formViewEnd(x *web.Exchange) error {
	if _, err := x.Form(); err != nil {
		return err
	}
	token, err := d.Auth.EndView(x.Context(), x.Actor)
	if err != nil {
		return err
	}
	d.setCookie(x, d.cookie(), token, "/", 0)
	return x.Redirect("/staff/accounts")
}
