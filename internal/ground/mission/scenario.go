package mission

import (
	"beffroi/internal/ground/party/register"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/object"
)

// Destiny is what a scenario makes of a mission: who would hold it.
type Destiny string

// The destinies.
const (
	Keep          Destiny = "keep"
	ToRegion      Destiny = "region"
	ToCommunity   Destiny = "community"
	ToCommunes    Destiny = "communes"
	Supracommunal Destiny = "supracommunal"
)

// Destinies lists the destinies in the order of the pages.
func Destinies() []Destiny {
	return []Destiny{Keep, ToRegion, ToCommunity, ToCommunes, Supracommunal}
}

// Tag is what a scenario says of one mission.
type Tag struct {
	Destiny  Destiny       `json:"tag"`
	Sentence register.Text `json:"sentence"` // empty: the scenario's own sentence
}

// Scenario is a hypothesis about who would hold which mission.
type Scenario struct {
	Key          string         `json:"key"`
	Title        register.Text  `json:"title"`
	Description  register.Text  `json:"description"`
	Hypothetical bool           `json:"hypothetical"`
	Sentence     register.Text  `json:"sentence"` // of missions without one of their own
	Source       string         `json:"source,omitempty"`
	Tags         map[string]Tag `json:"tags"` // by code of mission
	Version      int64          `json:"version"`
}

// Object points at the scenario.
func (s *Scenario) Object() object.Ref { return object.Ref{Kind: "scenario", Key: s.Key} }

// Address is the path of the scenario's page.
func (s *Scenario) Address() string { return "/scenarios/" + s.Key }

// Of is what the scenario says of a mission: its own tag, otherwise that of the
// mission of which it is a part; ok is false when it says nothing.
func (s *Scenario) Of(c *Catalogue, m *Mission) (Tag, bool) {
	for steps := 0; m != nil && steps <= len(c.list); steps++ {
		if t, ok := s.Tags[m.Code]; ok {
			if t.Sentence.FR == "" {
				t.Sentence = s.Sentence
			}
			return t, true
		}
		m = c.byCode[m.Parent]
	}
	return Tag{}, false
}

// Total is what one destiny takes over. Known of Missions have a figure: a sum
// over half of them says so.
type Total struct {
	Destiny    Destiny `json:"tag"` // "" for missions that the scenario does not mention
	Missions   int     `json:"missions"`
	Cost       int64   `json:"cost_cents"`
	CostKnown  int     `json:"cost_known"`
	Staff      int64   `json:"staff_hundredths"`
	StaffKnown int     `json:"staff_known"`
	Fictitious bool    `json:"fictitious"` // one figure at least is demonstration data
}

// Totals sums cost and staff by destiny: for each mission without parts, the
// latest year that had begun on the day. A mission with parts speaks only where
// none of its parts does, so that nothing is counted twice. Destinies without
// missions are left out; the order is that of Destinies, the unmentioned last.
func (s *Scenario) Totals(c *Catalogue, day calendar.Date) []Total {
	sums := map[Destiny]*Total{}
	at := func(m *Mission) *Total {
		tag, _ := s.Of(c, m)
		if sums[tag.Destiny] == nil {
			sums[tag.Destiny] = &Total{Destiny: tag.Destiny}
		}
		return sums[tag.Destiny]
	}
	for _, m := range c.Leaves(day) {
		at(m).Missions++
	}
	for _, f := range c.standing(Cost, day) {
		t := at(c.byCode[f.Mission])
		t.Cost += f.Value
		t.CostKnown++
		t.Fictitious = t.Fictitious || f.Status == "fictitious"
	}
	for _, f := range c.standing(Staff, day) {
		t := at(c.byCode[f.Mission])
		t.Staff += f.Value
		t.StaffKnown++
		t.Fictitious = t.Fictitious || f.Status == "fictitious"
	}
	var list []Total
	for _, d := range append(Destinies(), "") {
		if t := sums[d]; t != nil {
			list = append(list, *t)
		}
	}
	return list
}

// taking is the total of a destiny, all zero where it takes nothing over.
func taking(totals []Total, d Destiny) Total {
	for _, t := range totals {
		if t.Destiny == d {
			return t
		}
	}
	return Total{Destiny: d}
}

// sum is the total of all destinies.
func sum(totals []Total) (all Total) {
	for _, t := range totals {
		all.Missions, all.Cost, all.Staff = all.Missions+t.Missions, all.Cost+t.Cost, all.Staff+t.Staff
		all.CostKnown, all.StaffKnown = all.CostKnown+t.CostKnown, all.StaffKnown+t.StaffKnown
		all.Fictitious = all.Fictitious || t.Fictitious
	}
	return all
}

// Leaves are the missions in force that have no parts in force.
func (c *Catalogue) Leaves(day calendar.Date) []*Mission {
	var list []*Mission
	for _, m := range c.InForce(day) {
		if len(c.Children(m.Code, day)) == 0 {
			list = append(list, m)
		}
	}
	return list
}

// standing are the figures of a measure that enter a total.
func (c *Catalogue) standing(measure Measure, day calendar.Date) []Figure {
	var list []Figure
	for _, m := range c.InForce(day) {
		if f, ok := c.Latest(m.Code, measure, day); ok && !c.partsSpeak(m, measure, day, len(c.list)) {
			list = append(list, f)
		}
	}
	return list
}

// partsSpeak tells whether a part of a mission, or a part of that, has a figure.
// depth bounds bad data.
func (c *Catalogue) partsSpeak(m *Mission, measure Measure, day calendar.Date, depth int) bool {
	for _, part := range c.Children(m.Code, day) {
		if _, ok := c.Latest(part.Code, measure, day); ok || depth > 0 && c.partsSpeak(part, measure, day, depth-1) {
			return true
		}
	}
	return false
}

// Consequence is what would change for one commune.
type Consequence struct {
	Commune  *territory.Area
	Missions []*Mission // those that would change holder, without parts
}

// Consequences are, for each commune, the missions serving it that would leave
// the Province. Communes for which nothing changes are left out.
func (s *Scenario) Consequences(c *Catalogue, communes []*territory.Area, day calendar.Date) []Consequence {
	var moving []*Mission
	for _, m := range c.Leaves(day) {
		if tag, ok := s.Of(c, m); ok && tag.Destiny != Keep {
			moving = append(moving, m)
		}
	}
	var list []Consequence
	for _, area := range communes {
		var served []*Mission
		for _, m := range moving {
			if m.Serves(area.ID) {
				served = append(served, m)
			}
		}
		if len(served) > 0 {
			list = append(list, Consequence{area, served})
		}
	}
	return list
}
