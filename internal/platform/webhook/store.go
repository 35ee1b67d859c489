package webhook

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"beffroi/internal/platform/db"
)

const columns = "id, key, label, url, kinds, salt, owner, state, failing_since, created_at"

func scan(s db.Scanner) (w Webhook, err error) {
	var kinds string
	var failing, created db.Time
	err = s.Scan(&w.id, &w.Key, &w.Label, &w.URL, &kinds, &w.salt, &w.Owner, &w.State, &failing, &created)
	w.Kinds, w.FailingSince, w.Created = strings.Fields(kinds), failing.Time, created.Time
	return w, err
}

func insert(tx *db.Tx, w Webhook) error {
	_, err := tx.Exec(`INSERT INTO webhook (key, label, url, kinds, salt, owner, state, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		w.Key, w.Label, w.URL, strings.Join(w.Kinds, " "), w.salt, w.Owner, string(w.State), db.At(w.Created))
	return err
}

// setState switches a subscription; a new life begins without failures.
func setState(tx *db.Tx, id int64, s State) error {
	_, err := tx.Exec("UPDATE webhook SET state = $1, failing_since = NULL WHERE id = $2", string(s), id)
	return err
}

func setFailing(tx *db.Tx, id int64, since time.Time) error {
	_, err := tx.Exec("UPDATE webhook SET failing_since = $1 WHERE id = $2", db.At(since), id)
	return err
}

// remove takes a subscription away with its deliveries.
func remove(tx *db.Tx, id int64) error {
	if _, err := tx.Exec("DELETE FROM webhook_delivery WHERE webhook = $1", id); err != nil {
		return err
	}
	_, err := tx.Exec("DELETE FROM webhook WHERE id = $1", id)
	return err
}

func byKey(tx *db.Tx, key string) (Webhook, bool, error) {
	return db.One(tx, scan, "SELECT "+columns+" FROM webhook WHERE key = $1", key)
}

func all(tx *db.Tx) ([]Webhook, error) {
	return db.All(tx, scan, "SELECT "+columns+" FROM webhook ORDER BY id DESC")
}

func active(tx *db.Tx) ([]Webhook, error) {
	return db.All(tx, scan, "SELECT "+columns+" FROM webhook WHERE state = 'active' ORDER BY id")
}

const deliveryColumns = `d.id, d.message, w.key, d.kind, d.body, d.state, d.attempts, d.outcome, d.status, d.took_ms, d.answer, d.created_at, d.tried_at`

func scanDelivery(s db.Scanner) (d Delivery, err error) {
	var created, tried db.Time
	err = s.Scan(&d.id, &d.Message, &d.Webhook, &d.Kind, &d.Body, &d.Stage, &d.Attempts, &d.Outcome, &d.Status, &d.TookMS, &d.Answer, &created, &tried)
	d.Created, d.Tried = created.Time, tried.Time
	return d, err
}

func insertDelivery(tx *db.Tx, webhook int64, d Delivery) error {
	_, err := tx.Exec(`INSERT INTO webhook_delivery (message, webhook, kind, body, state, attempts, outcome, status, took_ms, answer, created_at)
		VALUES ($1, $2, $3, $4, 'waiting', 0, '', 0, 0, '', $5)`, d.Message, webhook, d.Kind, d.Body, db.At(tx.Now()))
	return err
}

func delivery(tx *db.Tx, message string) (Delivery, bool, error) {
	return db.One(tx, scanDelivery, "SELECT "+deliveryColumns+" FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook WHERE d.message = $1", message)
}

func deliveries(tx *db.Tx, f Filter) ([]Delivery, error) {
	where, args := []string{"d.id < $1"}, []any{cmp.Or(f.Below, 1<<62)}
	add := func(column string, v any) {
		args = append(args, v)
		where = append(where, fmt.Sprintf("%s = $%d", column, len(args)))
	}
	if f.Webhook != "" {
		add("w.key", f.Webhook)
	}
	if f.Stage != "" {
		add("d.state", string(f.Stage))
	}
	args = append(args, max(1, f.Limit))
	return db.All(tx, scanDelivery, fmt.Sprintf("SELECT %s FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook WHERE %s ORDER BY d.id DESC LIMIT $%d",
		deliveryColumns, strings.Join(where, " AND "), len(args)), args...)
}

// tried writes down how a try ended.
func tried(tx *db.Tx, id int64, stage Stage, r result) error {
	_, err := tx.Exec(`UPDATE webhook_delivery SET state = $1, attempts = attempts + 1, outcome = $2, status = $3, took_ms = $4, answer = $5, tried_at = $6 WHERE id = $7`,
		string(stage), string(r.outcome), r.status, r.took.Milliseconds(), r.answer, db.At(tx.Now()), id)
	return err
}

func setStage(tx *db.Tx, id int64, stage Stage) error {
	_, err := tx.Exec("UPDATE webhook_delivery SET state = $1 WHERE id = $2", string(stage), id)
	return err
}

func tidy(tx *db.Tx, before time.Time) error {
	_, err := tx.Exec("DELETE FROM webhook_delivery WHERE created_at < $1 AND state <> 'waiting'", db.At(before))
	return err
}
