package plan

import (
	"context"
	"embed"
	"io/fs"

	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/ground/party/register"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/jobs"
)

//go:embed locale/*.toml
var texts embed.FS

// Locale is the room's texts.
func Locale() fs.FS { return texts }

// Service is the verbs of plans.
type Service struct {
	db    *db.DB
	jobs  *jobs.Queue
	areas *territory.Service
	shelf *shelf
}

// NewService makes the service over a database, the queue that its events go to
// and the territory.
func NewService(d *db.DB, q *jobs.Queue, areas *territory.Service) *Service {
	return &Service{db: d, jobs: q, areas: areas, shelf: &shelf{plans: map[string]*volume{}}}
}

// View is a plan on a day as one actor may see it.
type View struct {
	*outline.Figures
	Visible []bool // by place in the tree; totals include what is hidden
	volume  *volume
}

// Open reads a plan: as it is now when the day is today or later, else as it was
// at the end of the day. NotFound when it does not exist or is hidden. At most
// two statements.
func (s *Service) Open(tx *db.Tx, actor auth.Actor, key string, day calendar.Date) (View, error) {
	var v *volume
	var err error
	if day.Before(today(tx)) {
		v, err = past(tx, key, day)
	} else {
		v, err = s.shelf.open(tx, key, true)
	}
	if err != nil {
		return View{}, err
	}
	if !seesPlan(actor, v.tree.Plan) {
		return View{}, fault.Missing("plan")
	}
	f, err := v.of(day)
	if err != nil {
		return View{}, err
	}
	return View{Figures: f, Visible: visible(actor, v.tree, day), volume: v}, nil
}

// Find gives the place of a node that the actor may see, or NotFound.
func (v View) Find(code string) (int, error) {
	i, ok := v.Tree.Find(code)
	if !ok || !v.Visible[i] {
		return 0, fault.Missing("plan_node")
	}
	return i, nil
}

// Plans lists the plans that an actor may see, by key.
func (s *Service) Plans(tx *db.Tx, actor auth.Actor) ([]outline.Plan, error) {
	list, err := heads(tx, "")
	var plans []outline.Plan
	for _, h := range list {
		if seesPlan(actor, h.plan) {
			plans = append(plans, h.plan)
		}
	}
	return plans, err
}

// History gives the last states of a node, newest first; NotFound when the actor
// may not see it.
func (s *Service) History(tx *db.Tx, actor auth.Actor, key, code string, limit int) ([]Revision, error) {
	v, err := s.Open(tx, actor, key, today(tx))
	if err != nil {
		return nil, err
	}
	if _, err := v.Find(code); err != nil {
		return nil, err
	}
	return revisions(tx, key, code, limit)
}

func today(tx *db.Tx) calendar.Date { return clock.Today(clock.Fixed(tx.Now())) }

// change is one write into a plan.
type change struct {
	s     *Service
	tx    *db.Tx
	actor auth.Actor
	v     *volume
	day   calendar.Date
}

// write runs f over a plan that exists, may be seen and is not closed.
func (s *Service) write(ctx context.Context, actor auth.Actor, key string, f func(*change) error) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		v, err := s.shelf.open(tx, key, false)
		if err != nil {
			return err
		}
		if !seesPlan(actor, v.tree.Plan) {
			return fault.Missing("plan")
		}
		if err := writable(v.tree.Plan); err != nil {
			return err
		}
		return f(&change{s, tx, actor, v, today(tx)})
	})
}

// node gives a copy of a node to change, of the version that the actor read.
func (c *change) node(code string, version int64) (*outline.Node, error) {
	n := c.v.tree.Node(code)
	i, ok := c.v.tree.Find(code)
	if !ok || !visible(c.actor, c.v.tree, c.day)[i] {
		return nil, fault.Missing("plan_node")
	}
	if err := register.Stale(n.Version, version); err != nil {
		return nil, err
	}
	after := *n
	return &after, nil
}

// save writes a changed node: checked, with its version, the audit's entry and an
// event. A change of structure is checked over the whole tree.
func (c *change) save(action string, before, after *outline.Node, structure bool) error {
	after.Version++
	after.Tidy()
	tree := c.v.tree.With(c.v.tree.Plan, []*outline.Node{after})
	problems := tree.CheckNode(after)
	if structure && len(problems) == 0 {
		problems = tree.Check()
	}
	if after.Gone {
		problems = nil // what is no more cannot be wrong
	}
	if err := outline.Faults(problems); err != nil {
		return err
	}
	revision := c.v.revision + 1
	write := updateNodes
	if before == nil {
		write = insertNodes
	}
	at := stamp{c.actor.Username, action, c.tx.Now()}
	if err := write(c.tx, []*outline.Node{after}, revision, at); err != nil {
		return err
	}
	if err := raise(c.tx, after.Plan, revision); err != nil {
		return err
	}
	entry := audit.Entry{Actor: c.actor.Username, Action: action, Object: after.Ref(), After: after}
	if before != nil {
		entry.Before = before
	}
	if err := audit.Record(c.tx, entry); err != nil {
		return err
	}
	return c.s.jobs.Emit(c.tx, jobs.Event{Kind: action, Object: after.Ref()})
}

