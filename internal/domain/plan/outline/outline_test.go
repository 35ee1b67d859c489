package outline

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"beffroi/internal/domain/plan/rollup"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/money"
)

var today = calendar.MustParse("2026-11-23")

func points(n int64) *int64 { return &n }

func action(code, parent string, change ...func(*Node)) *Node {
	n := &Node{Code: code, Parent: parent, Title: "Action " + code, State: "running"}
	for _, f := range change {
		f(n)
	}
	return n
}

func small(change ...func(map[string]*Node)) *Tree {
	list := []*Node{
		{Code: "V.1", Title: "Volet", State: "running"},
		{Code: "OS.1", Parent: "V.1", Title: "Premier", State: "running"},
		{Code: "OS.2", Parent: "V.1", Title: "Second", State: "running"},
		{Code: "OO.1.1", Parent: "OS.1", Title: "Opérationnel", State: "running"},
		{Code: "OO.2.1", Parent: "OS.2", Title: "Autre", State: "running"},
		action("A.10", "OO.1.1", func(n *Node) { n.Progress = points(10000) }),
		action("A.9", "OO.1.1", func(n *Node) {
			n.Progress, n.Contributions = points(5000), []Contribution{{To: "OO.2.1", Share: 2500}}
			n.Lines = []Line{{Year: 2026, Service: "O", Type: "D", Stage: Initial, Amount: 10001}, {Year: 2026, Service: "O", Type: "D", Stage: Booked, Amount: 4000}}
		}),
		action("A.11", "OO.2.1"),
		action("SA.11.1", "A.11", func(n *Node) { n.Progress = points(0) }),
		{Code: "A.12", Parent: "OO.2.1", Title: "Partie", State: "running", Gone: true},
	}
	byCode := map[string]*Node{}
	for _, n := range list {
		byCode[n.Code] = n
	}
	for _, f := range change {
		f(byCode)
	}
	return NewTree(Plan{Key: "demo", Title: "Plan", Frame: PST(), State: "running"}, list)
}

func codes(list []*Node) (s []string) {
	for _, n := range list {
		s = append(s, n.Code)
	}
	return s
}

func TestTreeIsInTheOrderOfReading(t *testing.T) {
	tree := small()
	if got := strings.Join(codes(tree.Nodes), " "); got != "V.1 OS.1 OO.1.1 A.9 A.10 OS.2 OO.2.1 A.11 SA.11.1" {
		t.Error(got)
	}
	if i, _ := tree.Find("SA.11.1"); tree.Depth(i) != 4 || strings.Join(codes(tree.Path(i)), " ") != "V.1 OS.2 OO.2.1 A.11" {
		t.Errorf("%d %v", tree.Depth(i), codes(tree.Path(i)))
	}
	if len(tree.Gone) != 1 || tree.Node("A.12") != nil {
		t.Error("a node that is gone stands in the tree")
	}
}

