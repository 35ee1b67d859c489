package pg

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// envChild makes this test binary start a server, print where it is, and wait.
const envChild = "BEFFROI_PG_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(envChild) == "1" {
		holdServer()
		return
	}
	Main(m)
}

func holdServer() {
	s, err := Start(context.Background())
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println(s.URL("postgres"), s.child.dir)
	time.Sleep(patience)
}

func open(t *testing.T, address string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func show(t *testing.T, conn *pgx.Conn, sql string) string {
	t.Helper()
	var s string
	if err := conn.QueryRow(t.Context(), sql).Scan(&s); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return s
}

// answers tells whether a server accepts connections at address.
func answers(address string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return false
	}
	conn.Close(ctx)
	return true
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never happened: %s", what)
}

func TestSharedGivesFreshDatabases(t *testing.T) {
	a, b := Shared(t), Shared(t)
	if a == b {
		t.Fatalf("two calls returned the same database %s", a)
	}
	if _, err := open(t, a).Exec(t.Context(), "CREATE TABLE x (n BIGINT)"); err != nil {
		t.Fatal(err)
	}
	if n := show(t, open(t, b), "SELECT count(*)::text FROM pg_tables WHERE tablename = 'x'"); n != "0" {
		t.Fatalf("table of one database seen in the other: %s", n)
	}
}

func TestSharedDropsTheDatabase(t *testing.T) {
	var address string
	t.Run("user", func(t *testing.T) {
		address = Shared(t)
		if _, err := pgx.Connect(context.Background(), address); err != nil { // left open on purpose
			t.Fatal(err)
		}
	})
	if answers(address) {
		t.Fatalf("%s still there after its test", address)
	}
}

func TestDatabaseIsLikeProduction(t *testing.T) {
	conn := open(t, Shared(t))
	for _, c := range []struct{ sql, want string }{
		{"SHOW server_encoding", "UTF8"},
		{"SELECT datcollate FROM pg_database WHERE datname = current_database()", "C"},
		{"SELECT current_user", role},
		{"SELECT string_agg(x, '' ORDER BY x) FROM (VALUES ('é'), ('a'), ('B'), ('z')) v(x)", "Bazé"},
	} {
		if got := show(t, conn, c.sql); got != c.want {
			t.Errorf("%s: got %q, want %q", c.sql, got, c.want)
		}
	}
}

func TestStartIsQuickToForgetAndLocal(t *testing.T) {
	s := started(t)
	conn := open(t, s.URL("postgres"))
	for _, c := range []struct{ sql, want string }{
		{"SHOW fsync", "off"},
		{"SHOW full_page_writes", "off"},
		{"SHOW synchronous_commit", "off"},
		{"SHOW listen_addresses", "127.0.0.1"},
		{"SHOW unix_socket_directories", s.child.dir},
		{"SHOW timezone", "UTC"},
	} {
		if got := show(t, conn, c.sql); got != c.want {
			t.Errorf("%s: got %q, want %q", c.sql, got, c.want)
		}
	}
	info, err := os.Stat(s.child.dir)
	if err != nil {
		t.Fatal(err)
	}
	if perm := info.Mode().Perm(); perm != 0o700 {
		t.Errorf("folder has mode %o, others must not enter", perm)
	}
}

func TestStopEndsTheServerAndRemovesItsFolder(t *testing.T) {
	s := started(t)
	open(t, s.URL("postgres")) // a client must not delay the end
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if answers(s.URL("postgres")) {
		t.Error("still answers after Stop")
	}
	if _, err := os.Stat(s.child.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("folder still there: %v", err)
	}
	if err := s.Stop(); err != nil {
		t.Errorf("second Stop: %v", err)
	}
}

