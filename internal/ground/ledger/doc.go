// Package ledger is the account of what the province does for each commune: an
// entry per grant, project, work, hour, training, attendance or service, with the
// part of each commune written when it is posted (grand livre, grootboek).
//
// # Attribution
//
//   - direct: one commune, all of it.
//   - shared: several communes, by a key, or equally when none is named.
//   - territory: the communes of a group on the entry's day, by a key.
//   - unallocated: the whole province; it is shown as such and never spread.
//
// # Invariants
//
//   - The parts of an entry sum to its amount, to the unit.
//   - For each year, kind and measure: Σ communes + unallocated = total.
//   - References L-YYYY-NNNNNN have no gap within the year of the entry's day.
//   - Entries and parts are never changed nor removed. A mistake is corrected by a
//     reversal, the exact negative with the same parts on the same day, and
//     then, if need be, by a new entry. An entry is reversed at most once.
//   - Targets and projections are recorded with Counts false and never added.
//
// Measures are never added to each other: cents, hours and persons have their
// own sums.
//
// # As of a day
//
// A reading as of a day sees the entries dated on that day or before. Sums come
// from ledger_total, which every posting keeps in its own transaction, up to the
// day's year; what that year holds after the day is taken off by index. So the
// page of a commune costs the same over a hundred entries and a million.
package ledger
