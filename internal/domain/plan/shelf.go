package plan

import (
	"sync"
	"time"

	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

// shelf keeps plans in memory as they were last read.
type shelf struct {
	mu    sync.Mutex
	plans map[string]*volume
}

// volume is one plan at one revision. Its figures are made once a day.
type volume struct {
	revision int64
	tree     *outline.Tree
	workdays *calendar.Workdays
	mu       sync.Mutex
	figures  *outline.Figures
}

// Of gives the figures of the volume on a day.
func (v *volume) of(day calendar.Date) (*outline.Figures, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.figures != nil && v.figures.Day == day {
		return v.figures, nil
	}
	f, err := v.tree.Figures(day, v.workdays)
	if err == nil {
		v.figures = f
	}
	return f, err
}

// open gives a plan as the transaction sees it, NotFound when there is none. One
// statement when nothing changed since the last reading, else two. What a writing
// transaction reads is not put on the shelf: it may be rolled back.
func (s *shelf) open(tx *db.Tx, key string, keep bool) (*volume, error) {
	list, err := heads(tx, key)
	if err != nil {
		return nil, err
	}
	if len(list) != 1 || key == "" {
		return nil, fault.Missing("plan")
	}
	return s.take(tx, list[0], keep)
}

func (s *shelf) take(tx *db.Tx, h head, keep bool) (*volume, error) {
	s.mu.Lock()
	old := s.plans[h.plan.Key]
	s.mu.Unlock()
	if old != nil && old.revision == h.revision {
		return old, nil
	}
	if old != nil && old.revision > h.revision {
		old, keep = nil, false // an older snapshot than the shelf's
	}
	v, err := read(tx, h, old)
	if err != nil || !keep {
		return v, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := s.plans[h.plan.Key]; at == nil || at.revision < v.revision {
		s.plans[h.plan.Key] = v
	}
	return v, nil
}

// read makes a volume of what the database holds, with the nodes of an older one
// that did not change since.
func read(tx *db.Tx, h head, old *volume) (*volume, error) {
	since := int64(-1)
	if old != nil {
		since = old.revision
	}
	nodes, err := nodesSince(tx, h.plan.Key, since)
	if err != nil {
		return nil, err
	}
	v := &volume{revision: h.revision}
	if old == nil {
		v.tree, v.workdays = outline.NewTree(h.plan, nodes), calendar.NewWorkdays(h.plan.Closures...)
		return v, nil
	}
	v.workdays = old.workdays
	if old.tree.Plan.Version != h.plan.Version {
		v.workdays = calendar.NewWorkdays(h.plan.Closures...)
	}
	v.tree = old.tree.With(h.plan, nodes)
	old.mu.Lock()
	defer old.mu.Unlock()
	if old.figures != nil && v.workdays == old.workdays {
		v.figures, err = old.figures.With(v.tree, nodes, v.workdays)
	}
	return v, err
}

// forget drops a plan, after it was erased.
func (s *shelf) forget(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.plans, key)
}

// past gives a plan as it was at the end of a day; NotFound before it was made.
func past(tx *db.Tx, key string, day calendar.Date) (*volume, error) {
	end := endOf(day)
	p, ok, err := planAt(tx, key, end)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.Missing("plan")
	}
	nodes, err := nodesAt(tx, key, end)
	if err != nil {
		return nil, err
	}
	return &volume{tree: outline.NewTree(p, nodes), workdays: calendar.NewWorkdays(p.Closures...)}, nil
}

// endOf is the first instant after a day, in Brussels.
func endOf(day calendar.Date) time.Time { return day.AddDays(1).Time(clock.Brussels()) }
