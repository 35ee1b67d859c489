// Command beffroi is the whole platform: server, imports, accounts, checks.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"beffroi/internal/app"
)

// version is set when the program is built.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(app.Main(ctx, version, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}
