package app_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"beffroi/internal/app"
	"beffroi/internal/ground/ledger"
	"beffroi/internal/ground/series"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/vault"
)

// sound checks audit and ledger of a database and gives its number of entries.
func sound(t *testing.T, address string) (deeds int64) {
	t.Helper()
	h := open(t, address)
	defer h.Close()
	err := h.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
		deeds, err = audit.Verify(tx)
		return err
	})
	if err != nil {
		t.Errorf("audit: %v", err)
	}
	if broken, err := h.Ledger.Verify(t.Context()); err != nil || len(broken) > 0 {
		t.Errorf("ledger: %v, %v", broken, err)
	}
	return deeds
}

// busy posts entries until it is stopped; stop gives how many.
func busy(t *testing.T, h *app.House) (stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	posted := make(chan int, 1)
	started := make(chan struct{}, 1)
	go func() {
		n, worst := 0, time.Duration(0)
		for ctx.Err() == nil {
			began := time.Now()
			_, err := h.Ledger.Post(context.Background(), auth.System("test"), ledger.Posting{Date: calendar.MustParse("2025-03-01"), Kind: "service",
				Title: series.Text{FR: "Essai"}, Measure: "eur_cents", Amount: 10_001, Attribution: "shared", Base: []string{"53053", "53028", "57081"}})
			if err != nil {
				t.Error(err)
				break
			}
			worst = max(worst, time.Since(began))
			if n++; n == 3 {
				started <- struct{}{}
			}
		}
		t.Logf("%d entries posted, the slowest in %v", n, worst)
		posted <- n
	}()
	<-started
	t.Cleanup(cancel)
	return func() int { cancel(); return <-posted }
}

// A backup is of one moment although others write, and what is restored from it
// holds to the cent.
func TestBackupWhileWriting(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		address, path := d.copy(t), filepath.Join(t.TempDir(), "b.tar.gz")
		h := open(t, address)
		defer h.Close()
		stop := busy(t, h)
		var saved vault.Manifest
		for range 3 {
			m, err := vault.File{Path: path}.Save(t.Context(), h.DB, "test", nil)
			if err != nil {
				t.Fatal(err)
			}
			if m.Audit.Size < saved.Audit.Size {
				t.Errorf("%d deeds after %d", m.Audit.Size, saved.Audit.Size)
			}
			saved = m
		}
		n := stop()
		target := demos[0].empty(t)
		must(t, target, "restore", path)
		if deeds := sound(t, target); deeds != saved.Audit.Size {
			t.Errorf("%d deeds restored, %d saved", deeds, saved.Audit.Size)
		}
		if n < 4 {
			t.Errorf("only %d entries were posted meanwhile: nothing is proven", n)
		}
		if all := sound(t, address); all < saved.Audit.Size {
			t.Errorf("%d deeds now, %d saved", all, saved.Audit.Size)
		}
	})
}

// A province moves to PostgreSQL and back: the same sums, the same bytes.
func TestCopyThereAndBack(t *testing.T) {
	here := demos[0].copy(t)
	there, back := demos[1].empty(t), demos[0].empty(t)
	first := must(t, here, "db", "copy", "--to", there)
	second := must(t, there, "db", "copy", "--to", back)
	table := regexp.MustCompile(`(?m)^[0-9a-f]{16} .*$`)
	sums := table.FindAllString(first.out, -1)
	if diff := cmp.Diff(sums, table.FindAllString(second.out, -1)); diff != "" || len(sums) < 30 {
		t.Errorf("%d tables\n%s", len(sums), diff)
	}
	want := newWorld(t, here)
	for _, address := range []string{there, back} {
		w := newWorld(t, address)
		for _, at := range []string{"/communes/53053.json", "/communes/53053", "/ledger", "/api/v1/province"} {
			a, b := want.get(t, at), w.get(t, at)
			if a.Code != http.StatusOK || b.Code != a.Code || !bytes.Equal(a.Body.Bytes(), b.Body.Bytes()) {
				t.Errorf("%s: %d and %d\n%s", at, a.Code, b.Code, firstDifference(a.Body.String(), b.Body.String()))
			}
		}
		stop := busy(t, w.House) // the copy goes on where the original stood
		if stop() < 3 {
			t.Error("the copy takes no entries")
		}
	}
	if got := run(t, here, "db", "copy", "--to", there); got.code != 1 || !strings.Contains(got.err, "new database") {
		t.Errorf("copied onto data: %s", got)
	}
}

