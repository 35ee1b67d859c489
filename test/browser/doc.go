// Package browser holds the tests that see the whole program as people do: a
// house with the demonstration pack behind a loopback address, and a real
// browser in front of it. The sweep looks at every page route with the probes
// of test/browser/probe; the journeys do what a newcomer, a registrar, an
// accountant and an auditor come for.
package browser
