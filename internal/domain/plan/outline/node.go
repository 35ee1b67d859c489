package outline

import (
	"slices"
	"strings"

	"beffroi/internal/domain/plan/rollup"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/money"
	"beffroi/internal/platform/object"
)

// Node is a pillar, an objective, an action or a sub-action, whole: what belongs
// to it is kept, changed and remembered with it. Nodes name each other by code.
type Node struct {
	Plan      string  `json:"plan,omitempty"`
	Code      string  `json:"code"`
	Parent    string  `json:"parent,omitempty"` // primary
	Position  int     `json:"position"`         // among its siblings
	Title     string  `json:"title"`
	Text      string  `json:"text,omitempty"`
	State     string  `json:"state"`
	Health    Health  `json:"health,omitempty"`
	Remark    string  `json:"remark,omitempty"` // on state and health
	Side      Side    `json:"side,omitempty"`
	Priority  bool    `json:"priority,omitempty"`
	Permanent bool    `json:"permanent,omitempty"` // continuous, without an end
	Secrecy   Secrecy `json:"secrecy,omitempty"`

	Planned  calendar.Period `json:"planned,omitzero"`
	Actual   calendar.Period `json:"actual,omitzero"`
	Forecast calendar.Date   `json:"forecast,omitzero"` // end as foreseen
	Method   Method          `json:"method,omitempty"`
	Progress *int64          `json:"progress,omitempty"` // basis points, as reported
	Weight   int64           `json:"weight,omitempty"`   // for Weighing manual
	Staff    int64           `json:"staff_thousandths,omitempty"`
	Reported calendar.Date   `json:"reported,omitzero"` // last update
	Update   *Update         `json:"update,omitempty"`

	Contributions []Contribution `json:"contributions,omitempty"`
	After         []Tie          `json:"after,omitempty"`
	Actors        []Actor        `json:"actors,omitempty"`
	Lines         []Line         `json:"lines,omitempty"`
	Steps         []Step         `json:"steps,omitempty"`
	Indicators    []Indicator    `json:"indicators,omitempty"`
	Communes      []string       `json:"communes,omitempty"` // NIS codes
	Missions      []string       `json:"missions,omitempty"`
	Tags          []string       `json:"tags,omitempty"`
	Goals         []string       `json:"sdg,omitempty"`     // "11", "11.2"
	Plans         []string       `json:"plans,omitempty"`   // sector plans served
	Element       string         `json:"element,omitempty"` // its id in eComptes
	Gone          bool           `json:"gone,omitempty"`    // deleted; its code stays taken
	Version       int64          `json:"version,omitempty"`
}

// Ref points at the node.
func (n *Node) Ref() object.Ref { return object.Ref{Kind: "plan_node", Key: n.Plan + ":" + n.Code} }

// Address is the path of the node's page.
func (n *Node) Address() string { return "/plans/" + n.Plan + "/nodes/" + n.Code }

// Health is how the work goes, besides its state.
type Health string

// The degrees of health.
const (
	Good    Health = "good"
	Risk    Health = "risk"
	Blocked Health = "blocked"
)

// Healths lists the degrees.
func Healths() []Health { return []Health{Good, Risk, Blocked} }

// Side is the part of the plan that a node belongs to by law.
type Side string

// The sides: towards the public, or the institution itself.
const (
	External Side = "external"
	Internal Side = "internal"
)

// Sides lists the sides.
func Sides() []Side { return []Side{External, Internal} }

// Secrecy is who may see a node; "" is everybody.
type Secrecy string

// The degrees of secrecy.
const (
	Public     Secrecy = ""
	StaffOnly  Secrecy = "internal"
	Restricted Secrecy = "restricted" // who keeps the plan, and who pilots the node
)

// Secrecies lists the degrees.
func Secrecies() []Secrecy { return []Secrecy{Public, StaffOnly, Restricted} }

// Method is how the progress of a leaf is known.
type Method string

// The methods.
const (
	Manual      Method = ""
	ByState     Method = "state"
	BySteps     Method = "steps"
	ByIndicator Method = "indicators"
)

// Methods lists the methods.
func Methods() []Method { return []Method{Manual, ByState, BySteps, ByIndicator} }

// Contribution is the share of a node's money that serves a further objective.
type Contribution struct {
	To    string `json:"to"`
	Share int64  `json:"share"` // basis points
	Note  string `json:"note,omitempty"`
}

// Tie says after which node another must come, and how; see package schedule.
type Tie struct {
	On   string `json:"on"`
	Kind string `json:"kind"` // FS, SS, FF, SF
	Lag  int    `json:"lag,omitempty"`
}

