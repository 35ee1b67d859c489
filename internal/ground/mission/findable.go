package mission

import (
	"slices"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/finder"
	"beffroi/internal/platform/object"
)

// Findable is the missions, by their texts, code, legal basis and holder, and
// the scenarios.
func (s *Service) Findable() finder.Source {
	return finder.Source{Kinds: []string{"mission", "scenario"}, Watches: []string{"import", "pack", "body"}, Read: func(tx *db.Tx, refs []object.Ref) ([]finder.Document, error) {
		st, err := s.state(tx)
		if err != nil {
			return nil, err
		}
		scenarios, err := readScenarios(tx)
		if err != nil {
			return nil, err
		}
		var docs []finder.Document
		wanted := func(r object.Ref) bool { return refs == nil || slices.Contains(refs, r) }
		for _, m := range st.missions.list {
			if wanted(m.Object()) {
				docs = append(docs, m.document(st))
			}
		}
		for _, sc := range scenarios {
			if wanted(sc.Object()) {
				docs = append(docs, finder.Document{Ref: sc.Object(), Kind: "scenario", Address: sc.Address(), Title: finder.Languages(sc.Title.FR, sc.Title.NL, sc.Title.EN),
					Text: finder.Languages(sc.Description.FR, sc.Description.NL, sc.Description.EN), Weight: 28, Audience: finder.Seen(ReadMissions, auth.Target{})})
			}
		}
		return docs, nil
	}}
}

func (m *Mission) document(st state) finder.Document {
	text := m.Description.FR + " " + m.LegalBasis
	if b := st.bodies.Body(m.Holder); b != nil {
		text += " " + b.NameFR + " " + b.Acronym
	}
	d := finder.Document{Ref: m.Object(), Kind: "mission", Address: m.Address(), Title: finder.Languages(m.Title.FR, m.Title.NL, m.Title.EN), Names: []string{m.Code},
		Text: finder.Languages(text, m.Description.NL, m.Description.EN), Weight: 24, Period: m.Period, Audience: finder.Seen(ReadMissions, auth.Target{})}
	if m.Scope == List {
		d.Communes = st.atlas.Keys(m.Communes)
	}
	return d
}
