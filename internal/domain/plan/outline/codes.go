package outline

import (
	"strconv"
	"strings"
)

// Codes gives codes that a plan has never given: one more than the greatest, those
// of nodes that are gone included.
type Codes struct {
	frame Frame
	last  map[string]int // by stem: "A.", "OO.3."
}

// Codes are the codes that the tree has given so far.
func (t *Tree) Codes() *Codes {
	c := &Codes{frame: t.Plan.Frame, last: map[string]int{}}
	for _, n := range t.Nodes {
		c.Take(n.Code)
	}
	for _, n := range t.Gone {
		c.Take(n.Code)
	}
	return c
}

// Take notes that a code is given.
func (c *Codes) Take(code string) {
	at := strings.LastIndexByte(code, '.') + 1
	if n, err := strconv.Atoi(code[at:]); err == nil {
		c.last[code[:at]] = max(c.last[code[:at]], n)
	}
}

// Next gives the next code of a level below a parent, and takes it.
func (c *Codes) Next(level int, parent string) string {
	l := c.frame.Levels[level]
	stem := l.Prefix + "."
	if _, number, ok := strings.Cut(parent, "."); ok && l.Nested {
		stem += number + "."
	}
	c.last[stem]++
	return stem + strconv.Itoa(c.last[stem])
}
