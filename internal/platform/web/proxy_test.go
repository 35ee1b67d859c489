package web

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"beffroi/internal/platform/fault"
)

func TestParseProxies(t *testing.T) {
	for text, want := range map[string]int{"": 0, " , ": 0, "127.0.0.1": 1, "127.0.0.1, ::1,10.0.0.0/8": 3} {
		if list, err := ParseProxies(text); err != nil || len(list) != want {
			t.Errorf("%q: %v, %v", text, list, err)
		}
	}
	for _, text := range []string{"localhost", "10.0.0.0/33", "1.2.3.4:80", "127.0.0.1 ::1"} {
		if e := fault.From(func() error { _, err := ParseProxies(text); return err }()); e.Code != "proxies" || e.Args["value"] != text {
			t.Errorf("%q: %v", text, e)
		}
	}
}

func TestVisitors(t *testing.T) {
	for _, c := range []struct {
		proxies, peer string
		headers       []string
		want          string
	}{
		{"", "127.0.0.1:1", []string{"192.0.2.1"}, "127.0.0.1:1"}, // nobody is believed
		{"127.0.0.1", "127.0.0.1:1", nil, "127.0.0.1:1"},
		{"127.0.0.1", "127.0.0.1:1", []string{"192.0.2.1"}, "192.0.2.1:0"},
		{"127.0.0.1", "[::ffff:127.0.0.1]:1", []string{"192.0.2.1"}, "192.0.2.1:0"},
		{"127.0.0.1", "198.51.100.7:1", []string{"192.0.2.1"}, "198.51.100.7:1"}, // a stranger's word
		{"127.0.0.1", "127.0.0.1:1", []string{"203.0.113.9, 192.0.2.1"}, "192.0.2.1:0"},
		{"127.0.0.1", "127.0.0.1:1", []string{"203.0.113.9", "192.0.2.1"}, "192.0.2.1:0"},
		{"127.0.0.1,10.0.0.0/8", "127.0.0.1:1", []string{"203.0.113.9, 192.0.2.1, 10.1.2.3"}, "192.0.2.1:0"},
		{"127.0.0.1,10.0.0.0/8", "127.0.0.1:1", []string{"10.1.2.4, 10.1.2.3"}, "10.1.2.4:0"},
		{"127.0.0.1", "127.0.0.1:1", []string{"nonsense"}, "127.0.0.1:1"},
		{"127.0.0.1", "127.0.0.1:1", []string{"192.0.2.1, nonsense"}, "127.0.0.1:1"},
		{"127.0.0.1", "127.0.0.1:1", []string{"2001:db8::1"}, "[2001:db8::1]:0"},
	} {
		proxies, err := ParseProxies(c.proxies)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		h := visitors(proxies, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr }))
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		for _, x := range c.headers {
			r.Header.Add("X-Forwarded-For", x)
		}
		if h.ServeHTTP(httptest.NewRecorder(), r); got != c.want {
			t.Errorf("%q hears %v from %s: %s, want %s", c.proxies, c.headers, c.peer, got, c.want)
		}
	}
}
