package mission

import (
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// Blocks are what the room adds to the pages of others.
func (s *Service) Blocks() []web.Block {
	return []web.Block{{Key: "missions", On: "body", Read: s.heldBlock}}
}

func (s *Service) heldBlock(x *web.Exchange, body object.Ref) (web.Panel, error) {
	held, err := s.HeldBy(x.Context(), body.Key, x.AsOf)
	if err != nil || len(held) == 0 {
		return web.Panel{}, err
	}
	var rows []ui.Item
	for _, m := range held {
		title, _ := m.Title.In(x.P.Lang())
		rows = append(rows, ui.Item{Title: title, Href: x.Keep(m.Address())})
	}
	return web.Panel{Title: x.P.T("mission.held"), Sub: x.P.T("mission.held.sub"), View: ui.Rows(rows), Data: held}, nil
}
