package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // opened directly, to time SQL without the program

	"beffroi/internal/app"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/geo"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/sheet"
)

// rawSums is what the page of a commune says of money, computed from the parts
// and entries themselves, without the sums that the ledger keeps.
var rawSums = []string{
	"SELECT year, kind, measure, sum(amount) FROM ledger_part WHERE area_id = ? AND counts = 1 AND date <= ? GROUP BY year, kind, measure",
	"SELECT f.year, d.code, max(f.value) FROM series_figure f JOIN series_vintage v ON v.id = f.vintage_id JOIN series_dataset d ON d.id = v.dataset_id WHERE f.area_id = ? AND f.dim_id = 0 AND v.withdrawn_at IS NULL AND v.published <= ? GROUP BY f.year, d.code",
}

// timeSums times rawSums through database/sql alone, statements prepared.
func (c command) timeSums(ctx context.Context, h *app.House, out io.Writer) error {
	atlas, err := h.Territory.Atlas(ctx)
	if err != nil {
		return err
	}
	area, _, ok := atlas.Commune(c.sums)
	if !ok {
		return fmt.Errorf("no commune %q", c.sums)
	}
	raw, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(c.db, "sqlite:")+"?mode=ro&_pragma=cache_size(-32000)")
	if err != nil {
		return err
	}
	defer raw.Close()
	var prepared []*sql.Stmt
	for _, text := range rawSums {
		s, err := raw.PrepareContext(ctx, text)
		if err != nil {
			return err
		}
		prepared = append(prepared, s)
	}
	day := clock.Today(h.DB.Clock()).String()
	return c.report(out, func() error {
		for _, s := range prepared {
			if err := drain(s.QueryContext(ctx, area.ID, day)); err != nil {
				return err
			}
		}
		return nil
	})
}

// drain reads three columns of every row and forgets them.
func drain(rows *sql.Rows, err error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var a, b, c sql.RawBytes
		dest := []any{&a, &b, &c}
		cols, err := rows.Columns()
		if err != nil {
			return err
		}
		for len(dest) < len(cols) {
			dest = append(dest, new(sql.RawBytes))
		}
		if err := rows.Scan(dest[:len(cols)]...); err != nil {
			return err
		}
		n++
	}
	if n == 0 {
		return errors.New("no row: is the database filled?")
	}
	return rows.Err()
}

// timeImport times the import of a file of figures with all its checks, without
// keeping anything: the transaction of a trial is rolled back.
func (c command) timeImport(ctx context.Context, h *app.House, out io.Writer) error {
	data, err := os.ReadFile(c.imported)
	if err != nil {
		return err
	}
	r := intake.Request{Target: "series", File: intake.File{Name: filepath.Base(c.imported), Data: data}, Options: map[string]string{}}
	return c.report(out, func() error {
		o, err := h.Intake.Try(ctx, auth.System("load"), r)
		if err == nil && (o.Errors() > 0 || o.Created == 0) {
			err = fmt.Errorf("%d created, %d errors", o.Created, o.Errors())
		}
		return err
	})
}

// readSheet reads every row of a file and counts its cells.
func readSheet(name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	r, err := sheet.OpenBytes(data, sheet.Options{})
	if err != nil {
		return err
	}
	defer r.Close()
	for n := 0; ; n++ {
		if _, err := r.Next(); errors.Is(err, io.EOF) {
			if n == 0 {
				return errors.New("no row")
			}
			return nil
		} else if err != nil {
			return err
		}
	}
}

// reproject reads boundaries in Lambert 72, which brings them to WGS 84, and
// writes them as GeoJSON: what ogr2ogr -t_srs EPSG:4326 does.
func reproject(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	features, report, err := geo.Read(bytes.NewReader(data), geo.ReadOptions{CRS: geo.EPSG31370})
	if err != nil {
		return err
	}
	if report.Vertices == 0 {
		return errors.New("no vertex")
	}
	var b bytes.Buffer
	if err := geo.WriteGeoJSON(&b, features); err != nil {
		return err
	}
	return os.WriteFile(to, b.Bytes(), 0o600)
}
