package territory

import (
	"testing"

	"beffroi/internal/platform/i18n"
)

func bundle(t testing.TB) *i18n.Bundle {
	t.Helper()
	b := i18n.New("fr", "nl", "en")
	if err := b.Load(Locale()); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTextsAreWholeInEveryLanguage(t *testing.T) {
	for _, fault := range i18n.Check(bundle(t)) {
		t.Error(fault)
	}
}

// shared texts belong to the platform or to site.
var shareds = map[string]bool{"fault.stale": true, "fault.absent": true, "fault.invalid": true}

func TestEveryTextIsUsedAndEveryUsedTextExists(t *testing.T) {
	used, err := i18n.Used(".")
	if err != nil {
		t.Fatal(err)
	}
	unknown, unused := i18n.Unmatched(bundle(t), used)
	for _, key := range unknown {
		if !shareds[key] {
			t.Errorf("no text for %s", key)
		}
	}
	for _, key := range unused {
		t.Errorf("nobody says %s", key)
	}
	literals, err := i18n.Literals(".")
	if err != nil || len(literals) > 0 {
		t.Errorf("%v %v", literals, err)
	}
}
