package register

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"beffroi/internal/platform/fault"
)

func TestMatchWantsEveryWord(t *testing.T) {
	fold := Fold("Contrat de rivière de l’Escaut-Lys", "CRESCAUT")
	for query, want := range map[string]bool{"": true, "riviere": true, "RIVIÈRE esc": true, "lys": true, "caut": false, "riviere senne": false} {
		if Match(fold, query) != want {
			t.Errorf("%q: %v", query, !want)
		}
	}
}

// Pages put end to end are the list, whatever the size of the page.
func TestPagesPutTogetherAreTheList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-c]{1,3}`), 0, 20, rapid.ID).Draw(t, "list")
		at := func(s string) Position { return Position{Value: s[:1], Key: s} }
		desc := rapid.Bool().Draw(t, "desc")
		Sort(list, desc, at)
		n := rapid.IntRange(1, 5).Draw(t, "size")
		var got []string
		for last := ""; ; {
			rows, err := After(list, last, n, func(s string) string { return s })
			if err != nil {
				t.Fatal(err)
			}
			if len(rows) == 0 {
				break
			}
			got = append(got, rows...)
			last = rows[len(rows)-1]
		}
		if !slices.Equal(got, list) {
			t.Fatalf("%v is not %v", got, list)
		}
		if _, err := After(list, "gone", n, func(s string) string { return s }); fault.KindOf(err) != fault.BadRequest {
			t.Fatalf("a record that is gone: %v", err)
		}
	})
}

func TestKeepPrefersTheFinerText(t *testing.T) {
	for _, c := range []struct{ have, want, got string }{
		{"L’eau « vive »", `L'eau « vive »`, "L’eau « vive »"},
		{"", "L'eau", "L’eau"},
		{"L’eau", "L'air", "L’air"},
	} {
		if got := Keep(c.have, c.want); got != c.got {
			t.Errorf("%q over %q: %q", c.want, c.have, got)
		}
	}
	if got := KeepLoose("Points-nœuds", "points noeuds"); got != "Points-nœuds" {
		t.Error(got)
	}
}

func FuzzValues(f *testing.F) {
	for _, s := range []string{"", "12,5", "1.234", "2026-02-30", "€ 5", "x@y", "https://a", "\x00", "99999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v := NewValues(7, func(string) string { return s })
		if c := v.Euros("a"); c != nil && *c < 0 {
			t.Errorf("%q is %d cents", s, *c)
		}
		if c := v.Cents("a"); c != nil && *c < 0 {
			t.Errorf("%q is %d cents", s, *c)
		}
		if n := v.Hundredths("a"); n < 0 {
			t.Errorf("%q is %d hundredths", s, n)
		}
		v.Date("a")
		v.Period("a", "b")
		v.Key("a")
		v.Website("a")
		v.Email("a")
		for _, n := range v.Notes() {
			if n.Line != 7 || n.Code == "" || n.Column == "" {
				t.Errorf("%+v", n)
			}
		}
	})
}
