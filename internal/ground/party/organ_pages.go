package party

import (
	"math/big"
	"strconv"
	"strings"

	"beffroi/internal/ground/party/register"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

func nameOf(b *Body, p *i18n.Printer) string {
	name, _ := b.Name(p.Lang())
	return name
}

// organsView is what the page of the organs shows.
type organsView struct {
	p         *i18n.Printer
	keep      func(string) string
	asOf      ui.AsOf
	day       calendar.Date
	boards    []*Board
	competent []*Board
	edit      bool
}

func (s *Service) pageOrgans(x *web.Exchange) error {
	boards, err := s.Boards(x.Context())
	if err != nil {
		return err
	}
	v := organsView{p: x.P, keep: x.Keep, day: x.AsOf, boards: boards, competent: Competent(boards, x.AsOf), edit: EditOrgans.Check(x.Actor, targetHouse()) == nil,
		asOf: register.AsOf(x, ui.Link{Label: "JSON", Href: x.Keep("/api/v1/organs")})}
	return x.Page(ui.Page{Title: x.P.T("party.organs"), Lede: x.P.T("party.organs.lede"),
		Crumbs: []ui.Link{{Label: x.P.T("party.title"), Href: "/bodies"}, {Label: x.P.T("party.organs")}}}, organsPage(v))
}

func (v organsView) rest() []*Board {
	competent := map[string]bool{}
	for _, b := range v.competent {
		competent[b.Key] = true
	}
	var list []*Board
	for _, b := range v.boards {
		if !competent[b.Key] {
			list = append(list, b)
		}
	}
	return list
}

func (v organsView) rows(boards []*Board) []ui.Item {
	var list []ui.Item
	for _, b := range boards {
		name, _ := b.Name.In(v.p.Lang())
		i := ui.Item{Title: name, Href: v.keep(b.Address()), Meta: register.PeriodText(v.p, b.Period)}
		switch {
		case b.Model:
			i.Word, i.Meta = v.p.T("party.organ.model.word"), ""
		case b.Planned:
			i.State, i.Word = ui.Late, v.p.T("party.organ.planned.word")
		default:
			i.State, i.Word = register.State(v.p, b.Period, v.day)
		}
		list = append(list, i)
	}
	return list
}

// fraction writes a threshold: "plus de 1/2", "au moins 2/3".
func fraction(p *i18n.Printer, t Threshold) string {
	switch {
	case t.IsZero():
		return p.T("party.rule.none")
	case t.Strict:
		return p.T("party.rule.more", "fraction", strconv.FormatInt(t.Num, 10)+"/"+strconv.FormatInt(t.Den, 10))
	}
	return p.T("party.rule.least", "fraction", strconv.FormatInt(t.Num, 10)+"/"+strconv.FormatInt(t.Den, 10))
}

// purposeWord names a purpose; those of no province we know stand as they are.
// i18n: party.purpose.*
func purposeWord(p *i18n.Printer, purpose string) string {
	if p.Has("party.purpose." + purpose) {
		return p.T("party.purpose." + purpose)
	}
	return purpose
}

func ruleTable(p *i18n.Printer, b *Board, day calendar.Date) *ui.DataTable {
	t := ui.NewTable(p.T("party.organ.rules"), ui.Column{Label: p.T("party.rule.purpose")}, ui.Column{Label: p.T("party.rule.count")}, ui.Column{Label: p.T("party.rule.majority")},
		ui.Column{Label: p.T("party.rule.quorum")}, ui.Column{Label: p.T("register.field.period")}, ui.Column{Label: p.T("party.rule.note")}).HideCaption()
	for _, r := range b.Rules {
		majority := p.T("party.rule.of", "threshold", fraction(p, r.Majority), "basis", p.T("party.basis."+string(r.Basis)))
		if r.Double != nil {
			majority += " " + p.T("party.rule.and", "threshold", fraction(p, r.Double.Majority), "count", p.T("party.count."+string(r.Double.Count)))
		}
		note := r.Note
		if r.Planned {
			note = strings.TrimSpace(p.T("party.organ.planned.word") + ". " + note)
		}
		t.Row(ui.Text(purposeWord(p, r.Purpose)), ui.Text(p.T("party.count."+string(r.Count))), ui.Text(majority), ui.Text(fraction(p, r.Quorum)),
			ui.Text(register.PeriodText(p, r.Period)), ui.Text(note))
	}
	return t.Empty(p.T("party.organ.norules"))
}

// seat is a member in the vote that somebody tries.
type seat struct {
	key, id, label string
	vote           Vote
	population     int64
}

// organView is what the page of an organ shows.
type organView struct {
	p       *i18n.Printer
	asOf    ui.AsOf
	asked   string
	day     calendar.Date
	board   *Board
	body    *Body
	rule    VotingRule
	found   bool // there is a rule to try
	members []seat
	counts  map[Vote]int
	outcome *Outcome
	refusal string
	year    int // of the inhabitants
	edit    bool
	source  string
}

func voteParams() []web.Param {
	count := func(name string) web.Param { return web.Query(name, "int", "members who vote so, in a vote by head") }
	return []web.Param{web.AsOf(), web.Query("purpose", "string", "which rule to try"), count("for"), count("against"), count("abstain"), count("absent"),
		web.Repeated("v", "string", "the vote of a party or commune, key:for, key:against, key:abstain or key:absent")}
}

// maxHeads bounds a vote by head: no assembly here has a thousand members.
const maxHeads = 1000

func (s *Service) pageOrgan(x *web.Exchange) error {
	boards, err := s.Boards(x.Context())
	if err != nil {
		return err
	}
	v := organView{p: x.P, day: x.AsOf, asked: x.Query("as_of"), board: boardOf(boards, x.Path("key")), counts: map[Vote]int{},
		edit: EditOrgans.Check(x.Actor, targetHouse()) == nil, asOf: register.AsOf(x, ui.Link{Label: "JSON", Href: x.Keep("/api/v1/organs")})}
	if v.board == nil {
		return fault.Missing("organ")
	}
	v.source = x.Source(v.board.Source)
	if v.board.Body != "" {
		tree, err := s.Tree(x.Context())
		if err != nil {
			return err
		}
		v.body = tree.Body(v.board.Body)
	}
	v.pick(x.Query("purpose"))
	if v.found {
		if err := s.seats(x, &v); err != nil {
			return err
		}
		v.count(x)
	}
	name, _ := v.board.Name.In(x.P.Lang())
	return x.Page(ui.Page{Title: x.P.T("party.organ.title", "name", name), Lede: x.P.T("party.organ.lede"), Crumbs: []ui.Link{{Label: x.P.T("party.title"), Href: "/bodies"},
		{Label: x.P.T("party.organs"), Href: "/organs"}, {Label: name}}}, organPage(v))
}

// pick chooses the rule to try: of the purpose asked for, in force on the day or
// else foreseen, or the board's first.
func (v *organView) pick(purpose string) {
	if purpose == "" && len(v.board.Purposes()) > 0 {
		purpose = v.board.Purposes()[0]
	}
	if v.rule, v.found = v.board.Rule(purpose, v.day, v.board.Planned || v.board.Model); v.found {
		return
	}
	for _, r := range v.board.Rules { // one that is still to come
		if r.Purpose == purpose {
			v.rule, v.found = r, true
		}
	}
}

// seats makes the members of a weighted vote.
func (s *Service) seats(x *web.Exchange, v *organView) error {
	votes := map[string]Vote{}
	for _, pair := range x.QueryAll("v") {
		if i := strings.LastIndexByte(pair, ':'); i > 0 {
			votes[pair[:i]] = Vote(pair[i+1:])
		}
	}
	add := func(key, label string, population int64) {
		vote := votes[key]
		if vote == "" {
			vote = Absent
		}
		v.members = append(v.members, seat{key: key, id: strconv.Itoa(len(v.members)), label: label, vote: vote, population: population})
	}
	switch v.rule.Count {
	case Weights:
		for _, w := range v.rule.Weights {
			add(w.Party, v.p.T("party.vote.weight", "party", w.Party, "share", float64(w.Points)/10000), 0)
		}
	case Population:
		return s.mayors(x, v, add)
	}
	return nil
}

func (s *Service) mayors(x *web.Exchange, v *organView, add func(string, string, int64)) error {
	if s.inhabitants == nil {
		v.refusal = x.P.T("party.vote.nofigures")
		return nil
	}
	byArea, year, err := s.inhabitants.Inhabitants(x.Context(), v.rule.Dataset, v.day)
	if err != nil {
		return err
	}
	if len(byArea) == 0 {
		v.refusal = x.P.T("party.vote.nofigures")
		return nil
	}
	v.year = year
	atlas, err := s.places.Atlas(x.Context())
	if err != nil {
		return err
	}
	for _, a := range atlas.Communes(v.day) {
		add(a.Key, x.P.T("party.vote.mayor", "commune", a.Name(x.P.Lang()), "n", byArea[a.ID]), byArea[a.ID])
	}
	return nil
}

// count counts the vote that was tried, if one was.
func (v *organView) count(x *web.Exchange) {
	var members []Member
	votes := map[string]Vote{}
	tried := len(x.QueryAll("v")) > 0
	for _, m := range v.members {
		members = append(members, Member{Key: m.key, Population: m.population})
		votes[m.key] = m.vote
	}
	if v.rule.Count == PerHead {
		for _, vote := range Votes() {
			n := x.QueryInt(string(vote), 0)
			v.counts[vote] = n
			tried = tried || n > 0
			for range min(n, maxHeads) {
				key := strconv.Itoa(len(members))
				members = append(members, Member{Key: key})
				votes[key] = vote
			}
		}
	}
	if !tried || v.refusal != "" {
		return
	}
	o, err := Decide(v.rule, members, votes)
	if err != nil {
		for _, f := range fault.From(err).Fields {
			v.refusal = web.Message(v.p, f.Code, f.Args)
		}
		return
	}
	v.outcome = &o
}

func (v organView) facts() []ui.Fact {
	list := []ui.Fact{{Term: v.p.T("register.field.period"), Value: register.PeriodText(v.p, v.board.Period)}}
	if v.body != nil {
		list = append(list, ui.Fact{Term: v.p.T("party.organ.body"), Value: nameOf(v.body, v.p), Href: v.body.Address()})
	}
	if v.board.Source != "" {
		list = append(list, ui.Fact{Term: v.p.T("register.field.source"), Value: v.source})
	}
	if v.year > 0 {
		list = append(list, ui.Fact{Term: v.p.T("party.vote.figures"), Value: v.p.Year(v.year)})
	}
	return list
}

func (v organView) purposes() []ui.Option {
	var list []ui.Option
	for _, purpose := range v.board.Purposes() {
		list = append(list, ui.Option{Value: purpose, Label: purposeWord(v.p, purpose)})
	}
	return list
}

func (v organView) heads() []ui.Field {
	var list []ui.Field
	for _, vote := range Votes() {
		list = append(list, ui.Field{Name: string(vote), Label: v.p.T("party.vote." + string(vote)), Value: strconv.Itoa(v.counts[vote]), Type: "number", InputMode: "numeric", Width: "xs"})
	}
	return list
}

func (v organView) choices(m seat) []ui.Option {
	var list []ui.Option
	for _, vote := range Votes() {
		list = append(list, ui.Option{Value: m.key + ":" + string(vote), Label: v.p.T("party.vote." + string(vote))})
	}
	return list
}

func (v organView) state() ui.State {
	if v.outcome.Adopted {
		return ui.OnTime
	}
	return ui.Stopped
}

func (v organView) word() string {
	if v.outcome.Adopted {
		return v.p.T("party.vote.adopted")
	}
	return v.p.T("party.vote.refused")
}

// number writes an exact count: whole where it is whole, else as a fraction.
func number(p *i18n.Printer, r *big.Rat) string {
	if r.IsInt() && r.Num().IsInt64() {
		return p.Int(r.Num().Int64())
	}
	return r.RatString()
}

func (v organView) kpis() []ui.KPI {
	t := v.outcome.Tally
	return []ui.KPI{{Value: number(v.p, t.For), Text: v.p.T("party.vote.for")}, {Value: number(v.p, t.Against), Text: v.p.T("party.vote.against")},
		{Value: number(v.p, t.Abstain), Text: v.p.T("party.vote.abstain")}, {Value: number(v.p, t.Total), Text: v.p.T("party.vote.total")}}
}

func (v organView) tallyTable() *ui.DataTable {
	p := v.p
	t := ui.NewTable(p.T("party.vote.tally"), ui.Column{Label: p.T("party.rule.count")}, ui.Column{Label: p.T("party.vote.for"), Numeric: true}, ui.Column{Label: p.T("party.vote.against"), Numeric: true},
		ui.Column{Label: p.T("party.vote.abstain"), Numeric: true}, ui.Column{Label: p.T("party.vote.absent"), Numeric: true}, ui.Column{Label: p.T("party.vote.total"), Numeric: true}).HideCaption()
	tallies := []Tally{v.outcome.Tally}
	if v.outcome.Second != nil {
		tallies = append(tallies, *v.outcome.Second)
	}
	for _, c := range tallies {
		t.Row(ui.Text(p.T("party.count."+string(c.Count))), ui.Text(number(p, c.For)), ui.Text(number(p, c.Against)), ui.Text(number(p, c.Abstain)), ui.Text(number(p, c.Absent)), ui.Text(number(p, c.Total)))
	}
	return t
}
