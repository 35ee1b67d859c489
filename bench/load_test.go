package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// self is this very process as a server to measure.
func self(t *testing.T, h http.HandlerFunc) *process {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	me, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	return &process{cmd: &exec.Cmd{Process: me}, base: server.URL}
}

func TestDriveAsksEachOnce(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]int{}
	p := self(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen[r.URL.Path]++
		if got := r.Header.Get("Accept-Encoding"); got != "" {
			t.Errorf("asks for %q", got)
		}
		fmt.Fprintf(w, "you asked %s", r.URL.Path)
	})
	next := func(i int) request {
		return request{method: "GET", path: fmt.Sprintf("/%d", i), status: 200, want: fmt.Sprintf("asked /%d", i)}
	}
	o, err := drive(context.Background(), p, load{requests: 2000, connections: 8, next: next})
	if err != nil {
		t.Fatal(err)
	}
	if len(o.latencies) != 2000 || len(seen) != 2100 {
		t.Errorf("%d latencies, %d addresses; want 2000 and 2100, warming up included", len(o.latencies), len(seen))
	}
	if o.quantile(0.5) > o.quantile(0.99) || o.quantile(0) <= 0 || o.perSecond() <= 0 {
		t.Errorf("p50 %v, p99 %v, %f a second", o.quantile(0.5), o.quantile(0.99), o.perSecond())
	}
}

// A server that begins to answer wrongly must not get a figure.
func TestDriveRefusesWrongAnswers(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter){
		"status":  func(w http.ResponseWriter) { http.Error(w, "item item", http.StatusInternalServerError) },
		"content": func(w http.ResponseWriter) { fmt.Fprint(w, "item") },
	} {
		n := 0
		var mu sync.Mutex
		p := self(t, func(w http.ResponseWriter, _ *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			if n++; n == 400 {
				answer(w)
				return
			}
			fmt.Fprint(w, "item item")
		})
		_, err := drive(context.Background(), p, load{requests: 1000, connections: 4,
			next: func(int) request { return request{method: "GET", path: "/", status: 200, want: "item", times: 2} }})
		if err == nil || !strings.Contains(err.Error(), "GET /") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestQuantile(t *testing.T) {
	o := outcome{}
	for i := range 100 {
		o.latencies = append(o.latencies, time.Duration(i+1))
	}
	for q, want := range map[float64]time.Duration{0: 1, 0.5: 51, 0.99: 100, 1: 100} {
		if got := o.quantile(q); got != want {
			t.Errorf("%v: %v, want %v", q, got, want)
		}
	}
}
