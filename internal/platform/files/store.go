package files

import (
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/files/blob"
	"beffroi/internal/platform/object"
)

const fileColumns = "id, sha256, size, type, name, use, owner_kind, owner_key, state, finding, scanned_at, created_at, actor, removed_at, removed_by"

func scanFile(s db.Scanner) (f File, err error) {
	var kind, key db.Null
	var scanned, created, removed db.Time
	err = s.Scan(&f.ID, &f.Sum, &f.Size, &f.Type, &f.Name, &f.Use, &kind, &key, &f.State, &f.Finding, &scanned, &created, &f.Actor, &removed, &f.Remover)
	f.Owner = object.Ref{Kind: string(kind), Key: string(key)}
	f.Scanned, f.Created, f.Removed = scanned.Time, created.Time, removed.Time
	return f, err
}

// insert writes a file that is arriving and has no owner.
func insert(tx *db.Tx, f File) (int64, error) {
	id, _, err := db.One(tx, db.Value[int64], `INSERT INTO file (sha256, size, type, name, use, state, finding, created_at, actor, removed_by)
		VALUES ($1, $2, $3, $4, $5, $6, '', $7, $8, '') RETURNING id`,
		string(f.Sum), f.Size, string(f.Type), f.Name, f.Use, string(Arriving), db.At(tx.Now()), f.Actor)
	return id, err
}

func byID(tx *db.Tx, id int64) (File, bool, error) {
	return db.One(tx, scanFile, "SELECT "+fileColumns+" FROM file WHERE id = $1", id)
}

// carried are the files of a thing, removed and waiting ones too, oldest first.
func carried(tx *db.Tx, owner object.Ref) ([]File, error) {
	return db.All(tx, scanFile, "SELECT "+fileColumns+" FROM file WHERE owner_kind = $1 AND owner_key = $2 ORDER BY id", owner.Kind, owner.Key)
}

// shown are the files of a thing that are given out, oldest first.
func shown(tx *db.Tx, owner object.Ref) ([]File, error) {
	return db.All(tx, scanFile, "SELECT "+fileColumns+" FROM file WHERE owner_kind = $1 AND owner_key = $2 AND state = $3 AND removed_at IS NULL ORDER BY id",
		owner.Kind, owner.Key, string(Clean))
}

// after are files in the order of their ids, from the one after an id.
func after(tx *db.Tx, id int64, limit int) ([]File, error) {
	return db.All(tx, scanFile, "SELECT "+fileColumns+" FROM file WHERE id > $1 ORDER BY id LIMIT $2", id, limit)
}

func setOwner(tx *db.Tx, id int64, owner object.Ref) error {
	_, err := tx.Exec("UPDATE file SET owner_kind = $2, owner_key = $3 WHERE id = $1", id, owner.Kind, owner.Key)
	return err
}

// setState writes what is known of a file's safety.
func setState(tx *db.Tx, f File) error {
	_, err := tx.Exec("UPDATE file SET state = $2, finding = $3, scanned_at = $4 WHERE id = $1", f.ID, string(f.State), f.Finding, db.At(f.Scanned))
	return err
}

func setRemoved(tx *db.Tx, f File) error {
	_, err := tx.Exec("UPDATE file SET removed_at = $2, removed_by = $3 WHERE id = $1", f.ID, db.At(f.Removed), f.Remover)
	return err
}

func forget(tx *db.Tx, id int64) error {
	_, err := tx.Exec("DELETE FROM file WHERE id = $1", id)
	return err
}

// expired are rows that nobody can want any more: without owner since an
// instant, or removed before another.
func expired(tx *db.Tx, orphan, removed db.Time) ([]File, error) {
	return db.All(tx, scanFile, "SELECT "+fileColumns+" FROM file WHERE owner_kind IS NULL AND created_at < $1 OR removed_at < $2 ORDER BY id", orphan, removed)
}

// wanted tells whether a row asks for a blob.
func wanted(tx *db.Tx, sum blob.Sum) (bool, error) {
	n, _, err := db.One(tx, db.Value[int64], "SELECT count(*) FROM file WHERE sha256 = $1 AND state <> $2", string(sum), string(Infected))
	return n > 0, err
}

// blobs are the sums that rows speak of and whose bytes have arrived, each once
// with its size, in the order of the sums.
func blobs(tx *db.Tx) ([]blob.Info, error) {
	return db.All(tx, func(s db.Scanner) (i blob.Info, err error) { return i, s.Scan(&i.Sum, &i.Size) },
		"SELECT DISTINCT sha256, size FROM file WHERE state IN ($1, $2) ORDER BY sha256", string(Waiting), string(Clean))
}

func countStates(tx *db.Tx) (map[State]int64, error) {
	counts := map[State]int64{}
	_, err := db.All(tx, func(s db.Scanner) (struct{}, error) {
		var state State
		var n int64
		err := s.Scan(&state, &n)
		counts[state] = n
		return struct{}{}, err
	}, "SELECT state, count(*) FROM file GROUP BY state")
	return counts, err
}
