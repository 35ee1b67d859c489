package app_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"beffroi/internal/app"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/sheet"
)

// said is what a command answered.
type said struct {
	code     int
	out, err string
}

func (s said) String() string {
	return strings.TrimSpace("exit " + string(rune('0'+s.code)) + "\n" + s.out + s.err)
}

// run runs the program in English on a database.
func run(t testing.TB, database string, args ...string) said {
	t.Helper()
	return runWith(t, database, "", args...)
}

func runWith(t testing.TB, database, input string, args ...string) said {
	t.Helper()
	var out, errs bytes.Buffer
	env := []string{"LANG=en_GB.UTF-8", "BEFFROI_DB=" + database, "BEFFROI_DATA=" + t.TempDir(), "BEFFROI_FILES=" + fileFolder()}
	code := app.Main(t.Context(), "test", args, env, strings.NewReader(input), &out, &errs)
	return said{code, out.String(), errs.String()}
}

// must runs a command that succeeds.
func must(t testing.TB, database string, args ...string) said {
	t.Helper()
	got := run(t, database, args...)
	if got.code != 0 {
		t.Fatalf("beffroi %s: %s", strings.Join(args, " "), got)
	}
	return got
}

func TestCommandsExplainThemselves(t *testing.T) {
	overview := run(t, "", "help")
	for _, name := range []string{"serve", "demo", "import", "export", "migrate", "user", "search", "mail", "doctor", "access", "openapi", "version"} {
		if !strings.Contains(overview.out, "  "+name) {
			t.Errorf("help does not list %s", name)
		}
		got := run(t, "", name, "--help")
		if got.code != 0 || !strings.Contains(got.err, "beffroi "+name) || strings.Count(got.err, "\n") < 2 {
			t.Errorf("%s --help: %s", name, got)
		}
	}
}

func TestExitCodes(t *testing.T) {
	database := demos[0].copy(t)
	nowhere := filepath.Join(t.TempDir(), "absent.csv")
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"", 2, "Commands:"},
		{"help", 0, "Commands:"},
		{"--help", 0, "Commands:"},
		{"version", 0, "beffroi test"},
		{"nonsense", 2, `no command "nonsense"`},
		{"version --nonsense", 2, "nonsense"},
		{"serve extra", 2, `"extra"`},
		{"demo extra", 2, `"extra"`},
		{"import", 2, "kind and a file"},
		{"import bodies", 2, "kind and a file"},
		{"import nonsense " + nowhere, 1, "bodies"},
		{"import bodies " + nowhere, 1, nowhere},
		{"import bodies " + nowhere + " --option nonsense", 2, "NAME=VALUE"},
		{"import --undo 999", 1, ""},
		{"import --undo x", 2, "invalid value"},
		{"export", 2, "one kind of"},
		{"export nonsense", 2, "one kind of"},
		{"export communes --filter no_such=1", 1, "400"},
		{"export communes --as-of yesterday", 1, "400"},
		{"export communes -o " + filepath.Join(nowhere, "x.csv"), 1, nowhere},
		{"user", 2, "verb"},
		{"user add", 2, "verb"},
		{"user nonsense somebody", 2, `"nonsense"`},
		{"user grant nobody --role admin", 1, ""},
		{"user add x.y --from someday", 1, "someday"},
		{"doctor --db mysql:x", 1, "mysql:x"},
		{"doctor --pack nowhere", 1, "nowhere"},
		{"migrate", 0, "0 steps"},
	} {
		got := run(t, database, strings.Fields(c.args)...)
		if got.code != c.code || !strings.Contains(got.out+got.err, c.says) {
			t.Errorf("beffroi %s: want exit %d and %q, got %s", c.args, c.code, c.says, got)
		}
		if strings.Contains(got.out+got.err, "⟦") || strings.Contains(got.out+got.err, "goroutine") {
			t.Errorf("beffroi %s speaks in codes: %s", c.args, got)
		}
	}
}

func TestDoctor(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		database := d.copy(t)
		if got := must(t, database, "doctor"); strings.Count(got.out, "ok  ") < 4 || strings.Contains(got.out, "FAIL") {
			t.Errorf("doctor on the demonstration: %s", got)
		}
		for _, c := range []struct{ sql, part string }{
			{"UPDATE ledger_part SET amount = amount + 1 WHERE amount = (SELECT max(amount) FROM ledger_part)", "ledger"},
			{"UPDATE audit_entry SET actor = 'somebody-else' WHERE seq = 1", "audit"},
		} {
			tampered := d.copy(t)
			tamper(t, tampered, c.sql)
			if got := run(t, tampered, "doctor"); got.code != 1 || !strings.Contains(got.out, "FAIL  "+c.part) {
				t.Errorf("doctor after %s: %s", c.sql, got)
			}
		}
	})
}

