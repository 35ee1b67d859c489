package series

import (
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
)

// Reader is how other rooms read figures. Every method takes a constant number
// of statements, whatever the number of areas or datasets.
type Reader interface {
	// Dataset gives one dataset, or a NotFound fault.
	Dataset(tx *db.Tx, key string) (Dataset, error)
	// Datasets lists all datasets by key.
	Datasets(tx *db.Tx) ([]Dataset, error)
	// Latest gives, for each dataset and area, the whole figure of the latest
	// year that asOf sees, years after asOf's left out. Nil keys are all
	// datasets, nil areas all areas. By dataset key, then by area.
	Latest(tx *db.Tx, keys []string, areas []int64, asOf calendar.Date) ([]Found, error)
	// History gives every year of the whole figures of one area, by dataset key,
	// then by year.
	History(tx *db.Tx, keys []string, area int64, asOf calendar.Date) ([]Found, error)
	// Values gives the whole figures of a year in one vintage exactly, by area.
	Values(tx *db.Tx, key string, year int, vintage int64) (map[int64]Figure, error)
	// Newest gives the figures of a year that asOf sees and the highest vintage among them.
	Newest(tx *db.Tx, key string, year int, asOf calendar.Date) (map[int64]Figure, Vintage, error)
	// Years lists the years of a dataset that asOf sees, ascending.
	Years(tx *db.Tx, keys []string, asOf calendar.Date) (map[string][]int, error)
}

var _ Reader = (*Service)(nil)
