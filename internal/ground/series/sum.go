package series

// Total is the figure of a group of communes and how it came about.
type Total struct {
	Value   int64 // scaled by the dataset's decimals
	OK      bool
	How     string // "published", "sum", "incomplete" (communes are missing) or "not_additive"
	Missing int    // communes without a figure
}

// TotalOf gives the figure of a group: its own row when there is one, else the
// exact sum of its members when the dataset may be summed and none is missing.
func TotalOf(d Dataset, figures map[int64]Figure, group int64, members []int64) Total {
	if f, ok := figures[group]; ok && f.State == Value {
		return Total{Value: f.Value, OK: true, How: "published"}
	}
	if !d.Additive {
		return Total{How: "not_additive"}
	}
	t := Total{OK: true, How: "sum"}
	for _, id := range members {
		f, ok := figures[id]
		if !ok || f.State != Value {
			t.Missing++
			continue
		}
		sum, fits := add(t.Value, f.Value)
		if !fits {
			return Total{How: "incomplete"}
		}
		t.Value = sum
	}
	if t.Missing > 0 || len(members) == 0 {
		return Total{How: "incomplete", Missing: t.Missing}
	}
	return t
}

// add sums without wrapping round.
func add(a, b int64) (int64, bool) {
	s := a + b
	return s, (s > a) == (b > 0)
}