// tamper changes rows behind the back of the program.
func tamper(t *testing.T, database, statement string) {
	t.Helper()
	h := open(t, database)
	defer h.Close()
	err := h.DB.Write(t.Context(), func(tx *db.Tx) error {
		n, err := tx.Exec(statement)
		if err == nil && n == 0 {
			t.Errorf("%s changed nothing", statement)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestMigratePlanChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		database := d.empty(t)
		for range 2 {
			got := must(t, database, "migrate", "--plan")
			if !strings.Contains(got.out, "CREATE TABLE") || strings.Contains(got.err, "0 steps missing") {
				t.Fatalf("migrate --plan: %s", got)
			}
		}
		first := must(t, database, "migrate")
		if strings.Count(first.out, "\n") < 10 {
			t.Errorf("migrate: %s", first)
		}
		if got := must(t, database, "migrate", "--plan"); got.out != "" || !strings.Contains(got.err, "0 steps missing") {
			t.Errorf("migrate --plan after migrate: %s", got)
		}
	})
}

func TestExports(t *testing.T) {
	database := demos[0].copy(t)
	for _, kind := range []string{"communes", "bodies", "missions", "projects", "keys", "ledger", "areas"} {
		got := must(t, database, "export", kind)
		rows := lines(t, []byte(got.out))
		if rows < 2 {
			t.Errorf("export %s: %d rows", kind, rows)
		}
		path := filepath.Join(t.TempDir(), kind+".xlsx")
		must(t, database, "export", kind, "--format", "xlsx", "-o", path)
		book, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if n := lines(t, book); n != rows {
			t.Errorf("export %s: %d rows as CSV, %d as XLSX", kind, rows, n)
		}
	}
	for _, kind := range []string{"balance", "boundaries"} {
		var doc any
		if got := must(t, database, "export", kind); json.Unmarshal([]byte(got.out), &doc) != nil || len(got.out) < 100 {
			t.Errorf("export %s: %s", kind, got)
		}
	}
}

// lines counts the rows of a table of either kind.
func lines(t *testing.T, data []byte) (n int) {
	t.Helper()
	r, err := sheet.OpenBytes(data, sheet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return n
		}
		if err != nil || len(row.Cells) != len(r.Header()) {
			t.Fatalf("line %d: %d cells under %d headers, %v", row.Line, len(row.Cells), len(r.Header()), err)
		}
		n++
	}
}

// A refused export leaves neither a file nor the beginning of one.
func TestRefusedExportLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	if got := run(t, demos[0].copy(t), "export", "ledger", "--filter", "no_such=1", "-o", filepath.Join(dir, "x.csv")); got.code != 1 {
		t.Errorf("export: %s", got)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestUsers(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		database := d.copy(t)
		const password = "une phrase assez longue 1789"
		if got := runWith(t, database, password+"\n", "user", "add", "j.exemple", "--name", "J. Exemple", "--email", "j@example.org", "--role", "accountant"); got.code != 0 {
			t.Fatalf("user add: %s", got)
		}
		if got := runWith(t, database, password+"\n", "user", "add", "j.exemple", "--name", "J. Exemple", "--email", "j@example.org"); got.code != 1 {
			t.Errorf("the same user twice: %s", got)
		}
		if got := runWith(t, database, "", "user", "add", "k.exemple", "--name", "K", "--email", "k@example.org"); got.code != 1 {
			t.Errorf("a user without a password: %s", got)
		}
		for _, step := range []struct{ args, want string }{
			{"user grant j.exemple --role analyst", "active=true\taccountant,analyst"},
			{"user revoke j.exemple --role analyst", "active=true\taccountant"},
			{"user close j.exemple", "active=false\taccountant"},
			{"user open j.exemple", "active=true\taccountant"},
		} {
			must(t, database, strings.Fields(step.args)...)
			if got := must(t, database, "user", "list"); !strings.Contains(got.out, "j.exemple\tJ. Exemple\tj@example.org\t"+step.want+"\n") {
				t.Errorf("after %s: %s", step.args, got)
			}
		}
		if token := must(t, database, "user", "token", "j.exemple"); len(strings.TrimSpace(token.out)) < 20 {
			t.Errorf("user token: %s", token)
		}
		if got := run(t, database, "user", "token", "nobody"); got.code != 1 || got.out != "" {
			t.Errorf("a token for nobody: %s", got)
		}
	})
}

// What is printed is the same each time it is asked for.
func TestPrintedDocuments(t *testing.T) {
	database := demos[0].copy(t)
	for _, name := range []string{"access", "openapi"} {
		a, b := must(t, database, name), must(t, database, name)
		if a != b || len(a.out) < 1000 {
			t.Errorf("%s: %d and %d bytes", name, len(a.out), len(b.out))
		}
	}
	var doc struct{ OpenAPI string }
	if err := json.Unmarshal([]byte(must(t, database, "openapi").out), &doc); err != nil || doc.OpenAPI != "3.1.0" {
		t.Errorf("openapi: %q, %v", doc.OpenAPI, err)
	}
}
