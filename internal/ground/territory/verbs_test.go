package territory

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/object"
)

// code is the code of the first refused field, or of the refusal.
func code(err error) string {
	e, ok := errors.AsType[*fault.Error](err)
	switch {
	case !ok:
		return ""
	case len(e.Fields) > 0:
		return e.Fields[0].Code
	}
	return e.Code
}

func date(s string) calendar.Date { return calendar.MustParse(s) }

func TestAddAreaAndItsHistory(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s := seeded(t, d)
		added, err := s.AddArea(t.Context(), registrar, NewArea{Kind: RiverContract, NameFR: "Contrat de rivière Oise", From: date("2026-01-01")})
		if err != nil || added.Key != "rc-contrat-de-riviere-oise" {
			t.Fatalf("%+v %v", added, err)
		}
		a := atlasOf(t, s)
		if got := a.Area(RiverContract, added.Key); got == nil || got.Version != 1 || got.ID != added.ID {
			t.Errorf("%+v", got)
		}
		mons := commune(t, a, "53053")
		if err := s.SetMembership(t.Context(), registrar, Joining{Area: mons.ID, Group: added.ID, From: date("2026-02-01")}); err != nil {
			t.Fatal(err)
		}
		if got := atlasOf(t, s).Members(added.ID, today); len(got) != 1 || got[0].Key != "53053" {
			t.Errorf("members: %v", keys(got))
		}
		if got := atlasOf(t, s).Members(added.ID, date("2026-01-31")); len(got) != 0 {
			t.Errorf("members the day before: %v", keys(got))
		}
		var entries []audit.Entry
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			entries, err = audit.List(tx, audit.Filter{Object: object.Ref{Kind: "commune", Key: "53053"}, Limit: 10})
			return err
		})
		if err != nil || len(entries) != 1 || entries[0].Action != "territory.membership" || entries[0].Before == nil || entries[0].After == nil {
			t.Errorf("history of Mons: %v %+v", err, entries)
		}
	})
}

func TestAddAreaRefuses(t *testing.T) {
	s := seeded(t, dbtest.SQLite(t, schemas))
	for _, c := range []struct {
		n    NewArea
		want string
	}{
		{NewArea{Kind: "canton", NameFR: "x"}, "territory.kind"},
		{NewArea{Kind: Commune, Key: "53053"}, "territory.name.missing"},
		{NewArea{Kind: Commune, Key: "abc", NameFR: "x"}, "territory.nis.form"},
		{NewArea{Kind: Commune, Key: "53053", NameFR: "x"}, "territory.key.taken"},
		{NewArea{Kind: Commune, Key: "53xxx", NameFR: "x"}, "territory.nis.form"},
		{NewArea{Kind: RescueZone, Key: "Hainaut", NameFR: "x"}, "territory.key.form"},
		{NewArea{Kind: RescueZone, NameFR: "Hainaut-Est"}, "territory.key.taken"},
	} {
		if _, err := s.AddArea(t.Context(), registrar, c.n); code(err) != c.want {
			t.Errorf("%+v: %v, want %s", c.n, err, c.want)
		}
	}
}

func TestVerbsAreTheRegistrars(t *testing.T) {
	s := seeded(t, dbtest.SQLite(t, schemas))
	id := commune(t, atlasOf(t, s), "53053").ID
	for who, want := range map[*auth.Actor]fault.Kind{{}: fault.Unauthenticated, &accountant: fault.Forbidden} {
		_, add := s.AddArea(t.Context(), *who, NewArea{Kind: RescueZone, NameFR: "x"})
		_, rename := s.RenameArea(t.Context(), *who, Naming{ID: id, Version: 1, FR: "x"})
		for i, err := range []error{add, rename, s.EndArea(t.Context(), *who, id, 1, today, ""), s.SetMembership(t.Context(), *who, Joining{Area: id}),
			s.RecordEvent(t.Context(), *who, Event{}), s.Seed(t.Context(), *who, Pack{})} {
			if fault.KindOf(err) != want {
				t.Errorf("verb %d by %q: %v", i, who.Username, err)
			}
		}
	}
}

