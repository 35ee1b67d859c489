package audit_test

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/db"
)

// tampering is what somebody with the database in hand might try, and what
// Verify must answer: the entry and the reason.
var tampering = []struct {
	name    string
	queries []string
	seq     int64
	reason  string
}{
	{"changed summary", []string{`UPDATE audit_entry SET summary = '{"n":"0"}' WHERE seq = 41`}, 41, "leaf"},
	{"changed actor", []string{"UPDATE audit_entry SET actor = 'nobody' WHERE seq = 0"}, 0, "leaf"},
	{"changed action", []string{"UPDATE audit_entry SET action = 'body.delete' WHERE seq = 99"}, 99, "leaf"},
	{"changed object", []string{"UPDATE audit_entry SET object_key = 'other' WHERE seq = 5"}, 5, "leaf"},
	{"changed instant", []string{"UPDATE audit_entry SET at = '2026-11-23T10:00:00.000001Z' WHERE seq = 5"}, 5, "leaf"},
	{"changed detail", []string{`UPDATE audit_detail SET data = '{"before":null,"after":null}' WHERE seq = 12`}, 12, "details"},
	{"changed detail, salt emptied", []string{`UPDATE audit_detail SET data = '{"before":null,"after":null}', salt = '' WHERE seq = 12`}, 12, "details"},
	{"details of another entry", []string{
		"UPDATE audit_detail SET salt = (SELECT salt FROM audit_detail WHERE seq = 13), data = (SELECT data FROM audit_detail WHERE seq = 13) WHERE seq = 12"}, 12, "details"},
	{"changed commitment", []string{"UPDATE audit_entry SET details_hash = 'x' WHERE seq = 12", "DELETE FROM audit_detail WHERE seq = 12"}, 12, "leaf"},
	{"removed entry", []string{"DELETE FROM audit_detail WHERE seq = 30", "DELETE FROM audit_entry WHERE seq = 30"}, 30, "sequence"},
	{"removed entry, later ones moved up", []string{"DELETE FROM audit_detail", "DELETE FROM audit_entry WHERE seq = 98", "UPDATE audit_entry SET seq = 98 WHERE seq = 99"}, 98, "leaf"},
	{"swapped entries", []string{"DELETE FROM audit_detail", "UPDATE audit_entry SET seq = 1000 WHERE seq = 20",
		"UPDATE audit_entry SET seq = 20 WHERE seq = 21", "UPDATE audit_entry SET seq = 21 WHERE seq = 1000"}, 20, "leaf"},
	{"slipped-in entry", []string{`INSERT INTO audit_entry (seq, at, actor, action, object_kind, object_key, summary, details_hash)
		VALUES (100, '2026-11-23T10:00:00.000000Z', 'anna', 'body.create', 'body', 'k', 'null', 'x')`}, 100, "leaf"},
	{"appended hash", []string{"INSERT INTO audit_hash (idx, hash) SELECT max(idx) + 1, (SELECT hash FROM audit_hash WHERE idx = 0) FROM audit_hash"}, 100, "tree"},
	{"removed hash", []string{"DELETE FROM audit_hash WHERE idx = 0"}, 0, "leaf"},
	{"changed inner hash", []string{"UPDATE audit_hash SET hash = (SELECT hash FROM audit_hash WHERE idx = 0) WHERE idx = 2"}, 1, "tree"},
	{"end cut off", []string{"DELETE FROM audit_detail WHERE seq = 99", "DELETE FROM audit_entry WHERE seq = 99"}, 99, "tree"},
	{"end cut off with its hashes", []string{"DELETE FROM audit_detail WHERE seq >= 64", "DELETE FROM audit_entry WHERE seq >= 64", "DELETE FROM audit_hash WHERE idx >= 127"}, 64, "checkpoint"},
	{"changed checkpoint", []string{"UPDATE audit_checkpoint SET root = 'x' WHERE size = 64"}, 63, "checkpoint"},
}

func TestTamperingIsFoundAndNamed(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		record(t, d, 0, 64)
		checkpoint(t, d)
		record(t, d, 64, 80)
		checkpoint(t, d)
		record(t, d, 80, 100)
		if n, err := verify(t, d); n != 100 || err != nil {
			t.Fatalf("before any tampering: %d, %v", n, err)
		}
		undo := errors.New("take it back")
		for _, c := range tampering {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				for _, q := range c.queries {
					if err := run(q)(tx); err != nil {
						t.Errorf("%s: %v", c.name, err)
						return err
					}
				}
				_, err := audit.Verify(tx)
				found, ok := errors.AsType[*audit.Fault](err)
				if !ok || found.Seq != c.seq || found.Reason != c.reason {
					t.Errorf("%s: found %v, want entry %d: %s", c.name, err, c.seq, c.reason)
				}
				return undo
			})
			if !errors.Is(err, undo) {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		if n, err := verify(t, d); n != 100 || err != nil {
			t.Errorf("after taking everything back: %d, %v", n, err)
		}
	})
}

