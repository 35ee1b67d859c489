package mail

import (
	"embed"
	"io/fs"
)

//go:embed locale/*.toml
var texts embed.FS

// The texts of a letter are asked for by its kind:
// i18n: mail.*

// Locale is the texts of letters and of the pages about them.
func Locale() fs.FS { return texts }
