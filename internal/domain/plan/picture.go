package plan

import (
	"strconv"

	"beffroi/internal/domain/plan/gantt"
	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/ground/party/register"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/search"
)

// filter is what a list or a picture shows of a plan; zero fields show all.
type filter struct {
	query, state, flag, below, service string
	objectives                         bool // nothing but aims
}

// takes tells whether the node at i passes the filter.
func (v View) takes(i int, f filter) bool {
	n, flags := v.Tree.Nodes[i], v.Of[i].Flags
	raised := map[string]bool{"late": flags.Late, "start_late": flags.StartLate, "at_risk": flags.AtRisk, "stale": flags.Stale, "orphan": flags.Orphan, "incomplete": flags.Incomplete}
	switch {
	case !v.Visible[i], f.state != "" && n.State != f.state, f.flag != "" && !raised[f.flag], f.objectives && v.Tree.Level(i).Action:
		return false
	case f.below != "" && !v.isBelow(i, f.below):
		return false
	case f.service != "" && !pilotedBy(n, f.service, v.Day):
		return false
	}
	return register.Match(search.Fold(n.Code+" "+n.Title), f.query)
}

func (v View) isBelow(i int, code string) bool {
	if v.Tree.Nodes[i].Code == code {
		return true
	}
	for _, n := range v.Tree.Path(i) {
		if n.Code == code {
			return true
		}
	}
	return false
}

func pilotedBy(n *outline.Node, service string, day calendar.Date) bool {
	for _, a := range n.Pilots(day) {
		if a.Name == service || a.Body == service {
			return true
		}
	}
	return false
}

// gantt is the picture of what a filter takes; where it takes anything below a
// node, the node stands above it.
func (v View) gantt(p *i18n.Printer, f filter) gantt.Options {
	t := v.Tree
	o := gantt.Options{ID: "gantt", Title: p.T("plan.gantt.title", "plan", t.Plan.Title), Desc: p.T("plan.gantt.desc", "day", v.Day), Today: v.Day, Period: t.Plan.Term}
	critical := v.critical()
	place := map[string]int{}
	for i, n := range t.Nodes {
		if !v.shows(i, f) {
			continue
		}
		place[n.Code] = len(o.Rows)
		o.Rows = append(o.Rows, gantt.Row{Label: n.Code + " " + n.Title, Depth: t.Depth(i), Bar: v.bar(i), Done: v.done(i), Kind: v.kind(i), Critical: critical[i]})
	}
	for _, n := range t.Nodes {
		to, ok := place[n.Code]
		for _, tie := range n.After {
			if from, known := place[tie.On]; ok && known {
				o.Arcs = append(o.Arcs, gantt.Arc{From: from, To: to})
			}
		}
	}
	if o.Period.From.IsZero() || o.Period.To.IsZero() {
		o.Period = span(o.Rows)
	}
	for year := o.Period.From.Year(); year <= o.Period.To.Year() && year > 0; year++ {
		day, _ := calendar.New(year, 1, 1)
		if day.Before(o.Period.From) {
			if day = o.Period.From; day.Month() > 9 {
				continue // the next year's label would stand on it
			}
		}
		o.Ticks = append(o.Ticks, gantt.Tick{Day: day, Label: strconv.Itoa(year)})
	}
	return o
}

// shows tells whether a filter takes a node or anything below it.
func (v View) shows(i int, f filter) bool {
	if v.takes(i, f) {
		return true
	}
	for _, c := range v.Tree.Children(i) {
		if v.shows(c, f) {
			return true
		}
	}
	return false
}

// critical marks the actions of the critical path: those with dates whose delay
// would move the end of the plan.
func (v View) critical() map[int]bool {
	r, err := v.Tree.Schedule()
	marks := map[int]bool{}
	if err != nil {
		return marks // a sound plan has no loop
	}
	for i, n := range v.Tree.Nodes {
		marks[i] = r.Nodes[i].Critical() && !n.Planned.From.IsZero() && len(v.Tree.Children(i)) == 0 && v.Visible[i]
	}
	return marks
}

// bar is the planned period of a node, or that of what is below it.
func (v View) bar(i int) calendar.Period {
	if n := v.Tree.Nodes[i]; !n.Planned.From.IsZero() || !n.Planned.To.IsZero() {
		return n.Planned
	}
	var b calendar.Period
	for _, c := range v.Tree.Children(i) {
		b = cover(b, v.bar(c))
	}
	return b
}

// cover is the shortest period with both in it.
func cover(a, b calendar.Period) calendar.Period {
	if a.From.IsZero() || !b.From.IsZero() && b.From.Before(a.From) {
		a.From = b.From
	}
	if b.To.After(a.To) {
		a.To = b.To
	}
	return a
}

func span(rows []gantt.Row) (p calendar.Period) {
	for _, r := range rows {
		p = cover(p, r.Bar)
	}
	return p
}

func (v View) done(i int) int64 {
	points, known := v.Of[i].Progress.Points(v.Tree.Plan.Threshold)
	if !known {
		return 0
	}
	return points
}

func (v View) kind(i int) gantt.Kind {
	n := v.Tree.Nodes[i]
	phase := v.Tree.Phase(n)
	switch {
	case !v.Tree.Level(i).Action || len(v.Tree.Children(i)) > 0:
		return gantt.Group
	case v.Of[i].Flags.Late:
		return gantt.Late
	case phase == outline.Done:
		return gantt.Done
	case phase == outline.Running:
		return gantt.Running
	}
	return gantt.Planned
}
