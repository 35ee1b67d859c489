package app_test

import (
	"fmt"
	"math/rand/v2"
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

// TestKilledImport kills the program at moments drawn by lot while it imports:
// afterwards there is all of the file or nothing of it, and audit and ledger hold.
func TestKilledImport(t *testing.T) {
	database := demos[0].copy(t)
	file := figures(t)
	lot := rand.New(rand.NewPCG(2026, 11))
	none, all := 0, 0
	for range 6 {
		copied := "sqlite:" + filepath.Join(t.TempDir(), "killed.db")
		content, err := os.ReadFile(strings.TrimPrefix(database, "sqlite:"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(strings.TrimPrefix(copied, "sqlite:"), content, 0o600); err != nil {
			t.Fatal(err)
		}
		killed(t, copied, file, time.Duration(lot.Int64N(int64(600*time.Millisecond))))
		if n := kept(t, copied); n == 0 {
			none++
		} else {
			all++
		}
	}
	t.Logf("killed: %d times before, %d times after", none, all)
	if none == 0 {
		t.Error("no import was stopped: the moments are too late to prove anything")
	}
}

// figures writes a file large enough to be killed in.
func figures(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("nis,year,indicator,value,unit\n")
	for year := 1900; year < 2020; year++ {
		for _, nis := range []string{"51004", "53053", "52011", "57081", "58001", "57096", "55004", "56078"} {
			fmt.Fprintf(&b, "%s,%d,kills,1,count\n", nis, year)
		}
	}
	path := filepath.Join(t.TempDir(), "kills.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// killed starts an import in a process of its own and kills it after a while.
func killed(t *testing.T, database, file string, after time.Duration) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(self)
	child.Env = append(os.Environ(), childArgs+"="+strings.Join([]string{"import", "series", file, "--db", database}, "\n"))
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	_ = child.Process.Kill() // it may be done already
	_ = child.Wait()
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
		years, err := h.Series.Years(tx, []string{"kills"}, today)
		found = len(years["kills"])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := n * 120; found != want {
		t.Errorf("%d imports on record, %d years of figures kept, want %d", n, found, want)
	}
	return n
}
