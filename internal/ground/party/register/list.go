package register

import (
	"cmp"
	"slices"

	"beffroi/internal/platform/fault"
)

// Position is the place of a record in an ordered list: what it is ordered by,
// and its key where that is equal.
type Position struct{ Value, Key string }

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

// After gives at most n of the sorted records that follow the one of a key; the
// empty key is before the first. A record that is gone meanwhile cannot be
// followed: the reader must start again, and is told so (BadRequest).
func After[T any](rows []T, last string, n int, key func(T) string) ([]T, error) {
	start := 0
	if last != "" {
		start = slices.IndexFunc(rows, func(r T) bool { return key(r) == last }) + 1
		if start == 0 {
			return nil, fault.New(fault.BadRequest, "param.cursor", fault.Args{"name": "cursor", "value": last, "values": ""})
		}
	}
	return rows[start:min(len(rows), start+n)], nil
}
