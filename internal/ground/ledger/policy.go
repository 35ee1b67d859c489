package ledger

import "beffroi/internal/platform/auth"

// Who may do what with the ledger.
var (
	ruleView = auth.Rule{Name: "ledger.view", Public: true}
	rulePost = auth.Rule{Name: "ledger.post", Roles: []auth.Role{auth.Accountant}}
)

// Rules lists the room's rules, for the access matrix.
func Rules() []auth.Rule { return []auth.Rule{ruleView, rulePost} }
