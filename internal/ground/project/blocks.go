package project

import (
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// Blocks are what the room adds to the pages of others.
func (s *Service) Blocks() []web.Block {
	return []web.Block{{Key: "projects", On: "mission", Read: s.missionBlock}}
}

func (s *Service) missionBlock(x *web.Exchange, mission object.Ref) (web.Panel, error) {
	list, err := s.OfMission(x.Context(), mission.Key, x.AsOf)
	if err != nil || len(list) == 0 {
		return web.Panel{}, err
	}
	var rows []ui.Item
	for _, p := range list {
		title, _ := p.Title.In(x.P.Lang())
		rows = append(rows, ui.Item{Title: title, Href: x.Keep(p.Address()), Meta: p.Cycle})
	}
	return web.Panel{Title: x.P.T("project.ofmission"), Sub: x.P.T("project.ofmission.sub"), View: ui.Rows(rows), Data: list}, nil
}
