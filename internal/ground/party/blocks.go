package party

import (
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
)

// Around is what the register knows about a commune on a day.
type Around struct {
	Own    []*Body // the commune's administration and its CPAS
	Zones  []*Body // rescue zone, police zone, river contract
	Seated []*Body // other bodies with their seat in the commune
}

// BodiesOf are the bodies of a commune's page: one statement.
func (s *Service) BodiesOf(tx *db.Tx, area int64, atlas *territory.Atlas, day calendar.Date) (Around, error) {
	list, err := bodiesAround(tx, area)
	if err != nil {
		return Around{}, err
	}
	groups := map[string]bool{}
	for _, g := range atlas.Groups(area, day) {
		groups[g.Key] = true
	}
	var a Around
	for _, b := range inForce(list, day) {
		switch {
		case groups[b.Ref]: // a zone's body carries the key of its area
			a.Zones = append(a.Zones, b)
		case b.Seat != area:
		case b.Kind == Commune || b.Kind == CPAS:
			a.Own = append(a.Own, b)
		default:
			a.Seated = append(a.Seated, b)
		}
	}
	return a, nil
}

// DomainCount is how many provincial services a domain has.
type DomainCount struct {
	Domain Domain
	N      int
}

// ServicesByDomain counts the services, schools and guidance centres in force on
// a day, by domain in the order of the pages: the whole province serves a
// commune, wherever the service has its seat. One statement.
func (s *Service) ServicesByDomain(tx *db.Tx, day calendar.Date) ([]DomainCount, error) {
	count := map[Domain]int{}
	_, err := db.All(tx, func(sc db.Scanner) (struct{}, error) {
		var d Domain
		var n int
		err := sc.Scan(&d, &n)
		count[d] = n
		return struct{}{}, err
	}, `SELECT domain, COUNT(*) FROM party_body WHERE kind IN ($1, $2, $3, $4)
		AND (valid_from IS NULL OR valid_from <= $5) AND (valid_to IS NULL OR valid_to >= $5) GROUP BY domain`,
		string(ServiceBody), string(School), string(SchoolGuidance), string(Regie), day)
	if err != nil {
		return nil, err
	}
	var list []DomainCount
	for _, d := range Domains() {
		if count[d] > 0 {
			list = append(list, DomainCount{d, count[d]})
		}
	}
	return list, nil
}
