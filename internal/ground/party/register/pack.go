package register

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/sheet"
)

// Table reads a CSV file of a pack, by column name. A pack need not have every
// file: one that is absent has no rows.
func Table(files fs.FS, name string) ([]intake.Row, error) {
	data, err := fs.ReadFile(files, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r, err := sheet.OpenBytes(data, sheet.Options{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	defer r.Close()
	header := slices.Clone(r.Header())
	var rows []intake.Row
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		values := make(map[string]string, len(header))
		for i, cell := range row.Cells {
			values[header[i]] = cell
		}
		rows = append(rows, intake.Row{Line: row.Line, Values: values})
	}
}

// Get reads a row's value.
func Get(r intake.Row) func(string) string {
	return func(name string) string { return r.Values[name] }
}
