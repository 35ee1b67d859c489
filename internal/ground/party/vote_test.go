package party

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
)

func half(strict bool) Threshold { return Threshold{Num: 1, Den: 2, Strict: strict} }

func council() VotingRule {
	return VotingRule{Version: 1, Purpose: "ordinary", Count: PerHead, Basis: Cast, Majority: half(true), Quorum: half(true)}
}

func special() VotingRule {
	return VotingRule{Version: 1, Purpose: "special", Count: PerHead, Basis: Cast, Majority: Threshold{Num: 2, Den: 3}, Quorum: half(true)}
}

func liege() VotingRule {
	return VotingRule{Version: 1, Purpose: "ordinary", Count: Weights, Basis: Cast, Majority: half(true), Weights: []Weight{
		{"Province de Liège", 2000}, {"Liège", 4500}, {"Huy-Waremme", 1500}, {"Verviers", 1500}, {"Communauté germanophone", 500}}}
}

func mayors(double bool) VotingRule {
	r := VotingRule{Version: 1, Purpose: "ordinary", Count: Population, Dataset: "population", Basis: Cast, Majority: half(true)}
	if double {
		r.Double = &Double{Count: PerHead, Majority: half(true)}
	}
	return r
}

// heads makes members and votes from "for against abstain absent".
func heads(counts ...int) ([]Member, map[string]Vote) {
	var members []Member
	votes := map[string]Vote{}
	for i, v := range Votes() {
		for range counts[i] {
			key := fmt.Sprintf("m%03d", len(members))
			members = append(members, Member{Key: key})
			votes[key] = v
		}
	}
	return members, votes
}

func TestDecideByHead(t *testing.T) {
	for _, c := range []struct {
		name    string
		rule    VotingRule
		counts  []int
		why     Why
		for_    string
		quorate bool
	}{
		{"29 of 56 votes cast", council(), []int{29, 27, 0, 0}, Carried, "29", true},
		{"a tie is refused", council(), []int{28, 28, 0, 0}, NoMajority, "28", true},
		{"abstentions are no votes", council(), []int{10, 9, 37, 0}, Carried, "10", true},
		{"all abstain: nothing is decided in favour", council(), []int{0, 0, 56, 0}, NothingFor, "0", true},
		{"half present is not more than half", council(), []int{28, 0, 0, 28}, NoQuorum, "28", false},
		{"one more and it is", council(), []int{29, 0, 0, 27}, Carried, "29", true},
		{"two thirds exactly", special(), []int{36, 18, 2, 0}, Carried, "36", true},
		{"one short of two thirds", special(), []int{35, 18, 3, 0}, NoMajority, "35", true},
		{"nobody present", council(), []int{0, 0, 0, 5}, NoQuorum, "0", false},
	} {
		members, votes := heads(c.counts...)
		o, err := Decide(c.rule, members, votes)
		if err != nil || o.Why != c.why || o.Adopted != (c.why == Carried) || o.Quorate != c.quorate || o.Tally.For.RatString() != c.for_ {
			t.Errorf("%s: %+v, %v", c.name, o, err)
		}
	}
}

func TestBasisDecidesWhatAbstentionsDo(t *testing.T) {
	members, votes := heads(20, 10, 15, 11)
	for basis, want := range map[Basis]Why{Cast: Carried, Present: NoMajority, Members: NoMajority} {
		r := council()
		r.Basis = basis
		if o, err := Decide(r, members, votes); err != nil || o.Why != want {
			t.Errorf("%s: %v %v", basis, o.Why, err)
		}
	}
	loose := council()
	loose.Majority.Strict = false
	members, votes = heads(28, 28, 0, 0)
	if o, _ := Decide(loose, members, votes); o.Why != Carried {
		t.Errorf("at least half takes a tie: %v", o.Why)
	}
}

