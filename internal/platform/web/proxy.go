package web

import (
	"net/http"
	"net/netip"
	"strings"

	"beffroi/internal/platform/fault"
)

// ParseProxies reads the addresses and prefixes of the servers before ours, with
// commas between them: "127.0.0.1, ::1, 10.0.0.0/8". What is neither is a fault
// "proxies".
func ParseProxies(text string) (list []netip.Prefix, err error) {
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		p, err := netip.ParsePrefix(word)
		if addr, aerr := netip.ParseAddr(word); aerr == nil {
			p, err = addr.Prefix(addr.BitLen())
		}
		if err != nil {
			return nil, &fault.Error{Kind: fault.BadRequest, Code: "proxies", Args: fault.Args{"value": word}, Err: err}
		}
		list = append(list, p.Masked())
	}
	return list, nil
}

// visitors puts the visitor's address in place of the proxy's. Only a proxy that
// the operator named is believed: anybody else may write what they like into
// X-Forwarded-For, and would dodge the limits on guessing passwords.
func visitors(proxies []netip.Prefix, next http.Handler) http.Handler {
	if len(proxies) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil && trusted(proxies, peer.Addr()) {
			if ip, ok := visitor(proxies, r.Header.Values("X-Forwarded-For")); ok {
				apart := *r
				apart.RemoteAddr = netip.AddrPortFrom(ip, 0).String()
				r = &apart
			}
		}
		next.ServeHTTP(w, r)
	})
}

func trusted(proxies []netip.Prefix, ip netip.Addr) bool {
	for _, p := range proxies {
		if p.Contains(ip.Unmap()) {
			return true
		}
	}
	return false
}

// visitor is the last address that no proxy of ours has: each proxy adds at the
// end whom it heard, and what stands before the last stranger is the stranger's
// own word.
func visitor(proxies []netip.Prefix, headers []string) (ip netip.Addr, ok bool) {
	words := strings.Split(strings.Join(headers, ","), ",")
	for i := len(words) - 1; i >= 0; i-- {
		addr, err := netip.ParseAddr(strings.TrimSpace(words[i]))
		if err != nil {
			return ip, ok
		}
		if ip, ok = addr.Unmap(), true; !trusted(proxies, ip) {
			return ip, ok
		}
	}
	return ip, ok
}
