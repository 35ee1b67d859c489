package app

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/web"
)

// commands lists every command, in the order of the help.
func commands() []command {
	return []command{
		{name: "serve", summary: "run the platform", run: runServe},
		{name: "demo", summary: "run the platform with the demonstration pack", run: runDemo},
		{name: "import", args: "KIND FILE", summary: "bring in a file: territory, boundaries, postal, bodies, missions, projects, series, ledger", run: runImport},
		{name: "export", args: "KIND", summary: "write out communes, bodies, missions, projects, keys, ledger, balance or boundaries", run: runExport},
		{name: "files", args: "list|add|get|remove|restore|sweep|verify", summary: "keep the files that things carry, and prove their bytes", run: runFiles},
		{name: "migrate", summary: "bring the schema of the database up to date", run: runMigrate},
		{name: "backup", summary: "save the database into one verified archive, while the platform runs", run: runBackup},
		{name: "restore", args: "ARCHIVE", summary: "fill a new database from an archive, on either engine", run: runRestore},
		{name: "drill", args: "ARCHIVE", summary: "restore an archive into a scratch place, check and time it, remove it", run: runDrill},
		{name: "db", args: "copy", summary: "copy the database to another engine, with proof that nothing was lost", run: runDB},
		{name: "audit", args: "verify|checkpoint", summary: "prove the audit, or sign a checkpoint to be kept outside", run: runAudit},
		{name: "user", args: "add|list|grant|revoke|password|close|open|token", summary: "keep accounts and roles", run: runUser},
		{name: "search", args: "rebuild", summary: "make the index of the search anew", run: runSearch},
		{name: "webhook", args: "list|kinds|add|test|pause|resume|delete|deliveries|replay", summary: "keep whom the platform tells what changes", run: runWebhook},
		{name: "privacy", args: "due|run|show|export|erase|withdraw|hold|release|ledger", summary: "what has had its time, what people ask for, what is held", run: runPrivacy},
		{name: "keys", args: "list|rotate|make|rewrap", summary: "keys of the columns that are kept encrypted", run: runKeys},
		{name: "doctor", summary: "check database, audit, ledger, search and keys", run: runDoctor},
		{name: "access", summary: "print who may do what, route by route", run: runAccess},
		{name: "openapi", summary: "print the OpenAPI document of the JSON API", run: runOpenAPI},
		{name: "version", summary: "print the version", run: runVersion},
	}
}

func runVersion(c *call) error {
	if err := c.parse(); err != nil {
		return err
	}
	fmt.Fprintln(c.Out, "beffroi", c.version)
	return nil
}

// open reads the shared flags and opens the house for a command.
func (c *call) open() (*House, error) {
	if c.config.Log == "text" {
		c.config.Log = "off" // a command speaks for itself
	}
	return Open(c.ctx, c.config, clock.System(), c.Err)
}

func runAccess(c *call) error {
	c.config.flags(c.flags, c.env)
	if err := c.parse(); err != nil {
		return err
	}
	h, err := c.open()
	if err != nil {
		return err
	}
	defer h.Close()
	_, err = io.WriteString(c.Out, AccessMatrix(h.Routes))
	return err
}

