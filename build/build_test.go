package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestAtLeast(t *testing.T) {
	for _, c := range []struct {
		version      string
		major, minor int
		want         bool
	}{
		{"1.26.8", 1, 26, true},
		{"1.26", 1, 26, true},
		{"1.27rc1", 1, 26, true},
		{"1.25.9", 1, 26, false},
		{"1.9", 1, 26, false},
		{"2.0", 1, 26, true},
		{"20.20.2", 20, 0, true},
		{"20", 20, 0, true},
		{"19.9.0", 20, 0, false},
		{"", 20, 0, false},
		{"x.y", 1, 0, false},
		{"1.", 1, 26, false},
	} {
		if got := atLeast(c.version, c.major, c.minor); got != c.want {
			t.Errorf("atLeast(%q, %d, %d) = %v", c.version, c.major, c.minor, got)
		}
	}
}

func TestNames(t *testing.T) {
	for in, want := range map[string]string{"web/app.ts": "app.js", "web/app.css": "app.css", "web/icon.svg": "icon.svg"} {
		if got := plainName(in); got != want {
			t.Errorf("plainName(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"htmx.org/dist/x.js": "htmx.org", "@digdir/css/dist/x.css": "@digdir/css", "alone": "alone", "@scope": "@scope"} {
		if got := packageOf(in); got != want {
			t.Errorf("packageOf(%q) = %q, want %q", in, got, want)
		}
	}
}

func put(t *testing.T, root, name, text string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func sumOf(t *testing.T, root string) string {
	t.Helper()
	in, err := hashTree(root, "web", ".css", ".ts")
	if err != nil {
		t.Fatal(err)
	}
	return in.sum()
}

func TestHashTree(t *testing.T) {
	root := t.TempDir()
	put(t, root, "web/a.css", "a")
	put(t, root, "web/sub/b.ts", "b")
	first := sumOf(t, root)
	if first != sumOf(t, root) {
		t.Error("the same files give two sums")
	}
	put(t, root, "web/notes.md", "other endings do not count")
	if first != sumOf(t, root) {
		t.Error("a file of another kind changed the sum")
	}
	put(t, root, "web/a.css", "changed")
	changed := sumOf(t, root)
	if changed == first {
		t.Error("new content keeps the sum")
	}
	if err := os.Rename(filepath.Join(root, "web/a.css"), filepath.Join(root, "web/z.css")); err != nil {
		t.Fatal(err)
	}
	if sumOf(t, root) == changed {
		t.Error("a new name keeps the sum")
	}
}

func TestStamp(t *testing.T) {
	s := stamp{t.TempDir(), "step"}
	if s.matches("") || s.matches("1") {
		t.Error("a step that never ran is taken for done")
	}
	if err := s.write("1"); err != nil {
		t.Fatal(err)
	}
	if !s.matches("1") || s.matches("2") {
		t.Error("the stamp does not remember its sum")
	}
}

func TestGeneratedExist(t *testing.T) {
	root := t.TempDir()
	put(t, root, "a.templ", "")
	files := []string{filepath.Join(root, "a.templ"), filepath.Join(root, "go.mod")}
	if generatedExist(files) {
		t.Error("a missing Go file goes unseen")
	}
	put(t, root, "a_templ.go", "")
	if !generatedExist(files) {
		t.Error("a generated file is taken for missing")
	}
}

func TestRemoveOrphans(t *testing.T) {
	root := t.TempDir()
	put(t, root, "a/kept.templ", "")
	put(t, root, "a/kept_templ.go", "")
	put(t, root, "a/gone_templ.go", "")
	put(t, root, "a/plain.go", "")
	if err := removeOrphans(root); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(root, "a", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range left {
		names = append(names, filepath.Base(f))
	}
	if want := []string{"kept.templ", "kept_templ.go", "plain.go"}; !slices.Equal(names, want) {
		t.Errorf("left %v, want %v", names, want)
	}
}

// The binary knows its version; outside git that is "dev".
func TestBuildBinary(t *testing.T) {
	root := t.TempDir()
	put(t, root, "go.mod", "module beffroi\n\ngo 1.26\n")
	put(t, root, "cmd/beffroi/main.go", "package main\n\nvar version string\n\nfunc main() { println(version) }\n")
	if _, err := buildBinary(t.Context(), root); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(filepath.Join(root, "beffroi")).CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "dev" {
		t.Errorf("the binary says %q, %v; want dev", out, err)
	}
}

func TestReplaceDist(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, ".gitkeep", "")
	put(t, dir, "app-OLD.css", "old")
	if err := replaceDist(dir, map[string][]byte{"app-NEW.css": []byte("new"), manifestName: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if want := []string{".gitkeep", "app-NEW.css", manifestName}; !slices.Equal(got, want) {
		t.Errorf("dist holds %v, want %v", got, want)
	}
}

func TestCompress(t *testing.T) {
	text := []byte(strings.Repeat("beffroi ", 100))
	a, err := compress(text)
	if err != nil {
		t.Fatal(err)
	}
	b, err := compress(text)
	if err != nil || !bytes.Equal(a, b) {
		t.Errorf("the same text packs differently: %v", err)
	}
	r, err := gzip.NewReader(bytes.NewReader(a))
	if err != nil {
		t.Fatal(err)
	}
	if back, err := io.ReadAll(r); err != nil || !bytes.Equal(back, text) {
		t.Errorf("unpacked %d bytes, want %d: %v", len(back), len(text), err)
	}
}

// The real sources bundle, twice the same, with a licence for each package.
func TestBundle(t *testing.T) {
	root, err := findRoot()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "node_modules")); err != nil {
		t.Skip("node_modules is absent: run `go run ./build -assets`")
	}
	first, err := bundle(root)
	if err != nil {
		t.Fatal(err)
	}
	second, err := bundle(root)
	if err != nil {
		t.Fatal(err)
	}
	if !maps.EqualFunc(first, second, bytes.Equal) {
		t.Error("two builds of the same sources differ")
	}
	var manifest map[string]string
	if err := json.Unmarshal(first[manifestName], &manifest); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"app.css", "app.js", "icon.svg", licencesName} {
		hashed := manifest[name]
		if len(first[hashed]) == 0 || len(first[hashed+".gz"]) == 0 {
			t.Errorf("%s (%q) or its packed copy is missing", name, hashed)
		}
	}
	for _, p := range []string{"== @digdir/designsystemet-css ==", "== htmx.org =="} {
		if !bytes.Contains(first[licencesName], []byte(p)) {
			t.Errorf("licences lack %s", p)
		}
	}
}

// A package without a licence text stops the build.
func TestLicencesAreRequired(t *testing.T) {
	root := t.TempDir()
	meta := metafile{Inputs: map[string]struct{}{"node_modules/bare/index.js": {}, "web/app.ts": {}}}
	if _, err := licences(root, meta); err == nil {
		t.Error("a package without licence is bundled")
	}
	put(t, root, "node_modules/bare/LICENSE", "MIT\n")
	got, err := licences(root, meta)
	if err != nil || string(got) != "== bare ==\n\nMIT\n\n" {
		t.Errorf("licences %q, %v", got, err)
	}
}
