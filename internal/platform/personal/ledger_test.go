package personal_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"beffroi/internal/platform/personal"
)

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var hash = strings.Repeat("ab", 32)

func TestReadLedger(t *testing.T) {
	good := `{"at":"2026-11-23T10:00:00Z","kind":"account","salt":"S","hash":"` + hash + `"}` + "\n\n"
	if lines, err := personal.ReadLedger(strings.NewReader(good + good)); err != nil || len(lines) != 2 || lines[1].Salt != "S" {
		t.Errorf("%v, %v", lines, err)
	}
	for name, bad := range map[string]string{
		"no json": good + "x", "no hash": `{"kind":"a","salt":"s"}`, "short hash": `{"kind":"a","salt":"s","hash":"ab"}`, "no kind": `{"salt":"s","hash":"` + hash + `"}`,
		"more": `{"kind":"a","salt":"s","hash":"` + hash + `","who":"ann"}`, "long line": strings.Repeat("x", 1<<17),
	} {
		if lines, err := personal.ReadLedger(strings.NewReader(bad)); code(err) != "privacy.ledger" {
			t.Errorf("%s: %v, %v", name, lines, err)
		}
	}
}

func FuzzReadLedger(f *testing.F) {
	f.Add([]byte(`{"at":"2026-11-23T10:00:00Z","kind":"account","salt":"S","hash":"` + hash + `"}`))
	f.Add([]byte("\n{}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		lines, err := personal.ReadLedger(bytes.NewReader(text))
		if err != nil && code(err) != "privacy.ledger" {
			t.Errorf("an error without a place: %v", err)
		}
		for _, l := range lines {
			if l.Kind == "" || l.Salt == "" || l.Hash == "" {
				t.Errorf("half a line: %+v", l)
			}
		}
	})
}
