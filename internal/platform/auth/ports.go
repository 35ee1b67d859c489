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
