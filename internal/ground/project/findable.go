package project

import (
	"slices"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/finder"
	"beffroi/internal/platform/object"
)

// Findable is the projects, by title, reference, cycle and carrier; newest first.
func (s *Service) Findable() finder.Source {
	return finder.Source{Kinds: []string{"project"}, Watches: []string{"import", "pack"}, Read: func(tx *db.Tx, refs []object.Ref) ([]finder.Document, error) {
		list, err := readAll(tx)
		if err != nil {
			return nil, err
		}
		atlas, err := s.places.AtlasTx(tx)
		if err != nil {
			return nil, err
		}
		var docs []finder.Document
		for _, p := range list {
			if refs == nil || slices.Contains(refs, p.Object()) {
				docs = append(docs, finder.Document{Ref: p.Object(), Kind: "project", Address: p.Address(), Title: finder.Languages(p.Title.FR, p.Title.NL, p.Title.EN),
					Names: []string{p.Ref}, Text: finder.Languages(p.Carrier+" "+p.Cycle, "", ""), Communes: atlas.Keys(p.Communes), Weight: 26,
					Day: p.Period.From, Period: p.Period, Audience: finder.Seen(ReadProjects, auth.Target{})})
			}
		}
		return docs, nil
	}}
}
