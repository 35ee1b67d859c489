package party

import (
	"context"

	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"

	"beffroi/internal/ground/party/register"
)

// CreateBoard adds a board with its rules, whose versions are counted from 1 for
// each purpose.
func (s *Service) CreateBoard(ctx context.Context, actor auth.Actor, b Board) error {
	if err := EditOrgans.Check(actor, auth.Target{}); err != nil {
		return err
	}
	return s.change(ctx, func(tx *db.Tx, t *Tree, _ *territory.Atlas) error {
		boards, err := readBoards(tx)
		if err != nil {
			return err
		}
		b.Version, b.Rules = 1, numbered(b.Rules)
		if err := checkBoard(b, boards, t); err != nil {
			return err
		}
		if err := insertBoards(tx, []Board{b}); err != nil {
			return err
		}
		return noteBoard(tx, audit.Entry{Actor: actor.Username, Action: "organ.create", Object: b.Object(), After: b}, nil, &b)
	})
}

// numbered are rules with their versions, in the order given.
func numbered(rules []VotingRule) []VotingRule {
	list, last := make([]VotingRule, len(rules)), map[string]int64{}
	for i, r := range rules {
		last[r.Purpose]++
		r.Version = last[r.Purpose]
		list[i] = r
	}
	return list
}

func checkBoard(b Board, others []*Board, t *Tree) error {
	var f fault.Fields
	v := register.NewValues(0, b.field)
	parseBoard(v)
	if err := f.Merge(v.Err()); err != nil {
		return err
	}
	if boardOf(others, b.Key) != nil {
		f.Add("key", b.Key, "register.duplicate", fault.Args{"value": b.Key})
	}
	if b.Body != "" && t.Body(b.Body) == nil {
		f.Add("body", b.Body, "register.unknown", fault.Args{"value": b.Body})
	}
	for _, r := range b.Rules {
		if err := f.Merge(r.Check()); err != nil {
			return err
		}
	}
	return f.Err()
}

func boardOf(list []*Board, key string) *Board {
	for _, b := range list {
		if b.Key == key {
			return b
		}
	}
	return nil
}

// EndBoard gives a board its last day. version is the one that was read.
func (s *Service) EndBoard(ctx context.Context, actor auth.Actor, key string, version int64, last calendar.Date) error {
	return s.reviseBoard(ctx, actor, key, version, "organ.end", func(_ *db.Tx, b *Board) error {
		b.Period.To = last
		if last.IsZero() || !b.Period.Valid() {
			return fault.Bad("valid_to", last.String(), "register.period", fault.Args{"value": last.String(), "from": b.Period.From})
		}
		return nil
	})
}

// AddRule gives a board a new version of its rule for a purpose. The rule
// before stays as it was; where both are in force the higher version counts.
func (s *Service) AddRule(ctx context.Context, actor auth.Actor, key string, version int64, r VotingRule) error {
	return s.reviseBoard(ctx, actor, key, version, "organ.rule", func(tx *db.Tx, b *Board) error {
		r.Version = 1
		for _, old := range b.Rules {
			if old.Purpose == r.Purpose {
				r.Version = max(r.Version, old.Version+1)
			}
		}
		if err := r.Check(); err != nil {
			return err
		}
		b.Rules = append(b.Rules[:len(b.Rules):len(b.Rules)], r)
		return insertRule(tx, key, r)
	})
}

func (s *Service) reviseBoard(ctx context.Context, actor auth.Actor, key string, version int64, action string, f func(*db.Tx, *Board) error) error {
	if err := EditOrgans.Check(actor, auth.Target{}); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		boards, err := readBoards(tx)
		if err != nil {
			return err
		}
		old := boardOf(boards, key)
		if old == nil {
			return fault.Missing("organ")
		}
		if err := register.Stale(old.Version, version); err != nil {
			return err
		}
		b := *old
		b.Version++
		if err := f(tx, &b); err != nil {
			return err
		}
		if err := updateBoard(tx, b); err != nil {
			return err
		}
		return noteBoard(tx, audit.Entry{Actor: actor.Username, Action: action, Object: b.Object(), Before: old, After: b}, old, &b)
	})
}
