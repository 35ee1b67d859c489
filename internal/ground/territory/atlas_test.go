package territory

import (
	"slices"
	"testing"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/fault"
)

func keys(list []*Area) []string {
	var out []string
	for _, a := range list {
		out = append(out, a.Key)
	}
	return out
}

func TestPackCounts(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		a := atlasOf(t, seeded(t, d))
		if n := len(a.Communes(today)); n != 69 {
			t.Errorf("%d communes", n)
		}
		for _, c := range []struct {
			kind Kind
			want []int
		}{
			{ProjectTerritory, []int{24, 22, 23}}, {RescueZone, []int{28, 22, 19}}, {Arrondissement, []int{9, 14, 12, 4, 7, 11, 12}},
		} {
			var got []int
			for _, g := range a.OfKind(c.kind, today) {
				got = append(got, len(a.Members(g.ID, today)))
			}
			slices.Sort(got)
			slices.Sort(c.want)
			sum := 0
			for _, n := range got {
				sum += n
			}
			if sum != 69 || len(got) != len(c.want) {
				t.Errorf("%s: %v", c.kind, got)
			}
			if c.kind != Arrondissement && !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", c.kind, got, c.want)
			}
		}
		if p := a.Province(); p == nil || p.Key != "50000" || len(a.Members(p.ID, today)) != 69 {
			t.Errorf("province %+v", p)
		}
	})
}

func TestOldCodesLeadToTodaysCommune(t *testing.T) {
	a := atlasOf(t, seeded(t, dbtest.SQLite(t, schemas)))
	for code, want := range map[string]string{"55022": "58001", "54007": "57096", "54002": "57097", "54010": "57097", "53053": "53053"} {
		area, current, ok := a.Commune(code)
		if !ok || current != want || area.Key != want {
			t.Errorf("%s leads to %q %v, want %s", code, current, ok, want)
		}
	}
	for _, code := range []string{"99999", "51001", "52000", "", "ter-wallonie-picarde"} {
		if area, _, ok := a.Commune(code); ok {
			t.Errorf("%q is %s", code, area.NameFR)
		}
	}
}

func TestResolveMovesFactsAlongRecodings(t *testing.T) {
	a := atlasOf(t, seeded(t, dbtest.SQLite(t, schemas)))
	for _, c := range []struct {
		code    string
		year    int
		want    string
		recoded bool
		ok      bool
	}{
		{"55022", 2018, "58001", false, true}, {"55022", 2019, "58001", true, true}, {"58001", 2015, "58001", true, true},
		{"58001", 2020, "58001", false, true}, {"53053", 1960, "53053", false, true}, {"57000", 2015, "57000-1970", false, true},
		{"57000", 2020, "57000", false, true}, {"51001", 2015, "", false, false}, {"51001", 1975, "51001", false, true},
		{"ter-coeur-du-hainaut", 2020, "ter-coeur-du-hainaut", false, true}, {"50000", 2020, "50000", false, true}, {"99999", 2020, "", false, false},
	} {
		area, recoded, ok := a.Resolve(c.code, c.year)
		if ok != c.ok || recoded != c.recoded || ok && area.Key != c.want {
			t.Errorf("%s in %d: %v recoded %v ok %v", c.code, c.year, area, recoded, ok)
		}
	}
}

// A series of 2009 to 2020 whose rows bear the code of their year has no gap.
func TestSeriesHasNoGapIn2019(t *testing.T) {
	a := atlasOf(t, seeded(t, dbtest.SQLite(t, schemas)))
	for old, current := range map[string]string{"55022": "58001", "54007": "57096"} {
		for year := 2009; year <= 2020; year++ {
			code := old
			if year >= 2019 {
				code = current
			}
			if area, recoded, ok := a.Resolve(code, year); !ok || recoded || area.Key != current {
				t.Errorf("%s in %d: %v %v", code, year, area, ok)
			}
		}
		id := commune(t, a, current).ID
		if a.CodeAt(id, calendar.MustParse("2018-12-31")) != old || a.CodeAt(id, calendar.MustParse("2019-01-01")) != current {
			t.Errorf("codes of %s: %v", current, a.Codes(id))
		}
	}
}

func TestMembershipsAreDated(t *testing.T) {
	a := atlasOf(t, seeded(t, dbtest.SQLite(t, schemas)))
	c := commune(t, a, "58001")
	if g := a.Group(c.ID, Arrondissement, calendar.MustParse("2018-06-01")); g == nil || g.Key != "55000" {
		t.Errorf("in 2018: %v", g)
	}
	if g := a.Group(c.ID, Arrondissement, today); g == nil || g.Key != "58000" {
		t.Errorf("today: %v", g)
	}
	chievres := commune(t, a, "51014")
	if got := keys(a.Groups(chievres.ID, today)); !slices.Equal(got, []string{"51000", "ter-wallonie-picarde", "rz-hainaut-centre"}) {
		t.Errorf("groups of Chièvres: %v", got)
	}
}

