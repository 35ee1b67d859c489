package territory

import (
	"slices"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/finder"
	"beffroi/internal/platform/object"
)

// The weights of areas among what matches equally well.
const (
	weighCommune = 0
	weighGroup   = 5
	weighFormer  = 8
)

// Findable is the areas, by their names in all languages, former names, codes
// and postal codes. A former commune that lives on in one commune is found as
// that commune.
func (s *Service) Findable() finder.Source {
	return finder.Source{Kinds: []string{"commune", "area"}, Watches: []string{"import"}, Read: func(tx *db.Tx, refs []object.Ref) ([]finder.Document, error) {
		a, err := s.AtlasTx(tx)
		if err != nil {
			return nil, err
		}
		names := map[*Area][]string{}
		for _, e := range a.entries {
			names[e.hit.Area] = append(names[e.hit.Area], e.hit.Matched)
		}
		var docs []finder.Document
		for _, area := range a.areas {
			if refs == nil || slices.Contains(refs, area.Ref()) {
				if a.today(area) == area {
					docs = append(docs, area.document(names[area]))
				}
			}
		}
		return docs, nil
	}}
}

func (a *Area) document(names []string) finder.Document {
	d := finder.Document{Ref: a.Ref(), Kind: "area", Address: a.Address(), Title: finder.Languages(a.NameFR, a.NameNL, ""), Weight: weighGroup,
		Audience: finder.Seen(view, auth.Target{})}
	switch a.Kind {
	case Commune:
		d.Kind, d.Weight, d.Communes = "commune", weighCommune, []string{a.Key}
	case FormerCommune:
		d.Kind, d.Weight = "former_commune", weighFormer
	}
	for _, name := range names {
		if name != a.NameFR && name != a.NameNL && !slices.Contains(d.Names, name) {
			d.Names = append(d.Names, name)
		}
	}
	slices.Sort(d.Names)
	return d
}

// Keys are the codes of today of those of some areas that are communes, as
// documents name them.
func (a *Atlas) Keys(ids []int64) []string {
	var list []string
	for _, id := range ids {
		if area := a.byID[id]; area != nil && area.Kind == Commune {
			list = append(list, area.Key)
		}
	}
	slices.Sort(list)
	return list
}
