package party

import (
	"context"

	"beffroi/internal/platform/calendar"
)

// Inhabitants gives the population by area id that was known on a day, with the
// year of the figures; it feeds votes weighted by population.
type Inhabitants interface {
	Inhabitants(ctx context.Context, dataset string, day calendar.Date) (byArea map[int64]int64, year int, err error)
}
