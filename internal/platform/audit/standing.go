package audit

import (
	"time"

	"beffroi/internal/platform/db"
)

// Standing is how far the log and its signatures have come.
type Standing struct {
	Entries  int64
	Newest   time.Time // of the last entry, zero without one
	Signed   int64     // entries under the last checkpoint
	Unsigned time.Time // of the first entry beyond it, zero when all are signed
}

// Stand reads the standing of the log.
func Stand(tx *db.Tx) (s Standing, err error) {
	signed, _, err := db.One(tx, db.Value[int64], "SELECT coalesce(max(size), 0) FROM audit_checkpoint")
	if err != nil {
		return s, err
	}
	s, _, err = db.One(tx, func(r db.Scanner) (s Standing, err error) {
		var newest, unsigned db.Time
		err = r.Scan(&s.Entries, &newest, &unsigned)
		s.Newest, s.Unsigned = newest.Time, unsigned.Time
		return s, err
	}, `SELECT (SELECT coalesce(max(seq) + 1, 0) FROM audit_entry), (SELECT max(at) FROM audit_entry), (SELECT at FROM audit_entry WHERE seq = $1)`, signed)
	s.Signed = signed
	return s, err
}
