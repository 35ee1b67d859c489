package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"beffroi/test/pg"
)

func TestCommand(t *testing.T) {
	for _, c := range []struct{ in, want []string }{
		{nil, nil},
		{[]string{"--"}, nil},
		{[]string{"--", "go", "test"}, []string{"go", "test"}},
		{[]string{"go", "test", "--", "x"}, []string{"go", "test", "--", "x"}},
	} {
		if got := command(c.in); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

// computer is a machine whose apt-get can be made to fail and whose programs
// come with their packages.
type computer struct {
	installed map[string]bool
	fresh     bool // package lists are there
	broken    map[string]bool
	calls     []string
}

func (c *computer) apt(_ context.Context, args ...string) error {
	c.calls = append(c.calls, strings.Join(args, " "))
	if args[0] == "update" {
		c.fresh = true
		return nil
	}
	if !c.fresh {
		return errors.New("unable to locate package")
	}
	for _, a := range args[1:] {
		if c.broken[a] {
			return errors.New("unable to locate package " + a)
		}
		c.installed[a] = true
	}
	return nil
}

func (c *computer) needs() []need {
	has := func(pkg string) func(context.Context) bool {
		return func(context.Context) bool { return c.installed[pkg] }
	}
	return []need{
		{program: "A", pkg: "a", present: has("a")},
		{program: "B", pkg: "b", present: has("b")},
		{program: "J", pkg: "j", optional: true, present: has("j")},
	}
}

func TestProvide(t *testing.T) {
	const install, update = "install --yes --quiet --no-install-recommends ", "update --quiet"
	for _, c := range []struct {
		name      string
		computer  computer
		user      bool // not root
		noApt     bool
		wantErr   string
		wantCalls []string
		wantOut   string
	}{
		{name: "all there", computer: computer{installed: map[string]bool{"a": true, "b": true, "j": true}}},
		{name: "fresh lists", computer: computer{fresh: true, installed: map[string]bool{"a": true}},
			wantCalls: []string{install + "b", install + "j"}, wantOut: "installing b"},
		{name: "stale lists", computer: computer{installed: map[string]bool{}},
			wantCalls: []string{install + "a b", update, install + "a b", install + "j"}, wantOut: "refreshing"},
		{name: "required not to be had", computer: computer{installed: map[string]bool{"a": true}, broken: map[string]bool{"b": true}},
			wantCalls: []string{install + "b", update, install + "b"}, wantErr: "unable to locate package b", wantOut: "refreshing"},
		{name: "optional not to be had", computer: computer{fresh: true, installed: map[string]bool{"a": true, "b": true}, broken: map[string]bool{"j": true}},
			wantCalls: []string{install + "j", update, install + "j"}, wantOut: "going on without"},
		{name: "not root", computer: computer{installed: map[string]bool{"b": true}}, user: true,
			wantErr: "missing", wantOut: "apt-get install a j"},
		{name: "no apt", computer: computer{installed: map[string]bool{"b": true}}, noApt: true,
			wantErr: "missing", wantOut: "A: "},
		{name: "only the optional missing, not root", computer: computer{installed: map[string]bool{"a": true, "b": true}}, user: true,
			wantOut: "(optional)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			m := machine{root: !c.user, apt: c.computer.apt, out: &out}
			if c.noApt {
				m.apt = nil
			}
			err := provide(t.Context(), c.computer.needs(), m)
			if (err == nil) != (c.wantErr == "") || err != nil && !strings.Contains(err.Error(), c.wantErr) {
				t.Errorf("error %v, want %q", err, c.wantErr)
			}
			if !slices.Equal(c.computer.calls, c.wantCalls) {
				t.Errorf("apt-get calls %q, want %q", c.computer.calls, c.wantCalls)
			}
			if !strings.Contains(out.String(), c.wantOut) || c.wantOut == "" && out.Len() > 0 {
				t.Errorf("output %q, want %q", out.String(), c.wantOut)
			}
		})
	}
}

func TestProvideNoticesAnEmptyPackage(t *testing.T) {
	n := need{program: "A", pkg: "a", present: func(context.Context) bool { return false }}
	m := machine{root: true, apt: func(context.Context, ...string) error { return nil }, out: io.Discard}
	if err := provide(t.Context(), []need{n}, m); err == nil {
		t.Error("a package that brings nothing went unnoticed")
	}
}

func TestExecuteReturnsTheExitCode(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no sh")
	}
	for _, c := range []struct {
		script string
		code   int
		err    bool
	}{
		{"exit 0", 0, false},
		{"exit 7", 7, false},
		{`test "$X" = y`, 0, false},
		{"kill -9 $$", 1, true},
	} {
		code, err := execute(t.Context(), []string{sh, "-c", c.script}, []string{"X=y"})
		if code != c.code || (err != nil) != c.err {
			t.Errorf("%s: code %d, %v; want %d", c.script, code, err, c.code)
		}
	}
	if code, err := execute(t.Context(), []string{"/nonexistent/program"}, nil); code != 1 || err == nil {
		t.Errorf("absent program: code %d, %v", code, err)
	}
}

func TestRunGivesTheCommandAServer(t *testing.T) {
	for _, n := range needs {
		if !n.optional && !n.present(t.Context()) {
			t.Skipf("%s is not installed", n.program)
		}
	}
	t.Setenv(pg.EnvServer, "overridden")
	// The command is this test binary, running the test below.
	code, err := run(t.Context(), []string{os.Args[0], "-test.run=^TestInside$", "-test.v=false"})
	if code != 0 || err != nil {
		t.Errorf("code %d, %v", code, err)
	}
}

func TestInside(t *testing.T) {
	if os.Getenv(pg.EnvRequire) != "1" || os.Getenv("BEFFROI_REQUIRE_BROWSER") != "1" {
		t.Skip("meaningful only as a command of run")
	}
	if os.Getenv("BEFFROI_CHROME") == "" {
		t.Error("no browser named")
	}
	if address := pg.Shared(t); !strings.HasPrefix(address, "postgres://") {
		t.Errorf("address %q", address)
	}
}
