package plan

import "beffroi/internal/platform/privacy"

// Privacy declares the columns of the room. A node may name its heads and those
// responsible, with how to reach them.
func Privacy() []privacy.Table {
	people := privacy.Use{Purpose: "mandates", Persons: "holders", Basis: "public-task", Retention: "register", Recipients: "everybody"}
	trace := privacy.Use{Purpose: "trace", Persons: "staff", Basis: "public-task", Retention: "archive", Recipients: "auditors"}
	return []privacy.Table{
		privacy.New("plan_plan", "key", "revision", "body"),
		privacy.New("plan_node", "plan", "code", "revision").Personal(people, "identity", "body").
			Ends(privacy.Nobody(), privacy.Kept("mandate")),
		privacy.New("plan_version", "plan", "code", "version", "cause").Personal(people, "identity", "body").Personal(trace, "deeds", "since", "actor").
			Ends(privacy.Of("account", "actor"), privacy.Renamed(), "actor").Ends(privacy.Of("account", "actor"), privacy.Kept("deed"), "since").
			Ends(privacy.Nobody(), privacy.Kept("mandate"), "body"),
	}
}
