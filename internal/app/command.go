package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/web"
)

// Exit codes of every command.
const (
	exitOK    = 0
	exitFail  = 1 // it was tried and refused
	exitUsage = 2 // it was not understood
)

// command is one word after beffroi.
type command struct {
	name    string
	args    string // what follows the flags, for the help
	summary string
	run     func(*call) error
}

// call is one command being run.
type call struct {
	Streams
	ctx     context.Context
	version string
	env     map[string]string
	flags   *flag.FlagSet
	config  Config
	args    []string // as typed after the command's name
}

// errUsage makes a command end with exit code 2; its text was already printed.
var errUsage = errors.New("usage")

// Main runs the command of args and gives its exit code.
func Main(ctx context.Context, version string, args, env []string, in io.Reader, out, errs io.Writer) int {
	c := &call{Streams: Streams{In: in, Out: out, Err: errs}, ctx: ctx, version: version, env: environment(env)}
	if len(args) == 0 || args[0] == "help" || args[0] == "--help" || args[0] == "-h" {
		help(out)
		return map[bool]int{true: exitUsage, false: exitOK}[len(args) == 0]
	}
	for _, cmd := range commands() {
		if cmd.name == args[0] {
			return c.execute(cmd, args[1:])
		}
	}
	fmt.Fprintf(errs, "beffroi: there is no command %q\n\n", args[0])
	help(errs)
	return exitUsage
}

func (c *call) execute(cmd command, args []string) int {
	c.args = args
	c.flags = flag.NewFlagSet("beffroi "+cmd.name, flag.ContinueOnError)
	c.flags.SetOutput(c.Err)
	c.flags.Usage = func() {
		fmt.Fprintf(c.Err, "beffroi %s [flags] %s\n  %s\n\nFlags:\n", cmd.name, cmd.args, cmd.summary)
		c.flags.PrintDefaults()
	}
	err := cmd.run(c)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.Is(err, errUsage):
		return exitUsage
	}
	c.report(err)
	return exitFail
}

// parse reads flags and arguments in any order, so that a file may come before
// a flag; it leaves the arguments in c.args.
func (c *call) parse() error {
	var rest []string
	args := c.args
	for {
		if err := c.flags.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return err
			}
			return errUsage
		}
		if c.flags.NArg() == 0 {
			c.args = rest
			return nil
		}
		rest = append(rest, c.flags.Arg(0))
		args = c.flags.Args()[1:]
	}
}

// usage says what is wrong with the arguments.
func (c *call) usage(format string, args ...any) error {
	fmt.Fprintf(c.Err, "beffroi: "+format+"\n\n", args...)
	c.flags.Usage()
	return errUsage
}

// report tells of a refusal in the language of the terminal.
func (c *call) report(err error) {
	bundle := Bundle()
	p := bundle.Printer(c.language(bundle))
	e := fault.From(err)
	if e.Kind == fault.Internal {
		fmt.Fprintln(c.Err, "beffroi:", err)
		return
	}
	fmt.Fprintln(c.Err, "beffroi:", web.Message(p, e.Code, e.Args))
	for i, f := range e.Fields {
		if i == 20 {
			fmt.Fprintf(c.Err, "  … %d\n", len(e.Fields)-i)
			break
		}
		where := f.Name
		if f.Line > 0 {
			where = fmt.Sprintf("%d, %s", f.Line, f.Name)
		}
		fmt.Fprintf(c.Err, "  %s: %s\n", where, web.Message(p, f.Code, f.Args))
	}
}

func (c *call) language(b *i18n.Bundle) string {
	locale, _, _ := strings.Cut(c.env["LANG"], "_")
	return i18n.Negotiate("", locale, "en", b.Langs())
}

func help(w io.Writer) {
	fmt.Fprint(w, "beffroi: what a province does, for whom, at what cost, with what result, in which commune\n\nCommands:\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-9s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, "\nbeffroi COMMAND --help tells more of each.\n")
}
