// Package series keeps figures: a value for an area and a year, with its source.
//
// # Words
//
//   - A dataset (jeu de données, dataset) says what is counted: its unit, its
//     decimals, whether communes may be summed, who publishes it.
//   - A vintage (millésime, jaargang) is one publication of a dataset: a file, or
//     a pack, recorded at once. Vintages are numbered from 1 and only added.
//   - A figure (chiffre, cijfer) belongs to a vintage, an area, a year and a
//     dimension: "" for the whole, or "age=00-04;sex=F" with names in order.
//
// # What a reading sees
//
// A reading as of a day D sees the vintages that their publisher published on D
// or before and that nobody withdrew. For an area, year and dimension it gives
// the figure of the highest of these vintages. A withdrawn vintage was a
// mistake: it is seen on no day, though it stays in the tables, and keys that
// were made from it keep their own copy of its values.
//
// # Exactness
//
// Values are whole numbers scaled by the dataset's decimals: 127.90 km² with two
// decimals is 12790. No float touches them. A figure that is not a number says
// why: missing, suppressed (too few people) or not applicable.
//
// # Sums
//
// The figure of a group of communes is the group's own row when the publisher
// gives one, else the exact sum when the dataset is additive and no commune is
// missing, else nothing. Medians, rates and ranks are never averaged here: a
// mean of medians is no median.
//
// # Codes
//
// A file may name communes by the codes of its time. Every code is resolved
// through the Atlas at the figure's year; a recoded one is moved and reported, so
// that the series of La Louvière runs through 2019 without a gap.
package series