// AccessMatrix prints each route with its rule and, for each role, whether the
// route lets it in: yes, sign-in (401 or a redirect) or no (403). Roles held for
// one body or domain are narrowed further by the verb, object by object.
func AccessMatrix(routes *web.Routes) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-6s %-52s %-22s %-8s", "method", "path", "rule", "anybody")
	for _, r := range auth.Roles() {
		fmt.Fprintf(&b, " %-10s", r)
	}
	b.WriteByte('\n')
	for _, r := range routes.List() {
		fmt.Fprintf(&b, "%-6s %-52s %-22s %-8s", r.Method, r.Pattern, r.Rule.Name, word(r.Rule.Gate(auth.Actor{})))
		for _, role := range auth.Roles() {
			fmt.Fprintf(&b, " %-10s", word(r.Rule.Gate(auth.Actor{Username: "x", Grants: []auth.Grant{{Role: role}}})))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func word(err error) string {
	switch {
	case err == nil:
		return "yes"
	case fault.KindOf(err) == fault.Unauthenticated:
		return "sign-in"
	}
	return "no"
}

func runOpenAPI(c *call) error {
	c.config.flags(c.flags, c.env)
	if err := c.parse(); err != nil {
		return err
	}
	h, err := c.open()
	if err != nil {
		return err
	}
	defer h.Close()
	doc, err := web.OpenAPI(h.Routes, "Beffroi", c.version, calls()...)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.Out, "%s\n", doc)
	return err
}

// runDoctor checks what can go wrong unseen.
func runDoctor(c *call) error {
	c.config.flags(c.flags, c.env)
	if err := c.parse(); err != nil {
		return err
	}
	h, err := c.open()
	if err != nil {
		return err
	}
	defer h.Close()
	bad := 0
	check := func(name string, f func() (string, error)) {
		told, err := f()
		if err != nil {
			bad++
			fmt.Fprintf(c.Out, "FAIL  %-10s %v\n", name, err)
			return
		}
		fmt.Fprintf(c.Out, "ok    %-10s %s\n", name, told)
	}
	check("database", func() (string, error) { return string(h.DB.Engine()), h.parameters(c) })
	check("schema", func() (string, error) {
		pending, err := h.DB.Pending(c.ctx, Schemas())
		return fmt.Sprintf("%d steps missing", len(pending)), err
	})
	check("audit", func() (told string, err error) {
		err = h.DB.Read(c.ctx, func(tx *db.Tx) error {
			n, err := audit.Verify(tx)
			told = fmt.Sprintf("%d entries, tree intact", n)
			return err
		})
		return told, err
	})
	check("ledger", func() (string, error) {
		broken, err := h.Ledger.Verify(c.ctx)
		if err == nil && len(broken) > 0 {
			err = errors.New(strings.Join(broken, "; "))
		}
		return "communes and unallocated add up to the total, to the cent", err
	})
	check("search", func() (string, error) {
		if err := h.Finder.Follow(c.ctx); err != nil {
			return "", err
		}
		n, wrong, err := h.Finder.Verify(c.ctx)
		if err == nil && len(wrong) > 0 {
			err = errors.New(strings.Join(wrong, "; ") + " (remedy: beffroi search rebuild)")
		}
		return fmt.Sprintf("%d documents, as the rooms say", n), err
	})
	check("keys", func() (told string, err error) {
		err = h.DB.Read(c.ctx, func(tx *db.Tx) error {
			n, err := h.Secrets.Check(tx)
			told = fmt.Sprintf("%d keys of sealed columns open", n)
			return err
		})
		return told, err
	})
	check("files", func() (string, error) { return h.Files.Health(c.ctx) })
	check("clock", func() (string, error) { return h.DB.Clock().Now().Format("2006-01-02 15:04:05 UTC"), nil })
	if bad > 0 {
		return fault.New(fault.Conflict, "doctor", fault.Args{"n": int64(bad)})
	}
	return nil
}

// parameters makes sure that the engine binds $2 before $1 by number.
func (h *House) parameters(c *call) error {
	return h.DB.Read(c.ctx, func(tx *db.Tx) error {
		got, _, err := db.One(tx, db.Value[string], "SELECT CAST($2 AS TEXT) || CAST($1 AS TEXT)", "b", "a")
		if err == nil && got != "ab" {
			err = fmt.Errorf("parameters are bound by position, not by number")
		}
		return err
	})
}

func runUser(c *call) error {
	c.config.flags(c.flags, c.env)
	u := userFlags{}
	c.flags.StringVar(&u.name, "name", "", "full name")
	c.flags.StringVar(&u.email, "email", "", "e-mail address")
	c.flags.StringVar(&u.role, "role", "agent", "role: agent, registrar, accountant, analyst, auditor, admin")
	c.flags.StringVar(&u.body, "body", "", "reference of the body for which the role is held; empty for the whole house")
	c.flags.StringVar(&u.domain, "domain", "", "domain for which the role is held; empty for all")
	c.flags.StringVar(&u.from, "from", "", "first day of the role, YYYY-MM-DD")
	c.flags.StringVar(&u.until, "until", "", "last day of the role or token, YYYY-MM-DD")
	c.flags.StringVar(&u.label, "label", "command line", "what the token is for")
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

type userFlags struct{ name, email, role, body, domain, from, until, label string }

func (u userFlags) grant() (g auth.Grant, err error) {
	g = auth.Grant{Role: auth.Role(u.role), Body: u.body, Domain: u.domain}
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

func (h *House) user(c *call, u userFlags) error {
	actor := auth.System("command-line")
	g, err := u.grant()
	if err != nil {
		return err
	}
	if c.args[0] == "list" {
		return h.listUsers(c, actor)
	}
	name := c.args[1]
	switch c.args[0] {
	case "add":
		password, err := readPassword(c)
		if err != nil {
			return err
		}
		return h.Auth.Create(c.ctx, actor, auth.NewAccount{Username: name, Name: u.name, Email: u.email, Password: password, Grants: []auth.Grant{g}})
	case "grant":
		return h.Auth.Grant(c.ctx, actor, name, g)
	case "revoke":
		return h.Auth.Revoke(c.ctx, actor, name, g.Role)
	case "close", "open":
		return h.Auth.SetActive(c.ctx, actor, name, c.args[0] == "open")
	case "password":
		password, err := readPassword(c)
		if err != nil {
			return err
		}
		return h.Auth.SetPassword(c.ctx, actor, name, password)
	case "token":
		until := g.Period.To
		if until.IsZero() {
			until = clock.Today(h.DB.Clock()).AddDays(30)
		}
		token, err := h.Auth.IssueToken(c.ctx, actor, name, u.label, until)
		if err == nil {
			fmt.Fprintln(c.Out, token)
		}
		return err
	}
	return c.usage("user has no verb %q", c.args[0])
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
