// Package key keeps distribution keys: named, versioned rules that divide an
// amount between communes (clé de répartition, verdeelsleutel).
//
// # The rule
//
// A weighted key has criteria, each a dataset in one year and one vintage, with a
// weight in basis points; the weights sum to 10000. The share of commune c is
//
//	s_c = Σ_k w_k · x_(c,k) / Σ_j x_(j,k)
//
// where j runs over the communes that the amount is divided between: all of the
// province, or the base that an entry names. Shares are exact fractions
// (big.Rat); amounts are cut to the cent by largest remainder, ties to the
// smaller NIS code, so that they sum exactly, always. The kind "equal" gives the
// same share to each commune of the base.
//
// # Versions
//
// A new version never edits the old. A version keeps its own copy of the values
// it was made from, with the number of their vintage: what was divided by it can
// be recomputed to the cent whatever happens to the figures later.
//
//	draft ──decide──▶ in_force ──retire──▶ retired
//
// Deciding a version retires the one in force before. A version in force or
// retired has the reference of the decision that made it so; the keys of a
// demonstration pack have their note instead.
package key