func TestRestoreCommand(t *testing.T) {
	dir := t.TempDir()
	path, target := filepath.Join(dir, "b.tar.gz"), "sqlite:"+filepath.Join(dir, "new.db")
	if got := must(t, demos[0].copy(t), "backup", "-o", path); !strings.Contains(got.out, "read back and whole") || !strings.Contains(got.out, "audit: ") {
		t.Errorf("backup: %s", got)
	}
	if got := must(t, target, "restore", path, "--verify-only"); !strings.Contains(got.out, "taken on") {
		t.Errorf("verify: %s", got)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("--verify-only wrote something: %v", left)
	}
	must(t, target, "restore", path)
	if got := run(t, target, "restore", path); got.code != 1 || !strings.Contains(got.err, "new database") {
		t.Errorf("restored onto data: %s", got)
	}
	if got := must(t, "sqlite:"+filepath.Join(dir, "unused.db"), "drill", path); strings.Count(got.out, "ok  ") != 3 || !strings.Contains(got.out, "back at work") {
		t.Errorf("drill: %s", got)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(dir, "cut.tar.gz")
	if err := os.WriteFile(cut, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"restore", cut, "--verify-only"}, {"restore", cut}, {"drill", cut}} {
		if got := run(t, "sqlite:"+filepath.Join(dir, "other.db"), args...); got.code != 1 || !strings.Contains(got.err, "damaged or cut off") {
			t.Errorf("%v: %s", args, got)
		}
	}
	if scratch, _ := filepath.Glob(filepath.Join(os.TempDir(), "beffroi-drill-*", "drill.db")); len(scratch) != 0 {
		t.Errorf("a drill left %v", scratch)
	}
}

// With a passphrase the archive is sealed; it opens with nothing else.
func TestSealedBackupCommand(t *testing.T) {
	dir := t.TempDir()
	path, secret, empty := filepath.Join(dir, "b.sealed"), filepath.Join(dir, "secret"), filepath.Join(dir, "empty")
	for name, text := range map[string]string{secret: "le beffroi veille\n", empty: "\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	database := demos[0].copy(t)
	must(t, database, "backup", "-o", path, "--passphrase-file", secret)
	must(t, database, "drill", path, "--passphrase-file", secret)
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"restore --verify-only " + path, 1, "passphrase"},
		{"drill " + path, 1, "passphrase"},
		{"drill " + path + " --passphrase-file " + path, 1, "passphrase"},
		{"drill " + path + " --passphrase-file " + dir + "/none", 1, "none"},
		{"drill " + path + " --passphrase-file " + empty, 2, "empty line"},
		{"backup -o " + path + " --passphrase-file " + empty, 2, "empty line"},
		{"backup -o " + path + " --recipient nonsense", 1, "public key"},
	} {
		if got := run(t, database, strings.Fields(c.args)...); got.code != c.code || !strings.Contains(got.err, c.says) || strings.Contains(got.err, "⟦") {
			t.Errorf("beffroi %s: %s", c.args, got)
		}
	}
}

// Sealed for the holder of a key, an archive opens with that key and nothing
// else; age itself reads it.
func TestBackupForRecipient(t *testing.T) {
	dir := t.TempDir()
	path, keys, other := filepath.Join(dir, "b.age"), filepath.Join(dir, "keys"), filepath.Join(dir, "other")
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{keys: "# mine\n" + key.String() + "\n", other: stranger.String()} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	database := demos[0].copy(t)
	must(t, database, "backup", "-o", path, "--recipient", key.Recipient().String())
	must(t, database, "drill", path, "--key-file", keys)
	for _, args := range []string{"drill " + path, "drill " + path + " --key-file " + other, "drill " + path + " --key-file " + path} {
		if got := run(t, database, strings.Fields(args)...); got.code != 1 || !strings.Contains(got.err, "--key-file") {
			t.Errorf("beffroi %s: %s", args, got)
		}
	}
	if got := run(t, database, "drill", path, "--key-file", dir+"/none"); got.code != 1 || !strings.Contains(got.err, "none") {
		t.Errorf("a file that is not there: %s", got)
	}
}

