package personal_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/personal"
	"beffroi/internal/platform/vault"
)

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var hash = strings.Repeat("ab", 32)

func TestReadLedger(t *testing.T) {
	good := `{"at":"2026-11-23T10:00:00Z","kind":"account","salt":"S","hash":"` + hash + `"}` + "\n\n"
	if lines, err := personal.ReadLedger(strings.NewReader(good + good)); err != nil || len(lines) != 2 || lines[1].Salt != "S" {
		t.Errorf("%v, %v", lines, err)
	}
	for name, bad := range map[string]string{
		"no json": good + "x", "no hash": `{"kind":"a","salt":"s"}`, "short hash": `{"kind":"a","salt":"s","hash":"ab"}`, "no kind": `{"salt":"s","hash":"` + hash + `"}`,
		"more": `{"kind":"a","salt":"s","hash":"` + hash + `","who":"ann"}`, "long line": strings.Repeat("x", 1<<17),
	} {
		if lines, err := personal.ReadLedger(strings.NewReader(bad)); code(err) != "privacy.ledger" {
			t.Errorf("%s: %v, %v", name, lines, err)
		}
	}
}

func FuzzReadLedger(f *testing.F) {
	f.Add([]byte(`{"at":"2026-11-23T10:00:00Z","kind":"account","salt":"S","hash":"` + hash + `"}`))
	f.Add([]byte("\n{}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		lines, err := personal.ReadLedger(bytes.NewReader(text))
		if err != nil && code(err) != "privacy.ledger" {
			t.Errorf("an error without a place: %v", err)
		}
		for _, l := range lines {
			if l.Kind == "" || l.Salt == "" || l.Hash == "" {
				t.Errorf("half a line: %+v", l)
			}
		}
	})
}

// After a restore, who was erased since is erased again, and nobody else.
func TestReplayAfterRestore(t *testing.T) {
	each(t, func(h *house) {
		archive := vault.File{Path: filepath.Join(t.TempDir(), "b.tar.gz")}
		m, err := archive.Save(t.Context(), h.db, "test", nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := h.AskErasure(t.Context(), admin, guest("ann"))
		if err != nil {
			t.Fatal(err)
		}
		h.ripen()
		h.erase(r.ID)
		back, err := db.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "back.db"), clock.Fixed(dbtest.Now()))
		if err != nil {
			t.Fatal(err)
		}
		defer back.Close()
		if err := archive.Restore(t.Context(), m, back, schemas(), nil); err != nil {
			t.Fatal(err)
		}
		var ledger bytes.Buffer
		if err := h.WriteLedger(t.Context(), &ledger); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"ann", "Ann", "guest.id"} {
			if strings.Contains(ledger.String(), secret) {
				t.Errorf("the ledger tells who it was: %s", ledger.String())
			}
		}
		lines, err := personal.ReadLedger(&ledger)
		if err != nil {
			t.Fatal(err)
		}
		restored := &house{t: t, db: back, queue: jobs.NewQueue(back), file: filepath.Join(t.TempDir(), "e.jsonl")}
		restored.open(back)
		restored.expect("SELECT name FROM guest WHERE id = 1", "Ann Marked") // negative control: she came back
		for want := range []int{1, 0} {
			if n, err := restored.Replay(t.Context(), admin, lines); err != nil || n != 1-want {
				t.Errorf("replayed %d, %v", n, err)
			}
		}
		restored.expect("SELECT name FROM guest WHERE id = 1", "")
		restored.expect("SELECT name FROM guest WHERE id = 2", "Bob Marked")
		restored.sound()
	})
}

// The file beside the database only grows.
func TestLedgerFile(t *testing.T) {
	each(t, func(h *house) {
		count := func() int {
			lines, err := personal.ReadLedger(strings.NewReader(readFile(t, h.file)))
			if err != nil {
				t.Fatal(err)
			}
			return len(lines)
		}
		for i, nick := range []string{"ann", "bob"} {
			r, err := h.AskErasure(t.Context(), admin, guest(nick))
			if err != nil {
				t.Fatal(err)
			}
			h.ripen()
			h.erase(r.ID)
			if count() != i+1 {
				t.Errorf("%d lines after %d erasures", count(), i+1)
			}
		}
		h.write("DELETE FROM privacy_erased") // as a restored archive has it
		if err := h.KeepLedger(context.Background()); err != nil || count() != 2 {
			t.Errorf("%d lines, %v", count(), err)
		}
	})
}