func TestRenameKeepsTheOldName(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s := seeded(t, d)
		c := commune(t, atlasOf(t, s), "53053")
		n := Naming{ID: c.ID, Version: c.Version, FR: "Mons-Borinage", NL: "Bergen", From: date("2026-06-01")}
		if _, err := s.RenameArea(t.Context(), registrar, n); err != nil {
			t.Fatal(err)
		}
		a := atlasOf(t, s)
		if hits := a.Search("mons", 9); len(hits) == 0 || hits[0].Area.NameFR != "Mons-Borinage" {
			t.Errorf("%+v", hits)
		}
		if e := a.Events(c.ID); len(e) != 1 || e[0].Kind != Rename || e[0].Date != date("2026-06-01") {
			t.Errorf("events: %+v", e)
		}
		if _, err := s.RenameArea(t.Context(), registrar, n); fault.KindOf(err) != fault.Conflict {
			t.Errorf("a stale form was taken: %v", err)
		}
	})
}

func TestMembershipMoves(t *testing.T) {
	s := seeded(t, dbtest.SQLite(t, schemas))
	a := atlasOf(t, s)
	c, west := commune(t, a, "51014"), a.Area(RescueZone, "rz-wallonie-picarde")
	move := Joining{Area: c.ID, Group: west.ID, From: date("2026-07-01")}
	if err := s.SetMembership(t.Context(), registrar, move); err != nil {
		t.Fatal(err)
	}
	a = atlasOf(t, s)
	if a.Group(c.ID, RescueZone, date("2026-06-30")).Key != "rz-hainaut-centre" || a.Group(c.ID, RescueZone, date("2026-07-01")).Key != west.Key {
		t.Errorf("%v", a.Memberships(c.ID))
	}
	for _, x := range []struct {
		j    Joining
		want string
	}{
		{Joining{Area: c.ID, Group: west.ID, From: date("2026-01-01")}, "territory.membership.later"},
		{Joining{Area: c.ID, Group: west.ID}, "territory.membership.day"},
		{Joining{Area: c.ID, Group: c.ID, From: today}, "territory.group"},
		{Joining{Area: west.ID, Group: west.ID, From: today}, "territory.commune"},
		{Joining{Area: commune(t, a, "53053").ID, Group: west.ID, From: today, Leave: true}, "territory.membership.none"},
	} {
		if err := s.SetMembership(t.Context(), registrar, x.j); code(err) != x.want {
			t.Errorf("%+v: %v, want %s", x.j, err, x.want)
		}
	}
	if err := s.SetMembership(t.Context(), registrar, Joining{Area: c.ID, Group: west.ID, From: date("2026-10-01"), Leave: true}); err != nil {
		t.Fatal(err)
	}
	if g := atlasOf(t, s).Group(c.ID, RescueZone, date("2026-10-01")); g != nil {
		t.Errorf("still in %s", g.Key)
	}
}

func TestMergeEndsItsMembersAndNamesTheirSuccessor(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s := seeded(t, d)
		a := atlasOf(t, s)
		mons, quaregnon := commune(t, a, "53053"), commune(t, a, "53065")
		e := Event{Date: date("2025-01-01"), Kind: Merge, From: []Party{{Area: mons.ID}, {Area: quaregnon.ID}}, To: []Party{{Area: mons.ID}}}
		if err := s.RecordEvent(t.Context(), registrar, e); err != nil {
			t.Fatal(err)
		}
		a = atlasOf(t, s)
		if n := len(a.Communes(today)); n != 68 {
			t.Errorf("%d communes after, want 68", n)
		}
		if n := len(a.Communes(date("2024-12-31"))); n != 69 {
			t.Errorf("%d communes before, want 69", n)
		}
		if got := a.Successors(quaregnon.ID); !slices.Equal(got, []Share{{mons.ID, Whole}}) {
			t.Errorf("successors: %v", got)
		}
		if _, _, ok := a.Resolve("53065", 2026); ok {
			t.Error("a merged commune answers for 2026")
		}
		if len(a.Groups(quaregnon.ID, today)) != 0 {
			t.Error("a merged commune is still a member")
		}
	})
}

