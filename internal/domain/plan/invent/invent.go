// Package invent makes the plan of a demonstration: the real frame of a plan, and
// below it objectives, actions, services, money and updates that are plainly
// invented. The same words and the same seed give the same plan, always.
package invent

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strings"

	"github.com/BurntSushi/toml"

	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/domain/plan/rollup"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/money"
)

// Recipe is the file plan.toml of a pack.
type Recipe struct {
	Key, Title, Lede, Source string
	From, To                 calendar.Date
	Seed                     uint64
	Actions                  int
	StaleAfter               int      `toml:"stale_after_days"`
	Pillars                  []Pillar `toml:"pillar"`
	Words                    Words
}

// Pillar is a real pillar of the plan.
type Pillar struct {
	Title string
	Side  outline.Side
}

// Words are what the rest is made of.
type Words struct {
	Aims, Ways, Subjects, Verbs, Objects, Places, Services, Funders, Communes []string
}

// Read reads plan.toml; ok is false when the pack has none. Errors: those of the
// file.
func Read(files fs.FS) (r Recipe, ok bool, err error) {
	text, err := fs.ReadFile(files, "plan.toml")
	if err != nil {
		return r, false, nil // a pack may have no plan
	}
	var raw struct {
		Recipe
		From, To any
	}
	if err := toml.Unmarshal(text, &raw); err != nil {
		return r, false, err
	}
	r = raw.Recipe
	if r.From, err = dayOf(raw.From); err == nil {
		r.To, err = dayOf(raw.To)
	}
	if w := r.Words; err == nil && min(len(r.Pillars), len(w.Aims), len(w.Ways), len(w.Subjects), len(w.Verbs), len(w.Objects), len(w.Places), len(w.Services), len(w.Funders), len(w.Communes)) == 0 {
		err = fmt.Errorf("plan.toml: pillars and every list of words are needed")
	}
	return r, err == nil, err
}

func dayOf(v any) (calendar.Date, error) {
	text, _, _ := strings.Cut(fmt.Sprint(v), " ")
	return calendar.Parse(text)
}

// Plan is the plan of the recipe.
func (r Recipe) Plan() outline.Plan {
	return outline.Plan{Key: r.Key, Kind: "pst", Title: r.Title, Lede: r.Lede, Term: calendar.Period{From: r.From, To: r.To}, State: "running",
		StaleAfter: r.StaleAfter, Fictitious: true, Source: r.Source, SkipPermanent: true}.Complete()
}

// Days are the days on which the plan was updated up to a day: its first one, then
// every quarter.
func (r Recipe) Days(until calendar.Date) []calendar.Date {
	list := []calendar.Date{r.From}
	for d := r.From.AddMonths(3); d.Before(until) && !d.After(r.To); d = d.AddMonths(3) {
		list = append(list, d)
	}
	return list
}

// On is the plan as it was told on a day.
func (r Recipe) On(day calendar.Date) outline.Document {
	m := &maker{Recipe: r, day: day, random: rand.New(rand.NewPCG(r.Seed, 1))}
	for i, p := range r.Pillars {
		m.add(outline.Node{Code: fmt.Sprintf("V.%d", i+1), Title: p.Title, Side: p.Side, State: "running"})
	}
	m.objectives()
	for i := range r.Actions {
		m.action(i)
	}
	return outline.Document{Format: outline.Format, AsOf: day, Plan: r.Plan(), Nodes: m.nodes}
}

type maker struct {
	Recipe
	day    calendar.Date
	random *rand.Rand
	nodes  []*outline.Node
	below  []string // codes of operational objectives
}

