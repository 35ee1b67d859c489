// Package svg draws Beffroi's pictures on the server: hexagon and boundary
// maps, stacked and horizontal bars, lines and sparklines.
//
// Every function writes one <svg> element to w and reports whether it drew
// anything: false (and not one byte) means that there is nothing to show and
// that the caller should present its empty state. Errors are those of w alone.
// The same options always give the same bytes.
//
// # Language
//
// Nothing here speaks a language. Titles, descriptions, labels and separators
// are strings of the caller; numbers go through a func(float64) string.
// Values are for drawing: totals that are money are computed in cents
// elsewhere and arrive here as float64 only to become lengths.
//
// # Security and identity
//
// Output holds no style attribute, no style element and no script, so that it
// lives under a strict Content-Security-Policy. All text is escaped. Every id
// starts with the ID of the options; give each picture of a page its own.
//
// # Accessibility
//
// A chart without links is role="img", named by its title and described by
// Desc: its marks would be noise, the twin table holds the figures. A map or a
// ranking whose marks are links is role="group" instead, because role="img"
// hides its children from assistive technology and would swallow the links;
// each link carries its own name and value, and the marked one aria-current.
// A map of 69 links is 69 tab stops: put a skip link before it. A tooltip and a
// label within a scaled picture are not for everybody: the twin table is.
//
// # Classes
//
// Colours come from svg.css in this folder (custom properties, light and
// dark, print, forced colours):
//
//	chart                 every <svg>; with hexmap, areamap, bars, hbars, lines or spark
//	k1 … k5               categories; pt overlays their patterns, pm draws the pattern marks
//	q1 … q5               sequential steps, low to high
//	nodata, na            no figure (hatched; nh and nb are hatch and ground) and not applicable (outlined)
//	sel, same, other      locator: this one, its group, the rest
//	mark                  the outlined or highlighted one
//	grid, zero            grid lines and the zero baseline
//	ax, val, lab          axis text, values, labels
//	line, ref, dot, cut   line, dotted comparison, end dot, series break
//	lg, legend, sw        legend within the picture, HTML legend, its swatch
package svg

// Class is one of the fill classes listed in the package comment.
type Class string

// The classes of marks.
const (
	K1 Class = "k1" // first category; K2 to K5 follow
	K2 Class = "k2"
	K3 Class = "k3"
	K4 Class = "k4"
	K5 Class = "k5"

	Q1 Class = "q1" // lowest sequential step; Q5 is the highest
	Q2 Class = "q2"
	Q3 Class = "q3"
	Q4 Class = "q4"
	Q5 Class = "q5"

	NoData        Class = "nodata" // the figure is missing
	NotApplicable Class = "na"     // the question does not arise here
	Sel           Class = "sel"    // the one the page is about
	Same          Class = "same"   // shares its group
	Other         Class = "other"  // the rest
)
