package party

import "beffroi/internal/platform/privacy"

// Privacy declares the columns of the room. A service may be reached at the
// address of one person, so contacts count as personal.
func Privacy() []privacy.Table {
	contacts := privacy.Use{Purpose: "contacts", Persons: "contacts", Basis: "public-task", Retention: "current", Recipients: "everybody"}
	mandates := privacy.Use{Purpose: "mandates", Persons: "holders", Basis: "public-task", Retention: "register", Recipients: "everybody"}
	return []privacy.Table{
		privacy.New("party_body", "ref", "kind", "domain", "name_fr", "name_nl", "acronym", "parent", "valid_from", "valid_to", "successor", "seat", "website", "source", "version", "fold", "sort_key").
			Personal(contacts, "contact", "email", "phone").
			Ends(privacy.Of("email", "email"), privacy.Kept("published"), "email").Ends(privacy.Nobody(), privacy.Kept("published")),
		privacy.New("party_mandate", "ref", "source", "version").
			Personal(mandates, "mandate", "body", "role", "valid_from", "valid_to", "status").
			Personal(mandates, "identity", "holder").
			Ends(privacy.Of("holder", "holder"), privacy.Kept("mandate")),
		privacy.New("party_organ", "key", "body", "name_fr", "name_nl", "name_en", "valid_from", "valid_to", "planned", "model", "source", "version"),
		privacy.New("party_rule", "organ", "purpose", "version", "data"),
	}
}
