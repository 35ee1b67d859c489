package files_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/files"
	"beffroi/internal/platform/files/blob"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/object"
	"beffroi/test/pg"
)

func TestMain(m *testing.M) { pg.Main(m) }

// watch is a clock that the test moves.
type watch struct {
	mu sync.Mutex
	at time.Time
}

func (w *watch) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *watch) move(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

func schemas() []db.Schema {
	return []db.Schema{audit.Schema(), auth.Schema(), jobs.Schema(), files.Schema()}
}

// oracle is an antivirus that says what the test wants; it knows one virus.
type oracle struct{ down bool }

func (o *oracle) Scan(_ context.Context, r io.Reader) (string, error) {
	if o.down {
		return "", errors.New("nobody there")
	}
	data, err := io.ReadAll(r)
	if bytes.Contains(data, []byte("VIRUS")) {
		return "Test-Virus", err
	}
	return "", err
}

func (o *oracle) Ping(context.Context) (string, error) {
	if o.down {
		return "", errors.New("nobody there")
	}
	return "Oracle 1", nil
}

// house is files over one database: boxes everybody may look into, and safes
// for auditors only, of which the one called secret is hidden.
type house struct {
	*files.Service
	t      *testing.T
	db     *db.DB
	clock  *watch
	store  *blob.Folder
	dir    string
	oracle *oracle
	queue  *jobs.Queue
}

var (
	edit   = auth.Rule{Name: "box.edit", Roles: []auth.Role{auth.Registrar}}
	public = auth.Rule{Name: "box.read", Public: true}
	audits = auth.Rule{Name: "safe.read", Roles: []auth.Role{auth.Auditor}}

	registrar = as("anna", auth.Registrar)
	auditor   = as("bert", auth.Auditor)
	nobody    = auth.Actor{}

	box  = object.Ref{Kind: "box", Key: "1"}
	safe = object.Ref{Kind: "safe", Key: "1"}
)

func as(name string, role auth.Role) auth.Actor {
	return auth.Actor{Username: name, Grants: []auth.Grant{{Role: role}}}
}

func find(hidden bool) func(*db.Tx, string) (files.Thing, error) {
	return func(_ *db.Tx, key string) (files.Thing, error) {
		if key == "absent" {
			return files.Thing{}, fault.Missing("box")
		}
		return files.Thing{Title: func(string) string { return "Une boîte" }, Target: auth.Target{Hidden: hidden}}, nil
	}
}

// small is a use whose bounds tests can reach.
func small() files.Use {
	u := files.Documents()
	u.Max, u.Total, u.Count = 1000, 1500, 3
	return u
}

func open(t *testing.T, d *db.DB, scanner files.Scanner) *house {
	t.Helper()
	h := &house{t: t, db: d, dir: t.TempDir(), queue: jobs.NewQueue(d)}
	h.clock, _ = d.Clock().(*watch)
	h.oracle, _ = scanner.(*oracle)
	h.store = blob.NewFolder(h.dir)
	h.Service = files.NewService(d, h.store, h.queue, scanner, slog.New(slog.DiscardHandler))
	h.Register(files.Owner{Kind: "box", Page: "/boxes/{key}", Sample: files.Sample{Key: "1", File: "1", Name: "a.txt"}, Read: public, Edit: edit, Use: small(), Find: find(false)})
	h.Register(files.Owner{Kind: "safe", Page: "/safes/{key}", Sample: files.Sample{Key: "1", File: "1", Name: "a.txt"}, Read: audits, Edit: edit, Use: small(), Find: find(true)})
	return h
}

// each opens a house on both engines with a clock to move; scanner may be nil.
func each(t *testing.T, scanner func() files.Scanner, f func(t *testing.T, h *house)) {
	t.Helper()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			url := "sqlite:" + filepath.Join(t.TempDir(), "x.db")
			if engine == "postgres" {
				url = pg.Shared(t)
			}
			d, err := db.Open(t.Context(), url, &watch{at: time.Now().UTC()}) // blobs bear the time of the machine
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = d.Close() })
			if _, err := d.Migrate(t.Context(), schemas()); err != nil {
				t.Fatal(err)
			}
			f(t, open(t, d, scanner()))
		})
	}
}

