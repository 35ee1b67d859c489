package auth

import (
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
)

// Herald tells a person what became of her roles. It is a room above this one.
type Herald interface {
	// RoleGiven is called when a role is given, in the transaction that gives it.
	RoleGiven(tx *db.Tx, account int64, g Grant) error
	// RoleEnded is called when the grants of a role end after a last day.
	RoleEnded(tx *db.Tx, account int64, role Role, last calendar.Date) error
}

// Announce gives the service its herald; without one nobody is told.
func (s *Service) Announce(h Herald) { s.herald = h }

func (s *Service) roleGiven(tx *db.Tx, account int64, g Grant) error {
	if s.herald == nil {
		return nil
	}
	return s.herald.RoleGiven(tx, account, g)
}

func (s *Service) roleEnded(tx *db.Tx, account int64, role Role, last calendar.Date) error {
	if s.herald == nil {
		return nil
	}
	return s.herald.RoleEnded(tx, account, role, last)
}
