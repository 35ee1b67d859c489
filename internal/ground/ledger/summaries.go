package ledger

import (
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
)

// Summaries gives, in one statement, the sums from a year on (0: all) of a commune (or of NoArea: what is
// not allocated) beside those of everything, by year, kind and measure as of a
// day, newest year first. Sums that come to nothing are left out.
//
// They are the totals up to the day's year, less what that year holds of later
// days: by index, and few.
func (s *Service) Summaries(tx *db.Tx, area int64, from int, asOf calendar.Date) (own, whole []Sum, err error) {
	type row struct {
		area int64
		Sum
	}
	rows, err := db.All(tx, func(sc db.Scanner) (r row, err error) {
		return r, sc.Scan(&r.area, &r.Year, &r.Kind, &r.Measure, &r.Amount)
	}, `SELECT area_id, year, kind, measure, amount FROM ledger_total WHERE area_id IN ($1, -1) AND year <= $2 AND year >= $6
		UNION ALL SELECT area_id, year, kind, measure, CAST(-sum(amount) AS BIGINT) FROM ledger_part WHERE area_id = $1 AND date > $3 AND date <= $5 AND counts = $4 GROUP BY area_id, year, kind, measure
		UNION ALL SELECT -1, year, kind, measure, CAST(-sum(amount) AS BIGINT) FROM ledger_entry WHERE date > $3 AND date <= $5 AND counts = $4 GROUP BY year, kind, measure`,
		area, asOf.Year(), asOf, true, asOf.EndOfYear(), from)
	for _, r := range rows {
		if r.area == WholeArea {
			whole = append(whole, r.Sum)
		} else {
			own = append(own, r.Sum)
		}
	}
	return merge(own), merge(whole), err
}