func TestLiegeWeights(t *testing.T) {
	members := []Member{{Key: "Province de Liège"}, {Key: "Liège"}, {Key: "Huy-Waremme"}, {Key: "Verviers"}, {Key: "Communauté germanophone"}}
	for _, c := range []struct {
		yes  []int
		for_ string
		why  Why
	}{
		{[]int{1}, "4500", NoMajority}, // the city alone is not enough
		{[]int{1, 4}, "5000", NoMajority},
		{[]int{1, 2}, "6000", Carried},
		{[]int{0, 2, 3, 4}, "5500", Carried}, // without the city
		{[]int{0, 2, 3}, "5000", NoMajority},
	} {
		votes := map[string]Vote{}
		for _, m := range members {
			votes[m.Key] = Against
		}
		for _, i := range c.yes {
			votes[members[i].Key] = For
		}
		o, err := Decide(liege(), members, votes)
		if err != nil || o.Why != c.why || o.Tally.For.RatString() != c.for_ || o.Tally.Total.RatString() != "10000" {
			t.Errorf("%v: %+v %v", c.yes, o, err)
		}
	}
}

// Three mayors share 45 %: each weighs exactly 1500 basis points, seven weigh
// 4500/7, which no float holds.
func TestAPartySharesItsWeightExactly(t *testing.T) {
	members := []Member{{Key: "province", Party: "Province de Liège"}, {Key: "huy", Party: "Huy-Waremme"}, {Key: "verviers", Party: "Verviers"}, {Key: "dg", Party: "Communauté germanophone"}}
	votes := map[string]Vote{}
	for i := range 7 {
		key := fmt.Sprint("mayor", i)
		members = append(members, Member{Key: key, Party: "Liège"})
		votes[key] = For
	}
	o, err := Decide(liege(), members, votes)
	if err != nil || o.Tally.For.Cmp(big.NewRat(4500, 1)) != 0 || o.Tally.Absent.Cmp(big.NewRat(5500, 1)) != 0 {
		t.Fatalf("%+v %v", o, err)
	}
	delete(votes, "mayor6")
	if o, _ = Decide(liege(), members, votes); o.Tally.For.RatString() != "27000/7" {
		t.Errorf("six of seven weigh %s", o.Tally.For.RatString())
	}
}

// sixtyNine are communes of 1,000 inhabitants but for a city of 200,000.
func sixtyNine() []Member {
	members := []Member{{Key: "52011", Population: 200_000}}
	for i := range 68 {
		members = append(members, Member{Key: fmt.Sprint("c", i), Population: 1000})
	}
	return members
}

func TestAssemblyOfMayors(t *testing.T) {
	members := sixtyNine()
	city := map[string]Vote{}
	rest := map[string]Vote{}
	for i, m := range members {
		city[m.Key], rest[m.Key] = Against, For
		if i == 0 {
			city[m.Key], rest[m.Key] = For, Against
		}
	}
	for _, c := range []struct {
		name   string
		double bool
		votes  map[string]Vote
		why    Why
	}{
		{"the city outweighs 68 communes", false, city, Carried},
		{"a double majority stops it", true, city, NoDouble},
		{"68 communes do not outweigh the city", true, rest, NoMajority},
	} {
		o, err := Decide(mayors(c.double), members, c.votes)
		if err != nil || o.Why != c.why || o.Tally.Total.RatString() != "268000" || c.double != (o.Second != nil) {
			t.Errorf("%s: %+v %v", c.name, o, err)
		}
		if o.Second != nil && o.Second.Total.RatString() != "69" {
			t.Errorf("%s: %s heads", c.name, o.Second.Total.RatString())
		}
	}
}

