package territory

import "beffroi/internal/platform/auth"

// The access rules of the room.
var (
	view    = auth.Rule{Name: "territory.view", Public: true}
	change  = auth.Rule{Name: "territory.change", Roles: []auth.Role{auth.Registrar}}
	imports = auth.Rule{Name: "territory.import", Roles: []auth.Role{auth.Registrar}}
)

// Rules lists the access rules, for the matrix of who may do what.
func Rules() []auth.Rule { return []auth.Rule{view, change, imports} }
