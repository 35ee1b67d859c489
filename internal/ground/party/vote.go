package party

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
)

// Count is what a vote weighs.
type Count string

// The ways of counting.
const (
	PerHead    Count = "per_head"   // each member one
	Weights    Count = "weights"    // by a table of parties; the members of a party share its weight equally
	Population Count = "population" // each member the inhabitants it stands for
)

// Counts lists the ways of counting.
func Counts() []Count { return []Count{PerHead, Weights, Population} }

// Basis is of what a majority is taken.
type Basis string

// The bases. Cast is the common one in Walloon law: abstentions are not votes.
const (
	Cast    Basis = "cast"    // votes for and against
	Present Basis = "present" // abstentions too
	Members Basis = "members" // those absent too
)

// Bases lists the bases.
func Bases() []Basis { return []Basis{Cast, Present, Members} }

// Threshold is a fraction to reach; Strict asks for more than it. The zero
// Threshold asks for nothing.
type Threshold struct {
	Num    int64 `json:"num"`
	Den    int64 `json:"den"`
	Strict bool  `json:"strict,omitempty"`
}

// IsZero tells whether nothing is asked.
func (t Threshold) IsZero() bool { return t.Den == 0 }

// Valid tells whether the threshold is a share between 0 and 1 that can be
// reached, or nothing.
func (t Threshold) Valid() bool {
	return t == Threshold{} || t.Den > 0 && t.Num >= 0 && (t.Num < t.Den || t.Num == t.Den && !t.Strict)
}

// Met tells whether part of whole reaches the threshold: part × den against
// whole × num, exactly.
func (t Threshold) Met(part, whole *big.Rat) bool {
	if t.IsZero() {
		return true
	}
	left := new(big.Rat).Mul(part, new(big.Rat).SetInt64(t.Den))
	right := new(big.Rat).Mul(whole, new(big.Rat).SetInt64(t.Num))
	if t.Strict {
		return left.Cmp(right) > 0
	}
	return left.Cmp(right) >= 0
}

// Weight is a party's place in a table of weights, in basis points of the whole.
type Weight struct {
	Party  string `json:"party"`
	Points int64  `json:"bp"`
}

// Double is a second majority that a decision needs besides the first, counted
// in another way.
type Double struct {
	Count    Count     `json:"count"`
	Majority Threshold `json:"majority"`
}

// VotingRule is how an organ decides, from a day on. Rules are kept as data:
// a change is a new version, never an edit.
type VotingRule struct {
	Version  int64           `json:"version"`
	Purpose  string          `json:"purpose"` // "ordinary", "special"
	Count    Count           `json:"count"`
	Weights  []Weight        `json:"weights,omitempty"`
	Dataset  string          `json:"dataset,omitempty"` // of the inhabitants, when Count is Population
	Quorum   Threshold       `json:"quorum"`            // of members present, counted like the votes
	Majority Threshold       `json:"majority"`
	Basis    Basis           `json:"basis"`
	Double   *Double         `json:"double,omitempty"`
	Period   calendar.Period `json:"period"`
	Planned  bool            `json:"planned,omitempty"` // foreseen, not law
	Note     string          `json:"note,omitempty"`
}

// Vote is what a member did.
type Vote string

// The votes. A member without a vote is absent.
const (
	For     Vote = "for"
	Against Vote = "against"
	Abstain Vote = "abstain"
	Absent  Vote = "absent"
)

// Votes lists the votes.
func Votes() []Vote { return []Vote{For, Against, Abstain, Absent} }

// Member is who may vote: Party is its line in a table of weights (Key when
// empty), Population the inhabitants it stands for.
type Member struct {
	Key        string
	Party      string
	Population int64
}

// Tally is one count, each number exact, in units of the rule: heads, basis
// points or inhabitants.
type Tally struct {
	Count                                Count
	For, Against, Abstain, Absent, Total *big.Rat
}

// Present is what those present weigh.
func (t Tally) Present() *big.Rat { return new(big.Rat).Sub(t.Total, t.Absent) }

// base is what a majority is taken of.
func (t Tally) base(b Basis) *big.Rat {
	switch b {
	case Members:
		return t.Total
	case Present:
		return t.Present()
	}
	return new(big.Rat).Add(t.For, t.Against)
}

// MarshalJSON writes the numbers as exact fractions, "3" or "145/3".
func (t Tally) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"count": string(t.Count), "for": t.For.RatString(), "against": t.Against.RatString(),
		"abstain": t.Abstain.RatString(), "absent": t.Absent.RatString(), "total": t.Total.RatString()})
}

// Why is the reason of an outcome.
type Why string

// The reasons, in the order in which they are looked at.
const (
	NoQuorum   Why = "quorum"      // too few present: nothing is decided
	NothingFor Why = "nothing_for" // nobody in favour
	NoMajority Why = "majority"    // the first count fails
	NoDouble   Why = "double"      // the second count fails
	Carried    Why = "carried"     // adopted
)

