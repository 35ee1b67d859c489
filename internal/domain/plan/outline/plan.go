package outline

import (
	"regexp"
	"slices"
	"strings"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/object"
)

// Plan is a plan with the rules that it plays by.
type Plan struct {
	Key           string          `json:"key"` // in addresses: "adhesion-4"
	Kind          string          `json:"kind"`
	Title         string          `json:"title"`
	Lede          string          `json:"lede,omitempty"` // one sentence
	Term          calendar.Period `json:"term"`
	State         string          `json:"state"`
	Frame         Frame           `json:"frame"`
	Legal         Legal           `json:"legal,omitzero"`
	StaleAfter    int             `json:"stale_after_days"`   // without an update an action is stale; 0 never
	Threshold     int64           `json:"coverage_threshold"` // basis points below which progress is not shown
	Weighing      Weighing        `json:"weighing"`
	SkipPermanent bool            `json:"skip_permanent,omitempty"` // permanent actions do not count in progress
	Closures      []calendar.Date `json:"closures,omitempty"`       // days off besides public holidays
	Element       string          `json:"element,omitempty"`        // its id in eComptes
	Fictitious    bool            `json:"fictitious,omitempty"`
	Source        string          `json:"source,omitempty"`
	Version       int64           `json:"version"`
}

// Ref points at the plan.
func (p Plan) Ref() object.Ref { return object.Ref{Kind: "plan", Key: p.Key} }

// Address is the path of the plan's page.
func (p Plan) Address() string { return "/plans/" + p.Key }

// Legal are the dates that the law gives a plan; zero when not known or not done.
type Legal struct {
	Due            calendar.Date `json:"due,omitzero"`
	Approved       calendar.Date `json:"approved,omitzero"` // by the college
	Noted          calendar.Date `json:"noted,omitzero"`    // by the council
	Published      calendar.Date `json:"published,omitzero"`
	MidTermDue     calendar.Date `json:"mid_term_due,omitzero"`
	MidTermDone    calendar.Date `json:"mid_term_done,omitzero"`
	EvaluationDue  calendar.Date `json:"evaluation_due,omitzero"`
	EvaluationDone calendar.Date `json:"evaluation_done,omitzero"`
}

// Weighing is how leaves weigh in progress.
type Weighing string

// The ways of weighing.
const (
	Equal   Weighing = "equal"
	ByMoney Weighing = "money"  // planned expense
	ByStaff Weighing = "staff"  // full-time equivalents
	ByHand  Weighing = "manual" // the weight of the node
)

// Weighings lists the ways of weighing.
func Weighings() []Weighing { return []Weighing{Equal, ByMoney, ByStaff, ByHand} }

// Kinds lists the kinds of plans.
func Kinds() []string { return []string{"pst", "sector", "contract", "other"} }

// Names are a word in the languages of the screens.
type Names map[string]string

// In gives the word in a language, French when there is none.
func (n Names) In(lang string) string {
	if s := n[lang]; s != "" {
		return s
	}
	return n["fr"]
}

// Level is one storey of the plan.
type Level struct {
	Prefix string `json:"prefix"`           // of codes: "OS"
	Nested bool   `json:"nested,omitempty"` // numbered within the parent: OO.3.2, SA.147.2
	Action bool   `json:"action,omitempty"` // work rather than aim: its nodes can be leaves
	Names  Names  `json:"names"`
}

// Frame is what is configured in a plan: levels, states, moves.
type Frame struct {
	Levels []Level `json:"levels"` // 3 to 6, from the top
	States []State `json:"states"`
	Moves  []Move  `json:"moves"`
}

// Level finds the level of a code, -1 when there is none.
func (f Frame) Level(code string) int {
	prefix, _, ok := strings.Cut(code, ".")
	if !ok || !IsCode(code) {
		return -1
	}
	return slices.IndexFunc(f.Levels, func(l Level) bool { return l.Prefix == prefix })
}

// keySyntax is that of plans; it is also a safe file name.
var keySyntax = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$`)

// IsCode tells whether a text has the form of a code: one to four capitals and one
// to three numbers, A.147, OO.3.2.
func IsCode(s string) bool {
	prefix, rest, ok := strings.Cut(s, ".")
	if !ok || len(prefix) < 1 || len(prefix) > 4 || strings.Trim(prefix, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return false
	}
	for range 3 {
		var number string
		number, rest, ok = strings.Cut(rest, ".")
		if len(number) < 1 || len(number) > 6 || number[0] == '0' || strings.Trim(number, "0123456789") != "" {
			return false
		}
		if !ok {
			return true
		}
	}
	return false
}

// PST is the usual frame of a Walloon plan: pillars, strategic and operational
// objectives, actions, sub-actions.
func PST() Frame {
	return Frame{
		Levels: []Level{
			{Prefix: "V", Names: Names{"fr": "Volet", "nl": "Pijler", "en": "Pillar"}},
			{Prefix: "OS", Names: Names{"fr": "Objectif stratégique", "nl": "Strategische doelstelling", "en": "Strategic objective"}},
			{Prefix: "OO", Nested: true, Names: Names{"fr": "Objectif opérationnel", "nl": "Operationele doelstelling", "en": "Operational objective"}},
			{Prefix: "A", Action: true, Names: Names{"fr": "Action", "nl": "Actie", "en": "Action"}},
			{Prefix: "SA", Nested: true, Action: true, Names: Names{"fr": "Sous-action", "nl": "Deelactie", "en": "Sub-action"}},
		},
		States: defaultStates(),
		Moves:  defaultMoves(),
	}
}

// Complete fills what a plan must have and did not say: the usual frame, the
// first state, equal weights, half the leaves for progress to be shown.
func (p Plan) Complete() Plan {
	if len(p.Frame.Levels) == 0 {
		p.Frame = PST()
	}
	if p.Kind == "" {
		p.Kind = "pst"
	}
	if p.State == "" {
		p.State = p.Frame.First(ForPlan)
	}
	if p.Weighing == "" {
		p.Weighing = Equal
	}
	if p.Threshold == 0 {
		p.Threshold = 5000
	}
	return p
}
