// Package mission is the register of what the Province does: each mission with
// its legal basis, its holder, its dates, the communes that it serves, and its
// cost and staff by year, each figure with its source.
//
//	mission   mission    opdracht
//	figure    chiffre    cijfer     cost in cents, staff in hundredths of a full-time place, users
//	scenario  scénario   scenario   what would become of each mission; a hypothesis, never a decision
//	label     libellé    label      a heading of a plan (plan, value, pillar, project)
//
// A transfer of competence is a change of holder on a date. A figure is never
// overwritten: a correction is a new row that supersedes the old one.
package mission
