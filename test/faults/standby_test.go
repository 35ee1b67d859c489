package faults_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"beffroi/test/pg"
)

// A PostgreSQL primary with a synchronous standby: the primary is killed under
// load, the standby promoted, and the processes find it by themselves.
func TestPrimaryLost(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	for range form(1, 5) {
		losePrimary(ctx, t)
	}
}

func losePrimary(ctx context.Context, t *testing.T) {
	pair, err := pg.StartPair(ctx)
	if errors.Is(err, pg.ErrNoBinaries) && os.Getenv(pg.EnvRequire) != "1" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := pair.Stop(); err != nil {
			t.Error(err)
		}
	}()
	if err := pair.CreateDB(ctx, "beffroi"); err != nil {
		t.Fatal(err)
	}
	address := pair.URL("beffroi")
	token := move(t, address)
	s, a := newSink(t), &acks{seats: map[int64]bool{}}
	var both []*process
	for _, name := range []string{"one", "two"} {
		p := newProcess(t, name, address, a, childSink+"="+s.URL)
		p.start()
		both = append(both, p)
	}
	for _, p := range both {
		p.ready()
	}
	l := begin(t, token, 2, both...)
	time.Sleep(form(time.Second, 3*time.Second))
	if err := pair.KillPrimary(); err != nil {
		t.Fatal(err)
	}
	lost := time.Now()
	if err := pair.Promote(ctx); err != nil {
		t.Fatal(err)
	}
	promoted := time.Since(lost)
	for _, p := range both {
		p.ready()
	}
	t.Logf("figure: promoted after %v, both processes ready after %v", promoted.Round(time.Millisecond), time.Since(lost).Round(time.Millisecond))
	l.calm(t)
	l.end()
	for _, p := range both {
		p.kill()
	}
	l.check(t, address, a, s)
}
