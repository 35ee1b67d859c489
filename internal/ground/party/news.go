package party

import (
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/news"
)

// What the public may know to have changed: of a mandate that somebody else
// holds it, not who.
var (
	publicBody    = []string{"kind", "domain", "name_fr", "name_nl", "acronym", "parent", "period", "successor", "seat", "email", "phone", "website"}
	publicMandate = []string{"role", "holder", "period"}
	publicBoard   = []string{"name", "body", "period", "planned", "rules"}
)

// told is a change of a body as the public learns it. It concerns the commune
// of its seat.
func told(before, after *Body) (news.Item, error) {
	item, err := news.Of("body", before, after, publicBody...)
	for _, b := range []*Body{before, after} {
		if b != nil {
			item = about(item, b)
		}
	}
	return item, err
}

func about(item news.Item, b *Body) news.Item {
	item.Object, item.Href, item.Title = b.Object(), b.Address(), news.Title{FR: b.NameFR, NL: b.NameNL}
	if b.Seat != 0 {
		item.Areas = append(item.Areas, b.Seat)
	}
	return item
}

// note writes a change of a body into the audit and the news.
func note(tx *db.Tx, entry audit.Entry, before, after *Body) error {
	item, err := told(before, after)
	return write(tx, entry, item, err)
}

// noteMandate writes a change of a mandate, which is a change of its body.
func noteMandate(tx *db.Tx, entry audit.Entry, b *Body, before, after *Mandate) error {
	item, err := news.Of("mandate", before, after, publicMandate...)
	return write(tx, entry, about(item, b), err)
}

func noteBoard(tx *db.Tx, entry audit.Entry, before, after *Board) error {
	item, err := news.Of("organ", before, after, publicBoard...)
	item.Object, item.Href, item.Title = after.Object(), after.Address(), news.Title(after.Name)
	return write(tx, entry, item, err)
}

func write(tx *db.Tx, entry audit.Entry, item news.Item, err error) error {
	if err != nil {
		return err
	}
	if err := audit.Record(tx, entry); err != nil {
		return err
	}
	return news.Record(tx, item)
}
