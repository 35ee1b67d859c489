package probe

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Vnu checks one HTML document with the Nu HTML checker. See VnuAll.
func Vnu(t testing.TB, html []byte) []Problem {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "page.html"), html, 0o600); err != nil {
		t.Fatal(err)
	}
	return VnuAll(t, dir)
}

// VnuAll checks all HTML files below dir in one go, for the checker takes
// seconds to start; Where is relative to dir. It skips the test where Java or
// the npm package vnu-jar is absent.
func VnuAll(t testing.TB, dir string) []Problem {
	t.Helper()
	java, err := exec.LookPath("java")
	if err != nil {
		t.Skip("no Java on this machine")
	}
	jar, err := nodeModule("vnu-jar/build/dist/vnu.jar")
	if err != nil {
		t.Skip(err)
	}
	cmd := exec.CommandContext(t.Context(), java, "-Xshare:auto", "-jar", jar,
		"--format", "json", "--exit-zero-always", "--skip-non-html", dir)
	var report, out bytes.Buffer
	cmd.Stderr, cmd.Stdout = &report, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("vnu: %v\n%s%s", err, &report, &out)
	}
	problems, err := readVnu(report.Bytes(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return problems
}

// readVnu translates the report of the checker, keeping errors and warnings.
func readVnu(report []byte, dir string) (problems []Problem, err error) {
	// Java may talk before the report.
	start := bytes.IndexByte(report, '{')
	if start < 0 {
		return nil, fmt.Errorf("vnu: no report in %.200q", report)
	}
	var r struct {
		Messages []struct {
			Type    string `json:"type"`
			SubType string `json:"subType"`
			URL     string `json:"url"`
			Line    int    `json:"lastLine"`
			Message string `json:"message"`
		} `json:"messages"`
	}
	if err := json.Unmarshal(report[start:], &r); err != nil {
		return nil, errors.Join(errors.New("vnu: malformed report"), err)
	}
	for _, m := range r.Messages {
		if m.Type == "info" && m.SubType != "warning" {
			continue
		}
		file := strings.TrimPrefix(strings.TrimPrefix(m.URL, "file:"), dir)
		problems = append(problems, Problem{"vnu", fmt.Sprintf("%s:%d", strings.TrimPrefix(file, "/"), m.Line), m.Message})
	}
	return problems, nil
}
