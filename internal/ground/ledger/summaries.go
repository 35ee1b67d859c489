package ledger

import (
	"slices"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
)

// Summaries gives the sums of an area and of everything in one statement: what
// the page of a commune compares.
func (s *Service) Summaries(tx *db.Tx, area int64, asOf calendar.Date) (own, whole []Sum, err error) {
	type row struct {
		area int64
		Sum
	}
	rows, err := db.All(tx, func(sc db.Scanner) (r row, err error) {
		return r, sc.Scan(&r.area, &r.Year, &r.Kind, &r.Measure, &r.Amount)
	}, `SELECT area_id, year, kind, measure, amount FROM ledger_total WHERE area_id IN ($1, -1) AND year < $2
		UNION ALL SELECT area_id, year, kind, measure, CAST(sum(amount) AS BIGINT) FROM ledger_part WHERE area_id = $1 AND year = $2 AND date <= $3 AND counts = $4 GROUP BY area_id, year, kind, measure
		UNION ALL SELECT -1, year, kind, measure, CAST(sum(amount) AS BIGINT) FROM ledger_entry WHERE year = $2 AND date <= $3 AND counts = $4 GROUP BY year, kind, measure`,
		area, asOf.Year(), asOf, true)
	for _, r := range rows {
		if r.area == WholeArea {
			whole = append(whole, r.Sum)
		} else {
			own = append(own, r.Sum)
		}
	}
	slices.SortFunc(own, compareSums)
	slices.SortFunc(whole, compareSums)
	return own, whole, err
}