func TestCodesAreNeverGivenTwice(t *testing.T) {
	tree := small()
	for _, c := range []struct {
		level        int
		parent, want string
	}{{3, "OO.1.1", "A.13"}, {4, "A.11", "SA.11.2"}, {4, "A.9", "SA.9.1"}, {2, "OS.2", "OO.2.2"}, {1, "V.1", "OS.3"}, {0, "", "V.2"}} {
		if got := tree.Codes().Next(c.level, c.parent); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

func TestCodesGoOn(t *testing.T) {
	c := small().Codes()
	if a, b := c.Next(3, ""), c.Next(3, ""); a != "A.13" || b != "A.14" {
		t.Errorf("%s, %s", a, b)
	}
	c.Take("A.40")
	c.Take("no number")
	if got := c.Next(3, ""); got != "A.41" {
		t.Error(got)
	}
}

func TestCompareCodes(t *testing.T) {
	list := []string{"SA.1.10", "A.10", "A.9", "SA.1.9", "OS.2", "A.9.1", "OO.1.2", "OO.1.10"}
	slices.SortFunc(list, CompareCodes)
	if got := strings.Join(list, " "); got != "A.9 A.9.1 A.10 OO.1.2 OO.1.10 OS.2 SA.1.9 SA.1.10" {
		t.Error(got)
	}
}

func TestFigures(t *testing.T) {
	f, err := small().Figures(today, calendar.NewWorkdays())
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]struct {
		progress string
		leaves   int
		planned  money.Cents
		booked   money.Cents
	}{
		"V.1": {"1/2", 3, 10001, 4000}, "OS.1": {"3/4", 2, 7501, 3000}, "OS.2": {"1/4", 2, 2500, 1000}, "A.9": {"1/2", 1, 10001, 4000}, "A.11": {"0/1", 1, 0, 0},
	} {
		i, _ := f.Tree.Find(code)
		p, m := f.Of[i].Progress, f.Of[i].Money
		if p.Value.String() != want.progress || p.Leaves != want.leaves || m.Planned != want.planned || m.Booked != want.booked {
			t.Errorf("%s: %s over %d, %+v", code, p.Value, p.Leaves, m)
		}
	}
	i, _ := f.Tree.Find("A.9")
	if m := f.Of[i].Money; *m.Execution != 4000 {
		t.Errorf("execution %d", *m.Execution)
	}
	if m := f.Of[len(f.Tree.Nodes)-1].Money; m.Execution != nil {
		t.Error("without a budget there is an execution")
	}
}

// What a year is planned to cost is its last plan: an amendment replaces the
// initial budget of that year only.
func TestPlannedIsTheLastStageOfEachYear(t *testing.T) {
	tree := small(func(m map[string]*Node) {
		m["A.10"].Lines = []Line{{Year: 2026, Service: "O", Type: "D", Stage: Initial, Amount: 100}, {Year: 2026, Service: "O", Type: "D", Stage: Amended, Amount: 80},
			{Year: 2027, Service: "O", Type: "D", Stage: Estimate, Amount: 7}, {Year: 2026, Service: "O", Type: "R", Stage: Initial, Amount: 30}}
		m["A.9"].Lines = nil
	})
	f, err := tree.Figures(today, calendar.NewWorkdays())
	if err != nil {
		t.Fatal(err)
	}
	if m := f.Of[0].Money; m.Planned != 80+7-30 {
		t.Errorf("%+v", m)
	}
}

func TestMethods(t *testing.T) {
	tree := small(func(m map[string]*Node) {
		m["A.9"].Method, m["A.9"].State = ByState, "done"
		m["A.10"].Method, m["A.10"].Steps = BySteps, []Step{{Title: "un", Weight: 3, Done: today}, {Title: "deux", Weight: 1}}
		m["SA.11.1"].Method, m["SA.11.1"].Indicators = ByIndicator, []Indicator{{Direction: rollup.Up, Baseline: "10", Value: "12.5", Target: "20"}, {Direction: rollup.Hold, Baseline: "1", Value: "2", Target: "3", Weight: 3}}
	})
	f, err := tree.Figures(today, calendar.NewWorkdays())
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]int64{"A.9": 10000, "A.10": 7500, "SA.11.1": 8125} {
		i, _ := tree.Find(code)
		if got, known := f.Of[i].Progress.Points(0); got != want || !known {
			t.Errorf("%s: %d", code, got)
		}
	}
}

func TestFlags(t *testing.T) {
	tree := small(func(m map[string]*Node) {
		m["A.9"].Planned = calendar.Period{From: calendar.MustParse("2026-01-05"), To: calendar.MustParse("2026-06-30")}
		m["A.10"].Actors = []Actor{{Role: Pilot, Name: "Service"}}
	})
	tree.Plan.StaleAfter = 90
	f, err := tree.Figures(today, calendar.NewWorkdays())
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]rollup.Flags{
		"A.9": {Late: true, AtRisk: true, Stale: true, Orphan: true, Incomplete: true}, "A.10": {Stale: true, Incomplete: true}, "OS.1": {}, "A.11": {Orphan: true, Incomplete: true},
	} {
		i, _ := tree.Find(code)
		if got := f.Of[i].Flags; got != want {
			t.Errorf("%s: %+v", code, got)
		}
	}
}

