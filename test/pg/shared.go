package pg

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// Environment of the tests, set by test/setup.
const (
	// EnvServer holds the URL of a running server for tests to share.
	EnvServer = "BEFFROI_TEST_PG"
	// EnvRequire set to 1 turns a missing PostgreSQL from a skip into a failure.
	EnvRequire = "BEFFROI_REQUIRE_PG"
)

// patience bounds each dealing with the server; a busy machine is slow.
const patience = time.Minute

// once holds the server of this test binary. It is a variable because
// that is its meaning: one per process, whichever test comes first.
var once struct {
	sync.Mutex
	done   bool
	server *Server
	err    error
}

// Shared returns the address of a fresh empty database, dropped when t ends,
// on the server of this test binary. Without PostgreSQL on the machine the
// test is skipped, or fails if BEFFROI_REQUIRE_PG is 1.
func Shared(t testing.TB) string {
	t.Helper()
	s, err := sharedServer()
	need(t, err)
	name := freshName()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := s.CreateDB(ctx, name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.DropDB(ctx, name); err != nil {
			t.Error(err)
		}
	})
	return s.URL(name)
}

// need ends the test unless err is nil: a skip where PostgreSQL is not
// installed and not required, a failure otherwise.
func need(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, ErrNoBinaries) && os.Getenv(EnvRequire) != "1" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Main runs the tests of a package, stops the server that they started, calls
// each of after and exits. It is the body of TestMain in every package that
// calls Shared; one that opens pages too passes probe.Close.
func Main(m *testing.M, after ...func() error) {
	code := m.Run()
	for _, end := range append(after, stopShared) {
		if err := end(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

func sharedServer() (*Server, error) {
	once.Lock()
	defer once.Unlock()
	if !once.done {
		once.server, once.err = connect()
		once.done = true
	}
	return once.server, once.err
}

func connect() (*Server, error) {
	if address := os.Getenv(EnvServer); address != "" {
		return Attach(address)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return Start(ctx)
}

func stopShared() error {
	once.Lock()
	defer once.Unlock()
	if once.server == nil {
		return nil
	}
	return once.server.Stop()
}

// freshName returns a database name that no other test binary on the same
// server will choose.
func freshName() string { return "test_" + strings.ToLower(rand.Text()) }