// Create makes a plan without nodes, as a draft when it has no state.
func (s *Service) Create(ctx context.Context, actor auth.Actor, p outline.Plan) error {
	if err := ruleManage.Check(actor, auth.Target{}); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		list, err := heads(tx, p.Key)
		if err != nil {
			return err
		}
		if len(list) > 0 && p.Key != "" {
			return fault.Bad("key", p.Key, "plan.exists", fault.Args{"value": p.Key})
		}
		return s.create(tx, actor, p, "plan.create")
	})
}

func (s *Service) create(tx *db.Tx, actor auth.Actor, p outline.Plan, action string) error {
	p = p.Complete()
	if err := outline.Faults(p.Check()); err != nil {
		return err
	}
	p.Version = 1
	// A revision that no earlier plan of this key had, should there have been one.
	if err := savePlan(tx, p, tx.Now().UnixMicro(), stamp{actor.Username, action, tx.Now()}); err != nil {
		return err
	}
	return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: action, Object: p.Ref(), After: p})
}

// MovePlan brings a plan to another state.
func (s *Service) MovePlan(ctx context.Context, actor auth.Actor, key string, version int64, to string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		v, err := s.shelf.open(tx, key, false)
		if err != nil {
			return err
		}
		before := v.tree.Plan
		if !seesPlan(actor, before) {
			return fault.Missing("plan")
		}
		if err := ruleManage.Check(actor, auth.Target{}); err != nil {
			return err
		}
		if err := register.Stale(before.Version, version); err != nil {
			return err
		}
		if _, err := before.Frame.Find(outline.ForPlan, before.State, to); err != nil {
			return err
		}
		after := before
		after.State, after.Version = to, before.Version+1
		if err := savePlan(tx, after, v.revision+1, stamp{actor.Username, "plan.move", tx.Now()}); err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "plan.move", Object: after.Ref(), Before: before, After: after})
	})
}

// Add adds a node below its parent, at the top when it names none. Its code is the
// next one of its level; what it says of version and code is not looked at.
func (s *Service) Add(ctx context.Context, actor auth.Actor, key string, n outline.Node) (added *outline.Node, err error) {
	if err := ruleManage.Check(actor, auth.Target{}); err != nil {
		return nil, err
	}
	err = s.write(ctx, actor, key, func(c *change) error {
		after := n
		level := 0
		if n.Parent != "" {
			if _, ok := c.v.tree.Find(n.Parent); !ok {
				return fault.Bad("parent", n.Parent, "plan.node.parent", fault.Args{"node": "", "code": n.Parent})
			}
			level = c.v.tree.Plan.Frame.Level(n.Parent) + 1
		}
		if level >= len(c.v.tree.Plan.Frame.Levels) {
			return fault.Bad("parent", n.Parent, "plan.node.deep", fault.Args{"code": n.Parent})
		}
		after.Plan, after.Code, after.Version, after.Gone = key, c.v.tree.Codes().Next(level, n.Parent), 0, false
		if after.State == "" {
			after.State = c.v.tree.Plan.Frame.First(c.v.tree.Plan.ScopeOf(after.Code))
		}
		added = &after
		return c.save("plan.node.add", nil, added, true)
	})
	return added, err
}

// Edit replaces what a node says of itself but its state, its progress and its
// code; version is the one that was read.
func (s *Service) Edit(ctx context.Context, actor auth.Actor, key string, n outline.Node) error {
	if err := ruleManage.Check(actor, auth.Target{}); err != nil {
		return err
	}
	return s.write(ctx, actor, key, func(c *change) error {
		old, err := c.node(n.Code, n.Version)
		if err != nil {
			return err
		}
		after := n
		after.Plan, after.State, after.Gone = key, old.State, false
		after.Progress, after.Reported, after.Update, after.Element = old.Progress, old.Reported, old.Update, old.Element
		before := c.v.tree.Node(n.Code)
		return c.save("plan.node.edit", before, &after, true)
	})
}
