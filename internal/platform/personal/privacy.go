package personal

import (
	"time"

	"beffroi/internal/platform/privacy"
)

// How long what this room keeps lasts.
const (
	day        = 24 * time.Hour
	keepFor    = 3 * 365 * day // requests and holds that ended: proof that the promise was kept
	exportTime = 7 * day       // an export that waits to be fetched
)

// Privacy declares the columns of the room. A holder is asked for by name, so
// that requests and holds may hold one.
func Privacy() []privacy.Table {
	rights := privacy.Use{Purpose: "rights", Persons: "staff-holders", Basis: "legal-obligation", Retention: "rights", Recipients: "admins"}
	exports := privacy.Use{Purpose: "rights", Persons: "staff-holders", Basis: "legal-obligation", Retention: "week", Recipients: "admins"}
	return []privacy.Table{
		privacy.New("privacy_hold", "id", "kind", "until").Personal(rights, "identity", "object_key").
			Personal(rights, "changes", "reason").Personal(rights, "deeds", "placed_by", "placed_at", "ended_at", "ended_by").
			Ends(privacy.OfObject(Account, "kind", "object_key"), privacy.Renamed(), "object_key").
			Ends(privacy.OfObject(Account, "kind", "object_key"), privacy.Kept("rights"), "reason", "placed_at", "ended_at").
			Ends(privacy.OfObject("holder", "kind", "object_key"), privacy.Kept("rights"), "object_key", "reason", "placed_at", "ended_at").
			Ends(privacy.Of(Account, "placed_by"), privacy.Renamed(), "placed_by").
			Ends(privacy.Of(Account, "ended_by"), privacy.Renamed(), "ended_by").
			Until("hold-ended", "ended_at", keepFor),
		privacy.New("privacy_request", "id", "wish", "kind", "due_at", "state", "why", "result").Personal(rights, "identity", "person_key").
			Personal(rights, "deeds", "asked_by", "asked_at", "finished_at").
			Ends(privacy.OfObject(Account, "kind", "person_key"), privacy.Renamed(), "person_key").
			Ends(privacy.OfObject("holder", "kind", "person_key"), privacy.Kept("rights"), "person_key").
			Ends(privacy.Of(Account, "asked_by"), privacy.Renamed(), "asked_by").
			Ends(privacy.Nobody(), privacy.Kept("rights")).
			Until("request-finished", "finished_at", keepFor),
		privacy.New("privacy_export", "id", "made_at").Personal(exports, "changes", "data").
			Ends(privacy.OfObject(Account, "kind", "person_key").Through("privacy_request", "id"), privacy.Deleted()).
			Until("export-made", "made_at", exportTime),
		privacy.New("privacy_erased", "id", "at", "kind", "salt", "hash"),
	}
}