func TestDecideRefuses(t *testing.T) {
	two := []Member{{Key: "a"}, {Key: "b"}}
	for code, f := range map[string]func() error{
		"register.duplicate":    func() error { _, err := Decide(council(), []Member{{Key: "a"}, {Key: "a"}}, nil); return err },
		"party.vote.stranger":   func() error { _, err := Decide(council(), two, map[string]Vote{"c": For}); return err },
		"party.vote.word":       func() error { _, err := Decide(council(), two, map[string]Vote{"a": "maybe"}); return err },
		"party.vote.nobody":     func() error { _, err := Decide(council(), nil, nil); return err },
		"party.vote.empty":      func() error { _, err := Decide(liege(), two, nil); return err },
		"party.vote.population": func() error { _, err := Decide(mayors(false), []Member{{Key: "a", Population: -1}}, nil); return err },
	} {
		err := f()
		if err == nil || fault.KindOf(err) != fault.Invalid || fault.From(err).Fields[0].Code != code {
			t.Errorf("%s: %v", code, err)
		}
	}
	stranger := []Member{{Key: "x"}}
	for _, w := range liege().Weights {
		stranger = append(stranger, Member{Key: w.Party})
	}
	if _, err := Decide(liege(), stranger, nil); err == nil {
		t.Error("a member whom the table does not know voted")
	}
}

// someVote draws a rule, members and votes of any kind.
func someVote(t *rapid.T) (VotingRule, []Member, map[string]Vote) {
	parties := []string{"p0", "p1", "p2"}
	r := VotingRule{Purpose: "ordinary", Count: rapid.SampledFrom(Counts()).Draw(t, "count"), Basis: rapid.SampledFrom(Bases()).Draw(t, "basis"),
		Weights: []Weight{{"p0", 5000}, {"p1", 3000}, {"p2", 2000}}}
	fraction := func(name string) Threshold {
		den := rapid.Int64Range(1, 6).Draw(t, name+" den")
		num := rapid.Int64Range(0, den).Draw(t, name+" num")
		return Threshold{Num: num, Den: den, Strict: num < den && rapid.Bool().Draw(t, name+" strict")}
	}
	r.Majority, r.Quorum = fraction("majority"), fraction("quorum")
	if rapid.Bool().Draw(t, "double") {
		r.Double = &Double{Count: rapid.SampledFrom(Counts()).Draw(t, "second"), Majority: fraction("double")}
	}
	var members []Member
	votes := map[string]Vote{}
	for i := range rapid.IntRange(3, 12).Draw(t, "members") {
		m := Member{Key: fmt.Sprint("m", i), Party: parties[i%3], Population: rapid.Int64Range(1, 1<<40).Draw(t, "population")}
		members = append(members, m)
		votes[m.Key] = rapid.SampledFrom(Votes()).Draw(t, "vote")
	}
	return r, members, votes
}

func TestOneMoreYesNeverRefuses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule, members, votes := someVote(t)
		before, err := Decide(rule, members, votes)
		if err != nil {
			t.Fatal(err)
		}
		votes[rapid.SampledFrom(members).Draw(t, "changes").Key] = For
		after, err := Decide(rule, members, votes)
		if err != nil || before.Adopted && !after.Adopted {
			t.Fatalf("adopted, then one more in favour: %+v (%v)", after, err)
		}
	})
}

func TestNamesDoNotVote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule, members, votes := someVote(t)
		want, _ := Decide(rule, members, votes)
		renamed := map[string]Vote{}
		shuffled := rapid.Permutation(members).Draw(t, "order")
		for i := range shuffled {
			fresh := "other-" + shuffled[i].Key
			renamed[fresh] = votes[shuffled[i].Key]
			shuffled[i].Key = fresh
		}
		got, err := Decide(rule, shuffled, renamed)
		a, _ := json.Marshal(want)
		b, _ := json.Marshal(got)
		if err != nil || string(a) != string(b) {
			t.Fatalf("%s became %s (%v)", a, b, err)
		}
	})
}

func TestSumsAreWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule, members, votes := someVote(t)
		o, err := Decide(rule, members, votes)
		if err != nil {
			t.Fatal(err)
		}
		sum := new(big.Rat)
		for _, part := range []*big.Rat{o.Tally.For, o.Tally.Against, o.Tally.Abstain, o.Tally.Absent} {
			sum.Add(sum, part)
		}
		if sum.Cmp(o.Tally.Total) != 0 {
			t.Fatalf("%s is not %s", sum, o.Tally.Total)
		}
	})
}

// The end of elected councils is two rows of data: no branch of the program
// knows the date or the names.
func TestEndOfCouncilsIsAChangeOfData(t *testing.T) {
	boards := []*Board{{Key: "council", Rules: []VotingRule{council()}}, {Key: "liege", Model: true, Rules: []VotingRule{liege()}}}
	names := func(day string) string {
		var keys []string
		for _, b := range Competent(boards, calendar.MustParse(day)) {
			keys = append(keys, b.Key)
		}
		return strings.Join(keys, ",")
	}
	assembly := &Board{Key: "assembly", Planned: true, Rules: []VotingRule{mayors(true)}}
	boards = append(boards, assembly)
	if got := names("2031-01-01"); got != "council" {
		t.Fatalf("a plan decides: %s", got)
	}
	boards[0].Period.To = calendar.MustParse("2030-11-30")
	assembly.Planned, assembly.Period.From = false, calendar.MustParse("2030-12-01")
	for day, want := range map[string]string{"2026-11-23": "council", "2030-11-30": "council", "2030-12-01": "assembly", "2040-01-01": "assembly"} {
		if got := names(day); got != want {
			t.Errorf("%s: %s, want %s", day, got, want)
		}
	}
	assembly.Rules[0].Planned = true
	if got := names("2031-01-01"); got != "" {
		t.Errorf("a board without a rule in force decides: %s", got)
	}
}

func TestTheHighestVersionInForceCounts(t *testing.T) {
	day := calendar.MustParse
	old, fresh, foreseen := council(), council(), council()
	fresh.Version, fresh.Period.From = 2, day("2028-01-01")
	foreseen.Version, foreseen.Planned = 3, true
	b := Board{Rules: []VotingRule{fresh, foreseen, old}}
	for on, want := range map[string]int64{"2027-12-31": 1, "2028-01-01": 2} {
		if r, ok := b.Rule("ordinary", day(on), false); !ok || r.Version != want {
			t.Errorf("%s: version %d", on, r.Version)
		}
	}
	if r, _ := b.Rule("ordinary", day("2027-01-01"), true); r.Version != 3 {
		t.Errorf("with plans: %d", r.Version)
	}
	if _, ok := b.Rule("special", day("2027-01-01"), false); ok {
		t.Error("a rule for another purpose was found")
	}
}

func TestRuleCheck(t *testing.T) {
	for name, change := range map[string]func(*VotingRule){
		"majority":        func(r *VotingRule) { r.Majority = Threshold{} },
		"quorum":          func(r *VotingRule) { r.Quorum = Threshold{Num: 3, Den: 2} },
		"count":           func(r *VotingRule) { r.Count = "dice" },
		"basis":           func(r *VotingRule) { r.Basis = "" },
		"purpose":         func(r *VotingRule) { r.Purpose = "" },
		"dataset":         func(r *VotingRule) { r.Count = Population },
		"note":            func(r *VotingRule) { r.Note = strings.Repeat("x", 1001) },
		"double_count":    func(r *VotingRule) { r.Double = &Double{Count: Weights, Majority: half(true)} },
		"double_majority": func(r *VotingRule) { r.Double = &Double{Count: PerHead} },
		"weights":         func(r *VotingRule) { r.Weights[0].Points++ },
		"valid_to": func(r *VotingRule) {
			r.Period.From, r.Period.To = calendar.MustParse("2030-01-01"), calendar.MustParse("2029-01-01")
		},
	} {
		r := liege()
		if r.Check() != nil {
			t.Fatal(r.Check())
		}
		change(&r)
		if err := r.Check(); err == nil || fault.From(err).Fields[0].Name != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}
