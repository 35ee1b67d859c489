package outline

import (
	"math/big"
	"slices"

	"beffroi/internal/domain/plan/rollup"
	"beffroi/internal/domain/plan/schedule"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/money"
)

// Figures are what follows from a tree on a day: nothing of it is kept in the
// database. They do not change once made and may be shared.
type Figures struct {
	Tree  *Tree
	Day   calendar.Date
	Of    []Figure // by place in the tree
	Total Figure   // of the whole plan; it has no flags
	graph *rollup.Graph
}

// Figure is what follows for one node.
type Figure struct {
	Progress rollup.Progress
	Expected int64 // of a leaf: where it should be, basis points, or rollup.Unreported
	Money    Money
	Flags    rollup.Flags
}

// Class is what money is summed by.
type Class struct {
	Year          int
	Service, Type string
	Stage         Stage
}

// Figures makes the figures of a day. A tree that Check found sound has no errors
// but money.ErrOverflow.
func (t *Tree) Figures(day calendar.Date, w *calendar.Workdays) (*Figures, error) {
	g, err := t.graph()
	if err != nil {
		return nil, err
	}
	f := &Figures{Tree: t, Day: day, Of: make([]Figure, len(t.Nodes)), graph: g}
	classes, sums, err := t.sums(g)
	if err != nil {
		return nil, err
	}
	last := lastPlanned(classes)
	for i := range t.Nodes {
		f.Of[i] = Figure{Progress: g.Progress(i), Expected: rollup.Unreported, Money: moneyOf(i, classes, sums, last)}
		if g.IsLeaf(i) {
			f.Of[i].Expected = rollup.Expected(t.Nodes[i].Planned, day, w)
		}
		f.Of[i].Flags = t.facts(i, f.Of[i], day).Flags(day)
	}
	f.Total = Figure{Progress: g.Total(), Expected: rollup.Unreported, Money: t.total(f.Of)}
	return f, nil
}

// With gives the figures of a tree that is the one of f but for some nodes, on the
// same day. Where they say nothing new of money, state or place, only they and
// what is above them are computed anew.
func (f *Figures) With(t *Tree, changed []*Node, w *calendar.Workdays) (*Figures, error) {
	leaves := make(map[int]rollup.Node, len(changed))
	for _, n := range changed {
		i, known := f.Tree.index[n.Code]
		if !known || !f.Tree.sameSums(i, n, t) {
			return t.Figures(f.Day, w)
		}
		leaves[i] = rollup.Node{Progress: t.progress(n), Weight: t.weight(n)}
	}
	after := &Figures{Tree: t, Day: f.Day, Of: slices.Clone(f.Of), Total: f.Total, graph: f.graph.Reported(leaves)}
	after.Total.Progress = after.graph.Total()
	for i := range leaves {
		for _, above := range after.graph.Above(i) {
			after.Of[above].Progress = after.graph.Progress(above)
		}
		if after.graph.IsLeaf(i) {
			after.Of[i].Expected = rollup.Expected(t.Nodes[i].Planned, f.Day, w)
		}
		after.Of[i].Flags = t.facts(i, after.Of[i], f.Day).Flags(f.Day)
	}
	return after, nil
}

// sameSums tells whether a node that is to replace the one at i leaves all money
// and all leaves where they are, in a tree of the same form.
func (t *Tree) sameSums(i int, n *Node, after *Tree) bool {
	old := t.Nodes[i]
	at, ok := after.index[n.Code]
	return ok && at == i && len(after.Nodes) == len(t.Nodes) && t.Plan.Version == after.Plan.Version && old.Parent == n.Parent && old.Permanent == n.Permanent &&
		t.counts(old) == after.counts(n) && slices.Equal(old.Contributions, n.Contributions) && slices.Equal(old.Lines, n.Lines)
}

// total is the money of the nodes at the top together.
func (t *Tree) total(of []Figure) (m Money) {
	for i := range t.Nodes {
		if t.depth[i] == 0 {
			m.Planned, m.Committed, m.Booked = m.Planned+of[i].Money.Planned, m.Committed+of[i].Money.Committed, m.Booked+of[i].Money.Booked
		}
	}
	m.execute()
	return m
}

