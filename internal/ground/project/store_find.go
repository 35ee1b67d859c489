package project

import "beffroi/internal/platform/db"

// Exists tells whether there is a project of this reference. One statement.
func (s *Service) Exists(tx *db.Tx, ref string) (bool, error) {
	_, ok, err := db.One(tx, db.Value[string], "SELECT ref FROM project WHERE ref = $1", ref)
	return ok, err
}
