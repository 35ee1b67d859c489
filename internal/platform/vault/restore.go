package vault

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"filippo.io/age"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

// maxManifest bounds the manifest, in bytes; ours is some 10 kB.
const maxManifest = 8 << 20

// batch is how many rows go to the database at once.
const batch = 500

// broken says where an archive is damaged.
func broken(where string, err error) error {
	return &fault.Error{Kind: fault.Invalid, Code: "vault.broken", Args: fault.Args{"value": where}, Err: err}
}

// Verify reads the file to its end, as the function Verify does.
func (f File) Verify() (m Manifest, err error) {
	opens, err := f.identities()
	if err != nil {
		return m, sealFault(f.Path, err)
	}
	return verify(f.Path, opens)
}

func verify(path string, opens []age.Identity) (m Manifest, err error) {
	err = read(path, opens, func(r io.Reader) (err error) {
		m, err = Verify(r)
		return err
	})
	return m, err
}

// read gives the plain text of a file.
func read(path string, opens []age.Identity, use func(io.Reader) error) error {
	file, err := os.Open(path)
	if err != nil {
		return &fault.Error{Kind: fault.NotFound, Code: "file.open", Args: fault.Args{"value": path}, Err: err}
	}
	defer file.Close()
	plain, err := openSealed(file, opens)
	if err != nil {
		return sealFault(path, err)
	}
	return use(plain)
}

func sealFault(path string, err error) error {
	if !errors.Is(err, errSeal) {
		return err
	}
	return &fault.Error{Kind: fault.Invalid, Code: "vault.passphrase", Args: fault.Args{"value": path}, Err: err}
}

// Verify reads an archive to its end and holds every table against the
// manifest. It writes nothing. A damaged archive is a fault "vault.broken",
// one of a later program "vault.format".
func Verify(r io.Reader) (Manifest, error) {
	var seen []Table
	var t *tally
	var files Files
	m, err := walk(r, files.check, func(table string, rows *bufio.Reader) error {
		if len(seen) == 0 || seen[len(seen)-1].Name != table {
			t = newTally()
			seen = append(seen, Table{Name: table})
		}
		if err := lines(rows, func(line []byte) error { t.add(line); return nil }); err != nil {
			return broken(table, err)
		}
		seen[len(seen)-1] = t.table(table, nil)
		return nil
	})
	if err != nil {
		return m, err
	}
	empty := newTally().table("", nil)
	for _, want := range m.Tables {
		got := empty
		if len(seen) > 0 && seen[0].Name == want.Name {
			got, seen = seen[0], seen[1:]
		}
		if got.Rows != want.Rows || got.SHA256 != want.SHA256 {
			return m, broken(want.Name, errors.New("vault: count or checksum differs from the manifest"))
		}
	}
	if len(seen) > 0 {
		return m, broken(seen[0].Name, errors.New("vault: a table that is not in the manifest"))
	}
	return m, files.compare(m.Files)
}

// walk gives each part of each table, each file, and then the manifest, which
// ends the archive.
func walk(r io.Reader, file func(sum string, size int64, r io.Reader) error, part func(table string, rows *bufio.Reader) error) (m Manifest, err error) {
	packed, err := gzip.NewReader(bufio.NewReaderSize(r, 1<<16))
	if err != nil {
		return m, broken("gzip", err)
	}
	archive := tar.NewReader(packed)
	for {
		h, err := archive.Next()
		if err != nil { // also io.EOF: the manifest was to come
			return m, broken(manifestName, err)
		}
		if h.Name == manifestName {
			break
		}
		if sum, ok := blobOf(h.Name); ok {
			if err := file(sum, h.Size, archive); err != nil {
				return m, err
			}
			continue
		}
		table, ok := tableOf(h.Name)
		if !ok {
			return m, broken(h.Name, errors.New("vault: a file that does not belong here"))
		}
		if err := part(table, bufio.NewReaderSize(archive, 1<<16)); err != nil {
			return m, err
		}
	}
	if m, err = readManifest(archive); err != nil {
		return m, err
	}
	if _, err := archive.Next(); !errors.Is(err, io.EOF) {
		return m, broken("tar", err)
	}
	if _, err := io.Copy(io.Discard, packed); err != nil { // reads gzip's own checksum
		return m, broken("gzip", err)
	}
	return m, nil
}

