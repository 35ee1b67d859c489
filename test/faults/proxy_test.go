package faults_test

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// proxy passes connections on to a server, and cuts them.
type proxy struct {
	listener net.Listener
	target   string
	mu       sync.Mutex
	conns    map[net.Conn]bool
	closed   bool // to new connections
	hands    sync.WaitGroup
}

// through gives the address of a database through a proxy of its own.
func through(t *testing.T, address string) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, target: u.Host, conns: map[net.Conn]bool{}}
	p.hands.Go(p.accept)
	t.Cleanup(func() {
		_ = l.Close()
		p.cut()
		p.hands.Wait()
	})
	u.Host = l.Addr().String()
	return p, u.String()
}

func (p *proxy) accept() {
	for {
		in, err := p.listener.Accept()
		if err != nil {
			return // closed at the end of the test
		}
		p.hands.Go(func() { p.pass(in) })
	}
}

func (p *proxy) pass(in net.Conn) {
	defer in.Close()
	if !p.keep(in) {
		return
	}
	out, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer out.Close()
	if !p.keep(out) {
		return
	}
	back := make(chan struct{})
	go func() {
		_, _ = io.Copy(in, out) // ends when either is closed
		_ = in.Close()
		close(back)
	}()
	_, _ = io.Copy(out, in)
	_ = out.Close()
	<-back
	p.mu.Lock()
	delete(p.conns, in)
	delete(p.conns, out)
	p.mu.Unlock()
}

func (p *proxy) keep(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.conns[c] = true
	}
	return !p.closed
}

// cut ends every connection at once; new ones are taken.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
}

// shut takes no new connections while it is on.
func (p *proxy) shut(on bool) {
	p.mu.Lock()
	p.closed = on
	p.mu.Unlock()
	if on {
		p.cut()
	}
}
