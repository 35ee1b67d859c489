package mail

import "beffroi/internal/platform/privacy"

// Privacy declares the columns of the room. Letters go to staff and to people
// outside; their words are deleted after 90 days, the record after a year.
func Privacy() []privacy.Table {
	letters := privacy.Use{Purpose: "letters", Persons: "correspondents", Basis: "public-task", Retention: "letter", Recipients: "admins"}
	refusals := privacy.Use{Purpose: "letters", Persons: "correspondents", Basis: "public-task", Retention: "until-cleared", Recipients: "admins"}
	return []privacy.Table{
		privacy.New("mail_letter", "id", "lang", "kind", "topic", "security", "token", "message_id", "state", "attempts", "at", "tried_at").
			Personal(letters, "identity", "account", "to_name").Personal(letters, "contact", "to_mail", "answer").
			Personal(letters, "letters", "subject", "body", "button", "link", "dedupe_key"),
		privacy.New("mail_failure", "at").Personal(refusals, "contact", "address", "reason"),
		privacy.New("mail_stop", "topic", "at").Personal(refusals, "contact", "address"),
	}
}
