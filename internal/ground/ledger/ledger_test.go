package ledger

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"beffroi/internal/ground/series"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/object"
)

func TestPackBalances(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		list := w.pack(t)
		w.sound(t)
		var total int64
		for _, p := range list {
			if p.Measure == EurCents && !p.Date.After(today) {
				total += p.Amount
			}
		}
		w.read(t, func(tx *db.Tx) error {
			lines, err := w.s.Balance(tx, today)
			var sum int64
			for _, l := range lines {
				if !l.OK {
					t.Errorf("%+v", l)
				}
				if l.Measure == EurCents {
					sum += l.Total
				}
			}
			if sum != total {
				t.Errorf("the entries sum to %d, the pack to %d", sum, total)
			}
			return err
		})
	})
}

// The supracommunal round of 2018 by territory gives the published million.
func TestTerritoriesOf2018(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, schemas))
	w.pack(t)
	w.read(t, func(tx *db.Tx) error {
		all, err := w.s.Entries(tx, Filter{Q: "enveloppe supracommunale 2018"}, 10)
		var sum int64
		for _, l := range all {
			sum += l.Amount
		}
		if len(all) != 3 || sum != 100_623_375 {
			t.Errorf("%d entries of %d, want 3 of 100623375", len(all), sum)
		}
		return err
	})
}

func TestSummaryAsOf(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.post(t, grant("2024-03-01", 100, "51004"))
		w.post(t, grant("2025-03-01", 20, "51004"))
		w.post(t, grant("2025-09-01", 3, "51004", "51008", "51009"))
		w.post(t, grant("2026-01-01", 7000))
		ath := w.area(t, "51004")
		for _, c := range []struct {
			day  string
			area int64
			want []Sum
		}{
			{"2024-02-29", ath, nil},
			{"2024-03-01", ath, []Sum{{2024, Grant, EurCents, 100}}},
			{"2025-08-31", ath, []Sum{{2025, Grant, EurCents, 20}, {2024, Grant, EurCents, 100}}},
			{"2026-11-23", ath, []Sum{{2025, Grant, EurCents, 21}, {2024, Grant, EurCents, 100}}},
			{"2026-11-23", NoArea, []Sum{{2026, Grant, EurCents, 7000}}},
			{"2025-12-31", NoArea, nil},
			{"2025-08-31", WholeArea, []Sum{{2025, Grant, EurCents, 20}, {2024, Grant, EurCents, 100}}},
			{"2026-11-23", WholeArea, []Sum{{2026, Grant, EurCents, 7000}, {2025, Grant, EurCents, 23}, {2024, Grant, EurCents, 100}}},
		} {
			w.read(t, func(tx *db.Tx) error {
				got, err := w.summary(tx, c.area, calendar.MustParse(c.day))
				if !slices.Equal(got, c.want) {
					t.Errorf("area %d as of %s: %v, want %v", c.area, c.day, got, c.want)
				}
				return err
			})
		}
		w.read(t, func(tx *db.Tx) error {
			m, err := w.s.ByArea(tx, 0, EurCents, calendar.MustParse("2025-08-31"))
			if m[ath] != 120 || m[w.area(t, "51008")] != 0 {
				t.Errorf("by area: %v", m)
			}
			return err
		})
	})
}

func TestProjectionsAreRecordedButNeverAdded(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, schemas))
	p := grant("2026-01-01", 500)
	p.Projection = true
	e := w.post(t, p)
	w.sound(t)
	w.read(t, func(tx *db.Tx) error {
		sum, err := w.summary(tx, WholeArea, today)
		if len(sum) != 0 {
			t.Errorf("sums %v", sum)
		}
		if d, err := w.s.Get(tx, e.Ref); err != nil || d.Entry.Amount != 500 || d.Entry.Counts {
			t.Errorf("%+v %v", d, err)
		}
		return err
	})
}

