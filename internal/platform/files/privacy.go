package files

import "beffroi/internal/platform/privacy"

// Privacy declares the columns of the room. A name may tell of a person; the
// bytes themselves lie beside the database and follow their row.
func Privacy() []privacy.Table {
	use := privacy.Use{Purpose: "files", Persons: "staff-holders", Basis: "public-task", Retention: "files", Recipients: "owners"}
	return []privacy.Table{
		privacy.New("file", "id", "sha256", "size", "type", "use", "owner_kind", "owner_key", "state", "finding", "scanned_at").
			Personal(use, "changes", "name").Personal(use, "deeds", "created_at", "actor", "removed_at", "removed_by").
			Ends(privacy.Of("account", "actor"), privacy.Renamed(), "actor").Ends(privacy.Of("account", "removed_by"), privacy.Renamed(), "removed_by").
			Ends(privacy.Nobody(), privacy.Kept("history")),
	}
}
