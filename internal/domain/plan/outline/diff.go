package outline

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// ChangeKind is what became of a node between two days.
type ChangeKind string

// The kinds of changes.
const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Moved   ChangeKind = "moved" // under another parent; its fields may have changed, too
	Changed ChangeKind = "changed"
)

// ChangeKinds lists the kinds of changes.
func ChangeKinds() []ChangeKind { return []ChangeKind{Added, Removed, Moved, Changed} }

// FieldChange is one field before and after, as JSON; nil where it had no value.
type FieldChange struct {
	Field  string          `json:"field"`
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
}

// Change is what became of one node.
type Change struct {
	Kind   ChangeKind    `json:"kind"`
	Code   string        `json:"code"`
	Title  string        `json:"title"`
	Fields []FieldChange `json:"fields,omitempty"`
}

// Diff compares two states of a plan, deleted nodes included, in the order of the
// later one; what was removed comes last.
func Diff(before, after *Tree) ([]Change, error) {
	var list []Change
	for _, n := range after.Nodes {
		old := before.Node(n.Code)
		if old == nil {
			list = append(list, Change{Kind: Added, Code: n.Code, Title: n.Title})
			continue
		}
		fields, err := DiffNodes(old, n)
		if err != nil {
			return nil, err
		}
		switch {
		case old.Parent != n.Parent:
			list = append(list, Change{Moved, n.Code, n.Title, fields})
		case len(fields) > 0:
			list = append(list, Change{Changed, n.Code, n.Title, fields})
		}
	}
	for _, n := range before.Nodes {
		if after.Node(n.Code) == nil {
			list = append(list, Change{Kind: Removed, Code: n.Code, Title: n.Title})
		}
	}
	return list, nil
}

// bookkeeping are fields of a node that are no statement about it.
var bookkeeping = []string{"version", "plan", "gone"}

// DiffNodes compares two states of a node, field by field, by the fields' names.
func DiffNodes(before, after *Node) ([]FieldChange, error) {
	a, err := fieldsOf(before)
	if err != nil {
		return nil, err
	}
	b, err := fieldsOf(after)
	if err != nil {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(a))
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var list []FieldChange
	for _, name := range names {
		if !bytes.Equal(a[name], b[name]) {
			list = append(list, FieldChange{name, a[name], b[name]})
		}
	}
	return list, nil
}

func fieldsOf(n *Node) (map[string]json.RawMessage, error) {
	text, err := json.Marshal(n)
	if err != nil {
		return nil, err
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, err
	}
	for _, name := range bookkeeping {
		delete(m, name)
	}
	return m, nil
}
