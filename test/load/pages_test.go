package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkPages serves the measured pages in this process, without a network,
// over 20,000 entries; for profiles:
//
//	go test -run '^$' -bench Pages/commune -cpuprofile cpu.prof ./test/load
func BenchmarkPages(b *testing.B) {
	h, _, _ := house(b, 20_000, 7)
	site := h.Handler()
	for _, page := range []struct{ name, path string }{
		{"record", "/api/v1/ledger/L-2020-000007"},
		{"list", "/api/v1/ledger?limit=50"},
		{"html", "/ledger?limit=50"},
		{"commune", "/communes/53053"},
	} {
		b.Run(page.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				site.ServeHTTP(w, httptest.NewRequest(http.MethodGet, page.path, nil))
				if w.Code != http.StatusOK {
					b.Fatalf("%s: status %d", page.path, w.Code)
				}
			}
		})
	}
}