func TestCreateDBQuotesNames(t *testing.T) {
	s := attached(t)
	name := freshName() + ` "é" ; --`
	t.Cleanup(func() { s.DropDB(context.Background(), name) })
	if err := s.CreateDB(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	if got := show(t, open(t, s.URL(name)), "SELECT current_database()"); got != name {
		t.Errorf("connected to %q, want %q", got, name)
	}
	if err := s.CreateDB(t.Context(), name); err == nil {
		t.Error("creating a database twice went unnoticed")
	}
}

func TestAttachLeavesTheServerAlone(t *testing.T) {
	s := attached(t)
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if !answers(s.URL("postgres")) {
		t.Error("Stop ended the server of somebody else")
	}
}

func TestAttachRefusesWhatIsNoServer(t *testing.T) {
	for _, address := range []string{"", "file.db", "mysql://u@h/", "postgres:///db", "postgres://%zz/"} {
		if s, err := Attach(address); err == nil {
			t.Errorf("%q accepted as %v", address, s)
		}
	}
}

func TestServerDiesWithItsProcess(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ties a child to its parent")
	}
	address, dir, kill := otherProcess(t)
	if !answers(address) {
		t.Fatal("server of the other process does not answer")
	}
	kill()
	eventually(t, "server ends after kill -9 of its process", func() bool { return !answers(address) })
	old := time.Now().Add(-2 * orphanAge)
	eventually(t, "orphan folder swept", func() bool {
		if err := os.Chtimes(dir, old, old); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		sweep(filepath.Dir(dir))
		_, err := os.Stat(dir)
		return errors.Is(err, os.ErrNotExist)
	})
}

func TestSweepSparesLiveServers(t *testing.T) {
	s := started(t)
	old := time.Now().Add(-2 * orphanAge)
	if err := os.Chtimes(s.child.dir, old, old); err != nil {
		t.Fatal(err)
	}
	sweep(filepath.Dir(s.child.dir))
	if !answers(s.URL("postgres")) {
		t.Error("sweep removed the folder of a running server")
	}
}

func TestSweepSparesYoungFoldersAndLinks(t *testing.T) {
	root := t.TempDir()
	young, target, link := filepath.Join(root, dirPrefix+"a"), filepath.Join(root, "target"), filepath.Join(root, dirPrefix+"b")
	for _, err := range []error{os.Mkdir(young, 0o700), os.Mkdir(target, 0o700), os.Symlink(target, link)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	sweep(root)
	for _, path := range []string{young, link, target} {
		if _, err := os.Lstat(path); err != nil {
			t.Error(err)
		}
	}
}

func TestStartReportsWhyInitdbFailed(t *testing.T) {
	dir := t.TempDir()
	fake(t, dir, "initdb", "echo no space left >&2; exit 1")
	fake(t, dir, "postgres", "exit 1")
	c, err := newChild(t.Context(), dir)
	if err == nil {
		c.stop()
		t.Fatal("failed initdb went unnoticed")
	}
	if os.Geteuid() == 0 {
		return // the account of the server may not enter the folder of this test
	}
	if !strings.Contains(err.Error(), "no space left") {
		t.Errorf("error hides the reason: %v", err)
	}
}

func TestNeed(t *testing.T) {
	for _, c := range []struct {
		err     error
		require string
		want    string
	}{
		{nil, "", "goes on"},
		{nil, "1", "goes on"},
		{ErrNoBinaries, "", "skipped"},
		{ErrNoBinaries, "1", "failed"},
		{errors.New("initdb broken"), "", "failed"},
	} {
		t.Setenv(EnvRequire, c.require)
		spy := &spy{TB: t, outcome: "goes on"}
		done := make(chan struct{})
		go func() { defer close(done); need(spy, c.err) }()
		<-done
		if spy.outcome != c.want {
			t.Errorf("%v with require=%q: %s, want %s", c.err, c.require, spy.outcome, c.want)
		}
	}
}

// spy records how a test would have ended.
type spy struct {
	testing.TB
	outcome string
}

func (s *spy) Helper()      {}
func (s *spy) Skip(...any)  { s.outcome = "skipped"; runtime.Goexit() }
func (s *spy) Fatal(...any) { s.outcome = "failed"; runtime.Goexit() }

// started returns a server of the test's own.
func started(t *testing.T) *Server {
	t.Helper()
	s, err := Start(t.Context())
	need(t, err)
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// attached returns the shared server as if somebody else ran it.
func attached(t *testing.T) *Server {
	t.Helper()
	own, err := sharedServer()
	need(t, err)
	s, err := Attach(own.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// otherProcess runs a server in a process of its own, which kill ends with
// SIGKILL.
func otherProcess(t *testing.T) (address, dir string, kill func()) {
	t.Helper()
	_, err := Binaries(t.Context())
	need(t, err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envChild+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() { cmd.Process.Kill(); cmd.Wait() }
	t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(line, &address, &dir); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	return address, dir, kill
}

func fake(t *testing.T, dir, name, script string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}
