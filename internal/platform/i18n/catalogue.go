package i18n

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/BurntSushi/toml"
	"golang.org/x/text/feature/plural"
)

// formNames are the CLDR plural categories as catalogues write them.
var formNames = map[string]plural.Form{
	"zero": plural.Zero, "one": plural.One, "two": plural.Two,
	"few": plural.Few, "many": plural.Many, "other": plural.Other,
}

// entry is one key of one file, compiled.
type entry struct {
	key     string
	message *message
}

// readCatalogue parses one TOML file into entries in key order. The error joins
// everything wrong in the file; the entries are those that are right.
func readCatalogue(text []byte) ([]entry, error) {
	var tree map[string]any
	if err := toml.Unmarshal(text, &tree); err != nil {
		return nil, err
	}
	var r reader
	r.table("", tree)
	return r.entries, errors.Join(r.errs...)
}

type reader struct {
	entries []entry
	errs    []error
}

func (r *reader) table(prefix string, table map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(table)) {
		key := prefix + name
		switch v := table[name].(type) {
		case string:
			r.add(key, map[string]any{"other": v}, false)
		case map[string]any:
			if isPlural(v) {
				r.add(key, v, true)
				continue
			}
			r.table(key+".", v)
		default:
			r.errs = append(r.errs, fmt.Errorf("%s: text or table expected, not %T", key, v))
		}
	}
}

// isPlural tells a table of plural forms from a table of keys: only names of
// forms, "other" and at least one more, and only texts.
func isPlural(table map[string]any) bool {
	for name, v := range table {
		_, isForm := formNames[name]
		_, isText := v.(string)
		if !isForm || !isText {
			return false
		}
	}
	return table["other"] != nil && len(table) > 1
}

func (r *reader) add(key string, forms map[string]any, isPlural bool) {
	m := &message{plural: isPlural}
	for _, name := range slices.Sorted(maps.Keys(forms)) {
		text, _ := forms[name].(string)
		t, err := compile(text)
		if err != nil {
			r.errs = append(r.errs, fmt.Errorf("%s: %w", key, err))
			return
		}
		m.forms[formNames[name]] = t
	}
	r.entries = append(r.entries, entry{key, m})
}