// Every row of what a plan refuses; each change alone makes exactly its refusal.
func TestCheck(t *testing.T) {
	if list := small().Check(); len(list) > 0 {
		t.Fatalf("a sound plan: %+v", list)
	}
	on := func(code string, f func(*Node)) func(map[string]*Node) {
		return func(m map[string]*Node) { f(m[code]) }
	}
	for name, c := range map[string]struct {
		change func(map[string]*Node)
		want   string
	}{
		"no title":            {on("A.9", func(n *Node) { n.Title = " " }), "A.9 title required"},
		"long title":          {on("A.9", func(n *Node) { n.Title = strings.Repeat("é", 301) }), "A.9 title register.long"},
		"long text":           {on("A.9", func(n *Node) { n.Text = strings.Repeat("é", 20001) }), "A.9 text register.long"},
		"unknown state":       {on("A.9", func(n *Node) { n.State = "achieved" }), "A.9 state plan.node.state"},
		"unknown health":      {on("A.9", func(n *Node) { n.Health = "fine" }), "A.9 health param.enum"},
		"nobody's role":       {on("A.9", func(n *Node) { n.Actors = []Actor{{Role: Pilot}} }), "A.9 actors plan.node.actor"},
		"progress":            {on("A.9", func(n *Node) { n.Progress = points(10001) }), "A.9 progress plan.node.progress"},
		"negative weight":     {on("A.9", func(n *Node) { n.Weight = -1 }), "A.9 weight plan.node.negative"},
		"end before start":    {on("A.9", func(n *Node) { n.Planned = calendar.Period{From: today, To: today.AddDays(-1)} }), "A.9 planned plan.node.period"},
		"negative amount":     {on("A.9", func(n *Node) { n.Lines[0].Amount = -1 }), "A.9 lines plan.node.amount"},
		"huge amount":         {on("A.9", func(n *Node) { n.Lines[0].Amount = MaxAmount + 1 }), "A.9 lines plan.node.amount"},
		"unknown service":     {on("A.9", func(n *Node) { n.Lines[0].Service = "X" }), "A.9 lines param.enum"},
		"no such year":        {on("A.9", func(n *Node) { n.Lines[0].Year = 20 }), "A.9 lines plan.node.year"},
		"no parent":           {on("A.9", func(n *Node) { n.Parent = "" }), "A.9 parent plan.node.orphan"},
		"unknown parent":      {on("A.9", func(n *Node) { n.Parent = "OO.9.9" }), "A.9 parent plan.node.parent"},
		"parent that is gone": {on("SA.11.1", func(n *Node) { n.Parent = "A.12" }), "SA.11.1 parent plan.node.parent"},
		"wrong level":         {on("A.9", func(n *Node) { n.Parent = "OS.1" }), "A.9 parent plan.node.level"},
		"top with parent":     {on("V.1", func(n *Node) { n.Parent = "OS.1" }), "V.1 parent plan.node.top"},
		"no code":             {on("A.9", func(n *Node) { n.Code = "X.1" }), "X.1 code plan.node.code"},
		"too many shares":     {on("A.9", func(n *Node) { n.Contributions[0].Share = 10001 }), "A.9 contributions plan.share.sum"},
		"negative share":      {on("A.9", func(n *Node) { n.Contributions[0].Share = -1 }), "A.9 contributions plan.share.negative"},
		"unknown objective":   {on("A.9", func(n *Node) { n.Contributions[0].To = "OO.7.7" }), "A.9 contributions plan.node.unknown"},
		"share to an action":  {on("A.9", func(n *Node) { n.Contributions[0].To = "A.10" }), "A.9 contributions plan.node.objective"},
		"twice":               {on("A.9", func(n *Node) { n.Contributions = append(n.Contributions, n.Contributions[0]) }), "A.9 contributions plan.share.duplicate"},
		"own ancestor":        {on("A.9", func(n *Node) { n.Contributions[0].To = "OS.1" }), "A.9 contributions plan.share.ancestor"},
		"loop of money":       {on("OS.1", func(n *Node) { n.Contributions = []Contribution{{To: "OO.1.1", Share: 1}} }), "OO.1.1 contributions plan.loop"},
		"unknown need":        {on("A.9", func(n *Node) { n.After = []Tie{{On: "A.12"}} }), "A.9 after plan.node.unknown"},
		"unknown kind":        {on("A.9", func(n *Node) { n.After = []Tie{{On: "A.10", Kind: "XX"}} }), "A.9 after param.enum"},
		"long lag":            {on("A.9", func(n *Node) { n.After = []Tie{{On: "A.10", Lag: 9999}} }), "A.9 after plan.node.lag"},
		"waits for its aim":   {on("A.9", func(n *Node) { n.After = []Tie{{On: "OS.1"}} }), "A.9 after plan.loop"},
		"no step":             {on("A.9", func(n *Node) { n.Steps = []Step{{}} }), "A.9 steps plan.node.step"},
		"no number":           {on("A.9", func(n *Node) { n.Indicators = []Indicator{{Direction: rollup.Up, Value: "1/3"}} }), "A.9 indicators plan.node.number"},
	} {
		list := small(c.change).Check()
		if len(list) != 1 || fmt.Sprint(list[0].Node, " ", list[0].Field, " ", list[0].Code) != c.want {
			t.Errorf("%s: %+v, want %s", name, list, c.want)
		}
	}
	loop := small(func(m map[string]*Node) { m["A.9"].After, m["A.10"].After = []Tie{{On: "A.10"}}, []Tie{{On: "A.9"}} }).Check()
	if len(loop) != 1 || loop[0].Args["loop"] != "A.10 → A.9 → A.10" {
		t.Errorf("%+v", loop)
	}
	if err := Faults(loop); err == nil {
		t.Error("a problem is no refusal")
	}
}

