package webhook

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
	"pgregory.net/rapid"

	"beffroi/internal/platform/fault"
)

// Every address that must not be called, and who could be behind it.
func TestNotPublic(t *testing.T) {
	for address, who := range map[string]string{
		"0.0.0.0": "this machine", "0.1.2.3": "this network", "127.0.0.1": "loopback", "127.255.255.254": "loopback", "10.0.0.1": "private", "10.255.255.255": "private",
		"172.16.0.1": "private", "172.31.255.255": "private", "192.168.1.1": "private", "100.64.0.1": "CGNAT", "100.127.255.255": "CGNAT", "169.254.169.254": "metadata", "169.254.170.2": "metadata",
		"192.0.0.192": "metadata", "192.0.2.1": "documentation", "198.18.0.1": "benchmark", "198.19.255.255": "benchmark", "198.51.100.1": "documentation", "203.0.113.1": "documentation", "192.88.99.1": "6to4",
		"224.0.0.1": "multicast", "239.255.255.255": "multicast", "240.0.0.1": "reserved", "255.255.255.255": "broadcast",
		"::": "this machine", "::1": "loopback", "::7f00:1": "IPv4-compatible", "::ffff:127.0.0.1": "mapped", "::ffff:169.254.169.254": "mapped", "64:ff9b::7f00:1": "NAT64", "64:ff9b:1::a00:1": "NAT64",
		"fc00::1": "ULA", "fd00:ec2::254": "metadata", "fe80::1": "link-local", "fe80::1%eth0": "zone", "2606:4700::1%eth0": "zone", "fec0::1": "site-local", "ff02::1": "multicast", "2001::1": "Teredo", "2001:db8::1": "documentation",
		"2002:7f00:1::1": "6to4", "3fff::1": "documentation", "5f00::1": "segment routing", "100::1": "discard", "4000::1": "not given out",
	} {
		a := netip.MustParseAddr(address)
		if Public(a.Unmap()) || Public(a) {
			t.Errorf("%s (%s) passes as public", address, who)
		}
		if err := (Guard{}).dialable(netip.AddrPortFrom(a, 443), false); !errors.Is(err, ErrPrivate) {
			t.Errorf("%s (%s) may be dialled: %v", address, who, err)
		}
	}
	for _, address := range []string{"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "193.190.130.1", "223.255.255.255", "2606:4700::1111", "2a02:a03f::1", "2001:4860:4860::8888"} {
		if !Public(netip.MustParseAddr(address)) {
			t.Errorf("%s is public and refused", address)
		}
	}
}

// An IPv4 address is judged the same however it is written.
func TestDisguises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "address")
		plain := netip.AddrFrom4([4]byte(b))
		mapped := netip.AddrFrom16(plain.As16())
		at := func(a netip.Addr) bool { return (Guard{}).dialable(netip.AddrPortFrom(a, 443), false) == nil }
		if at(plain) != at(mapped) {
			t.Fatalf("%s and %s are judged otherwise", plain, mapped)
		}
		if plain.IsPrivate() || plain.IsLoopback() || plain.IsLinkLocalUnicast() || plain.IsMulticast() || plain.IsUnspecified() {
			if at(plain) {
				t.Fatalf("%s may be dialled", plain)
			}
		}
	})
}

func TestPortsAndAllowedNetworks(t *testing.T) {
	open := Guard{Allow: prefixes("10.1.0.0/16")}
	for _, c := range []struct {
		guard   Guard
		address string
		plain   bool
		want    error
	}{
		{Guard{}, "1.1.1.1:443", false, nil},
		{Guard{}, "1.1.1.1:8443", false, nil},
		{Guard{}, "1.1.1.1:22", false, ErrPort},
		{Guard{}, "1.1.1.1:6379", false, ErrPort},
		{Guard{}, "1.1.1.1:443", true, ErrPrivate},
		{open, "10.1.2.3:8080", true, nil},
		{open, "10.1.2.3:22", false, nil},
		{open, "10.2.0.1:443", false, ErrPrivate},
		{open, "1.1.1.1:80", true, ErrPrivate},
		{open, "1.1.1.1:25", false, ErrPort},
		{open, "[::ffff:10.1.2.3]:8080", true, nil},
		{Guard{Allow: prefixes("fe80::/10")}, "[fe80::1%eth0]:443", false, ErrPrivate},
	} {
		if err := c.guard.dialable(netip.MustParseAddrPort(c.address), c.plain); !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s plain %t: %v, want %v", c.address, c.plain, err, c.want)
		}
	}
}

