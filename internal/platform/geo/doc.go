// Package geo reads, checks, measures and draws the boundaries of areas.
//
// Everything inside the package is in WGS 84 longitude and latitude, decimal
// degrees, in that order (RFC 7946). Read brings Belgian Lambert 72 (EPSG:31370)
// and Lambert 2008 (EPSG:3812) to it; drawing and simplifying go through
// Lambert 2008, the plane in which Belgian maps are usually drawn.
//
// The package knows no domain: a Feature is a code, a name and a shape. Faults
// and issues are codes with a place; the words shown to people live elsewhere.
// GeoJSON is decoded here rather than by orb/geojson, which pulls a MongoDB
// driver and fills missing ordinates with zeros without saying so.
package geo
