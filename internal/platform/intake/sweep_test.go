package intake_test

import (
	"testing"
	"time"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/intake"
)

func TestSweepKeepsWhatImportsNeed(t *testing.T) {
	each(t, func(h desk) {
		files := map[string]intake.File{}
		for _, name := range []string{"used", "undone", "idle", "young", "again"} {
			f, err := h.Upload(h.Context(), analyst, name+".csv", []byte("key,amount\n"+name+",1\n"))
			if err != nil {
				h.Fatal(err)
			}
			files[name] = f
		}
		h.apply(intake.Request{Target: "stock", File: files["used"], Options: options})
		undone := h.apply(intake.Request{Target: "stock", File: files["undone"], Options: options})
		if err := h.Undo(h.Context(), analyst, undone.ID); err != nil {
			h.Fatal(err)
		}
		err := h.d.Write(h.Context(), func(tx *db.Tx) error {
			month := 30 * 24 * time.Hour
			if _, err := tx.Exec("UPDATE intake_file SET at = $1", db.At(tx.Now().Add(-month-time.Second))); err != nil {
				return err
			}
			_, err := tx.Exec("UPDATE intake_file SET at = $1 WHERE hash = $2", db.At(tx.Now().Add(-month)), files["young"].Hash)
			return err
		})
		if err != nil {
			h.Fatal(err)
		}
		if _, err := h.Upload(h.Context(), analyst, "again.csv", files["again"].Data); err != nil { // somebody is about to import it
			h.Fatal(err)
		}
		if err := h.Sweep(h.Context()); err != nil {
			h.Fatal(err)
		}
		for name, kept := range map[string]bool{"used": true, "undone": false, "idle": false, "young": true, "again": true} {
			if _, err := h.File(h.Context(), analyst, files[name].Hash); (err == nil) != kept {
				h.Errorf("%s: %v", name, err)
			}
		}
		if _, err := h.Batch(h.Context(), analyst, undone.ID); err != nil {
			h.Errorf("the report is gone with the file: %v", err)
		}
	})
}
