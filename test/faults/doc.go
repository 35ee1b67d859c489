// Package faults breaks what the platform stands on and looks what is left:
// processes killed at random moments, connections cut, a primary lost to its
// standby, disks that are full or cannot be written, clocks that jump, many
// hands at one counter.
//
// The program runs as a real process: a copy of the test binary that is the
// program itself (see TestMain) and, beside the site, takes seats and delivers
// their effects through the queue of jobs. The test posts entries, reads pages,
// and keeps a list of what was acknowledged. Afterwards nothing acknowledged may
// be missing, nothing refused may be there, audit and ledger must hold, and
// every effect must have arrived, always under the same id.
//
// `make test` runs a short form; `make faults` runs all of it, some minutes, and
// its figures stand in docs/reliability.md.
package faults
