package privacy

import (
	"fmt"
	"slices"
	"strings"
)

// Use is one reason for which data about people are kept. Every field is a
// word with a text in the catalogues, below the name given here.
type Use struct {
	Purpose    string // privacy.purpose.*: why
	Persons    string // privacy.persons.*: about whom
	Basis      string // privacy.basis.*: by what right (GDPR, article 6)
	Retention  string // privacy.retention.*: for how long
	Recipients string // privacy.recipients.*: who gets to see them
}

// Column is a column of a table. Data is the category of what it holds about a
// person (privacy.data.*), "" for a column that says nothing about anybody.
type Column struct {
	Name string
	Data string
	Use  Use
}

// Personal tells whether the column holds personal data.
func (c Column) Personal() bool { return c.Data != "" }

// Table is a table with all of its columns, whose they are and how they end.
type Table struct {
	Name    string
	Columns []Column
	Claims  []Claim
	Term    Term
	Things  []Thing
}

// New declares a table and those of its columns that hold nothing about people.
func New(name string, columns ...string) Table {
	return Table{Name: name}.with("", Use{}, columns)
}

// Personal adds columns that hold data of one category about people.
func (t Table) Personal(use Use, data string, columns ...string) Table {
	return t.with(data, use, columns)
}

func (t Table) with(data string, use Use, names []string) Table {
	t.Columns = slices.Clone(t.Columns)
	for _, n := range names {
		t.Columns = append(t.Columns, Column{Name: n, Data: data, Use: use})
	}
	return t
}

// Compare lists what differs between the declarations and the tables of a
// database (columns by table), one sentence each, sorted. Declarations that
// are complete give none.
func Compare(declared []Table, live map[string][]string) []string {
	var problems []string
	seen := map[string]bool{}
	for _, t := range declared {
		if seen[t.Name] {
			problems = append(problems, fmt.Sprintf("table %s is declared twice", t.Name))
		}
		seen[t.Name] = true
		columns, ok := live[t.Name]
		if !ok {
			problems = append(problems, fmt.Sprintf("table %s is declared and does not exist", t.Name))
			continue
		}
		problems = append(problems, t.compare(columns)...)
		problems = append(problems, t.endings(declared)...)
	}
	for name := range live {
		if !seen[name] {
			problems = append(problems, fmt.Sprintf("table %s is not declared", name))
		}
	}
	slices.Sort(problems)
	return problems
}

func (t Table) compare(live []string) (problems []string) {
	seen := map[string]bool{}
	for _, c := range t.Columns {
		switch {
		case seen[c.Name]:
			problems = append(problems, fmt.Sprintf("column %s.%s is declared twice", t.Name, c.Name))
		case !slices.Contains(live, c.Name):
			problems = append(problems, fmt.Sprintf("column %s.%s is declared and does not exist", t.Name, c.Name))
		case c.Personal() && c.Use.gap() != "":
			problems = append(problems, fmt.Sprintf("column %s.%s is personal and names no %s", t.Name, c.Name, c.Use.gap()))
		}
		seen[c.Name] = true
	}
	for _, name := range live {
		if !seen[name] {
			problems = append(problems, fmt.Sprintf("column %s.%s is not declared", t.Name, name))
		}
	}
	return problems
}

// gap is the first thing that a use leaves unsaid, "" when it says all.
func (u Use) gap() string {
	for _, f := range []struct{ name, value string }{{"purpose", u.Purpose}, {"persons", u.Persons}, {"basis", u.Basis},
		{"retention", u.Retention}, {"recipients", u.Recipients}} {
		if strings.TrimSpace(f.value) == "" {
			return f.name
		}
	}
	return ""
}
