package app_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"beffroi/internal/app"
	"beffroi/test/pg"
)

// childArgs is set, to arguments one a line, in a copy of this test binary that
// is to be the program itself.
const childArgs = "BEFFROI_TEST_CHILD"

func TestMain(m *testing.M) {
	if args := os.Getenv(childArgs); args != "" {
		os.Exit(app.Main(context.Background(), "test", strings.Split(args, "\n"), os.Environ(), os.Stdin, os.Stdout, os.Stderr))
	}
	pg.Main(m, closeDemos)
}
