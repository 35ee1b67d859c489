package audit

import "beffroi/internal/platform/privacy"

// Privacy declares the columns of the room. An entry names who acted; its
// details may show a person's data before and after a change, and can be
// erased without breaking the tree.
func Privacy() []privacy.Table {
	trace := privacy.Use{Purpose: "trace", Persons: "staff", Basis: "public-task", Retention: "archive", Recipients: "auditors"}
	details := privacy.Use{Purpose: "history", Persons: "staff-holders", Basis: "public-task", Retention: "erasable", Recipients: "auditors"}
	about := privacy.OfObject("account", "object_kind", "object_key")
	return []privacy.Table{
		privacy.New("audit_entry", "seq", "summary", "details_hash").Personal(trace, "deeds", "at", "actor", "action", "object_kind", "object_key").
			Ends(privacy.Of("account", "actor"), privacy.Kept("proof")).
			Ends(about, privacy.Kept("proof"), "at", "actor", "action", "object_kind", "object_key"),
		privacy.New("audit_detail", "seq", "salt").Personal(details, "changes", "data").
			Ends(about.Through("audit_entry", "seq"), privacy.Deleted()).
			Ends(privacy.Of("account", "actor").Through("audit_entry", "seq"), privacy.Kept("history"), "data"),
		privacy.New("audit_hash", "idx", "hash"),
		privacy.New("audit_checkpoint", "size", "at", "root", "note"),
	}
}
