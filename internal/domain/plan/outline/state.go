package outline

import (
	"slices"

	"beffroi/internal/platform/fault"
)

// Phase is what a state means to the rules, whatever the plan calls it.
type Phase string

// The phases.
const (
	Draft     Phase = "draft"     // not counted anywhere
	Planned   Phase = "planned"   // decided, not begun
	Running   Phase = "running"   // updates are expected
	Suspended Phase = "suspended" // stopped for a time
	Done      Phase = "done"
	Abandoned Phase = "abandoned" // not counted any more
	Closed    Phase = "closed"    // of plans: nothing may be written
)

// Phases lists the phases.
func Phases() []Phase { return []Phase{Draft, Planned, Running, Suspended, Done, Abandoned, Closed} }

// Scope is what a state or a move is for.
type Scope string

// The scopes.
const (
	ForPlan      Scope = "plan"
	ForObjective Scope = "objective"
	ForAction    Scope = "action"
)

// State is a state as a plan names it.
type State struct {
	Key   string `json:"key"`
	Scope Scope  `json:"scope"`
	Phase Phase  `json:"phase"`
	Names Names  `json:"names"`
}

// Right is what somebody must be to a node for a move.
type Right string

// The rights, each including those before it.
const (
	ByPilot   Right = "pilot"   // the service that answers for the node
	ByManager Right = "manager" // who keeps the plan
)

// Need is what a move asks for.
type Need string

// The needs.
const (
	NeedReason Need = "reason" // a sentence why
	NeedStart  Need = "start"  // the actual start; today when it is not told
	NeedEnd    Need = "end"    // the actual end; today when it is not told
	NeedWhole  Need = "whole"  // progress becomes 100 %
	NeedText   Need = "text"   // a final text
)

// Move leads from one state to another.
type Move struct {
	Scope Scope  `json:"scope"`
	From  string `json:"from"`
	To    string `json:"to"`
	Right Right  `json:"right"`
	Needs []Need `json:"needs,omitempty"`
}

// State finds a state of a scope.
func (f Frame) State(scope Scope, key string) (State, bool) {
	i := slices.IndexFunc(f.States, func(s State) bool { return s.Scope == scope && s.Key == key })
	if i < 0 {
		return State{}, false
	}
	return f.States[i], true
}

// Of lists the states of a scope.
func (f Frame) Of(scope Scope) (list []State) {
	for _, s := range f.States {
		if s.Scope == scope {
			list = append(list, s)
		}
	}
	return list
}

// First is the state in which a thing of a scope begins.
func (f Frame) First(scope Scope) string {
	for _, s := range f.States {
		if s.Scope == scope {
			return s.Key
		}
	}
	return ""
}

// InPhase is the first state of a scope in a phase, "" when there is none.
func (f Frame) InPhase(scope Scope, phase Phase) string {
	for _, s := range f.States {
		if s.Scope == scope && s.Phase == phase {
			return s.Key
		}
	}
	return ""
}

// From lists the moves that leave a state.
func (f Frame) From(scope Scope, key string) (list []Move) {
	for _, m := range f.Moves {
		if m.Scope == scope && m.From == key {
			list = append(list, m)
		}
	}
	return list
}

// Find gives the move between two states, or Conflict "plan.move".
func (f Frame) Find(scope Scope, from, to string) (Move, error) {
	for _, m := range f.From(scope, from) {
		if m.To == to {
			return m, nil
		}
	}
	return Move{}, fault.New(fault.Conflict, "plan.move", fault.Args{"from": from, "to": to})
}

func defaultStates() []State {
	word := func(scope Scope, key string, phase Phase, fr, nl, en string) State {
		return State{key, scope, phase, Names{"fr": fr, "nl": nl, "en": en}}
	}
	return []State{
		word(ForPlan, "draft", Draft, "Brouillon", "Ontwerp", "Draft"), word(ForPlan, "submitted", Draft, "Soumis", "Voorgelegd", "Submitted"),
		word(ForPlan, "noted", Planned, "Prise d’acte", "Akte genomen", "Noted"), word(ForPlan, "running", Running, "En cours", "Lopend", "Running"),
		word(ForPlan, "closed", Closed, "Clos", "Afgesloten", "Closed"), word(ForPlan, "archived", Closed, "Archivé", "Gearchiveerd", "Archived"),
		word(ForObjective, "draft", Draft, "Brouillon", "Ontwerp", "Draft"), word(ForObjective, "running", Running, "En cours", "Lopend", "Running"),
		word(ForObjective, "achieved", Done, "Atteint", "Bereikt", "Achieved"), word(ForObjective, "abandoned", Abandoned, "Abandonné", "Opgegeven", "Abandoned"),
		word(ForAction, "draft", Draft, "Brouillon", "Ontwerp", "Draft"), word(ForAction, "planned", Planned, "Planifiée", "Gepland", "Planned"),
		word(ForAction, "running", Running, "En cours", "Lopend", "Running"), word(ForAction, "suspended", Suspended, "Suspendue", "Opgeschort", "Suspended"),
		word(ForAction, "done", Done, "Terminée", "Afgerond", "Done"), word(ForAction, "abandoned", Abandoned, "Abandonnée", "Opgegeven", "Abandoned"),
	}
}

func defaultMoves() []Move {
	plan := func(from, to string) Move { return Move{ForPlan, from, to, ByManager, nil} }
	list := []Move{plan("draft", "submitted"), plan("submitted", "draft"), plan("submitted", "noted"), plan("noted", "running"), plan("running", "closed"), plan("closed", "archived"),
		{ForObjective, "draft", "running", ByManager, nil}, {ForObjective, "running", "achieved", ByManager, []Need{NeedText}}, {ForObjective, "running", "abandoned", ByManager, []Need{NeedReason}},
		{ForObjective, "achieved", "running", ByManager, []Need{NeedReason}}, {ForObjective, "abandoned", "running", ByManager, []Need{NeedReason}},
		{ForAction, "draft", "planned", ByManager, nil}, {ForAction, "planned", "running", ByPilot, []Need{NeedStart}},
		{ForAction, "running", "done", ByPilot, []Need{NeedEnd, NeedWhole, NeedText}},
		{ForAction, "planned", "suspended", ByPilot, []Need{NeedReason}}, {ForAction, "running", "suspended", ByPilot, []Need{NeedReason}},
		{ForAction, "suspended", "running", ByPilot, []Need{NeedStart}}, {ForAction, "suspended", "planned", ByPilot, nil}}
	for _, from := range []string{"draft", "planned", "running", "suspended"} {
		list = append(list, Move{ForAction, from, "abandoned", ByManager, []Need{NeedReason}})
	}
	for _, from := range []string{"done", "abandoned"} {
		list = append(list, Move{ForAction, from, "running", ByManager, []Need{NeedReason}})
	}
	return list
}
