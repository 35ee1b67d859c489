package series

import (
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
)

// Copy keeps what load makes of the figures for as long as no dataset changes and
// no figure appears or disappears.
func Copy[T any](s *Service, load func(*db.Tx) (T, error)) *db.Copy[T] {
	return db.NewCopy(s.db, load, "series_dataset", "series_vintage", "series_dim", "series_figure")
}

// Everything gives every whole figure that asOf sees, of all datasets and areas,
// by dataset key, then by area and year.
func (s *Service) Everything(tx *db.Tx, asOf calendar.Date) ([]Found, error) {
	return s.figures(tx, nil, nil, anyYear, whole, asOf)
}
