package pg

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestFindBinaries(t *testing.T) {
	root := t.TempDir()
	folder := func(parts ...string) string {
		dir := filepath.Join(append([]string{root}, parts...)...)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	server := func(dir string) string {
		fake(t, dir, "initdb", "")
		fake(t, dir, "postgres", "")
		return dir
	}
	inPath := server(folder("path"))
	empty := folder("empty")
	half := folder("half")
	fake(t, half, "initdb", "")
	server(folder("versions", "9.6", "bin"))
	server(folder("versions", "latest", "bin"))
	newest := server(folder("versions", "15", "bin"))
	folder("versions", "17", "bin") // client programs only
	configured, config := server(folder("configured")), folder("config")
	fake(t, config, "pg_config", "echo "+configured)

	versions, none := filepath.Join(root, "versions", "*", "bin"), filepath.Join(root, "none", "*")
	for _, c := range []struct{ name, path, versions, want string }{
		{"PATH comes first", inPath, versions, inPath},
		{"newest Debian version", empty, versions, newest},
		{"initdb without postgres does not count", half, versions, newest},
		{"pg_config", config, none, configured},
		{"nothing", empty, none, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("PATH", c.path)
			got, err := findBinaries(t.Context(), c.versions)
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if (c.want == "") != errors.Is(err, ErrNoBinaries) {
				t.Errorf("error %v", err)
			}
		})
	}
}
