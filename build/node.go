package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

const (
	goMajor, goMinor = 1, 26
	nodeMajor        = 20
)

// checkGo refuses a toolchain that is too old; development versions pass.
func checkGo() error {
	got, ok := strings.CutPrefix(runtime.Version(), "go")
	if ok && !atLeast(got, goMajor, goMinor) {
		return fmt.Errorf("this needs Go %d.%d or newer, and found %s", goMajor, goMinor, got)
	}
	return nil
}

// checkNode refuses a missing or old Node, which only the assets need.
func checkNode(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, "node", "--version").Output()
	if err != nil {
		return fmt.Errorf("the assets need Node.js %d or newer, and `node --version` failed: %w", nodeMajor, err)
	}
	got := strings.TrimPrefix(strings.TrimSpace(string(out)), "v")
	if !atLeast(got, nodeMajor, 0) {
		return fmt.Errorf("the assets need Node.js %d or newer, and found %s", nodeMajor, got)
	}
	return nil
}

// atLeast compares the first two numbers of a version; unreadable ones fail.
func atLeast(version string, major, minor int) bool {
	first, rest, _ := strings.Cut(version, ".")
	a, err := strconv.Atoi(first)
	if err != nil {
		return false
	}
	if a != major {
		return a > major
	}
	digits := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
	b, err := strconv.Atoi(digits)
	return minor == 0 || err == nil && b >= minor
}

// installPackages runs npm ci when the lock file changed since the last time.
// Scripts of packages never run.
func installPackages(ctx context.Context, root string) (string, error) {
	in := &inputs{}
	for _, f := range []string{"package.json", "package-lock.json"} {
		if err := in.addFile(root, f); err != nil {
			return "", err
		}
	}
	done := stamp{root, "npm"}
	if _, err := os.Stat(filepath.Join(root, "node_modules")); err == nil && done.matches(in.sum()) {
		return "unchanged", nil
	}
	if err := checkNode(ctx); err != nil {
		return "", err
	}
	if err := command(ctx, root, nil, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"); err != nil {
		return "", err
	}
	return "installed", done.write(in.sum())
}
