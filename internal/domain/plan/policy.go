package plan

import (
	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
)

// Who may do what with plans.
var (
	ruleView   = auth.Rule{Name: "plan.view", Public: true}
	ruleStaff  = auth.Rule{Name: "plan.staff", Roles: auth.Roles()}
	ruleReport = auth.Rule{Name: "plan.report", Roles: []auth.Role{auth.Agent, auth.Registrar}}
	ruleManage = auth.Rule{Name: "plan.manage", Roles: []auth.Role{auth.Registrar}}
)

// Rules lists the room's rules, for the access matrix.
func Rules() []auth.Rule { return []auth.Rule{ruleView, ruleStaff, ruleReport, ruleManage} }

// target is what a rule decides about a node: the bodies that pilot it.
func target(n *outline.Node, day calendar.Date) auth.Target {
	t := auth.Target{Hidden: n.Secrecy != outline.Public}
	for _, a := range n.Pilots(day) {
		if a.Body != "" {
			t.Bodies = append(t.Bodies, a.Body)
		}
	}
	return t
}

// sees tells whether an actor may see a node.
func sees(actor auth.Actor, n *outline.Node, day calendar.Date) bool {
	switch n.Secrecy {
	case outline.Public:
		return true
	case outline.StaffOnly:
		return ruleStaff.Gate(actor) == nil
	}
	return ruleReport.Check(actor, target(n, day)) == nil
}

// visible marks the nodes of a tree that an actor may see: those that she may see
// herself and whose ancestors she sees.
func visible(actor auth.Actor, t *outline.Tree, day calendar.Date) []bool {
	marks := make([]bool, len(t.Nodes))
	for i, n := range t.Nodes { // parents come before their children
		marks[i] = sees(actor, n, day)
		if p, ok := t.Find(n.Parent); ok && t.Depth(i) > 0 && !marks[p] {
			marks[i] = false
		}
	}
	return marks
}

// seesPlan tells whether an actor may see a plan: drafts are for the staff.
func seesPlan(actor auth.Actor, p outline.Plan) bool {
	s, _ := p.Frame.State(outline.ForPlan, p.State)
	return s.Phase != outline.Draft || ruleStaff.Gate(actor) == nil
}

// mayMove tells whether an actor has the right that a move asks for.
func mayMove(actor auth.Actor, m outline.Move, t auth.Target) error {
	if m.Right == outline.ByManager {
		return ruleManage.Check(actor, auth.Target{Hidden: t.Hidden})
	}
	return ruleReport.Check(actor, t)
}

// writable refuses to write into a plan that is closed.
func writable(p outline.Plan) error {
	if s, _ := p.Frame.State(outline.ForPlan, p.State); s.Phase == outline.Closed {
		return fault.New(fault.Conflict, "plan.closed", fault.Args{"plan": p.Title})
	}
	return nil
}
