package territory

import (
	"encoding/json"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/news"
)

// publicFacts are what the public may know to have changed of an area.
type publicFacts struct {
	Name        [3]string    `json:"name"`
	Period      any          `json:"period"`
	Codes       []Code       `json:"codes"`
	Memberships []Membership `json:"memberships"`
	Postal      []Postal     `json:"postal"`
	Boundary    string       `json:"boundary"`
}

func (d *dossier) publicFacts() *publicFacts {
	a := d.Area
	return &publicFacts{[3]string{a.NameFR, a.NameNL, a.NameDE}, a.Period, d.Codes, d.Memberships, d.Postal, d.Shape}
}

// tell makes a change of an area known. It concerns the commune itself, or the
// communes that are members of the group.
func (d *dossier) tell(tx *db.Tx) error {
	var before *publicFacts
	if d.before != nil {
		var old dossier
		if err := json.Unmarshal(d.before, &old); err != nil {
			return err
		}
		before = old.publicFacts()
	}
	item, err := news.Of("territory", before, d.publicFacts(), "name", "period", "codes", "memberships", "postal", "boundary")
	if err != nil {
		return err
	}
	item.Object, item.Href, item.Title = d.Area.Ref(), d.Area.Address(), news.Title{FR: d.Area.NameFR, NL: d.Area.NameNL}
	if d.Area.Kind == Commune {
		item.Areas = []int64{d.Area.ID}
	}
	return news.Record(tx, item)
}
