package app

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/personal"
	"beffroi/internal/platform/secret"
)

// privacyFlags are what the verbs of privacy may be told.
type privacyFlags struct{ out, reason, until string }

func runPrivacy(c *call) error {
	c.config.flags(c.flags, c.env)
	f := privacyFlags{}
	c.flags.StringVar(&f.out, "o", "", "export: file to write, a ZIP")
	c.flags.StringVar(&f.reason, "reason", "", "hold: why; the person will read it")
	c.flags.StringVar(&f.until, "until", "", "hold: last day, YYYY-MM-DD; until it is released when empty")
	if err := c.parse(); err != nil {
		return err
	}
	verbs := map[string]int{"due": 0, "run": 0, "show": 1, "export": 1, "erase": 1, "withdraw": 1, "hold": 1, "release": 1, "ledger": 0}
	if len(c.args) == 0 {
		return c.usage("privacy needs a verb: due, run, show PERSON, export PERSON, erase PERSON, withdraw NUMBER, hold KIND:KEY, release NUMBER, ledger.\nA PERSON is a user name, or holder:Name for who holds a mandate")
	}
	n, known := verbs[c.args[0]]
	if !known || len(c.args) != n+1 {
		return c.usage("privacy does not know %q", strings.Join(c.args, " "))
	}
	h, err := c.open()
	if err != nil {
		return err
	}
	defer h.Close()
	return h.privacy(c, f, c.args[0], append(c.args[1:], "")[0])
}

// privacy does one verb; what is its argument, "" when it takes none.
func (h *House) privacy(c *call, f privacyFlags, verb, what string) error {
	actor := auth.System("command-line")
	switch verb {
	case "due":
		return h.printDue(c, actor)
	case "run":
		gone, err := h.Personal.Retain(c.ctx, actor)
		for _, g := range gone {
			fmt.Fprintf(c.Out, "%8d  %s\n", g.Rows, g.Table)
		}
		return errors.Join(err, h.Personal.KeepLedger(c.ctx))
	case "ledger":
		return h.Personal.WriteLedger(c.ctx, c.Out)
	case "withdraw", "release":
		id, err := strconv.ParseInt(what, 10, 64)
		if err != nil {
			return c.usage("%s needs a number, not %q", verb, what)
		}
		if verb == "release" {
			return h.Personal.Release(c.ctx, actor, id)
		}
		return h.Personal.Withdraw(c.ctx, actor, id)
	}
	ref := object.Ref{Kind: personal.Account, Key: what}
	if strings.Contains(what, ":") {
		var err error
		if ref, err = object.Parse(what); err != nil {
			return fault.Bad("person", what, "privacy.person", fault.Args{"value": what})
		}
	}
	switch verb {
	case "hold":
		return h.hold(c, actor, ref, f)
	case "export":
		return h.exportPerson(c, actor, ref, f.out)
	case "erase":
		r, err := h.Personal.AskErasure(c.ctx, actor, ref)
		if err == nil {
			fmt.Fprintf(c.Out, "request %d: %s is erased by serve on %s; take it back with: privacy withdraw %[1]d\n", r.ID, ref, r.Due.Format("2006-01-02 15:04 UTC"))
		}
		return err
	}
	return h.showPerson(c, actor, ref)
}

