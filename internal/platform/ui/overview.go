package ui

import "github.com/a-h/templ"

// AsOf is the line that says of which day the page speaks, and what one can take
// away from it.
type AsOf struct {
	Label string // "Situation au"
	Day   string // "23 novembre 2026"
	ISO   string // 2026-11-23, for the time element
	Links []Link // other date, CSV, JSON…
	Print string // label of the print button, "" for none
	Note  string // at the end of the line: "données d’exemple"
}

// KPI is a number that matters, what it counts, and where it comes from.
type KPI struct {
	Value   string // formatted, with its unit
	Text    string
	Explain Link // "D’où vient ce chiffre ?" or the list behind the number
}

// Item is one line of Rows.
type Item struct {
	Title  string
	Href   string
	Meta   string // second line: who, with whom
	State  State
	Word   string // word of the state; no tag when empty
	Amount string // formatted, at the right
}

// FigureCard is a small figure with its comparison and its curve.
type FigureCard struct {
	Title   string
	Value   string
	Compare string          // "Province 353"
	Spark   templ.Component // decoration: an SVG with aria-hidden
	Source  string          // "2020 · Statbel"
	Href    string          // page of the figure, "" for none
}
