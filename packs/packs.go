// Package packs holds the facts of provinces as data, one folder per province.
//
// A pack is a folder of CSV and TOML files; README.md beside this file
// describes every column. A pack carries no boundaries: geometry comes by
// import, so that its licence stays with the operator.
package packs

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
)

//go:embed hainaut
var files embed.FS

// Names lists the packs of this binary in alphabetical order.
func Names() []string {
	return []string{"hainaut"}
}

// Open returns the files of the named pack, rooted at its folder.
// The error wraps fs.ErrNotExist when no pack has that name.
func Open(name string) (fs.FS, error) {
	if !slices.Contains(Names(), name) {
		return nil, fmt.Errorf("packs: no pack %q (known: %q): %w", name, Names(), fs.ErrNotExist)
	}
	return fs.Sub(files, name)
}
