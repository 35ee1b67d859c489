package mission

import (
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/files"
)

// Carry lets missions carry documents, once, when the program is put together.
func (s *Service) Carry(f *files.Service) {
	f.Register(files.Owner{Kind: "mission", Page: "/missions/{code}", Sample: files.Sample{Key: "TER-EAU", File: "1", Name: "note-exemple-eau.pdf"},
		Read: ReadMissions, Edit: EditMissions, Use: files.Documents(), Find: s.carrier})
}

// carrier finds a mission that carries documents.
func (s *Service) carrier(tx *db.Tx, code string) (t files.Thing, err error) {
	c, err := s.CatalogueTx(tx)
	if err != nil {
		return t, err
	}
	m := c.Mission(code)
	if m == nil {
		return t, fault.Missing("mission")
	}
	bodies, err := s.bodies.TreeTx(tx)
	if err != nil {
		return t, err
	}
	t.Target = scope(bodies, m)
	t.Title = func(lang string) string {
		title, _ := m.Title.In(lang)
		return title
	}
	return t, nil
}
