package outline

import (
	"cmp"
	"errors"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"beffroi/internal/domain/plan/rollup"
	"beffroi/internal/domain/plan/schedule"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
)

// Limits of texts, in characters, and of amounts, in cents.
const (
	MaxTitle  = 300
	MaxText   = 20_000
	MaxAmount = 999_999_999_999_00
	maxTag    = 120
)

// Problem is something that is not sound, at a node ("" for the plan itself).
type Problem struct {
	Node  string
	Field string
	Value string
	Code  string // of the refusal
	Args  fault.Args
}

// Faults turns problems into the refusals of a form or an API.
func Faults(list []Problem) error {
	var f fault.Fields
	for _, p := range list {
		f.Add(p.Field, p.Value, p.Code, p.Args)
	}
	return f.Err()
}

// Check tells everything in the tree that is not sound: each node by itself, then
// the graph that they make together. Codes: plan.node.*, plan.share, plan.loop,
// required, length.
func (t *Tree) Check() []Problem {
	var list []Problem
	for _, n := range t.Nodes {
		list = append(list, t.CheckNode(n)...)
	}
	if len(list) > 0 {
		return list
	}
	return append(t.checkGraph(), t.checkTies()...)
}

// CheckNode tells what is not sound of one node in the tree.
func (t *Tree) CheckNode(n *Node) []Problem {
	c := &checker{tree: t, node: n}
	c.words()
	c.place()
	c.numbers()
	c.dates()
	c.lines()
	c.links()
	return c.list
}

// checker collects the problems of one node.
type checker struct {
	tree *Tree
	node *Node
	list []Problem
}

func (c *checker) refuse(field, value, code string, args fault.Args) {
	if args == nil {
		args = fault.Args{}
	}
	args["node"] = c.node.Code
	c.list = append(c.list, Problem{c.node.Code, field, value, code, args})
}

func (c *checker) length(field, text string, most int) {
	if n := utf8.RuneCountInString(text); n > most {
		c.refuse(field, "", "register.long", fault.Args{"max": int64(most), "n": int64(n)})
	}
}

// oneOf refuses a word that is none of a list.
func oneOf[T ~string](c *checker, field string, value T, list []T) {
	if value != "" && !slices.Contains(list, value) {
		words := make([]string, len(list))
		for i, w := range list {
			words[i] = string(w)
		}
		c.refuse(field, string(value), "param.enum", fault.Args{"name": field, "value": string(value), "values": strings.Join(words, ", ")})
	}
}

func (c *checker) words() {
	n := c.node
	if strings.TrimSpace(n.Title) == "" {
		c.refuse("title", "", "required", nil)
	}
	c.length("title", n.Title, MaxTitle)
	for field, text := range map[string]string{"text": n.Text, "remark": n.Remark} {
		c.length(field, text, MaxText)
	}
	for _, list := range [][]string{n.Tags, n.Plans, n.Missions, n.Communes, n.Goals} {
		for _, s := range list {
			c.length("tags", s, maxTag)
		}
	}
	oneOf(c, "health", n.Health, Healths())
	oneOf(c, "side", n.Side, Sides())
	oneOf(c, "secrecy", n.Secrecy, Secrecies()[1:])
	oneOf(c, "method", n.Method, Methods()[1:])
	for _, a := range n.Actors {
		oneOf(c, "actors", a.Role, Roles())
		if a.Role == "" || a.Name == "" && a.Body == "" {
			c.refuse("actors", a.Name, "plan.node.actor", nil)
		}
	}
	if _, ok := c.tree.Plan.Frame.State(c.tree.Scope(n), n.State); !ok {
		c.refuse("state", n.State, "plan.node.state", fault.Args{"state": n.State})
	}
}

