package secret

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/object"
)

// Field is a column whose values are sealed. Row is the table's primary key,
// one column of whole numbers or text.
type Field struct{ Purpose, Table, Column, Row string }

// Manage is the rule of whoever turns keys.
var Manage = auth.Rule{Name: "secret.manage", Roles: []auth.Role{auth.Admin}}

// JobReseal is the kind of the job that follows a rotation.
const JobReseal = "secret.reseal"

// memory is how long an opened key is kept in memory: a key that another
// process destroys opens nothing after it.
const memory = time.Minute

// Keeper seals and opens. The zero master keeps a house that seals nothing.
type Keeper struct {
	db     *db.DB
	queue  *jobs.Queue
	master *Master
	fields []Field

	mu     sync.Mutex
	opened map[string]opened
}

type opened struct {
	cipher cipher.AEAD
	key    Key
	at     time.Time
}

// NewKeeper makes the keeper of all sealed columns. master may be nil: then
// nothing can be sealed or opened, with the fault "secret.master".
func NewKeeper(d *db.DB, queue *jobs.Queue, master *Master, fields ...Field) *Keeper {
	return &Keeper{db: d, queue: queue, master: master, fields: fields, opened: map[string]opened{}}
}

func (k *Keeper) field(p Place) (Field, error) {
	i := slices.IndexFunc(k.fields, func(f Field) bool { return f.Table == p.Table && f.Column == p.Column })
	if i < 0 {
		return Field{}, fmt.Errorf("secret: %s.%s is no sealed column: a rotation would not find it", p.Table, p.Column)
	}
	return k.fields[i], nil
}

// Seal closes a value for its place, under the key of the column's purpose, or
// of purpose and subject when there is one. The key is made at first need.
func (k *Keeper) Seal(tx *db.Tx, at Place, subject string, plain []byte) (string, error) {
	f, err := k.field(at)
	if err != nil {
		return "", err
	}
	o, err := k.current(tx, f.Purpose, subject)
	if err != nil {
		return "", err
	}
	return o.seal(at, plain), nil
}

func (o opened) seal(at Place, plain []byte) string {
	from, _ := prefix(o.key.ID)
	return from + encoding.EncodeToString(enclose(o.cipher, plain, o.key.place(at)))
}

func (k Key) place(at Place) []byte {
	return bound(version, k.ID, k.Purpose, at.Table, at.Column, at.Row)
}

// Open gives a sealed value back. Faults: "secret.broken" when it was damaged
// or moved, "secret.lost" when its key is unknown or destroyed, "secret.master"
// and "secret.wrongmaster" when the master key is missing or another.
func (k *Keeper) Open(tx *db.Tx, at Place, text string) ([]byte, error) {
	name, sealed, err := parse(text)
	if err != nil {
		return nil, broken(at, err)
	}
	o, err := k.open(tx, name)
	if err != nil {
		return nil, err
	}
	plain, err := disclose(o.cipher, sealed, o.key.place(at))
	if err != nil {
		return nil, broken(at, err)
	}
	return plain, nil
}

func broken(at Place, err error) error {
	return &fault.Error{Kind: fault.Conflict, Code: "secret.broken", Args: fault.Args{"place": at.String()}, Err: err}
}

// current is the key that seals now. It is read in the writer's transaction, so
// that nothing is sealed with a key that a rotation has just retired.
func (k *Keeper) current(tx *db.Tx, purpose, subject string) (opened, error) {
	key, found, err := currentKey(tx, purpose, subject)
	if err != nil {
		return opened{}, err
	}
	if !found {
		if key, err = k.make(tx, purpose, subject); err != nil {
			return opened{}, err
		}
	}
	return k.unwrap(tx, key)
}

func (k *Keeper) make(tx *db.Tx, purpose, subject string) (Key, error) {
	if k.master == nil {
		return Key{}, fault.New(fault.Unavailable, "secret.master", nil)
	}
	secret := make([]byte, masterSize)
	_, _ = rand.Read(secret) // never fails since Go 1.24
	key := Key{ID: newName(), Purpose: purpose, Subject: subject, State: Current}
	key.wrapped = k.master.wrap(key, secret)
	return key, insertKey(tx, key)
}

