package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// machine notes where and with what the figures were made.
func (w *workbench) machine(ctx context.Context, r *report) error {
	r.date = time.Now().UTC().Format("2006-01-02")
	r.about = []string{
		fmt.Sprintf("Machine: %s, %d cores, %.0f GiB of memory, %s.", processor(), runtime.NumCPU(), memoryGiB(), first(ctx, "uname", "-sr")),
		"Go: " + first(ctx, "go", "env", "GOVERSION") + ", CGO off. Beffroi: " + first(ctx, w.program("beffroi"), "version") + ".",
		"PocketBase: " + pinned("pocketbase/go.mod", "github.com/pocketbase/pocketbase") + ", as a two-line program on its module, request log and rate limits off.",
		"sqlite3: " + first(ctx, "sqlite3", "--version") + ". ogr2ogr: " + first(ctx, "ogr2ogr", "--version") + ".",
	}
	return nil
}

// first is the first line that a command prints, "absent" when it cannot run.
func first(ctx context.Context, name string, args ...string) string {
	text, _, err := run(ctx, "", nil, name, args...)
	if err != nil {
		return "absent"
	}
	line, _, _ := strings.Cut(text, "\n")
	if len(line) > 60 {
		line = line[:60]
	}
	return strings.TrimSpace(line)
}

func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	_, rest, _ := strings.Cut(string(text), "model name")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(strings.TrimLeft(line, "\t :"))
}

func memoryGiB() float64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	return float64(statusBytes(string(text), "MemTotal:")) / (1 << 30)
}

// pinned is the version of a module in a go.mod.
func pinned(file, module string) string {
	text, err := os.ReadFile(filepath.FromSlash(file))
	if err != nil {
		return "unknown"
	}
	_, rest, _ := strings.Cut(string(text), module+" ")
	version, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(version)
}