// place holds a node's level against its parent's: the next one up, or none at
// the top. Parents can make no loop then.
func (c *checker) place() {
	n, frame := c.node, c.tree.Plan.Frame
	level := frame.Level(n.Code)
	switch {
	case level < 0:
		c.refuse("code", n.Code, "plan.node.code", fault.Args{"value": n.Code})
	case level == 0 && n.Parent != "":
		c.refuse("parent", n.Parent, "plan.node.top", nil)
	case level > 0 && n.Parent == "":
		c.refuse("parent", "", "plan.node.orphan", nil)
	case level > 0 && c.tree.Node(n.Parent) == nil:
		c.refuse("parent", n.Parent, "plan.node.parent", fault.Args{"code": n.Parent})
	case level > 0 && frame.Level(n.Parent) != level-1:
		c.refuse("parent", n.Parent, "plan.node.level", fault.Args{"level": frame.Levels[level-1].Prefix})
	}
}

func (c *checker) numbers() {
	n := c.node
	if n.Progress != nil && (*n.Progress < 0 || *n.Progress > rollup.Whole) {
		c.refuse("progress", strconv.FormatInt(*n.Progress, 10), "plan.node.progress", nil)
	}
	for field, v := range map[string]int64{"weight": n.Weight, "staff": n.Staff} {
		if v < 0 {
			c.refuse(field, strconv.FormatInt(v, 10), "plan.node.negative", nil)
		}
	}
	for _, s := range n.Steps {
		if s.Weight < 0 || s.Title == "" {
			c.refuse("steps", s.Title, "plan.node.step", nil)
		}
	}
	for _, v := range n.Indicators {
		oneOf(c, "indicators", v.Direction, []rollup.Direction{rollup.Up, rollup.Down, rollup.Hold})
		for _, text := range []string{v.Baseline, v.Target, v.Value} {
			if _, ok := new(big.Rat).SetString(text); text != "" && (!ok || strings.ContainsAny(text, "/eE")) {
				c.refuse("indicators", text, "plan.node.number", fault.Args{"value": text})
			}
		}
	}
}

func (c *checker) dates() {
	for field, p := range map[string]calendar.Period{"planned": c.node.Planned, "actual": c.node.Actual} {
		if !p.Valid() {
			c.refuse(field, p.From.String()+" – "+p.To.String(), "plan.node.period", fault.Args{"from": p.From, "to": p.To})
		}
	}
}

func (c *checker) lines() {
	for _, l := range c.node.Lines {
		oneOf(c, "lines", l.Service, []string{"O", "E"})
		oneOf(c, "lines", l.Type, []string{"D", "R"})
		oneOf(c, "lines", l.Stage, Stages())
		if l.Service == "" || l.Type == "" || l.Stage == "" {
			c.refuse("lines", l.Label, "plan.node.line", nil)
		}
		if l.Amount < 0 || l.Amount > MaxAmount {
			c.refuse("lines", l.Amount.String(), "plan.node.amount", fault.Args{"value": l.Amount})
		}
		if l.Year < calendar.MinYear || l.Year > calendar.MaxYear {
			c.refuse("lines", strconv.Itoa(l.Year), "plan.node.year", fault.Args{"year": int64(l.Year)})
		}
	}
}

func (c *checker) links() {
	rest := int64(rollup.Whole)
	for _, l := range c.node.Contributions {
		to := c.tree.Node(l.To)
		switch {
		case to == nil:
			c.refuse("contributions", l.To, "plan.node.unknown", fault.Args{"code": l.To})
		case c.tree.Scope(to) != ForObjective:
			c.refuse("contributions", l.To, "plan.node.objective", fault.Args{"code": l.To})
		case l.Share < 0:
			c.refuse("contributions", strconv.FormatInt(l.Share, 10), "plan.share.negative", fault.Args{"code": l.To})
		}
		rest -= l.Share
	}
	if rest < 0 {
		c.refuse("contributions", strconv.FormatInt(rollup.Whole-rest, 10), "plan.share.sum", nil)
	}
	for _, tie := range c.node.After {
		if c.tree.Node(tie.On) == nil {
			c.refuse("after", tie.On, "plan.node.unknown", fault.Args{"code": tie.On})
		}
		oneOf(c, "after", tie.Kind, []string{"FS", "SS", "FF", "SF"})
		if tie.Lag < -maxLag || tie.Lag > maxLag {
			c.refuse("after", strconv.Itoa(tie.Lag), "plan.node.lag", fault.Args{"max": int64(maxLag)})
		}
	}
}

