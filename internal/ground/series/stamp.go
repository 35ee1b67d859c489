package series

import (
	"fmt"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
)

// Stamp changes whenever a figure appears or disappears: what pages remember of
// the figures holds as long as the stamp does.
func (s *Service) Stamp(tx *db.Tx) (string, error) {
	stamp, _, err := db.One(tx, func(sc db.Scanner) (string, error) {
		var last, withdrawn int64
		err := sc.Scan(&last, &withdrawn)
		return fmt.Sprintf("%d-%d", last, withdrawn), err
	}, "SELECT coalesce(max(id), 0), count(withdrawn_at) FROM series_vintage")
	return stamp, err
}

// Everything gives every whole figure that asOf sees, of all datasets and areas,
// by dataset key, then by area and year.
func (s *Service) Everything(tx *db.Tx, asOf calendar.Date) ([]Found, error) {
	return s.figures(tx, nil, nil, anyYear, whole, asOf)
}
