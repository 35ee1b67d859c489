package app

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

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
		{name: "files", args: "list|add|get|remove|restore|sweep|verify", summary: "keep the files that things carry, and prove their bytes", run: runFiles},
		{name: "plan", args: "import|export|schedule|diff", summary: "bring strategic plans in and out, compare two days, measure a critical path", run: runPlan},
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
		{name: "mail", args: "test ADDRESS|bounce", summary: "post a trial letter, or record a letter sent back, from standard input", run: runMail},
		{name: "doctor", summary: "check database, audit, ledger, search and mail", run: runDoctor},
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

// open opens the house for a command, over a database that is there and up to
// date: only serve, demo, migrate, import and restore make one.
func (c *call) open() (*House, error) {
	if c.config.Log == "text" {
		c.config.Log = "off" // a command speaks for itself
	}
	d, err := c.source()
	if err != nil {
		return nil, err
	}
	pending, err := d.Pending(c.ctx, Schemas())
	if err == nil && len(pending) > 0 {
		err = behind(pending)
	}
	if err != nil {
		_ = d.Close()
		return nil, err
	}
	return furnish(c.ctx, d, c.config, c.Err)
}

// begin is open for a command with which a province may begin: where there is no
// database yet it makes one, and says so, in case its address was mistyped.
func (c *call) begin() (*House, error) {
	if !c.config.absent() {
		return c.open()
	}
	if c.config.Log == "text" {
		c.config.Log = "off"
	}
	h, err := Open(c.ctx, c.config, clock.System(), c.Err)
	if err == nil {
		fmt.Fprintf(c.Err, "new database: %s\n", c.config.file())
	}
	return h, err
}

func behind(pending []db.Step) error {
	return fault.New(fault.Unavailable, "db.notready", fault.Args{"n": int64(len(pending))})
}

// scratch lends f a house of no data, for what does not depend on any.
func (c *call) scratch(f func(*House) error) error {
	dir, err := os.MkdirTemp("", "beffroi-scratch-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	c.config.DB, c.config.Log = "sqlite:"+filepath.Join(dir, "scratch.db"), "off"
	h, err := Open(c.ctx, c.config, clock.System(), c.Err)
	if err != nil {
		return err
	}
	defer h.Close()
	return f(h)
}

func runAccess(c *call) error {
	c.config.flags(c.flags, c.env)
	if err := c.parse(); err != nil {
		return err
	}
	return c.scratch(func(h *House) error {
		_, err := io.WriteString(c.Out, AccessMatrix(h.Routes))
		return err
	})
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
	return c.scratch(func(h *House) error {
		doc, err := web.OpenAPI(h.Routes, "Beffroi", c.version, calls()...)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.Out, "%s\n", doc)
		return err
	})
}
