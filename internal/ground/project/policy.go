package project

import "beffroi/internal/platform/auth"

// The access rules of the register of projects.
var (
	ReadProjects = auth.Rule{Name: "project.read", Public: true}
	EditProjects = auth.Rule{Name: "project.edit", Roles: []auth.Role{auth.Registrar}}
	LoadProjects = auth.Rule{Name: "project.load", Roles: []auth.Role{auth.Registrar}}
)
