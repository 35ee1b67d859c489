package personal_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/object"
)

func (h *house) take(ref object.Ref) map[string]string {
	h.t.Helper()
	archive, _, err := h.Take(h.t.Context(), admin, ref)
	if err != nil {
		h.t.Fatal(err)
	}
	return unpack(h.t, archive)
}

func unpack(t *testing.T, archive []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(text)
	}
	return files
}

// A person gets all that is hers, nothing of others and no secrets.
func TestExport(t *testing.T) {
	each(t, func(h *house) {
		files := h.take(guest("ann"))
		for _, want := range []string{"Ann Marked", "Ann was here", `"room": "blue"`, `"payer": "ann"`, "[3 bytes]", "2026-11-23T10:00:00.000000Z", "files/photo.txt"} {
			if !strings.Contains(files["data.json"], want) {
				t.Errorf("data.json lacks %s\n%s", want, files["data.json"])
			}
		}
		for _, not := range []string{"Bob", "bob", "1234", "c.exemple"} {
			if strings.Contains(files["data.json"], not) {
				t.Errorf("data.json holds %s", not)
			}
		}
		if files["index.html"] != "<p>Ann Marked" || files["files/photo.txt"] != "Ann Marked" {
			t.Errorf("files: %v", files)
		}
		h.expect("SELECT count(*) FROM audit_entry WHERE action = 'privacy.export' AND object_key = '1'", "1")
	})
}

// Much data is packed by a job and waits for a week.
func TestLargeExport(t *testing.T) {
	each(t, func(h *house) {
		var rows [][]any
		for i := range 5001 {
			rows = append(rows, []any{1000 + i, 1, "x", "now", db.At(dbtest.Now())})
		}
		if err := h.db.Write(t.Context(), func(tx *db.Tx) error { return tx.Insert("stay", []string{"id", "guest", "room", "state", "at"}, rows) }); err != nil {
			t.Fatal(err)
		}
		archive, r, err := h.Take(t.Context(), admin, guest("ann"))
		if err != nil || archive != nil || r.ID == 0 {
			t.Fatalf("%d bytes, request %+v, %v", len(archive), r, err)
		}
		if _, again, err := h.Take(t.Context(), admin, guest("ann")); err != nil || again.ID != 0 {
			t.Errorf("asked twice: %+v, %v", again, err)
		}
		if _, err := h.Fetch(t.Context(), admin, r.ID); kindOf(err) != fault.NotFound {
			t.Errorf("fetched before it is made: %v", err)
		}
		job := jobs.Job{Payload: json.RawMessage(fmt.Sprint(r.ID))}
		for range 2 {
			if err := h.Make(t.Context(), job); err != nil {
				t.Fatal(err)
			}
		}
		if archive, err = h.Fetch(t.Context(), admin, r.ID); err != nil || strings.Count(unpack(t, archive)["data.json"], `"room"`) != 5003 {
			t.Errorf("fetched %d bytes, %v", len(archive), err)
		}
		if _, err := h.Fetch(t.Context(), auth.Actor{Username: "x", Account: 9}, r.ID); kindOf(err) != fault.NotFound {
			t.Errorf("a stranger fetches: %v", err)
		}
		h.write("UPDATE privacy_export SET made_at = $1", db.At(dbtest.Now().Add(-8*24*time.Hour)))
		h.retain()
		if _, err := h.Fetch(t.Context(), admin, r.ID); kindOf(err) != fault.NotFound {
			t.Errorf("kept for longer than a week: %v", err)
		}
	})
}
