// Package vault carries a whole database away and back: into an archive, out of
// an archive, from one engine to the other.
//
// An archive is a gzipped tar of
//
//	tables/NAME/000001.tsv …  the rows of each table, in the order of its key
//	files/SHA256 …            the files that rows speak of, each once
//	manifest.json             schema steps, counts, SHA-256 of each table, number of files, root of the audit
//
// The rows are text as PostgreSQL's COPY writes it (tabs, \N for NULL, \x for
// bytes), not the file of an engine: an archive of SQLite restores on PostgreSQL
// and the other way round, in ten years it can be read without this program,
// and equal rows give equal bytes, so that one checksum compares two engines.
// A snapshot of SQLite's own file is faster to take and holds nothing more.
//
// Everything is read in one transaction, so the rows are of one moment while
// others write. Everything is written in one transaction: all or nothing.
//
// An archive holds personal data, hashes of passwords and the key that signs
// the audit: in clear, or sealed by a passphrase or for the holders of keys
// (seal.go). Checksums show damage, not malice: who can write an archive can
// write its checksums. Checkpoints kept elsewhere show malice.
package vault
