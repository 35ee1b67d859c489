package app

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
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
		{name: "migrate", summary: "bring the schema of the database up to date", run: runMigrate},
		{name: "backup", summary: "save the database into one verified archive, while the platform runs", run: runBackup},
		{name: "restore", args: "ARCHIVE", summary: "fill a new database from an archive, on either engine", run: runRestore},
		{name: "drill", args: "ARCHIVE", summary: "restore an archive into a scratch place, check and time it, remove it", run: runDrill},
		{name: "db", args: "copy", summary: "copy the database to another engine, with proof that nothing was lost", run: runDB},
		{name: "audit", args: "verify|checkpoint", summary: "prove the audit, or sign a checkpoint to be kept outside", run: runAudit},
		{name: "user", args: "VERB [NAME]", summary: "keep accounts and roles", run: runUser},
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
