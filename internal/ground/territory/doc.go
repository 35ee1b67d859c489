// Package territory keeps the areas of the province: region, province,
// arrondissements, communes of today and before, and the groups that communes
// belong to (territories of projects, rescue zones, police zones, river contracts).
//
// Words: area (fr territoire, nl gebied), commune (gemeente), group, membership
// (appartenance, lidmaatschap), event (événement, gebeurtenis), code: that of
// REFNIS, Statbel's register of geographical units, called NIS or INS.
//
// An area is known by its database key inside the house and outside by its
// public key: a commune's is its code of today. Codes, names and memberships are
// dated; nothing is overwritten. Invariants:
//
//   - a code belongs to one area on any day;
//   - a commune is in one group of a kind at most on any day, river contracts
//     excepted;
//   - a recoding changes neither the area nor its figures: on 1 January 2019
//     eleven communes of Hainaut changed codes, and a series of La Louvière goes
//     on across that day (Resolve);
//   - events carry their consequences (Consequences): a merger ends its members,
//     a split declares weights that make 100 %.
//
// Everything fits in memory (some 500 areas), so that reading goes through an
// Atlas: an immutable copy that is renewed once somebody has written to its
// tables (db.Copy). Changes go through an editor, which writes dossiers (an area with
// all that hangs on it) and keeps what they replace.
//
// Boundaries come by import alone; until every commune has one, maps are drawn
// with the hexagons of the pack.
package territory