// A checkpoint kept outside proves what came before it, and finds out who
// rewrites the log with all its hashes.
func TestAuditCommand(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		address, dir := d.copy(t), t.TempDir()
		note := filepath.Join(dir, "note.txt")
		text := must(t, address, "audit", "checkpoint").out
		lines := strings.Split(text, "\n")
		if n, err := strconv.Atoi(lines[1]); err != nil || n < 1 || lines[0] != "hainaut/audit" {
			t.Fatalf("checkpoint: %q", text)
		}
		if err := os.WriteFile(note, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := must(t, address, "audit", "verify", "--against", note, "--against", note); strings.Count(got.out, "ok  ") != 3 {
			t.Errorf("verify: %s", got)
		}
		forged := filepath.Join(dir, "forged.txt")
		if err := os.WriteFile(forged, []byte(strings.Replace(text, "\n"+lines[1]+"\n", "\n1\n", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		other := d.copy(t) // has another key
		for _, c := range []struct{ address, file, says string }{{address, forged, "not a checkpoint signed"}, {other, note, "not a checkpoint signed"}, {address, dir + "/none", "none"}} {
			if got := run(t, c.address, "audit", "verify", "--against", c.file); got.code != 1 || !strings.Contains(got.err, c.says) {
				t.Errorf("against %s: %s", c.file, got)
			}
		}
		tamper(t, address, "UPDATE audit_entry SET actor = 'somebody-else' WHERE seq = 1")
		if got := run(t, address, "audit", "verify"); got.code != 1 || !strings.Contains(got.err, "no longer fits at entry 1") {
			t.Errorf("verify after tampering: %s", got)
		}
	})
}

func TestOperationsExplainThemselves(t *testing.T) {
	dir := t.TempDir()
	absent := filepath.Join(dir, "absent.db")
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"backup", 2, "a file to write"},
		{"backup -o x extra", 2, "a file to write"},
		{"backup -o " + dir + "/x", 1, absent},
		{"backup -o " + dir + "/x --db mysql:x", 1, "mysql:x"},
		{"restore", 2, "an archive"},
		{"restore " + dir + "/none", 1, "none"},
		{"drill", 2, "an archive"},
		{"drill " + dir + "/none", 1, "none"},
		{"db", 2, "db copy"},
		{"db copy", 2, "db copy"},
		{"db copy --to sqlite:" + dir + "/y.db", 1, absent},
		{"audit", 2, "audit verify"},
		{"audit nonsense", 2, "audit verify"},
		{"audit verify", 1, absent},
	} {
		got := run(t, "sqlite:"+absent, strings.Fields(c.args)...)
		if got.code != c.code || !strings.Contains(got.err, c.says) || strings.Contains(got.err, "⟦") {
			t.Errorf("beffroi %s: want exit %d and %q, got %s", c.args, c.code, c.says, got)
		}
	}
	for _, name := range []string{"backup", "restore", "drill", "db", "audit"} {
		if got := run(t, "", name, "--help"); got.code != 0 || !strings.Contains(got.err, "beffroi "+name) {
			t.Errorf("%s --help: %s", name, got)
		}
	}
	if _, err := os.Stat(absent); err == nil {
		t.Error("a database was made by asking for it")
	}
}

// Only serve, demo, migrate, import and restore make a database: whoever mistypes its
// address is told so, with the remedy, and finds nothing there afterwards.
func TestMistypedDatabaseIsNotMade(t *testing.T) {
	dir := t.TempDir()
	absent := filepath.Join(dir, "beffori.db")
	for _, args := range []string{"doctor", "export communes", "user list", "user add x.y", "user token x.y", "import --undo 1",
		"audit verify", "audit checkpoint", "backup -o " + dir + "/b", "db copy --to sqlite:" + dir + "/y.db"} {
		got := run(t, "sqlite:"+absent, strings.Fields(args)...)
		if got.code != 1 || !strings.Contains(got.err, absent) || !strings.Contains(got.err, "beffroi migrate") {
			t.Errorf("beffroi %s: %s", args, got)
		}
	}
	must(t, "sqlite:"+absent, "access")
	must(t, "sqlite:"+absent, "openapi")
	must(t, "sqlite:"+absent, "migrate", "--plan")
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	must(t, "sqlite:"+absent, "migrate")
	must(t, "sqlite:"+absent, "doctor")
}

