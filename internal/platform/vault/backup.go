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
	"sync"
	"time"

	"filippo.io/age"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

// partSize is how much text is gathered before it goes into the archive: a tar
// wants to know the size of each part before its first byte. In bytes.
const partSize = 4 << 20

const manifestName = "manifest.json"

// File is an archive on disk, in clear or sealed. Without what opens it a sealed
// file is refused with the fault "vault.passphrase".
type File struct {
	Path string
	Seal
	Blobs Blobs // the files beside the database; nil when there are none
}

// Save writes an archive of the database and its files: under another name at first, read
// back to its end, then renamed. program is our version.
func (f File) Save(ctx context.Context, d *db.DB, program string, progress Progress) (m Manifest, err error) {
	temp, err := os.CreateTemp(filepath.Dir(f.Path), ".beffroi-*")
	if err != nil {
		return m, &fault.Error{Kind: fault.NotFound, Code: "file.open", Args: fault.Args{"value": f.Path}, Err: err}
	}
	defer os.Remove(temp.Name())
	m, opens, err := f.write(ctx, d, temp, program, progress)
	if err == nil {
		err = temp.Sync()
	}
	if cerr := temp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return m, err
	}
	back, err := verify(temp.Name(), opens)
	if err != nil {
		return m, err
	}
	if err := errors.Join(compare(m.Tables, back.Tables), m.Files.compare(back.Files)); err != nil {
		return m, err
	}
	return m, os.Rename(temp.Name(), f.Path)
}

// write gives what opens the archive again, nothing when it is in clear.
func (f File) write(ctx context.Context, d *db.DB, w io.Writer, program string, progress Progress) (m Manifest, opens []age.Identity, err error) {
	if f.clear() {
		m, err = Backup(ctx, d, f.Blobs, w, program, progress)
		return m, nil, err
	}
	sealed, own, err := f.close(w)
	if err != nil {
		return m, nil, err
	}
	if m, err = Backup(ctx, d, f.Blobs, sealed, program, progress); err != nil {
		return m, nil, err
	}
	return m, []age.Identity{own}, sealed.Close()
}

// Backup writes an archive of the database as it is at one moment, then the
// files that it speaks of, which never change.
func Backup(ctx context.Context, d *db.DB, blobs Blobs, w io.Writer, program string, progress Progress) (m Manifest, err error) {
	m = Manifest{Format: format, Program: program, Engine: d.Engine(), CreatedAt: d.Clock().Now().UTC().Truncate(time.Second)}
	packed, err := gzip.NewWriterLevel(w, gzip.BestSpeed) // the best level is five times slower for a fifth less
	if err != nil {
		return m, err
	}
	out := newWriter(packed, m.CreatedAt, progress)
	defer out.stop()
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
	if err := out.stop(); err != nil {
		return m, err
	}
	if m.Files, err = out.blobs(ctx, wanted, blobs); err != nil {
		return m, err
	}
	return m, out.end(m, packed)
}

// writer puts tables into a tar: one core reads rows while another packs them.
type writer struct {
	tar      *tar.Writer
	at       time.Time
	progress Progress
	parts    chan part
	packed   chan struct{} // closed once no part is packed any more
	err      error         // of packing, once packed is closed
	stop     func() error  // packs what is left
}

// part is a piece of a table, some megabytes of text.
type part struct {
	name    string
	content []byte
}

func newWriter(packed io.Writer, at time.Time, progress Progress) *writer {
	w := &writer{tar: tar.NewWriter(packed), at: at, progress: progress, parts: make(chan part, 1), packed: make(chan struct{})}
	w.stop = sync.OnceValue(func() error {
		close(w.parts)
		<-w.packed
		return w.err
	})
	go w.pack()
	return w
}

func (w *writer) pack() {
	defer close(w.packed)
	for p := range w.parts {
		if w.err = w.file(p.name, p.content); w.err != nil {
			return
		}
	}
}

func (w *writer) table(tx *db.Tx, table db.Table) (Table, error) {
	t := newTally()
	var text []byte
	parts := 0
	flush := func() error {
		parts++
		w.progress.tell(table.Name, t.rows)
		select {
		case w.parts <- part{fmt.Sprintf("tables/%s/%06d.tsv", table.Name, parts), text}:
			text = make([]byte, 0, cap(text))
			return nil
		case <-w.packed:
			return w.err
		}
	}
	err := each(tx, table, func(_ []any, line []byte) error {
		t.add(line)
		if text = append(text, line...); len(text) < partSize {
			return nil
		}
		return flush()
	})
	if err == nil && len(text) > 0 {
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