// Whatever the parents are, the tree holds every node once.
func TestTreeHoldsEveryNode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []*Node
		n := rapid.IntRange(0, 12).Draw(t, "nodes")
		for i := range n {
			list = append(list, &Node{Code: fmt.Sprintf("A.%d", i+1), Parent: fmt.Sprintf("A.%d", rapid.IntRange(0, n).Draw(t, "parent"))})
		}
		tree := NewTree(Plan{Frame: PST()}, list)
		if len(tree.Nodes) != n {
			t.Fatalf("%d of %d", len(tree.Nodes), n)
		}
		for i, node := range tree.Nodes {
			if at, ok := tree.Find(node.Code); !ok || at != i {
				t.Fatal("the index is wrong")
			}
			tree.Path(i)
		}
	})
}

func TestDiff(t *testing.T) {
	before := small()
	after := small(func(m map[string]*Node) {
		m["A.12"].Gone = false
		m["A.10"].Gone = true
		m["SA.11.1"].Title, m["SA.11.1"].Version = "Nouveau", 9
		m["A.9"].Parent, m["A.9"].Contributions = "OO.2.1", nil
		m["OS.1"].Version = 4
	})
	list, err := Diff(before, after)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range list {
		s := string(c.Kind) + " " + c.Code
		for _, f := range c.Fields {
			s += " " + f.Field
		}
		got = append(got, s)
	}
	want := []string{"moved A.9 contributions parent", "changed SA.11.1 title", "added A.12", "removed A.10"}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if list, err := Diff(before, before); err != nil || len(list) > 0 {
		t.Errorf("%v %v", list, err)
	}
}

func TestMoves(t *testing.T) {
	f := PST()
	for _, c := range []struct {
		scope    Scope
		from, to string
		ok       bool
	}{{ForAction, "planned", "running", true}, {ForAction, "draft", "done", false}, {ForAction, "done", "abandoned", false}, {ForAction, "done", "running", true}, {ForObjective, "running", "achieved", true}, {ForPlan, "archived", "draft", false}} {
		if _, err := f.Find(c.scope, c.from, c.to); (err == nil) != c.ok {
			t.Errorf("%s to %s: %v", c.from, c.to, err)
		}
	}
	for _, m := range f.Moves {
		_, from := f.State(m.Scope, m.From)
		_, to := f.State(m.Scope, m.To)
		if !from || !to {
			t.Errorf("a move between states that are none: %+v", m)
		}
	}
	for _, s := range f.States {
		if s.Names["fr"] == "" || s.Names["nl"] == "" || s.Names["en"] == "" {
			t.Errorf("%+v", s)
		}
	}
	if f.First(ForAction) != "draft" || f.InPhase(ForAction, Done) != "done" || f.InPhase(ForObjective, Suspended) != "" || f.First("x") != "" {
		t.Error("states by phase")
	}
}