// Role is what a party is to a node.
type Role string

// The roles.
const (
	Pilot       Role = "pilot" // the service that answers for it
	Head        Role = "head"  // administrative head
	Political   Role = "political"
	Responsible Role = "responsible"
	Contributor Role = "contributor"
	Partner     Role = "partner"
	Funder      Role = "funder"
)

// Roles lists the roles.
func Roles() []Role {
	return []Role{Pilot, Head, Political, Responsible, Contributor, Partner, Funder}
}

// Actor is a party of a node: a body of the register by its reference, or a name.
type Actor struct {
	Role   Role            `json:"role"`
	Body   string          `json:"body,omitempty"`
	Name   string          `json:"name"`
	First  string          `json:"first,omitempty"`
	Mrs    bool            `json:"mrs,omitempty"`
	Phone  string          `json:"phone,omitempty"`
	Email  string          `json:"email,omitempty"`
	Period calendar.Period `json:"period,omitzero"`
}

// Stage is where an amount stands in the life of a budget.
type Stage string

// The stages.
const (
	Estimate  Stage = "estimate"
	Initial   Stage = "initial"
	Amended   Stage = "amended" // after the last amendment
	Committed Stage = "committed"
	Booked    Stage = "booked"
	Paid      Stage = "paid"
)

// Stages lists the stages in their order.
func Stages() []Stage { return []Stage{Estimate, Initial, Amended, Committed, Booked, Paid} }

// Line is an amount of a node. Expenses and revenues are both positive.
type Line struct {
	Year    int         `json:"year"`
	Service string      `json:"service"` // O ordinary, E extraordinary
	Type    string      `json:"type"`    // D expense, R revenue
	Article string      `json:"article,omitempty"`
	Group   string      `json:"group,omitempty"` // economic group, of projections
	Label   string      `json:"label,omitempty"`
	Funder  string      `json:"funder,omitempty"`
	Stage   Stage       `json:"stage"`
	Amount  money.Cents `json:"amount_cents"`
	Origin  string      `json:"origin,omitempty"` // id of the file that it came with; "" when typed
}

// Net is the amount as it weighs on the budget: expense positive, revenue negative.
func (l Line) Net() money.Cents {
	if l.Type == "R" {
		return -l.Amount
	}
	return l.Amount
}

// Step is a milestone or a task.
type Step struct {
	Title  string        `json:"title"`
	Due    calendar.Date `json:"due,omitzero"`
	Done   calendar.Date `json:"done,omitzero"`
	Weight int64         `json:"weight,omitempty"`
}

// Indicator is a measure of a node. Numbers are decimal text, "" for unknown.
type Indicator struct {
	Code      string           `json:"code"`
	Title     string           `json:"title"`
	Unit      string           `json:"unit,omitempty"`
	Kind      string           `json:"kind,omitempty"` // input, output, outcome, impact
	Direction rollup.Direction `json:"direction"`
	Baseline  string           `json:"baseline,omitempty"` // of Hold: the low end
	Start     calendar.Date    `json:"start,omitzero"`     // of the baseline
	Target    string           `json:"target,omitempty"`   // of Hold: the high end
	Due       calendar.Date    `json:"due,omitzero"`
	Value     string           `json:"value,omitempty"`
	On        calendar.Date    `json:"on,omitzero"` // day of the value
	Weight    int64            `json:"weight,omitempty"`
}

// Update is what was last said about the work.
type Update struct {
	Done       string `json:"done,omitempty"`
	Next       string `json:"next,omitempty"`
	Difficulty string `json:"difficulty,omitempty"`
}

// Tidy puts what has no order of its own into one: actors by role. So the same
// statement is the same state, whatever file it came with.
func (n *Node) Tidy() {
	n.Actors = slices.SortedStableFunc(slices.Values(n.Actors), func(a, b Actor) int {
		return slices.Index(Roles(), a.Role) - slices.Index(Roles(), b.Role)
	})
}

// Pilots are the actors that answer for the node on a day.
func (n *Node) Pilots(day calendar.Date) (list []Actor) {
	for _, a := range n.Actors {
		if (a.Role == Pilot || a.Role == Responsible) && a.Period.Contains(day) {
			list = append(list, a)
		}
	}
	return list
}

// AddressOf is the path of the page of a node, by the key of its reference.
func AddressOf(key string) string {
	plan, code, _ := strings.Cut(key, ":")
	return "/plans/" + plan + "/nodes/" + code
}
