package ical

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"beffroi/internal/platform/calendar"
)

// Media is the media type of a calendar.
const Media = "text/calendar; charset=utf-8"

// ErrCalendar is wrapped by every refusal to write a calendar.
var ErrCalendar = errors.New("not an iCalendar calendar")

// Status is what becomes of an event.
type Status string

// The states of an event (RFC 5545, 3.8.1.11).
const (
	Confirmed Status = "CONFIRMED"
	Tentative Status = "TENTATIVE"
	Cancelled Status = "CANCELLED"
)

// Calendar is a calendar to subscribe to.
type Calendar struct {
	Name        string
	Description string
	URL         string        // absolute address of the page that says the same, "" for none
	Refresh     time.Duration // how often to look again, not written when 0
	Zone        *time.Location
	Events      []Event
}

// Event is one thing in the calendar: whole days (First, Last) or hours (From,
// To), never both.
type Event struct {
	UID         string
	Sequence    int64     // 0, then more with each change
	Stamp       time.Time // when what is said here was last revised
	First, Last calendar.Date
	From, To    time.Time
	Summary     string
	Description string
	Location    string
	URL         string // absolute, "" for none
	Categories  []string
	Status      Status // Confirmed when ""
	Free        bool   // it does not fill anybody's time
}

// Encode writes the calendar, its events by start and UID. Errors wrap
// ErrCalendar and name the event.
func (c Calendar) Encode() ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	w := &writer{zone: c.Zone}
	w.line("BEGIN", "VCALENDAR")
	w.line("VERSION", "2.0")
	w.line("PRODID", "-//Beffroi//Beffroi//FR")
	w.line("CALSCALE", "GREGORIAN")
	w.text("NAME", c.Name)
	w.text("X-WR-CALNAME", c.Name) // what readers older than RFC 7986 show
	w.text("DESCRIPTION", c.Description)
	w.line("URL", c.URL)
	if c.Refresh > 0 {
		w.line("REFRESH-INTERVAL;VALUE=DURATION", duration(c.Refresh))
		w.line("X-PUBLISHED-TTL", duration(c.Refresh))
	}
	events := slices.SortedStableFunc(slices.Values(c.Events), Event.compare)
	w.timezone(events)
	for _, e := range events {
		w.event(e)
	}
	w.line("END", "VCALENDAR")
	return []byte(w.String()), nil
}

func (e Event) compare(o Event) int {
	if c := e.start().Compare(o.start()); c != 0 {
		return c
	}
	return strings.Compare(e.UID, o.UID)
}

// start orders events; a whole day begins before its hours.
func (e Event) start() time.Time {
	if e.timed() {
		return e.From
	}
	return e.First.Time(time.UTC).Add(-14 * time.Hour)
}

func (e Event) timed() bool { return !e.From.IsZero() }

func (c Calendar) check() error {
	if c.Zone == nil || c.Name == "" || !address(c.URL) {
		return fmt.Errorf("%w: %q lacks a name or a zone, or its address is not absolute", ErrCalendar, c.Name)
	}
	seen := map[string]bool{}
	for _, e := range c.Events {
		if reason := e.fault(); reason != "" {
			return fmt.Errorf("%w: event %q: %s", ErrCalendar, e.UID, reason)
		}
		if seen[e.UID] {
			return fmt.Errorf("%w: two events %q", ErrCalendar, e.UID)
		}
		seen[e.UID] = true
	}
	return nil
}

// fault is what the standard refuses in an event, "" when nothing.
func (e Event) fault() string {
	switch {
	case e.UID == "" || strings.ContainsFunc(e.UID, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "its UID is empty or no plain text"
	case e.Stamp.IsZero():
		return "it has no stamp"
	case e.Summary == "":
		return "it has no summary"
	case e.Sequence < 0 || e.Sequence > 1<<31-1:
		return "its sequence is out of range"
	case !address(e.URL):
		return "its address is not absolute"
	case !slices.Contains([]Status{"", Confirmed, Tentative, Cancelled}, e.Status):
		return "its status is unknown"
	case e.timed() == !e.First.IsZero():
		return "it has days and hours, or neither"
	case e.timed() && (!e.To.After(e.From) || !e.Last.IsZero()), !e.timed() && (!e.To.IsZero() || !e.Last.IsZero() && e.Last.Before(e.First)):
		return "its end is before its start"
	}
	return ""
}

func address(s string) bool {
	u, err := url.Parse(s)
	return s == "" || err == nil && u.IsAbs() && utf8.ValidString(s) && !strings.ContainsAny(s, " \r\n")
}

// duration is a DURATION (3.3.6), in whole hours at least one.
func duration(d time.Duration) string { return fmt.Sprintf("PT%dH", max(1, int64(d.Hours()))) }

// writer writes content lines, folded.
type writer struct {
	strings.Builder
	zone *time.Location
}

const (
	localLayout   = "20060102T150405"
	instantLayout = localLayout + "Z"
)

// line writes a property whose value needs no escaping; an empty value is left out.
func (w *writer) line(name, value string) {
	if value != "" {
		w.fold(name + ":" + value)
	}
}

// text writes a property of type TEXT.
func (w *writer) text(name, value string) {
	w.line(name, escape(value))
}

// longest is how many octets a line holds before its end (RFC 5545, 3.1).
const longest = 75

// fold breaks a line into lines of at most 75 octets, never within a character.
func (w *writer) fold(line string) {
	room := longest
	for len(line) > room {
		cut := room
		for line[cut]&0xC0 == 0x80 { // a byte within a character
			cut--
		}
		w.WriteString(line[:cut] + "\r\n ")
		line, room = line[cut:], longest-1
	}
	w.WriteString(line + "\r\n")
}

var escapes = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`)

// escape makes a value of type TEXT (3.3.11); control characters cannot be said.
func escape(s string) string {
	s = escapes.Replace(strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7F {
			return -1
		}
		return r
	}, s)
}

func (w *writer) event(e Event) {
	w.line("BEGIN", "VEVENT")
	w.line("UID", e.UID)
	w.line("DTSTAMP", e.Stamp.UTC().Format(instantLayout))
	w.line("LAST-MODIFIED", e.Stamp.UTC().Format(instantLayout))
	w.line("SEQUENCE", strconv.FormatInt(e.Sequence, 10))
	if e.timed() {
		w.line("DTSTART;TZID="+w.zone.String(), e.From.In(w.zone).Format(localLayout))
		w.line("DTEND;TZID="+w.zone.String(), e.To.In(w.zone).Format(localLayout))
	} else {
		last := e.Last
		if last.IsZero() {
			last = e.First
		}
		w.line("DTSTART;VALUE=DATE", day(e.First, 0))
		w.line("DTEND;VALUE=DATE", day(last, 1)) // not included (3.6.1)
	}
	w.text("SUMMARY", e.Summary)
	w.text("DESCRIPTION", e.Description)
	w.text("LOCATION", e.Location)
	w.line("URL", e.URL)
	if len(e.Categories) > 0 {
		list := make([]string, len(e.Categories))
		for i, c := range e.Categories {
			list[i] = escape(c)
		}
		w.line("CATEGORIES", strings.Join(list, ","))
	}
	if e.Status == "" {
		e.Status = Confirmed
	}
	w.line("STATUS", string(e.Status))
	w.line("TRANSP", map[bool]string{true: "TRANSPARENT", false: "OPAQUE"}[e.Free])
	w.line("END", "VEVENT")
}

// day is a DATE. The day after the last that the calendar knows is a day, too.
func day(d calendar.Date, later int) string {
	return d.Time(time.UTC).AddDate(0, 0, later).Format("20060102")
}
