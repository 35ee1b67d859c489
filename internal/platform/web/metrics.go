package web

import (
	"fmt"
	"net/http"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"
)

// Metrics counts requests for the operator, in the Prometheus text format.
type Metrics struct {
	mu       sync.Mutex
	requests map[string]int64
	seconds  float64
	buckets  [len(bounds)]int64
}

// bounds are the upper limits of the duration histogram, in seconds.
var bounds = [...]float64{0.005, 0.025, 0.1, 0.5, 2.5}

// NewMetrics makes an empty set.
func NewMetrics() *Metrics {
	return &Metrics{requests: map[string]int64{}}
}

// Request counts one request.
func (m *Metrics) Request(method string, status int, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !slices.Contains(methods, method) {
		method = "other" // a stranger's words must not fill the memory
	}
	m.requests[fmt.Sprintf(`method=%q,status="%d"`, method, status)]++
	s := took.Seconds()
	m.seconds += s
	for i, b := range bounds {
		if s <= b {
			m.buckets[i]++
		}
	}
}

// ServeHTTP writes the text format.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b strings.Builder
	b.WriteString("# TYPE beffroi_requests_total counter\n")
	keys := make([]string, 0, len(m.requests))
	var total int64
	for k, n := range m.requests {
		keys = append(keys, k)
		total += n
	}
	sort.Strings(keys)
	for _, k := range keys {
		fmt.Fprintf(&b, "beffroi_requests_total{%s} %d\n", k, m.requests[k])
	}
	b.WriteString("# TYPE beffroi_request_seconds histogram\n")
	for i, bound := range bounds {
		fmt.Fprintf(&b, "beffroi_request_seconds_bucket{le=\"%g\"} %d\n", bound, m.buckets[i])
	}
	fmt.Fprintf(&b, "beffroi_request_seconds_bucket{le=\"+Inf\"} %d\nbeffroi_request_seconds_sum %g\nbeffroi_request_seconds_count %d\n", total, m.seconds, total)
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	_, _ = w.Write([]byte(b.String())) // the scraper may have gone
}
