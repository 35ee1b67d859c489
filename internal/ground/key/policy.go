package key

import "beffroi/internal/platform/auth"

// Who may do what with keys. Drafts are seen by those who may edit them.
var (
	ruleView = auth.Rule{Name: "key.view", Public: true}
	ruleEdit = auth.Rule{Name: "key.edit", Roles: []auth.Role{auth.Accountant}}
)

// Rules lists the room's rules, for the access matrix.
func Rules() []auth.Rule { return []auth.Rule{ruleView, ruleEdit} }
