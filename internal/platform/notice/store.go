package notice

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

// Schema is the tables of notices and choices.
func Schema() db.Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		files = migrations // unreachable: the folder is embedded above
	}
	return db.Schema{Room: "notice", Files: files}
}

const columns = "id, kind, object_kind, object_key, args, since, at, read_at"

func scan(s db.Scanner) (r Record, err error) {
	var args string
	var since, at, read db.Time
	if err = s.Scan(&r.ID, &r.Kind, &r.Ref.Kind, &r.Ref.Key, &args, &since, &at, &read); err != nil {
		return r, err
	}
	r.since, r.At, r.Read = since.Time, at.Time, read.Time
	r.args, err = decodeArgs(args)
	return r, err
}

// replace writes a notice in the place of the unread one of the same key; a
// letter that waits for quiet goes on waiting since the first.
func replace(tx *db.Tx, n Notice, args string, waits bool) error {
	since, ok, err := db.One(tx, db.Value[db.Time], "SELECT since FROM notice WHERE account = $1 AND key = $2 AND read_at IS NULL AND mail = 'waiting'", n.Account, n.Key)
	if err != nil {
		return err
	}
	if !ok {
		since = db.At(tx.Now())
	}
	if _, err := tx.Exec("DELETE FROM notice WHERE account = $1 AND key = $2 AND read_at IS NULL", n.Account, n.Key); err != nil {
		return err
	}
	mail := map[bool]string{true: "waiting", false: "none"}[waits]
	_, err = tx.Exec("INSERT INTO notice (account, kind, object_kind, object_key, args, key, mail, since, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		n.Account, n.Kind, n.Ref.Kind, n.Ref.Key, args, n.Key, mail, since, db.At(tx.Now()))
	return err
}

func withdraw(tx *db.Tx, key string) (bool, error) {
	n, err := tx.Exec("DELETE FROM notice WHERE key = $1 AND read_at IS NULL AND mail <> 'sent'", key)
	return n > 0, err
}

func listNotices(tx *db.Tx, account int64, f Filter) ([]Record, error) {
	where, args := []string{"account = $1", "id < $2"}, []any{account, cmp.Or(f.Below, 1<<62)}
	if f.Unread {
		where = append(where, "read_at IS NULL")
	}
	if f.Kind != "" {
		args = append(args, f.Kind)
		where = append(where, fmt.Sprintf("kind = $%d", len(args)))
	}
	args = append(args, max(1, f.Limit))
	return db.All(tx, scan, fmt.Sprintf("SELECT %s FROM notice WHERE %s ORDER BY id DESC LIMIT $%d", columns, strings.Join(where, " AND "), len(args)), args...)
}

func countUnread(tx *db.Tx, account int64) (int64, error) {
	n, _, err := db.One(tx, db.Value[int64], "SELECT count(*) FROM notice WHERE account = $1 AND read_at IS NULL", account)
	return n, err
}

const setRead = "UPDATE notice SET read_at = $1, mail = CASE WHEN mail = 'waiting' THEN 'none' ELSE mail END WHERE account = $2 AND read_at IS NULL"

// markRead tells whether the account has such a notice, read or not.
func markRead(tx *db.Tx, account, id int64) (bool, error) {
	if _, err := tx.Exec(setRead+" AND id = $3", db.At(tx.Now()), account, id); err != nil {
		return false, err
	}
	_, found, err := db.One(tx, db.Value[int64], "SELECT id FROM notice WHERE account = $1 AND id = $2", account, id)
	return found, err
}

func markAllRead(tx *db.Tx, account int64) error {
	_, err := tx.Exec(setRead, db.At(tx.Now()), account)
	return err
}

func frequencyOf(tx *db.Tx, account int64, k Kind) (Frequency, error) {
	f, _, err := db.One(tx, db.Value[string], "SELECT frequency FROM notice_choice WHERE account = $1 AND kind = $2", account, k.Name)
	return cmp.Or(Frequency(f), k.Default), err
}

func chosen(tx *db.Tx, account int64) (map[string]Frequency, error) {
	list := map[string]Frequency{}
	_, err := db.All(tx, func(s db.Scanner) (struct{}, error) {
		var kind, f string
		err := s.Scan(&kind, &f)
		list[kind] = Frequency(f)
		return struct{}{}, err
	}, "SELECT kind, frequency FROM notice_choice WHERE account = $1", account)
	return list, err
}

func choose(tx *db.Tx, account int64, c Choice) error {
	_, err := tx.Exec(`INSERT INTO notice_choice (account, kind, frequency) VALUES ($1, $2, $3)
		ON CONFLICT (account, kind) DO UPDATE SET frequency = excluded.frequency`, account, c.Kind, string(c.Frequency))
	if err != nil || c.Frequency != Never {
		return err
	}
	_, err = tx.Exec("UPDATE notice SET mail = 'none' WHERE account = $1 AND kind = $2 AND mail = 'waiting'", account, c.Kind)
	return err
}

// waiting are the notices of an account whose e-mail waits, oldest first; of one
// kind, or of all when it is empty.
func waiting(tx *db.Tx, account int64, kind string) ([]Record, error) {
	text, args := "SELECT "+columns+" FROM notice WHERE mail = 'waiting' AND account = $1", []any{account}
	if kind != "" {
		text, args = text+" AND kind = $2", append(args, kind)
	}
	return db.All(tx, scan, text+" ORDER BY id", args...)
}

// waitingAccounts are the accounts for which e-mail waits.
func waitingAccounts(tx *db.Tx) ([]int64, error) {
	return db.All(tx, db.Value[int64], "SELECT DISTINCT account FROM notice WHERE mail = 'waiting' ORDER BY account")
}

// settleMail writes what became of the e-mail of notices.
func settleMail(tx *db.Tx, list []Record, mail string) error {
	for _, r := range list {
		if _, err := tx.Exec("UPDATE notice SET mail = $1 WHERE id = $2", mail, r.ID); err != nil {
			return err
		}
	}
	return nil
}

func forget(tx *db.Tx, before time.Time) error {
	_, err := tx.Exec("DELETE FROM notice WHERE at < $1", db.At(before))
	return err
}
