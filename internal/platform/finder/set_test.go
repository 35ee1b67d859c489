package finder

import (
	"maps"
	"slices"
	"testing"

	"beffroi/internal/platform/auth"
	"pgregory.net/rapid"
)

// drawn is a set and what it should hold.
type drawn struct {
	set  set
	want map[int64]bool
}

func drawSet(t *rapid.T, name string) drawn {
	d := drawn{want: map[int64]bool{}}
	ids := rapid.SliceOfN(rapid.OneOf(rapid.Int64Range(0, 70), rapid.Int64Range(chunkSize-70, chunkSize+70), rapid.Int64Range(0, 3*chunkSize)), 0, 60).Draw(t, name)
	for _, id := range ids {
		d.want[id] = true
	}
	if from := rapid.Int64Range(0, 2*chunkSize).Draw(t, name+" run"); from > chunkSize { // a dense chunk
		for id := from; id < from+chunkSize; id++ {
			d.want[id] = true
		}
	}
	d.set = setOf(slices.Collect(maps.Keys(d.want))...)
	return d
}

func (d drawn) where(keep func(int64) bool) []int64 {
	var list []int64
	for _, id := range slices.Sorted(maps.Keys(d.want)) {
		if keep(id) {
			list = append(list, id)
		}
	}
	return list
}

func TestSets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawSet(t, "a"), drawSet(t, "b")
		id := rapid.Int64Range(0, 3*chunkSize).Draw(t, "id")
		k := rapid.IntRange(0, 100).Draw(t, "k")
		both := a.where(func(id int64) bool { return b.want[id] })
		all := a.where(func(int64) bool { return true })
		for name, c := range map[string][2][]int64{
			"ids":     {a.set.ids(), all},
			"and":     {a.set.and(b.set).ids(), both},
			"without": {a.set.without(b.set).ids(), a.where(func(id int64) bool { return !b.want[id] })},
			"or":      {b.set.or(a.set).without(b.set.without(a.set)).ids(), all},
			"above":   {a.set.above(id).ids(), a.where(func(x int64) bool { return x > id })},
			"head":    {a.set.head(k).ids(), all[:min(k, len(all))]},
		} {
			if !slices.Equal(c[0], c[1]) {
				t.Fatalf("%s: %v, want %v", name, c[0], c[1])
			}
		}
		if a.set.count() != len(all) || a.set.shared(b.set) != len(both) || a.set.empty() != (len(all) == 0) {
			t.Fatalf("counts %d, %d of %d, %d", a.set.count(), a.set.shared(b.set), len(all), len(both))
		}
	})
}

// What is written as rows is read again, in whichever form it was shorter.
func TestRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawSet(t, "a")
		var again set
		for i, c := range a.set {
			if c == nil {
				continue
			}
			row := c.row()
			if len(row) > chunkBytes {
				t.Fatalf("a row of %d bytes", len(row))
			}
			again = again.room(i)
			if err := again[i].merge(row); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(again.ids(), a.set.ids()) {
			t.Fatal("read otherwise than written")
		}
	})
	for _, row := range [][]byte{{1}, {0xff, 0xff}, make([]byte, chunkBytes+2)} {
		if err := (&chunk{}).merge(row); err == nil {
			t.Errorf("%d bytes were read as a set", len(row))
		}
	}
	if (&chunk{}).row() != nil {
		t.Error("an empty chunk has a row")
	}
}

func TestNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const bits = 6
		values := rapid.SliceOfN(rapid.Int64Range(0, 1<<bits-1), 1, 200).Draw(t, "values")
		n := make(number, bits)
		var ids []int64
		for i, v := range values {
			id := int64(i) * 331 // several chunks
			ids = append(ids, id)
			for bit := range bits {
				if v>>bit&1 == 1 {
					n[bit] = n[bit].or(setOf(id))
				}
			}
		}
		all, v := setOf(ids...), rapid.Int64Range(0, 1<<bits-1).Draw(t, "v")
		where := func(keep func(int64) bool) (list []int64) {
			for i, id := range ids {
				if keep(values[i]) {
					list = append(list, id)
				}
			}
			return list
		}
		if got := n.atMost(all, v).ids(); !slices.Equal(got, where(func(x int64) bool { return x <= v })) {
			t.Fatalf("at most %d: %v", v, got)
		}
		if got := n.equal(all, v).ids(); !slices.Equal(got, where(func(x int64) bool { return x == v })) {
			t.Fatalf("equal %d: %v", v, got)
		}
		k := rapid.IntRange(0, len(ids)+3).Draw(t, "k")
		order := slices.Clone(ids)
		slices.SortStableFunc(order, func(a, b int64) int { return int(values[a/331] - values[b/331]) })
		want := slices.Sorted(slices.Values(order[:min(k, len(order))]))
		if got := n.lowest(all, k).ids(); !slices.Equal(got, want) {
			t.Fatalf("lowest %d: %v, want %v", k, got, want)
		}
	})
}

// The audience as data says what the rule says, for whoever asks about whatever.
func TestSeenIsTheRule(t *testing.T) {
	bodies, domains := []string{"B1", "B2", "B3"}, []string{"", "social", "culture"}
	rapid.Check(t, func(t *rapid.T) {
		rule := auth.Rule{Name: "x", Public: rapid.IntRange(0, 9).Draw(t, "public") == 0, SignedIn: rapid.IntRange(0, 4).Draw(t, "signed in") == 0,
			Roles: rapid.SliceOfDistinct(rapid.SampledFrom(auth.Roles()), func(r auth.Role) auth.Role { return r }).Draw(t, "roles")}
		target := auth.Target{Bodies: rapid.SliceOfDistinct(rapid.SampledFrom(bodies), func(s string) string { return s }).Draw(t, "bodies"),
			Domain: rapid.SampledFrom(domains).Draw(t, "domain"), Hidden: true}
		actor := auth.Actor{}
		if rapid.Bool().Draw(t, "account") {
			actor.Username = "someone"
			for range rapid.IntRange(0, 3).Draw(t, "grants") {
				actor.Grants = append(actor.Grants, auth.Grant{Role: rapid.SampledFrom(auth.Roles()).Draw(t, "role"),
					Body: rapid.SampledFrom(append(bodies, "")).Draw(t, "body"), Domain: rapid.SampledFrom(domains).Draw(t, "of")})
			}
		}
		seen := slices.ContainsFunc(held(actor), func(key string) bool { return slices.Contains(Seen(rule, target), key) })
		passing := slices.ContainsFunc(held(actor), func(key string) bool { return slices.Contains(Passing(rule), key) })
		if may := rule.Gate(actor) == nil; actor.SignedIn() && passing != may {
			t.Fatalf("%+v by %+v: passing %t, may %t", actor, rule, passing, may)
		}
		if may := rule.Check(actor, target) == nil; seen != may {
			t.Fatalf("%+v of %+v by %+v: seen %t, may %t", actor, target, rule, seen, may)
		}
	})
}
