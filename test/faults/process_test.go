package faults_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// patience bounds each start; a busy machine is slow.
const patience = time.Minute

// process is one place of the program: an address, and whichever process
// answers there at the moment.
type process struct {
	t       *testing.T
	name    string
	listen  string // host:port
	address string // of its database
	env     []string
	log     string // file of its standard error
	acks    *acks

	mu  sync.Mutex
	cmd *exec.Cmd
	end chan struct{}
}

// acks are the seats that processes said they have taken.
type acks struct {
	mu    sync.Mutex
	seats map[int64]bool
	twice []int64
}

func (a *acks) add(n int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.seats[n] {
		a.twice = append(a.twice, n)
	}
	a.seats[n] = true
}

func newProcess(t *testing.T, name, address string, a *acks, env ...string) *process {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := &process{t: t, name: name, listen: l.Addr().String(), address: address, env: env, acks: a, log: filepath.Join(t.TempDir(), name+".log")}
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			b, _ := os.ReadFile(p.log)
			t.Logf("%s said at last:\n%s", name, b[max(0, len(b)-3000):])
		}
	})
	return p
}

// start starts the program there; it may take a while until it answers.
func (p *process) start() {
	p.t.Helper()
	self, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		p.t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(self)
	cmd.Env = append(append(os.Environ(), "BEFFROI_DB="+p.address, "BEFFROI_LISTEN="+p.listen, "BEFFROI_LOG=json", "BEFFROI_DATA="+filepath.Dir(p.log),
		childArgs+"=serve", childDB+"="+p.address), p.env...)
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	end := make(chan struct{})
	go func() {
		defer close(end)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var n int64
			if _, err := fmt.Sscanf(lines.Text(), "seat %d", &n); err == nil {
				p.acks.add(n)
			}
		}
		_ = cmd.Wait() // killed, as a rule
	}()
	p.mu.Lock()
	p.cmd, p.end = cmd, end
	p.mu.Unlock()
}

// kill ends the process as a power cut would, and waits until it is gone.
func (p *process) kill() {
	p.mu.Lock()
	cmd, end := p.cmd, p.end
	p.cmd = nil
	p.mu.Unlock()
	if cmd == nil {
		return
	}
	_ = cmd.Process.Kill() // it may have ended by itself
	<-end
}

// ready waits until the program can work.
func (p *process) ready() {
	p.t.Helper()
	began := time.Now()
	for {
		if status, _ := p.ask(http.MethodGet, "/readyz"); status == http.StatusOK {
			return
		}
		p.mu.Lock()
		end := p.end
		p.mu.Unlock()
		select {
		case <-end:
			b, _ := os.ReadFile(p.log)
			p.t.Fatalf("%s ended at once:\n%s", p.name, b[max(0, len(b)-2000):])
		case <-time.After(10 * time.Millisecond):
		}
		if time.Since(began) > patience {
			b, _ := os.ReadFile(p.log)
			p.t.Fatalf("%s is not ready:\n%s", p.name, b[max(0, len(b)-2000):])
		}
	}
}

// client keeps no connections of the dead.
var client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// ask gives the status and the body, 0 when nobody answered. Headers come as
// name, value; a body as the header "".
func (p *process) ask(method, path string, headers ...string) (status int, body string) {
	var content string
	h := http.Header{"Accept-Language": {"en"}}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "" {
			content = headers[i+1]
			continue
		}
		h.Set(headers[i], headers[i+1])
	}
	r, err := http.NewRequestWithContext(context.Background(), method, "http://"+p.listen+path, strings.NewReader(content))
	if err != nil {
		p.t.Error(err)
		return 0, ""
	}
	r.Header = h
	answer, err := client.Do(r)
	if err != nil {
		return 0, ""
	}
	defer answer.Body.Close()
	return answer.StatusCode, readAll(answer)
}

// counter numbers what the load writes, over all tests.
var counter atomic.Int64
