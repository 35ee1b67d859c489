package ui

import (
	"strings"

	"github.com/a-h/templ"
)

// address lets through relative addresses and the schemes that a page may link
// to; anything else, "javascript:" first, becomes a harmless address. templ's own
// check would also refuse "?from=12:30", so the scheme is read here as RFC 3986
// does: what stands before a colon that no "/", "?" or "#" precedes.
func address(s string) templ.SafeURL {
	end := strings.IndexAny(s, ":/?#")
	if end < 0 || s[end] != ':' {
		return templ.SafeURL(s)
	}
	switch strings.ToLower(s[:end]) {
	case "http", "https", "mailto", "tel":
		return templ.SafeURL(s)
	}
	return templ.FailedSanitizationURL
}
