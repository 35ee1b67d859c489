package schedule

// backward gives each vertex its latest times, and against which earliest times
// of others it may slip freely.
func (n *network) backward(order []int) {
	for at := len(order) - 1; at >= 0; at-- {
		v := order[at]
		i := n.node(v)
		if n.group[i] && v == i {
			n.gather(i)
			continue
		}
		late, free := n.limits(i)
		if n.group[i] {
			n.late[i], n.free[i] = late, free
			continue
		}
		n.settle(i, late, free)
	}
}

// limits are the latest times of a node's closing that its arcs and its group
// allow: late those that keep the end of the whole, free those that keep every
// other node at its earliest.
func (n *network) limits(i int) (late, free bounds) {
	late, free = bounds{far, n.end}, bounds{far, n.end}
	if by := n.nodes[i].FinishBy; by != None {
		late.finish = min(late.finish, by)
	}
	if parent := n.nodes[i].Parent; parent != Top {
		first := n.times[i].Start == n.times[parent].Start
		late, free = late.within(n.late[parent], first), free.within(n.free[parent], first)
	}
	for _, a := range n.out[i] {
		late, free = late.hold(a, n.late[a.To]), free.hold(a, n.least[a.To])
	}
	return late, free
}

// within narrows limits by those of the group; the group's start is held by
// those only that start with it.
func (b bounds) within(group bounds, first bool) bounds {
	b.finish = min(b.finish, group.finish)
	if first {
		b.start = min(b.start, group.start)
	}
	return b
}

// hold narrows limits by an arc to a node with these times.
func (b bounds) hold(a Arc, to bounds) bounds {
	limit := to.start
	if a.Kind == FinishFinish || a.Kind == StartFinish {
		limit = to.finish
	}
	if a.Kind == StartStart || a.Kind == StartFinish {
		b.start = min(b.start, limit-a.Lag)
	} else {
		b.finish = min(b.finish, limit-a.Lag)
	}
	return b
}

// settle turns limits into the times of a node without children. What comes
// before a fixed node must wait for no other than its fixed start.
func (n *network) settle(i int, late, free bounds) {
	v, t := n.nodes[i], &n.times[i]
	t.LateStart = min(late.start, late.finish-v.Duration)
	t.LateFinish = t.LateStart + v.Duration
	t.Total = t.LateStart - t.Start
	t.Free = max(0, min(free.start, free.finish-v.Duration)-t.Start)
	n.late[i], n.least[i] = bounds{t.LateStart, t.LateFinish}, bounds{t.Start, t.Finish}
	if v.Fixed {
		n.late[i] = n.least[i]
	}
}

// gather makes, when everything below a group is settled, what an arc into the
// group must respect: the soonest of all nodes below.
func (n *network) gather(i int) {
	late, least := bounds{far, far}, bounds{far, far}
	for _, child := range n.down[i] {
		late.start, late.finish = min(late.start, n.late[child].start), min(late.finish, n.late[child].finish)
		least.start, least.finish = min(least.start, n.least[child].start), min(least.finish, n.least[child].finish)
	}
	n.late[i], n.least[i] = late, least
}

// result completes the times of groups: the latest ones are those of the nodes
// below, and a group has the smallest floats of them.
func (n *network) result() Result {
	joined := make([]bool, len(n.nodes))
	for i, v := range n.nodes {
		if n.group[i] {
			continue
		}
		for at, t := v.Parent, n.times[i]; at != Top; at = n.nodes[at].Parent {
			g := &n.times[at]
			if !joined[at] {
				joined[at] = true
				g.LateStart, g.LateFinish, g.Total, g.Free = t.LateStart, t.LateFinish, t.Total, t.Free
			}
			g.LateStart, g.LateFinish = min(g.LateStart, t.LateStart), max(g.LateFinish, t.LateFinish)
			g.Total, g.Free, g.Broken = min(g.Total, t.Total), min(g.Free, t.Free), g.Broken || t.Broken
		}
	}
	return Result{Nodes: n.times, Length: n.end}
}
