package mission

import (
	"beffroi/internal/ground/party"
	"beffroi/internal/ground/party/register"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
)

// Find gives the missions in force on a day whose words hold every word of q, at
// most limit.
func (s *Service) Find(tx *db.Tx, q string, day calendar.Date, limit int) ([]*Mission, error) {
	c, err := s.CatalogueTx(tx)
	if err != nil {
		return nil, err
	}
	var list []*Mission
	for _, m := range c.InForce(day) {
		if len(list) < limit && register.Match(m.fold, q) {
			list = append(list, m)
		}
	}
	return list, nil
}

// ByDomain counts the missions in force on a day, by domain in the order of the pages.
func (s *Service) ByDomain(tx *db.Tx, day calendar.Date) ([]party.DomainCount, error) {
	c, err := s.CatalogueTx(tx)
	if err != nil {
		return nil, err
	}
	count := map[party.Domain]int{}
	for _, m := range c.InForce(day) {
		count[m.Domain]++
	}
	var list []party.DomainCount
	for _, d := range party.Domains() {
		if count[d] > 0 {
			list = append(list, party.DomainCount{Domain: d, N: count[d]})
		}
	}
	return list, nil
}
