package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// request is one call and what its answer must hold.
type request struct {
	method, path, body string
	header             map[string]string
	status             int
	want               string // must stand in the answer …
	times              int    // … so many times at least; 0 means once
}

func (r request) check(status int, body string) error {
	if status != r.status {
		return fmt.Errorf("%s %s: status %d instead of %d: %.300s", r.method, r.path, status, r.status, body)
	}
	if n := strings.Count(body, r.want); n < max(1, r.times) {
		return fmt.Errorf("%s %s: %q stands %d times in the answer, not %d: %.300s", r.method, r.path, r.want, n, max(1, r.times), body)
	}
	return nil
}

// load is a fixed number of requests over a fixed number of connections.
type load struct {
	requests, connections int
	next                  func(i int) request
}

// outcome is how a load went: the time of each answer, sorted, and how much the
// server used for all of them.
type outcome struct {
	cpu, wall time.Duration
	latencies []time.Duration
}

// perSecond is the answers for each second of processor time of the server.
func (o outcome) perSecond() float64 { return float64(len(o.latencies)) / o.cpu.Seconds() }

// quantile is the time within which a share q of the answers came.
func (o outcome) quantile(q float64) time.Duration {
	return o.latencies[min(len(o.latencies)-1, int(q*float64(len(o.latencies))))]
}

// drive sends the load, after a twentieth of it as warming up, and counts the
// server's processor time. The first wrong answer ends it.
func drive(ctx context.Context, p *process, l load) (o outcome, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	client := newClient(l.connections)
	defer client.CloseIdleConnections()
	warm := max(1, l.requests/20)
	if _, err := send(ctx, client, p.base, l, 0, warm); err != nil {
		return o, err
	}
	before, err := p.cpu()
	if err != nil {
		return o, err
	}
	began := time.Now()
	if o.latencies, err = send(ctx, client, p.base, l, warm, l.requests); err != nil {
		return o, err
	}
	o.wall = time.Since(began)
	after, err := p.cpu()
	if o.cpu = after - before; o.cpu <= 0 && err == nil {
		err = errors.New("the load is too small to measure processor time")
	}
	slices.Sort(o.latencies)
	return o, err
}

// newClient keeps its connections and asks for answers as they are: both
// servers are measured without compression, as wrk asks.
func newClient(connections int) *http.Client {
	return &http.Client{
		Timeout:       30 * time.Second,
		Transport:     &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// send makes n calls, numbered from first, and gives the time of each.
func send(ctx context.Context, client *http.Client, base string, l load, first, n int) ([]time.Duration, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	latencies := make([]time.Duration, n)
	var taken atomic.Int64
	var group sync.WaitGroup
	for range l.connections {
		group.Go(func() {
			for ctx.Err() == nil {
				i := int(taken.Add(1)) - 1
				if i >= n {
					return
				}
				took, err := call(ctx, client, base, l.next(first+i))
				if err != nil {
					cancel(err)
					return
				}
				latencies[i] = took
			}
		})
	}
	group.Wait()
	return latencies, context.Cause(ctx)
}

func call(ctx context.Context, client *http.Client, base string, r request) (time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, base+r.path, strings.NewReader(r.body))
	if err != nil {
		return 0, err
	}
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	began := time.Now()
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	took := time.Since(began)
	if err != nil {
		return 0, err
	}
	return took, r.check(res.StatusCode, string(body))
}
