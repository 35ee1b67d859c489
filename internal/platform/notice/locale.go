package notice

import (
	"embed"
	"io/fs"
)

//go:embed locale/*.toml
var texts embed.FS

// The texts of a notice are asked for by its kind:
// i18n: notice.*

// Locale is the texts of notices, of the letters about them and of their pages.
func Locale() fs.FS { return texts }
