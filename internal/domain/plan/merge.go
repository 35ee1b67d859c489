package plan

import (
	"context"

	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

// Load makes a plan of a document, in one transaction with one entry in the audit:
// all of it, or nothing when anything is not sound.
func (s *Service) Load(ctx context.Context, actor auth.Actor, doc outline.Document) error {
	if err := ruleManage.Check(actor, auth.Target{}); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		list, err := heads(tx, doc.Plan.Key)
		if err != nil {
			return err
		}
		if len(list) > 0 && doc.Plan.Key != "" {
			return fault.Bad("key", doc.Plan.Key, "plan.exists", fault.Args{"value": doc.Plan.Key})
		}
		doc.Plan = doc.Plan.Complete()
		if err := outline.Faults(outline.NewTree(doc.Plan, doc.Nodes).Check()); err != nil {
			return err
		}
		if err := s.create(tx, actor, doc.Plan, "plan.load"); err != nil {
			return err
		}
		return s.fill(tx, actor, doc, "plan.load")
	})
}

// fill adds the nodes of a document to a plan that was just made.
func (s *Service) fill(tx *db.Tx, actor auth.Actor, doc outline.Document, cause string) error {
	nodes := make([]*outline.Node, len(doc.Nodes))
	for i, n := range doc.Nodes {
		first := *n
		first.Plan, first.Version, first.Gone = doc.Plan.Key, 1, false
		nodes[i] = &first
	}
	return insertNodes(tx, nodes, tx.Now().UnixMicro(), stamp{actor.Username, cause, tx.Now()})
}

var _ = audit.Record
