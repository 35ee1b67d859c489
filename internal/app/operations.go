package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/files"
	"beffroi/internal/platform/vault"
)

// progress tells of the table at work, on a terminal only; done wipes it away.
func (c *call) progress(doing string) (tell vault.Progress, done func()) {
	if !terminal(c.Err) {
		return nil, func() {}
	}
	return func(table string, rows int64) { fmt.Fprintf(c.Err, "\r\033[K%s %s: %d rows", doing, table, rows) },
		func() { fmt.Fprint(c.Err, "\r\033[K") }
}

// sealing declares whence the seal of an archive comes; it is read once the
// flags are. A passphrase or a secret key never comes from an argument, which
// other users of the machine see.
func (c *call) sealing(writing bool) (read func() (vault.Seal, error)) {
	var s vault.Seal
	path := c.flags.String("passphrase-file", "", "file whose first line is the passphrase of the archive; or BEFFROI_PASSPHRASE")
	keys := new(string)
	if writing {
		c.flags.Func("recipient", "public key (age1…) of who may open the archive; may be repeated. This machine cannot open it then", func(key string) error {
			s.Recipients = append(s.Recipients, key)
			return nil
		})
	} else {
		keys = c.flags.String("key-file", "", "file of secret keys, as age-keygen writes it, for an archive sealed by --recipient")
	}
	return func() (_ vault.Seal, err error) {
		if *keys != "" {
			if s.Keys, err = readText(*keys); err != nil {
				return s, err
			}
		}
		s.Passphrase, err = c.passphrase(*path)
		return s, err
	}
}

func readText(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", &fault.Error{Kind: fault.NotFound, Code: "file.open", Args: fault.Args{"value": path}, Err: err}
	}
	return string(text), nil
}

func (c *call) passphrase(path string) (string, error) {
	if path == "" {
		return c.env["BEFFROI_PASSPHRASE"], nil
	}
	text, err := readText(path)
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(text, "\n")
	if line = strings.TrimRight(line, "\r"); line == "" {
		return "", c.usage("%s begins with an empty line, not with a passphrase", path)
	}
	return line, nil
}

// archive is the file that a command was given as its only argument.
func (c *call) archive(sealing func() (vault.Seal, error)) (f vault.File, err error) {
	if len(c.args) != 1 {
		return f, c.usage("%s needs an archive, for example: %[1]s beffroi.tar.gz", strings.TrimPrefix(c.flags.Name(), "beffroi "))
	}
	return c.vault(c.args[0], sealing)
}

// vault is an archive with the place where its files go or come from.
func (c *call) vault(path string, sealing func() (vault.Seal, error)) (f vault.File, err error) {
	store, err := c.config.store()
	if err != nil {
		return f, err
	}
	seal, err := sealing()
	return vault.File{Path: path, Seal: seal, Blobs: files.Archived(store)}, err
}

// source opens a database that must exist, as it is: its schema is not touched.
func (c *call) source() (*db.DB, error) { return c.config.existing(c.ctx, clock.System()) }

// target opens a database to be filled.
func (c *call) target() (*db.DB, error) { return c.config.create(c.ctx, clock.System()) }

func runBackup(c *call) error {
	c.config.flags(c.flags, c.env)
	out := c.flags.String("o", "", "archive to write, for example beffroi-2026-11-23.tar.gz; it appears once it is whole and read back.\nIt holds personal data and hashes of passwords, in clear unless there is a passphrase or a recipient")
	sealing := c.sealing(true)
	if err := c.parse(); err != nil {
		return err
	}
	if *out == "" || len(c.args) > 0 {
		return c.usage("backup needs a file to write, for example: backup -o beffroi.tar.gz")
	}
	f, err := c.vault(*out, sealing)
	if err != nil {
		return err
	}
	d, err := c.source()
	if err != nil {
		return err
	}
	defer d.Close()
	tell, done := c.progress("saving")
	m, err := f.Save(c.ctx, d, c.version, tell)
	done()
	if err != nil {
		return err
	}
	if info, err := os.Stat(*out); err == nil {
		fmt.Fprintf(c.Out, "%s: %d bytes, read back and whole\n", *out, info.Size())
	}
	describe(c.Out, m)
	return nil
}

