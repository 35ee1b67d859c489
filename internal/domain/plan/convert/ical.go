package convert

import (
	"io"
	"strconv"
	"time"

	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/ical"
)

// Deadline is a day that a calendar shows.
type Deadline struct {
	ID      string // unique within the plan, the same each time
	Version int64  // of the node
	Day     calendar.Date
	Title   string
	Text    string
}

// Deadlines are the planned ends of the nodes to keep that are not over, and their
// steps that are due and not done. words says what is due: "Fin de A.3 – …".
func Deadlines(t *outline.Tree, keep []bool, end func(n *outline.Node) string, step func(n *outline.Node, s outline.Step) string) (list []Deadline) {
	for i, n := range t.Nodes {
		if phase := t.Phase(n); !keep[i] || phase == outline.Done || phase == outline.Abandoned || phase == outline.Draft {
			continue
		}
		if d := n.Planned.To; !d.IsZero() {
			list = append(list, Deadline{n.Code, n.Version, d, end(n), n.Title})
		}
		for k, s := range n.Steps {
			if !s.Due.IsZero() && s.Done.IsZero() {
				list = append(list, Deadline{n.Code + "-" + strconv.Itoa(k+1), n.Version, s.Due, step(n, s), n.Title})
			}
		}
	}
	return list
}

// WriteICal writes deadlines as whole days of an iCalendar stream. Stamp is when
// what it says was last revised.
func WriteICal(w io.Writer, p outline.Plan, list []Deadline, stamp time.Time) error {
	c := ical.Calendar{Name: p.Title, Description: p.Lede, Zone: clock.Brussels()}
	for _, d := range list {
		c.Events = append(c.Events, ical.Event{UID: p.Key + "-" + d.ID + "@plan.beffroi", Sequence: d.Version, Stamp: stamp, First: d.Day, Last: d.Day, Summary: d.Title, Description: d.Text, Free: true})
	}
	text, err := c.Encode()
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}
