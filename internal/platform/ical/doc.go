// Package ical writes iCalendar (RFC 5545, with the names and refresh hints of
// RFC 7986): a pure function from a Calendar to bytes. It writes what a province
// publishes — days and hours of things that have a date — and nothing else: no
// recurrence, no alarms, no invitations.
//
// What makes a subscriber's calendar follow ours: the UID of a thing never
// changes, its SEQUENCE grows with each change, and a thing that does not take
// place stays in the calendar as CANCELLED.
package ical
