package pg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	role       = "beffroi"     // superuser of the test server
	dirPrefix  = "beffroi-pg-" // of the temporary folders
	startTries = 3             // a free port may be taken before postgres binds it
	readyEvery = 20 * time.Millisecond
	stopAfter  = 5 * time.Second // then SIGKILL
	orphanAge  = time.Minute     // younger folders may still be on the way to their lock
)

// settings of the server. The first three give up durability, which a test
// never needs, for a factor of several on small transactions; the others keep
// it quiet on a machine that runs the tests as well.
var settings = []string{
	"fsync=off",
	"full_page_writes=off",
	"synchronous_commit=off",
	"wal_level=minimal",
	"max_wal_senders=0",
	"max_wal_size=2GB",
	"autovacuum=off",
	"jit=off",
	"max_connections=200",
	"shared_buffers=64MB",
	"timezone=UTC",
	"log_timezone=UTC",
	"listen_addresses=127.0.0.1",
}

// Server is a PostgreSQL server for tests.
type Server struct {
	base  url.URL // address of the database postgres
	child *child  // nil when somebody else runs the server
}

// child is a postmaster of ours with its folder.
type child struct {
	dir      string
	settings []string
	lock     *os.File
	proc     *os.Process
	done     chan struct{} // closed once the process is gone
}

// Start creates a temporary cluster and starts a server on a free port of
// 127.0.0.1; ctx bounds the start only. It returns ErrNoBinaries when
// PostgreSQL is not installed. Stop must be called; should this process die
// before, Linux ends the server, and the next Start removes its folder.
func Start(ctx context.Context) (*Server, error) {
	bin, err := Binaries(ctx)
	if err != nil {
		return nil, err
	}
	sweep(os.TempDir())
	c, err := newChild(ctx, bin)
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		s, err := c.serve(ctx, bin)
		if err == nil {
			return s, nil
		}
		if try == startTries || ctx.Err() != nil {
			return nil, errors.Join(err, c.stop())
		}
	}
}

// Attach uses the server at address, a URL with the rights to create
// databases; Stop leaves that server alone.
func Attach(address string) (*Server, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("pg: server address: %w", err)
	}
	if u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Host == "" {
		return nil, fmt.Errorf("pg: server address %q is not of the form postgres://user@host:port/", u.Redacted())
	}
	return &Server{base: *u}, nil
}

// URL returns the address of the named database.
func (s *Server) URL(dbname string) string {
	u := s.base
	u.Path = "/" + dbname
	return u.String()
}

// CreateDB creates an empty database, UTF-8 with byte-order collation as in
// production.
func (s *Server) CreateDB(ctx context.Context, name string) error {
	return s.exec(ctx, "CREATE DATABASE "+quote(name)+" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
}

// DropDB removes a database, closing what connections it still has.
func (s *Server) DropDB(ctx context.Context, name string) error {
	return s.exec(ctx, "DROP DATABASE IF EXISTS "+quote(name)+" WITH (FORCE)")
}

// Stop ends the server at once and removes its data. It may be called twice.
func (s *Server) Stop() error {
	if s.child == nil {
		return nil
	}
	return s.child.stop()
}

func (s *Server) exec(ctx context.Context, sql string) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return fmt.Errorf("pg: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, sql); err != nil {
		return fmt.Errorf("pg: %s: %w", sql, err)
	}
	return nil
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// newChild makes the folder and the cluster in it.
func newChild(ctx context.Context, bin string) (*child, error) {
	c, err := emptyChild()
	if err != nil {
		return nil, err
	}
	if err := c.initdb(ctx, bin); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

// emptyChild makes the folder of a cluster that is yet to come.
func emptyChild() (*child, error) {
	dir, err := os.MkdirTemp("", dirPrefix) // mode 0700
	if err != nil {
		return nil, fmt.Errorf("pg: %w", err)
	}
	c := &child{dir: dir, settings: settings}
	if c.lock, err = claim(dir); err == nil {
		err = handOver(dir)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("pg: %w", err), c.stop())
	}
	return c, nil
}

func (c *child) data() string    { return filepath.Join(c.dir, "data") }
func (c *child) logFile() string { return filepath.Join(c.dir, "log") }

func (c *child) initdb(ctx context.Context, bin string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "initdb"),
		"--pgdata="+c.data(), "--locale=C", "--encoding=UTF8", "--auth=trust",
		"--username="+role, "--no-sync", "--no-instructions")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Dir = c.dir // ours may be closed to the owner of the cluster
	if err := runTied(cmd); err != nil {
		return fmt.Errorf("pg: initdb: %w\n%s", err, tail(out.Bytes()))
	}
	return nil
}

