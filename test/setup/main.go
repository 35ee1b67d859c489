// Setup prepares a machine for the tests and runs a command with what they
// need:
//
//	go run ./test/setup                       install what is missing
//	go run ./test/setup -- go test ./...      the same, then test
//
// On Debian as root, missing programs are installed with apt-get; elsewhere
// setup says what to install. The command runs with one PostgreSQL server for
// all packages (BEFFROI_TEST_PG), and with tests that want a database or a
// browser told to fail rather than to skip. Its exit code is that of the
// command.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"beffroi/test/browser/probe"
	"beffroi/test/pg"
)

// startTime bounds the start of PostgreSQL.
const startTime = 2 * time.Minute

func main() {
	code, err := run(context.Background(), command(os.Args[1:]))
	if err != nil {
		fmt.Fprintln(os.Stderr, "setup:", err)
	}
	os.Exit(code)
}

// command drops the "--" that separates our name from the command.
func command(args []string) []string {
	if len(args) > 0 && args[0] == "--" {
		return args[1:]
	}
	return args
}

// run returns the exit code, and an error when it has something to explain.
func run(ctx context.Context, args []string) (code int, err error) {
	if err := provide(ctx, needs, thisMachine()); err != nil {
		return 1, err
	}
	if len(args) == 0 {
		return 0, nil
	}
	startCtx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	server, err := pg.Start(startCtx)
	if err != nil {
		return 1, err
	}
	defer func() {
		if stopErr := server.Stop(); stopErr != nil {
			code, err = max(code, 1), errors.Join(err, stopErr)
		}
	}()
	return execute(ctx, args, environment(server.URL("postgres")))
}

// environment is ours plus what the tests read.
func environment(server string) []string {
	return append(os.Environ(),
		pg.EnvServer+"="+server,
		pg.EnvRequire+"=1",
		probe.EnvChrome+"="+probe.FindChrome(),
		probe.EnvRequire+"=1",
	)
}

// execute runs a command to its end and returns its exit code. An interrupt
// from the terminal reaches the command by itself, and SIGTERM is passed on:
// in both cases we outlive it to stop the server.
func execute(ctx context.Context, args, env []string) (int, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, os.Stdin, os.Stdout, os.Stderr
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case s := <-signals:
			if s == syscall.SIGTERM {
				cmd.Process.Signal(s) // fails only when it has just ended
			}
		case err := <-ended:
			return exitCode(err)
		}
	}
}

// exitCode translates the end of a command: its own code, 1 when a signal
// ended it.
func exitCode(err error) (int, error) {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, nil
	case !errors.As(err, &exit):
		return 1, err
	case exit.ExitCode() < 0:
		return 1, exit
	}
	return exit.ExitCode(), nil
}