func TestURL(t *testing.T) {
	own := Guard{Allow: prefixes("127.0.0.0/8")}
	for _, c := range []struct {
		guard Guard
		url   string
		code  string
	}{
		{Guard{}, "https://example.org/hook?key=1", ""},
		{Guard{}, "https://example.org:8443/", ""},
		{Guard{}, "https://[2606:4700::1111]/", ""},
		{own, "http://127.0.0.1:8080/", ""},
		{own, "https://intranet.province.be:9000/", ""},
		{Guard{}, "", "required"},
		{Guard{}, "example.org/hook", "webhook.url"},
		{Guard{}, "//example.org/hook", "webhook.url"},
		{Guard{}, "https:example.org", "webhook.url"},
		{Guard{}, "https://", "webhook.url"},
		{Guard{}, "https://:443/", "webhook.url"},
		{Guard{}, "ftp://example.org/", "webhook.url"},
		{Guard{}, "file:///etc/passwd", "webhook.url"},
		{Guard{}, "gopher://127.0.0.1:25/", "webhook.url"},
		{Guard{}, "https://example.org/#part", "webhook.url"},
		{Guard{}, "https://exa mple.org/", "webhook.url"},
		{Guard{}, "https://example.org/" + strings.Repeat("a", 500), "webhook.url"},
		{Guard{}, "http://example.org/", "webhook.plain"},
		{Guard{}, "https://user:pass@example.org/", "webhook.credentials"},
		{Guard{}, "https://user@example.org/", "webhook.credentials"},
		{Guard{}, "https://example.org:22/", "webhook.port"},
		{Guard{}, "https://example.org:99999/", "webhook.port"},
		{Guard{}, "https://example.org:0/", "webhook.port"},
		{Guard{}, "https://127.0.0.1/", "webhook.private"},
		{Guard{}, "https://[::1]/", "webhook.private"},
		{Guard{}, "https://[::ffff:7f00:1]/", "webhook.private"},
		{Guard{}, "https://169.254.169.254/latest/meta-data/", "webhook.private"},
		{own, "https://10.0.0.1/", "webhook.private"},
		{own, "http://1.1.1.1/", "webhook.private"},
	} {
		_, err := c.guard.URL(c.url)
		code := ""
		if err != nil {
			code = fault.From(err).Fields[0].Code
		}
		if code != c.code {
			t.Errorf("%q: %q, want %q", c.url, code, c.code)
		}
	}
}

func FuzzURL(f *testing.F) {
	for _, s := range []string{"https://example.org/", "https://127.0.0.1/", "http://[::1%25eth0]/", "https://0x7f.1/", "https://2130706433/", "https://a@b/", "\x00", "https://①②⑦.0.0.1/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := (Guard{}).URL(s)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		if !strings.HasPrefix(got, "https://") {
			t.Fatalf("%q is taken as %q", s, got)
		}
		if again, err := (Guard{}).URL(got); err != nil || again != got {
			t.Fatalf("%q is taken as %q and then %q, %v", s, got, again, err)
		}
	})
}

