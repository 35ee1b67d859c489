package ical

import (
	"fmt"
	"time"

	"beffroi/internal/platform/calendar"
)

// timezone writes the rules of the zone for the time from the first to the last
// hour of the events, one observance for each transition that really happens in
// it (RFC 5545, 3.6.5). A calendar without events holds the zone of a recent
// day, since the standard asks for one component at least; a calendar of whole
// days only needs none.
func (w *writer) timezone(events []Event) {
	from, to := span(events)
	if from.IsZero() {
		if len(events) > 0 {
			return
		}
		from = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
		to = from
	}
	w.line("BEGIN", "VTIMEZONE")
	w.line("TZID", w.zone.String())
	for t := from.In(w.zone); ; {
		begin, end := t.ZoneBounds()
		w.observance(t, begin)
		if end.IsZero() || end.After(to) {
			break
		}
		t = end
	}
	w.line("END", "VTIMEZONE")
}

// span is the time that the events with hours take; zero without any.
func span(events []Event) (from, to time.Time) {
	for _, e := range events {
		if !e.timed() {
			continue
		}
		if from.IsZero() || e.From.Before(from) {
			from = e.From
		}
		if e.To.After(to) {
			to = e.To
		}
	}
	return from, to
}

// observance writes the offset in force at t since begin, the zero time when it
// always was.
func (w *writer) observance(t, begin time.Time) {
	name, offset := t.Zone()
	before := offset
	if begin.IsZero() {
		begin = time.Date(calendar.MinYear, 1, 1, 0, 0, 0, 0, t.Location())
	} else {
		_, before = begin.Add(-time.Second).Zone()
	}
	kind := "STANDARD"
	if t.IsDST() {
		kind = "DAYLIGHT"
	}
	w.line("BEGIN", kind)
	// The start is told in the time that the clocks show before they are moved.
	w.line("DTSTART", begin.In(time.FixedZone("", before)).Format(localLayout))
	w.line("TZOFFSETFROM", offsetText(before))
	w.line("TZOFFSETTO", offsetText(offset))
	w.text("TZNAME", name)
	w.line("END", kind)
}

// offsetText is a UTC-OFFSET (3.3.14); seconds only in the days of local time.
func offsetText(seconds int) string {
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	text := fmt.Sprintf("%c%02d%02d", sign, seconds/3600, seconds/60%60)
	if s := seconds % 60; s != 0 {
		text += fmt.Sprintf("%02d", s)
	}
	return text
}
