package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"beffroi/test/browser/probe"
	"beffroi/test/pg"
)

// need is a program that tests use, and the Debian package that brings it.
type need struct {
	program  string
	use      string
	pkg      string
	optional bool // its tests are skipped without it
	present  func(context.Context) bool
}

var needs = []need{
	{program: "PostgreSQL", use: "stores are tested on both engines", pkg: "postgresql", present: func(ctx context.Context) bool {
		_, err := pg.Binaries(ctx)
		return err == nil
	}},
	{program: "Chromium", use: "pages are tested in a browser", pkg: "chromium", present: func(context.Context) bool {
		return probe.FindChrome() != ""
	}},
	{program: "pdfinfo and pdftotext", use: "printed pages are read back", pkg: "poppler-utils", present: inPath("pdfinfo", "pdftotext")},
	{program: "clamd", use: "files are searched for viruses", pkg: "clamav-daemon", optional: true, present: inPath("/usr/sbin/clamd")},
	{program: "Java", use: "the HTML checker vnu", pkg: "default-jre-headless", optional: true, present: inPath("java")},
}

func inPath(programs ...string) func(context.Context) bool {
	return func(context.Context) bool {
		for _, p := range programs {
			if _, err := exec.LookPath(p); err != nil {
				return false
			}
		}
		return true
	}
}

// machine is what provide needs to know of the computer.
type machine struct {
	root bool
	apt  func(ctx context.Context, args ...string) error // nil without apt-get
	out  io.Writer
}

func thisMachine() machine {
	m := machine{root: os.Geteuid() == 0, out: os.Stderr}
	if path, err := exec.LookPath("apt-get"); err == nil {
		m.apt = func(ctx context.Context, args ...string) error {
			cmd := exec.CommandContext(ctx, path, args...)
			cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
			cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr // stdout belongs to the command
			return cmd.Run()
		}
	}
	return m
}

// provide makes sure that every need is met. Only a required program that
// cannot be had is an error.
func provide(ctx context.Context, needs []need, m machine) error {
	required, optional := missing(ctx, needs)
	if len(required)+len(optional) == 0 {
		return nil
	}
	if !m.root || m.apt == nil {
		fmt.Fprint(m.out, instructions(required, optional))
		if len(required) > 0 {
			return errors.New("programs are missing")
		}
		return nil
	}
	if err := m.install(ctx, required); err != nil {
		return err
	}
	if err := m.install(ctx, optional); err != nil {
		fmt.Fprintln(m.out, "setup: going on without:", err)
	}
	if still, _ := missing(ctx, needs); len(still) > 0 {
		return fmt.Errorf("installed, yet still missing: %s", strings.Join(packages(still), " "))
	}
	return nil
}

func missing(ctx context.Context, needs []need) (required, optional []need) {
	for _, n := range needs {
		switch {
		case n.present(ctx):
		case n.optional:
			optional = append(optional, n)
		default:
			required = append(required, n)
		}
	}
	return required, optional
}

// install asks apt-get, and once more with fresh package lists: those of an
// image are often absent or out of date.
func (m machine) install(ctx context.Context, needs []need) error {
	if len(needs) == 0 {
		return nil
	}
	pkgs := packages(needs)
	fmt.Fprintln(m.out, "setup: installing", strings.Join(pkgs, " "))
	args := append([]string{"install", "--yes", "--quiet", "--no-install-recommends"}, pkgs...)
	if m.apt(ctx, args...) == nil {
		return nil
	}
	fmt.Fprintln(m.out, "setup: refreshing the package lists")
	if err := m.apt(ctx, "update", "--quiet"); err != nil {
		return fmt.Errorf("apt-get update: %w", err)
	}
	if err := m.apt(ctx, args...); err != nil {
		return fmt.Errorf("apt-get install %s: %w", strings.Join(pkgs, " "), err)
	}
	return nil
}

func packages(needs []need) []string {
	var pkgs []string
	for _, n := range needs {
		pkgs = append(pkgs, n.pkg)
	}
	return pkgs
}

// instructions tells a person what setup may not do for them.
func instructions(required, optional []need) string {
	var b strings.Builder
	b.WriteString("The tests need programs that this machine lacks:\n")
	for _, n := range append(required, optional...) {
		suffix := ""
		if n.optional {
			suffix = " (optional)"
		}
		fmt.Fprintf(&b, "  %s: %s%s\n", n.program, n.use, suffix)
	}
	fmt.Fprintf(&b, "On Debian: sudo apt-get update && sudo apt-get install %s\n",
		strings.Join(packages(append(required, optional...)), " "))
	return b.String()
}