func (h *House) printDue(c *call, actor auth.Actor) error {
	return h.DB.Read(c.ctx, func(tx *db.Tx) error {
		list, err := h.Personal.Due(tx, actor)
		w := tabwriter.NewWriter(c.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "table\tafter\tevent\trows\theld\toldest")
		for _, d := range list {
			oldest := "-"
			if !d.Oldest.IsZero() {
				oldest = d.Oldest.Format("2006-01-02 15:04")
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%s\n", d.Table, d.After, d.Event, d.Rows, d.Held, oldest)
		}
		return errors.Join(err, w.Flush())
	})
}

func (h *House) showPerson(c *call, actor auth.Actor, ref object.Ref) error {
	return h.DB.Read(c.ctx, func(tx *db.Tx) error {
		o, err := h.Personal.Overview(tx, actor, ref)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(c.Out, 0, 0, 2, ' ', 0)
		for _, k := range o.Holdings {
			fmt.Fprintf(w, "%s\t%d rows\t%s\t%s %s\n", k.Table, k.Rows, strings.Join(k.Data, ", "), k.End.How, k.End.Why)
		}
		for _, r := range o.Requests {
			fmt.Fprintf(w, "request %d\t%s\t%s\tdue %s\n", r.ID, r.Wish, r.State, r.Due.Format("2006-01-02 15:04 UTC"))
			list, err := r.Outcomes()
			if err != nil {
				return err
			}
			for _, u := range list {
				fmt.Fprintf(w, "  %s\t%d rows\t%s\t%s %s %s\n", u.Table, u.Rows, strings.Join(u.Columns, ", "), u.How, u.Why, strings.Join(u.Keys, " "))
			}
		}
		for _, k := range o.Holds {
			fmt.Fprintf(w, "hold %d\tby %s\t%s\n", k.ID, k.By, k.Reason)
		}
		return w.Flush()
	})
}

func (h *House) hold(c *call, actor auth.Actor, ref object.Ref, f privacyFlags) (err error) {
	hold := personal.Hold{Object: ref, Reason: f.reason}
	if f.until != "" {
		if hold.Until, err = calendar.Parse(f.until); err != nil {
			return badDate("until", f.until)
		}
	}
	id, err := h.Personal.Place(c.ctx, actor, hold)
	if err == nil {
		fmt.Fprintf(c.Out, "hold %d: %s stays; end it with: privacy release %[1]d\n", id, ref)
	}
	return err
}

// exportPerson writes the ZIP; a large one is made by serve, and fetched by the
// same command afterwards.
func (h *House) exportPerson(c *call, actor auth.Actor, ref object.Ref, out string) error {
	if out == "" {
		return c.usage("export needs a file to write, for example: privacy export c.exemple -o data.zip")
	}
	archive, r, err := h.Personal.Take(c.ctx, actor, ref)
	if err != nil {
		return err
	}
	if archive == nil {
		fmt.Fprintf(c.Out, "there is much: serve makes it as request %d; it waits on the person's page\n", r.ID)
		return nil
	}
	return os.WriteFile(out, archive, 0o600)
}

// replay erases again whom a restored archive brought back.
func (c *call) replay(path string) error {
	asked := path != ""
	if !asked {
		path = c.config.ledgerOfErasures()
	}
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) && !asked {
		fmt.Fprintf(c.Out, "no list of erasures at %s: who was erased since the archive is back; give the list with --erasures\n", path)
		return nil
	}
	if err != nil {
		return &fault.Error{Kind: fault.NotFound, Code: "file.open", Args: fault.Args{"value": path}, Err: err}
	}
	defer file.Close()
	lines, err := personal.ReadLedger(io.LimitReader(file, 1<<30))
	if err != nil {
		return err
	}
	h, err := c.open()
	if err != nil {
		return err
	}
	defer h.Close()
	n, err := h.Personal.Replay(c.ctx, auth.System("restore"), lines)
	if err == nil {
		fmt.Fprintf(c.Out, "%d erasures made since the archive done again\n", n)
	}
	return err
}

func runKeys(c *call) error {
	c.config.flags(c.flags, c.env)
	purpose := c.flags.String("purpose", "", "rotate: the purpose, for example health; every purpose when empty")
	if err := c.parse(); err != nil {
		return err
	}
	verb := strings.Join(c.args[:min(1, len(c.args))], "")
	files := map[string]int{"list": 0, "rotate": 0, "make": 1, "rewrap": 1}
	if n, known := files[verb]; !known || len(c.args) != n+1 {
		return c.usage("keys needs a verb: list, rotate [--purpose health], make FILE, rewrap NEWFILE")
	}
	if verb == "make" {
		return c.makeKey(c.args[1])
	}
	h, err := c.open()
	if err != nil {
		return err
	}
	defer h.Close()
	switch verb {
	case "rotate":
		return h.rotate(c, *purpose)
	case "rewrap":
		other, err := secret.ReadMaster(c.args[1])
		if err != nil {
			return err
		}
		return h.Secrets.Rewrap(c.ctx, auth.System("command-line"), other)
	}
	return h.listKeys(c)
}

// makeKey makes a master key in a new file; one that is there is not touched.
func (c *call) makeKey(path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fault.New(fault.Conflict, "file.exists", fault.Args{"value": path})
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	_, err := secret.MakeMaster(path)
	if err == nil {
		fmt.Fprintf(c.Out, "%s: keep a copy where neither the database nor its backups are; without it nothing sealed can be read\n", path)
	}
	return err
}

func (h *House) rotate(c *call, purpose string) error {
	purposes := []string{purpose}
	if purpose == "" {
		purposes = h.Secrets.Purposes()
	}
	for _, p := range purposes {
		if err := h.Secrets.Rotate(c.ctx, auth.System("command-line"), p); err != nil {
			return err
		}
		fmt.Fprintf(c.Out, "%s: new keys; serve seals again what bears the old ones\n", p)
	}
	if len(purposes) == 0 {
		fmt.Fprintln(c.Out, "no column is sealed")
	}
	return nil
}

func (h *House) listKeys(c *call) error {
	return h.DB.Read(c.ctx, func(tx *db.Tx) error {
		keys, err := secret.Keys(tx)
		w := tabwriter.NewWriter(c.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "key\tpurpose\tsubject\tstate\tmade")
		for _, k := range keys {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", k.ID, k.Purpose, k.Subject, k.State, k.Made.Format("2006-01-02 15:04"))
		}
		return errors.Join(err, w.Flush())
	})
}
