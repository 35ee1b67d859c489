package app

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"beffroi/internal/domain/plan"
	"beffroi/internal/domain/plan/schedule"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

// planTargets are the imports behind the words of "plan import".
var planTargets = map[string]string{"ecomptes": "plan-ecomptes", "xlsx": "plan-table", "csv": "plan-table", "json": "plan-json"}

// planFlags are those of every verb of plan.
type planFlags struct {
	key, asOf, from, to, out           string
	dry, again                         bool
	title, unknown, outside, ins, iati string
}

func runPlan(c *call) error {
	c.config.flags(c.flags, c.env)
	f := planFlags{}
	c.flags.StringVar(&f.key, "plan", "", "key of the plan; for import that of the plan to import into, made when there is none")
	c.flags.StringVar(&f.asOf, "as-of", "", "export: situation at this day, YYYY-MM-DD; today when empty")
	c.flags.StringVar(&f.out, "o", "", "export: file to write; standard output when empty")
	c.flags.StringVar(&f.from, "from", "", "diff: the earlier day, YYYY-MM-DD")
	c.flags.StringVar(&f.to, "to", "", "diff: the later day, YYYY-MM-DD; today when empty")
	c.flags.BoolVar(&f.dry, "dry-run", false, "import: report what it would do, write nothing")
	c.flags.BoolVar(&f.again, "again", false, "import: although the same file was imported before")
	c.flags.StringVar(&f.title, "title", "", "import: title of a plan that is made")
	c.flags.StringVar(&f.unknown, "unknown", "create", "import: elements that the plan does not have: create, stop or skip")
	c.flags.StringVar(&f.outside, "outside", "stop", "import ecomptes: years outside the plan: stop or skip")
	c.flags.StringVar(&f.ins, "ins", "", "ecomptes: INS code of the authority, expected on import, written on export")
	c.flags.StringVar(&f.iati, "org", "", "export iati: identifier of the organisation, such as BE-BCE_KBO-0123456789")
	if err := c.parse(); err != nil {
		return err
	}
	verb := ""
	if len(c.args) > 0 {
		verb = c.args[0]
	}
	switch {
	case verb == "schedule" && len(c.args) == 2:
		return c.planSchedule(c.args[1])
	case verb == "import" && len(c.args) == 3 && planTargets[c.args[1]] != "":
		return c.planImport(f)
	case verb == "export" && len(c.args) == 2 && f.key != "":
		return c.planExport(f)
	case verb == "diff" && len(c.args) == 1 && f.key != "" && f.from != "":
		return c.planDiff(f)
	}
	return c.usage("plan wants one of:\n" +
		"  plan import (ecomptes|xlsx|csv|json) FILE [--plan KEY] [--dry-run]\n" +
		"  plan export (ecomptes|xlsx|csv|json|iati|ics|gantt-svg) --plan KEY [--as-of DATE] [-o FILE]\n" +
		"  plan schedule FILE.sm\n" +
		"  plan diff --plan KEY --from DATE [--to DATE]")
}

// planSchedule prints the length of the critical path of a PSPLIB project.
func (c *call) planSchedule(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return &fault.Error{Kind: fault.NotFound, Code: "file.open", Args: fault.Args{"value": name}, Err: err}
	}
	defer f.Close()
	p, err := schedule.ReadPSPLIB(f)
	if err != nil {
		return unreadable(name, err)
	}
	r, err := schedule.Plan(p.Nodes, p.Arcs)
	if err != nil {
		return unreadable(name, err)
	}
	fmt.Fprintln(c.Out, r.Length)
	return nil
}

// unreadable refuses a project by what is wrong with it.
func unreadable(name string, err error) error {
	if cycle, ok := errors.AsType[*schedule.CycleError](err); ok {
		return fault.New(fault.Invalid, "plan.loop", fault.Args{"node": cycle.Loop[0], "loop": strings.Join(cycle.Loop, " → ")})
	}
	e, ok := errors.AsType[*schedule.FormatError](err)
	if !ok {
		return err
	}
	return fault.New(fault.Invalid, "plan.psplib", fault.Args{"value": filepath.Base(name), "line": int64(e.Line), "reason": e.Reason})
}

