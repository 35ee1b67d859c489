package webhook

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/jobs"
)

// From the deed to a receiver that checks the signature, by a real runner.
func TestEndToEnd(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		var mu sync.Mutex
		var secret Secret
		var ids []string
		arrived := make(chan string, 8)
		r := newReceiver(t, func(w http.ResponseWriter, req *http.Request) {
			body, _ := io.ReadAll(req.Body)
			mu.Lock()
			defer mu.Unlock()
			ids = append(ids, req.Header.Get("webhook-id"))
			switch {
			case !verify(secret.String(), req.Header, body) || verify(secret.String(), req.Header, append(body, ' ')):
				arrived <- "a signature is wrong"
			case len(ids) == 1:
				w.WriteHeader(http.StatusServiceUnavailable) // it comes again
			default:
				arrived <- string(body)
			}
		})
		mu.Lock()
		_, secret = b.subscribe(r.URL+"/hook", "mission.changed")
		mu.Unlock()
		b.emit("project.changed") // not subscribed
		b.emit("mission.changed")
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		runner := &jobs.Runner{Queue: jobs.NewQueue(b.db), Handlers: map[string]jobs.Handler{JobKind: b.Deliver}, Poll: 10 * time.Millisecond}
		go func() { _ = runner.Run(ctx) }()
		for range 100 { // until the first try has failed, then the clock goes on
			if list := b.list(Filter{}); len(list) == 1 && list[0].Attempts == 1 {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		b.clock.move(time.Minute)
		select {
		case body := <-arrived:
			var m Message
			if err := json.Unmarshal([]byte(body), &m); err != nil || m.Type != "mission.changed" || string(m.Data) != `{"n":7}` || m.Timestamp.IsZero() {
				t.Errorf("%s: %v", body, err)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("nothing arrives")
		}
		mu.Lock()
		defer mu.Unlock()
		if len(ids) != 2 || ids[0] != ids[1] || !strings.HasPrefix(ids[0], "msg_") {
			t.Errorf("ids %v", ids)
		}
	})
}

// Every way in which a try can end, against real servers.
func TestOutcomes(t *testing.T) {
	elsewhere := newReceiver(t, nil)
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		outcome Outcome
		status  int
		answer  string
	}{
		"taken":        {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, Taken, 204, ""},
		"refused":      {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "not \x00 today\xff", 500) }, Refused, 500, "not \uFFFD today\uFFFD\n"},
		"gone":         {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }, Gone, 410, ""},
		"redirect":     {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, 307) }, Redirects, 307, ""},
		"metadata":     {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "http://169.254.169.254/", 302) }, Redirects, 302, ""},
		"slow header":  {func(http.ResponseWriter, *http.Request) { time.Sleep(patience) }, TimedOut, 0, "exceeded"},
		"cut off":      {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, Broken, 0, "EOF"},
		"huge header":  {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 1<<20)) }, Broken, 0, "header"},
		"huge answer":  {endless, Taken, 200, strings.Repeat("x", 500) + "…"},
		"slow answer":  {trickle(200), Taken, 200, "drop"},
		"slow refusal": {trickle(503), Refused, 503, "drop"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReceiver(t, c.handler)
			g := Guard{Allow: prefixes("127.0.0.0/8"), Timeout: 500 * time.Millisecond}
			begin := time.Now()
			got := caller(t, g).call(t.Context(), parcel{Webhook{URL: r.URL}, Delivery{Message: "msg_1", Body: "{}"}, Secret("k")})
			if got.outcome != c.outcome || got.status != c.status || !strings.Contains(got.answer, c.answer) {
				t.Errorf("%+v, want %+v", got, c)
			}
			if took := time.Since(begin); took >= patience {
				t.Errorf("it took %v", took)
			}
			if r.calls.Load() != 1 {
				t.Errorf("%d calls", r.calls.Load())
			}
		})
	}
	t.Cleanup(func() {
		if n := elsewhere.calls.Load(); n != 0 {
			t.Errorf("a redirect was followed %d times", n)
		}
	})
}

