package key

import (
	"fmt"
	"io/fs"

	"github.com/BurntSushi/toml"

	"beffroi/internal/ground/series"
)

// LoadPack reads keys.toml: the keys of a province, all in force.
func LoadPack(files fs.FS) ([]Decided, error) {
	text, err := fs.ReadFile(files, "keys.toml")
	if err != nil {
		return nil, err
	}
	var doc struct {
		Key []struct {
			Key, Status, Note, Kind, Decision string
			Version                           int
			Title                             series.Text
			Criteria                          []struct {
				Dataset string
				Year    int
				BP      int64
			}
		}
	}
	if err := toml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("key: keys.toml: %w", err)
	}
	var list []Decided
	for _, k := range doc.Key {
		d := Decided{Decision: k.Decision, Proposal: Proposal{Key: k.Key, Title: k.Title, Note: k.Note, Kind: Kind(k.Kind), Fictitious: k.Status == "fictitious"}}
		for _, c := range k.Criteria {
			d.Criteria = append(d.Criteria, Choice{Dataset: c.Dataset, Year: c.Year, Weight: c.BP})
		}
		list = append(list, d)
	}
	return list, nil
}
