package finder

import "beffroi/internal/platform/privacy"

// Privacy declares the columns of the room: copies of what the rooms keep, which
// go when the original goes. Accounts are among the documents, for those who may
// see accounts.
func Privacy() []privacy.Table {
	use := privacy.Use{Purpose: "search", Persons: "staff-holders", Basis: "public-task", Retention: "original", Recipients: "agents"}
	return []privacy.Table{
		privacy.New("search_doc", "id", "ref_kind", "rank").Personal(use, "identity", "ref_key", "data", "terms").Ends(privacy.Nobody(), privacy.Kept("derived")),
		privacy.New("search_term", "chunk").Personal(use, "identity", "term", "bits").Ends(privacy.Nobody(), privacy.Kept("derived")),
		privacy.New("search_gram").Personal(use, "identity", "gram", "word").Ends(privacy.Nobody(), privacy.Kept("derived")),
		privacy.New("search_state", "id", "seq", "rules"),
	}
}
