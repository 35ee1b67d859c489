package personal_test

import (
	"testing"
	"time"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/personal"
)

func (h *house) retain() []personal.Gone {
	h.t.Helper()
	gone, err := h.Retain(h.t.Context(), admin)
	if err != nil {
		h.t.Fatal(err)
	}
	return gone
}

func (h *house) due() map[string]personal.Due {
	h.t.Helper()
	byTable := map[string]personal.Due{}
	err := h.db.Read(h.t.Context(), func(tx *db.Tx) error {
		list, err := h.Due(tx, admin)
		for _, d := range list {
			if d.Rows > 0 {
				byTable[d.Table] = d
			}
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return byTable
}

// The dry run tells exactly what the run removes; a second run removes nothing.
func TestRetention(t *testing.T) {
	each(t, func(h *house) {
		h.write("UPDATE guest SET left_at = $1 WHERE id = 2", db.At(dbtest.Now().Add(-13*month)))
		due := h.due()
		if len(due) != 2 || due["stay"].Rows != 2 || due["guest"].Rows != 1 || !due["guest"].Person || !due["stay"].Oldest.Equal(dbtest.Now().Add(-2*month)) {
			t.Fatalf("due: %+v", due)
		}
		h.expect("SELECT count(*) FROM stay", "4") // a dry run
		gone := h.retain()
		if len(gone) != 2 || gone[0] != (personal.Gone{Table: "stay", Rows: 2}) || gone[1] != (personal.Gone{Table: "guest", Rows: 1}) {
			t.Errorf("gone: %+v", gone)
		}
		h.expect("SELECT count(*) FROM stay", "1") // that of today; Bob's booked one went with him
		h.expect("SELECT name FROM guest WHERE id = 2", "")
		if again := h.retain(); len(again) > 0 || len(h.due()) > 0 {
			t.Errorf("again: %+v, due %+v", again, h.due())
		}
		h.expect("SELECT count(*) FROM audit_entry WHERE action = 'privacy.retain'", "1")
		h.sound()
	})
}

// Time passes by the hour: a row goes when its time is up, not before.
func TestRetentionToTheInstant(t *testing.T) {
	each(t, func(h *house) {
		h.write("DELETE FROM card")
		for id, age := range map[int]time.Duration{50: month - time.Second, 51: month, 52: month + time.Second} {
			h.write("INSERT INTO stay (id, guest, room, state, at) VALUES ($1, 1, 'x', 'over', $2)", id, db.At(dbtest.Now().Add(-age)))
		}
		h.retain()
		h.expect("SELECT count(*) FROM stay WHERE id IN (50, 51)", "2")
		h.expect("SELECT count(*) FROM stay WHERE id = 52", "0")
	})
}

// More rows than one batch go in several transactions.
func TestRetentionInBatches(t *testing.T) {
	each(t, func(h *house) {
		var rows [][]any
		for i := range 2500 {
			rows = append(rows, []any{1000 + i, 1, "x", "over", db.At(dbtest.Now().Add(-2 * month))})
		}
		if err := h.db.Write(t.Context(), func(tx *db.Tx) error { return tx.Insert("stay", []string{"id", "guest", "room", "state", "at"}, rows) }); err != nil {
			t.Fatal(err)
		}
		gone := h.retain()
		if len(gone) != 1 || gone[0].Rows != 2502 {
			t.Errorf("gone: %+v", gone)
		}
	})
}

// Who cannot be erased is passed over, and the others are not held up.
func TestRetentionPassesOver(t *testing.T) {
	each(t, func(h *house) {
		h.write("UPDATE guest SET left_at = $1", db.At(dbtest.Now().Add(-13*month)))
		h.retain()
		h.expect("SELECT count(*) FROM guest WHERE name = ''", "2")
		h.expect("SELECT name FROM guest WHERE id = 3", "Boss")
	})
}
