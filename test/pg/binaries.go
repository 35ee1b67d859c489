package pg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// ErrNoBinaries says that no PostgreSQL server is installed on this machine.
var ErrNoBinaries = errors.New("pg: initdb and postgres found neither in PATH, nor in /usr/lib/postgresql/*/bin, nor through pg_config; install the package postgresql")

// debianBins is where Debian keeps one folder of server binaries per major
// version; they are not in PATH there.
const debianBins = "/usr/lib/postgresql/*/bin"

// Binaries returns the folder that holds initdb and postgres: the one in PATH,
// else the newest Debian version, else the one pg_config names.
// It returns ErrNoBinaries when there is none.
func Binaries(ctx context.Context) (string, error) {
	return findBinaries(ctx, debianBins)
}

func findBinaries(ctx context.Context, versions string) (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil && complete(filepath.Dir(real)) {
			return filepath.Dir(real), nil // with its siblings, of which a link may have none
		}
		if complete(filepath.Dir(path)) {
			return filepath.Dir(path), nil
		}
	}
	for _, dir := range newestFirst(versions) {
		if complete(dir) {
			return dir, nil
		}
	}
	out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output()
	if dir := strings.TrimSpace(string(out)); err == nil && complete(dir) {
		return dir, nil
	}
	return "", ErrNoBinaries
}

// newestFirst lists the folders matching pattern by falling version number,
// so that 15 comes before 9.6.
func newestFirst(pattern string) []string {
	dirs, err := filepath.Glob(pattern)
	if err != nil {
		panic(fmt.Sprintf("pg: malformed constant pattern %q", pattern))
	}
	version := func(dir string) float64 {
		v, err := strconv.ParseFloat(filepath.Base(filepath.Dir(dir)), 64)
		if err != nil {
			return 0 // not a version: last
		}
		return v
	}
	slices.SortFunc(dirs, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
	return dirs
}

func complete(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode()&0o111 == 0 {
			return false
		}
	}
	return true
}
