package vault

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

// partSize is how much text is gathered before it goes into the archive: a tar
// wants to know the size of each part before its first byte. In bytes.
const partSize = 4 << 20

const manifestName = "manifest.json"

// File is an archive on disk. With a passphrase it is written sealed; without
// one, a sealed file is refused with the fault "vault.passphrase".
type File struct {
	Path       string
	Passphrase string
	Blobs      Blobs // the files beside the database; nil when there are none
}

// Save writes an archive of the database and its files: under another name at first, read
// back to its end, then renamed. program is our version.
func (f File) Save(ctx context.Context, d *db.DB, program string, progress Progress) (m Manifest, err error) {
	temp, err := os.CreateTemp(filepath.Dir(f.Path), ".beffroi-*")
	if err != nil {
		return m, &fault.Error{Kind: fault.NotFound, Code: "file.open", Args: fault.Args{"value": f.Path}, Err: err}
	}
	defer os.Remove(temp.Name())
	m, err = f.write(ctx, d, temp, program, progress)
	if err == nil {
		err = temp.Sync()
	}
	if cerr := temp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return m, err
	}
	back, err := File{Path: temp.Name(), Passphrase: f.Passphrase}.Verify()
	if err != nil {
		return m, err
	}
	if err := errors.Join(compare(m.Tables, back.Tables), m.Files.compare(back.Files)); err != nil {
		return m, err
	}
	return m, os.Rename(temp.Name(), f.Path)
}

func (f File) write(ctx context.Context, d *db.DB, w io.Writer, program string, progress Progress) (m Manifest, err error) {
	if f.Passphrase == "" {
		return Backup(ctx, d, f.Blobs, w, program, progress)
	}
	sealed, err := newSealer(w, f.Passphrase)
	if err != nil {
		return m, err
	}
	if m, err = Backup(ctx, d, f.Blobs, sealed, program, progress); err != nil {
		return m, err
	}
	return m, sealed.Close()
}

// Backup writes an archive of the database as it is at one moment, then the
// files that it speaks of, which never change.
func Backup(ctx context.Context, d *db.DB, blobs Blobs, w io.Writer, program string, progress Progress) (m Manifest, err error) {
	m = Manifest{Format: format, Program: program, Engine: d.Engine(), CreatedAt: d.Clock().Now().UTC().Truncate(time.Second)}
	packed, err := gzip.NewWriterLevel(w, gzip.BestSpeed) // the best level is five times slower for a fifth less
	if err != nil {
		return m, err
	}
	out := &writer{tar: tar.NewWriter(packed), at: m.CreatedAt, progress: progress}
	var wanted []string
	err = d.Snapshot(ctx, func(tx *db.Tx, tables []db.Table) error {
		if m.Steps, err = db.Applied(tx); err != nil {
			return err
		}
		if m.Audit, err = auditOf(tx); err != nil {
			return err
		}
		for _, table := range tables {
			t, err := out.table(tx, table)
			if err != nil {
				return err
			}
			m.Tables = append(m.Tables, t)
		}
		if blobs != nil {
			wanted, err = blobs.Wanted(tx)
		}
		return err
	})
	if err != nil {
		return m, err
	}
	if m.Files, err = out.blobs(ctx, wanted, blobs); err != nil {
		return m, err
	}
	return m, out.end(m, packed)
}

// writer puts tables into a tar.
type writer struct {
	tar      *tar.Writer
	at       time.Time
	progress Progress
}

func (w *writer) table(tx *db.Tx, table db.Table) (Table, error) {
	t := newTally()
	part, parts := make([]byte, 0, partSize), 0
	flush := func() error {
		if len(part) == 0 {
			return nil
		}
		parts++
		w.progress.tell(table.Name, t.rows)
		err := w.file(fmt.Sprintf("tables/%s/%06d.tsv", table.Name, parts), part)
		part = part[:0]
		return err
	}
	err := each(tx, table, func(_ []any, line []byte) error {
		t.add(line)
		if part = append(part, line...); len(part) < partSize {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	return t.table(table.Name, table.Names()), err
}

func (w *writer) file(name string, content []byte) error {
	if err := w.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(content)), ModTime: w.at}); err != nil {
		return err
	}
	_, err := w.tar.Write(content)
	return err
}

func (w *writer) end(m Manifest, packed *gzip.Writer) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := w.file(manifestName, append(text, '\n')); err != nil {
		return err
	}
	if err := w.tar.Close(); err != nil {
		return err
	}
	return packed.Close()
}
