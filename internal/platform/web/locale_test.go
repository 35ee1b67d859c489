package web_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/web"
)

func bundle(t testing.TB) *i18n.Bundle {
	t.Helper()
	b := i18n.New("fr", "nl", "en")
	if err := b.Load(web.Locale()); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTextsAgree(t *testing.T) {
	for _, problem := range i18n.Check(bundle(t)) {
		t.Error(problem)
	}
}

// code is a literal that names a refusal where the syntax does not show it.
var code = regexp.MustCompile(`"((?:sheet|geo|param|file)\.[a-z][a-z0-9._-]*[a-z])"`)

// raised lists the codes of refusals in the sources of the platform.
func raised(t *testing.T) []string {
	t.Helper()
	used, err := i18n.Used("..")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, key := range used {
		if c, ok := strings.CutPrefix(key, "fault."); ok && c != "*" {
			list = append(list, c)
		}
	}
	for _, folder := range []string{"sheet", "geo", "web", "intake", "files/content"} {
		files, err := filepath.Glob(filepath.Join("..", folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(folder, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range code.FindAllSubmatch(text, -1) {
				list = append(list, string(m[1]))
			}
		}
	}
	// Rooms with a catalogue of their own; the whole house tests theirs.
	own := []string{"mail.", "smtp.", "letter.", "notice."}
	list = slices.DeleteFunc(list, func(c string) bool {
		if slices.ContainsFunc(own, func(prefix string) bool { return strings.HasPrefix(c, prefix) }) {
			return true
		}
		return c == "sheet.end" || // never leaves its package
			strings.HasPrefix(c, "geo.") && !slices.Contains([]string{"geo.no-code", "geo.duplicate-code"}, c) // told by the territory, which alone takes boundaries and names the ring and the place
	})
	slices.Sort(list)
	return slices.Compact(list)
}

func TestEveryRefusalHasAText(t *testing.T) {
	b := bundle(t)
	codes := raised(t)
	if len(codes) < 80 {
		t.Fatalf("only %d codes were found", len(codes))
	}
	for _, c := range codes {
		if !slices.Contains(b.Keys(), "fault."+c) {
			t.Errorf("fault.%s has no text", c)
		}
	}
	for _, key := range b.Keys() {
		if c := strings.TrimPrefix(key, "fault."); !slices.Contains(codes, c) && c != "stale" { // of the rooms' optimistic locks
			t.Errorf("%s is never raised", key)
		}
	}
}

func TestMessage(t *testing.T) {
	b := bundle(t)
	for lang, want := range map[string]string{
		"fr": "2 lignes sont refusées : rien n’a été importé. Corrigez-les dans le fichier, puis renvoyez-le.",
		"nl": "2 regels zijn geweigerd: er is niets geïmporteerd. Verbeter ze in het bestand en verzend het opnieuw.",
		"en": "2 lines are refused: nothing was imported. Correct them in the file and send it again.",
	} {
		got := strings.ReplaceAll(web.Message(b.Printer(lang), "intake.refused", fault.Args{"n": int64(2)}), "\u00a0", " ")
		if got != want {
			t.Errorf("%s: %q", lang, got)
		}
	}
	if missing := b.Missing(); len(missing) != 0 {
		t.Error(missing)
	}
}
