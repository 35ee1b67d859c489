// Package upgrade brings the database of every released version up to date, on
// both engines, filled with rows.
//
// releases.tsv has a line for each release: its name, the number of the last
// migration of each room, and a checksum over their texts. A released schema is
// made from the numbered migrations themselves, which never change once they
// are released; the checksum holds them to that. It is filled with the rows of
// today's demonstration, in the tables and columns that it had.
//
// A release adds its line with
//
//	BEFFROI_RELEASE=1.1 go test ./test/upgrade -run Release
package upgrade
