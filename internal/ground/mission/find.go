package mission

import (
	"beffroi/internal/ground/party"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
)

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
