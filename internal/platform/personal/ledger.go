package personal

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

// Line tells that somebody was erased, not who: only a database in which she is
// still there can tell.
type Line struct {
	At   time.Time `json:"at"`
	Kind string    `json:"kind"`
	Salt string    `json:"salt"`
	Hash string    `json:"hash"`
}

// mark hashes what a person is found by, with a salt.
func mark(p Person, salt string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n", salt, p.Ref)
	for _, k := range slices.Sorted(maps.Keys(p.Keys)) {
		if k != "holder" && k != "email" { // a name or an address may have changed since the archive
			fmt.Fprintf(h, "%s=%v\n", k, p.Keys[k])
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// remember leaves the line of an erasure in the database and, once that is
// done, in the file beside it.
func (s *Service) remember(tx *db.Tx, p Person) error {
	if s.kinds[p.Ref.Kind].All == nil {
		return nil
	}
	salt := rand.Text()
	if err := insertErased(tx, Line{At: tx.Now(), Kind: p.Ref.Kind, Salt: salt, Hash: mark(p, salt)}); err != nil {
		return err
	}
	tx.After(func() { _ = s.KeepLedger(context.WithoutCancel(tx.Context())) }) // the nightly run makes up for a failure
	return nil
}

// KeepLedger adds the lines of the database to the file of the ports and never
// takes one away: a database that came back from an archive knows fewer.
func (s *Service) KeepLedger(ctx context.Context) error {
	if s.ports.Ledger == "" {
		return nil
	}
	kept, err := readLedgerFile(s.ports.Ledger)
	if err != nil {
		return err
	}
	known := len(kept)
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		lines, err := erasedLines(tx)
		for _, l := range lines {
			if !slices.ContainsFunc(kept, func(k Line) bool { return k.Hash == l.Hash }) {
				kept = append(kept, l)
			}
		}
		return err
	})
	if err != nil || len(kept) == known {
		return err
	}
	return s.writeLedgerFile(kept)
}

// readLedgerFile reads a ledger that may not be there yet.
func readLedgerFile(path string) ([]Line, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadLedger(f)
}

func (s *Service) writeLedgerFile(lines []Line) error {
	var text bytes.Buffer
	if err := writeLines(&text, lines); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(s.ports.Ledger), 0o750); err != nil {
		return fmt.Errorf("personal: ledger of erasures: %w", err)
	}
	temp, err := os.CreateTemp(filepath.Dir(s.ports.Ledger), ".erasures-*")
	if err != nil {
		return fmt.Errorf("personal: ledger of erasures: %w", err)
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(text.Bytes())
	if err == nil {
		err = temp.Sync()
	}
	if cerr := temp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("personal: ledger of erasures: %w", err)
	}
	return os.Rename(temp.Name(), s.ports.Ledger)
}

// WriteLedger writes the lines of all erasures, one JSON object a line.
func (s *Service) WriteLedger(ctx context.Context, w io.Writer) error {
	return s.db.Read(ctx, func(tx *db.Tx) error {
		lines, err := erasedLines(tx)
		if err != nil {
			return err
		}
		return writeLines(w, lines)
	})
}

func writeLines(w io.Writer, lines []Line) error {
	out := json.NewEncoder(w)
	for _, l := range lines {
		if err := out.Encode(l); err != nil {
			return err
		}
	}
	return nil
}

// ReadLedger reads what WriteLedger wrote. A line that is none is refused with its number.
func ReadLedger(r io.Reader) (lines []Line, err error) {
	in := bufio.NewScanner(r)
	for n := 1; in.Scan(); n++ {
		if len(bytes.TrimSpace(in.Bytes())) == 0 {
			continue
		}
		var l Line
		d := json.NewDecoder(bytes.NewReader(in.Bytes()))
		d.DisallowUnknownFields()
		if err := d.Decode(&l); err != nil || l.Kind == "" || l.Salt == "" || len(l.Hash) != 2*sha256.Size {
			return nil, &fault.Error{Kind: fault.Invalid, Code: "privacy.ledger", Args: fault.Args{"line": int64(n)}, Err: err}
		}
		lines = append(lines, l)
	}
	if err := in.Err(); err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Code: "privacy.ledger", Args: fault.Args{"line": int64(len(lines) + 1)}, Err: err}
	}
	return lines, nil
}

// Replay erases again whom the lines tell of and who is there: after a restore.
// Holds do not stop it, since the erasure was lawful when it was made. It gives
// how many persons it erased.
func (s *Service) Replay(ctx context.Context, actor auth.Actor, lines []Line) (n int, err error) {
	if err := Manage.Check(actor, auth.Target{}); err != nil {
		return 0, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		n = 0
		for _, kind := range slices.Sorted(maps.Keys(s.kinds)) {
			if s.kinds[kind].All == nil {
				continue
			}
			everybody, err := s.kinds[kind].All(tx)
			if err != nil {
				return err
			}
			for _, p := range everybody {
				if !erasedIn(lines, p) {
					continue
				}
				if _, err := s.erase(tx, actor, p); err != nil {
					return err
				}
				n++
			}
		}
		return nil
	})
	return n, err
}

func erasedIn(lines []Line, p Person) bool {
	return slices.ContainsFunc(lines, func(l Line) bool { return l.Kind == p.Ref.Kind && l.Hash == mark(p, l.Salt) })
}
