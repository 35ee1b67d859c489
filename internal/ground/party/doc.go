// Package party is the registry of bodies: the services, organs, régies, asbl,
// intercommunales, communes, CPAS, zones, schools and associations with which the
// province acts, from when to when, under whom, and what came after.
//
//	body     organisme       instelling
//	organ    organe          orgaan      a body that decides
//	mandate  mandat          mandaat     a person's dated place in a body; persons appear only so
//	voting rule  règle de vote  stemregel  data with a version and dates
//
// How an organ votes is data. On the day when elected provincial councils end,
// an organ gets its last day and another its first; no code changes. The rules
// at hand are those that boards of Walloon provinces use: by head, by a table of
// weights (Liège 20/45/15/15/5), by inhabitants, and two counts at once.
package party
