package files_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/files"
	"beffroi/internal/platform/files/blob"
	"beffroi/internal/platform/jobs"
)

// The same bytes lie once, until the last row that speaks of them is gone.
func TestSweep(t *testing.T) {
	each(t, none, func(t *testing.T, h *house) {
		ctx := t.Context()
		kept, gone := h.add(box, "a.txt", "same"), h.add(safe, "b.txt", "same")
		alone := h.add(box, "c.txt", "alone")
		staged, err := h.Stage(ctx, registrar, small(), "d.txt", strings.NewReader("staged"))
		if err != nil || h.blobs() != 3 {
			t.Fatalf("%d blobs, %v", h.blobs(), err)
		}
		stray := "no row speaks of me"
		if err := h.store.Put(ctx, "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 1, strings.NewReader("x")); err == nil {
			t.Fatal("a wrong sum is taken")
		}
		putStray(t, h, stray)
		for _, f := range []files.File{gone, alone} {
			if _, err := h.Remove(ctx, registrar, f.Owner, f.ID); err != nil {
				t.Fatal(err)
			}
		}
		steps := []struct {
			after time.Duration
			rows  string
			blobs int // that are left
		}{{0, "", 4}, {23 * time.Hour, "", 4}, {2 * time.Hour, "d.txt", 2}, {28 * 24 * time.Hour, "", 2}, {2 * 24 * time.Hour, "b.txt c.txt", 1}, {time.Hour, "", 1}}
		for i, step := range steps {
			h.clock.move(step.after)
			before := h.blobs()
			dry, err := h.Sweep(ctx, true)
			if err != nil || h.blobs() != before {
				t.Errorf("step %d: a dry run removes %d blobs: %v", i, before-h.blobs(), err)
			}
			swept, err := h.Sweep(ctx, false)
			var names []string
			for _, f := range swept.Rows {
				names = append(names, f.Name)
			}
			if got := strings.Join(names, " "); err != nil || got != step.rows || h.blobs() != step.blobs || len(dry.Rows) != len(swept.Rows) {
				t.Errorf("step %d: swept %q, %d blobs left, dry %d, %v; want %q, %d", i, got, h.blobs(), len(dry.Rows), err, step.rows, step.blobs)
			}
		}
		if got := h.read(nobody, kept.ID); got != "same" {
			t.Errorf("what is wanted reads %q", got)
		}
		_, err = h.Restore(ctx, registrar, box, alone.ID)
		h.refused("absent", err)
		_ = staged
	})
}

func putStray(t *testing.T, h *house, text string) {
	t.Helper()
	f, err := h.Stage(t.Context(), registrar, small(), "stray.txt", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.db.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec("DELETE FROM file WHERE id = $1", f.ID); return err }); err != nil {
		t.Fatal(err)
	}
}

// The antivirus decides; while it is silent a file waits and nobody gets it.
func TestAntivirus(t *testing.T) {
	each(t, watching, func(t *testing.T, h *house) {
		ctx := t.Context()
		if f := h.add(box, "a.txt", "clean"); f.State != files.Clean || f.Scanned.IsZero() {
			t.Errorf("%+v", f)
		}
		_, err := h.Add(ctx, registrar, box, "b.txt", strings.NewReader("a VIRUS"))
		h.refused("file.infected", err)
		if h.blobs() != 1 {
			t.Error("an infected file is kept")
		}
		h.oracle.down = true
		good, bad := h.add(box, "c.txt", "good"), h.add(box, "d.txt", "late VIRUS")
		for _, f := range []files.File{good, bad} {
			if got := h.read(registrar, f.ID); f.State != files.Waiting || got != "absent" {
				t.Errorf("%s while nobody knows: %s, reads %q", f.Name, f.State, got)
			}
		}
		if told, err := h.Health(ctx); err == nil {
			t.Errorf("a silent antivirus is healthy: %s", told)
		}
		scan := func(f files.File) error {
			return h.Scan(ctx, jobs.Job{Kind: files.ScanJob, Payload: fmt.Appendf(nil, "%d", f.ID)})
		}
		if err := scan(good); err == nil {
			t.Error("silence counts as an answer")
		}
		h.oracle.down = false
		if told, err := h.Health(ctx); err == nil {
			t.Errorf("waiting files go unnoticed: %s", told)
		}
		for range 2 { // a job may come twice
			if err := errors.Join(scan(good), scan(bad)); err != nil {
				t.Fatal(err)
			}
		}
		if got := h.read(nobody, good.ID); got != "good" {
			t.Errorf("cleared, it reads %q", got)
		}
		if got := h.read(registrar, bad.ID); got != "absent" {
			t.Errorf("infected, it reads %q", got)
		}
		if h.blobs() != 2 {
			t.Error("infected bytes are kept")
		}
		if told, err := h.Health(ctx); err != nil || !strings.Contains(told, "Oracle 1") {
			t.Errorf("%q, %v", told, err)
		}
		if got := strings.Join(h.deeds(box), " "); got != "file.scan file.scan file.add file.add file.add" {
			t.Errorf("the history says %s", got)
		}
	})
}