// open gives a key by its name.
func (k *Keeper) open(tx *db.Tx, name string) (opened, error) {
	k.mu.Lock()
	o, ok := k.opened[name]
	k.mu.Unlock()
	if ok && tx.Now().Sub(o.at) < memory {
		return o, nil
	}
	key, found, err := keyByID(tx, name)
	if err != nil {
		return o, err
	}
	if !found || key.State == Destroyed {
		return o, fault.New(fault.Gone, "secret.lost", fault.Args{"key": name})
	}
	return k.unwrap(tx, key)
}

func (k *Keeper) unwrap(tx *db.Tx, key Key) (o opened, err error) {
	if k.master == nil {
		return o, fault.New(fault.Unavailable, "secret.master", nil)
	}
	secret, err := k.master.unwrap(key, key.wrapped)
	if err != nil {
		return o, err
	}
	o = opened{key: key, at: tx.Now()}
	if o.cipher, err = newCipher(secret); err != nil {
		return o, err
	}
	tx.After(func() { // what a transaction takes back must not be remembered
		k.mu.Lock()
		defer k.mu.Unlock()
		k.opened[key.ID] = o
	})
	return o, nil
}

func (k *Keeper) forget(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.opened, id)
}

// Destroy ends the keys of a subject: what they sealed can never be read again.
func (k *Keeper) Destroy(tx *db.Tx, purpose, subject string) error {
	if subject == "" {
		return errors.New("secret: the key of a whole purpose is not destroyed")
	}
	keys, err := subjectKeys(tx, purpose, subject)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := destroyKey(tx, key.ID); err != nil {
			return err
		}
		tx.After(func() { k.forget(key.ID) })
	}
	return nil
}

// Check opens every key that is not destroyed, to know that the master key is
// the right one; it gives how many there are.
func (k *Keeper) Check(tx *db.Tx) (n int, err error) {
	keys, err := Keys(tx)
	if err != nil {
		return 0, err
	}
	for _, key := range keys {
		if key.State == Destroyed {
			continue
		}
		if _, err := k.unwrap(tx, key); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// Purposes lists the purposes that columns are sealed for.
func (k *Keeper) Purposes() (list []string) {
	for _, f := range k.fields {
		if !slices.Contains(list, f.Purpose) {
			list = append(list, f.Purpose)
		}
	}
	slices.Sort(list)
	return list
}

// Rotate gives a purpose new keys and leaves a job that seals again whatever
// bears an old one.
func (k *Keeper) Rotate(ctx context.Context, actor auth.Actor, purpose string) error {
	if err := Manage.Check(actor, auth.Target{}); err != nil {
		return err
	}
	return k.db.Write(ctx, func(tx *db.Tx) error {
		keys, err := keysInState(tx, purpose, Current)
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			return fault.New(fault.NotFound, "secret.purpose", fault.Args{"value": purpose})
		}
		for _, key := range keys {
			if err := retireKey(tx, key.ID); err != nil {
				return err
			}
			if _, err := k.make(tx, purpose, key.Subject); err != nil {
				return err
			}
		}
		if _, err := k.queue.Enqueue(tx, jobs.Spec{Kind: JobReseal, Payload: purpose}); err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "secret.rotate", Object: object.Ref{Kind: "secret", Key: purpose}})
	})
}

// Rewrap wraps every key by another master key. The program must be started
// with it afterwards.
func (k *Keeper) Rewrap(ctx context.Context, actor auth.Actor, other *Master) error {
	if err := Manage.Check(actor, auth.Target{}); err != nil {
		return err
	}
	if k.master == nil {
		return fault.New(fault.Unavailable, "secret.master", nil)
	}
	return k.db.Write(ctx, func(tx *db.Tx) error {
		keys, err := Keys(tx)
		if err != nil {
			return err
		}
		for _, key := range keys {
			if key.State == Destroyed {
				continue
			}
			secret, err := k.master.unwrap(key, key.wrapped)
			if err != nil {
				return err
			}
			if err := rewrapKey(tx, key.ID, other.wrap(key, secret)); err != nil {
				return err
			}
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "secret.rewrap", Object: object.Ref{Kind: "secret", Key: "master"}})
	})
}
