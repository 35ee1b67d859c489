package app

import (
	"context"
	"strings"

	"beffroi/internal/ground/series"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/webhook"
)

// inhabitants gives the room of bodies the population by which some organs vote.
type inhabitants struct {
	db      *db.DB
	figures *series.Service
}

// Inhabitants is the newest population of each area that a day sees.
func (i inhabitants) Inhabitants(ctx context.Context, dataset string, day calendar.Date) (byArea map[int64]int64, year int, err error) {
	byArea = map[int64]int64{}
	err = i.db.Read(ctx, func(tx *db.Tx) error {
		found, err := i.figures.Latest(tx, []string{dataset}, nil, day)
		for _, f := range found {
			if f.State == series.Value {
				byArea[f.Area] = f.Value
				year = max(year, f.Year)
			}
		}
		return err
	})
	return byArea, year, err
}

// known tells the ledger whether a mission, project or body exists.
func (h *House) known(tx *db.Tx, ref object.Ref) (bool, error) {
	switch ref.Kind {
	case "mission":
		c, err := h.Mission.CatalogueTx(tx)
		return err == nil && c.Mission(ref.Key) != nil, err
	case "body":
		t, err := h.Party.TreeTx(tx)
		return err == nil && t.Body(ref.Key) != nil, err
	case "project":
		return h.Project.Exists(tx, ref.Key)
	}
	return false, nil
}

// see tells whether an actor may know of a thing that not all who may enter its
// page see.
func (h *House) see(tx *db.Tx, actor auth.Actor, ref object.Ref) error {
	if ref.Kind == "key" {
		_, err := h.Key.Get(tx, actor, ref.Key)
		return err
	}
	if plan, code, node := strings.Cut(ref.Key, ":"); ref.Kind == "plan" || ref.Kind == "plan_node" {
		v, err := h.Plan.Open(tx, actor, plan, clock.Today(h.DB.Clock()))
		if err == nil && node {
			_, err = v.Find(code)
		}
		return err
	}
	if ref.Kind == "webhook" {
		return webhook.View.Check(actor, auth.Target{Hidden: true})
	}
	return nil
}
