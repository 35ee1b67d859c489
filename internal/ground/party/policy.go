package party

import "beffroi/internal/platform/auth"

// The access rules of the register. A registrar's role may be held for one body
// and what stands below it, or for one domain.
var (
	ReadBodies  = auth.Rule{Name: "body.read", Public: true}
	EditBodies  = auth.Rule{Name: "body.edit", Roles: []auth.Role{auth.Registrar}}
	LoadBodies  = auth.Rule{Name: "body.load", Roles: []auth.Role{auth.Registrar}}
	EditOrgans  = auth.Rule{Name: "organ.edit", Roles: []auth.Role{auth.Registrar}}
	EditMandate = auth.Rule{Name: "mandate.edit", Roles: []auth.Role{auth.Registrar}}
)

// scope is where a body stands, for rules: itself and all above it, and its domain.
func scope(t *Tree, b *Body) auth.Target {
	path := t.Path(b.Ref)
	if len(path) == 0 { // not yet in the register
		path = append([]string{b.Ref}, t.Path(b.Parent)...)
	}
	return auth.Target{Bodies: path, Domain: string(b.Domain)}
}

// targetHouse is what belongs to no body: the whole house.
func targetHouse() auth.Target { return auth.Target{} }
