// Command build makes ./beffroi from a clean clone with Go and Node alone:
//
//	go run ./build             npm packages, assets, templates, binary
//	go run ./build -assets     npm packages and assets only
//	go run ./build -generate   templates only
//
// Each step remembers the hash of its inputs in .cache/build and is skipped
// while they stay the same.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	assets := flag.Bool("assets", false, "only bundle web/ into "+distDir)
	generate := flag.Bool("generate", false, "only generate Go code from the .templ files")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *assets, *generate); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

// run does the steps asked for, all of them when none is named.
func run(ctx context.Context, onlyAssets, onlyGenerate bool) error {
	root, err := findRoot()
	if err != nil {
		return err
	}
	if err := checkGo(); err != nil {
		return err
	}
	all := !onlyAssets && !onlyGenerate
	steps := []struct {
		name string
		want bool
		do   func(context.Context, string) (string, error)
	}{
		{"npm packages", all || onlyAssets, installPackages},
		{"assets", all || onlyAssets, buildAssets},
		{"templates", all || onlyGenerate, generateTemplates},
		{"binary", all, buildBinary},
	}
	for _, s := range steps {
		if !s.want {
			continue
		}
		start := time.Now()
		note, err := s.do(ctx, root)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		fmt.Printf("%-13s %s (%.1f s)\n", s.name, note, time.Since(start).Seconds())
	}
	return nil
}

// findRoot walks up from the working directory to the module of Beffroi.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(text), "module beffroi\n") {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("not inside the source of Beffroi: no go.mod of module beffroi here or above")
		}
		dir = up
	}
}

// generateTemplates turns .templ files into Go, which is not committed.
func generateTemplates(ctx context.Context, root string) (string, error) {
	in, err := hashTree(root, "internal", ".templ")
	if err != nil {
		return "", err
	}
	if err := in.addFile(root, "tools/go.mod"); err != nil {
		return "", err
	}
	done := stamp{root, "templ"}
	if done.matches(in.sum()) && generatedExist(in.files) {
		return "unchanged", nil
	}
	if err := command(ctx, root, nil, "go", "tool", "-modfile=tools/go.mod", "templ", "generate", "-path", "internal"); err != nil {
		return "", err
	}
	if err := removeOrphans(filepath.Join(root, "internal")); err != nil {
		return "", err
	}
	return "generated", done.write(in.sum())
}

// removeOrphans deletes the Go files of .templ files that are gone: ignored by
// git, they would survive a change of branch and break the compilation.
func removeOrphans(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		base, ok := strings.CutSuffix(path, "_templ.go")
		if err != nil || d.IsDir() || !ok {
			return err
		}
		if _, err := os.Stat(base + ".templ"); errors.Is(err, fs.ErrNotExist) {
			return os.Remove(path)
		}
		return nil
	})
}

// generatedExist reports whether every .templ file has its Go file.
func generatedExist(files []string) bool {
	for _, f := range files {
		base, ok := strings.CutSuffix(f, ".templ")
		if !ok {
			continue
		}
		if _, err := os.Stat(base + "_templ.go"); err != nil {
			return false
		}
	}
	return true
}

// buildBinary compiles ./beffroi; the go command does its own skipping.
func buildBinary(ctx context.Context, root string) (string, error) {
	version := describe(ctx, root)
	flags := "-s -w -X main.version=" + version
	err := command(ctx, root, []string{"CGO_ENABLED=0"}, "go", "build", "-trimpath", "-ldflags", flags, "-o", "beffroi", "./cmd/beffroi")
	return "./beffroi " + version, err
}

// describe names the source by its git tag and commit, "dev" outside git.
func describe(ctx context.Context, root string) string {
	cmd := exec.CommandContext(ctx, "git", "describe", "--tags", "--always", "--dirty")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return "dev"
	}
	return strings.TrimSpace(string(out))
}

// command runs a program in the root, its output shown, with extra environment.
func command(ctx context.Context, root string, env []string, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return nil
}
