package series

import "beffroi/internal/platform/auth"

// Who may do what with figures.
var (
	ruleView = auth.Rule{Name: "series.view", Public: true}
	ruleEdit = auth.Rule{Name: "series.edit", Roles: []auth.Role{auth.Analyst}}
)

// Rules lists the room's rules, for the access matrix.
func Rules() []auth.Rule { return []auth.Rule{ruleView, ruleEdit} }
