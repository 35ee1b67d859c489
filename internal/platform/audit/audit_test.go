package audit_test

import (
	"fmt"
	"sync"
	"testing"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/setting"
	"beffroi/test/pg"
)

func TestMain(m *testing.M) { pg.Main(m) }

func each(t *testing.T, f func(t *testing.T, d *db.DB)) {
	t.Helper()
	dbtest.Each(t, []db.Schema{setting.Schema(), audit.Schema()}, f)
}

func write(t testing.TB, d *db.DB, f func(*db.Tx) error) {
	t.Helper()
	if err := d.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, d *db.DB, f func(*db.Tx) error) {
	t.Helper()
	if err := d.Read(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

// deed is the i-th entry of the tests.
func deed(i int) audit.Entry {
	return audit.Entry{
		Actor: []string{"anna", "bram", "système"}[i%3], Action: []string{"body.create", "body.rename"}[i%2],
		Object:  object.Ref{Kind: []string{"body", "mission"}[i/10%2], Key: fmt.Sprint("k", i%7)},
		Summary: map[string]string{"n": fmt.Sprint(i), "é": "<&>"},
		Before:  map[string]any{"name": fmt.Sprint("before ", i)}, After: map[string]any{"name": fmt.Sprint("after ", i)},
	}
}

// record makes entries from..to-1 in one transaction.
func record(t testing.TB, d *db.DB, from, to int) {
	t.Helper()
	write(t, d, func(tx *db.Tx) error {
		for i := from; i < to; i++ {
			if err := audit.Record(tx, deed(i)); err != nil {
				return err
			}
		}
		return nil
	})
}

func verify(t testing.TB, d *db.DB) (n int64, err error) {
	t.Helper()
	_ = d.Read(t.Context(), func(tx *db.Tx) error {
		n, err = audit.Verify(tx)
		return nil
	})
	return n, err
}

func root(t testing.TB, d *db.DB) (size int64, root string) {
	t.Helper()
	read(t, d, func(tx *db.Tx) (err error) {
		size, root, err = audit.Root(tx)
		return err
	})
	return size, root
}

func TestAnEmptyTreeIsSound(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		if n, err := verify(t, d); n != 0 || err != nil {
			t.Errorf("verified %d: %v", n, err)
		}
		if size, r := root(t, d); size != 0 || r != "" {
			t.Errorf("root %d %q", size, r)
		}
	})
}

func TestTheTreeGrowsAndHolds(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		roots := map[string]bool{}
		for _, step := range [][2]int{{0, 1}, {1, 2}, {2, 100}, {100, 300}} {
			record(t, d, step[0], step[1])
			size, r := root(t, d)
			if size != int64(step[1]) || roots[r] {
				t.Errorf("size %d, root %s seen before: %v", size, r, roots[r])
			}
			roots[r] = true
		}
		if n, err := verify(t, d); n != 300 || err != nil {
			t.Errorf("verified %d: %v", n, err)
		}
	})
}

func TestARefusedDeedLeavesNoTrace(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		record(t, d, 0, 3)
		_, before := root(t, d)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := audit.Record(tx, deed(3)); err != nil {
				return err
			}
			return fmt.Errorf("refused")
		})
		if err == nil {
			t.Fatal("no error")
		}
		if size, after := root(t, d); size != 3 || after != before {
			t.Errorf("size %d, root changed: %v", size, after != before)
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			return audit.Record(tx, audit.Entry{Action: "x", After: func() {}})
		}); err == nil {
			t.Error("a state that is no JSON was recorded")
		}
	})
}

func TestDeedsAtOnceMakeOneTree(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		var wait sync.WaitGroup
		for g := range 6 {
			wait.Go(func() {
				for i := range 15 {
					if err := d.Write(t.Context(), func(tx *db.Tx) error { return audit.Record(tx, deed(100*g+i)) }); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wait.Wait()
		if n, err := verify(t, d); n != 90 || err != nil {
			t.Errorf("verified %d: %v", n, err)
		}
	})
}

func TestErasedDetailsLeaveTheTreeSound(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		record(t, d, 0, 20)
		write(t, d, run("DELETE FROM audit_detail WHERE seq IN (0, 7, 19)"))
		if n, err := verify(t, d); n != 20 || err != nil {
			t.Errorf("verified %d: %v", n, err)
		}
		read(t, d, func(tx *db.Tx) error {
			list, err := audit.List(tx, audit.Filter{Limit: 1})
			if len(list) != 1 || list[0].Seq != 19 || list[0].Before != nil || list[0].Summary["n"] != "19" {
				t.Errorf("list %+v", list)
			}
			return err
		})
	})
}

