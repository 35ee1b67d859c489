package notice

import (
	"time"

	"beffroi/internal/platform/privacy"
)

// year is how long a notice is kept.
const year = 365 * 24 * time.Hour

// Privacy declares the columns of the room.
func Privacy() []privacy.Table {
	use := privacy.Use{Purpose: "notices", Persons: "staff", Basis: "public-task", Retention: "notice", Recipients: "self"}
	return []privacy.Table{
		privacy.New("notice", "id", "kind", "mail", "since", "at").Personal(use, "function", "account", "read_at").
			Personal(use, "changes", "object_kind", "object_key", "args", "key").
			Ends(privacy.Of("account.id", "account"), privacy.Deleted()).Until("written", "at", year),
		privacy.New("notice_choice", "kind").Personal(use, "function", "account", "frequency").Ends(privacy.Of("account.id", "account"), privacy.Deleted()),
	}
}
