package ui

import "github.com/a-h/templ"

// State is the tint of a Tag; the word says what it means.
type State string

// States. The zero value is neutral.
const (
	Neutral State = ""
	OnTime  State = "on-time" // green: in order, done, accepted
	Late    State = "late"    // amber: late, waiting, to be looked at
	Stopped State = "stopped" // brick: stopped, refused, cancelled
	Info    State = "info"    // river: new, under way
)

// Kind is the weight of a Button.
type Kind int

// Kinds. One Primary at most in a form.
const (
	Primary   Kind = iota
	Secondary      // outlined
	Quiet          // text only
	Danger         // destroys or publishes; named and undoable
)

func (k Kind) attrs() templ.Attributes {
	switch k {
	case Secondary:
		return templ.Attributes{"data-variant": "secondary", "data-color": "neutral"}
	case Quiet:
		return templ.Attributes{"data-variant": "tertiary"}
	case Danger:
		return templ.Attributes{"data-variant": "secondary", "data-color": "danger"}
	}
	return nil
}

// Notice is a message in the page.
type Notice struct {
	Kind  NoticeKind
	Title string // optional
	Text  string
	Link  Link // optional: undo, details
}

// NoticeKind is the tint and icon of a Notice.
type NoticeKind string

// Kinds of notice. The zero value informs.
const (
	NoticeInfo    NoticeKind = ""
	NoticeSuccess NoticeKind = "success"
	NoticeWarning NoticeKind = "warning"
	NoticeError   NoticeKind = "danger"
)

func (k NoticeKind) color() string { return or(string(k), "info") }

// role makes outcomes spoken: errors at once, the rest when speech is free.
func (k NoticeKind) role() string {
	if k == NoticeError {
		return "alert"
	}
	return "status"
}

// Problem is what an error page says, in the order a reader needs it.
type Problem struct {
	Title     string // what happened, in one line
	What      string // what happened, in one sentence
	Safe      string // what is safe: "Rien n’a été enregistré."
	Next      string // what to do now
	Link      Link   // where to go, optional
	Reference string // to quote when calling, with its word: "Référence : 7K2M"
}

// Fact is a term and its value in a DefinitionList.
type Fact struct {
	Term  string
	Value string
	Href  string
	Body  templ.Component // instead of Value
}

// Tab is a view of the same thing, with its own address.
type Tab struct {
	Label   string
	Href    string
	Count   string // formatted, "" for none
	Current bool
}

// PageLinks lead through a keyset-paged list; empty addresses are left out.
type PageLinks struct {
	Label    string // name of the landmark
	First    Link
	Previous Link
	Next     Link
	Count    string // "1 à 50 sur 1 203"
}

// Step is one step of a wizard.
type Step struct {
	Label string
	Href  string // to come back to a step done
	State StepState
	Word  string // spoken state: "terminé", "en cours", "à venir"
}

// StepState is where a step stands.
type StepState string

// States of a step.
const (
	StepTodo    StepState = "todo"
	StepCurrent StepState = "current"
	StepDone    StepState = "done"
)

func (s StepState) attrs() templ.Attributes {
	a := templ.Attributes{"data-state": or(string(s), string(StepTodo))}
	if s == StepCurrent {
		a["aria-current"] = "step"
	}
	return a
}

// Entry is one event of a Timeline.
type Entry struct {
	Day  string // as read: "3 mars 2026, 14 h 05"
	ISO  string // for the time element
	Text string
	By   string // who, optional
	Href string // details, optional
}

// Picture is a chart or map with its words: the title carries the answer, the
// twin table is one click below.
type Picture struct {
	ID         string
	Title      string
	Sub        string // unit, period, how to read it
	SVG        templ.Component
	Legend     templ.Component // svg.Legend, nil where labels stand in the picture
	Table      *DataTable      // nil only when the table stands beside
	TableLabel string          // "Voir le tableau"
	Source     string
}
