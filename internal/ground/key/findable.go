package key

import (
	"slices"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/finder"
	"beffroi/internal/platform/object"
)

// Findable is the keys; those that are drafts only, for those who may edit them.
func (s *Service) Findable() finder.Source {
	return finder.Source{Kinds: []string{"key"}, Read: func(tx *db.Tx, refs []object.Ref) ([]finder.Document, error) {
		list, err := keys(tx, "")
		if err != nil {
			return nil, err
		}
		var docs []finder.Document
		for _, k := range list {
			if refs != nil && !slices.Contains(refs, k.Ref()) {
				continue
			}
			seen := finder.Passing(ruleEdit)
			if slices.ContainsFunc(k.Versions, func(v Version) bool { return v.Status != Draft }) {
				seen = finder.Seen(ruleView, auth.Target{})
			}
			docs = append(docs, finder.Document{Ref: k.Ref(), Kind: "key", Address: "/keys/" + k.Key, Title: finder.Languages(k.Title.FR, k.Title.NL, k.Title.EN),
				Names: []string{k.Key}, Text: finder.Languages(k.Note, "", ""), Weight: 32, Audience: seen})
		}
		return docs, nil
	}}
}