// execute fills in the execution.
func (m *Money) execute() {
	if m.Planned > 0 {
		points := rollup.Points(big.NewRat(int64(m.Booked), int64(m.Planned)))
		m.Execution = &points
	}
}

// sums adds up the lines of all nodes, class by class.
func (t *Tree) sums(g *rollup.Graph) ([]Class, [][]money.Cents, error) {
	place := map[Class]int{}
	var classes []Class
	var lines []rollup.Line
	for i, n := range t.Nodes {
		for _, l := range n.Lines {
			c := Class{l.Year, l.Service, l.Type, l.Stage}
			k, ok := place[c]
			if !ok {
				k = len(classes)
				place[c] = k
				classes = append(classes, c)
			}
			lines = append(lines, rollup.Line{Node: i, Class: k, Amount: l.Amount})
		}
	}
	sums, err := g.Sums(len(classes), lines)
	return classes, sums, err
}

// graph is the tree as rollup sees it. Progress by indicators uses their last
// value.
func (t *Tree) graph() (*rollup.Graph, error) {
	nodes := make([]rollup.Node, len(t.Nodes))
	for i, n := range t.Nodes {
		nodes[i] = rollup.Node{Key: n.Code, Parents: t.parents(n), Action: t.Level(i).Action, Counts: t.counts(n), Progress: t.progress(n), Weight: t.weight(n)}
		if t.Plan.SkipPermanent && n.Permanent {
			nodes[i].Action = false
		}
	}
	return rollup.New(nodes)
}

// progress is that of a leaf by its method.
func (t *Tree) progress(n *Node) int64 {
	phase := t.Phase(n)
	switch {
	case n.Method == ByState && phase == Done:
		return rollup.Whole
	case n.Method == ByState:
		return 0
	case n.Method == BySteps:
		steps := make([]rollup.Step, len(n.Steps))
		for i, s := range n.Steps {
			steps[i] = rollup.Step{Weight: s.Weight, Done: !s.Done.IsZero()}
		}
		return rollup.ByMilestones(steps)
	case n.Method == ByIndicator:
		rates := make([]rollup.Weighted, len(n.Indicators))
		for i, v := range n.Indicators {
			rates[i] = rollup.Weighted{Rate: v.Rate().Value, Weight: max(v.Weight, 1)}
		}
		return rollup.ByRates(rates)
	case n.Progress != nil:
		return *n.Progress
	}
	return rollup.Unreported
}

// Rate is the rate of an indicator by its last value.
func (v Indicator) Rate() rollup.Rate {
	baseline, value, target := number(v.Baseline), number(v.Value), number(v.Target)
	if v.Direction == rollup.Hold {
		return rollup.RateOfBand(baseline, value, target)
	}
	return rollup.RateOf(v.Direction, baseline, value, target)
}

func number(s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil
	}
	return r
}

// weight is that of a leaf by the plan's way of weighing.
func (t *Tree) weight(n *Node) int64 {
	switch t.Plan.Weighing {
	case ByMoney:
		var sum money.Cents
		for _, l := range n.Lines {
			if l.Type == "D" && (l.Stage == Estimate || l.Stage == Initial) {
				sum += l.Amount // at most a few hundred lines of at most MaxAmount
			}
		}
		return int64(sum)
	case ByStaff:
		return n.Staff
	case ByHand:
		return n.Weight
	}
	return 1
}

// Portion is the part of the money of one node that reaches another.
func (f *Figures) Portion(from, to int) *big.Rat { return f.graph.Portion(from, to) }

// Above are the places of the nodes above one by any path, itself included.
func (f *Figures) Above(i int) []int { return f.graph.Above(i) }

// Money is the net money of a node, revenue counted negative.
type Money struct {
	Planned   money.Cents `json:"planned_cents"` // by the last stage planned of each year: estimate, initial or amended
	Committed money.Cents `json:"committed_cents"`
	Booked    money.Cents `json:"booked_cents"`
	Execution *int64      `json:"execution,omitempty"` // booked over planned, basis points; nil when nothing was planned
}