func TestSchedule(t *testing.T) {
	tree := small(func(m map[string]*Node) {
		m["A.9"].Planned = calendar.Period{From: calendar.MustParse("2026-11-16"), To: calendar.MustParse("2026-11-20")}
		m["A.10"].Planned = calendar.Period{From: calendar.MustParse("2026-11-16"), To: calendar.MustParse("2026-11-17")}
		m["A.10"].After = []Tie{{On: "A.9", Lag: 1}}
	})
	r, err := tree.Schedule()
	if err != nil {
		t.Fatal(err)
	}
	i, _ := tree.Find("A.10")
	if got := r.Nodes[i]; r.Length != 8 || got.Start != 6 || !got.Critical() {
		t.Errorf("%d %+v", r.Length, got)
	}
}

// A tree with nodes replaced is the tree made anew with them.
func TestWith(t *testing.T) {
	tree := small()
	title, moved, state := *tree.Node("A.9"), *tree.Node("A.9"), *tree.Node("A.10")
	title.Title, moved.Parent, state.State = "Autre", "OO.2.1", "abandoned"
	for name, change := range map[string]*Node{"title": &title, "moved": &moved, "state": &state} {
		got := tree.With(tree.Plan, []*Node{change})
		var list []*Node
		for _, n := range slices.Concat(tree.Nodes, tree.Gone) {
			if n.Code == change.Code {
				n = change
			}
			list = append(list, n)
		}
		want := NewTree(tree.Plan, list)
		if !slices.Equal(got.Nodes, want.Nodes) || got.Node(change.Code) != change || got.Phase(change) != want.Phase(change) {
			t.Errorf("%s: %v, want %v", name, codes(got.Nodes), codes(want.Nodes))
		}
		if tree.Node(change.Code) == change {
			t.Error("the old tree changed")
		}
	}
}

func TestIsCode(t *testing.T) {
	for code, want := range map[string]bool{"A.1": true, "OO.3.2": true, "SA.147.2": true, "A.1.2.3": true, "": false, "A": false, "A.": false, "A.0": false, "A.01": false, "a.1": false,
		"ABCDE.1": false, "A.1.2.3.4": false, "A.1.": false, ".1": false, "A.1234567": false, "A.1x": false, "É.1": false} {
		if IsCode(code) != want {
			t.Errorf("%q: %t", code, !want)
		}
	}
}

// Figures brought up to date are the figures made anew.
func TestFiguresWith(t *testing.T) {
	w := calendar.NewWorkdays()
	tree := small()
	f, err := tree.Figures(today, w)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Node){
		"progress": func(n *Node) { n.Progress = points(7700) }, "dates": func(n *Node) { n.Planned.To = today.AddDays(-9) }, "money": func(n *Node) { n.Lines = nil },
		"state": func(n *Node) { n.State = "abandoned" }, "contribution": func(n *Node) { n.Contributions = nil }, "moved": func(n *Node) { n.Parent, n.Contributions = "OO.2.1", nil }, "nothing": func(*Node) {},
	} {
		n := *tree.Node("A.9")
		change(&n)
		after := tree.With(tree.Plan, []*Node{&n})
		got, err := f.With(after, []*Node{&n}, w)
		if err != nil {
			t.Fatal(err)
		}
		want, err := after.Figures(today, w)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got.Of, want.Of) || !reflect.DeepEqual(got.Total, want.Total) {
			t.Errorf("%s: %+v, want %+v", name, got.Of, want.Of)
		}
	}
}