// describe prints what an archive holds.
func describe(w io.Writer, m vault.Manifest) {
	fmt.Fprintf(w, "taken on %s from %s by beffroi %s\n", m.CreatedAt.Format("2006-01-02 15:04:05 UTC"), m.Engine, m.Program)
	fmt.Fprintf(w, "%d tables, %d rows, %d steps of the schema\n", len(m.Tables), m.Rows(), len(m.Steps))
	fmt.Fprintf(w, "%d files, %d bytes\n", m.Files.Count, m.Files.Bytes)
	for _, sum := range m.Files.Missing {
		fmt.Fprintf(w, "WARNING: file %s was absent or damaged and is not in the archive\n", sum)
	}
	fmt.Fprintf(w, "audit: %d entries, root %s\n", m.Audit.Size, m.Audit.Root)
}

func runRestore(c *call) error {
	c.config.flags(c.flags, c.env)
	erasures := c.flags.String("erasures", "", "list of the erasures to be done again, as privacy ledger printed it; erasures.jsonl in the data folder when empty")
	only := c.flags.Bool("verify-only", false, "read the archive to its end and check it; write nothing")
	sealing := c.sealing(false)
	if err := c.parse(); err != nil {
		return err
	}
	f, err := c.archive(sealing)
	if err != nil {
		return err
	}
	m, err := f.Verify()
	if err != nil {
		return err
	}
	describe(c.Out, m)
	if *only {
		return nil
	}
	d, err := c.target()
	if err != nil {
		return err
	}
	defer d.Close()
	tell, done := c.progress("restoring")
	err = f.Restore(c.ctx, m, d, Schemas(), tell)
	done()
	if err != nil {
		return told(err)
	}
	steps, err := d.Migrate(c.ctx, Schemas())
	if err != nil {
		return err
	}
	fmt.Fprintf(c.Out, "restored and compared row for row; %d steps of the schema added\n", len(steps))
	return c.replay(*erasures)
}

