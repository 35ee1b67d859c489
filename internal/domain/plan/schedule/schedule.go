// Package schedule is the critical path method on working days: when each node
// of a plan can start at the earliest, must start at the latest, and which nodes
// decide the end (chemin critique, kritiek pad).
//
// Time is a whole number of working days since a day that the caller chooses;
// calendar.Workdays turns days into such numbers and back. A node that starts at
// s and lasts d days works on s, s+1 … s+d-1 and finishes at s+d. A node of
// duration 0 is a milestone.
//
// # Rules
//
// An arc from p to t with a lag of n working days (negative for an overlap):
//
//	finish-start    start(t)  ≥ finish(p) + n
//	start-start     start(t)  ≥ start(p)  + n
//	finish-finish   finish(t) ≥ finish(p) + n
//	start-finish    finish(t) ≥ start(p)  + n
//
// A group starts with its first child and finishes with its last. An arc into a
// group holds for every node below it; an arc out of a group leaves from the
// group's own start or finish. A fixed node stays where it is, whatever its
// predecessors do: Result.Broken tells that they are not respected.
//
// The latest times are those that do not move the end of the whole. The start of
// a group with an arc out of its start is held by every child that starts with
// it, so that the float of such children is never told too great.
//
// The work is O(V+E): Kelley and Walker, "Critical-Path Planning and
// Scheduling", 1959.
package schedule

import (
	"math"
	"strings"
)

// Kind is how the end of one node holds another.
type Kind uint8

// The kinds of arcs.
const (
	FinishStart Kind = iota
	StartStart
	FinishFinish
	StartFinish
)

// String is the usual abbreviation.
func (k Kind) String() string { return [...]string{"FS", "SS", "FF", "SF"}[k&3] }

// None is the absence of a constraint.
const None = math.MinInt

// Top is the parent of a node that is in no group.
const Top = -1

// maxTime keeps sums of times, lags and durations far from overflow: four
// thousand years of working days.
const maxTime = 1 << 20

// Node is a piece of work, or a group when it is the Parent of others; a group's
// own duration and constraints but FinishBy do not count.
type Node struct {
	Key      string // named in refusals
	Parent   int    // index of the group, Top for none
	Duration int    // working days, 0 to about a million
	NotUntil int    // it starts at this time at the earliest, None for no constraint
	FinishBy int    // it should be finished by this time, None for no constraint
	Fixed    bool   // it starts at NotUntil, which is then required
}

// Arc holds one node after another.
type Arc struct {
	From, To int
	Kind     Kind
	Lag      int // working days
}

// Times are the dates of one node.
type Times struct {
	Start, Finish         int // earliest
	LateStart, LateFinish int // latest
	Total                 int // total float: how long it may be late without moving the end; negative when a FinishBy cannot be kept
	Free                  int // free float: how long without moving any other node
	Broken                bool
}

// Critical tells whether the node decides the end of the whole.
func (t Times) Critical() bool { return t.Total <= 0 }

// Result is a scheduled network. Length is the length of the critical path, from
// time 0 to the finish of the last node.
type Result struct {
	Nodes  []Times
	Length int
}

// InputError is a node or an arc that makes no sense: Where is the key of the
// node, Reason one of "duration", "parent", "arc", "fixed", "constraint", "lag".
type InputError struct{ Where, Reason string }

// Error names the node.
func (e *InputError) Error() string { return "schedule: " + e.Where + ": wrong " + e.Reason }

// CycleError is a loop of arcs and groups: Loop names its nodes in order, the
// first one again at the end.
type CycleError struct{ Loop []string }

// Error names the whole loop.
func (e *CycleError) Error() string { return "schedule: cycle: " + strings.Join(e.Loop, " → ") }

// Plan schedules a network from time 0 on: every node as early as its
// predecessors and constraints allow. Errors: *InputError, *CycleError.
func Plan(nodes []Node, arcs []Arc) (Result, error) {
	if err := check(nodes, arcs); err != nil {
		return Result{}, err
	}
	n := newNetwork(nodes, arcs)
	order, err := n.order()
	if err != nil {
		return Result{}, err
	}
	n.forward(order)
	n.backward(order)
	return n.result(), nil
}

func check(nodes []Node, arcs []Arc) error {
	for _, v := range nodes {
		switch {
		case v.Parent < Top || v.Parent >= len(nodes):
			return &InputError{v.Key, "parent"}
		case v.Duration < 0 || v.Duration > maxTime:
			return &InputError{v.Key, "duration"}
		case v.Fixed && v.NotUntil == None:
			return &InputError{v.Key, "fixed"}
		case !within(v.NotUntil) || !within(v.FinishBy):
			return &InputError{v.Key, "constraint"}
		}
	}
	for _, a := range arcs {
		switch {
		case a.From < 0 || a.To < 0 || a.From >= len(nodes) || a.To >= len(nodes) || a.Kind > StartFinish:
			return &InputError{"", "arc"}
		case a.Lag < -maxTime || a.Lag > maxTime:
			return &InputError{nodes[a.To].Key, "lag"}
		}
	}
	return nil
}

func within(t int) bool { return t == None || t >= -maxTime && t <= maxTime }
