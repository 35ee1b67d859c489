package convert

import (
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/platform/calendar"
)

// Deadline is a day that a calendar shows.
type Deadline struct {
	ID    string // unique within the plan, the same each time
	Day   calendar.Date
	Title string
	Text  string
}

// Deadlines are the planned ends of the nodes to keep that are not over, and their
// steps that are due and not done. words says what is due: "Fin de A.3 – …".
func Deadlines(t *outline.Tree, keep []bool, end func(n *outline.Node) string, step func(n *outline.Node, s outline.Step) string) (list []Deadline) {
	for i, n := range t.Nodes {
		if phase := t.Phase(n); !keep[i] || phase == outline.Done || phase == outline.Abandoned || phase == outline.Draft {
			continue
		}
		if d := n.Planned.To; !d.IsZero() {
			list = append(list, Deadline{n.Code, d, end(n), n.Title})
		}
		for _, s := range n.Steps {
			if !s.Due.IsZero() && s.Done.IsZero() {
				list = append(list, Deadline{n.Code + "/" + s.Title, s.Due, step(n, s), n.Title})
			}
		}
	}
	return list
}

// WriteICal writes deadlines as all-day events of an iCalendar stream (RFC 5545).
// Stamp is when the stream was made.
func WriteICal(w io.Writer, p outline.Plan, list []Deadline, stamp time.Time) error {
	c := &ical{}
	c.line("BEGIN", "VCALENDAR")
	c.line("VERSION", "2.0")
	c.line("PRODID", "-//Beffroi//plan//FR")
	c.line("CALSCALE", "GREGORIAN")
	c.line("X-WR-CALNAME", icalText(p.Title))
	for _, d := range list {
		c.line("BEGIN", "VEVENT")
		c.line("UID", icalText(p.Key+"-"+d.ID+"@plan.beffroi"))
		c.line("DTSTAMP", stamp.UTC().Format("20060102T150405Z"))
		c.line("DTSTART;VALUE=DATE", strings.ReplaceAll(d.Day.String(), "-", ""))
		c.line("DTEND;VALUE=DATE", strings.ReplaceAll(d.Day.AddDays(1).String(), "-", ""))
		c.line("SUMMARY", icalText(d.Title))
		if d.Text != "" {
			c.line("DESCRIPTION", icalText(d.Text))
		}
		c.line("TRANSP", "TRANSPARENT")
		c.line("END", "VEVENT")
	}
	c.line("END", "VCALENDAR")
	_, err := io.WriteString(w, c.String())
	return err
}

type ical struct{ strings.Builder }

// line writes a content line, folded so that none has more than 75 octets and no
// character is cut.
func (c *ical) line(name, value string) {
	rest, room := name+":"+value, 75
	for len(rest) > room {
		cut := room
		for !utf8.RuneStart(rest[cut]) {
			cut--
		}
		c.WriteString(rest[:cut] + "\r\n ")
		rest, room = rest[cut:], 74
	}
	c.WriteString(rest + "\r\n")
}

// icalText escapes a text value; control characters have no place in one.
func icalText(s string) string {
	s = strings.NewReplacer("\\", `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`).Replace(strings.ToValidUTF8(s, ""))
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}