// serve starts postgres on a free port and waits until it answers.
func (c *child) serve(ctx context.Context, bin string) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	args := []string{"-D", c.data(), "-p", strconv.Itoa(port), "-k", c.dir}
	for _, s := range c.settings {
		args = append(args, "-c", s)
	}
	log, err := os.Create(c.logFile())
	if err != nil {
		return nil, fmt.Errorf("pg: %w", err)
	}
	defer log.Close()
	cmd := exec.Command(filepath.Join(bin, "postgres"), args...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, c.dir
	if err := c.launch(cmd); err != nil {
		return nil, fmt.Errorf("pg: postgres: %w", err)
	}
	s := &Server{child: c, base: url.URL{
		Scheme: "postgres", User: url.User(role), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		Path: "/postgres", RawQuery: "sslmode=disable",
	}}
	if err := s.await(ctx); err != nil {
		c.halt()
		return nil, err
	}
	return s, nil
}

// launch starts cmd and watches it from a thread of its own: the kernel ends
// the child when that thread dies, and Go would otherwise be free to end it.
func (c *child) launch(cmd *exec.Cmd) error {
	started := make(chan error, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := startTied(cmd)
		started <- err
		if err == nil {
			cmd.Wait() // how a server under test ends does not matter
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	c.proc, c.done = cmd.Process, done
	return nil
}

// startTied starts cmd tied to the current thread, which it locks for good.
func startTied(cmd *exec.Cmd) (err error) {
	runtime.LockOSThread()
	if cmd.SysProcAttr, err = childAttr(); err != nil {
		return err
	}
	return cmd.Start()
}

// runTied runs cmd to its end, tied to a thread of its own.
func runTied(cmd *exec.Cmd) error {
	result := make(chan error, 1)
	go func() {
		if err := startTied(cmd); err != nil {
			result <- err
			return
		}
		result <- cmd.Wait()
	}()
	return <-result
}

// await returns once the server answers and proves to be ours: between the
// choice of the port and its use another server may have taken it.
func (s *Server) await(ctx context.Context) error {
	for {
		dir, err := s.dataDirectory(ctx)
		switch {
		case err == nil && dir == s.child.data():
			return nil
		case err == nil:
			return fmt.Errorf("pg: port taken by the server of %s", dir)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("pg: not ready: %w\n%s", ctx.Err(), s.child.logTail())
		case <-s.child.done:
			return fmt.Errorf("pg: postgres ended at once\n%s", s.child.logTail())
		case <-time.After(readyEvery):
		}
	}
}

func (s *Server) dataDirectory(ctx context.Context) (dir string, err error) {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return "", err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	err = conn.QueryRow(ctx, "SHOW data_directory").Scan(&dir)
	return dir, err
}

// stop ends the process, if any, and removes the folder.
func (c *child) stop() error {
	c.halt()
	err := os.RemoveAll(c.dir)
	if c.lock != nil {
		c.lock.Close()
	}
	return err
}

// halt shuts the server down without ceremony and waits until it is gone.
func (c *child) halt() {
	if c.proc == nil {
		return
	}
	c.proc.Signal(syscall.SIGQUIT) // fails only when it is gone already
	select {
	case <-c.done:
	case <-time.After(stopAfter):
		c.proc.Kill()
		<-c.done
	}
}

// sweep removes folders whose process was killed before it could.
func sweep(root string) {
	dirs, err := filepath.Glob(filepath.Join(root, dirPrefix+"*"))
	if err != nil {
		return // a strange TMPDIR: nothing to tidy
	}
	for _, dir := range dirs {
		info, err := os.Lstat(dir)
		if err != nil || !info.IsDir() || time.Since(info.ModTime()) < orphanAge {
			continue
		}
		if lock, err := claim(dir); err == nil {
			os.RemoveAll(dir) // best effort: the next start tries again
			lock.Close()
		}
	}
}

func (c *child) logTail() []byte {
	b, err := os.ReadFile(c.logFile())
	if err != nil {
		return []byte(err.Error())
	}
	return tail(b)
}

// tail keeps the end of a log, where the reason of a failure stands.
func tail(b []byte) []byte {
	const limit = 2000
	return bytes.TrimSpace(b[max(0, len(b)-limit):])
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("pg: free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
