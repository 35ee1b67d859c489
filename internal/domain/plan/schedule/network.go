package schedule

import "slices"

// network is the graph that the times flow through. A group is two vertices: it
// opens at its index i, where the arcs into it arrive and go down to its
// children, and closes at len(nodes)+i, where its children's times come together
// and its arcs leave. A node without children is one vertex.
type network struct {
	nodes []Node
	group []bool
	out   [][]Arc  // by node of departure
	down  [][]int  // children
	times []Times  // by node
	open  []bounds // of groups: what arrives for all nodes below
	least []bounds // earliest start and finish of any node below, for the floats of what comes before
	late  []bounds // latest start and finish that what comes after allows
	free  []bounds // the same, against the earliest times of what comes after
	end   int
}

// bounds are a start and a finish, the ends of an interval or the limits of one.
type bounds struct{ start, finish int }

const far = 1 << 40 // later than any time

func newNetwork(nodes []Node, arcs []Arc) *network {
	n := &network{nodes: nodes, group: make([]bool, len(nodes)), out: make([][]Arc, len(nodes)), down: make([][]int, len(nodes)),
		times: make([]Times, len(nodes)), open: make([]bounds, len(nodes)), least: make([]bounds, len(nodes)), late: make([]bounds, len(nodes)), free: make([]bounds, len(nodes))}
	share(n.out, arcs, func(a Arc) int { return a.From })
	children := make([]int, 0, len(nodes))
	for i, v := range nodes {
		if v.Parent != Top {
			n.group[v.Parent] = true
			children = append(children, i)
		}
		n.open[i] = bounds{-far, -far}
		n.least[i], n.late[i], n.free[i] = bounds{far, far}, bounds{far, far}, bounds{far, far}
	}
	share(n.down, children, func(i int) int { return nodes[i].Parent })
	return n
}

// share sorts items into lists by a number, in two allocations.
func share[T any](lists [][]T, items []T, of func(T) int) {
	count := make([]int, len(lists))
	for _, item := range items {
		count[of(item)]++
	}
	all := make([]T, len(items))
	for i, c := range count {
		lists[i], all = all[:0:c], all[c:]
	}
	for _, item := range items {
		lists[of(item)] = append(lists[of(item)], item)
	}
}

// closing is the vertex from which the arcs of a node leave.
func (n *network) closing(i int) int {
	if n.group[i] {
		return len(n.nodes) + i
	}
	return i
}

// node is the node of a vertex.
func (n *network) node(v int) int { return v % len(n.nodes) }

// next calls f with each vertex that must come after v.
func (n *network) next(v int, f func(int)) {
	i := n.node(v)
	if n.group[i] && v == i {
		for _, child := range n.down[i] {
			f(child)
		}
		return
	}
	for _, a := range n.out[i] {
		f(a.To)
	}
	if parent := n.nodes[i].Parent; parent != Top {
		f(len(n.nodes) + parent)
	}
}

// order gives the vertices so that each comes after all that it depends on.
func (n *network) order() ([]int, error) {
	waits := make([]int32, 2*len(n.nodes))
	total := 0
	for v := range waits {
		if n.is(v) {
			total++
			n.next(v, func(w int) { waits[w]++ })
		}
	}
	list := make([]int, 0, total)
	for v := range waits {
		if n.is(v) && waits[v] == 0 {
			list = append(list, v)
		}
	}
	for at := 0; at < len(list); at++ {
		n.next(list[at], func(w int) {
			if waits[w]--; waits[w] == 0 {
				list = append(list, w)
			}
		})
	}
	if len(list) < total {
		return nil, n.cycle(waits)
	}
	return list, nil
}

// is tells whether a vertex exists: only groups close apart.
func (n *network) is(v int) bool { return v < len(n.nodes) || n.group[n.node(v)] }

// cycle finds a loop among the vertices that still wait for others: walking back
// from any of them, always to one that waits too, must come round.
func (n *network) cycle(waits []int32) error {
	back := make([]int, len(waits))
	for i := range back {
		back[i] = -1
	}
	at := -1
	for v, w := range waits {
		if n.is(v) && w > 0 {
			at = v
			n.next(v, func(w int) { back[w] = v })
		}
	}
	var path []int
	place := map[int]int{}
	for {
		if start, seen := place[at]; seen {
			return &CycleError{n.loop(path[start:])}
		}
		place[at] = len(path)
		path = append(path, at)
		at = back[at]
	}
}

// loop names the nodes of a loop that was walked backwards, from the smallest
// key on, so that the same loop always reads the same.
func (n *network) loop(path []int) []string {
	var keys []string
	for _, v := range slices.Backward(path) {
		keys = append(keys, n.nodes[n.node(v)].Key)
	}
	if i := slices.Index(keys, slices.Min(keys)); i > 0 {
		keys = append(keys[i:], keys[:i]...)
	}
	keys = slices.Compact(keys) // a group opens and closes
	if last := len(keys) - 1; last > 0 && keys[last] == keys[0] {
		keys = keys[:last]
	}
	return append(keys, keys[0])
}

// forward gives each vertex its earliest times.
func (n *network) forward(order []int) {
	for _, v := range order {
		i := n.node(v)
		switch {
		case n.group[i] && v == i:
			for _, child := range n.down[i] {
				n.arrive(child, n.open[i])
			}
			n.times[i] = Times{Start: far, Finish: -far}
			continue
		case n.group[i]:
			// its times came from its children
		default:
			n.place(i)
		}
		t := n.times[i]
		n.end = max(n.end, t.Finish)
		for _, a := range n.out[i] {
			n.arrive(a.To, a.bound(t))
		}
		if parent := n.nodes[i].Parent; parent != Top {
			p := &n.times[parent]
			p.Start, p.Finish = min(p.Start, t.Start), max(p.Finish, t.Finish)
		}
	}
}

// bound is what an arc asks of its successor.
func (a Arc) bound(t Times) bounds {
	from := t.Finish
	if a.Kind == StartStart || a.Kind == StartFinish {
		from = t.Start
	}
	if a.Kind == FinishStart || a.Kind == StartStart {
		return bounds{start: from + a.Lag, finish: -far}
	}
	return bounds{start: -far, finish: from + a.Lag}
}

func (n *network) arrive(i int, b bounds) {
	o := &n.open[i]
	o.start, o.finish = max(o.start, b.start), max(o.finish, b.finish)
}

// place gives a node without children its earliest times.
func (n *network) place(i int) {
	v, b := n.nodes[i], n.open[i]
	asked := max(0, b.start, b.finish-v.Duration)
	start := max(asked, v.NotUntil)
	broken := false
	if v.Fixed {
		start = v.NotUntil
		broken = start < max(b.start, b.finish-v.Duration)
	}
	n.times[i] = Times{Start: start, Finish: start + v.Duration, Broken: broken}
}
