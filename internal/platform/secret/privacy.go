package secret

import "beffroi/internal/platform/privacy"

// Privacy declares the columns of the room. A subject is a number or a
// reference, which goes with its key.
func Privacy() []privacy.Table {
	use := privacy.Use{Purpose: "sealing", Persons: "staff-holders", Basis: "legal-obligation", Retention: "sealed", Recipients: "nobody"}
	return []privacy.Table{
		privacy.New("secret_key", "id", "purpose", "state", "wrapped", "made_at", "ended_at").Personal(use, "identity", "subject").
			Ends(privacy.Nobody(), privacy.Kept("key")),
	}
}
