package party

import (
	"slices"

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

// Refs are the references of all of them.
func (a Around) Refs() (list []string) {
	for _, b := range slices.Concat(a.Own, a.Zones, a.Seated) {
		list = append(list, b.Ref)
	}
	return list
}

// zones are the kinds of bodies that stand for groups of communes.
var zones = []Kind{RescueZone, PoliceZone, RiverContract}

// BodiesOf are the bodies of a commune's page.
func (s *Service) BodiesOf(tx *db.Tx, area int64, atlas *territory.Atlas, day calendar.Date) (Around, error) {
	t, err := s.TreeTx(tx)
	if err != nil {
		return Around{}, err
	}
	groups := map[string]bool{}
	for _, g := range atlas.Groups(area, day) {
		groups[g.Key] = true
	}
	var a Around
	for _, b := range inForce(t.list, day) {
		switch {
		case groups[b.Ref] && slices.Contains(zones, b.Kind): // a zone's body carries the key of its area
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

// offering are the kinds of bodies that offer a service of the province.
var offering = []Kind{ServiceBody, School, SchoolGuidance, Regie}

// DomainCount is how many provincial services a domain has.
type DomainCount struct {
	Domain Domain
	N      int
}

// ServicesByDomain counts the services, schools and guidance centres in force on
// a day, by domain in the order of the pages: the whole province serves a
// commune, wherever the service has its seat.
func (s *Service) ServicesByDomain(tx *db.Tx, day calendar.Date) ([]DomainCount, error) {
	t, err := s.TreeTx(tx)
	if err != nil {
		return nil, err
	}
	count := map[Domain]int{}
	for _, b := range inForce(t.list, day) {
		if slices.Contains(offering, b.Kind) {
			count[b.Domain]++
		}
	}
	var list []DomainCount
	for _, d := range Domains() {
		if count[d] > 0 {
			list = append(list, DomainCount{d, count[d]})
		}
	}
	return list, nil
}