func (m *maker) add(n outline.Node) *outline.Node {
	m.nodes = append(m.nodes, &n)
	return &n
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func (m *maker) objectives() {
	for i, aim := range m.Words.Aims {
		os := fmt.Sprintf("OS.%d", i+1)
		m.add(outline.Node{Code: os, Parent: fmt.Sprintf("V.%d", i%len(m.Pillars)+1), Title: aim, State: "running", Priority: i%5 == 0, Goals: []string{fmt.Sprint(i%17 + 1)}})
		for k := range 2 + i%2 {
			oo := fmt.Sprintf("OO.%d.%d", i+1, k+1)
			title := m.Words.Ways[(i+k)%len(m.Words.Ways)] + " " + m.Words.Subjects[(i*3+k)%len(m.Words.Subjects)]
			n := m.add(outline.Node{Code: oo, Parent: os, Title: title, State: "running"})
			n.Indicators = []outline.Indicator{m.indicator(oo, title)}
			m.below = append(m.below, oo)
		}
	}
}

// indicator is a measure of an objective that comes nearer to its target.
func (m *maker) indicator(code, title string) outline.Indicator {
	start, target := 10+m.random.IntN(40), 80+m.random.IntN(20)
	v := outline.Indicator{Code: "I." + strings.TrimPrefix(code, "OO."), Title: title + " : satisfaction (inventée)", Unit: "%", Kind: "outcome", Direction: rollup.Up,
		Baseline: fmt.Sprint(start), Start: m.From, Target: fmt.Sprint(target), Due: m.To}
	if gone := m.day.DaysSince(m.From); gone > 90 {
		v.Value, v.On = fmt.Sprint(start+(target-start)*gone*(50+m.random.IntN(60))/100/m.To.DaysSince(m.From)), m.day
	} else {
		m.random.IntN(60) // the same numbers for what follows, whatever the day
	}
	return v
}

// life is what becomes of an action over the years.
type life struct {
	from, to   calendar.Date
	pace       int // of a hundred: how fast the work goes against what was planned
	delay      int // days between the planned and the actual start
	fate       string
	silent     bool // nobody reports after the first year
	never      bool // nobody ever reports
	nobody     bool // no service answers for it
	draftUntil calendar.Date
}

func (m *maker) life() life {
	r := m.random
	from := m.From.AddDays(r.IntN(30) * r.IntN(35))
	l := life{from: from, to: from.AddDays(90 + r.IntN(700)), pace: 55 + r.IntN(60), delay: r.IntN(60), silent: r.IntN(9) == 0, never: r.IntN(14) == 0, nobody: r.IntN(25) == 0, draftUntil: from.AddDays(-700)}
	if l.to.After(m.To) {
		l.to = m.To
	}
	switch r.IntN(20) {
	case 0:
		l.fate = "abandoned"
	case 1, 3, 4:
		l.fate = "suspended"
	case 2:
		l.fate = "draft"
	}
	return l
}

func (m *maker) action(i int) {
	w, r := m.Words, m.random
	parent := m.below[i%len(m.below)]
	title := fmt.Sprintf("%s %s %s", w.Verbs[i%len(w.Verbs)], w.Objects[(i/len(w.Verbs)+i)%len(w.Objects)], w.Places[(i/5+i)%len(w.Places)])
	l := m.life()
	n := m.add(outline.Node{Code: fmt.Sprintf("A.%d", i+1), Parent: parent, Title: title, Planned: calendar.Period{From: l.from, To: l.to}, State: "planned", Priority: i%11 == 0, Permanent: i%40 == 39,
		Text: "Action inventée pour la démonstration : " + strings.ToLower(title[:1]) + title[1:] + ".", Staff: int64(r.IntN(12)) * 250})
	service, second := pick(r, w.Services), pick(r, m.below)
	budget := money.Cents(5+r.IntN(200)) * 100_000
	funded, share := r.IntN(4) == 0, int64(1+r.IntN(5))*1000
	communes, tied := r.IntN(3), r.IntN(5) == 0
	if !l.nobody {
		n.Actors = []outline.Actor{{Role: outline.Pilot, Name: service}}
	}
	if funded {
		n.Actors = append(n.Actors, outline.Actor{Role: outline.Funder, Name: pick(r, w.Funders)})
	} else {
		r.IntN(len(w.Funders))
	}
	if i%6 == 0 && second != parent {
		n.Contributions = []outline.Contribution{{To: second, Share: share}}
	}
	for k := range communes {
		n.Communes = append(n.Communes, w.Communes[(i+k)%len(w.Communes)])
	}
	if tied && i > 0 {
		m.after(n, i)
	}
	n.Steps = []outline.Step{{Title: "Cahier des charges", Due: l.from.AddDays(30), Weight: 1}, {Title: "Mise en service", Due: l.to, Weight: 3}}
	m.live(n, l)
	m.money(n, l, budget)
	if i%25 == 0 {
		m.parts(n)
	}
}

// after makes an action wait for the one before it in the list, when that leaves
// its dates true.
func (m *maker) after(n *outline.Node, i int) {
	for _, o := range m.nodes {
		if o.Code == fmt.Sprintf("A.%d", i) && o.Planned.To.Before(n.Planned.From) {
			n.After = []outline.Tie{{On: o.Code}}
		}
	}
}

// live gives an action the state and the progress of the day.
func (m *maker) live(n *outline.Node, l life) {
	start := l.from.AddDays(l.delay)
	done := progressOn(l, start, m.day)
	switch {
	case l.fate == "draft" || m.day.Before(l.draftUntil):
		n.State = "draft"
		return
	case m.day.Before(start):
		return
	case l.fate != "" && done > 1200:
		n.State, n.Remark, done = l.fate, "Raison inventée : les priorités ont changé.", 1200
	case done >= rollup.Whole:
		n.State, n.Actual.To = "done", endOf(l, start)
		n.Steps[1].Done = n.Actual.To
	default:
		n.State = "running"
	}
	n.Actual.From, n.Steps[0].Done = start, start.AddDays(20)
	if n.Steps[0].Done.After(m.day) {
		n.Steps[0].Done = calendar.Date{}
	}
	if l.never && n.State == "running" {
		return
	}
	n.Progress, n.Reported = &done, m.day
	if limit := start.AddDays(365); l.silent && m.day.After(limit) && n.State == "running" {
		said := progressOn(l, start, limit)
		n.Progress, n.Reported = &said, limit
	}
	if n.State == "running" && l.pace < 70 {
		n.Health, n.Forecast = outline.Risk, endOf(l, start)
		n.Update = &outline.Update{Done: "Le cahier des charges est prêt.", Next: "Attribuer le marché.", Difficulty: "Un seul candidat a répondu (inventé)."}
	}
}

// progressOn is the progress of an action on a day, in whole percent.
func progressOn(l life, start, day calendar.Date) int64 {
	length := max(l.to.DaysSince(l.from), 1)
	percent := int64(day.DaysSince(start)) * int64(l.pace) / int64(length)
	return min(max(percent, 0), 100) * 100
}

// endOf is the day on which the work is done at its pace.
func endOf(l life, start calendar.Date) calendar.Date {
	return start.AddDays(l.to.DaysSince(l.from)*100/l.pace + 1)
}

// money gives an action a budget over its years, and what was booked of it.
func (m *maker) money(n *outline.Node, l life, budget money.Cents) {
	years := l.to.Year() - l.from.Year() + 1
	for k := range years {
		part := budget / money.Cents(years)
		if k == 0 {
			part += budget % money.Cents(years)
		}
		line := outline.Line{Year: l.from.Year() + k, Service: "O", Type: "D", Stage: outline.Initial, Amount: part, Article: fmt.Sprintf("104/%05d.%d", 12300+len(m.nodes)%90, l.from.Year()+k), Label: "Crédit inventé"}
		n.Lines = append(n.Lines, line)
		if n.Progress != nil && line.Year <= m.day.Year() {
			line.Stage, line.Amount = outline.Booked, part*money.Cents(min(*n.Progress+500, rollup.Whole))/rollup.Whole
			n.Lines = append(n.Lines, line)
		}
	}
}

// parts gives an action two sub-actions, which then report in its place.
func (m *maker) parts(n *outline.Node) {
	for k, title := range []string{"Préparer", "Réaliser"} {
		part := *n
		part.Code, part.Parent, part.Title = fmt.Sprintf("SA.%s.%d", strings.TrimPrefix(n.Code, "A."), k+1), n.Code, title+" : "+n.Title
		part.Lines, part.Contributions, part.After, part.Indicators, part.Permanent = nil, nil, nil, nil, false
		part.Steps = append([]outline.Step{}, n.Steps...)
		m.add(part)
	}
	n.Progress = nil
}
