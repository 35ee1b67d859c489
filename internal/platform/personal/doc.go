// Package personal keeps the promises that package privacy declares: data go
// when their time is up, a person gets what is kept about her, and what the law
// lets go is erased when she asks.
//
// Nothing here knows a table by name. The declarations say whose each column is
// and how it ends; from them come the statements, on both engines.
//
//   - Term: rows whose time is up go every night (Retain). The page and the
//     command first show what would go.
//   - Export: one ZIP with data.json, a page that anybody can read, and files.
//   - Erasure: asked for, it waits for a fortnight, in which it can be taken
//     back; then a job does it in one transaction and tells, table by table,
//     what went, what got a pseudonym, and what stays and why.
//   - Hold: a person or an object that must not go yet, because of a dispute or
//     an inquiry. It stops erasures and terms until it ends.
//
// # What stays
//
// The audit tree cannot be altered: the sign-in name of an erased account stays
// in it, as the author of its deeds and the object of what was done to it. The
// details beside the tree are erased, the tree still verifies. A sign-in name
// is never given twice. Mandates are public acts and stay.
//
// # After a restore
//
// An archive brings back whom it holds. Each erasure therefore leaves a line: a
// salt and a hash of the account's number, name of sign-in and salt, nothing
// that tells who it was. Restoring hashes the accounts that came back in the
// same way and erases those that match (Replay).
//
// Law: Regulation (EU) 2016/679, articles 5(1)(e), 15, 17 and 20; 17(3)(b), (d)
// and (e) for what stays.
package personal
