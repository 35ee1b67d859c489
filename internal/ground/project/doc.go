// Package project is the register of projects: what communes, the Province and
// others do together, in which cycle of calls, with whom and for how much, as far
// as it is known. What is not known is said, never guessed.
//
//	project   projet     project
//	cycle     cycle      cyclus    the years of a supracommunal call, "2017-2018"
//	carrier   porteur    drager    who receives the money and answers for the project
package project
