package project

import "beffroi/internal/platform/privacy"

// Privacy declares the columns of the room.
func Privacy() []privacy.Table {
	return []privacy.Table{
		privacy.New("project", "ref", "cycle", "territory", "title_fr", "title_nl", "title_en", "carrier", "amount", "completeness", "state", "mission", "valid_from", "valid_to", "source", "version", "fold", "sort_key"),
		privacy.New("project_commune", "project", "area"),
	}
}
