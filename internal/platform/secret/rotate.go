package secret

import (
	"context"
	"errors"
	"fmt"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/jobs"
)

// batchSize is how many rows one transaction seals again; writers wait for as
// long as it takes, a few milliseconds.
const batchSize = 200

// Reseal is the job of a rotation: it seals again what bears an old key of the
// purpose, then destroys the old keys. It may be cut off anywhere and run again.
// A value that does not open is left, keeps its key alive and is told of.
func (k *Keeper) Reseal(ctx context.Context, j jobs.Job) error {
	var purpose string
	if err := j.Decode(&purpose); err != nil {
		return err
	}
	var old []Key
	err := k.db.Read(ctx, func(tx *db.Tx) (err error) {
		old, err = keysInState(tx, purpose, Old)
		return err
	})
	if err != nil {
		return err
	}
	var faults error
	for _, key := range old {
		for _, f := range k.fields {
			if f.Purpose == purpose {
				bad, err := k.resealField(ctx, f, key)
				if err != nil {
					return err
				}
				faults = errors.Join(faults, bad)
			}
		}
		if err := k.retire(ctx, key); err != nil {
			return err
		}
	}
	return faults
}

// resealField works through a column batch by batch; bad tells of the values
// that do not open.
func (k *Keeper) resealField(ctx context.Context, f Field, key Key) (bad, err error) {
	var last any
	for {
		list, problems, err := k.resealBatch(ctx, f, key, last)
		if bad = errors.Join(bad, problems); err != nil || len(list) == 0 {
			return bad, err
		}
		last = list[len(list)-1].row
	}
}

func (k *Keeper) resealBatch(ctx context.Context, f Field, key Key, after any) (list []cell, bad, err error) {
	err = k.db.Write(ctx, func(tx *db.Tx) (err error) {
		bad = nil // a transaction may run again
		if list, err = cells(tx, f, key.ID, after, batchSize); err != nil {
			return err
		}
		for _, c := range list {
			problem, err := k.resealCell(tx, f, key, c)
			if err != nil {
				return err
			}
			bad = errors.Join(bad, problem)
		}
		return nil
	})
	return list, bad, err
}

// resealCell seals one value again; problem is why it does not open.
func (k *Keeper) resealCell(tx *db.Tx, f Field, key Key, c cell) (problem, err error) {
	at := Place{f.Table, f.Column, fmt.Sprint(c.row)}
	plain, problem := k.Open(tx, at, c.text)
	if problem != nil {
		return problem, nil
	}
	text, err := k.Seal(tx, at, key.Subject, plain)
	if err != nil {
		return nil, err
	}
	return nil, putCell(tx, f, c.row, text)
}

// retire destroys an old key once nothing bears it.
func (k *Keeper) retire(ctx context.Context, key Key) error {
	return k.db.Write(ctx, func(tx *db.Tx) error {
		for _, f := range k.fields {
			left, err := cells(tx, f, key.ID, nil, 1)
			if err != nil || len(left) > 0 {
				return err
			}
		}
		tx.After(func() { k.forget(key.ID) })
		return destroyKey(tx, key.ID)
	})
}
