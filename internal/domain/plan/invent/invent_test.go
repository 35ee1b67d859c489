package invent

import (
	"bytes"
	"encoding/csv"
	"os"
	"strings"
	"testing"

	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/platform/calendar"
	"beffroi/packs"
)

var today = calendar.MustParse("2026-11-23")

func recipe(t testing.TB) Recipe {
	t.Helper()
	files, err := packs.Open("hainaut")
	if err != nil {
		t.Fatal(err)
	}
	r, ok, err := Read(files)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	return r
}

// On every day the plan is sound, has 300 actions in all states and raises every
// flag, so that each screen tells a story.
func TestPlanIsSound(t *testing.T) {
	r := recipe(t)
	for _, day := range append(r.Days(today), calendar.MustParse("2029-06-01")) {
		doc := r.On(day)
		p := doc.Plan
		if list := append(p.Check(), outline.NewTree(p, doc.Nodes).Check()...); len(list) > 0 {
			t.Fatalf("%s: %+v", day, list[0])
		}
	}
	doc := r.On(r.Days(today)[len(r.Days(today))-1])
	tree := outline.NewTree(doc.Plan, doc.Nodes)
	f, err := tree.Figures(today, calendar.NewWorkdays())
	if err != nil {
		t.Fatal(err)
	}
	states, actions, flags := map[string]int{}, 0, [6]int{}
	for i, n := range tree.Nodes {
		if strings.HasPrefix(n.Code, "A.") {
			actions++
			states[n.State]++
		}
		g := f.Of[i].Flags
		for k, on := range []bool{g.Late, g.StartLate, g.AtRisk, g.Stale, g.Orphan, g.Incomplete} {
			if on {
				flags[k]++
			}
		}
	}
	if actions != 300 || len(states) != 6 {
		t.Errorf("%d actions, %v", actions, states)
	}
	for k, n := range flags[:5] {
		if n == 0 {
			t.Errorf("flag %d is raised by nothing", k)
		}
	}
	if p := f.Of[0].Progress; p.Value == nil || p.Reported == p.Leaves {
		t.Errorf("%+v", p)
	}
	if m := f.Of[0].Money; m.Planned == 0 || m.Booked == 0 || m.Booked > m.Planned {
		t.Errorf("%+v", m)
	}
}

func TestSameWordsSamePlan(t *testing.T) {
	r := recipe(t)
	a, _, err := r.On(today).JSON()
	if err != nil {
		t.Fatal(err)
	}
	if b, _, err := r.On(today).JSON(); err != nil || !bytes.Equal(a, b) {
		t.Error("the same recipe gives another plan")
	}
	r.Seed++
	if b, _, err := r.On(today).JSON(); err != nil || bytes.Equal(a, b) {
		t.Error("another seed gives the same plan")
	}
}

// The frame is that of the published plan, as far as it is known.
func TestFrameIsReal(t *testing.T) {
	f, err := os.Open("../../../../../shared/data/plan-hainaut.csv")
	if err != nil {
		t.Skip("the shared data are not here")
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var pillars []string
	for _, row := range rows {
		if row[2] == "AD4" && row[1] == "pillar" {
			pillars = append(pillars, strings.ReplaceAll(row[3], "'", "’"))
		}
	}
	r := recipe(t)
	if len(pillars) != 5 || len(r.Pillars) != 5 {
		t.Fatalf("%d pillars, published %d", len(r.Pillars), len(pillars))
	}
	for i, p := range r.Pillars {
		if p.Title != pillars[i] {
			t.Errorf("%q, published %q", p.Title, pillars[i])
		}
	}
}

// Everything below the pillars says that it is invented.
func TestInventedIsSaidSo(t *testing.T) {
	doc := recipe(t).On(today)
	if !doc.Plan.Fictitious {
		t.Error("the plan does not say so")
	}
	for _, n := range doc.Nodes {
		if strings.HasPrefix(n.Code, "A.") && !strings.Contains(n.Text, "inventée") {
			t.Errorf("%s: %q", n.Code, n.Text)
		}
		for _, a := range n.Actors {
			if !strings.Contains(a.Name, "fictif") {
				t.Errorf("%s: %q", n.Code, a.Name)
			}
		}
	}
}

func TestBadRecipe(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"no words": "key = \"x\"\nfrom = 2024-12-01\nto = 2030-11-30\n", "no term": "key = \"x\"\n", "no TOML": "key = "} {
		if err := os.WriteFile(dir+"/plan.toml", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := Read(os.DirFS(dir)); err == nil || ok {
			t.Errorf("%s is taken", name)
		}
	}
	if _, ok, err := Read(os.DirFS(t.TempDir())); err != nil || ok {
		t.Error("a pack without a plan is refused")
	}
}
