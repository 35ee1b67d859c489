package jobs

import "beffroi/internal/platform/privacy"

// Privacy declares the columns of the room. Payloads point at objects; the
// object may be an account, and an error may repeat what it met.
func Privacy() []privacy.Table {
	use := privacy.Use{Purpose: "jobs", Persons: "staff-holders", Basis: "public-task", Retention: "fortnight", Recipients: "admins"}
	return []privacy.Table{
		privacy.New("job", "id", "kind", "state", "priority", "run_at", "attempt", "max_attempts", "lease", "lease_until", "created_at", "finished_at").Object("job", "id").
			Personal(use, "changes", "payload", "dedupe_key", "error").
			Ends(privacy.Nobody(), privacy.Kept("short")).Until("job-finished", "finished_at", keepFor).When("state", string(Done), string(Cancelled)),
		privacy.New("job_event", "id", "kind", "object_kind", "at").Personal(use, "changes", "object_key", "data").
			Ends(privacy.Nobody(), privacy.Kept("short")).Until("event-happened", "at", keepFor),
		privacy.New("job_schedule", "kind", "cron", "tz", "last_run"),
	}
}