func TestReversal(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := grant("2025-09-01", 100, "51004", "51008", "51009")
		p.Key = "population-2018"
		e := w.post(t, p)
		r, err := w.s.Reverse(t.Context(), accountant, e.Ref, "double saisie")
		if err != nil {
			t.Fatal(err)
		}
		w.sound(t)
		w.read(t, func(tx *db.Tx) error {
			a, err := w.s.Get(tx, e.Ref)
			if err != nil {
				return err
			}
			b, err := w.s.Get(tx, r.Ref)
			if err != nil {
				return err
			}
			for i := range a.Parts {
				if a.Parts[i].Area != b.Parts[i].Area || a.Parts[i].Amount != -b.Parts[i].Amount {
					t.Errorf("parts %v and %v", a.Parts, b.Parts)
				}
			}
			if a.Reversal == nil || b.Original == nil || a.Reversal.Ref != r.Ref || b.Original.Ref != e.Ref || b.Entry.Date != e.Date {
				t.Errorf("links: %+v %+v", a, b)
			}
			if sum, err := w.summary(tx, WholeArea, today); err != nil || len(sum) != 0 {
				t.Errorf("sums %v %v", sum, err)
			}
			return nil
		})
		for name, again := range map[string]Ref{"twice": e.Ref, "of a reversal": r.Ref} {
			if _, err := w.s.Reverse(t.Context(), accountant, again, "x"); fault.KindOf(err) != fault.Conflict {
				t.Errorf("reversed %s: %v", name, err)
			}
		}
		if _, err := w.s.Reverse(t.Context(), accountant, Ref{2025, 99}, "x"); fault.KindOf(err) != fault.NotFound {
			t.Errorf("unknown: %v", err)
		}
	})
}

func TestPostingsAreRefused(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, schemas))
	with := func(f func(*Posting), base ...string) Posting {
		p := grant("2025-01-01", 100, base...)
		f(&p)
		return p
	}
	for _, c := range []struct {
		name  string
		p     Posting
		field string
		code  string
	}{
		{"no amount", with(func(p *Posting) { p.Amount = 0 }), "amount", "ledger.amount.zero"},
		{"negative", with(func(p *Posting) { p.Amount = -1 }), "amount", "ledger.amount.negative"},
		{"no title", with(func(p *Posting) { p.Title.FR = "" }), "title_fr", "required"},
		{"long title", with(func(p *Posting) { p.Title.FR = strings.Repeat("é", 200) }), "title_fr", "ledger.long"},
		{"no day", with(func(p *Posting) { p.Date = calendar.Date{} }), "date", "required"},
		{"kind", with(func(p *Posting) { p.Kind = "gift" }), "kind", "param.enum"},
		{"measure", with(func(p *Posting) { p.Measure = "eur" }), "measure", "param.enum"},
		{"source", with(func(p *Posting) { p.Source = object.Ref{Kind: "ledger", Key: "x"} }), "source", "ledger.source"},
		{"direct to two", with(func(p *Posting) { p.Attribution = Direct }, "51004", "51008"), "base", "ledger.base.direct"},
		{"shared by one", with(func(p *Posting) { p.Attribution = Shared }, "51004"), "base", "ledger.base.shared"},
		{"unallocated with a base", with(func(p *Posting) { p.Attribution = Unallocated }, "51004"), "base", "ledger.base.unallocated"},
		{"unknown commune", with(func(p *Posting) {}, "99999"), "base", "ledger.commune"},
		{"commune twice", with(func(p *Posting) {}, "51004", "51004"), "base", "ledger.commune.twice"},
		{"commune twice by old code", with(func(p *Posting) {}, "58001", "55022"), "base", "ledger.commune.twice"},
		{"territory without key", with(func(p *Posting) { p.Attribution = Territory }, "ter-wallonie-picarde"), "key", "ledger.key.required"},
		{"unknown group", with(func(p *Posting) { p.Attribution, p.Key = Territory, "equal" }, "ter-nowhere"), "base", "ledger.group"},
		{"unknown key", with(func(p *Posting) { p.Key = "none" }, "51004", "51008"), "key", "ledger.key"},
		{"unknown version", with(func(p *Posting) { p.Key, p.KeyVersion = "equal", 7 }, "51004", "51008"), "key", "ledger.key.version"},
		{"key for nothing", with(func(p *Posting) { p.Key = "equal" }, "51004"), "key", "ledger.key.unused"},
	} {
		_, err := w.s.Post(t.Context(), accountant, c.p)
		f := fault.From(err)
		if len(f.Fields) == 0 || f.Fields[0].Name != c.field || f.Fields[0].Code != c.code {
			t.Errorf("%s: %v, want %s %s", c.name, err, c.field, c.code)
		}
	}
	for actor, want := range map[string]fault.Kind{"": fault.Unauthenticated, "reader": fault.Forbidden} {
		if _, err := w.s.Post(t.Context(), auth.Actor{Username: actor}, grant("2025-01-01", 1)); fault.KindOf(err) != want {
			t.Errorf("posted by %q: %v", actor, err)
		}
	}
}

