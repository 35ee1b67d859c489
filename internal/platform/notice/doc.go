// Package notice tells people what happened that concerns them. A notice stands
// in the list of its reader at once. The e-mail waits: for ten quiet minutes, in
// which a change may be undone and several become one letter, or for the daily
// or weekly digest, as the reader chose for each kind. What was read meanwhile
// is not sent any more.
//
// The texts of a kind of notice are keys of the catalogues:
//
//	notice.<kind>.name   what the kind is about, in the list of choices
//	notice.<kind>.text   one sentence: what happened
//
// The e-mail of a notice:
//
//	waiting → sent   in a letter of its own, or in a digest
//	waiting → none   it was read first, its reader wants no letters of the kind,
//	                 or her address cannot be written to
//
// Letters of security (invitation, reset, new sign-in) are no notices: they go
// straight to platform/mail, which neither holds nor lets stop them.
package notice