func TestParseNetworks(t *testing.T) {
	list, err := ParseNetworks(" 10.1.2.3/16, 2001:db8::/32 ,")
	if err != nil || len(list) != 2 || list[0].String() != "10.1.0.0/16" {
		t.Errorf("%v, %v", list, err)
	}
	if list, err := ParseNetworks(""); err != nil || list != nil {
		t.Errorf("nothing: %v, %v", list, err)
	}
	for _, bad := range []string{"10.1.2.3", "10.0.0.0/33", "intranet"} {
		if _, err := ParseNetworks(bad); fault.From(err).Fields[0].Code != "webhook.network" {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// receiver is a real server on loopback that counts its calls.
type receiver struct {
	*httptest.Server
	calls atomic.Int64
}

func newReceiver(t *testing.T, h http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.calls.Add(1)
		if h != nil {
			h(w, req)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) port() string {
	_, port, _ := net.SplitHostPort(r.Listener.Addr().String())
	return port
}

// nameserver answers every question for an address with the next of a list, the
// last for ever, with a lifetime of nothing: what an attacker's would do.
func nameserver(t *testing.T, answers ...string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	var asked atomic.Int64
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var q dnsmessage.Message
			if q.Unpack(buf[:n]) != nil {
				continue
			}
			reply := dnsmessage.Message{Header: dnsmessage.Header{ID: q.ID, Response: true, Authoritative: true}, Questions: q.Questions}
			if question := q.Questions[0]; question.Type == dnsmessage.TypeA {
				i := min(int(asked.Add(1)), len(answers)) - 1
				for a := range strings.SplitSeq(answers[i], " ") {
					reply.Answers = append(reply.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: question.Name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET},
						Body: &dnsmessage.AResource{A: netip.MustParseAddr(a).As4()}})
				}
			}
			if b, err := reply.Pack(); err == nil {
				_, _ = conn.WriteTo(b, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func get(g Guard, url string) error {
	resp, err := g.client(strings.HasPrefix(url, "http:")).Get(url)
	if err == nil {
		_ = resp.Body.Close()
	}
	return err
}

// A name that first gives an address that may be called, and then our own
// machine: what is dialled is what is judged.
func TestRebinding(t *testing.T) {
	r := newReceiver(t, nil)
	g := Guard{Allow: prefixes("127.0.0.2/32"), Resolver: nameserver(t, "127.0.0.2", "127.0.0.1")}
	url := "http://hook.example:" + r.port() + "/"
	// The receiver listens on 127.0.0.1 only: nobody answers at 127.0.0.2.
	if err := get(g, url); err == nil || errors.Is(err, ErrPrivate) {
		t.Errorf("the first answer is allowed and nobody is there: %v", err)
	}
	if err := get(g, url); !errors.Is(err, ErrPrivate) || r.calls.Load() != 0 {
		t.Errorf("the second answer is our machine: %v, %d calls", err, r.calls.Load())
	}
	// The control: when the network is allowed the very same name is called.
	g.Allow = prefixes("127.0.0.0/8")
	if err := get(g, url); err != nil || r.calls.Load() != 1 {
		t.Errorf("an allowed network: %v, %d calls", err, r.calls.Load())
	}
}

// Several answers to one question: each is judged when its turn comes.
func TestSeveralAnswers(t *testing.T) {
	r := newReceiver(t, nil)
	g := Guard{Resolver: nameserver(t, "127.0.0.1 10.0.0.1 169.254.169.254")}
	if err := get(g, "https://hook.example:"+r.port()+"/"); !errors.Is(err, ErrPrivate) || r.calls.Load() != 0 {
		t.Errorf("%v, %d calls", err, r.calls.Load())
	}
}

func TestOtherSpellings(t *testing.T) {
	r := newReceiver(t, nil)
	for _, host := range []string{"127.0.0.1", "localhost", "LOCALHOST.", "0", "0.0.0.0", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::1]", "[::]", "[::ffff:127.0.0.1]", "①②⑦.⓪.⓪.①"} {
		for _, scheme := range []string{"http", "https"} {
			if err := get(Guard{}, scheme+"://"+host+":"+r.port()+"/"); err == nil {
				t.Errorf("%s://%s is called", scheme, host)
			}
		}
	}
	if n := r.calls.Load(); n != 0 {
		t.Errorf("%d calls came through", n)
	}
	if err := get(Guard{Allow: prefixes("127.0.0.0/8", "::1/128")}, "http://localhost:"+r.port()+"/"); err != nil || r.calls.Load() != 1 {
		t.Errorf("the control, an allowed network: %v", err)
	}
}
