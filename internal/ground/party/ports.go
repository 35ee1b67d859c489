package party

import (
	"context"

	"beffroi/internal/platform/calendar"
)

// Link leads from a body's page to something of another room.
type Link struct {
	Title string
	Other string // language of the title when it is not the page's
	Href  string
	Note  string // "" or a few words: the part that the body plays
}

// Missions tells which missions a body holds. The room of missions stands above
// this one, so it is handed in when the program is put together.
type Missions interface {
	HeldBy(ctx context.Context, ref string, day calendar.Date, lang string) ([]Link, error)
}

// Inhabitants gives the population by area id that was known on a day, with the
// year of the figures; it feeds votes weighted by population.
type Inhabitants interface {
	Inhabitants(ctx context.Context, dataset string, day calendar.Date) (byArea map[int64]int64, year int, err error)
}