// runDrill proves that an archive is more than bytes: it makes a house of it.
func runDrill(c *call) error {
	sealing := c.sealing(false)
	if err := c.parse(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "beffroi-drill-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	c.config = Config{Data: dir, DB: "sqlite:" + filepath.Join(dir, "drill.db"), Pack: cmp.Or(c.env["BEFFROI_PACK"], "hainaut"), Log: "off"}
	f, err := c.archive(sealing)
	if err != nil {
		return err
	}
	var m vault.Manifest
	start := time.Now()
	for _, step := range []struct {
		name string
		run  func() (string, error)
	}{
		{"archive", func() (what string, err error) {
			m, err = f.Verify()
			return fmt.Sprintf("whole: %d tables, %d rows, %d files", len(m.Tables), m.Rows(), m.Files.Count), err
		}},
		{"restore", func() (string, error) { return c.drillRestore(f, m) }},
		{"house", c.drillHouse},
	} {
		began := time.Now()
		what, err := step.run()
		if err != nil {
			return told(err)
		}
		fmt.Fprintf(c.Out, "ok    %-8s %8s  %s\n", step.name, time.Since(began).Round(time.Millisecond), what)
	}
	fmt.Fprintf(c.Out, "back at work after %s\n", time.Since(start).Round(time.Millisecond))
	return nil
}

func (c *call) drillRestore(f vault.File, m vault.Manifest) (string, error) {
	d, err := c.target()
	if err != nil {
		return "", err
	}
	defer d.Close()
	tell, done := c.progress("restoring")
	defer done()
	err = f.Restore(c.ctx, m, d, Schemas(), tell)
	return fmt.Sprintf("every table compared row for row, %d entries of the audit proven", m.Audit.Size), err
}

// drillHouse opens the restored database as serve would, which migrates it.
func (c *call) drillHouse() (string, error) {
	h, err := Open(c.ctx, c.config, clock.System(), c.Err)
	if err != nil {
		return "", err
	}
	defer h.Close()
	broken, err := h.Ledger.Verify(c.ctx)
	if err == nil && len(broken) > 0 {
		err = fault.New(fault.Conflict, "doctor", fault.Args{"n": int64(len(broken))})
	}
	if err != nil {
		return "", err
	}
	n, problems, err := h.Files.Verify(c.ctx)
	if err == nil && len(problems) > 0 {
		err = fault.New(fault.Conflict, "file.damaged", fault.Args{"n": int64(len(problems))})
	}
	return fmt.Sprintf("schema up to date, the ledger adds up to the cent, %d files read to their end", n), err
}

func runDB(c *call) error {
	c.config.flags(c.flags, c.env)
	to := c.flags.String("to", "", "database to fill, which must have no tables: sqlite:PATH or postgres://…")
	if err := c.parse(); err != nil {
		return err
	}
	if len(c.args) != 1 || c.args[0] != "copy" || *to == "" {
		return c.usage("db knows one verb: db copy --to postgres://beffroi@localhost/beffroi")
	}
	from, err := c.source()
	if err != nil {
		return err
	}
	defer from.Close()
	target, err := db.Open(c.ctx, *to, clock.System())
	if err != nil {
		return err
	}
	defer target.Close()
	tell, done := c.progress("copying")
	tables, err := vault.Copy(c.ctx, from, target, Schemas(), tell)
	done()
	if err != nil {
		return told(err)
	}
	for _, t := range tables {
		fmt.Fprintf(c.Out, "%s  %9d  %s\n", t.SHA256[:16], t.Rows, t.Name)
	}
	fmt.Fprintln(c.Out, "the files stay where they are: give the new database the same --files")
	fmt.Fprintf(c.Out, "%d tables copied from %s to %s, counts and checksums are equal\n", len(tables), from.Engine(), target.Engine())
	return nil
}

func runAudit(c *call) error {
	c.config.flags(c.flags, c.env)
	var kept []string
	c.flags.Func("against", "verify: a checkpoint kept outside, as audit checkpoint printed it; may be repeated", func(path string) error {
		kept = append(kept, path)
		return nil
	})
	if err := c.parse(); err != nil {
		return err
	}
	if len(c.args) != 1 || c.args[0] != "verify" && c.args[0] != "checkpoint" {
		return c.usage("audit needs a verb: audit verify --against FILE, audit checkpoint > FILE")
	}
	d, err := c.source()
	if err != nil {
		return err
	}
	defer d.Close()
	if c.args[0] == "checkpoint" {
		return told(c.checkpoint(d))
	}
	return told(c.verifyAudit(d, kept))
}

func (c *call) checkpoint(d *db.DB) error {
	var text string
	err := d.Write(c.ctx, func(tx *db.Tx) error {
		signer, _, err := audit.Keys(tx, c.config.Pack+"/audit")
		if err != nil {
			return err
		}
		text, err = audit.Checkpoint(tx, signer)
		return err
	})
	if err != nil {
		return err
	}
	if text == "" {
		return fault.New(fault.NotFound, "audit.empty", nil)
	}
	_, err = io.WriteString(c.Out, text)
	return err
}

// verifyAudit holds the tree against itself, against the checkpoints in the
// database, and against those that were kept where nobody of the house could
// change them.
func (c *call) verifyAudit(d *db.DB, kept []string) error {
	return d.Write(c.ctx, func(tx *db.Tx) error { // the first time makes the key
		_, verifier, err := audit.Keys(tx, c.config.Pack+"/audit")
		if err != nil {
			return err
		}
		n, err := audit.Verify(tx)
		if err == nil {
			err = audit.VerifySignatures(tx, verifier)
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(c.Out, "ok    %d entries, tree intact, checkpoints signed here\n", n)
		for _, path := range kept {
			text, err := os.ReadFile(path)
			if err != nil {
				return &fault.Error{Kind: fault.NotFound, Code: "file.open", Args: fault.Args{"value": path}, Err: err}
			}
			size, err := audit.VerifyNote(tx, verifier, string(text))
			if err != nil {
				return checkpointFault(path, err)
			}
			fmt.Fprintf(c.Out, "ok    %s: the first %d entries are those that it signed\n", path, size)
		}
		return nil
	})
}

func checkpointFault(path string, err error) error {
	if _, ok := errors.AsType[*audit.Fault](err); ok || errors.Is(err, context.Canceled) {
		return err
	}
	return &fault.Error{Kind: fault.Invalid, Code: "audit.note", Args: fault.Args{"value": path}, Err: err}
}

// told gives a break of the audit its sentence.
func told(err error) error {
	if broken, ok := errors.AsType[*audit.Fault](err); ok {
		return &fault.Error{Kind: fault.Conflict, Code: "audit.broken", Args: fault.Args{"n": broken.Seq, "reason": broken.Reason}, Err: err}
	}
	return err
}
