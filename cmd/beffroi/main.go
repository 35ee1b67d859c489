// Command beffroi is the whole platform: server, imports, accounts, checks.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"beffroi/internal/app"
)

// version is set when the program is built.
var version = "dev"

// gcPercent lets a command that soon ends collect its garbage less often than a
// server, which chooses for itself.
const gcPercent = 400

func main() {
	debug.SetGCPercent(gcPercent)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(app.Main(ctx, version, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}
