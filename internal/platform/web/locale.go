package web

import (
	"embed"
	"io/fs"
)

//go:embed locale/*.toml
var texts embed.FS

// Locale is the texts of every refusal of the platform, for i18n.Bundle.Load.
func Locale() fs.FS { return texts }