// Whys lists the reasons.
func Whys() []Why { return []Why{NoQuorum, NothingFor, NoMajority, NoDouble, Carried} }

// Outcome is what a vote comes to.
type Outcome struct {
	Quorate bool   `json:"quorate"`
	Adopted bool   `json:"adopted"`
	Why     Why    `json:"why"`
	Tally   Tally  `json:"tally"`
	Second  *Tally `json:"second,omitempty"` // of the double majority
}

// Decide counts a vote under a rule. Nothing is rounded. Refused (Invalid):
// members twice, votes of strangers, a member that the table of weights does not
// know, a party of the table without member, and a body that weighs nothing.
func Decide(rule VotingRule, members []Member, votes map[string]Vote) (Outcome, error) {
	if err := checkVotes(members, votes); err != nil {
		return Outcome{}, err
	}
	first, err := tally(rule, rule.Count, members, votes)
	if err != nil {
		return Outcome{}, err
	}
	o := Outcome{Tally: first, Quorate: rule.Quorum.Met(first.Present(), first.Total)}
	if rule.Double != nil {
		second, err := tally(rule, rule.Double.Count, members, votes)
		if err != nil {
			return Outcome{}, err
		}
		o.Second = &second
	}
	o.Why = judge(rule, o)
	o.Adopted = o.Why == Carried
	return o, nil
}

func judge(rule VotingRule, o Outcome) Why {
	switch {
	case !o.Quorate:
		return NoQuorum
	case o.Tally.For.Sign() == 0:
		return NothingFor
	case !rule.Majority.Met(o.Tally.For, o.Tally.base(rule.Basis)):
		return NoMajority
	case o.Second != nil && !rule.Double.Majority.Met(o.Second.For, o.Second.base(rule.Basis)):
		return NoDouble
	}
	return Carried
}

func checkVotes(members []Member, votes map[string]Vote) error {
	known := make(map[string]bool, len(members))
	for _, m := range members {
		if known[m.Key] {
			return fault.Bad("members", m.Key, "register.duplicate", fault.Args{"value": m.Key})
		}
		known[m.Key] = true
	}
	for key, v := range votes {
		if !known[key] {
			return fault.Bad("votes", key, "party.vote.stranger", fault.Args{"value": key})
		}
		if !slices.Contains(Votes(), v) {
			return fault.Bad("votes", string(v), "party.vote.word", fault.Args{"value": string(v)})
		}
	}
	return nil
}

func tally(rule VotingRule, count Count, members []Member, votes map[string]Vote) (Tally, error) {
	weigh, err := scale(rule, count, members)
	if err != nil {
		return Tally{}, err
	}
	t := Tally{Count: count, For: new(big.Rat), Against: new(big.Rat), Abstain: new(big.Rat), Absent: new(big.Rat), Total: new(big.Rat)}
	for _, m := range members {
		w := weigh(m)
		side := t.Absent
		switch votes[m.Key] {
		case For:
			side = t.For
		case Against:
			side = t.Against
		case Abstain:
			side = t.Abstain
		}
		side.Add(side, w)
		t.Total.Add(t.Total, w)
	}
	if t.Total.Sign() <= 0 {
		return Tally{}, fault.Bad("members", "", "party.vote.nobody", nil)
	}
	return t, nil
}

// scale gives the weight of each member under a way of counting.
func scale(rule VotingRule, count Count, members []Member) (func(Member) *big.Rat, error) {
	switch count {
	case PerHead:
		return func(Member) *big.Rat { return big.NewRat(1, 1) }, nil
	case Population:
		for _, m := range members {
			if m.Population < 0 {
				return nil, fault.Bad("members", m.Key, "party.vote.population", fault.Args{"value": m.Key})
			}
		}
		return func(m Member) *big.Rat { return new(big.Rat).SetInt64(m.Population) }, nil
	case Weights:
		return table(rule.Weights, members)
	}
	return nil, fmt.Errorf("party: unknown way of counting %q", count)
}

// table shares each party's weight equally among its members. A party without
// any would make the others heavier in silence, so it is refused.
func table(weights []Weight, members []Member) (func(Member) *big.Rat, error) {
	seats := map[string]int64{}
	for _, m := range members {
		seats[m.party()]++
	}
	share := map[string]*big.Rat{}
	for _, w := range weights {
		if seats[w.Party] == 0 {
			return nil, fault.Bad("members", w.Party, "party.vote.empty", fault.Args{"value": w.Party})
		}
		share[w.Party] = big.NewRat(w.Points, seats[w.Party])
	}
	for _, m := range members {
		if share[m.party()] == nil {
			return nil, fault.Bad("members", m.Key, "party.vote.stranger", fault.Args{"value": m.party()})
		}
	}
	return func(m Member) *big.Rat { return share[m.party()] }, nil
}

func (m Member) party() string {
	if m.Party != "" {
		return m.Party
	}
	return m.Key
}
