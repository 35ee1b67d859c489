package ui

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestStyleGuide writes pages with every component, to be looked at in a browser.
// Set BEFFROI_STYLEGUIDE to a folder to keep them; serve it on 127.0.0.1 to see
// the scripts work as well.
func TestStyleGuide(t *testing.T) {
	dir := os.Getenv("BEFFROI_STYLEGUIDE")
	if dir == "" {
		dir = t.TempDir()
	}
	assets := filepath.Join(dir, "assets")
	if err := os.MkdirAll(assets, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, page := range guides() {
		html := strings.ReplaceAll(render(t, page), `="/assets/`, `="assets/`)
		write(t, filepath.Join(dir, name+".html"), []byte(html))
		dark := strings.Replace(html, `<html lang="fr"`, `<html lang="fr" data-color-scheme="dark"`, 1)
		write(t, filepath.Join(dir, name+"-dark.html"), []byte(dark))
	}
	files, err := fs.Glob(dist, "assets/dist/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no embedded files: %v", err)
	}
	for _, f := range files {
		content, err := dist.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(assets, filepath.Base(f)), content)
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}
