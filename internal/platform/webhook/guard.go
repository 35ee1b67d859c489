package webhook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"beffroi/internal/platform/fault"
)

// ErrPrivate is wrapped by the refusal to call an address.
var ErrPrivate = errors.New("address is not on the public internet")

// ErrPort is wrapped by the refusal to call a port.
var ErrPort = errors.New("port is not allowed")

// Guard decides which addresses may be called. The zero Guard allows https on
// the public internet.
type Guard struct {
	Allow    []netip.Prefix // one's own networks: private, http and any port allowed
	Roots    *x509.CertPool // who vouches for receivers; the machine's when nil
	Resolver *net.Resolver  // the machine's when nil
	Timeout  time.Duration  // of a whole call, answer included; 10 s when 0
}

const (
	timeout     = 10 * time.Second
	longestURL  = 500
	longestHead = 16 << 10 // bytes of the answer's header
)

// ports are those of https; another port is likely something else that listens.
var ports = []uint16{443, 8443}

// notPublic are the parts of the unicast space that are not the public internet
// (IANA special-purpose registries of IPv4 and IPv6). Of IPv6 only 2000::/3 is
// given out at all: everything outside it (loopback, ULA, link-local, multicast,
// IPv4-mapped, NAT64 64:ff9b::/96 and 64:ff9b:1::/48) is refused without being
// listed.
var notPublic = prefixes(
	"0.0.0.0/8",       // this network
	"10.0.0.0/8",      // private
	"100.64.0.0/10",   // shared by carriers (CGNAT)
	"127.0.0.0/8",     // loopback
	"169.254.0.0/16",  // link-local; clouds answer here about the machine
	"172.16.0.0/12",   // private
	"192.0.0.0/24",    // protocol assignments
	"192.0.2.0/24",    // documentation
	"192.88.99.0/24",  // 6to4 relays
	"192.168.0.0/16",  // private
	"198.18.0.0/15",   // benchmarks
	"198.51.100.0/24", // documentation
	"203.0.113.0/24",  // documentation
	"224.0.0.0/3",     // multicast, reserved, broadcast
	"2001::/23",       // protocol assignments, Teredo
	"2001:db8::/32",   // documentation
	"2002::/16",       // 6to4: an IPv4 address in disguise
	"3fff::/20",       // documentation
)

var globalUnicast6 = netip.MustParsePrefix("2000::/3")

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// ParseNetworks reads a list of networks, "10.1.0.0/16, 2001:db8::/32".
func ParseNetworks(text string) (list []netip.Prefix, err error) {
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		p, err := netip.ParsePrefix(part)
		if err != nil {
			return nil, fault.Bad("webhook-allow", part, "webhook.network", fault.Args{"value": part})
		}
		list = append(list, p.Masked())
	}
	return list, nil
}

// Public tells whether an address is on the public internet.
func Public(a netip.Addr) bool {
	if a.Zone() != "" || a.Is6() && !globalUnicast6.Contains(a) {
		return false // also every IPv4-mapped form: the stack unmaps what it dials
	}
	return a.IsValid() && !slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(a) })
}

// own tells whether an address is in a network that the operator allows.
func (g Guard) own(a netip.Addr) bool {
	return slices.ContainsFunc(g.Allow, func(p netip.Prefix) bool { return p.Contains(a.WithZone("")) && a.Zone() == "" })
}

// dialable refuses an address that is about to be dialled.
func (g Guard) dialable(at netip.AddrPort, plain bool) error {
	a := at.Addr().Unmap() // ::ffff:127.0.0.1 is 127.0.0.1
	switch {
	case g.own(a):
		return nil
	case !Public(a) || plain:
		return fmt.Errorf("%s: %w", at, ErrPrivate)
	case !slices.Contains(ports, at.Port()):
		return fmt.Errorf("%s: %w", at, ErrPort)
	}
	return nil
}

// client calls addresses of one scheme. It follows no redirect, uses no proxy
// (which would resolve and dial in our place), keeps no connection and no cookie.
func (g Guard) client(plain bool) *http.Client {
	dialer := &net.Dialer{Timeout: g.timeout(), Resolver: g.Resolver,
		// Called with the address itself, after every name has been resolved.
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil {
				return fmt.Errorf("%s: %w", address, ErrPrivate)
			}
			return g.dialable(at, plain)
		}}
	return &http.Client{
		Timeout:       g.timeout(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true, DisableCompression: true,
			TLSClientConfig: &tls.Config{RootCAs: g.Roots, MinVersion: tls.VersionTLS12}, MaxResponseHeaderBytes: longestHead,
			TLSHandshakeTimeout: g.timeout(), ResponseHeaderTimeout: g.timeout()},
	}
}

func (g Guard) timeout() time.Duration {
	if g.Timeout > 0 {
		return g.Timeout
	}
	return timeout
}

// URL reads the address of a receiver. It refuses what is wrong on its face; the
// network is asked only when a message is sent. The address comes back as it
// will be called.
// i18n: fault.webhook.url fault.webhook.credentials fault.webhook.plain fault.webhook.port fault.webhook.private
func (g Guard) URL(text string) (string, error) {
	bad := func(code string) (string, error) {
		return "", fault.Bad("url", text[:min(len(text), longestURL)], code, fault.Args{"value": text[:min(len(text), longestURL)], "ports": portList()})
	}
	if text == "" {
		return bad("required")
	}
	u, err := url.Parse(text)
	if err != nil || len(text) > longestURL || u.Hostname() == "" || u.Opaque != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
		return bad("webhook.url")
	}
	if u.User != nil {
		return bad("webhook.credentials")
	}
	if u.Scheme == "http" && len(g.Allow) == 0 {
		return bad("webhook.plain")
	}
	port := uint64(443)
	if u.Scheme == "http" {
		port = 80
	}
	if p := u.Port(); p != "" {
		if port, err = strconv.ParseUint(p, 10, 16); err != nil || port == 0 {
			return bad("webhook.port")
		}
	}
	if len(g.Allow) == 0 && !slices.Contains(ports, uint16(port)) {
		return bad("webhook.port")
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil {
		if err := g.dialable(netip.AddrPortFrom(a, uint16(port)), u.Scheme == "http"); err != nil {
			return bad("webhook.private")
		}
	}
	return u.String(), nil
}

func portList() string {
	list := make([]string, len(ports))
	for i, p := range ports {
		list[i] = strconv.Itoa(int(p))
	}
	return strings.Join(list, ", ")
}
