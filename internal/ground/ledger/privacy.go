package ledger

import "beffroi/internal/platform/privacy"

// Privacy declares the columns of the room.
func Privacy() []privacy.Table {
	trace := privacy.Use{Purpose: "trace", Persons: "staff", Basis: "public-task", Retention: "archive", Recipients: "auditors"}
	return []privacy.Table{
		privacy.New("ledger_entry", "id", "year", "number", "date", "kind", "source", "title_fr", "title_nl", "title_en", "fold", "measure", "amount", "attribution", "base", "key_version", "counts", "fictitious", "note", "origin", "external", "reverses", "batch").
			Personal(trace, "deeds", "recorded_at", "actor").
			Ends(privacy.Of("account", "actor"), privacy.Renamed(), "actor").Ends(privacy.Of("account", "actor"), privacy.Kept("deed")),
		privacy.New("ledger_part", "entry_id", "area_id", "year", "date", "kind", "measure", "counts", "amount"),
		privacy.New("ledger_total", "area_id", "year", "kind", "measure", "amount"),
	}
}
