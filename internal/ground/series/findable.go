package series

import (
	"slices"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/finder"
	"beffroi/internal/platform/object"
)

// Findable is the datasets.
func (s *Service) Findable() finder.Source {
	return finder.Source{Kinds: []string{"dataset"}, Watches: []string{"import"}, Read: func(tx *db.Tx, refs []object.Ref) ([]finder.Document, error) {
		list, err := s.Datasets(tx)
		if err != nil {
			return nil, err
		}
		var docs []finder.Document
		for _, d := range list {
			if refs == nil || slices.Contains(refs, d.Ref()) {
				docs = append(docs, d.document())
			}
		}
		return docs, nil
	}}
}

func (d Dataset) document() finder.Document {
	return finder.Document{Ref: d.Ref(), Kind: "dataset", Address: d.Address(), Title: finder.Languages(d.Title.FR, d.Title.NL, d.Title.EN), Names: []string{d.Key},
		Text: finder.Languages(d.Description.FR+" "+d.Publisher, d.Description.NL, d.Description.EN), Weight: 30, Audience: finder.Seen(ruleView, auth.Target{})}
}
