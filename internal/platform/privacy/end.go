package privacy

import (
	"fmt"
	"slices"
	"time"
)

// How data about a person end.
const (
	Delete  = "delete"  // the row goes
	Replace = "replace" // the column gets a value that says nothing
	Rename  = "rename"  // the column gets the person's pseudonym
	Keep    = "keep"    // it stays, for a reason that she is told
)

// End is what becomes of data when the person has them erased, or their time
// is up.
type End struct {
	How   string
	Value any    // of Replace
	Why   string // of Keep, a word of privacy.why.*
}

// Deleted ends a whole row.
func Deleted() End { return End{How: Delete} }

// Becomes ends a column by a value: "", false, a day.
func Becomes(value any) End { return End{How: Replace, Value: value} }

// Renamed ends a column by the pseudonym of the person.
func Renamed() End { return End{How: Rename} }

// Kept ends nothing; why is a word of privacy.why.*.
func Kept(why string) End { return End{How: Keep, Why: why} }

// Owner says whose a row is: Column holds the person's key of the kind Key. The
// kinds of keys are those of package personal: "account", "account.id", "holder".
type Owner struct {
	Key    string // "" for a row that no key leads to
	Column string
	Kind   string // column that holds the kind of the object which Column names, "" for none
	Parent string // table that Column and Kind are of, "" for this one
	Join   string // column that both tables share
}

// Of is the owner whom a column of the row names.
func Of(key, column string) Owner { return Owner{Key: key, Column: column} }

// OfObject is the owner whom a reference to an object names, in two columns.
func OfObject(key, kindColumn, column string) Owner {
	return Owner{Key: key, Column: column, Kind: kindColumn}
}

// Through looks for the owner in the row of another table that shares a column.
func (o Owner) Through(parent, join string) Owner {
	o.Parent, o.Join = parent, join
	return o
}

// Nobody is the owner of data that name people in free text only: no key leads
// to them, they go when their time is up or when somebody corrects them.
func Nobody() Owner { return Owner{} }

// Claim ties columns to their owner and to their end.
type Claim struct {
	Owner   Owner
	End     End
	Columns []string
}

// Term is how long the rows of a table are kept: After the instant in Column,
// which is that of an event (privacy.event.*).
type Term struct {
	Event  string
	Column string
	After  time.Duration
	When   string   // column that must hold one of Values, "" for every row
	Values []string // of When
	Person bool     // the person whom the row stands for is erased; otherwise the row just goes
}

// Thing is an object that a row is, or belongs to.
type Thing struct{ Kind, Column string }

// Ends says whose personal columns are and how they end. Without columns it
// means those that no Ends before it named.
func (t Table) Ends(o Owner, e End, columns ...string) Table {
	if len(columns) == 0 {
		for _, c := range t.Columns {
			if c.Personal() && len(t.claims(c.Name)) == 0 {
				columns = append(columns, c.Name)
			}
		}
	}
	t.Claims = append(slices.Clone(t.Claims), Claim{Owner: o, End: e, Columns: columns})
	return t
}

// Until says that rows go some time after an event.
func (t Table) Until(event, column string, after time.Duration) Table {
	t.Term = Term{Event: event, Column: column, After: after}
	return t
}

// UntilErased says that a person is erased some time after an event. Each row
// is a person: the object that Object names. Her end must empty the column.
func (t Table) UntilErased(event, column string, after time.Duration) Table {
	t.Term = Term{Event: event, Column: column, After: after, Person: true}
	return t
}

// Object says that a row is an object of a kind, or belongs to it; the column
// holds its key. What is held (package personal) then stays.
func (t Table) Object(kind, column string) Table {
	t.Things = append(slices.Clone(t.Things), Thing{Kind: kind, Column: column})
	return t
}

// When narrows Until to the rows whose column holds one of some values.
func (t Table) When(column string, values ...string) Table {
	t.Term.When, t.Term.Values = column, values
	return t
}

func (t Table) claims(column string) (list []Claim) {
	for _, c := range t.Claims {
		if slices.Contains(c.Columns, column) {
			list = append(list, c)
		}
	}
	return list
}

// endings lists what is missing or wrong in what a table says of ends.
func (t Table) endings(tables []Table) (problems []string) {
	add := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	for _, c := range t.Columns {
		if c.Personal() && len(t.claims(c.Name)) == 0 {
			add("column %s.%s is personal and nothing says whose it is and how it ends", t.Name, c.Name)
		}
	}
	for _, c := range t.Claims {
		for _, name := range c.Columns {
			if !t.has(name, true) {
				add("table %s says how %s ends, which is no personal column of it", t.Name, name)
			}
		}
		if c.Owner.Key == "" && c.End.How != Keep {
			add("table %s erases rows of nobody", t.Name)
		}
		if c.End.How == Keep && c.End.Why == "" {
			add("table %s keeps %v without a reason", t.Name, c.Columns)
		}
		if c.Owner.Key != "" && !c.Owner.exists(t, tables) {
			add("table %s: the owner %s of %v is found nowhere", t.Name, c.Owner.Column, c.Columns)
		}
	}
	for _, o := range t.Things {
		if !t.has(o.Column, false) {
			add("table %s: the object %s hangs on %s, which does not exist", t.Name, o.Kind, o.Column)
		}
	}
	for _, name := range []string{t.Term.Column, t.Term.When} {
		if name != "" && !t.has(name, false) {
			add("table %s: the time of keeping hangs on %s, which does not exist", t.Name, name)
		}
	}
	return problems
}

func (o Owner) exists(t Table, tables []Table) bool {
	if o.Parent != "" {
		i := slices.IndexFunc(tables, func(p Table) bool { return p.Name == o.Parent })
		if i < 0 || !t.has(o.Join, false) || !tables[i].has(o.Join, false) {
			return false
		}
		t = tables[i]
	}
	return t.has(o.Column, false) && (o.Kind == "" || t.has(o.Kind, false))
}

func (t Table) has(column string, personal bool) bool {
	return slices.ContainsFunc(t.Columns, func(c Column) bool { return c.Name == column && (c.Personal() || !personal) })
}
