package key

import (
	"strings"
	"testing"

	"beffroi/internal/platform/i18n"
)

// Every text is there in the three languages, and each is asked for.
func TestTexts(t *testing.T) {
	b := i18n.New("fr", "nl", "en")
	if err := b.Load(Locale()); err != nil {
		t.Fatal(err)
	}
	for _, problem := range i18n.Check(b) {
		t.Error(problem)
	}
	used, err := i18n.Used(".")
	if err != nil {
		t.Fatal(err)
	}
	unknown, _ := i18n.Unmatched(b, used)
	for _, key := range unknown {
		if strings.HasPrefix(key, "key.") || strings.HasPrefix(key, "fault.key.") {
			t.Errorf("no text for %s", key)
		}
	}
}
