package mission

import (
	"beffroi/internal/ground/party"
	"beffroi/internal/platform/auth"
)

// The access rules of the register of missions.
var (
	ReadMissions  = auth.Rule{Name: "mission.read", Public: true}
	EditMissions  = auth.Rule{Name: "mission.edit", Roles: []auth.Role{auth.Registrar}}
	EditFigures   = auth.Rule{Name: "mission.figure", Roles: []auth.Role{auth.Registrar}}
	EditScenarios = auth.Rule{Name: "scenario.edit", Roles: []auth.Role{auth.Registrar}}
	LoadMissions  = auth.Rule{Name: "mission.load", Roles: []auth.Role{auth.Registrar}}
)

// scope is where a mission stands, for rules: its holder and the bodies above.
func scope(bodies *party.Tree, m *Mission) auth.Target {
	return auth.Target{Bodies: bodies.Path(m.Holder), Domain: string(m.Domain)}
}
