package object_test

import (
	"testing"

	"beffroi/internal/platform/object"
	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]object.Ref{
		"commune:53053": {Kind: "commune", Key: "53053"},
		"ledger:a:b":    {Kind: "ledger", Key: "a:b"},
	} {
		if got, err := object.Parse(text); err != nil || got != want {
			t.Errorf("Parse(%q) = %v, %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "commune", ":53053", "commune:", ":"} {
		if got, err := object.Parse(bad); err == nil {
			t.Errorf("Parse(%q) = %v", bad, got)
		}
	}
}

func TestParseReadsWhatStringWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := object.Ref{Kind: rapid.StringMatching(`[a-z]+`).Draw(t, "kind"), Key: rapid.StringMatching(`.+`).Draw(t, "key")}
		if got, err := object.Parse(r.String()); err != nil || got != r {
			t.Fatalf("%v: got %v, %v", r, got, err)
		}
	})
}

func TestIsZero(t *testing.T) {
	if !(object.Ref{}).IsZero() || (object.Ref{Key: "1"}).IsZero() || (object.Ref{Kind: "body"}).IsZero() {
		t.Error("only the empty reference points at nothing")
	}
}

func TestDirectory(t *testing.T) {
	d := object.NewDirectory()
	if err := d.Register("commune", func(key string) string { return "/communes/" + key }); err != nil {
		t.Fatal(err)
	}
	if err := d.Register("commune", func(string) string { return "" }); err == nil {
		t.Error("a kind registered twice went unnoticed")
	}
	if got := d.Address(object.Ref{Kind: "commune", Key: "53053"}); got != "/communes/53053" {
		t.Errorf("address %q", got)
	}
	if got := d.Address(object.Ref{Kind: "nothing", Key: "1"}); got != "" {
		t.Errorf("an unknown kind has the address %q", got)
	}
}
