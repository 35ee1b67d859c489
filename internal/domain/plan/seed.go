package plan

import (
	"context"
	"io/fs"
	"strconv"
	"time"

	"beffroi/internal/domain/plan/invent"
	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

// Pack is the plans of a province as facts, and how the rest is invented.
type Pack struct{ Recipes []invent.Recipe }

// LoadPack reads plan.toml, which may be absent.
func LoadPack(files fs.FS) (p Pack, err error) {
	r, ok, err := invent.Read(files)
	if ok {
		p.Recipes = []invent.Recipe{r}
	}
	return p, err
}

// Seed makes the plans of a pack with their history up to today.
func (s *Service) Seed(ctx context.Context, actor auth.Actor, p Pack) error {
	for _, r := range p.Recipes {
		var states []outline.Document
		for _, day := range r.Days(calendar.Of(s.db.Clock().Now())) {
			states = append(states, r.On(day))
		}
		if err := s.SeedStates(ctx, actor, states); err != nil {
			return err
		}
	}
	return nil
}

// SeedStates makes a plan out of its states on days that rise: the first makes it,
// each further one changes what is other than before. One entry in the audit.
func (s *Service) SeedStates(ctx context.Context, actor auth.Actor, states []outline.Document) error {
	if err := ruleManage.Check(actor, auth.Target{}); err != nil {
		return err
	}
	if len(states) == 0 {
		return nil
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		last := states[len(states)-1]
		p := last.Plan.Complete()
		p.Version = 1
		problems := append(p.Check(), outline.NewTree(p, last.Nodes).Check()...)
		if err := outline.Faults(problems); err != nil {
			return err
		}
		list, err := heads(tx, p.Key)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			return fault.Bad("key", p.Key, "plan.exists", fault.Args{"value": p.Key})
		}
		if err := savePlan(tx, p, tx.Now().UnixMicro(), seeded(actor, states[0].AsOf)); err != nil {
			return err
		}
		known := map[string]*outline.Node{}
		for _, state := range states {
			if err := s.grow(tx, actor, p.Key, state, known); err != nil {
				return err
			}
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "plan.load", Object: p.Ref(), Summary: map[string]string{"nodes": strconv.Itoa(len(known))}})
	})
}

// seeded stamps what a pack tells of a day: ten o'clock of it.
func seeded(actor auth.Actor, day calendar.Date) stamp {
	return stamp{actor.Username, "plan.load", day.Time(time.UTC).Add(10 * time.Hour)}
}

// grow writes what a state has that is not known yet.
func (s *Service) grow(tx *db.Tx, actor auth.Actor, key string, state outline.Document, known map[string]*outline.Node) error {
	var created, updated []*outline.Node
	for _, from := range state.Nodes {
		n := *from
		n.Plan, n.Version = key, 1
		n.Tidy()
		old := known[n.Code]
		if old == nil {
			created = append(created, &n)
		} else {
			changes, err := outline.DiffNodes(old, &n)
			if err != nil {
				return err
			}
			if len(changes) == 0 {
				continue
			}
			n.Version = old.Version + 1
			updated = append(updated, &n)
		}
		known[n.Code] = &n
	}
	at := seeded(actor, state.AsOf)
	if err := insertNodes(tx, created, tx.Now().UnixMicro(), at); err != nil {
		return err
	}
	at.cause = "plan.node.report"
	return updateNodes(tx, updated, tx.Now().UnixMicro(), at)
}