// planImport brings a file in. A table that names no plan is of the plan that its
// file is called after.
func (c *call) planImport(f planFlags) error {
	kind := c.args[1]
	c.args = []string{planTargets[kind], c.args[2]}
	if f.key == "" && planTargets[kind] == "plan-table" {
		base := filepath.Base(c.args[1])
		f.key = plan.KeyOf(strings.TrimSuffix(base, filepath.Ext(base)))
	}
	options := pairs{}
	for name, value := range map[string]string{"plan": f.key, "title": f.title, "unknown": f.unknown} {
		if value != "" {
			options[name] = value
		}
	}
	if kind == "ecomptes" {
		options["outside"] = f.outside
		if f.ins != "" {
			options["ins"] = f.ins
		}
	}
	h, err := c.begin()
	if err != nil {
		return err
	}
	defer h.Close()
	r, err := readImport(c, h, options, pairs{})
	if err != nil {
		return err
	}
	r.Again = f.again
	return h.importFile(c, auth.System("command-line"), r, f.dry)
}

// day reads a day typed on the command line, today when it is empty.
func (h *House) day(name, text string) (calendar.Date, error) {
	if text == "" {
		return clock.Today(h.DB.Clock()), nil
	}
	d, err := calendar.Parse(text)
	if err != nil {
		return d, fault.Bad(name, text, "plan.file.date", fault.Args{"value": text})
	}
	return d, nil
}

// planExport writes a plan as a file: to its name only when all of it is made.
func (c *call) planExport(f planFlags) error {
	h, err := c.open()
	if err != nil {
		return err
	}
	defer h.Close()
	day, err := h.day("as-of", f.asOf)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	p := h.Bundle.Printer(c.language(h.Bundle))
	err = h.DB.Read(c.ctx, func(tx *db.Tx) error {
		return h.Plan.Export(tx, auth.System("command-line"), p, f.key, day, plan.Format(c.args[1]), plan.Issuer{INS: f.ins, IATI: f.iati}, &b)
	})
	if err != nil {
		return err
	}
	if f.out == "" {
		_, err := c.Out.Write(b.Bytes())
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(f.out), ".beffroi-*")
	if err != nil {
		return &fault.Error{Kind: fault.NotFound, Code: "file.open", Args: fault.Args{"value": f.out}, Err: err}
	}
	defer os.Remove(temp.Name())
	if _, err := temp.Write(b.Bytes()); err != nil {
		return errors.Join(err, temp.Close())
	}
	if err := temp.Close(); err != nil {
		return err
	}
	fmt.Fprintln(c.Err, f.out)
	return os.Rename(temp.Name(), f.out)
}

// planDiff prints what became of each element between two days, one a line.
func (c *call) planDiff(f planFlags) error {
	h, err := c.open()
	if err != nil {
		return err
	}
	defer h.Close()
	from, err := h.day("from", f.from)
	if err != nil {
		return err
	}
	to, err := h.day("to", f.to)
	if err != nil {
		return err
	}
	return h.DB.Read(c.ctx, func(tx *db.Tx) error {
		_, _, changes, err := h.Plan.Compare(tx, auth.System("command-line"), f.key, from, to)
		for _, ch := range changes {
			fmt.Fprintf(c.Out, "%s\t%s\t%s\n", ch.Kind, ch.Code, ch.Title)
			for _, field := range ch.Fields {
				fmt.Fprintf(c.Out, "\t%s\t%s\t%s\n", field.Field, orNull(field.Before), orNull(field.After))
			}
		}
		return err
	})
}

func orNull(raw []byte) string {
	if raw == nil {
		return "null"
	}
	return string(raw)
}
