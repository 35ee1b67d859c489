package ledger

import (
	"maps"
	"slices"
	"strconv"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/news"
	"beffroi/internal/platform/object"
)

// tell makes the entries of a writing known to the communes whose account they
// change: one by itself, many as one item a year. What is only projected changes
// no account and is no news.
func tell(tx *db.Tx, list []posted) error {
	if len(list) == 1 {
		return tellOne(tx, list[0])
	}
	areas := map[int]map[int64]bool{}
	for _, p := range list {
		if !p.Counts {
			continue
		}
		year := p.Ref.Year
		if areas[year] == nil {
			areas[year] = map[int64]bool{}
		}
		for _, x := range p.Parts {
			areas[year][x.Area] = true
		}
	}
	for _, year := range slices.Sorted(maps.Keys(areas)) {
		delete(areas[year], NoArea)
		text := strconv.Itoa(year)
		err := news.Record(tx, news.Item{Kind: "ledger.loaded", Object: object.Ref{Kind: "ledger", Key: text}, Href: "/ledger?year=" + text,
			Title: news.Title{FR: text}, Year: year, Areas: slices.Collect(maps.Keys(areas[year]))})
		if err != nil {
			return err
		}
	}
	return nil
}

func tellOne(tx *db.Tx, p posted) error {
	if !p.Counts {
		return nil
	}
	item := news.Item{Kind: "ledger.posted", Object: p.ObjectRef(), Href: "/ledger/" + p.Ref.String(), Title: news.Title(p.Title), Year: p.Ref.Year}
	if p.Reverses != 0 {
		item.Kind = "ledger.reversed"
	}
	for _, x := range p.Parts {
		if x.Area != NoArea {
			item.Areas = append(item.Areas, x.Area)
		}
	}
	return news.Record(tx, item)
}
