package convert

import (
	"slices"
	"strconv"
	"strings"

	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/money"
	"beffroi/internal/platform/sheet"
)

// cell is a cell being read. What is wrong with it is told with its place, what
// was expected and what was found.
type cell struct {
	t      *tableReader
	line   int
	column int
	name   string
	text   string
}

func (c *cell) refuse(code string) {
	place := letter(c.column) + strconv.Itoa(c.line)
	c.t.refuse(c.line, c.name, c.text, code, fault.Args{"sheet": c.t.sheet, "cell": place, "column": c.name, "value": clip(c.text)})
}

// check refuses what a spreadsheet writes when a formula fails.
func (c *cell) check() {
	if slices.Contains([]string{"#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"}, c.text) {
		c.refuse("plan.cell.formula")
		c.text = ""
	}
}

func (c *cell) day() calendar.Date {
	if c.text == "" {
		return calendar.Date{}
	}
	d, err := sheet.ParseDate(c.text)
	if err == nil {
		if day, err := calendar.Parse(d.String()); err == nil {
			return day
		}
	}
	c.refuse("plan.cell.date")
	return calendar.Date{}
}

// yes reads a tick. The words are those of spreadsheets in three languages.
func (c *cell) yes() bool {
	switch strings.ToLower(c.text) {
	case "1", "vrai", "true", "waar", "oui", "ja", "yes", "x":
		return true
	case "", "0", "faux", "false", "onwaar", "non", "nee", "no":
		return false
	}
	c.refuse("plan.cell.yes")
	return false
}

// number reads a number of at most so many decimals as a whole one.
func (c *cell) number(decimals int) int64 {
	if c.text == "" {
		return 0
	}
	n, ok := scaled(strings.ReplaceAll(c.text, ",", "."), decimals)
	if !ok || n < 0 {
		c.refuse("plan.cell.number")
		return 0
	}
	return n
}

func (c *cell) percent() *int64 {
	if c.text == "" {
		return nil
	}
	n := (&cell{c.t, c.line, c.column, c.name, strings.TrimSpace(strings.TrimSuffix(c.text, "%"))}).number(2)
	return &n
}

func (c *cell) list() []string {
	var list []string
	for part := range strings.SplitSeq(c.text, ";") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// apart keeps what separates the parts of a cell out of them.
var apart = strings.NewReplacer("|", "/", ";", ",")

// actors reads "B-12 Service; Autre": names, each with the reference of its body
// before it when it has one.
func (c *cell) actors(n *outline.Node, role outline.Role) {
	n.Actors = slices.DeleteFunc(slices.Clone(n.Actors), func(a outline.Actor) bool { return a.Role == role })
	for _, text := range c.list() {
		a := outline.Actor{Role: role, Name: text}
		if body, name, ok := strings.Cut(text, " | "); ok {
			a.Body, a.Name = strings.TrimSpace(body), strings.TrimSpace(name)
		}
		n.Actors = append(n.Actors, a)
	}
}

func writeActors(n *outline.Node, role outline.Role) string {
	var list []string
	for _, a := range n.Actors {
		switch {
		case a.Role != role:
		case a.Body != "":
			list = append(list, a.Body+" | "+apart.Replace(a.Name))
		default:
			list = append(list, apart.Replace(a.Name))
		}
	}
	return strings.Join(list, "; ")
}

// contributions reads "OO.1.2 25; OO.3.1 0": objectives and percent of the money.
func (c *cell) contributions(n *outline.Node) {
	n.Contributions = nil
	for _, text := range c.list() {
		to, share, _ := strings.Cut(text, " ")
		points := (&cell{c.t, c.line, c.column, c.name, strings.TrimSpace(strings.TrimSuffix(share, "%"))}).number(2)
		n.Contributions = append(n.Contributions, outline.Contribution{To: to, Share: points})
	}
}

func writeContributions(n *outline.Node) string {
	var list []string
	for _, c := range n.Contributions {
		list = append(list, c.To+" "+decimals(c.Share, 2))
	}
	return strings.Join(list, "; ")
}

// ties reads "A.3; A.7 SS+2": codes, kind and lag.
func (c *cell) ties(n *outline.Node) {
	n.After = nil
	for _, text := range c.list() {
		on, rule, _ := strings.Cut(text, " ")
		tie := outline.Tie{On: on, Kind: rule}
		if at := strings.IndexAny(rule, "+-0123456789"); at >= 0 {
			tie.Kind = rule[:at]
		}
		if lag := strings.TrimPrefix(rule, tie.Kind); lag != "" {
			days, err := strconv.Atoi(lag)
			if err != nil {
				c.refuse("plan.cell.tie")
			}
			tie.Lag = days
		}
		n.After = append(n.After, tie)
	}
}

func writeTies(n *outline.Node) string {
	var list []string
	for _, t := range n.After {
		text := t.On
		if t.Kind != "" || t.Lag != 0 {
			text += " " + t.Kind
			if t.Lag > 0 {
				text += "+"
			}
			if t.Lag != 0 {
				text += strconv.Itoa(t.Lag)
			}
		}
		list = append(list, text)
	}
	return strings.Join(list, "; ")
}

// lines reads "2026 O D initial 1200.00 | article | group | funder | label; …".
func (c *cell) lines(n *outline.Node) {
	n.Lines = nil
	for _, text := range c.list() {
		parts := strings.Split(text, "|")
		words := strings.Fields(parts[0])
		if len(words) != 5 || len(parts) > 5 {
			c.refuse("plan.cell.budget")
			continue
		}
		year, yearErr := strconv.Atoi(words[0])
		cents, amountErr := sheet.ParseCents(words[4], sheet.DecimalPoint)
		if yearErr != nil || amountErr != nil {
			c.refuse("plan.cell.budget")
			continue
		}
		part := func(i int) string {
			if i < len(parts) {
				return strings.TrimSpace(parts[i])
			}
			return ""
		}
		n.Lines = append(n.Lines, outline.Line{Year: year, Service: words[1], Type: words[2], Stage: outline.Stage(words[3]), Amount: money.Cents(cents),
			Article: part(1), Group: part(2), Funder: part(3), Label: part(4)})
	}
}

func writeLines(n *outline.Node) string {
	var list []string
	for _, l := range n.Lines {
		text := strings.Join([]string{strconv.Itoa(l.Year), l.Service, l.Type, string(l.Stage), l.Amount.String()}, " ")
		if l.Article+l.Group+l.Funder+l.Label != "" {
			text += " | " + strings.Join([]string{apart.Replace(l.Article), apart.Replace(l.Group), apart.Replace(l.Funder), apart.Replace(l.Label)}, " | ")
		}
		list = append(list, text)
	}
	return strings.Join(list, "; ")
}
