package mission

import (
	"time"

	"beffroi/internal/ground/party"
	"beffroi/internal/ground/party/register"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/money"
	"beffroi/internal/platform/object"
)

// Part is one of the five parts of territorial development; "" for other domains.
type Part string

// The parts.
const (
	HealthPromotion Part = "health-promotion"
	FloodControl    Part = "flood-control"
	LocalSupport    Part = "local-support"
	Diagnostics     Part = "diagnostics"
	Tourism         Part = "tourism"
)

// Parts lists the five.
func Parts() []Part {
	return []Part{HealthPromotion, FloodControl, LocalSupport, Diagnostics, Tourism}
}

// Scope is whom a mission serves.
type Scope string

// The scopes.
const (
	All  Scope = "all"  // every commune of the province
	List Scope = "list" // those listed
)

// Mission is something that the Province does for somebody. Its JSON is the
// image kept by the audit and by imports.
type Mission struct {
	Code        string          `json:"code"`
	Title       register.Text   `json:"title"`
	Description register.Text   `json:"description"`
	Domain      party.Domain    `json:"domain"`
	Part        Part            `json:"part,omitempty"`
	Parent      string          `json:"parent,omitempty"` // code of the mission of which this is a part
	LegalBasis  string          `json:"legal_basis,omitempty"`
	Holder      string          `json:"holder,omitempty"` // ref of a body
	Period      calendar.Period `json:"period"`
	Scope       Scope           `json:"scope"`
	Communes    []int64         `json:"communes,omitempty"` // area ids when the scope is List, ascending
	Source      string          `json:"source,omitempty"`
	Version     int64           `json:"version"`
	fold        string
	sort        string
}

// Object points at the mission.
func (m *Mission) Object() object.Ref { return object.Ref{Kind: "mission", Key: m.Code} }

// Address is the path of the mission's page.
func (m *Mission) Address() string { return "/missions/" + m.Code }

// Serves tells whether the mission serves a commune.
func (m *Mission) Serves(area int64) bool {
	if m.Scope == All {
		return true
	}
	for _, id := range m.Communes {
		if id == area {
			return true
		}
	}
	return false
}

// Measure is what a figure counts.
type Measure string

// The measures and the unit of their whole numbers.
const (
	Cost  Measure = "cost_cents" // euro cents a year
	Staff Measure = "staff_fte"  // hundredths of a full-time place
	Users Measure = "users"      // persons
)

// Measures lists the measures.
func Measures() []Measure { return []Measure{Cost, Staff, Users} }

// Figure is what one mission took or reached in one year.
type Figure struct {
	ID         int64        `json:"id"`
	Mission    string       `json:"mission"`
	Year       int          `json:"year"`
	Measure    Measure      `json:"measure"`
	Value      int64        `json:"value"` // in the unit of the measure, from 0
	Status     party.Status `json:"status"`
	Source     string       `json:"source"`
	Supersedes int64        `json:"supersedes,omitempty"` // id of the row that this one corrects
	At         time.Time    `json:"at"`
	Actor      string       `json:"-"` // for the staff: the audit tells who
}

// Money is the value of a cost.
func (f Figure) Money() money.Cents { return money.Cents(f.Value) }

// Label is a heading of a plan that is no mission.
type Label struct {
	Code    string `json:"code"`
	Level   string `json:"level"` // plan, value, axis, pillar, domain, theme, general_objective, project
	Parent  string `json:"parent,omitempty"`
	TitleFR string `json:"title_fr"`
	Source  string `json:"source,omitempty"`
	Version int64  `json:"version"`
}

// Catalogue is every mission at one moment with the figures that stand.
// It is immutable; its missions are shared: read, never write.
type Catalogue struct {
	list     []*Mission // by domain, then French title
	byCode   map[string]*Mission
	children map[string][]*Mission
	figures  map[string][]Figure // by mission; superseded ones left out; by year
	history  map[string][]Figure // by mission; all; by year, oldest record first
}

// NewCatalogue arranges missions, in the order of lists, and figures, in the
// order in which they were recorded.
func NewCatalogue(list []*Mission, figures []Figure) *Catalogue {
	c := &Catalogue{list: list, byCode: make(map[string]*Mission, len(list)), children: map[string][]*Mission{}, figures: map[string][]Figure{}, history: map[string][]Figure{}}
	for _, m := range list {
		c.byCode[m.Code] = m
		if m.Parent != "" {
			c.children[m.Parent] = append(c.children[m.Parent], m)
		}
	}
	gone := map[int64]bool{}
	for _, f := range figures {
		gone[f.Supersedes] = true
	}
	for _, f := range figures {
		c.history[f.Mission] = append(c.history[f.Mission], f)
		if !gone[f.ID] {
			c.figures[f.Mission] = append(c.figures[f.Mission], f)
		}
	}
	return c
}

// All are the missions by domain and title.
func (c *Catalogue) All() []*Mission { return c.list }

// Mission is the mission of a code, nil when there is none.
func (c *Catalogue) Mission(code string) *Mission { return c.byCode[code] }

// InForce are the missions that exist on a day.
func (c *Catalogue) InForce(day calendar.Date) []*Mission {
	var list []*Mission
	for _, m := range c.list {
		if m.Period.Contains(day) {
			list = append(list, m)
		}
	}
	return list
}

// Children are the missions that are part of one, on a day.
func (c *Catalogue) Children(code string, day calendar.Date) []*Mission {
	var list []*Mission
	for _, m := range c.children[code] {
		if m.Period.Contains(day) {
			list = append(list, m)
		}
	}
	return list
}

// Figures are the figures of a mission that stand, by year.
func (c *Catalogue) Figures(code string) []Figure { return c.figures[code] }

// History is every figure of a mission, those corrected since too, by year.
func (c *Catalogue) History(code string) []Figure { return c.history[code] }

// Latest is a mission's figure of the last year that had begun on a day.
func (c *Catalogue) Latest(code string, measure Measure, day calendar.Date) (Figure, bool) {
	var found Figure
	ok := false
	for _, f := range c.figures[code] {
		if f.Measure == measure && f.Year <= day.Year() && (!ok || f.Year >= found.Year) {
			found, ok = f, true
		}
	}
	return found, ok
}

// circle follows parents from a mission; when it comes back, the way is told.
func (c *Catalogue) circle(m *Mission) string {
	way := m.Code
	for code, steps := m.Parent, 0; code != "" && steps <= len(c.list); steps++ {
		way += " → " + code
		if code == m.Code {
			return way
		}
		next := c.byCode[code]
		if next == nil {
			return ""
		}
		code = next.Parent
	}
	return ""
}
