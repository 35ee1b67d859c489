package vault_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/vault"
)

// archive is a good archive in memory.
func archive(t testing.TB, d *db.DB) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := vault.Backup(t.Context(), d, newShelf("une convention", "un plan"), &b, "1.2", nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDamagedArchivesAreRefused(t *testing.T) {
	d := planted(t, db.SQLite)
	whole := archive(t, d)
	if _, err := vault.Verify(bytes.NewReader(whole)); err != nil {
		t.Fatal(err)
	}
	damaged := map[string][]byte{"nothing": {}, "not gzip": []byte("hello"), "more at the end": append(bytes.Clone(whole), "more"...)}
	for _, n := range []int{1, 10, len(whole) / 3, len(whole) / 2, len(whole) - 9, len(whole) - 1} {
		damaged[fmt.Sprintf("cut at %d", n)] = whole[:n]
	}
	for i := 10; i < len(whole); i += len(whole) / 40 {
		flipped := bytes.Clone(whole)
		flipped[i] ^= 0x10
		damaged[fmt.Sprintf("bit of byte %d", i)] = flipped
	}
	for name, data := range damaged {
		if _, err := vault.Verify(bytes.NewReader(data)); code(err) != "vault.broken" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// rewritten is an archive whose files went through change; "" leaves a file out.
func rewritten(t testing.TB, whole []byte, change func(name, text string) string) []byte {
	t.Helper()
	packed, err := gzip.NewReader(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	in := tar.NewReader(packed)
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	out := tar.NewWriter(zip)
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(in)
		name, changed := h.Name, change(h.Name, string(text))
		if changed == "" {
			continue
		}
		if rename, rest, ok := strings.Cut(changed, "→"); ok {
			name, changed = rename, rest
		}
		_ = out.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(changed))})
		_, _ = io.WriteString(out, changed)
	}
	_ = out.Close()
	_ = zip.Close()
	return b.Bytes()
}

// manifest changes the manifest of an archive.
func manifest(change func(m *vault.Manifest)) func(name, text string) string {
	return func(name, text string) string {
		if name != "manifest.json" {
			return text
		}
		var m vault.Manifest
		_ = json.Unmarshal([]byte(text), &m)
		change(&m)
		b, _ := json.Marshal(m)
		return string(b)
	}
}

func only(file string, f func(text string) string) func(name, text string) string {
	return func(name, text string) string {
		if name != file {
			return text
		}
		return f(text)
	}
}

// What gzip finds in order is refused all the same, and nothing is written.
func TestForgedArchivesAreRefused(t *testing.T) {
	whole := archive(t, planted(t, db.SQLite))
	const audits, tree = "tables/audit_entry/000001.tsv", "tables/a_node/000001.tsv"
	aFile := "files/" + newShelf("une convention").want[0]
	none := func(string) string { return "" }
	for name, c := range map[string]struct {
		change func(name, text string) string
		code   string
	}{
		"untouched":         {func(_, text string) string { return text }, "<nil>"},
		"a table less":      {only(tree, none), "vault.broken"},
		"a row less":        {only(tree, func(s string) string { _, rest, _ := strings.Cut(s, "\n"); return rest }), "vault.broken"},
		"another value":     {only(audits, func(s string) string { return strings.Replace(s, "test", "anna", 1) }), "vault.broken"},
		"no last line end":  {only(tree, func(s string) string { return strings.TrimSuffix(s, "\n") }), "vault.broken"},
		"a foreign file":    {only(tree, func(s string) string { return "../etc/passwd→" + s }), "vault.broken"},
		"a foreign table":   {only(tree, func(s string) string { return "tables/b_node/000001.tsv→" + s }), "vault.broken"},
		"no manifest":       {only("manifest.json", none), "vault.broken"},
		"a manifest of air": {only("manifest.json", func(string) string { return "{" }), "vault.broken"},
		"a file less":       {only(aFile, none), "vault.broken"},
		"other bytes":       {only(aFile, func(s string) string { return strings.ToUpper(s) }), "vault.broken"},
		"another file":      {only(aFile, func(s string) string { return "files/x→" + s }), "vault.broken"},
		"a file untold":     {manifest(func(m *vault.Manifest) { m.Files.Count-- }), "vault.broken"},
		"the first format":  {manifest(func(m *vault.Manifest) { m.Format = 1 }), "<nil>"},
		"no format":         {manifest(func(m *vault.Manifest) { m.Format = 0 }), "vault.format"},
		"a newer format":    {manifest(func(m *vault.Manifest) { m.Format = 3 }), "vault.format"},
		"a newer schema":    {manifest(func(m *vault.Manifest) { m.Steps["tree/0002_more"] = "x" }), "db.migration.unknown"},
		"a changed step":    {manifest(func(m *vault.Manifest) { m.Steps["tree/0001_tree"] = "x" }), "db.migration.changed"},
		"an older schema":   {manifest(func(m *vault.Manifest) { delete(m.Steps, "tree/0001_tree") }), "vault.broken"},
		"other columns":     {manifest(func(m *vault.Manifest) { m.Tables[0].Columns[1] = "mother" }), "vault.broken"},
		"another audit":     {manifest(func(m *vault.Manifest) { m.Audit.Root = "x" }), "vault.root"},
		"a table untold":    {manifest(func(m *vault.Manifest) { m.Tables = m.Tables[1:] }), "vault.broken"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.tar.gz")
			if err := os.WriteFile(path, rewritten(t, whole, c.change), 0o600); err != nil {
				t.Fatal(err)
			}
			d := fresh(t, db.SQLite)
			if _, err := restore(t, path, d, schemas(), nil); code(err) != c.code {
				t.Errorf("%v, want %s", err, c.code)
			}
			if c.code == "<nil>" {
				return
			}
			if err := d.Snapshot(t.Context(), func(_ *db.Tx, tables []db.Table) error { return fmt.Errorf("%d tables", len(tables)) }); code(err) != "db.nothing" && err.Error() != "1 tables" {
				t.Errorf("left behind: %v", err)
			}
		})
	}
}

// Who forges rows and their checksums is found out by the audit's own tree.
func TestForgedAuditIsFound(t *testing.T) {
	source := planted(t, db.SQLite)
	err := source.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE audit_entry SET actor = 'anna' WHERE seq = 3")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.tar.gz")
	if _, err := (vault.File{Path: path}).Save(t.Context(), source, "", nil); err != nil {
		t.Fatal(err) // what is there is saved; it is not for a backup to refuse
	}
	target := fresh(t, db.SQLite)
	for what, err := range map[string]error{
		"restore": func() error { _, err := restore(t, path, target, schemas(), nil); return err }(),
		"copy":    func() error { _, err := vault.Copy(t.Context(), source, target, schemas(), nil); return err }(),
	} {
		if broken, ok := errors.AsType[*audit.Fault](err); !ok || broken.Seq != 3 {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("hello"))
	f.Add(archive(f, planted(f, db.SQLite)))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := vault.Verify(bytes.NewReader(data)); err != nil && !strings.HasPrefix(code(err), "vault.") {
			t.Errorf("%v", err)
		}
	})
}
