package staff

import (
	"slices"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/finder"
	"beffroi/internal/platform/object"
)

// Findable is the accounts, for those who may look at accounts.
func Findable() finder.Source {
	seen := finder.Seen(auth.ReadAccounts, auth.Target{})
	return finder.Source{Kinds: []string{"account"}, Read: func(tx *db.Tx, refs []object.Ref) ([]finder.Document, error) {
		list, err := auth.Accounts(tx)
		if err != nil {
			return nil, err
		}
		var docs []finder.Document
		for _, a := range list {
			ref := object.Ref{Kind: "account", Key: a.Username}
			if refs != nil && !slices.Contains(refs, ref) {
				continue
			}
			docs = append(docs, finder.Document{Ref: ref, Kind: "account", Address: "/history/account/" + a.Username,
				Title: finder.Languages(a.Name, "", ""), Names: []string{a.Username}, Text: finder.Languages(a.Email, "", ""), Weight: 40, Audience: seen})
		}
		return docs, nil
	}}
}
