package mission

import (
	"context"
	"embed"
	"io/fs"
	"slices"

	"beffroi/internal/ground/party"
	"beffroi/internal/ground/party/register"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

//go:embed migrations/*.sql
var migrations embed.FS

//go:embed locale/*.toml
var texts embed.FS

// Schema is the room's tables.
func Schema() db.Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		files = migrations // unreachable: the folder is embedded above
	}
	return db.Schema{Room: "mission", Files: files}
}

// Locale is the room's texts.
func Locale() fs.FS { return texts }

// Service is the verbs of the register of missions.
type Service struct {
	db        *db.DB
	places    *territory.Service
	bodies    *party.Service
	missions  *db.Copy[*Catalogue]
	scenarios *db.Copy[[]*Scenario]
}

// NewService makes the service over a database, the territory and the bodies.
func NewService(d *db.DB, places *territory.Service, bodies *party.Service) *Service {
	return &Service{db: d, places: places, bodies: bodies,
		missions:  db.NewCopy(d, readCatalogue, "mission", "mission_figure", "mission_commune"),
		scenarios: db.NewCopy(d, readScenarios, "mission_scenario", "mission_tag")}
}

// Catalogue is every mission with its figures, kept in memory: not to be changed.
func (s *Service) Catalogue(ctx context.Context) (c *Catalogue, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		c, err = s.CatalogueTx(tx)
		return err
	})
	return c, err
}

// CatalogueTx is every mission as a transaction sees it, kept in memory: not to be changed.
func (s *Service) CatalogueTx(tx *db.Tx) (*Catalogue, error) { return s.missions.Get(tx) }

// Labels reads the headings of plans.
func (s *Service) Labels(ctx context.Context) (list []Label, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		list, err = readLabels(tx)
		return err
	})
	return list, err
}

// Where are the missions of which something is true whenever they are, by domain
// and title.
func (s *Service) Where(tx *db.Tx, is func(*Mission) bool) (list []*Mission, err error) {
	c, err := s.CatalogueTx(tx)
	if err != nil {
		return nil, err
	}
	for _, m := range c.All() {
		if is(m) {
			list = append(list, m)
		}
	}
	return list, nil
}

// MissionsOf are the missions that serve a commune on a day, by domain and title.
func (s *Service) MissionsOf(tx *db.Tx, area int64, day calendar.Date) ([]*Mission, error) {
	c, err := s.CatalogueTx(tx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(c.InForce(day), func(m *Mission) bool { return m.Scope != All && !slices.Contains(m.Communes, area) }), nil
}

// HeldBy are the missions that a body holds on a day, by domain and title.
func (s *Service) HeldBy(ctx context.Context, body string, day calendar.Date) ([]*Mission, error) {
	c, err := s.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(c.InForce(day), func(m *Mission) bool { return m.Holder != body }), nil
}

// state is what the checks of a write need.
type state struct {
	tx       *db.Tx
	missions *Catalogue
	bodies   *party.Tree
	atlas    *territory.Atlas
}

func (s *Service) change(ctx context.Context, f func(state) error) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		st, err := s.state(tx)
		if err != nil {
			return err
		}
		return f(st)
	})
}

func (s *Service) state(tx *db.Tx) (st state, err error) {
	st.tx = tx
	if st.missions, err = readCatalogue(tx); err != nil {
		return st, err
	}
	if st.bodies, err = s.bodies.TreeTx(tx); err != nil {
		return st, err
	}
	st.atlas, err = s.places.AtlasTx(tx)
	return st, err
}

// parse makes a mission of the fields of a form, a document or a line. Fields:
// code, title_fr, title_nl, title_en, description_…, domain, part, parent,
// legal_basis, holder, valid_from, valid_to, scope, communes, source.
func parse(v *register.Values, st state) Mission {
	m := Mission{Code: v.Key("code"), Title: v.Texts("title", 300, true), Description: v.Texts("description", 4000, false),
		Domain: register.Enum(v, "domain", party.Domains()), Part: register.Enum(v, "part", append(Parts(), "")), Parent: v.Text("parent", 80),
		LegalBasis: v.Text("legal_basis", 1000), Holder: v.Text("holder", 80), Period: v.Period("valid_from", "valid_to"),
		Scope: register.Enum(v, "scope", []Scope{All, List, ""}), Communes: v.Communes("communes", st.atlas), Source: v.Text("source", 200)}
	slices.Sort(m.Communes)
	switch {
	case m.Scope == "" && len(m.Communes) > 0:
		m.Scope = List
	case m.Scope == "":
		m.Scope = All
	}
	switch {
	case m.Scope == All && len(m.Communes) > 0:
		v.Refuse("communes", "mission.all_and_list", nil)
	case m.Scope == List && v.Raw("communes") == "":
		v.Refuse("communes", "required", nil)
	}
	if m.Holder != "" && st.bodies.Body(m.Holder) == nil {
		v.Refuse("holder", "register.unknown", nil)
	}
	if m.Part != "" && m.Domain != party.Territory && m.Domain != party.Tourism {
		v.Refuse("part", "mission.part", nil)
	}
	return m
}

// place adds what is wrong with a mission's place among the others.
func place(v *register.Values, c *Catalogue, m *Mission) {
	if m.Parent == "" {
		return
	}
	if c.byCode[m.Parent] == nil {
		v.Refuse("parent", "register.unknown", nil)
	} else if circle := c.circle(m); circle != "" {
		v.Refuse("parent", "party.cycle", fault.Args{"path": circle})
	}
}

