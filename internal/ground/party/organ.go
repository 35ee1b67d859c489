package party

import (
	"slices"

	"beffroi/internal/ground/party/register"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/object"
)

// Board is an organ as a place of decision: what a Body of kind Organ decides
// by. A board that is only foreseen has no body yet; a Model is a rule of
// another province offered as an example, and decides nothing.
type Board struct {
	Key     string          `json:"key"`
	Body    string          `json:"body,omitempty"` // ref of the body
	Name    register.Text   `json:"name"`
	Period  calendar.Period `json:"period"`
	Planned bool            `json:"planned,omitempty"`
	Model   bool            `json:"model,omitempty"`
	Source  string          `json:"source,omitempty"`
	Rules   []VotingRule    `json:"rules"`
	Version int64           `json:"version"`
}

// Object points at the board.
func (b *Board) Object() object.Ref { return object.Ref{Kind: "organ", Key: b.Key} }

// Address is the path of the board's page.
func (b *Board) Address() string { return "/organs/" + b.Key }

// Rule is the rule of a purpose that is in force on a day: the highest version
// where several are. With planned, rules that are only foreseen count too.
func (b *Board) Rule(purpose string, day calendar.Date, planned bool) (VotingRule, bool) {
	var found VotingRule
	ok := false
	for _, r := range b.Rules {
		if r.Purpose == purpose && r.Period.Contains(day) && (planned || !r.Planned) && (!ok || r.Version > found.Version) {
			found, ok = r, true
		}
	}
	return found, ok
}

// Purposes are the purposes of the board's rules, in the order of the rules.
func (b *Board) Purposes() []string {
	var list []string
	for _, r := range b.Rules {
		if !slices.Contains(list, r.Purpose) {
			list = append(list, r.Purpose)
		}
	}
	return list
}

// Competent are the boards that decide on a day: in force, not a mere plan or
// model, and with a rule in force to decide by. The end of an organ is its last
// day, the start of another its first: data, both.
func Competent(boards []*Board, day calendar.Date) []*Board {
	var list []*Board
	for _, b := range boards {
		if b.Planned || b.Model || !b.Period.Contains(day) {
			continue
		}
		if slices.ContainsFunc(b.Rules, func(r VotingRule) bool { return !r.Planned && r.Period.Contains(day) }) {
			list = append(list, b)
		}
	}
	return list
}
