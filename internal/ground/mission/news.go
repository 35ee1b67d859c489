package mission

import (
	"slices"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/news"
)

// publicFields are what the public may know to have changed; the whole mission
// is public but for the words about its source.
var publicFields = []string{"title", "description", "domain", "part", "parent", "legal_basis", "holder", "period", "scope", "communes"}

// told is a change of a mission as the public learns it. It concerns those that
// the mission served before, too.
func told(before, after *Mission) (news.Item, error) {
	item, err := news.Of("mission", before, after, publicFields...)
	for _, m := range []*Mission{before, after} {
		if m != nil {
			item.Object, item.Href, item.Title = m.Object(), m.Address(), news.Title(m.Title)
			item.Everywhere = item.Everywhere || m.Scope == All
			item.Areas = append(item.Areas, m.Communes...)
		}
	}
	return item, err
}

// note writes a change of a mission into the audit and the news.
func note(tx *db.Tx, entry audit.Entry, before, after *Mission) error {
	if err := audit.Record(tx, entry); err != nil {
		return err
	}
	item, err := told(before, after)
	if err != nil {
		return err
	}
	return news.Record(tx, item)
}

// noteFigure writes a new figure of a mission into the audit and the news.
func noteFigure(tx *db.Tx, entry audit.Entry, m *Mission, f Figure) error {
	if err := audit.Record(tx, entry); err != nil {
		return err
	}
	return news.Record(tx, news.Item{Kind: "mission.figure", Object: m.Object(), Href: m.Address(), Title: news.Title(m.Title),
		Year: f.Year, Everywhere: m.Scope == All, Areas: slices.Clone(m.Communes)})
}