func checkpoint(t *testing.T, d *db.DB) (text string) {
	t.Helper()
	write(t, d, func(tx *db.Tx) error {
		signer, _, err := audit.Keys(tx, "test.example/audit")
		if err != nil {
			return err
		}
		text, err = audit.Checkpoint(tx, signer)
		return err
	})
	return text
}

func TestCheckpointsAreSignedNotes(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		if text := checkpoint(t, d); text != "" {
			t.Errorf("an empty tree was signed: %q", text)
		}
		record(t, d, 0, 5)
		text := checkpoint(t, d)
		_, r := root(t, d)
		if !strings.HasPrefix(text, "test.example/audit\n5\n"+r+"\n\n— test.example/audit ") {
			t.Errorf("note %q", text)
		}
		if again := checkpoint(t, d); again != text {
			t.Errorf("the same size was signed twice:\n%s\n%s", text, again)
		}
		record(t, d, 5, 9)
		checkpoint(t, d)
		if n, err := verify(t, d); n != 9 || err != nil {
			t.Errorf("verified %d: %v", n, err)
		}
		withKeys(t, d, func(tx *db.Tx, v note.Verifier) {
			if n, err := audit.VerifyNote(tx, v, text); n != 5 || err != nil {
				t.Errorf("the note of 5 entries: %d, %v", n, err)
			}
			if err := audit.VerifySignatures(tx, v); err != nil {
				t.Error(err)
			}
			stranger := strings.Replace(text, "\n5\n", "\n4\n", 1)
			if _, err := audit.VerifyNote(tx, v, stranger); err == nil || isFault(err) {
				t.Errorf("a changed note: %v", err)
			}
			for _, bad := range []string{"", "x", "test.example/audit\n5\n" + r + "\n"} {
				if _, err := audit.VerifyNote(tx, v, bad); err == nil {
					t.Errorf("%q was taken for a note", bad)
				}
			}
		})
	})
}

func isFault(err error) bool {
	_, ok := errors.AsType[*audit.Fault](err)
	return ok
}

// withKeys runs f in a transaction that is taken back.
func withKeys(t *testing.T, d *db.DB, f func(*db.Tx, note.Verifier)) {
	t.Helper()
	undo := errors.New("take it back")
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, v, err := audit.Keys(tx, "another name is not looked at")
		if err != nil {
			return err
		}
		f(tx, v)
		return undo
	})
	if !errors.Is(err, undo) {
		t.Fatal(err)
	}
}

// A note kept outside shows what no look inside can: history rewritten from
// some entry on, with all hashes and checkpoints made anew.
func TestANoteKeptOutsideShowsRewrittenHistory(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		record(t, d, 0, 10)
		text := checkpoint(t, d)
		for name, again := range map[string]int{"rewritten": 30, "cut short": 24} {
			withKeys(t, d, func(tx *db.Tx, v note.Verifier) {
				for _, q := range []string{"DELETE FROM audit_checkpoint", "DELETE FROM audit_detail", "DELETE FROM audit_entry", "DELETE FROM audit_hash"} {
					if err := run(q)(tx); err != nil {
						t.Fatal(err)
					}
				}
				for i := 20; i < again; i++ {
					if err := audit.Record(tx, deed(i)); err != nil {
						t.Fatal(err)
					}
				}
				if _, err := audit.Verify(tx); err != nil {
					t.Fatalf("%s: seen from inside all is well, but %v", name, err)
				}
				if _, err := audit.VerifyNote(tx, v, text); !isFault(err) {
					t.Errorf("%s: the note says %v", name, err)
				}
			})
		}
	})
}

func TestForgedCheckpointsAreFound(t *testing.T) {
	forged := map[string]string{
		"another root":  "UPDATE audit_checkpoint SET root = 'x'",
		"another size":  "UPDATE audit_checkpoint SET size = 4",
		"no note":       "UPDATE audit_checkpoint SET note = ''",
		"changed note":  "UPDATE audit_checkpoint SET note = replace(note, '5', '6')",
		"stranger's by": "UPDATE audit_checkpoint SET note = replace(note, 'test', 'best')",
	}
	each(t, func(t *testing.T, d *db.DB) {
		record(t, d, 0, 5)
		checkpoint(t, d)
		for name, query := range forged {
			withKeys(t, d, func(tx *db.Tx, v note.Verifier) {
				if err := run(query)(tx); err != nil {
					t.Fatal(err)
				}
				err := audit.VerifySignatures(tx, v)
				if f, ok := errors.AsType[*audit.Fault](err); !ok || f.Reason != "signature" {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		withKeys(t, d, func(tx *db.Tx, v note.Verifier) {
			if err := run("UPDATE audit_checkpoint SET root = 'x'")(tx); err != nil {
				t.Fatal(err)
			}
			signer, _, err := audit.Keys(tx, "")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := audit.Checkpoint(tx, signer); !isFault(err) {
				t.Errorf("signing again over a changed checkpoint: %v", err)
			}
		})
	})
}

func TestKeysRefuseABadName(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, _, err := audit.Keys(tx, "two words")
			return err
		}); err == nil {
			t.Error("a name with a blank was taken")
		}
	})
}
