package app

import (
	"bufio"
	"fmt"
	"maps"
	"slices"
	"strings"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/fault"
)

func runUser(c *call) error {
	c.config.flags(c.flags, c.env)
	u := userFlags{}
	c.flags.StringVar(&u.name, "name", "", "full name")
	c.flags.StringVar(&u.email, "email", "", "e-mail address")
	c.flags.StringVar(&u.role, "role", "agent", "role: agent, registrar, accountant, analyst, auditor, admin")
	c.flags.StringVar(&u.body, "body", "", "reference of the body for which the role is held; empty for the whole house")
	c.flags.StringVar(&u.domain, "domain", "", "domain for which the role is held; empty for all")
	c.flags.StringVar(&u.mandate, "mandate", "", "reference of the mandate by which the role is held; it ends with it")
	c.flags.StringVar(&u.scopes, "scopes", "write", "what the token may do: read, write, read:DOMAIN, write:DOMAIN, with commas between")
	c.flags.StringVar(&u.from, "from", "", "first day of the role, YYYY-MM-DD")
	c.flags.StringVar(&u.until, "until", "", "last day of the role or token, YYYY-MM-DD; of a role taken away, yesterday when absent")
	c.flags.StringVar(&u.label, "label", "command line", "what the token is for")
	c.flags.StringVar(&c.config.URL, "url", c.env["BEFFROI_URL"], "public address, before the link of an invitation (BEFFROI_URL)")
	if err := c.parse(); err != nil {
		return err
	}
	if len(c.args) == 0 || len(c.args) < 2 && c.args[0] != "list" {
		return c.usage("user needs a verb and a user name, for example: user add j.exemple --name 'J. Exemple' --email j@example.org")
	}
	h, err := c.open()
	if err != nil {
		return err
	}
	defer h.Close()
	return h.user(c, u)
}

type userFlags struct{ name, email, role, body, domain, from, until, label, mandate, scopes string }

func (u userFlags) grant() (g auth.Grant, err error) {
	g = auth.Grant{Role: auth.Role(u.role), Body: u.body, Domain: u.domain, Mandate: u.mandate}
	if u.from != "" {
		if g.Period.From, err = calendar.Parse(u.from); err != nil {
			return g, badDate("from", u.from)
		}
	}
	if u.until != "" {
		if g.Period.To, err = calendar.Parse(u.until); err != nil {
			return g, badDate("until", u.until)
		}
	}
	return g, nil
}

func badDate(name, value string) error {
	return fault.Bad(name, value, "param.date", fault.Args{"name": name, "value": value})
}

// userCommand is one verb on one account.
type userCommand struct {
	*call
	house *House
	actor auth.Actor
	name  string
	flags userFlags
	grant auth.Grant // as the flags tell
}

// userVerbs are what can be done to an account.
var userVerbs = map[string]func(userCommand) error{
	"add": func(u userCommand) error {
		password, err := readPassword(u.call)
		if err != nil {
			return err
		}
		return u.house.Auth.Create(u.ctx, u.actor, auth.NewAccount{Username: u.name, Name: u.flags.name, Email: u.flags.email, Password: password, Grants: []auth.Grant{u.grant}})
	},
	"grant": func(u userCommand) error { return u.house.Auth.Grant(u.ctx, u.actor, u.name, u.grant) },
	"revoke": func(u userCommand) error {
		return u.house.Auth.Revoke(u.ctx, u.actor, u.name, u.grant.Role, u.grant.Period.To)
	},
	"close": func(u userCommand) error { return u.house.Auth.SetActive(u.ctx, u.actor, u.name, false) },
	"open":  func(u userCommand) error { return u.house.Auth.SetActive(u.ctx, u.actor, u.name, true) },
	"password": func(u userCommand) error {
		password, err := readPassword(u.call)
		if err != nil {
			return err
		}
		return u.house.Auth.SetPassword(u.ctx, u.actor, u.name, password)
	},
	"codes-off": func(u userCommand) error { return u.house.Auth.EndCodes(u.ctx, u.actor, u.name) },
	"token":     userCommand.token,
	"tokens":    userCommand.tokens,
}

func (h *House) user(c *call, flags userFlags) error {
	u := userCommand{call: c, house: h, actor: auth.System("command-line"), flags: flags}
	var err error
	if u.grant, err = flags.grant(); err != nil {
		return err
	}
	if c.args[0] == "list" {
		return h.listUsers(c, u.actor)
	}
	verb := userVerbs[c.args[0]]
	if verb == nil {
		return c.usage("user has no verb %q: there are list, %s", c.args[0], strings.Join(slices.Sorted(maps.Keys(userVerbs)), ", "))
	}
	u.name = c.args[1]
	return verb(u)
}

// invite opens an account, or invites its holder again, and prints the link once.
func (u userCommand) invite() (err error) {
	link := ""
	if u.flags.email == "" {
		link, err = u.house.Auth.InviteAgain(u.ctx, u.actor, u.name)
	} else {
		link, err = u.house.Auth.Invite(u.ctx, u.actor, auth.NewAccount{Username: u.name, Name: u.flags.name, Email: u.flags.email, Grants: []auth.Grant{u.grant}})
	}
	if err == nil {
		fmt.Fprintln(u.Out, strings.TrimSuffix(u.config.URL, "/")+link)
	}
	return err
}

// token prints a new token, once.
func (u userCommand) token() error {
	until := u.grant.Period.To
	if until.IsZero() {
		until = clock.Today(u.house.DB.Clock()).AddDays(30)
	}
	scopes, err := auth.ParseScopes(u.flags.scopes)
	if err != nil {
		return err
	}
	token, err := u.house.Auth.IssueToken(u.ctx, u.actor, u.name, u.flags.label, until, scopes...)
	if err == nil {
		fmt.Fprintln(u.Out, token)
	}
	return err
}

// tokens lists what opens the API in the name of an account.
func (u userCommand) tokens() error {
	list, err := u.house.Auth.Tokens(u.ctx, u.actor, u.name)
	for _, t := range list {
		fmt.Fprintf(u.Out, "%s\t%s\t%v\t%s\n", t.Ref, t.Label, t.Scopes, t.Expires.Format("2006-01-02"))
	}
	return err
}

// listUsers prints each account with the roles that it holds today.
func (h *House) listUsers(c *call, actor auth.Actor) error {
	list, err := h.Auth.List(c.ctx, actor)
	if err != nil {
		return err
	}
	today := clock.Today(h.DB.Clock())
	for _, a := range list {
		var roles []string
		for _, g := range a.Grants {
			if g.Period.Contains(today) {
				roles = append(roles, string(g.Role))
			}
		}
		fmt.Fprintf(c.Out, "%s\t%s\t%s\tactive=%t\t%s\n", a.Username, a.Name, a.Email, a.Active, strings.Join(roles, ","))
	}
	return nil
}

// readPassword takes the password from BEFFROI_PASSWORD or from one line of
// standard input: never from an argument, which other users of the machine see.
func readPassword(c *call) (string, error) {
	if p := c.env["BEFFROI_PASSWORD"]; p != "" {
		return p, nil
	}
	fmt.Fprint(c.Err, "Password (one line): ")
	line, err := bufio.NewReader(c.In).ReadString('\n')
	if err != nil && line == "" {
		return "", fault.New(fault.Invalid, "password.missing", nil)
	}
	return strings.TrimRight(line, "\r\n"), nil
}
