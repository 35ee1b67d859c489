package project

import (
	"reflect"
	"strings"

	"beffroi/internal/ground/party/register"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/intake"
)

// Targets are the imports of this room.
func (s *Service) Targets() []intake.Target { return []intake.Target{target{s}} }

// target is the import of projects. Two layouts are known by their header: that
// of projects.csv of a pack, and the list of supracommunal projects
// (cycle,territory,title_fr,communes_nis,carrier,amount_eur,completeness,source),
// which has no references: a project that the register has under the same cycle
// and title keeps its own, a new one gets that of RefOf.
type target struct{ s *Service }

// Key names the target.
func (target) Key() string { return "projects" }

// Rule says who may import.
func (target) Rule() auth.Rule { return LoadProjects }

// Options: none.
func (target) Options() []intake.Option { return nil }

// Columns of both layouts.
func (target) Columns() []intake.Column {
	text := func(name string, aliases ...string) intake.Column {
		return intake.Column{Name: name, Kind: "text", Aliases: aliases}
	}
	return []intake.Column{
		text("ref", "reference"), text("cycle", "cyclus"), text("territory", "territoire", "gebied"),
		{Name: "title_fr", Kind: "text", Required: true, Aliases: []string{"title", "titre", "titel"}}, text("title_nl"), text("title_en"),
		text("carrier", "porteur", "drager"), {Name: "communes", Kind: "list", Aliases: []string{"communes nis", "gemeenten"}},
		{Name: "amount_cents", Kind: "cents"}, {Name: "amount_eur", Kind: "decimal", Aliases: []string{"amount", "montant", "bedrag"}},
		text("completeness"), text("state", "etat", "toestand"), text("mission"), {Name: "valid_from", Kind: "date"}, {Name: "valid_to", Kind: "date"}, text("source"),
	}
}

// Apply merges the file into the register.
func (t target) Apply(tx *db.Tx, actor auth.Actor, batch int64, in intake.Input) (out intake.Outcome, err error) {
	all, err := readAll(tx)
	if err != nil {
		return out, err
	}
	atlas, err := t.s.places.AtlasTx(tx)
	if err != nil {
		return out, err
	}
	read := readFull
	if !in.Has("ref") {
		read = readCall
	}
	have := byRef(all)
	lines, err := register.Lines(in, func(p Project) string { return p.Ref }, func(row intake.Row) (register.Line[Project], bool) {
		return read(in, row, all, atlas), true
	})
	if err != nil {
		return out, err
	}
	records, notes := register.Records(lines)
	if out.Notes = notes; out.Errors() > 0 {
		return out, nil
	}
	err = book().Merge(tx, actor, batch, have, records, &out)
	return out, err
}

func readFull(in intake.Input, row intake.Row, all []*Project, atlas *territory.Atlas) register.Line[Project] {
	var old *Project
	for _, p := range all {
		if p.Ref == row.Values["ref"] {
			old = p
		}
	}
	over := register.Over(in, row, old.fields(atlas))
	v := register.NewValues(row.Line, func(name string) string {
		if name == "amount_cents" && !in.Has(name) && in.Has("amount_eur") {
			return "" // the file speaks in euros
		}
		return over(name)
	})
	return finish(v, old, atlas)
}

// readCall reads a line of the list of supracommunal projects.
func readCall(in intake.Input, row intake.Row, all []*Project, atlas *territory.Atlas) register.Line[Project] {
	cycle, title := row.Values["cycle"], row.Values["title_fr"]
	ref := RefOf(cycle, title)
	var old *Project
	for _, p := range all {
		if p.twin(cycle, title) {
			old, ref = p, p.Ref
		}
	}
	over := register.Over(in, row, old.fields(atlas))
	v := register.NewValues(row.Line, func(name string) string {
		switch name {
		case "ref":
			return ref
		case "amount_cents":
			return ""
		case "completeness":
			return degree(row.Values["completeness"])
		case "territory":
			return territoryKey(row.Values["territory"])
		case "state":
			if old == nil {
				return string(Granted) // the list holds what was selected
			}
		}
		return over(name)
	})
	return finish(v, old, atlas)
}

func finish(v *register.Values, old *Project, atlas *territory.Atlas) register.Line[Project] {
	p := parse(v, atlas)
	if old == nil {
		old = &Project{}
	}
	keep := register.Keep
	if v.Raw("ref") == old.Ref && old.twin(p.Cycle, p.Title.FR) {
		keep = register.KeepLoose
	}
	p.Title = register.Text{FR: keep(old.Title.FR, p.Title.FR), NL: register.Keep(old.Title.NL, p.Title.NL), EN: register.Keep(old.Title.EN, p.Title.EN)}
	p.Carrier = register.Keep(old.Carrier, p.Carrier)
	return register.Line[Project]{Values: v, Record: p}
}

// degree reads the sentence by which the list says how much it knows.
func degree(text string) string {
	switch {
	case strings.HasPrefix(text, "territory"):
		return string(WholeTerritory)
	case strings.HasPrefix(text, "communes not"):
		return string(CommunesUnknown)
	}
	return text
}

// territoryKey is the key of a territory that the list names without its prefix.
func territoryKey(name string) string {
	if name == "" || strings.HasPrefix(name, "ter-") {
		return name
	}
	return "ter-" + name
}

func book() register.Book[Project] {
	return register.Book[Project]{Kind: "project", Key: func(p Project) string { return p.Ref }, At: func(p *Project) *int64 { return &p.Version },
		Same: func(a, b Project) bool {
			a.Version, a.fold, a.sort = b.Version, b.fold, b.sort
			return reflect.DeepEqual(a, b)
		},
		Insert: insert, Update: update, Delete: remove, News: told}
}

// Undo puts back what an import replaced.
func (t target) Undo(tx *db.Tx, actor auth.Actor, batch int64) error {
	all, err := readAll(tx)
	if err != nil {
		return err
	}
	return book().Undo(tx, actor, batch, byRef(all))
}
