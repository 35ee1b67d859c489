package mail

import (
	"time"

	"beffroi/internal/platform/privacy"
)

// year is how long a letter is kept; its words go after ninety days.
const year = 365 * 24 * time.Hour

// Privacy declares the columns of the room. Letters go to staff and to people
// outside; their words are deleted after 90 days, the record after a year.
func Privacy() []privacy.Table {
	letters := privacy.Use{Purpose: "letters", Persons: "correspondents", Basis: "public-task", Retention: "letter", Recipients: "admins"}
	refusals := privacy.Use{Purpose: "letters", Persons: "correspondents", Basis: "public-task", Retention: "until-cleared", Recipients: "admins"}
	return []privacy.Table{
		privacy.New("mail_letter", "id", "lang", "kind", "topic", "security", "token", "message_id", "state", "attempts", "at", "tried_at").
			Personal(letters, "identity", "account", "to_name").Personal(letters, "contact", "to_mail", "answer").
			Personal(letters, "letters", "subject", "body", "button", "link", "dedupe_key").
			Ends(privacy.Of("account.id", "account"), privacy.Deleted()).Until("written", "at", year),
		privacy.New("mail_failure", "at").Personal(refusals, "contact", "address", "reason").Ends(privacy.Nobody(), privacy.Kept("undeliverable")),
		privacy.New("mail_stop", "topic", "at").Personal(refusals, "contact", "address").Ends(privacy.Nobody(), privacy.Kept("unwanted")),
	}
}
