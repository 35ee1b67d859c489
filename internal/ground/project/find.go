package project

import (
	"beffroi/internal/ground/party/register"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
)

// Find gives the projects in force on a day whose words hold every word of q, at
// most limit. One statement.
func (s *Service) Find(tx *db.Tx, q string, day calendar.Date, limit int) ([]*Project, error) {
	all, err := s.projects.Get(tx)
	if err != nil {
		return nil, err
	}
	var list []*Project
	for _, p := range all {
		if len(list) < limit && p.Period.Contains(day) && register.Match(p.fold, q) {
			list = append(list, p)
		}
	}
	return list, nil
}
