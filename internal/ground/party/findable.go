package party

import (
	"slices"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/finder"
	"beffroi/internal/platform/object"
)

// Findable is the bodies by name, acronym and reference, and the organs. Holders
// of mandates are read on the page of their body, not looked for by name.
func (s *Service) Findable() finder.Source {
	return finder.Source{Kinds: []string{"body", "organ"}, Watches: []string{"import", "pack"}, Read: func(tx *db.Tx, refs []object.Ref) ([]finder.Document, error) {
		t, err := s.TreeTx(tx)
		if err != nil {
			return nil, err
		}
		boards, err := readBoards(tx)
		if err != nil {
			return nil, err
		}
		atlas, err := s.places.AtlasTx(tx)
		if err != nil {
			return nil, err
		}
		var docs []finder.Document
		wanted := func(r object.Ref) bool { return refs == nil || slices.Contains(refs, r) }
		for _, b := range t.list {
			if wanted(b.Object()) {
				docs = append(docs, finder.Document{Ref: b.Object(), Kind: "body", Address: b.Address(), Title: finder.Languages(b.NameFR, b.NameNL, ""),
					Names: slices.DeleteFunc([]string{b.Acronym, b.Ref}, func(name string) bool { return name == "" }), Communes: atlas.Keys([]int64{b.Seat}),
					Weight: 20, Period: b.Period, Audience: finder.Seen(ReadBodies, auth.Target{})})
			}
		}
		for _, b := range boards {
			if wanted(b.Object()) {
				docs = append(docs, finder.Document{Ref: b.Object(), Kind: "organ", Address: b.Address(), Title: finder.Languages(b.Name.FR, b.Name.NL, b.Name.EN),
					Weight: 22, Audience: finder.Seen(ReadBodies, auth.Target{})})
			}
		}
		return docs, nil
	}}
}
