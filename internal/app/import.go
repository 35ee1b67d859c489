package app

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/web"
)

// pairs collects repeated NAME=VALUE flags.
type pairs map[string]string

func (p pairs) String() string { return "" }

// Set reads one NAME=VALUE.
func (p pairs) Set(s string) error {
	name, value, ok := strings.Cut(s, "=")
	if !ok || name == "" {
		return fmt.Errorf("%q is not NAME=VALUE", s)
	}
	p[name] = value
	return nil
}

func runImport(c *call) error {
	c.config.flags(c.flags, c.env)
	dry := c.flags.Bool("dry-run", false, "report what the import would do, write nothing")
	again := c.flags.Bool("again", false, "import although the same file was imported before")
	undo := c.flags.Int64("undo", 0, "undo the import of this number instead")
	options, columns := pairs{}, pairs{}
	c.flags.Var(options, "option", "NAME=VALUE of the target, for example crs=31370 or dataset=population; may be repeated")
	c.flags.Var(columns, "column", "COLUMN=HEADER: which header of the file is which column; may be repeated")
	if err := c.parse(); err != nil {
		return err
	}
	if *undo == 0 && len(c.args) != 2 {
		return c.usage("import needs a kind and a file, for example: import bodies services.csv")
	}
	start := c.begin
	if *undo > 0 {
		start = c.open
	}
	h, err := start()
	if err != nil {
		return err
	}
	defer h.Close()
	actor := auth.System("command-line")
	if *undo > 0 {
		if err := h.Intake.Undo(c.ctx, actor, *undo); err != nil {
			return err
		}
		fmt.Fprintf(c.Out, "import %d undone\n", *undo)
		return nil
	}
	r, err := readImport(c, h, options, columns)
	if err != nil {
		return err
	}
	r.Again = *again
	if terminal(c.Err) {
		fmt.Fprintf(c.Err, "reading %s", r.File.Name)
		r.Progress = func(lines int) { fmt.Fprintf(c.Err, "\r\033[Kreading %s: line %d", r.File.Name, lines) }
		defer fmt.Fprint(c.Err, "\r\033[K")
	}
	return h.importFile(c, actor, r, *dry)
}

func readImport(c *call, h *House, options, columns pairs) (intake.Request, error) {
	r := intake.Request{Target: c.args[0], Options: options}
	t, err := h.Intake.Target(r.Target)
	if err != nil {
		return r, err
	}
	f, err := os.Open(c.args[1])
	if err != nil {
		return r, &fault.Error{Kind: fault.NotFound, Code: "file.open", Args: fault.Args{"value": c.args[1]}, Err: err}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, intake.MaxFile+1))
	if err != nil {
		return r, err
	}
	if len(data) > intake.MaxFile {
		return r, fault.New(fault.TooLarge, "body.large", fault.Args{"max": int64(intake.MaxFile)})
	}
	r.File = intake.File{Name: filepath.Base(c.args[1]), Data: data}
	if len(columns) > 0 {
		in, err := intake.Inspect(t, r.File)
		if err != nil {
			return r, err
		}
		r.Mapping = in.Mapping
		for name, header := range columns {
			r.Mapping[name] = header
		}
	}
	return r, nil
}

func (h *House) importFile(c *call, actor auth.Actor, r intake.Request, dry bool) error {
	var outcome intake.Outcome
	var number int64
	var err error
	if dry {
		outcome, err = h.Intake.Try(c.ctx, actor, r)
	} else {
		var b intake.Batch
		b, err = h.Intake.Apply(c.ctx, actor, r)
		outcome, number = b.Outcome, b.ID
	}
	if e, ok := errors.AsType[*fault.Error](err); err != nil && (!ok || e.Code != "intake.refused") {
		return err
	}
	h.report(c, outcome)
	if err != nil {
		return err
	}
	if dry {
		fmt.Fprintln(c.Out, "dry run: nothing was written")
		return nil
	}
	fmt.Fprintf(c.Out, "import %d done; undo it with: beffroi import --undo %d\n", number, number)
	return nil
}

// report prints the outcome with its notes line by line.
func (h *House) report(c *call, o intake.Outcome) {
	p := h.Bundle.Printer(c.language(h.Bundle))
	fmt.Fprintf(c.Out, "%d created, %d updated, %d unchanged, %d left out, %d errors, %d warnings\n", o.Created, o.Updated, o.Unchanged, o.Skipped, o.Errors(), o.Warnings())
	for _, name := range slices.Sorted(maps.Keys(o.Facts)) {
		fmt.Fprintf(c.Out, "  %s: %s\n", name, o.Facts[name])
	}
	for i, n := range o.Notes {
		if i == 50 {
			fmt.Fprintf(c.Out, "  … %d more notes\n", len(o.Notes)-i)
			return
		}
		where := n.Severity
		if n.Line > 0 {
			where += fmt.Sprintf(", line %d", n.Line)
		}
		if n.Column != "" {
			where += ", " + n.Column
		}
		fmt.Fprintf(c.Out, "  %s: %s\n", where, web.Message(p, n.Code, n.Args))
	}
}