func TestRecodeMovesTheKey(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s := seeded(t, d)
		c := commune(t, atlasOf(t, s), "53053")
		e := Event{Date: date("2026-01-01"), Kind: Recode, From: []Party{{Area: c.ID, Code: "53053"}}, To: []Party{{Area: c.ID, Code: "53099"}}}
		if err := s.RecordEvent(t.Context(), registrar, e); err != nil {
			t.Fatal(err)
		}
		a := atlasOf(t, s)
		if _, current, ok := a.Commune("53053"); !ok || current != "53099" {
			t.Errorf("53053 leads to %q", current)
		}
		if _, recoded, ok := a.Resolve("53053", 2026); !ok || !recoded {
			t.Error("a fact of 2026 under the old code is not moved")
		}
		if a.CodeAt(c.ID, date("2025-12-31")) != "53053" || a.CodeAt(c.ID, date("2026-01-01")) != "53099" {
			t.Errorf("%v", a.Codes(c.ID))
		}
	})
}

func TestConsequencesRefuse(t *testing.T) {
	a := atlasOf(t, seeded(t, dbtest.SQLite(t, schemas)))
	mons, ath := commune(t, a, "53053").ID, commune(t, a, "51004").ID
	east, west := a.Area(RescueZone, "rz-hainaut-est").ID, a.Area(RescueZone, "rz-wallonie-picarde").ID
	from := func(list ...int64) (out []Party) {
		for _, id := range list {
			out = append(out, Party{Area: id})
		}
		return out
	}
	day := date("2026-01-01")
	for name, c := range map[string]struct {
		e    Event
		want string
	}{
		"no day":               {Event{Kind: Merge, From: from(mons, ath), To: from(mons)}, "territory.event.date"},
		"unknown area":         {Event{Date: day, Kind: Merge, From: from(mons, 999999), To: from(mons)}, "territory.event.absent"},
		"one does not merge":   {Event{Date: day, Kind: Merge, From: from(mons), To: from(ath)}, "territory.event.merge"},
		"one is no split":      {Event{Date: day, Kind: Split, From: from(mons), To: from(ath)}, "territory.event.split"},
		"weights":              {Event{Date: day, Kind: Split, From: from(mons), To: []Party{{mons, "", 5000}, {ath, "", 4000}}}, "territory.event.weights"},
		"negative weight":      {Event{Date: day, Kind: Split, From: from(mons), To: []Party{{mons, "", 15000}, {ath, "", -5000}}}, "territory.event.weights"},
		"code of another":      {Event{Date: day, Kind: Recode, From: from(mons), To: []Party{{mons, "51004", 0}}}, "territory.nis.taken"},
		"no code":              {Event{Date: day, Kind: Recode, From: from(mons), To: []Party{{mons, "5", 0}}}, "territory.nis.form"},
		"recoding of tomorrow": {Event{Date: date("2027-01-01"), Kind: Recode, From: from(mons), To: []Party{{mons, "53099", 0}}}, "territory.event.future"},
		"two kinds":            {Event{Date: day, Kind: Transfer, From: from(east), To: from(mons), Moved: from(ath)}, "territory.event.transfer"},
		"nobody moves":         {Event{Date: day, Kind: Transfer, From: from(east), To: from(west)}, "territory.event.moved"},
		"not a member":         {Event{Date: day, Kind: Transfer, From: from(east), To: from(west), Moved: from(mons)}, "territory.event.member"},
		"kind":                 {Event{Date: day, Kind: "absorb", From: from(mons)}, "territory.event.kind"},
		"rename":               {Event{Date: day, Kind: Rename, From: from(mons), To: from(mons)}, "territory.event.kind"},
		"nothing":              {Event{Date: day, Kind: End}, "territory.event.from"},
	} {
		if _, err := a.Consequences(c.e, today); code(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

func TestTransferMovesMembers(t *testing.T) {
	s := seeded(t, dbtest.SQLite(t, schemas))
	a := atlasOf(t, s)
	centre, west := a.Area(RescueZone, "rz-hainaut-centre"), a.Area(RescueZone, "rz-wallonie-picarde")
	e := Event{Date: date("2026-01-01"), Kind: Transfer, From: []Party{{Area: centre.ID}}, To: []Party{{Area: west.ID}},
		Moved: []Party{{Area: commune(t, a, "51014").ID}, {Area: commune(t, a, "51012").ID}}}
	if err := s.RecordEvent(t.Context(), registrar, e); err != nil {
		t.Fatal(err)
	}
	if got := counts(atlasOf(t, s), RescueZone); got != "[21 22 26]" {
		t.Errorf("zones: %s", got)
	}
}

func TestEndAreaFreesItsMembers(t *testing.T) {
	s := seeded(t, dbtest.SQLite(t, schemas))
	z := atlasOf(t, s).Area(RescueZone, "rz-hainaut-est")
	if err := s.EndArea(t.Context(), registrar, z.ID, 1, date("2025-12-31"), "fin"); err != nil {
		t.Fatal(err)
	}
	a := atlasOf(t, s)
	if len(a.Members(z.ID, date("2025-12-31"))) != 22 || len(a.Members(z.ID, date("2026-01-01"))) != 0 || len(a.OfKind(RescueZone, today)) != 2 {
		t.Error("the zone did not end on its day")
	}
	if err := s.EndArea(t.Context(), registrar, z.ID, 2, today, ""); code(err) != "territory.end.day" {
		t.Errorf("ended twice: %v", err)
	}
}

// Whatever memberships are entered, a commune is in at most one group of an
// exclusive kind on any day, and in the one entered last within its period.
func TestJoinIsExclusive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &dossier{Area: Area{ID: 1}}
		kindOf := func(int64) Kind { return RescueZone }
		day := func(label string) calendar.Date {
			n := rapid.IntRange(-1, 60).Draw(t, label)
			if n < 0 {
				return calendar.Date{}
			}
			return date("2020-01-01").AddDays(n)
		}
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			m := Membership{Group: rapid.Int64Range(2, 4).Draw(t, "group"), Period: calendar.Period{From: day("from"), To: day("to")}}
			if !m.Period.Valid() {
				continue
			}
			d.join(m, kindOf)
			for n := range 62 {
				at := date("2020-01-01").AddDays(n)
				var in []int64
				for _, x := range d.Memberships {
					if x.Period.Contains(at) {
						in = append(in, x.Group)
					}
				}
				if len(in) > 1 {
					t.Fatalf("in %v on %v: %+v", in, at, d.Memberships)
				}
				if m.Period.Contains(at) && !m.Period.From.IsZero() && !slices.Contains(in, m.Group) {
					t.Fatalf("not in %d on %v: %+v", m.Group, at, d.Memberships)
				}
			}
		}
	})
}

// Weights of successors never exceed the whole, whatever the chain of events.
func TestSuccessorsOfChains(t *testing.T) {
	ended := calendar.Period{To: date("2020-12-31")}
	f := facts{areas: []*Area{{ID: 1, Key: "1", Period: ended}, {ID: 2, Key: "2", Period: ended}, {ID: 3, Key: "3"}, {ID: 4, Key: "4"}},
		events: []Event{{Kind: Split, From: []Party{{Area: 1}}, To: []Party{{Area: 2, Weight: 6000}, {Area: 3, Weight: 4000}}},
			{Kind: Merge, From: []Party{{Area: 2}, {Area: 4}}, To: []Party{{Area: 4}}}}}
	if got := newAtlas(f).Successors(1); !slices.Equal(got, []Share{{3, 4000}, {4, 6000}}) {
		t.Errorf("%v", got)
	}
	f.events = []Event{{Kind: Merge, From: []Party{{Area: 1}, {Area: 2}}, To: []Party{{Area: 2}}}, {Kind: Merge, From: []Party{{Area: 2}, {Area: 1}}, To: []Party{{Area: 1}}}}
	if got := newAtlas(f).Successors(1); len(got) > 1 {
		t.Errorf("a circle gives %v", got)
	}
}
