package register

import (
	"cmp"
	"slices"
)

// Position is the place of a record in an ordered list: what it is ordered by,
// and its key where that is equal. It is what a cursor holds.
type Position struct {
	Value string `json:"v"`
	Key   string `json:"k"`
}

func (p Position) compare(o Position, desc bool) int {
	c := cmp.Compare(p.Value, o.Value)
	if desc {
		c = -c
	}
	return cmp.Or(c, cmp.Compare(p.Key, o.Key))
}

// Sort orders records by their position; desc turns the value's order, keys
// stay ascending.
func Sort[T any](rows []T, desc bool, at func(T) Position) {
	slices.SortStableFunc(rows, func(a, b T) int { return at(a).compare(at(b), desc) })
}

// After gives at most n of the sorted records that follow a position; the zero
// position is before the first.
func After[T any](rows []T, last Position, desc bool, n int, at func(T) Position) []T {
	start := 0
	if last != (Position{}) {
		start, _ = slices.BinarySearchFunc(rows, last, func(r T, p Position) int {
			return cmp.Or(at(r).compare(p, desc), -1) // the record at the position itself is behind us
		})
	}
	return rows[start:min(len(rows), start+n)]
}
