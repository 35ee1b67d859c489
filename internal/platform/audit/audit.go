// Package audit records who did what to which thing, in the transaction of the
// deed, as leaves of a Merkle tree (RFC 6962): no entry can be changed, removed
// or slipped in later without the root changing. It is also the history of each
// object: an entry keeps the state before and after, field by field.
//
// Details live beside the tree, bound to it by a salted hash. Erasing personal
// details therefore leaves the tree valid.
package audit

import (
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/object"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the audit's tables.
func Schema() db.Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		files = migrations // unreachable: the folder is embedded above
	}
	return db.Schema{Room: "audit", Files: files}
}

// Entry is one deed. Summary holds no personal data; Before and After are the
// states of the object (any JSON value, nil when it did not or does not exist).
type Entry struct {
	Seq     int64             `json:"seq"`
	At      time.Time         `json:"at"`
	Actor   string            `json:"actor"`
	Action  string            `json:"action"`
	Object  object.Ref        `json:"object"`
	Summary map[string]string `json:"summary,omitempty"`
	Before  any               `json:"before,omitempty"`
	After   any               `json:"after,omitempty"`
}

// leaf is the canonical form that is hashed: fields in this order, never changed.
type leaf struct {
	Seq     int64  `json:"seq"`
	At      string `json:"at"`
	Actor   string `json:"actor"`
	Action  string `json:"action"`
	Kind    string `json:"kind"`
	Key     string `json:"key"`
	Summary string `json:"summary"`
	Details string `json:"details"`
}

func (l leaf) hash() (tlog.Hash, error) {
	b, err := json.Marshal(l)
	return tlog.RecordHash(b), err
}