func run(query string, args ...any) func(*db.Tx) error {
	return func(tx *db.Tx) error {
		n, err := tx.Exec(query, args...)
		if err == nil && n == 0 {
			return fmt.Errorf("%s touched nothing", query)
		}
		return err
	}
}

func TestListGivesBackWhatWasDone(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		record(t, d, 0, 2)
		read(t, d, func(tx *db.Tx) error {
			list, err := audit.List(tx, audit.Filter{Limit: 10})
			if len(list) != 2 {
				return fmt.Errorf("%d entries: %w", len(list), err)
			}
			got, want := list[0], deed(1) // newest first
			if got.Seq != 1 || !got.At.Equal(dbtest.Now()) || got.Actor != want.Actor || got.Action != want.Action || got.Object != want.Object {
				t.Errorf("got %+v", got)
			}
			if fmt.Sprint(got.Summary, got.Before, got.After) != fmt.Sprint(want.Summary, want.Before, want.After) {
				t.Errorf("got %v %v %v", got.Summary, got.Before, got.After)
			}
			return err
		})
	})
}

// The list shows exactly the entries that the filter describes, page by page.
func TestListFiltersAndPages(t *testing.T) {
	filters := map[string]struct {
		filter audit.Filter
		fits   func(audit.Entry) bool
	}{
		"all":            {audit.Filter{}, func(audit.Entry) bool { return true }},
		"object":         {audit.Filter{Object: object.Ref{Kind: "body", Key: "k3"}}, func(e audit.Entry) bool { return e.Object.String() == "body:k3" }},
		"kind":           {audit.Filter{Kind: "mission"}, func(e audit.Entry) bool { return e.Object.Kind == "mission" }},
		"actor":          {audit.Filter{Actor: "bram"}, func(e audit.Entry) bool { return e.Actor == "bram" }},
		"action":         {audit.Filter{Action: "body.rename"}, func(e audit.Entry) bool { return e.Action == "body.rename" }},
		"actor and kind": {audit.Filter{Actor: "système", Kind: "body"}, func(e audit.Entry) bool { return e.Actor == "système" && e.Object.Kind == "body" }},
		"nobody":         {audit.Filter{Actor: "zoë"}, func(audit.Entry) bool { return false }},
	}
	const n = 60
	each(t, func(t *testing.T, d *db.DB) {
		record(t, d, 0, n)
		for name, c := range filters {
			var want, got []int64
			for i := n - 1; i >= 0; i-- {
				if c.fits(deed(i)) {
					want = append(want, int64(i))
				}
			}
			c.filter.Limit = 7
			for {
				page := list(t, d, c.filter)
				for _, e := range page {
					got = append(got, e.Seq)
				}
				if len(page) < 7 || page[6].Seq == 0 {
					break
				}
				c.filter.Before = page[6].Seq
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: got %v, want %v", name, got, want)
			}
		}
	})
}

func list(t *testing.T, d *db.DB, f audit.Filter) (list []audit.Entry) {
	t.Helper()
	read(t, d, func(tx *db.Tx) (err error) {
		list, err = audit.List(tx, f)
		return err
	})
	return list
}

func TestStanding(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		stand := func() (s audit.Standing) {
			read(t, d, func(tx *db.Tx) (err error) { s, err = audit.Stand(tx); return err })
			return s
		}
		if got := stand(); got != (audit.Standing{}) {
			t.Errorf("an empty log: %+v", got)
		}
		record(t, d, 0, 3)
		now := dbtest.Now()
		if got := stand(); got != (audit.Standing{Entries: 3, Newest: now, Unsigned: now}) {
			t.Errorf("unsigned: %+v", got)
		}
		checkpoint(t, d)
		if got := stand(); got != (audit.Standing{Entries: 3, Newest: now, Signed: 3}) {
			t.Errorf("signed: %+v", got)
		}
		record(t, d, 3, 4)
		if got := stand(); got != (audit.Standing{Entries: 4, Newest: now, Signed: 3, Unsigned: now}) {
			t.Errorf("one more: %+v", got)
		}
	})
}