// tableOf reads "tables/NAME/000001.tsv".
func tableOf(name string) (string, bool) {
	parts := strings.Split(name, "/")
	if len(parts) != 3 || parts[0] != "tables" || parts[1] == "" || !strings.HasSuffix(parts[2], ".tsv") {
		return "", false
	}
	return parts[1], true
}

func readManifest(r io.Reader) (m Manifest, err error) {
	text, err := io.ReadAll(io.LimitReader(r, maxManifest))
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		return m, broken(manifestName, err)
	}
	if m.Format < 1 || m.Format > format {
		return m, fault.New(fault.Invalid, "vault.format", fault.Args{"n": int64(m.Format), "value": m.Program})
	}
	return m, nil
}

// lines gives each line with its end. A last line without end is damage.
func lines(r *bufio.Reader, f func(line []byte) error) error {
	for {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f(line); err != nil {
			return err
		}
	}
}

// Restore fills a database without tables from an archive of which Verify gave
// the manifest: it makes the tables as they were, fills them, reads every
// table back and proves the audit, all or nothing. Its files go to Blobs, proven
// one by one; those of a restore that fails stay there without rows. Bringing
// the schema up to date is left to the caller.
func (f File) Restore(ctx context.Context, m Manifest, d *db.DB, schemas []db.Schema, progress Progress) error {
	steps, err := db.StepsOf(schemas, m.Steps)
	if err != nil {
		return err
	}
	return d.Fill(ctx, steps, func(tx *db.Tx, tables []db.Table) error {
		if err := f.load(tx, m, tables, progress); err != nil {
			return err
		}
		got, err := Survey(tx, tables, progress)
		if err != nil {
			return err
		}
		if err := compare(m.Tables, got); err != nil {
			return err
		}
		return prove(tx, m.Audit)
	})
}

func (f File) load(tx *db.Tx, m Manifest, tables []db.Table, progress Progress) error {
	byName := map[string]db.Table{}
	for _, t := range tables {
		byName[t.Name] = t
	}
	for _, t := range m.Tables {
		if !slices.Equal(t.Columns, byName[t.Name].Names()) {
			return broken(t.Name, errors.New("vault: the columns are not those of its schema"))
		}
	}
	opens, err := f.identities()
	if err != nil {
		return sealFault(f.Path, err)
	}
	done := map[string]int64{}
	return read(f.Path, opens, func(r io.Reader) error {
		_, err := walk(r, keep(tx.Context(), f.Blobs), func(name string, rows *bufio.Reader) error {
			n, err := loadPart(tx, byName[name], rows)
			done[name] += n
			progress.tell(name, done[name])
			return err
		})
		return err
	})
}

// keep gives each file of an archive to its new place.
func keep(ctx context.Context, blobs Blobs) func(sum string, size int64, r io.Reader) error {
	return func(sum string, size int64, r io.Reader) error {
		if blobs == nil {
			return errors.New("vault: the archive holds files, and there is no place for them")
		}
		return blobs.Put(ctx, sum, size, r)
	}
}

func loadPart(tx *db.Tx, table db.Table, rows *bufio.Reader) (int64, error) {
	s := sink{tx: tx, table: table}
	err := lines(rows, func(line []byte) error {
		values, err := parseRow(bytes.TrimSuffix(line, []byte("\n")), table.Columns)
		if err != nil {
			return broken(table.Name, err)
		}
		return s.put(values)
	})
	if err != nil {
		return s.n, err
	}
	return s.n, s.flush()
}

// sink puts rows into a table, many at once.
type sink struct {
	tx    *db.Tx
	table db.Table
	rows  [][]any
	n     int64
}

func (s *sink) put(values []any) error {
	s.n++
	if s.rows = append(s.rows, values); len(s.rows) < batch {
		return nil
	}
	return s.flush()
}

func (s *sink) flush() error {
	rows := s.rows
	s.rows = s.rows[:0]
	return s.tx.Put(s.table, rows)
}
