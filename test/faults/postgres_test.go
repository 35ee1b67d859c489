package faults_test

import (
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"beffroi/test/pg"
)

// Two processes on one PostgreSQL behind a proxy: connections are cut, the
// server is out of reach for a while, and one process after the other is killed,
// under load.
func TestTwoProcessesBehindAProxy(t *testing.T) {
	address := pg.Shared(t)
	token := move(t, address)
	middle, via := through(t, address)
	s, a := newSink(t), &acks{seats: map[int64]bool{}}
	var both []*process
	for _, name := range []string{"one", "two"} {
		p := newProcess(t, name, via, a, childSink+"="+s.URL)
		p.start()
		both = append(both, p)
	}
	for _, p := range both {
		p.ready()
	}
	l := begin(t, token, 1, both...)
	rounds := form(2, 30)
	for i := range rounds {
		time.Sleep(300*time.Millisecond + rand.N(300*time.Millisecond))
		middle.cut()
		time.Sleep(100*time.Millisecond + rand.N(200*time.Millisecond))
		middle.shut(true)
		time.Sleep(200 * time.Millisecond)
		if status, _ := both[i%2].ask(http.MethodGet, "/readyz"); status != http.StatusServiceUnavailable {
			t.Errorf("without a database /readyz answers %d", status)
		}
		middle.shut(false)
		p := both[i%2]
		p.kill()
		p.start()
		p.ready()
	}
	for _, p := range both {
		p.ready()
	}
	l.calm(t)
	l.end()
	for _, p := range both {
		p.kill()
	}
	t.Logf("figure: connections cut %d times, server out of reach %d times, %d processes killed", 2*rounds, rounds, rounds+2)
	l.check(t, address, a, s)
}
