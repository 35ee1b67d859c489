package auth

import (
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
)

// Mandates tells of the mandates on which roles hang; the register of bodies
// keeps them.
type Mandates interface {
	// MandatePeriod is the period of a mandate; ok is false when there is none of
	// this reference.
	MandatePeriod(tx *db.Tx, ref string) (p calendar.Period, ok bool, err error)
}

// Letter is what Post sends. Kind names its texts, Link is a path of this site.
type Letter struct {
	To, Name, Lang, Kind string
	Args                 map[string]string
	Link                 string
}

// Post writes letters; a letter leaves if and only if the transaction commits.
type Post interface {
	Send(tx *db.Tx, l Letter) error
}
