// Package probe looks at pages in a real browser for what a checker of HTML
// cannot see, and for what it can.
//
// axe-core alone finds a third of the faults that shut people out. So each
// probe does what a person would: walk through the page with the Tab key, make
// the window narrow, widen the text, switch scripts off, read the link names
// out of context. A probe returns the problems that it found; the pages under
// testdata/faults keep each of them honest.
//
//	func TestMain(m *testing.M) { probe.Main(m) }
//
//	func TestCommunePage(t *testing.T) {
//		b := probe.New(t)
//		page := b.Open(t, url, probe.Options{Lang: "fr"})
//		probe.Report(t, probe.All(page))
//	}
//
// All pages of a test binary share one Chromium; each has its own cookies.
package probe
