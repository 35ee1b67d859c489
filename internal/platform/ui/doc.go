// Package ui draws the pages of Beffroi: the frame (header, hero, footer) and the
// parts that pages are made of, as templ components over Designsystemet's CSS and
// our own theme (web/ in the root of the module).
//
// It knows no domain and no language: every text comes in already translated, so
// a component never holds a visible word. Components keep three promises that
// tests hold them to: valid HTML without style attributes or inline scripts,
// everything labelled, and nothing that needs a script to work.
//
// Words of the look: a figure (KPI) is a number that matters with its
// explanation; a section answers a question; a row is a thing in a list; a tag is
// a state with its word; a swatch ties a table row to the colour of its picture.
package ui
