package party

import (
	"beffroi/internal/ground/party/register"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
)

// Find gives the bodies in force on a day whose name, acronym or reference holds
// every word of q, at most limit, by name.
func (s *Service) Find(tx *db.Tx, q string, day calendar.Date, limit int) ([]*Body, error) {
	t, err := s.TreeTx(tx)
	if err != nil {
		return nil, err
	}
	var list []*Body
	for _, b := range t.list {
		if len(list) < limit && b.Period.Contains(day) && register.Match(b.fold, q) {
			list = append(list, b)
		}
	}
	return list, nil
}
