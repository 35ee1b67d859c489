package mail

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"beffroi/internal/platform/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the tables of letters and addresses.
func Schema() db.Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		files = migrations // unreachable: the folder is embedded above
	}
	return db.Schema{Room: "mail", Files: files}
}

const letterColumns = "id, account, to_name, to_mail, lang, kind, topic, subject, body, button, link, security, state, attempts, answer, at, tried_at, token, message_id"

func scanLetter(s db.Scanner) (r Record, err error) {
	var account db.NullID
	var at, tried db.Time
	var id db.Null
	err = s.Scan(&r.ID, &account, &r.To.Name, &r.To.Mail, &r.Lang, &r.Kind, &r.Topic, &r.Subject, &r.Body, &r.Button, &r.Link, &r.Security,
		&r.State, &r.Attempts, &r.Answer, &at, &tried, &r.token, &id)
	r.Account, r.At, r.Tried, r.id = int64(account), at.Time, tried.Time, string(id)
	return r, err
}

// insertLetter adds a queued letter; without a row one has the same key already.
func insertLetter(tx *db.Tx, r Record, dedupe string) (id int64, added bool, err error) {
	return db.One(tx, db.Value[int64], `INSERT INTO mail_letter (account, to_name, to_mail, lang, kind, topic, subject, body, button, link, security, dedupe_key, token, state, attempts, answer, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'queued', 0, '', $14)
		ON CONFLICT (dedupe_key) DO NOTHING RETURNING id`,
		db.NullID(r.Account), r.To.Name, r.To.Mail, r.Lang, r.Kind, r.Topic, r.Subject, r.Body, r.Button, r.Link, r.Security, db.Null(dedupe), r.token, db.At(tx.Now()))
}

func letterByID(tx *db.Tx, id int64) (Record, bool, error) {
	return db.One(tx, scanLetter, "SELECT "+letterColumns+" FROM mail_letter WHERE id = $1", id)
}

func letterByMessageID(tx *db.Tx, messageID string) (Record, bool, error) {
	return db.One(tx, scanLetter, "SELECT "+letterColumns+" FROM mail_letter WHERE message_id = $1", messageID)
}

// attempt counts a posting and gives the letter its Message-ID for good.
func attempt(tx *db.Tx, r *Record) error {
	r.Attempts++
	r.State, r.Tried = Queued, tx.Now()
	_, err := tx.Exec("UPDATE mail_letter SET state = 'queued', attempts = $1, tried_at = $2, message_id = $3 WHERE id = $4", r.Attempts, db.At(r.Tried), r.id, r.ID)
	return err
}

// settle writes what became of a letter.
func settle(tx *db.Tx, id int64, state State, answer string) error {
	_, err := tx.Exec("UPDATE mail_letter SET state = $1, answer = $2 WHERE id = $3", string(state), answer, id)
	return err
}

// fold is an address as it is compared: servers that tell capitals apart do not
// exist outside the standard.
func fold(address string) string { return strings.ToLower(address) }

// Failure is an address that failed permanently, which is written to no more.
type Failure struct {
	Address string
	Reason  string
	At      time.Time
}

func scanFailure(s db.Scanner) (f Failure, err error) {
	var at db.Time
	err = s.Scan(&f.Address, &f.Reason, &at)
	f.At = at.Time
	return f, err
}

func addFailure(tx *db.Tx, address, reason string) error {
	_, err := tx.Exec(`INSERT INTO mail_failure (address, reason, at) VALUES ($1, $2, $3)
		ON CONFLICT (address) DO UPDATE SET reason = excluded.reason, at = excluded.at`, fold(address), reason, db.At(tx.Now()))
	return err
}

func removeFailure(tx *db.Tx, address string) (bool, error) {
	n, err := tx.Exec("DELETE FROM mail_failure WHERE address = $1", fold(address))
	return n > 0, err
}

func hasFailed(tx *db.Tx, address string) (bool, error) {
	_, found, err := db.One(tx, db.Value[string], "SELECT address FROM mail_failure WHERE address = $1", fold(address))
	return found, err
}

func failures(tx *db.Tx, limit int) ([]Failure, error) {
	return db.All(tx, scanFailure, "SELECT address, reason, at FROM mail_failure ORDER BY at DESC, address LIMIT $1", limit)
}

func addStop(tx *db.Tx, address, topic string) error {
	_, err := tx.Exec("INSERT INTO mail_stop (address, topic, at) VALUES ($1, $2, $3) ON CONFLICT (address, topic) DO NOTHING", fold(address), topic, db.At(tx.Now()))
	return err
}

func isStopped(tx *db.Tx, address, topic string) (bool, error) {
	_, found, err := db.One(tx, db.Value[string], "SELECT topic FROM mail_stop WHERE address = $1 AND topic = $2", fold(address), topic)
	return found, err
}

func listLetters(tx *db.Tx, f Filter) ([]Record, error) {
	var where []string
	var args []any
	add := func(condition string, v any) {
		args = append(args, v)
		where = append(where, fmt.Sprintf("%s $%d", condition, len(args)))
	}
	add("id <", cmp.Or(f.Below, 1<<62))
	if f.State != "" {
		add("state =", string(f.State))
	}
	if f.Kind != "" {
		add("kind =", f.Kind)
	}
	if f.To != "" {
		add("lower(to_mail) =", fold(f.To))
	}
	if f.account != 0 {
		add("account =", f.account)
	}
	args = append(args, max(1, f.Limit))
	return db.All(tx, scanLetter, fmt.Sprintf("SELECT %s FROM mail_letter WHERE %s ORDER BY id DESC LIMIT $%d", letterColumns, strings.Join(where, " AND "), len(args)), args...)
}

func countStates(tx *db.Tx) (map[State]int64, error) {
	counts := map[State]int64{}
	_, err := db.All(tx, func(s db.Scanner) (struct{}, error) {
		var state State
		var n int64
		err := s.Scan(&state, &n)
		counts[state] = n
		return struct{}{}, err
	}, "SELECT state, count(*) FROM mail_letter GROUP BY state")
	return counts, err
}

// blank takes the words out of letters written before an instant; who wrote to
// whom, when and with what outcome stays.
func blank(tx *db.Tx, before time.Time) error {
	_, err := tx.Exec("UPDATE mail_letter SET subject = '', body = '', button = '', link = '' WHERE at < $1 AND (subject <> '' OR body <> '')", db.At(before))
	return err
}

func forget(tx *db.Tx, before time.Time) error {
	_, err := tx.Exec("DELETE FROM mail_letter WHERE at < $1", db.At(before))
	return err
}
