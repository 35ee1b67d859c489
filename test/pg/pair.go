package pg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
)

// replicated are the settings of servers that keep what they acknowledge, here
// or on a standby. There is no fsync: a killed process loses nothing, and tests
// do not cut the power.
var replicated = []string{
	"fsync=off",
	"full_page_writes=on",
	"synchronous_commit=on",
	"wal_level=replica",
	"max_wal_senders=5",
	"hot_standby=on",
	"wal_receiver_status_interval=1",
	"jit=off",
	"max_connections=100",
	"shared_buffers=32MB",
	"timezone=UTC",
	"log_timezone=UTC",
	"listen_addresses=127.0.0.1",
}

// standbyName is how the standby calls itself at its primary.
const standbyName = "beffroi_standby"

// Pair is a primary and its synchronous standby: a commit is acknowledged once
// both have it.
type Pair struct {
	primary, standby *Server
	bin              string
}

// StartPair starts a primary and a synchronous standby on free ports. It returns
// ErrNoBinaries when PostgreSQL is not installed. Stop must be called.
func StartPair(ctx context.Context) (p *Pair, err error) {
	p = &Pair{}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Stop())
		}
	}()
	if p.bin, err = Binaries(ctx); err != nil {
		return p, err
	}
	c, err := newChild(ctx, p.bin)
	if err != nil {
		return p, err
	}
	c.settings = replicated
	p.primary = &Server{child: c}
	if p.primary, err = c.serve(ctx, p.bin); err != nil {
		return p, err
	}
	if err = p.follow(ctx); err != nil {
		return p, err
	}
	if err = p.primary.exec(ctx, "ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 ("+standbyName+")'"); err != nil {
		return p, err
	}
	if err = p.primary.exec(ctx, "SELECT pg_reload_conf()"); err != nil {
		return p, err
	}
	return p, p.primary.eventually(ctx, "SELECT count(*) > 0 FROM pg_stat_replication WHERE sync_state = 'quorum'")
}

// follow makes a copy of the primary that follows it.
func (p *Pair) follow(ctx context.Context) error {
	c, err := emptyChild()
	if err != nil {
		return err
	}
	c.settings = replicated
	p.standby = &Server{child: c}
	from := p.primary.base
	from.RawQuery = "application_name=" + standbyName + "&sslmode=disable"
	cmd := exec.CommandContext(ctx, filepath.Join(p.bin, "pg_basebackup"), "--pgdata="+c.data(), "--dbname="+from.String(), "--checkpoint=fast", "--wal-method=stream", "--write-recovery-conf", "--no-sync")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.Dir = &out, &out, c.dir
	if err := runTied(cmd); err != nil {
		return fmt.Errorf("pg: pg_basebackup: %w\n%s", err, tail(out.Bytes()))
	}
	p.standby, err = c.serve(ctx, p.bin)
	return err
}

// eventually waits until a query says true.
func (s *Server) eventually(ctx context.Context, query string) error {
	for {
		var ok bool
		conn, err := pgx.Connect(ctx, s.URL("postgres"))
		if err == nil {
			err = conn.QueryRow(ctx, query).Scan(&ok)
			_ = conn.Close(ctx)
		}
		if err == nil && ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("pg: %s: %w", query, errors.Join(ctx.Err(), err))
		case <-time.After(readyEvery):
		}
	}
}

// URL names both servers and asks for the one that takes writes, so that a
// program finds the standby once it was promoted.
func (p *Pair) URL(dbname string) string {
	u := url.URL{Scheme: "postgres", User: url.User(role), Host: p.primary.base.Host + "," + p.standby.base.Host, Path: "/" + dbname,
		RawQuery: "sslmode=disable&target_session_attrs=read-write&connect_timeout=2"}
	return u.String()
}

// CreateDB creates an empty database on both.
func (p *Pair) CreateDB(ctx context.Context, name string) error { return p.primary.CreateDB(ctx, name) }

// KillPrimary ends the primary as kill -9 would: the postmaster at once, and its
// children when they notice.
func (p *Pair) KillPrimary() error {
	c := p.primary.child
	err := c.proc.Kill()
	<-c.done
	return err
}

// Promote makes the standby a primary of its own, which waits for no other, and
// returns once it takes writes.
func (p *Pair) Promote(ctx context.Context) error {
	if err := p.standby.exec(ctx, "SELECT pg_promote(true, 60)"); err != nil {
		return err
	}
	return p.standby.eventually(ctx, "SELECT NOT pg_is_in_recovery()")
}

// Stop ends both and removes their data.
func (p *Pair) Stop() error {
	var errs []error
	for _, s := range []*Server{p.standby, p.primary} {
		if s != nil {
			errs = append(errs, s.Stop())
		}
	}
	return errors.Join(errs...)
}
