package series

import (
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/news"
)

// tell makes known that figures of a dataset came or went.
func tell(tx *db.Tx, kind news.Kind, d Dataset) error {
	return news.Record(tx, news.Item{Kind: kind, Object: d.Ref(), Href: d.Address(), Title: news.Title(d.Title)})
}