// Record appends a deed to the tree in the caller's transaction.
func Record(tx *db.Tx, e Entry) error {
	seq, _, err := db.One(tx, db.Value[int64], "SELECT coalesce(max(seq) + 1, 0) FROM audit_entry")
	if err != nil {
		return err
	}
	summary, err := json.Marshal(e.Summary)
	if err != nil {
		return fmt.Errorf("audit: summary of %s: %w", e.Action, err)
	}
	details, err := json.Marshal(map[string]any{"before": e.Before, "after": e.After})
	if err != nil {
		return fmt.Errorf("audit: details of %s: %w", e.Action, err)
	}
	salt := rand.Text()
	l := leaf{Seq: seq, At: instant(tx.Now()), Actor: e.Actor, Action: e.Action, Kind: e.Object.Kind,
		Key: e.Object.Key, Summary: string(summary), Details: commitment(salt, string(details))}
	if _, err := tx.Exec(`INSERT INTO audit_entry (seq, at, actor, action, object_kind, object_key, summary, details_hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, seq, db.At(tx.Now()), l.Actor, l.Action, l.Kind, l.Key, l.Summary, l.Details); err != nil {
		return err
	}
	if _, err := tx.Exec("INSERT INTO audit_detail (seq, salt, data) VALUES ($1, $2, $3)", seq, salt, string(details)); err != nil {
		return err
	}
	return grow(tx, seq, l)
}

func grow(tx *db.Tx, seq int64, l leaf) error {
	h, err := l.hash()
	if err != nil {
		return err
	}
	hashes, err := tlog.StoredHashesForRecordHash(seq, h, reader(tx))
	if err != nil {
		return fmt.Errorf("audit: growing the tree at %d: %w", seq, err)
	}
	first := tlog.StoredHashIndex(0, seq)
	rows := make([][]any, len(hashes))
	for i, h := range hashes {
		rows[i] = []any{first + int64(i), h[:]}
	}
	return tx.Insert("audit_hash", []string{"idx", "hash"}, rows)
}

func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

func commitment(salt, details string) string {
	sum := sha256.Sum256([]byte(salt + "\n" + details))
	return hex.EncodeToString(sum[:])
}

// reader gives the tree's stored hashes.
func reader(tx *db.Tx) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		if len(indexes) == 0 {
			return nil, nil
		}
		args := make([]any, len(indexes))
		for i, x := range indexes {
			args[i] = x
		}
		found := map[int64]tlog.Hash{}
		_, err := db.All(tx, func(s db.Scanner) (struct{}, error) {
			var idx int64
			var b []byte
			if err := s.Scan(&idx, &b); err != nil {
				return struct{}{}, err
			}
			var h tlog.Hash
			copy(h[:], b)
			found[idx] = h
			return struct{}{}, nil
		}, "SELECT idx, hash FROM audit_hash WHERE idx IN "+db.Placeholders(1, len(args)), args...)
		if err != nil {
			return nil, err
		}
		list := make([]tlog.Hash, len(indexes))
		for i, x := range indexes {
			h, ok := found[x]
			if !ok {
				return nil, fmt.Errorf("hash %d is missing", x)
			}
			list[i] = h
		}
		return list, nil
	})
}

// Root is the size of the tree and its root hash, base64 as in a checkpoint.
func Root(tx *db.Tx) (size int64, root string, err error) {
	size, _, err = db.One(tx, db.Value[int64], "SELECT coalesce(max(seq) + 1, 0) FROM audit_entry")
	if err != nil || size == 0 {
		return 0, "", err
	}
	h, err := tlog.TreeHash(size, reader(tx))
	return size, base64.StdEncoding.EncodeToString(h[:]), err
}

// Fault is the first entry at which the stored tree is broken.
type Fault struct {
	Seq    int64
	Reason string // "leaf", "tree", "details", "sequence", "checkpoint", "signature"
}

// Error names the entry.
func (f *Fault) Error() string {
	return fmt.Sprintf("audit: entry %d: %s does not match", f.Seq, f.Reason)
}

// Verify recomputes every leaf and every hash from the entries and compares
// them with what is stored and with every checkpoint. It returns the number of
// entries; a *Fault names the first bad one.
func Verify(tx *db.Tx) (int64, error) {
	v := verifier{}
	if err := v.load(tx); err != nil {
		return 0, err
	}
	entries, err := db.All(tx, scanLeaf, `SELECT e.seq, e.at, e.actor, e.action, e.object_kind, e.object_key, e.summary, e.details_hash, d.salt, d.data
		FROM audit_entry e LEFT JOIN audit_detail d ON d.seq = e.seq ORDER BY e.seq`)
	if err != nil {
		return 0, err
	}
	for i, e := range entries {
		if err := v.entry(int64(i), e); err != nil {
			return int64(i), err
		}
	}
	return int64(len(entries)), v.end(int64(len(entries)))
}

type storedLeaf struct {
	leaf
	salt, data *string // nil once erased
}

func scanLeaf(s db.Scanner) (l storedLeaf, err error) {
	var at db.Time
	err = s.Scan(&l.Seq, &at, &l.Actor, &l.Action, &l.Kind, &l.Key, &l.Summary, &l.leaf.Details, &l.salt, &l.data)
	l.At = instant(at.Time)
	return l, err
}

type verifier struct {
	stored      map[int64]string
	checkpoints map[int64]string
	hashes      []tlog.Hash
}

func (v *verifier) load(tx *db.Tx) error {
	v.stored, v.checkpoints = map[int64]string{}, map[int64]string{}
	_, err := db.All(tx, func(s db.Scanner) (struct{}, error) {
		var idx int64
		var b []byte
		err := s.Scan(&idx, &b)
		v.stored[idx] = string(b)
		return struct{}{}, err
	}, "SELECT idx, hash FROM audit_hash")
	if err != nil {
		return err
	}
	_, err = db.All(tx, func(s db.Scanner) (struct{}, error) {
		var size int64
		var root string
		err := s.Scan(&size, &root)
		v.checkpoints[size] = root
		return struct{}{}, err
	}, "SELECT size, root FROM audit_checkpoint")
	return err
}

// ReadHashes serves the recomputed hashes, not the stored ones.
func (v *verifier) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	list := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		list[i] = v.hashes[x]
	}
	return list, nil
}

func (v *verifier) entry(want int64, e storedLeaf) error {
	if e.Seq != want {
		return &Fault{want, "sequence"}
	}
	if e.salt != nil && commitment(*e.salt, *e.data) != e.leaf.Details {
		return &Fault{want, "details"}
	}
	h, err := e.hash()
	if err != nil {
		return err
	}
	hashes, err := tlog.StoredHashesForRecordHash(want, h, v)
	if err != nil {
		return err
	}
	for i, h := range hashes {
		idx := int64(len(v.hashes))
		if v.stored[idx] != string(h[:]) {
			return &Fault{want, []string{"leaf", "tree"}[min(i, 1)]}
		}
		v.hashes = append(v.hashes, h)
	}
	if root, ok := v.checkpoints[want+1]; ok {
		h, err := tlog.TreeHash(want+1, v)
		if err != nil {
			return err
		}
		if base64.StdEncoding.EncodeToString(h[:]) != root {
			return &Fault{want, "checkpoint"}
		}
	}
	return nil
}

// end refuses hashes and checkpoints beyond the last entry: entries cut off at the end.
func (v *verifier) end(size int64) error {
	if len(v.stored) != len(v.hashes) {
		return &Fault{size, "tree"}
	}
	for s := range v.checkpoints {
		if s > size {
			return &Fault{size, "checkpoint"}
		}
	}
	return nil
}

// Filter narrows a reading of the log; zero fields do not narrow. Before is a
// sequence number below which to read (keyset paging, newest first).
type Filter struct {
	Object object.Ref
	Kind   string
	Actor  string
	Action string
	Before int64
	Limit  int
}

// List reads entries with their details, newest first.
func List(tx *db.Tx, f Filter) ([]Entry, error) {
	var where []string
	var args []any
	add := func(column string, v any) {
		args = append(args, v)
		where = append(where, fmt.Sprintf("%s $%d", column, len(args)))
	}
	if !f.Object.IsZero() {
		add("e.object_kind =", f.Object.Kind)
		add("e.object_key =", f.Object.Key)
	}
	if f.Kind != "" {
		add("e.object_kind =", f.Kind)
	}
	if f.Actor != "" {
		add("e.actor =", f.Actor)
	}
	if f.Action != "" {
		add("e.action =", f.Action)
	}
	if f.Before > 0 {
		add("e.seq <", f.Before)
	}
	text := `SELECT e.seq, e.at, e.actor, e.action, e.object_kind, e.object_key, e.summary, d.data
		FROM audit_entry e LEFT JOIN audit_detail d ON d.seq = e.seq`
	if len(where) > 0 {
		text += " WHERE " + strings.Join(where, " AND ")
	}
	args = append(args, max(1, f.Limit))
	return db.All(tx, scanEntry, fmt.Sprintf("%s ORDER BY e.seq DESC LIMIT $%d", text, len(args)), args...)
}

func scanEntry(s db.Scanner) (e Entry, err error) {
	var at db.Time
	var summary string
	var data db.Null
	if err = s.Scan(&e.Seq, &at, &e.Actor, &e.Action, &e.Object.Kind, &e.Object.Key, &summary, &data); err != nil {
		return e, err
	}
	e.At = at.Time
	if err = json.Unmarshal([]byte(summary), &e.Summary); err != nil || data == "" {
		return e, err
	}
	var d struct{ Before, After any }
	err = json.Unmarshal([]byte(data), &d)
	e.Before, e.After = d.Before, d.After
	return e, err
}

// Last is the sequence number of the newest entry, -1 when there is none.
func Last(tx *db.Tx) (int64, error) {
	seq, _, err := db.One(tx, db.Value[int64], "SELECT coalesce(max(seq), -1) FROM audit_entry")
	return seq, err
}

// Touched lists the objects that the entries after one and up to another name,
// each once. The audit is what others follow to learn what changed.
func Touched(tx *db.Tx, after, upTo int64) ([]object.Ref, error) {
	return db.All(tx, func(s db.Scanner) (r object.Ref, err error) { return r, s.Scan(&r.Kind, &r.Key) },
		"SELECT DISTINCT object_kind, object_key FROM audit_entry WHERE seq > $1 AND seq <= $2 ORDER BY object_kind, object_key", after, upTo)
}
