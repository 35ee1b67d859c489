package app_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
)

// killYears is how many years of figures the file holds that is being imported.
const killYears = 6

// TestKilledImport kills the program at moments spread over its import:
// afterwards there is all of the file or nothing of it, and audit and ledger hold.
func TestKilledImport(t *testing.T) {
	w := demos[0].read(t)
	file := figures(t, w)
	start := time.Now()
	whole := demos[0].copy(t)
	said := killed(t, whole, file, time.Minute)
	took := time.Since(start)
	if n := kept(t, whole); n != 1 {
		t.Fatalf("not killed, %d imports: %s", n, said)
	}
	before := 0
	for i := range 6 { // from an eighth of the whole on: the machine may be faster now than it was then
		database := demos[0].copy(t)
		killed(t, database, file, took*time.Duration(i+1)/8)
		if kept(t, database) == 0 {
			before++
		}
	}
	if t.Logf("the import takes %v; %d of 6 were killed before its end", took, before); before == 0 {
		t.Error("no import was stopped: the moments are too late to prove anything")
	}
}

// figures writes a file large enough to be killed in.
func figures(t *testing.T, w *world) string {
	t.Helper()
	atlas, err := w.Territory.Atlas(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("nis,year,indicator,value,unit\n")
	for year := range killYears {
		for _, c := range atlas.Communes(today) {
			for i := range 20 {
				fmt.Fprintf(&b, "%s,%d,kills_%d,1,count\n", c.Key, 2019+year, i)
			}
		}
	}
	path := filepath.Join(t.TempDir(), "kills.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// killed starts an import in a process of its own, kills it after a while and
// gives what it said until then.
func killed(t *testing.T, database, file string, after time.Duration) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(self)
	child.Env = append(os.Environ(), childArgs+"="+strings.Join([]string{"import", "series", file, "--db", database}, "\n"))
	var said bytes.Buffer
	child.Stdout, child.Stderr = &said, &said
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = child.Process.Kill() }) // it may be done already
	_ = child.Wait()
	timer.Stop()
	return said.String()
}

// kept counts the imports of figures and checks that they are whole.
func kept(t *testing.T, database string) int {
	t.Helper()
	h := open(t, database)
	defer h.Close()
	var entries int64
	err := h.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
		entries, err = audit.Verify(tx)
		return err
	})
	if err != nil || entries == 0 {
		t.Errorf("audit after the kill: %d entries, %v", entries, err)
	}
	if broken, err := h.Ledger.Verify(t.Context()); err != nil || len(broken) > 0 {
		t.Errorf("ledger after the kill: %v, %v", broken, err)
	}
	list, err := h.Intake.Batches(t.Context(), auth.System("test"), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	n, found := 0, 0
	for _, b := range list {
		if b.Target == "series" {
			n++
		}
	}
	err = h.DB.Read(t.Context(), func(tx *db.Tx) error {
		years, err := h.Series.Years(tx, []string{"kills_0", "kills_19"}, today)
		found = len(years["kills_0"]) + len(years["kills_19"])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := n * killYears * 2; found != want {
		t.Errorf("%d imports on record, %d years of figures kept, want %d", n, found, want)
	}
	return n
}
