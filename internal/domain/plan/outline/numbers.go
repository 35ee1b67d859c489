package outline

import (
	"math/big"

	"beffroi/internal/domain/plan/rollup"
	"beffroi/internal/domain/plan/schedule"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/money"
)

// Figures are what follows from a tree on a day: nothing of it is kept.
type Figures struct {
	Tree     *Tree
	Day      calendar.Date
	graph    *rollup.Graph
	workdays *calendar.Workdays
	classes  []Class
	sums     [][]money.Cents
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
	g, err := t.graph(day)
	if err != nil {
		return nil, err
	}
	f := &Figures{Tree: t, Day: day, graph: g, workdays: w}
	place := map[Class]int{}
	var lines []rollup.Line
	for i, n := range t.Nodes {
		for _, l := range n.Lines {
			c := Class{l.Year, l.Service, l.Type, l.Stage}
			k, ok := place[c]
			if !ok {
				k = len(f.classes)
				place[c] = k
				f.classes = append(f.classes, c)
			}
			lines = append(lines, rollup.Line{Node: i, Class: k, Amount: l.Amount})
		}
	}
	f.sums, err = g.Sums(len(f.classes), lines)
	return f, err
}

// graph is the tree as rollup sees it. Progress by indicators uses their last
// value.
func (t *Tree) graph(calendar.Date) (*rollup.Graph, error) {
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

// Progress is the progress of the node at i with all its terms.
func (f *Figures) Progress(i int) rollup.Progress { return f.graph.Progress(i) }

// Portion is the part of the money of one node that reaches another.
func (f *Figures) Portion(from, to int) *big.Rat { return f.graph.Portion(from, to) }

// Sum adds up the money of the node at i over the classes that a filter takes,
// revenue counted negative.
func (f *Figures) Sum(i int, takes func(Class) bool) (sum money.Cents) {
	for k, c := range f.classes {
		switch {
		case !takes(c):
		case c.Type == "R":
			sum -= f.sums[k][i]
		default:
			sum += f.sums[k][i]
		}
	}
	return sum
}

// Money is the net money of a node in three words.
type Money struct {
	Planned money.Cents `json:"planned_cents"` // the last of estimate, initial and amended that a year has
	Booked  money.Cents `json:"booked_cents"`
	// Execution is booked over planned in basis points, nil when nothing was planned.
	Execution *int64 `json:"execution,omitempty"`
}

// Money is what the node at i is meant to cost and has cost.
func (f *Figures) Money(i int) Money {
	last := map[[3]any]Stage{} // year, service, type → the last stage planned
	for _, c := range f.classes {
		k := [3]any{c.Year, c.Service, c.Type}
		if rank(c.Stage) <= rank(Amended) && rank(c.Stage) >= rank(last[k]) {
			last[k] = c.Stage
		}
	}
	m := Money{
		Planned: f.Sum(i, func(c Class) bool { return c.Stage == last[[3]any{c.Year, c.Service, c.Type}] }),
		Booked:  f.Sum(i, func(c Class) bool { return c.Stage == Booked }),
	}
	if m.Planned > 0 {
		points := rollup.Points(big.NewRat(int64(m.Booked), int64(m.Planned)))
		m.Execution = &points
	}
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

// Expected is where the leaf at i should be, in basis points.
func (f *Figures) Expected(i int) int64 {
	return rollup.Expected(f.Tree.Nodes[i].Planned, f.Day, f.workdays)
}

// Flags derives the flags of the node at i.
func (f *Figures) Flags(i int) rollup.Flags {
	t, n := f.Tree, f.Tree.Nodes[i]
	phase := t.Phase(n)
	action := t.Scope(n) == ForAction
	facts := rollup.Facts{
		Done:    phase == Done || phase == Abandoned || phase == Draft,
		Started: phase == Running || phase == Suspended || !n.Actual.From.IsZero(),
		Planned: n.Planned, Forecast: n.Forecast, Progress: rollup.Unreported, Expected: rollup.Unreported,
		Reported: n.Reported, StaleAfter: t.Plan.StaleAfter, Running: action && phase == Running && len(t.children[i]) == 0,
		Piloted:  !action || len(n.Pilots(f.Day)) > 0,
		Complete: !action || n.Text != "" && !n.Planned.To.IsZero() && (len(n.Lines) > 0 || len(n.Indicators) > 0 || len(t.children[i]) > 0),
	}
	if action && len(t.children[i]) == 0 {
		facts.Progress, facts.Expected = t.progress(n), f.Expected(i)
	}
	return facts.Flags(f.Day)
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
