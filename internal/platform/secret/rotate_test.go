package secret

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/jobs"
)

// Rotating while others write: nothing is lost, and nothing bears the old key.
func TestRotationWhileWriting(t *testing.T) {
	each(t, func(t *testing.T, url string, d *db.DB) {
		k := keeper(t, d)
		admit(t, k, 1, 1000)
		old := allKeys(t, d)[0].ID
		writer := NewKeeper(open(t, url, clock.Fixed(dbtest.Now())), k.queue, k.master, allergies) // another process
		var next atomic.Int64
		next.Store(1000)
		stop, ended := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(ended)
			for {
				select {
				case <-stop:
					return
				default:
					admit(t, writer, int(next.Add(1)), 1)
				}
			}
		}()
		for next.Load() < 1003 {
			time.Sleep(time.Millisecond)
		}
		if err := k.Rotate(t.Context(), admin, "health"); err != nil {
			t.Fatal(err)
		}
		during := next.Load()
		reseal(t, k)
		close(stop)
		<-ended
		total := int(next.Load())
		if got := check(t, k, total); got != total {
			t.Errorf("%d of %d bear the current key", got, total)
		}
		t.Logf("%d rows written meanwhile", int64(total)-during)
		for _, key := range allKeys(t, d) {
			if (key.State == Destroyed) != (key.ID == old) {
				t.Errorf("key %+v", key)
			}
		}
		if list, err := k.queue.List(t.Context(), admin, jobs.Filter{Kind: JobReseal, Limit: 5}); err != nil || len(list) != 1 {
			t.Errorf("jobs %+v, %v", list, err)
		}
	})
}

func TestRotateRefusals(t *testing.T) {
	d := open(t, "sqlite:"+filepath.Join(t.TempDir(), "s.db"), clock.Fixed(dbtest.Now()))
	k := keeper(t, d)
	if err := k.Rotate(t.Context(), admin, "weather"); code(err) != "secret.purpose" {
		t.Errorf("unknown purpose: %v", err)
	}
	if err := k.Rotate(t.Context(), auth.Actor{Username: "x"}, "health"); code(err) != "forbidden" {
		t.Errorf("a stranger: %v", err)
	}
	if err := k.Rewrap(t.Context(), auth.Actor{Username: "x"}, nil); code(err) != "forbidden" {
		t.Errorf("a stranger: %v", err)
	}
}

// A value that does not open is told of and holds up nothing; its key lives on.
func TestRotationPastDamage(t *testing.T) {
	each(t, func(t *testing.T, _ string, d *db.DB) {
		k := keeper(t, d)
		admit(t, k, 1, 500)
		write(t, d, func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE camp_child SET allergy = (SELECT allergy FROM camp_child WHERE id = 8) WHERE id = 7")
			return err
		})
		if err := k.Rotate(t.Context(), admin, "health"); err != nil {
			t.Fatal(err)
		}
		err := k.Reseal(t.Context(), jobs.Job{Payload: json.RawMessage(`"health"`)})
		if err == nil || !strings.Contains(err.Error(), "camp_child.allergy of 7") {
			t.Errorf("the damage is not told of: %v", err)
		}
		write(t, d, func(tx *db.Tx) error { _, err := tx.Exec("DELETE FROM camp_child WHERE id = 7"); return err })
		if got := check(t, k, 499); got != 499 {
			t.Errorf("%d of 499 sealed again", got)
		}
		if keys := allKeys(t, d); len(keys) != 2 || keys[0].State == Destroyed || keys[1].State == Destroyed {
			t.Errorf("keys %+v", keys)
		}
		reseal(t, k)
		if keys := allKeys(t, d); keys[0].State != Destroyed && keys[1].State != Destroyed {
			t.Errorf("the old key outlives its last value: %+v", keys)
		}
	})
}

func resealAsChild(url, file string) {
	d, err := db.Open(context.Background(), url, clock.Fixed(dbtest.Now()))
	if err != nil {
		panic(err)
	}
	m, err := ReadMaster(file)
	if err != nil {
		panic(err)
	}
	if err := NewKeeper(d, jobs.NewQueue(d), m, allergies).Reseal(context.Background(), jobs.Job{Payload: json.RawMessage(`"health"`)}); err != nil {
		panic(err)
	}
}

// A process killed between batches has sealed some rows again and none badly;
// the next run goes on where it was.
func TestRotationIsKilled(t *testing.T) {
	each(t, func(t *testing.T, url string, d *db.DB) {
		m, file := master(t)
		k := NewKeeper(d, jobs.NewQueue(d), m, allergies)
		const n = 6000
		admit(t, k, 1, n)
		if err := k.Rotate(t.Context(), admin, "health"); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), childURL+"="+url, childMaster+"="+file)
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for fresh(t, d) == 0 {
			time.Sleep(time.Millisecond)
		}
		_ = cmd.Process.Kill()
		if err := cmd.Wait(); err == nil {
			t.Fatal("the child ended by itself: nothing is proven")
		}
		done := check(t, k, n)
		if done == 0 || done == n || done%batchSize != 0 {
			t.Fatalf("%d of %d rows sealed again at the kill", done, n)
		}
		reseal(t, k)
		if got := check(t, k, n); got != n {
			t.Errorf("%d of %d sealed again in the end", got, n)
		}
	})
}

// fresh counts the rows that bear the current key.
func fresh(t *testing.T, d *db.DB) (n int64) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		keys, err := keysInState(tx, "health", Current)
		if err != nil {
			return err
		}
		from, to := prefix(keys[0].ID)
		n, _, err = db.One(tx, db.Value[int64], "SELECT count(*) FROM camp_child WHERE allergy >= $1 AND allergy < $2", from, to)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
