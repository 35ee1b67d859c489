package privacy

import (
	"cmp"
	"slices"
)

// Activity is one row of the register of processing activities: what article
// 30(1) of the GDPR asks for. The controller's name and the means to reach it
// are the same for every row and are added by the page.
type Activity struct {
	Use
	Data      []string // categories of personal data (point c)
	Tables    []string // where they are
	Ends      []End    // what becomes of them
	Terms     []Term   // after which they go by themselves
	Transfers string   // to third countries (point e), a word of privacy.transfers.*
	Security  []string // general description of the measures (point g), words of privacy.security.*
}

// Register turns declarations into the rows of the register, one for each use,
// ordered by purpose and persons. The lists of a row are sorted and hold
// nothing twice.
func Register(tables []Table) []Activity {
	rows := map[Use]*Activity{}
	for _, t := range tables {
		for _, c := range t.Columns {
			if !c.Personal() {
				continue
			}
			row := rows[c.Use]
			if row == nil {
				row = &Activity{Use: c.Use, Transfers: "none", Security: security()}
				rows[c.Use] = row
			}
			row.Data = include(row.Data, c.Data)
			row.Tables = include(row.Tables, t.Name)
			row.finish(t, c)
		}
	}
	list := make([]Activity, 0, len(rows))
	for _, row := range rows {
		list = append(list, *row)
	}
	slices.SortFunc(list, func(a, b Activity) int {
		return cmp.Or(cmp.Compare(a.Purpose, b.Purpose), cmp.Compare(a.Persons, b.Persons), cmp.Compare(a.Basis, b.Basis),
			cmp.Compare(a.Retention, b.Retention), cmp.Compare(a.Recipients, b.Recipients))
	})
	return list
}

// rank is the order in which a row tells of ends: what goes before what stays.
var rank = map[string]int{Delete: 1, Replace: 2, Rename: 3, Keep: 4}

// finish notes how a column ends and when, each manner once.
func (a *Activity) finish(t Table, c Column) {
	for _, claim := range t.claims(c.Name) {
		end := End{How: claim.End.How, Why: claim.End.Why}
		if !slices.Contains(a.Ends, end) {
			a.Ends = append(a.Ends, end)
		}
	}
	slices.SortFunc(a.Ends, func(x, y End) int { return cmp.Or(cmp.Compare(rank[x.How], rank[y.How]), cmp.Compare(x.Why, y.Why)) })
	known := func(x Term) bool { return x.Event == t.Term.Event && x.After == t.Term.After }
	if t.Term.Column != "" && !slices.ContainsFunc(a.Terms, known) {
		a.Terms = append(a.Terms, Term{Event: t.Term.Event, After: t.Term.After})
	}
	slices.SortFunc(a.Terms, func(x, y Term) int { return cmp.Or(cmp.Compare(x.Event, y.Event), cmp.Compare(x.After, y.After)) })
}

// include adds a word to a sorted list that does not hold it yet.
func include(list []string, word string) []string {
	at, found := slices.BinarySearch(list, word)
	if found {
		return list
	}
	return slices.Insert(list, at, word)
}

// security names the measures that hold for all data of the house: roles
// checked in every verb, the audit tree, passwords kept as argon2id hashes,
// sessions and tokens kept as hashes, no copy to anybody else.
func security() []string { return []string{"roles", "audit", "passwords", "sessions", "own-machine"} }
