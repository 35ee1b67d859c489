// Package secret seals columns: health, social situation, whatever must not be
// read by somebody who only has the database or a backup of it.
//
// A value is sealed with AES-256-GCM under a key of its purpose ("health"), or
// of its purpose and one subject, and bound to its place: table, column, row.
// Moved elsewhere it does not open. The keys stand in the database, wrapped by
// a master key that never does: it comes from a file that only the program's
// user may read. Losing that file loses everything sealed.
//
//	s1.KEY.BASE64      KEY names the key, BASE64 is nonce ‖ ciphertext ‖ tag
//
// The additional data of the cipher are "s1", key, purpose, table, column and
// row, each behind its length.
//
// Rotate gives a purpose new keys at once: what is written from then on is
// sealed with them. A job seals the rest again, two hundred rows a transaction,
// while the program runs; killed, it goes on where it was, since what is left
// is what still bears an old key. Then the old keys are destroyed.
//
// Destroy ends the key of one subject: everything sealed with it is gone, in
// the blink of one row. Archives taken before still hold the wrapped key.
//
// The database only ever sees sealed text, so that sealed columns cannot be
// searched or sorted.
//
// No table of the house holds health or social data yet, and no column is
// sealed; rooms that will bring such columns hand them in as Fields, and the
// tests do so on both engines.
//
// Words: seal (sceller, verzegelen), purpose (finalité, doel), master key (clé
// maîtresse, hoofdsleutel).
package secret
