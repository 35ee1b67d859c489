package webhook

import "beffroi/internal/platform/privacy"

// Privacy declares the columns of the room. Messages hold public facts; the
// owner of a subscription is a member of the staff.
func Privacy() []privacy.Table {
	owner := privacy.Use{Purpose: "trace", Persons: "staff", Basis: "public-task", Retention: "current", Recipients: "admins"}
	return []privacy.Table{
		privacy.New("webhook", "id", "key", "label", "url", "kinds", "salt", "state", "failing_since", "created_at").Personal(owner, "deeds", "owner").
			Ends(privacy.Of("account", "owner"), privacy.Renamed()),
		privacy.New("webhook_delivery", "id", "message", "webhook", "kind", "body", "state", "attempts", "outcome", "status", "took_ms", "answer", "created_at", "tried_at"),
	}
}
