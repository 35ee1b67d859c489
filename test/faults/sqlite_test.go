package faults_test

import (
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
)

// SQLite: the process is killed at random moments during mixed writes, and
// starts again each time on what is there.
func TestKilledWhileWriting(t *testing.T) {
	address, token := demonstration(t, filepath.Join(t.TempDir(), "beffroi.db"))
	s, a := newSink(t), &acks{seats: map[int64]bool{}}
	p := newProcess(t, "beffroi", address, a, childSink+"="+s.URL)
	kills := form(5, 200)
	p.start()
	p.ready()
	l := begin(t, token, 2, p)
	for range kills {
		time.Sleep(20*time.Millisecond + rand.N(400*time.Millisecond))
		p.kill()
		intact(t, address)
		p.start()
		p.ready()
	}
	l.calm(t)
	l.end()
	p.kill()
	t.Logf("figure: killed %d times", kills+1)
	l.check(t, address, a, s)
}

func intact(t *testing.T, address string) {
	t.Helper()
	d, err := db.Open(t.Context(), address, clock.System())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Intact(t.Context()); err != nil {
		t.Fatalf("%s: %v", strings.TrimPrefix(address, "sqlite:"), err)
	}
}
