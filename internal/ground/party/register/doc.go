// Package register is what the small registers of the ground floor share
// (bodies, missions, projects): some hundreds of keyed records that are found by
// word, paged, read from files and forms by the same rules, and imported in
// batches that can be undone. It knows no SQL: a Book is told how to store.
package register
