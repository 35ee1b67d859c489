package intake

import (
	"fmt"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

// refuseTwice recognises a file that is already in the house.
func refuseTwice(tx *db.Tx, b Batch, again bool) error {
	if again {
		return nil
	}
	id, found, err := db.One(tx, db.Value[int64], "SELECT id FROM intake_batch WHERE file_hash = $1 AND target = $2 AND undone_at IS NULL ORDER BY id DESC LIMIT 1", b.FileHash, b.Target)
	if err != nil || !found {
		return err
	}
	return fault.New(fault.Conflict, "intake.twice", fault.Args{"name": b.FileName, "id": id})
}

func insertBatch(tx *db.Tx, b Batch) (int64, error) {
	id, _, err := db.One(tx, db.Value[int64], `INSERT INTO intake_batch (target, file_hash, file_name, actor, at, undone_by, outcome)
		VALUES ($1, $2, $3, $4, $5, '', '{}') RETURNING id`, b.Target, b.FileHash, b.FileName, b.Actor, db.At(tx.Now()))
	return id, err
}

func saveOutcome(tx *db.Tx, b Batch) error {
	text, err := encodeOutcome(b.Outcome)
	if err != nil {
		return err
	}
	_, err = tx.Exec("UPDATE intake_batch SET outcome = $1 WHERE id = $2", text, b.ID)
	return err
}

const batchColumns = "id, target, file_hash, file_name, actor, at, undone_at, undone_by, outcome"

func scanBatch(s db.Scanner) (b Batch, err error) {
	var at, undone db.Time
	var outcome string
	if err = s.Scan(&b.ID, &b.Target, &b.FileHash, &b.FileName, &b.Actor, &at, &undone, &b.UndoneBy, &outcome); err != nil {
		return b, err
	}
	b.At, b.UndoneAt = at.Time, undone.Time
	b.Outcome, err = decodeOutcome(outcome)
	return b, err
}

func batchByID(tx *db.Tx, id int64) (Batch, error) {
	b, ok, err := db.One(tx, scanBatch, "SELECT "+batchColumns+" FROM intake_batch WHERE id = $1", id)
	if err == nil && !ok {
		err = fault.Missing("import")
	}
	return b, err
}

func batches(tx *db.Tx, below int64, limit int) ([]Batch, error) {
	if below == 0 {
		below = 1 << 62
	}
	return db.All(tx, scanBatch, fmt.Sprintf("SELECT %s FROM intake_batch WHERE id < $1 ORDER BY id DESC LIMIT $2", batchColumns), below, limit)
}

// allBatches reads every import, oldest first.
func allBatches(tx *db.Tx) ([]Batch, error) {
	return db.All(tx, scanBatch, "SELECT "+batchColumns+" FROM intake_batch ORDER BY id")
}
