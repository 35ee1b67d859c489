package key

import "beffroi/internal/platform/privacy"

// Privacy declares the columns of the room.
func Privacy() []privacy.Table {
	trace := privacy.Use{Purpose: "trace", Persons: "staff", Basis: "public-task", Retention: "archive", Recipients: "auditors"}
	return []privacy.Table{
		privacy.New("key_key", "id", "code", "title_fr", "title_nl", "title_en", "note", "kind"),
		privacy.New("key_version", "id", "key_id", "number", "status", "fictitious", "decision", "valid_from", "valid_to").
			Personal(trace, "deeds", "recorded_at", "actor").
			Ends(privacy.Of("account", "actor"), privacy.Renamed(), "actor").Ends(privacy.Of("account", "actor"), privacy.Kept("deed")),
		privacy.New("key_criterion", "version_id", "position", "dataset", "year", "vintage_id", "vintage_number", "weight"),
		privacy.New("key_value", "version_id", "position", "area_id", "value"),
	}
}