// The store refuses what the verbs would never give it.
func TestStoreRefusesUnbalancedEntries(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, schemas))
	for name, parts := range map[string][]Part{
		"short": {{1, 5}, {2, 4}}, "none": nil, "twice": {{1, 5}, {1, 5}}, "of everything": {{WholeArea, 10}},
		"wrapping": {{1, 1 << 62}, {2, 1 << 62}, {3, 1 << 62}, {4, 1<<62 + 10}},
	} {
		err := w.d.Write(t.Context(), func(tx *db.Tx) error {
			return insertAll(tx, []posted{{Entry: Entry{ID: 1, Ref: Ref{2025, 1}, Date: today, Kind: Grant, Measure: EurCents, Amount: 10, Attribution: Direct}, Parts: parts}})
		})
		if !errors.Is(err, ErrUnbalanced) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Verify finds each way of tampering: the negative control of TestPackBalances.
func TestVerifyFindsTampering(t *testing.T) {
	for name, statement := range map[string]string{
		"a part":     "UPDATE ledger_part SET amount = amount + 1 WHERE entry_id = 3",
		"an amount":  "UPDATE ledger_entry SET amount = amount + 1 WHERE id = 3",
		"a total":    "UPDATE ledger_total SET amount = amount + 1 WHERE area_id = 0",
		"a gap":      "UPDATE ledger_entry SET number = number + 1000 WHERE id = 3",
		"a day":      "UPDATE ledger_part SET date = '2001-01-01' WHERE entry_id = 3",
		"no total":   "DELETE FROM ledger_total WHERE area_id = -1",
		"a reversal": "UPDATE ledger_entry SET kind = 'grant' WHERE reverses IS NOT NULL",
	} {
		w := newWorld(t, dbtest.SQLite(t, schemas))
		w.pack(t)
		err := w.d.Write(t.Context(), func(tx *db.Tx) error {
			n, err := tx.Exec(statement)
			if err == nil && n == 0 {
				t.Fatalf("%s: nothing to tamper with", name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if broken, err := w.s.Verify(t.Context()); err != nil || len(broken) == 0 {
			t.Errorf("%s: not found (%v)", name, err)
		}
	}
}

// Parallel writers leave no gap and no wrong sum, on both engines.
func TestParallelPostings(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		const writers, each = 8, 6
		var group sync.WaitGroup
		for n := range writers {
			group.Go(func() {
				for i := range each {
					p := grant(fmt.Sprintf("202%d-05-01", i%2), int64(100+n*7+i), "51004", "51008", "51009")
					if _, err := w.s.Post(t.Context(), accountant, p); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		w.sound(t)
		w.read(t, func(tx *db.Tx) error {
			n, _, err := db.One(tx, db.Value[int64], "SELECT count(*) FROM ledger_entry")
			if n != writers*each {
				t.Errorf("%d entries, want %d", n, writers*each)
			}
			return err
		})
	})
}

// Whatever is posted and reversed, in any order, the invariants hold.
func TestAnyHistoryIsSound(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, schemas))
	codes := []string{"51004", "51008", "51009", "58001", "53053", "52011"}
	var refs []Ref
	rapid.Check(t, func(rt *rapid.T) {
		if len(refs) > 0 && rapid.IntRange(0, 3).Draw(rt, "reverse") == 0 {
			_, err := w.s.Reverse(t.Context(), accountant, rapid.SampledFrom(refs).Draw(rt, "ref"), "x")
			if err != nil && fault.KindOf(err) != fault.Conflict {
				rt.Fatal(err)
			}
			return
		}
		p := grant("2025-06-01", rapid.Int64Range(1, 1<<40).Draw(rt, "amount"), rapid.Permutation(codes).Draw(rt, "base")[:rapid.IntRange(0, len(codes)).Draw(rt, "n")]...)
		p.Kind = rapid.SampledFrom(Kinds()).Draw(rt, "kind")
		p.Measure = rapid.SampledFrom(Measures()).Draw(rt, "measure")
		p.Projection = rapid.Bool().Draw(rt, "projection")
		if p.Attribution == Shared {
			p.Key = rapid.SampledFrom([]string{"", "equal", "population-2018", "six-criteria"}).Draw(rt, "key")
		}
		e, err := w.s.Post(t.Context(), accountant, p)
		if err != nil {
			rt.Fatal(err)
		}
		refs = append(refs, e.Ref)
	})
	w.sound(t)
}

// A list shows exactly the entries that the filter describes, page after page.
func TestListEqualsFilter(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.pack(t)
		var all []Line
		w.read(t, func(tx *db.Tx) (err error) {
			all, err = w.s.Entries(tx, Filter{}, 10_000)
			return err
		})
		ath := w.area(t, "51004")
		for name, c := range map[string]struct {
			f    Filter
			keep func(Line) bool
		}{
			"year":       {Filter{Year: 2020}, func(l Line) bool { return l.Ref.Year == 2020 }},
			"kind":       {Filter{Kind: Training}, func(l Line) bool { return l.Kind == Training }},
			"measure":    {Filter{Measure: InHours}, func(l Line) bool { return l.Measure == InHours }},
			"source":     {Filter{Source: "mission:TER-EAU"}, func(l Line) bool { return l.Source == "mission:TER-EAU" }},
			"days":       {Filter{From: calendar.MustParse("2021-01-01"), To: calendar.MustParse("2021-06-30")}, func(l Line) bool { return l.Date.String() >= "2021-01-01" && l.Date.String() <= "2021-06-30" }},
			"inner word": {Filter{Q: "riverbank"}, func(l Line) bool { return strings.Contains(l.Title.EN, "iverbank") }},
			"reference":  {Filter{Q: "l-2020-3"}, func(l Line) bool { return l.Ref == Ref{2020, 3} }},
			"area":       {Filter{Area: ath, HasArea: true}, nil},
			"nothing":    {Filter{Q: "zzz"}, func(Line) bool { return false }},
		} {
			var got []Line
			f := c.f
			for {
				var page []Line
				w.read(t, func(tx *db.Tx) (err error) {
					page, err = w.s.Entries(tx, f, 7)
					return err
				})
				got = append(got, page...)
				if len(page) < 7 {
					break
				}
				f.Position = Position{page[6].Date, page[6].ID}
			}
			if c.keep == nil {
				c.keep = w.touches(t, ath)
			}
			var want []Ref
			for _, l := range all {
				if c.keep(l) {
					want = append(want, l.Ref)
				}
			}
			var refs []Ref
			for _, l := range got {
				refs = append(refs, l.Ref)
			}
			if !slices.Equal(refs, want) || name != "nothing" && len(want) == 0 {
				t.Errorf("%s: %d entries, want %d", name, len(refs), len(want))
			}
		}
	})
}

// touches tells whether an entry has a part in an area.
func (w world) touches(t *testing.T, area int64) func(Line) bool {
	return func(l Line) (found bool) {
		w.read(t, func(tx *db.Tx) error {
			parts, err := partsOf(tx, l.ID)
			found = slices.ContainsFunc(parts, func(p Part) bool { return p.Area == area })
			return err
		})
		return found
	}
}

func TestRefs(t *testing.T) {
	for text, want := range map[string]Ref{"L-2026-000042": {2026, 42}, "l-2020-3": {2020, 3}, "L-2026-1000000": {2026, 1_000_000}} {
		if r, ok := ParseRef(text); !ok || r != want {
			t.Errorf("%s = %v %v", text, r, ok)
		}
	}
	for _, text := range []string{"", "L", "L-", "L-2026", "L-2026-", "L-2026-0", "L-2026--1", "L-2026-+1", "L-26-1", "L-9999-1", "X-2026-1", "L-2026-1x", "L-2026-99999999999999999999"} {
		if r, ok := ParseRef(text); ok {
			t.Errorf("%q = %v", text, r)
		}
	}
}

func FuzzParseRef(f *testing.F) {
	f.Add("L-2026-000042")
	f.Add("l-2020-3")
	f.Fuzz(func(t *testing.T, s string) {
		r, ok := ParseRef(s)
		if !ok {
			return
		}
		if again, ok := ParseRef(r.String()); !ok || again != r {
			t.Errorf("%q reads as %v, written %s", s, r, r)
		}
	})
}

// postings makes n entries of ten years, for the speed of seeding.
func postings(n int) []Posting {
	r := rand.New(rand.NewPCG(1, 2))
	codes := []string{"51004", "51008", "51009", "58001", "53053", "52011", "57081", "55004"}
	list := make([]Posting, n)
	for i := range list {
		p := grant(fmt.Sprintf("%d-%02d-%02d", 2016+r.IntN(10), 1+r.IntN(12), 1+r.IntN(28)), 1+r.Int64N(1_000_000), codes[r.IntN(len(codes))])
		if i%10 == 0 {
			p.Attribution, p.Base, p.Key = Shared, codes, "population-2018"
		}
		p.Title = series.Text{FR: fmt.Sprintf("Subside %d", i)}
		list[i] = p
	}
	return list
}

func TestSeedingIsFast(t *testing.T) {
	if testing.Short() {
		t.Skip("seeds 20,000 entries")
	}
	w := newWorld(t, dbtest.SQLite(t, schemas))
	start := time.Now()
	if err := w.s.SeedEntries(t.Context(), system, postings(20_000)); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 12*time.Second { // 60 s for 100,000
		t.Errorf("20,000 entries took %s", took)
	}
	w.sound(t)
}

func BenchmarkSeed(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		w := newWorld(b, dbtest.SQLite(b, schemas))
		list := postings(100_000)
		b.StartTimer()
		if err := w.s.SeedEntries(b.Context(), system, list); err != nil {
			b.Fatal(err)
		}
	}
}
