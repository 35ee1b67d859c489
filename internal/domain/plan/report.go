package plan

import (
	"context"
	"slices"
	"strings"

	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/domain/plan/rollup"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
)

// Report is what the pilot of an action says of its work.
type Report struct {
	Version  int64          `json:"version"`
	Progress *int64         `json:"progress"` // basis points; nil leaves it
	Health   outline.Health `json:"health"`
	Remark   string         `json:"remark"`
	Forecast calendar.Date  `json:"forecast,omitzero"`
	Update   outline.Update `json:"update"`
}

// Report records an update of a node. Progress is reported where there is work:
// on leaves whose progress is manual.
func (s *Service) Report(ctx context.Context, actor auth.Actor, key, code string, r Report) error {
	return s.write(ctx, actor, key, func(c *change) error {
		after, err := c.node(code, r.Version)
		if err != nil {
			return err
		}
		if err := ruleReport.Check(actor, target(after, c.day)); err != nil {
			return err
		}
		if r.Progress != nil {
			i, _ := c.v.tree.Find(code)
			if c.v.tree.Scope(after) != outline.ForAction || len(c.v.tree.Children(i)) > 0 || after.Method != outline.Manual {
				return fault.Bad("progress", "", "plan.node.derived", fault.Args{"node": code})
			}
			after.Progress = r.Progress
		}
		after.Health, after.Remark, after.Forecast, after.Update, after.Reported = r.Health, r.Remark, r.Forecast, &r.Update, c.day
		return c.save("plan.node.report", c.v.tree.Node(code), after, false)
	})
}

// Transition is a move of a node to another state, with what the move asks for.
type Transition struct {
	Version int64         `json:"version"`
	To      string        `json:"to"`
	Reason  string        `json:"reason"` // or final text
	On      calendar.Date `json:"on,omitzero"`
}

// Move brings a node to another state. The actual dates that a move needs are
// those given, else today.
func (s *Service) Move(ctx context.Context, actor auth.Actor, key, code string, m Transition) error {
	return s.write(ctx, actor, key, func(c *change) error {
		after, err := c.node(code, m.Version)
		if err != nil {
			return err
		}
		move, err := c.v.tree.Plan.Frame.Find(c.v.tree.Scope(after), after.State, m.To)
		if err != nil {
			return err
		}
		if err := mayMove(actor, move, target(after, c.day)); err != nil {
			return err
		}
		if err := m.apply(after, move, c.day); err != nil {
			return err
		}
		return c.save("plan.node.move", c.v.tree.Node(code), after, false)
	})
}

// apply gives a node its new state and what the move brings.
func (m Transition) apply(n *outline.Node, move outline.Move, today calendar.Date) error {
	on := m.On
	if on.IsZero() {
		on = today
	}
	var f fault.Fields
	if on.After(today) {
		f.Add("on", on.String(), "plan.move.future", nil)
	}
	for _, need := range move.Needs {
		switch need {
		case outline.NeedReason, outline.NeedText:
			if strings.TrimSpace(m.Reason) == "" {
				f.Add("reason", "", "required", nil)
			}
		case outline.NeedStart:
			if n.Actual.From.IsZero() {
				n.Actual.From = on
			}
			n.Actual.To = calendar.Date{}
		case outline.NeedEnd:
			n.Actual.To = on
		case outline.NeedWhole:
			whole := int64(rollup.Whole)
			n.Progress = &whole
		}
	}
	if m.Reason != "" {
		n.Remark = m.Reason
	}
	n.State, n.Reported = m.To, today
	return f.Err()
}

// Remove takes a node out of the plan; its code stays taken and its history
// stays. A node that others stand on is refused, with their codes.
func (s *Service) Remove(ctx context.Context, actor auth.Actor, key, code string, version int64) error {
	if err := ruleManage.Check(actor, auth.Target{}); err != nil {
		return err
	}
	return s.write(ctx, actor, key, func(c *change) error {
		after, err := c.node(code, version)
		if err != nil {
			return err
		}
		if users := usersOf(c.v.tree, code); len(users) > 0 {
			return fault.New(fault.Conflict, "plan.node.used", fault.Args{"node": code, "users": strings.Join(users, ", ")})
		}
		after.Gone = true
		return c.save("plan.node.remove", c.v.tree.Node(code), after, false)
	})
}

// usersOf are the nodes that a node could not be taken away from: those below it,
// those that contribute to it, those that wait for it.
func usersOf(t *outline.Tree, code string) (users []string) {
	for _, n := range t.Nodes {
		if n.Parent == code || slices.ContainsFunc(n.Contributions, func(l outline.Contribution) bool { return l.To == code }) ||
			slices.ContainsFunc(n.After, func(tie outline.Tie) bool { return tie.On == code }) {
			users = append(users, n.Code)
		}
	}
	return users
}
