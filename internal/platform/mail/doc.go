// Package mail writes to people. A letter is written in the transaction that
// causes it, so that it exists exactly when its cause does, and posted by a job
// with the job's retries. It is composed from the catalogues in the reader's
// language: a subject, a few paragraphs, one button, and a footer that says why
// one gets it and how to stop.
//
// The texts of a kind of letter are keys of the catalogues:
//
//	mail.<kind>.subject
//	mail.<kind>.body     paragraphs, parted by empty lines
//	mail.<kind>.link     the words on the button, when the letter has a link
//	mail.<kind>.why      one sentence: why one gets this letter
//
// The states of a letter:
//
//	queued → sent       the server took it
//	queued → kept       there is no server: it is read in the mailbox of the house
//	queued → refused    the server said that it never will (5xx)
//	queued → failed     the last attempt failed
//	queued → withheld   the address failed before, its owner wants no such letter,
//	                    or the account is closed
//	sent → bounced      a server further on sent it back
//	kept, refused, failed, withheld, bounced → queued   by hand
//
// A process may be killed after the server took a letter and before that is
// noted. It is then posted again with the same Message-ID, by which mail
// programs know it as one letter.
package mail
