package mission

import (
	"testing"

	"pgregory.net/rapid"

	"beffroi/internal/ground/party"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/calendar"
)

var today = calendar.MustParse("2026-11-23")

func leaf(code, parent string) *Mission {
	return &Mission{Code: code, Parent: parent, Scope: All, Domain: party.Culture}
}

func cost(id int64, code string, year int, value int64) Figure {
	return Figure{ID: id, Mission: code, Year: year, Measure: Cost, Value: value, Status: party.Real}
}

func TestACorrectionSupersedes(t *testing.T) {
	wrong, right := cost(1, "a", 2025, 100), cost(2, "a", 2025, 90)
	right.Supersedes = 1
	c := NewCatalogue([]*Mission{leaf("a", "")}, []Figure{wrong, right, cost(3, "a", 2027, 500), cost(4, "a", 2024, 80)})
	if f, ok := c.Latest("a", Cost, today); !ok || f.Value != 90 {
		t.Errorf("latest %+v: a year that has not begun, or one that was corrected", f)
	}
	if f, _ := c.Latest("a", Cost, calendar.MustParse("2024-06-01")); f.Value != 80 {
		t.Errorf("as of 2024: %+v", f)
	}
	if _, ok := c.Latest("a", Staff, today); ok {
		t.Error("a figure of another measure")
	}
}

func TestTotalsCountNothingTwice(t *testing.T) {
	list := []*Mission{leaf("p", ""), leaf("a", "p"), leaf("b", "p"), leaf("q", ""), leaf("c", "q"), leaf("free", "")}
	c := NewCatalogue(list, []Figure{cost(1, "p", 2025, 1000), cost(2, "a", 2025, 300), cost(3, "q", 2025, 70), cost(4, "free", 2025, 5)})
	s := &Scenario{Tags: map[string]Tag{"p": {Destiny: Keep}, "b": {Destiny: ToRegion}, "q": {Destiny: ToRegion}}}
	want := []Total{
		{Destiny: Keep, Missions: 1, Cost: 300, CostKnown: 1},    // a; p is silent because a speaks
		{Destiny: ToRegion, Missions: 2, Cost: 70, CostKnown: 1}, // b without figure, c through q
		{Destiny: "", Missions: 1, Cost: 5, CostKnown: 1},        // not forgotten
	}
	got := s.Totals(c, today)
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%+v, want %+v", got[i], want[i])
		}
	}
}

// Whatever the tags, the destinies together hold what one destiny alone would.
func TestTotalsAreASplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []*Mission
		var figures []Figure
		tags := map[string]Tag{}
		for i := range rapid.IntRange(1, 12).Draw(t, "missions") {
			m := leaf(string(rune('a'+i)), "")
			if i > 0 && rapid.Bool().Draw(t, "part") {
				m.Parent = list[rapid.IntRange(0, i-1).Draw(t, "parent")].Code
			}
			list = append(list, m)
			if rapid.Bool().Draw(t, "known") {
				figures = append(figures, cost(int64(i+1), m.Code, 2025, rapid.Int64Range(0, 1000).Draw(t, "cost")))
			}
			if d := rapid.SampledFrom(append(Destinies(), "")).Draw(t, "tag"); d != "" {
				tags[m.Code] = Tag{Destiny: d}
			}
		}
		c := NewCatalogue(list, figures)
		sum := func(s *Scenario) (total int64, missions, known int) {
			for _, x := range s.Totals(c, today) {
				total, missions, known = total+x.Cost, missions+x.Missions, known+x.CostKnown
			}
			return
		}
		a, b, n := sum(&Scenario{Tags: tags})
		x, y, m := sum(&Scenario{})
		if a != x || b != y || n != m {
			t.Fatalf("%d %d %d, alone %d %d %d", a, b, n, x, y, m)
		}
	})
}

func TestConsequences(t *testing.T) {
	here, there := &territory.Area{ID: 1}, &territory.Area{ID: 2}
	local := leaf("local", "")
	local.Scope, local.Communes = List, []int64{1}
	c := NewCatalogue([]*Mission{leaf("all", ""), local, leaf("kept", "")}, nil)
	s := &Scenario{Tags: map[string]Tag{"all": {Destiny: ToRegion}, "local": {Destiny: ToCommunes}, "kept": {Destiny: Keep}}}
	got := s.Consequences(c, []*territory.Area{here, there}, today)
	if len(got) != 2 || len(got[0].Missions) != 2 || len(got[1].Missions) != 1 || got[1].Missions[0].Code != "all" {
		t.Errorf("%+v", got)
	}
	keep := &Scenario{Tags: map[string]Tag{"all": {Destiny: Keep}}}
	if list := keep.Consequences(c, []*territory.Area{here}, today); len(list) != 0 {
		t.Errorf("nothing moves, and yet %+v", list)
	}
}

func TestInferDomain(t *testing.T) {
	for title, want := range map[string]party.Domain{
		"Enseignement secondaire": party.Education, "Éco-développement territorial": party.Territory, "Culture / Tourisme": party.Culture,
		"Action sociale": party.Social, "Promotion de la santé": party.Territory, "Formation": party.Training,
		"Non-remplacement du personnel": "", "Stratégie immobilière globale": "",
	} {
		if got, _, ok := inferDomain(title); got != want || ok != (want != "") {
			t.Errorf("%s: %q", title, got)
		}
	}
	if p := yearsOf("ADhésioN 4.0 - Plan 2024-2030"); p.From.Year() != 2024 || p.To.String() != "2030-12-31" {
		t.Errorf("%+v", p)
	}
	if p := yearsOf("2030-2024"); !p.To.IsZero() {
		t.Errorf("years in reverse: %+v", p)
	}
}