// A database that is behind is told of, and not changed on the way.
func TestDatabaseThatIsBehind(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		database := d.copy(t)
		tamper(t, database, "DELETE FROM schema_version WHERE id = 'ledger/0001_ledger'")
		if got := run(t, database, "export", "communes"); got.code != 1 || !strings.Contains(got.err, "beffroi migrate") {
			t.Errorf("export: %s", got)
		}
		if got := run(t, database, "doctor"); got.code != 1 || !strings.Contains(got.out, "FAIL  schema     1 steps missing, from ledger/0001_ledger on: run beffroi migrate") {
			t.Errorf("doctor: %s", got)
		}
	})
}

// What doctor looks at, each found out once it is wrong.
func TestDoctorFinds(t *testing.T) {
	folder := t.TempDir()
	old := filepath.Join(folder, "beffroi-1.tar.gz")
	if err := os.WriteFile(old, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	week := time.Now().AddDate(0, 0, -7)
	if err := os.Chtimes(old, week, week); err != nil {
		t.Fatal(err)
	}
	const job = "INSERT INTO job (kind, payload, state, priority, run_at, attempt, max_attempts, lease, error, created_at) VALUES ('x', '{}', 'dead', 0, '2026-11-23T10:00:00.000000Z', 1, 1, 0, 'y', '2026-11-23T10:00:00.000000Z')"
	each(t, func(t *testing.T, d *demo) {
		database := d.copy(t)
		tamper(t, database, "UPDATE audit_entry SET at = '2127-01-01T00:00:00.000000Z'")
		tamper(t, database, "INSERT INTO job_schedule (kind, cron, tz, last_run) VALUES ('audit.checkpoint', '0 * * * *', 'Europe/Brussels', '2026-01-01T10:00:00.000000Z')")
		first := run(t, database, "doctor")
		tamper(t, database, job)
		second := run(t, database, "doctor", "--backups", folder)
		for _, c := range []struct {
			got  said
			says string
		}{
			{first, "FAIL  clock      it is"},
			{first, "note  backup"},
			{first, "note  jobs       audit.checkpoint was due"},
			{second, "FAIL  jobs       1 given up"},
			{second, "FAIL  backup     no backup"},
		} {
			if c.got.code != 1 || !strings.Contains(c.got.out, c.says) {
				t.Errorf("doctor does not say %q: %s", c.says, c.got)
			}
		}
	})
	fresh := filepath.Join(folder, "beffroi-2.tar.gz")
	must(t, demos[0].copy(t), "backup", "-o", fresh)
	database := demos[0].copy(t)
	if got := must(t, database, "doctor", "--backups", folder); !strings.Contains(got.out, "ok    backup     beffroi-2.tar.gz") {
		t.Errorf("a fresh backup: %s", got)
	}
	path := strings.TrimPrefix(database, "sqlite:")
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if got := run(t, database, "doctor"); got.code != 1 || !strings.Contains(got.out, "FAIL  rights     every user") {
		t.Errorf("a database open to everybody: %s", got)
	}
}

// The quick question is for a watchman: it goes to the running platform.
func TestDoctorQuick(t *testing.T) {
	w := demos[0].read(t)
	server := httptest.NewServer(w.handler)
	defer server.Close()
	listen := strings.TrimPrefix(server.URL, "http://")
	if got := must(t, "", "doctor", "--quick", "--listen", listen); got.out != "ready\n" {
		t.Errorf("quick: %s", got)
	}
	sick := httptest.NewServer(http.NotFoundHandler())
	defer sick.Close()
	for _, address := range []string{strings.TrimPrefix(sick.URL, "http://"), "127.0.0.1:1", "nonsense"} {
		if got := run(t, "", "doctor", "--quick", "--listen", address); got.code != 1 || !strings.Contains(got.err, address) {
			t.Errorf("quick at %s: %s", address, got)
		}
	}
}