// endless answers until nobody reads any more.
func endless(w http.ResponseWriter, _ *http.Request) {
	for chunk := []byte(strings.Repeat("x", 1<<16)); ; {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

// patience is how long a slow receiver keeps its callers waiting.
const patience = 2 * time.Second

// trickle answers at once and then lets a drop fall now and then.
func trickle(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		for begin := time.Now(); time.Since(begin) < patience; time.Sleep(50 * time.Millisecond) {
			if _, err := io.WriteString(w, "drop "); err != nil {
				return
			}
			_ = http.NewResponseController(w).Flush()
		}
	}
}

// caller is a service that only calls.
func caller(t *testing.T, g Guard) *Service { return NewService(dbtest.SQLite(t, nil), g) }

// One that sends its header byte by byte.
func TestSlowLoris(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for _, c := range "HTTP/1.1 200 OK\r\nX-Slow: " + strings.Repeat("a", 1000) {
					if _, err := conn.Write([]byte(string(c))); err != nil {
						return
					}
					time.Sleep(20 * time.Millisecond)
				}
			}()
		}
	}()
	begin := time.Now()
	got := caller(t, Guard{Allow: prefixes("127.0.0.0/8"), Timeout: 300 * time.Millisecond}).call(t.Context(), parcel{Webhook{URL: "http://" + l.Addr().String()}, Delivery{}, Secret("k")})
	if got.outcome != TimedOut || time.Since(begin) > 2*time.Second {
		t.Errorf("%+v after %v", got, time.Since(begin))
	}
}

func TestCertificates(t *testing.T) {
	taken := 0
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { taken++ }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(server.Close)
	known := x509.NewCertPool()
	known.AddCert(server.Certificate())
	allow := prefixes("127.0.0.0/8")
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	for _, c := range []struct {
		name  string
		guard Guard
		url   string
		want  Outcome
	}{
		{"nobody vouches for it", Guard{Allow: allow}, server.URL, BadTLS},
		{"of another name", Guard{Allow: allow, Roots: known, Resolver: nameserver(t, "127.0.0.1")}, "https://hook.other.example:" + port, BadTLS},
		{"vouched for", Guard{Allow: allow, Roots: known}, server.URL, Taken},
		{"vouched for, not allowed", Guard{Roots: known}, server.URL, Private},
		{"a name of our machine", Guard{Resolver: nameserver(t, "127.0.0.1")}, "https://hook.example", Private},
		{"a name of nobody", Guard{}, "https://hook.invalid", Unknown},
	} {
		if got := caller(t, c.guard).call(t.Context(), parcel{Webhook{URL: c.url}, Delivery{}, Secret("k")}); got.outcome != c.want {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	if taken != 1 {
		t.Errorf("%d messages were read", taken)
	}
	plain := newReceiver(t, nil)
	if got := caller(t, Guard{Allow: allow}).call(t.Context(), parcel{Webhook{URL: "https://127.0.0.1:" + plain.port()}, Delivery{}, Secret("k")}); got.outcome != BadTLS {
		t.Errorf("no TLS at all: %+v", got)
	}
}

func TestFailuresAndDeadLetters(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		broken := true
		r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
			if broken {
				w.WriteHeader(500)
			}
		})
		w, _ := b.subscribe(r.URL, Every)
		b.emit("mission.changed")
		message := b.only().Message
		if err := b.try(message, 1); err == nil {
			t.Error("a failed try is not tried again")
		}
		if d := b.only(); d.Stage != Waiting || d.Attempts != 1 || d.Outcome != Refused || d.Status != 500 || d.Tried.IsZero() {
			t.Errorf("%+v", d)
		}
		since := b.state(w.Key).FailingSince
		b.clock.move(time.Hour)
		if err := b.try(message, attempts); err != nil {
			t.Errorf("the last failure is a dead letter here, not among the jobs: %v", err)
		}
		if d := b.only(); d.Stage != Exhausted || since.IsZero() || !b.state(w.Key).FailingSince.Equal(since) {
			t.Errorf("%+v, failing since %v", d, since)
		}
		broken = false
		if err := b.try(message, 1); err != nil || b.only().Attempts != 2 {
			t.Errorf("a dead letter is sent without being asked: %v", err)
		}
		if err := b.Replay(t.Context(), admin, message); err != nil {
			t.Fatal(err)
		}
		if err := b.try(message, 1); err != nil {
			t.Fatal(err)
		}
		if d := b.only(); d.Stage != Delivered || d.Message != message || d.Outcome != Taken || !b.state(w.Key).FailingSince.IsZero() {
			t.Errorf("replayed: %+v", d)
		}
		calls := r.calls.Load()
		if err := b.try(message, 1); err != nil || r.calls.Load() != calls {
			t.Error("a job that comes twice sends twice")
		}
		if err := b.try("msg_none", 1); err != nil {
			t.Errorf("a message that is gone: %v", err)
		}
	})
}

