package mission

import "beffroi/internal/platform/privacy"

// Privacy declares the columns of the room.
func Privacy() []privacy.Table {
	trace := privacy.Use{Purpose: "trace", Persons: "staff", Basis: "public-task", Retention: "archive", Recipients: "auditors"}
	return []privacy.Table{
		privacy.New("mission", "code", "title_fr", "title_nl", "title_en", "description_fr", "description_nl", "description_en", "domain", "part", "parent", "legal_basis", "holder", "valid_from", "valid_to", "scope", "source", "version", "fold", "sort_key"),
		privacy.New("mission_commune", "mission", "area"),
		privacy.New("mission_figure", "id", "mission", "year", "measure", "value", "status", "source", "supersedes").
			Personal(trace, "deeds", "at", "actor").
			Ends(privacy.Of("account", "actor"), privacy.Renamed(), "actor").Ends(privacy.Of("account", "actor"), privacy.Kept("deed")),
		privacy.New("mission_scenario", "key", "title_fr", "title_nl", "title_en", "description_fr", "description_nl", "description_en", "hypothetical", "sentence_fr", "sentence_nl", "sentence_en", "source", "version"),
		privacy.New("mission_tag", "scenario", "mission", "tag", "sentence_fr", "sentence_nl", "sentence_en"),
		privacy.New("mission_label", "code", "level", "parent", "title_fr", "source", "version"),
	}
}
