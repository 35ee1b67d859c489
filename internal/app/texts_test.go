package app_test

import (
	"path/filepath"
	"strings"
	"testing"

	"beffroi/internal/app"
	"beffroi/internal/platform/i18n"
)

// sources is where the texts are asked for.
var sources = filepath.Join("..", "..", "internal")

func TestTextsAreSound(t *testing.T) {
	b := app.Bundle()
	if len(b.Keys()) < 300 {
		t.Fatalf("only %d texts are loaded", len(b.Keys()))
	}
	for _, problem := range i18n.Check(b) {
		t.Error(problem)
	}
}

func TestTextsAreTheTextsUsed(t *testing.T) {
	used, err := i18n.Used(sources)
	if err != nil {
		t.Fatal(err)
	}
	b := app.Bundle()
	unknown, unused := i18n.Unmatched(b, used)
	for _, key := range unknown {
		if !strings.Contains(key, ".") {
			continue // a column of a file: intake.Input.Has
		}
		t.Errorf("%s is asked for, and is in no language", key)
	}
	for _, key := range unused {
		t.Errorf("%s is never asked for", key)
	}
	// Negative control: a key that nobody wrote is noticed.
	if unknown, _ := i18n.Unmatched(b, append(used, "no.such.text")); !strings.Contains(strings.Join(unknown, " "), "no.such.text") {
		t.Error("an unknown text goes unnoticed")
	}
}

func TestNoWordsInTemplates(t *testing.T) {
	found, err := i18n.Literals(sources)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Errorf("words in a template, not in a catalogue: %s", f)
	}
}