func none() files.Scanner     { return nil }
func watching() files.Scanner { return &oracle{} }

func (h *house) add(ref object.Ref, name, text string) files.File {
	h.t.Helper()
	f, err := h.Add(h.t.Context(), registrar, ref, name, strings.NewReader(text))
	if err != nil {
		h.t.Fatal(err)
	}
	return f
}

func code(err error) string {
	e := fault.From(err)
	switch {
	case err == nil:
		return "ok"
	case len(e.Fields) > 0:
		return e.Fields[0].Code
	}
	return e.Code
}

func (h *house) refused(want string, err error) {
	h.t.Helper()
	if got := code(err); got != want {
		h.t.Errorf("%s (%v), want %s", got, err, want)
	}
}

// read gives what somebody downloads, or the code of the refusal.
func (h *house) read(actor auth.Actor, id int64) string {
	h.t.Helper()
	_, _, r, err := h.Open(h.t.Context(), actor, id)
	if err != nil {
		return code(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		h.t.Error(err)
	}
	return string(data)
}

func (h *house) blobs() (n int) {
	h.t.Helper()
	if err := h.store.Each(h.t.Context(), func(blob.Info) error { n++; return nil }); err != nil {
		h.t.Fatal(err)
	}
	return n
}

// deeds are the actions in the history of a thing, newest first.
func (h *house) deeds(ref object.Ref) (list []string) {
	h.t.Helper()
	err := h.db.Read(h.t.Context(), func(tx *db.Tx) error {
		entries, err := audit.List(tx, audit.Filter{Object: ref, Limit: 50})
		for _, e := range entries {
			list = append(list, e.Action)
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}

func TestAddReadRemoveRestore(t *testing.T) {
	each(t, none, func(t *testing.T, h *house) {
		f := h.add(box, `C:\plans\été.txt`, "bonjour")
		if f.Name != "été.txt" || f.Size != 7 || f.State != files.Clean || f.Owner != box || !f.Scanned.IsZero() || f.Address() != fmt.Sprintf("/files/%d/%%C3%%A9t%%C3%%A9.txt", f.ID) {
			t.Errorf("%+v", f)
		}
		if got := h.read(nobody, f.ID); got != "bonjour" {
			t.Errorf("everybody reads %q", got)
		}
		_, err := h.Remove(t.Context(), registrar, box, f.ID)
		h.refused("ok", err)
		_, err = h.Remove(t.Context(), registrar, box, f.ID)
		h.refused("absent", err)
		if got := h.read(registrar, f.ID); got != "absent" {
			t.Errorf("removed, it reads %q", got)
		}
		if list, err := h.Listed(t.Context(), nobody, box); err != nil || len(list) != 0 {
			t.Errorf("removed, it is listed: %v, %v", list, err)
		}
		_, all, err := h.All(t.Context(), registrar, box)
		if err != nil || len(all) != 1 || all[0].Remover != "anna" {
			t.Errorf("its keeper sees %v, %v", all, err)
		}
		_, err = h.Restore(t.Context(), registrar, box, f.ID)
		h.refused("ok", err)
		_, err = h.Restore(t.Context(), registrar, box, f.ID)
		h.refused("absent", err)
		if got := h.read(nobody, f.ID); got != "bonjour" {
			t.Errorf("put back, it reads %q", got)
		}
		if got := strings.Join(h.deeds(box), " "); got != "file.restore file.remove file.add" {
			t.Errorf("the history says %s", got)
		}
	})
}

// Who may not see what carries a file is not told that there is one; who may
// not change it changes nothing.
func TestRights(t *testing.T) {
	each(t, none, func(t *testing.T, h *house) {
		ctx := t.Context()
		f := h.add(safe, "secret.txt", "secret")
		for actor, want := range map[string]string{"nobody": "absent", "registrar": "absent", "auditor": "secret"} {
			if got := h.read(map[string]auth.Actor{"nobody": nobody, "registrar": registrar, "auditor": auditor}[actor], f.ID); got != want {
				t.Errorf("%s reads %q, want %q", actor, got, want)
			}
		}
		_, private, r, err := h.Open(ctx, auditor, f.ID)
		if err != nil || !private {
			t.Errorf("not private: %v", err)
		}
		_ = r.Close()
		if _, private, r, err := h.Open(ctx, nobody, h.add(box, "a.txt", "a").ID); err != nil || private {
			t.Errorf("private: %v", err)
		} else {
			_ = r.Close()
		}
		_, err = h.Listed(ctx, nobody, safe)
		h.refused("absent", err)
		for _, actor := range []auth.Actor{nobody, auditor} {
			_, err = h.Add(ctx, actor, safe, "x.txt", strings.NewReader("x"))
			h.refused("absent", err)
			_, _, err = h.All(ctx, actor, safe)
			h.refused("absent", err)
			_, err = h.Remove(ctx, actor, safe, f.ID)
			h.refused("absent", err)
		}
		_, err = h.Add(ctx, auditor, box, "x.txt", strings.NewReader("x"))
		h.refused("forbidden", err)
		_, err = h.Remove(ctx, registrar, box, f.ID) // of another thing
		h.refused("absent", err)
		_, err = h.Restore(ctx, registrar, box, f.ID)
		h.refused("absent", err)
		for _, ref := range []object.Ref{{Kind: "box", Key: "absent"}, {Kind: "ghost", Key: "1"}, {}} {
			_, err = h.Add(ctx, registrar, ref, "x.txt", strings.NewReader("x"))
			h.refused("absent", err)
		}
		if n := h.blobs(); n != 2 {
			t.Errorf("%d blobs: what was refused is kept", n)
		}
	})
}

func TestLimits(t *testing.T) {
	each(t, none, func(t *testing.T, h *house) {
		try := func(name, text, want string) {
			t.Helper()
			_, err := h.Add(t.Context(), registrar, box, name, strings.NewReader(text))
			h.refused(want, err)
		}
		try("a.txt", strings.Repeat("x", 1001), "file.large")
		try("a.txt", "", "file.empty")
		try("a.html", "<html>", "file.markup")
		try("a.pdf", "text", "file.extension")
		try("a.txt", strings.Repeat("x", 1000), "ok")
		try("b.txt", strings.Repeat("x", 1000), "file.twice")
		try("b.txt", strings.Repeat("y", 501), "file.total")
		try("b.txt", "b", "ok")
		try("c.txt", "c", "ok")
		try("d.txt", "d", "file.count")
		_, all, err := h.All(t.Context(), registrar, box)
		if err != nil || len(all) != 3 {
			t.Fatalf("%d files, %v", len(all), err)
		}
		if _, err := h.Remove(t.Context(), registrar, box, all[2].ID); err != nil {
			t.Fatal(err)
		}
		try("d.txt", "d", "ok")
		_, err = h.Restore(t.Context(), registrar, box, all[2].ID)
		h.refused("file.count", err)
	})
}

// A staged file is its sender's, for its use, once.
func TestAttach(t *testing.T) {
	each(t, none, func(t *testing.T, h *house) {
		f, err := h.Stage(t.Context(), registrar, small(), "a.txt", strings.NewReader("a"))
		if err != nil {
			t.Fatal(err)
		}
		if got := h.read(registrar, f.ID); got != "absent" {
			t.Errorf("without owner it reads %q", got)
		}
		photos := small()
		photos.Name = "photo"
		attach := func(actor auth.Actor, id int64, use files.Use) string {
			return code(h.db.Write(t.Context(), func(tx *db.Tx) error {
				_, err := h.Attach(tx, actor, id, box, use)
				return err
			}))
		}
		for i, got := range []string{attach(auditor, f.ID, small()), attach(registrar, f.ID, photos), attach(registrar, f.ID+1, small())} {
			if got != "absent" {
				t.Errorf("case %d: %s", i, got)
			}
		}
		if got := attach(registrar, f.ID, small()); got != "ok" {
			t.Error(got)
		}
		if got := attach(registrar, f.ID, small()); got != "absent" {
			t.Errorf("twice: %s", got)
		}
	})
}