// The job that asks the antivirus is written with the file and runs until it answers.
func TestWaitingFilesAreAskedAbout(t *testing.T) {
	each(t, watching, func(t *testing.T, h *house) {
		h.oracle.down = true
		f := h.add(box, "a.txt", "text")
		h.clock.move(2 * time.Minute)
		ctx, stop := context.WithCancel(t.Context())
		asked := make(chan bool, 10)
		runner := &jobs.Runner{Queue: h.queue, Poll: 10 * time.Millisecond, Handlers: map[string]jobs.Handler{files.ScanJob: func(ctx context.Context, j jobs.Job) error {
			err := h.Scan(ctx, j)
			if err != nil {
				h.oracle.down = false
			}
			asked <- err == nil
			return err
		}}}
		done := make(chan error, 1)
		go func() { done <- runner.Run(ctx) }()
		var answered []bool
		for end := time.Now().Add(20 * time.Second); len(answered) < 2 && time.Now().Before(end); {
			select {
			case got := <-asked:
				answered = append(answered, got)
			case <-time.After(10 * time.Millisecond):
				h.clock.move(100 * time.Millisecond) // towards the next try
			}
		}
		if !slices.Equal(answered, []bool{false, true}) {
			t.Errorf("it was asked: %v", answered)
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if got := h.read(nobody, f.ID); got != "text" {
			t.Errorf("it reads %q", got)
		}
	})
}

func TestVerify(t *testing.T) {
	each(t, none, func(t *testing.T, h *house) {
		for i := range 3 {
			h.add(box, fmt.Sprintf("%d.txt", i), fmt.Sprint("text ", i))
		}
		if n, problems, err := h.Verify(t.Context()); n != 3 || len(problems) != 0 || err != nil {
			t.Fatalf("%d, %v, %v", n, problems, err)
		}
		if told, err := h.Health(t.Context()); err != nil || !strings.HasPrefix(told, "3 blobs, 18 bytes") {
			t.Errorf("%q, %v", told, err)
		}
		_, all, err := h.All(t.Context(), registrar, box)
		if err != nil {
			t.Fatal(err)
		}
		path := func(f files.File) string { return filepath.Join(h.dir, string(f.Sum[:2]), string(f.Sum)) }
		if err := errors.Join(os.Remove(path(all[0])), os.WriteFile(path(all[1]), []byte("TEXT 1"), 0o600)); err != nil {
			t.Fatal(err)
		}
		n, problems, err := h.Verify(t.Context())
		if n != 3 || len(problems) != 2 || err != nil {
			t.Fatalf("%d, %v, %v", n, problems, err)
		}
		for _, p := range problems {
			if p.Sum == all[0].Sum && !errors.Is(p.Err, fs.ErrNotExist) || p.Sum == all[1].Sum && !errors.Is(p.Err, blob.ErrSum) {
				t.Errorf("%s: %v", p.Sum, p.Err)
			}
		}
		if told, err := h.Health(t.Context()); err == nil {
			t.Errorf("a missing blob is healthy: %s", told)
		}
		if got := h.read(nobody, all[0].ID); got != "file.store" {
			t.Errorf("without bytes it reads %q", got)
		}
	})
}

// A store that is gone refuses, and leaves no file that anybody sees.
func TestStoreIsGone(t *testing.T) {
	d := dbtest.SQLite(t, schemas())
	h := open(t, d, nil)
	if err := os.RemoveAll(h.dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(h.dir, nil, 0o600); err != nil { // a file where the folder should be
		t.Fatal(err)
	}
	_, err := h.Add(t.Context(), registrar, box, "a.txt", strings.NewReader("a"))
	h.refused("file.store", err)
	if list, err := h.Listed(t.Context(), nobody, box); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
}
