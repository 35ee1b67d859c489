// Package outline is a strategic plan as a thing of the mind: its levels, nodes,
// codes, states and rights, what makes them sound, and what follows from them on
// a day. It knows no table and no page.
//
//	plan          plan            plan           Walloon communes and provinces: programme stratégique transversal (PST)
//	node          élément         element        pillar, objective, action or sub-action
//	contribution  contribution    bijdrage       a node serves a further objective, with a share of its money
//	line          ligne de budget begrotingslijn money of a node by year, service, type, article, funder and stage
//	move          passage         overgang       from one state to another, by whom, with what
//
// # Invariants
//
//   - A code is given once in a plan and never again, whatever becomes of its node;
//     a node that moves keeps it.
//   - The shares of a node sum to 10000 basis points; contributions have theirs, the
//     primary parent has the rest.
//   - The graph of parents and contributions has no loop, nor has that of needs.
//   - What can be derived (late, at risk, progress of an objective) is not kept.
//
// The law: decree of 19 July 2018 putting the PST into the Code de la démocratie
// locale et de la décentralisation.
package outline
