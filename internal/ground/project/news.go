package project

import (
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/news"
)

// publicFields are what the public may know to have changed.
var publicFields = []string{"title", "cycle", "territory", "carrier", "communes", "amount_cents", "completeness", "state", "mission", "period"}

// told is a change of a project as the public learns it. It concerns the
// communes that took part before, too.
func told(before, after *Project) (news.Item, error) {
	item, err := news.Of("project", before, after, publicFields...)
	for _, p := range []*Project{before, after} {
		if p != nil {
			item.Object, item.Href, item.Title = p.Object(), p.Address(), news.Title(p.Title)
			item.Areas = append(item.Areas, p.Communes...)
		}
	}
	return item, err
}

// note writes a change of a project into the audit and the news.
func note(tx *db.Tx, entry audit.Entry, before, after *Project) error {
	if err := audit.Record(tx, entry); err != nil {
		return err
	}
	item, err := told(before, after)
	if err != nil {
		return err
	}
	return news.Record(tx, item)
}
