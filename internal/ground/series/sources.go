package series

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// Sources are the titles of the sources of a pack by their short names.
type Sources map[string]string

// ReadSources reads sources.csv, which a pack may come without.
func ReadSources(files fs.FS) (Sources, error) {
	f, err := files.Open("sources.csv")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("sources.csv: %w", err)
	}
	m := Sources{}
	for _, l := range lines {
		if len(l) > 1 {
			m[l[0]] = l[1]
		}
	}
	return m, nil
}

// Of gives the titles of short names that semicolons part; a name that is no
// source's stays as it is.
func (m Sources) Of(names string) string {
	list := strings.Split(names, ";")
	for i, name := range list {
		list[i] = cmp.Or(m[name], name)
	}
	return strings.Join(list, "; ")
}