// maxLag is ten years of working days.
const maxLag = 2500

// checkGraph refuses what rollup refuses.
func (t *Tree) checkGraph() []Problem {
	_, err := t.graph()
	e, ok := errors.AsType[*rollup.InputError](err)
	if !ok {
		return nil
	}
	code := map[string]string{"loop": "plan.loop", "ancestor": "plan.share.ancestor", "duplicate": "plan.share.duplicate"}[e.Reason]
	return []Problem{{e.Key, "contributions", "", cmp.Or(code, "plan.share.sum"), fault.Args{"node": e.Key, "loop": strings.Join(e.Loop, " → ")}}}
}

// checkTies refuses needs that wait for each other, with the whole loop.
func (t *Tree) checkTies() []Problem {
	_, err := t.Schedule()
	e, ok := errors.AsType[*schedule.CycleError](err)
	if !ok {
		return nil
	}
	return []Problem{{e.Loop[0], "after", "", "plan.loop", fault.Args{"node": e.Loop[0], "loop": strings.Join(e.Loop, " → ")}}}
}

// Check tells what is not sound of the plan itself.
func (p Plan) Check() []Problem {
	var list []Problem
	refuse := func(field, value, code string, args fault.Args) {
		list = append(list, Problem{"", field, value, code, args})
	}
	if !keySyntax.MatchString(p.Key) {
		refuse("key", p.Key, "plan.key", fault.Args{"value": p.Key})
	}
	if strings.TrimSpace(p.Title) == "" {
		refuse("title", "", "required", nil)
	}
	if n := utf8.RuneCountInString(p.Title); n > MaxTitle {
		refuse("title", "", "register.long", fault.Args{"max": int64(MaxTitle), "n": int64(n)})
	}
	if !p.Term.Valid() {
		refuse("term", p.Term.From.String(), "plan.term", nil)
	}
	if !slices.Contains(Kinds(), p.Kind) {
		refuse("kind", p.Kind, "param.enum", fault.Args{"name": "kind", "value": p.Kind, "values": strings.Join(Kinds(), ", ")})
	}
	if !slices.Contains(Weighings(), p.Weighing) || p.Threshold < 0 || p.Threshold > rollup.Whole || p.StaleAfter < 0 {
		refuse("weighing", string(p.Weighing), "plan.weighing", nil)
	}
	if _, ok := p.Frame.State(ForPlan, p.State); !ok {
		refuse("state", p.State, "plan.node.state", fault.Args{"node": p.Key, "state": p.State})
	}
	return append(list, p.Frame.check()...)
}

// check refuses a frame that the rules could not work with.
func (f Frame) check() []Problem {
	var list []Problem
	refuse := func(value string) {
		list = append(list, Problem{"", "frame", value, "plan.frame", fault.Args{"value": value}})
	}
	if n := len(f.Levels); n < 3 || n > 6 {
		refuse(strconv.Itoa(n))
	}
	work := false
	for i, l := range f.Levels {
		if !IsCode(l.Prefix+".1") || f.Level(l.Prefix+".1") != i || work && !l.Action {
			refuse(l.Prefix)
		}
		work = work || l.Action
	}
	if !work {
		refuse("action")
	}
	for _, scope := range []Scope{ForPlan, ForObjective, ForAction} {
		if f.First(scope) == "" {
			refuse(string(scope))
		}
	}
	for _, m := range f.Moves {
		if _, err := f.Find(m.Scope, m.From, m.To); err != nil {
			refuse(m.From)
		}
		if _, ok := f.State(m.Scope, m.To); !ok {
			refuse(m.To)
		}
	}
	for _, s := range f.States {
		if !slices.Contains(Phases(), s.Phase) {
			refuse(string(s.Phase))
		}
	}
	return list
}