func TestSwitchedOff(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) })
		w, _ := b.subscribe(r.URL, Every)
		b.emit("mission.changed")
		message := b.only().Message
		for _, step := range []struct {
			wait time.Duration
			want State
		}{{0, Active}, {giveUp - time.Second, Active}, {time.Second, Failed}} {
			b.clock.move(step.wait)
			_ = b.try(message, 2) // it fails, that is the point
			if got := b.state(w.Key).State; got != step.want {
				t.Errorf("after %v more: %s, want %s", step.wait, got, step.want)
			}
		}
		if got := b.deeds(w); !slices.Equal(got, []string{"eve webhook.create", "system webhook.disable"}) {
			t.Errorf("%v", got)
		}
		calls := r.calls.Load()
		if err := b.try(message, 3); err != nil || b.only().Stage != Dropped || r.calls.Load() != calls {
			t.Errorf("%v, %+v", err, b.only())
		}
		b.emit("mission.changed")
		if len(b.list(Filter{})) != 1 {
			t.Error("one that is off is written to")
		}
		if err := b.Resume(t.Context(), admin, w.Key); err != nil || !b.state(w.Key).FailingSince.IsZero() {
			t.Errorf("%v, %+v", err, b.state(w.Key))
		}
		b.emit("mission.changed")
		if len(b.list(Filter{})) != 2 {
			t.Error("one that is on again is not")
		}
	})
}

func TestGoneEndsIt(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) })
		w, _ := b.subscribe(r.URL, Every)
		b.emit("mission.changed")
		if err := b.try(b.only().Message, 1); err != nil || b.only().Stage != Exhausted || b.state(w.Key).State != Failed {
			t.Errorf("%v, %+v, %+v", err, b.only(), b.state(w.Key))
		}
	})
}

func TestStoppingIsNobodysFault(t *testing.T) {
	b := newBench(t, "sqlite:"+t.TempDir()+"/test.db")
	held := make(chan struct{})
	r := newReceiver(t, func(_ http.ResponseWriter, req *http.Request) {
		_, _ = io.ReadAll(req.Body)
		close(held)
		select {
		case <-req.Context().Done():
		case <-time.After(patience):
		}
	})
	w, _ := b.subscribe(r.URL, Every)
	b.emit("mission.changed")
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		<-held
		stop()
	}()
	payload, _ := json.Marshal(b.only().Message)
	err := b.Deliver(ctx, jobs.Job{Payload: payload, Attempt: 1, MaxAttempts: attempts})
	if !errors.Is(err, context.Canceled) || b.only().Attempts != 0 || !b.state(w.Key).FailingSince.IsZero() {
		t.Errorf("%v, %+v", err, b.only())
	}
}
