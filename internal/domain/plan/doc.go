// Package plan keeps strategic plans: what an institution has set itself to do,
// how far it has come, with what money, and what was true on any day.
//
// The rules are in rooms of their own, without tables or pages: outline (nodes,
// states, codes, checks), rollup (progress, money, flags), schedule (critical
// path), earned (earned value), convert (foreign formats).
//
// # How a plan is kept
//
// A node is kept whole, with its lines, actors, steps and contributions, as one
// JSON body; every state that it was in is a row of plan_version. So a change is
// one row and one version, an import one pass, and a past day one statement: the
// last version of each node before the day's end.
//
// A plan is read into memory once and shared, unchanging, between requests. Each
// change raises the plan's revision in the database; a reading compares it and
// takes the nodes that changed since.
package plan