func TestSearch(t *testing.T) {
	a := atlasOf(t, seeded(t, dbtest.SQLite(t, schemas)))
	for _, c := range []struct{ q, key, why string }{
		{"mons", "53053", "name"}, {"Bergen", "53053", "dutch"}, {"louviere", "58001", "name"}, {"7000", "53053", "postal"},
		{"55022", "58001", "code"}, {"beloeil", "51008", "name"}, {"fontaine-l'eveque", "52022", "name"}, {"doornik", "57081", "dutch"},
		{"Blicquy", "51010", "name"}, {"montignies le tilleul", "52048", "old_name"}, {"celles (tournai)", "57018", "name"},
		{"wallonie pic", "ter-wallonie-picarde", "name"}, {"gravenbrakel", "55004", "dutch"},
	} {
		hits := a.Search(c.q, 5)
		if len(hits) == 0 || hits[0].Area.Key != c.key || hits[0].Why != c.why {
			t.Errorf("%q: %+v, want %s by %s", c.q, hits, c.key, c.why)
		}
	}
	if n := len(a.Search("a", 3)); n != 3 {
		t.Errorf("%d hits for a limit of 3", n)
	}
	for _, q := range []string{"", "  ", "zzz", "!!"} {
		if hits := a.Search(q, 9); len(hits) != 0 {
			t.Errorf("%q finds %v", q, hits)
		}
	}
	seen := map[*Area]bool{}
	for _, h := range a.Search("ha", 200) {
		if seen[h.Area] {
			t.Errorf("%s twice", h.Area.NameFR)
		}
		seen[h.Area] = true
	}
}

func TestPostal(t *testing.T) {
	a := atlasOf(t, seeded(t, dbtest.SQLite(t, schemas)))
	if got := keys(a.Postal("7000")); !slices.Contains(got, "53053") {
		t.Errorf("7000: %v", got)
	}
	if codes := a.PostalCodes(commune(t, a, "53053").ID); len(codes) == 0 || codes[0] != "7000" {
		t.Errorf("Mons: %v", codes)
	}
	if got := a.Postal("9999"); got != nil {
		t.Errorf("9999: %v", got)
	}
}

func TestNamed(t *testing.T) {
	a := atlasOf(t, seeded(t, dbtest.SQLite(t, schemas)))
	for name, key := range map[string]string{"Fontaine-l'Evêque": "52022", "Fontaine-l’Évêque": "52022", "'s Gravenbrakel": "55004", "  Mons ": "53053",
		"Celles (Tournai)": "57018", "Celles": "57018", "Komen-Waasten": "57097", "Mont-de-l'Enclus": "51xxx"} {
		area, ok := a.Named(name)
		if key == "51xxx" {
			key = commune(t, a, "57095").Key
		}
		if !ok || area.Key != key {
			t.Errorf("%q is %v, want %s", name, area, key)
		}
	}
	if area, ok := a.Named("Bruxelles"); ok {
		t.Errorf("Bruxelles is %s", area.NameFR)
	}
}

func TestAtlasIsKeptUntilTheRegisterChanges(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s, other := seeded(t, d), NewService(d)
		first := atlasOf(t, s)
		if atlasOf(t, s) != first {
			t.Error("reloaded without a change")
		}
		a := atlasOf(t, other)
		if _, err := other.RenameArea(t.Context(), registrar, Naming{ID: commune(t, a, "53053").ID, Version: 1, FR: "Mons-en-Hainaut"}); err != nil {
			t.Fatal(err)
		}
		if got := commune(t, atlasOf(t, s), "53053").NameFR; got != "Mons-en-Hainaut" {
			t.Errorf("the other process still reads %q", got)
		}
	})
}

func TestAtlasTxSeesItsOwnChanges(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s := seeded(t, d)
		atlasOf(t, s)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			e, err := edit(tx)
			if err != nil {
				return err
			}
			e.byKey("53053").Area.NameFR = "Autre"
			if _, err := e.save(); err != nil {
				return err
			}
			a, err := s.AtlasTx(tx)
			if err == nil && commune(t, a, "53053").NameFR != "Autre" {
				t.Error("the transaction does not see its change")
			}
			if err != nil {
				return err
			}
			return fault.New(fault.Invalid, "rolled.back", nil)
		})
		if err == nil || commune(t, atlasOf(t, s), "53053").NameFR != "Mons" {
			t.Errorf("the change outlived its transaction: %v", err)
		}
	})
}

func TestSeedRefusesAFullRegister(t *testing.T) {
	s := seeded(t, dbtest.SQLite(t, schemas))
	if err := s.Seed(t.Context(), registrar, hainaut(t)); fault.KindOf(err) != fault.Conflict {
		t.Errorf("second load: %v", err)
	}
}
