package project

import (
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/files"
)

// Carry lets projects carry documents, once, when the program is put together.
func (s *Service) Carry(f *files.Service) {
	f.Register(files.Owner{Kind: "project", Page: "/projects/{ref}", Sample: files.Sample{Key: "SUPRA-2017-03", File: "2", Name: "budget-exemple.csv"},
		Read: ReadProjects, Edit: EditProjects, Use: files.Documents(), Find: s.carrier})
}

// carrier finds a project that carries documents.
func (s *Service) carrier(tx *db.Tx, ref string) (t files.Thing, err error) {
	all, err := s.projects.Get(tx)
	if err != nil {
		return t, err
	}
	p := whole{projects: all}.find(ref)
	if p == nil {
		return t, fault.Missing("project")
	}
	t.Title = func(lang string) string {
		title, _ := p.Title.In(lang)
		return title
	}
	return t, nil
}
