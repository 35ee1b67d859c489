// Package object names things of any domain, so that a link, an audit entry or
// an explanation can point at them without importing the domain.
package object

import (
	"fmt"
	"strconv"
	"strings"
)

// Ref points at one thing: Kind is the domain's word for it ("commune", "body",
// "mission", "ledger"), Key its short public reference ("53053", "B-12").
type Ref struct {
	Kind string `json:"kind"`
	Key  string `json:"key"`
}

// String is "kind:key".
func (r Ref) String() string { return r.Kind + ":" + r.Key }

// IsZero tells whether the reference points at nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// Parse reads "kind:key". A key may itself hold colons.
func Parse(s string) (Ref, error) {
	kind, key, ok := strings.Cut(s, ":")
	if !ok || kind == "" || key == "" {
		return Ref{}, fmt.Errorf("object: %s is not kind:key", strconv.Quote(s))
	}
	return Ref{Kind: kind, Key: key}, nil
}

// Directory knows the address of the things of each kind.
// Each domain registers its kinds once, when the program is wired.
type Directory struct {
	address map[string]func(key string) string
}

// NewDirectory makes an empty directory.
func NewDirectory() *Directory { return &Directory{address: map[string]func(string) string{}} }

// Register gives the address of a kind. Registering a kind twice is a mistake
// of wiring and is reported.
func (d *Directory) Register(kind string, address func(key string) string) error {
	if _, ok := d.address[kind]; ok {
		return fmt.Errorf("object: kind %q registered twice", kind)
	}
	d.address[kind] = address
	return nil
}

// Address is the path of the thing's page, "" when its kind has none.
func (d *Directory) Address(r Ref) string {
	if f, ok := d.address[r.Kind]; ok {
		return f(r.Key)
	}
	return ""
}
