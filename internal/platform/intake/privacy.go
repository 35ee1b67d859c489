package intake

import "beffroi/internal/platform/privacy"

// Privacy declares the columns of the room. A file may hold whatever the
// registers hold, so its content and the states that an import replaced count
// as personal.
func Privacy() []privacy.Table {
	imports := privacy.Use{Purpose: "imports", Persons: "staff", Basis: "public-task", Retention: "archive", Recipients: "agents"}
	content := privacy.Use{Purpose: "imports", Persons: "holders", Basis: "public-task", Retention: "archive", Recipients: "agents"}
	return []privacy.Table{
		privacy.New("intake_file", "hash", "name", "size").Personal(content, "changes", "data").Personal(imports, "deeds", "actor", "at").
			Ends(privacy.Of("account", "actor"), privacy.Renamed(), "actor").Ends(privacy.Nobody(), privacy.Kept("import")),
		privacy.New("intake_batch", "id", "target", "file_hash", "file_name").Object("import", "id").Personal(content, "changes", "outcome").
			Personal(imports, "deeds", "actor", "at", "undone_at", "undone_by").
			Ends(privacy.Of("account", "actor"), privacy.Renamed(), "actor").Ends(privacy.Of("account", "undone_by"), privacy.Renamed(), "undone_by").
			Ends(privacy.Nobody(), privacy.Kept("import")),
		privacy.New("intake_change", "batch", "seq", "object_kind", "object_key").Personal(content, "changes", "before").
			Ends(privacy.Nobody(), privacy.Kept("import")),
	}
}
