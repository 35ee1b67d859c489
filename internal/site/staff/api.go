package staff

import (
	"net/http"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/web"
)

// AccountJSON opens an account.
type AccountJSON struct {
	Username string       `json:"username"`
	Name     string       `json:"name"`
	Email    string       `json:"email"`
	Language string       `json:"language,omitempty"` // fr when absent
	Password string       `json:"password,omitempty"` // its holder is invited to choose one when absent
	Grants   []auth.Grant `json:"grants,omitempty"`
}

// ActiveJSON opens an account again, or closes it.
type ActiveJSON struct {
	Active bool `json:"active"`
}

// EndJSON ends a role after its last day, yesterday when absent.
type EndJSON struct {
	Role auth.Role     `json:"role"`
	Last calendar.Date `json:"last,omitzero"`
}

// apiRoutes registers accounts and roles for programs.
func (d *Desk) apiRoutes(r *web.Routes) {
	sample := map[string]string{"username": "demo-agent"}
	add := func(method, pattern string, rule auth.Rule, h web.Handler, summary string, body, returns any) {
		route := web.Route{Method: method, Pattern: "/api/v1/accounts" + pattern, Kind: web.APIRoute, Rule: rule, Handle: h, Summary: summary, Body: body, Returns: returns}
		if pattern != "" {
			route.Sample = sample
		}
		r.Add(route)
	}
	add(http.MethodGet, "", account, d.apiAccounts, "List the accounts with their roles", nil, web.Rows[auth.Account]{})
	add(http.MethodPost, "", auth.Manage, d.apiCreate, "Open an account", AccountJSON{}, auth.Account{})
	add(http.MethodGet, "/{username}", account, d.apiAccount, "Get one account with its roles", nil, auth.Account{})
	add(http.MethodPut, "/{username}/active", auth.Manage, d.apiActive, "Close an account, which ends its sessions and tokens, or open it again", ActiveJSON{}, auth.Account{})
	add(http.MethodPost, "/{username}/grants", auth.Manage, d.apiGrant, "Give a role between two days, or for as long as a mandate lasts", auth.Grant{}, auth.Account{})
	add(http.MethodPost, "/{username}/grants/end", auth.Manage, d.apiRevoke, "End a role", EndJSON{}, auth.Account{})
}

func (d *Desk) apiAccounts(x *web.Exchange) error {
	list, err := d.Auth.List(x.Context(), x.Actor)
	if err != nil {
		return err
	}
	return x.JSON(web.Rows[auth.Account]{Items: list})
}

func (d *Desk) apiAccount(x *web.Exchange) error {
	return d.answer(x, http.StatusOK, x.Path("username"))
}

// answer shows an account as it is now.
func (d *Desk) answer(x *web.Exchange, status int, username string) error {
	a, err := d.Auth.Get(x.Context(), x.Actor, username)
	if err != nil {
		return err
	}
	return x.JSONStatus(status, a)
}

func (d *Desk) apiCreate(x *web.Exchange) error {
	var body AccountJSON
	if err := x.Decode(&body); err != nil {
		return err
	}
	var err error
	if n := auth.NewAccount(body); n.Password == "" {
		_, err = d.Auth.Invite(x.Context(), x.Actor, n)
	} else {
		err = d.Auth.Create(x.Context(), x.Actor, n)
	}
	if err != nil {
		return err
	}
	return d.answer(x, http.StatusCreated, body.Username)
}

func (d *Desk) apiActive(x *web.Exchange) error {
	var body ActiveJSON
	if err := x.Decode(&body); err != nil {
		return err
	}
	if err := d.Auth.SetActive(x.Context(), x.Actor, x.Path("username"), body.Active); err != nil {
		return err
	}
	return d.answer(x, http.StatusOK, x.Path("username"))
}

func (d *Desk) apiGrant(x *web.Exchange) error {
	var body auth.Grant
	if err := x.Decode(&body); err != nil {
		return err
	}
	if err := d.Auth.Grant(x.Context(), x.Actor, x.Path("username"), body); err != nil {
		return err
	}
	return d.answer(x, http.StatusCreated, x.Path("username"))
}

func (d *Desk) apiRevoke(x *web.Exchange) error {
	var body EndJSON
	if err := x.Decode(&body); err != nil {
		return err
	}
	if err := d.Auth.Revoke(x.Context(), x.Actor, x.Path("username"), body.Role, body.Last); err != nil {
		return err
	}
	return d.answer(x, http.StatusOK, x.Path("username"))
}