// with is the catalogue as it would be with missions added or replaced.
func (c *Catalogue) with(list ...*Mission) *Catalogue {
	fresh := make(map[string]bool, len(list))
	for _, m := range list {
		fresh[m.Code] = true
	}
	kept := slices.DeleteFunc(slices.Clone(c.list), func(m *Mission) bool { return fresh[m.Code] })
	return NewCatalogue(append(kept, list...), nil)
}

// CreateMission adds a mission; get gives the fields named at parse.
func (s *Service) CreateMission(ctx context.Context, actor auth.Actor, get func(string) string) (m Mission, err error) {
	if err := EditMissions.Gate(actor); err != nil {
		return m, err
	}
	err = s.change(ctx, func(st state) error {
		v := register.NewValues(0, get)
		m = parse(v, st)
		m.Version = 1
		if st.missions.Mission(m.Code) != nil {
			v.Refuse("code", "register.duplicate", nil)
		}
		place(v, st.missions.with(&m), &m)
		if err := EditMissions.Check(actor, scope(st.bodies, &m)); err != nil {
			return err
		}
		if err := v.Err(); err != nil {
			return err
		}
		if err := insertMissions(st.tx, []Mission{m}); err != nil {
			return err
		}
		return note(st.tx, audit.Entry{Actor: actor.Username, Action: "mission.create", Object: m.Object(), After: m}, nil, &m)
	})
	return m, err
}

// UpdateMission replaces every field of a mission but its code. The field
// version is the one that was read; another one is Conflict "stale".
func (s *Service) UpdateMission(ctx context.Context, actor auth.Actor, code string, get func(string) string) (Mission, error) {
	return s.revise(ctx, actor, code, "mission.update", get, func(v *register.Values, st state, _ Mission) Mission { return parse(v, st) })
}

// EndMission gives a mission its last day (valid_to).
func (s *Service) EndMission(ctx context.Context, actor auth.Actor, code string, get func(string) string) (Mission, error) {
	return s.revise(ctx, actor, code, "mission.end", get, func(v *register.Values, _ state, m Mission) Mission {
		m.Period.To = v.Date("valid_to")
		if m.Period.To.IsZero() {
			v.Refuse("valid_to", "required", nil)
		} else if !m.Period.Valid() {
			v.Refuse("valid_to", "register.period", fault.Args{"from": m.Period.From})
		}
		return m
	})
}

func (s *Service) revise(ctx context.Context, actor auth.Actor, code, action string, get func(string) string, next func(*register.Values, state, Mission) Mission) (m Mission, err error) {
	if err := EditMissions.Gate(actor); err != nil {
		return m, err
	}
	fields := func(name string) string {
		if name == "code" {
			return code
		}
		return get(name)
	}
	err = s.change(ctx, func(st state) error {
		old := st.missions.Mission(code)
		if old == nil {
			return fault.Missing("mission")
		}
		if err := EditMissions.Check(actor, scope(st.bodies, old)); err != nil {
			return err
		}
		v := register.NewValues(0, fields)
		if err := register.Stale(old.Version, v.Whole("version")); err != nil {
			return err
		}
		m = next(v, st, *old)
		m.Version = old.Version + 1
		place(v, st.missions.with(&m), &m)
		if err := v.Err(); err != nil {
			return err
		}
		if err := EditMissions.Check(actor, scope(st.bodies, &m)); err != nil {
			return err
		}
		if err := updateMission(st.tx, m); err != nil {
			return err
		}
		return note(st.tx, audit.Entry{Actor: actor.Username, Action: action, Object: m.Object(), Before: old, After: m}, old, &m)
	})
	return m, err
}

// AddFigure records a figure of a mission. Fields: year, measure, value (euros
// for a cost, decimals for staff, a whole number for users), status, source
// (needed). A figure that is already there for the year and measure is
// superseded, never changed.
func (s *Service) AddFigure(ctx context.Context, actor auth.Actor, code string, get func(string) string) (f Figure, err error) {
	if err := EditFigures.Gate(actor); err != nil {
		return f, err
	}
	err = s.change(ctx, func(st state) error {
		m := st.missions.Mission(code)
		if m == nil {
			return fault.Missing("mission")
		}
		if err := EditFigures.Check(actor, scope(st.bodies, m)); err != nil {
			return err
		}
		v := register.NewValues(0, get)
		f = parseFigure(v, true)
		f.Mission, f.Actor, f.At = code, actor.Username, st.tx.Now()
		f.Source = v.Required("source", 200)
		if err := v.Err(); err != nil {
			return err
		}
		entry := audit.Entry{Actor: actor.Username, Action: "mission.figure", Object: m.Object()}
		for _, old := range st.missions.Figures(code) {
			if old.Year == f.Year && old.Measure == f.Measure {
				f.Supersedes, entry.Before = old.ID, old
			}
		}
		if err := insertFigures(st.tx, []Figure{f}); err != nil {
			return err
		}
		entry.After = f
		return noteFigure(st.tx, entry, m, f)
	})
	return f, err
}

// parseFigure reads a figure; in a pack a cost is in cents, in a form in euros.
func parseFigure(v *register.Values, euros bool) Figure {
	f := Figure{Year: v.Year("year"), Measure: register.Enum(v, "measure", Measures()), Status: register.Enum(v, "status", append(party.Statuses(), "")),
		Source: v.Text("source", 200)}
	if f.Status == "" {
		f.Status = party.Real
	}
	if v.Raw("value") == "" {
		v.Refuse("value", "required", nil)
		return f
	}
	switch f.Measure {
	case Staff:
		f.Value = v.Hundredths("value")
	case Users:
		f.Value = v.Whole("value")
	case Cost:
		read := v.Cents
		if euros {
			read = v.Euros
		}
		if c := read("value"); c != nil {
			f.Value = int64(*c)
		}
	}
	return f
}
