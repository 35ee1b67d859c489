// Package jobs does work later: what a transaction wants done after it, timers,
// and what recurs. A job is written in the transaction that causes it, so it
// exists exactly when its cause does, and it is run at least once: a process
// may be killed between the work and the note that it is done. Every handler
// must therefore be idempotent.
//
// The states of a job:
//
//	ready → running            a runner takes it, with a lease of five minutes
//	running → done             the handler returned nil
//	running → ready            it failed and is tried again, its lease was lost,
//	                           or the program stopped in good order
//	running → dead             it failed at its last attempt: a dead letter
//	dead → ready               by hand
//	ready, running, dead → cancelled   by hand
//
// A runner renews its leases every minute. A lease that runs out is lost: the
// process that held it died or stalls, and the job is ready again. Each taking
// has a number of its own, so that a process that comes back from a stall
// cannot settle what another has taken since.
//
// Payloads hold references, not copies of personal data: they are kept for a
// fortnight after the job and shown to administrators.
package jobs
