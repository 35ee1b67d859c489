package party

import (
	"slices"

	"beffroi/internal/ground/party/register"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
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

// Check refuses a rule that could not be counted by.
func (r VotingRule) Check() error {
	var f fault.Fields
	if r.Purpose == "" {
		f.Add("purpose", "", "required", nil)
	}
	if !slices.Contains(Counts(), r.Count) {
		f.Add("kind", string(r.Count), "register.enum", fault.Args{"value": string(r.Count), "values": "per_head, weights, population"})
	}
	if !slices.Contains(Bases(), r.Basis) {
		f.Add("basis", string(r.Basis), "register.enum", fault.Args{"value": string(r.Basis), "values": "cast, present, members"})
	}
	if r.Majority.IsZero() || !r.Majority.Valid() || r.Majority.Num == 0 && !r.Majority.Strict {
		f.Add("majority", "", "party.rule.fraction", nil)
	}
	if !r.Quorum.Valid() {
		f.Add("quorum", "", "party.rule.fraction", nil)
	}
	if d := r.Double; d != nil && (d.Majority.IsZero() || !d.Majority.Valid() || !slices.Contains(Counts(), d.Count) || d.Count == r.Count) {
		f.Add("double", string(d.Count), "party.rule.double", nil)
	}
	if !r.Period.Valid() {
		f.Add("valid_to", r.Period.To.String(), "register.period", fault.Args{"value": r.Period.To.String(), "from": r.Period.From})
	}
	r.checkWeights(&f)
	return f.Err()
}

func (r VotingRule) checkWeights(f *fault.Fields) {
	needed := r.Count == Weights || r.Double != nil && r.Double.Count == Weights
	if !needed {
		return
	}
	sum, seen := int64(0), map[string]bool{}
	for _, w := range r.Weights {
		if w.Party == "" || w.Points <= 0 || w.Points > 10000 || seen[w.Party] {
			f.Add("weights", w.Party, "party.rule.weight", fault.Args{"value": w.Party})
			return
		}
		seen[w.Party] = true
		sum += w.Points
	}
	if sum != 10000 {
		f.Add("weights", "", "party.rule.sum", fault.Args{"sum": sum})
	}
}