// lastPlanned marks the classes that tell what is planned: an amendment replaces
// the initial budget of its year, that replaces the estimate.
func lastPlanned(classes []Class) []bool {
	type account struct {
		year          int
		service, kind string
	}
	last := map[account]Stage{}
	of := func(c Class) account { return account{c.Year, c.Service, c.Type} }
	for _, c := range classes {
		if rank(c.Stage) <= rank(Amended) && rank(c.Stage) > rank(last[of(c)]) {
			last[of(c)] = c.Stage
		}
	}
	marks := make([]bool, len(classes))
	for k, c := range classes {
		marks[k] = last[of(c)] == c.Stage
	}
	return marks
}

func moneyOf(i int, classes []Class, sums [][]money.Cents, planned []bool) (m Money) {
	for k, c := range classes {
		amount := sums[k][i]
		if c.Type == "R" {
			amount = -amount
		}
		switch {
		case planned[k]:
			m.Planned += amount
		case c.Stage == Committed:
			m.Committed += amount
		case c.Stage == Booked:
			m.Booked += amount
		}
	}
	m.execute()
	return m
}

// rank is the place of a stage, -1 for none.
func rank(s Stage) int {
	for i, o := range Stages() {
		if o == s {
			return i
		}
	}
	return -1
}

// facts are what the flags of the node at i follow from.
func (t *Tree) facts(i int, f Figure, day calendar.Date) rollup.Facts {
	n, phase := t.Nodes[i], t.Phase(t.Nodes[i])
	action, leaf := t.Level(i).Action, len(t.children[i]) == 0
	facts := rollup.Facts{
		Done:    phase == Done || phase == Abandoned || phase == Draft,
		Started: phase == Running || phase == Suspended || !n.Actual.From.IsZero(),
		Planned: n.Planned, Forecast: n.Forecast, Progress: rollup.Unreported, Expected: f.Expected,
		Reported: n.Reported, StaleAfter: t.Plan.StaleAfter, Running: action && leaf && phase == Running,
		Piloted:  !action || len(n.Pilots(day)) > 0,
		Complete: !action || n.Text != "" && !n.Planned.To.IsZero() && (len(n.Lines) > 0 || len(n.Indicators) > 0 || !leaf),
	}
	if action && leaf {
		facts.Progress = t.progress(n)
	}
	return facts
}

// Schedule places the actions that have a planned period or ties on working
// days: the critical path, from the first planned day on. Durations are planned
// ones; a node without dates lasts no day. Errors: *schedule.CycleError.
func (t *Tree) Schedule() (schedule.Result, error) {
	nodes := make([]schedule.Node, len(t.Nodes))
	var arcs []schedule.Arc
	w, origin := t.calendar()
	for i, n := range t.Nodes {
		nodes[i] = schedule.Node{Key: n.Code, Parent: schedule.Top, NotUntil: schedule.None, FinishBy: schedule.None}
		if p, ok := t.index[n.Parent]; ok && t.depth[i] > 0 {
			nodes[i].Parent = p
		}
		if !n.Planned.From.IsZero() && w != nil {
			nodes[i].NotUntil = w.Index(n.Planned.From) - origin
			nodes[i].Duration = w.Between(n.Planned.From, n.Planned.To)
		}
		for _, tie := range n.After {
			if from, ok := t.index[tie.On]; ok {
				arcs = append(arcs, schedule.Arc{From: from, To: i, Kind: kinds[tie.Kind], Lag: tie.Lag})
			}
		}
	}
	return schedule.Plan(nodes, arcs)
}

var kinds = map[string]schedule.Kind{"FS": schedule.FinishStart, "SS": schedule.StartStart, "FF": schedule.FinishFinish, "SF": schedule.StartFinish}

// calendar is the plan's working days and the index of its first planned day;
// nil when no day is planned.
func (t *Tree) calendar() (*calendar.Workdays, int) {
	first := calendar.Date{}
	for _, n := range t.Nodes {
		if d := n.Planned.From; !d.IsZero() && (first.IsZero() || d.Before(first)) {
			first = d
		}
	}
	if first.IsZero() {
		return nil, 0
	}
	w := calendar.NewWorkdays(t.Plan.Closures...)
	return w, w.Index(first)
}
